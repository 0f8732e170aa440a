"""Where one lane ends and the next begins, as far as the rows of bands can tell.

Along a ridge the logarithm of the signal falls at the edge of a band, be it to nothing or to the
neighbor's level, and dips where two bands touch. Both are evidence of a boundary, whatever the
bands' strengths. Evidence of all ridges is summed along the lanes' direction; at each place a
ridge counts by its contrast relative to the strongest there, so that texture is silent beside a
band and a lone faint band still speaks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.lanes.levels import Levels, join_levels
from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.slant import Slant

__all__ = ["Block", "Boundaries", "Evidence", "add_boundaries", "find_evidence", "pool"]

BROAD = 2.5  # width of the comparison window of a dip, in smoothing widths
STEP = 1.2  # weight of an edge beside a dip
GENTLE = 0.5  # share of the edges around that is no edge, but a slope
REACH = 4.0  # smoothing widths within which a ridge's contrast holds
NEAR = 2.2  # smoothing widths within which a place is compared with its neighbors
FLAT = 1.4  # natural logarithm by which a place may lie below its neighborhood and be band
QUIET = 0.2  # of the local strongest: from here a ridge covers its place fully


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What each point on and around each ridge says; all arrays of shape (points,).

    Attributes
    ----------
    ridge : ndarray of int
    x : ndarray of int
        Steps.
    y : ndarray
        Pixels.
    edge : ndarray
        Evidence of a boundary, -1 to 2.2.
    band : ndarray of bool
        Whether the point lies on a band rather than beside one.
    contrast : ndarray
        Of the ridge thereabouts.
    """

    ridge: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.float64]
    edge: NDArray[np.float32]
    band: NDArray[np.bool_]
    contrast: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boundaries:
    """Evidence summed along the lanes' direction, over x at mid height; shape (columns,).

    Attributes
    ----------
    edge : ndarray of float32
        Evidence of a boundary.
    cover : ndarray of float32
        0 to 1: whether a band lies there.
    step : int
        Pixels per column of the arrays.
    """

    edge: NDArray[np.float32]
    cover: NDArray[np.float32]
    step: int = 1

    @property
    def columns(self) -> int:
        """Width of the picture, pixels."""
        return len(self.edge) * self.step

    def edge_at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the evidence at places in pixels."""
        place = clamp(x / self.step, 0, len(self.edge) - 1).astype(np.int64)
        return clamp(self.edge[place].astype(np.float64), 0, 1)


def find_evidence(levels: Levels, smooth: float) -> Evidence:
    """Return what the points of ridges say.

    Parameters
    ----------
    levels : Levels
        At least one ridge.
    smooth : float
        Standard deviation of the smoothing across the lanes, steps; about 0.09 of the pitch.
    """
    margin = math.ceil(REACH * smooth)
    number = len(levels.length)
    wide = levels.length + 2 * margin
    ridge = np.repeat(np.arange(number), wide)
    begin = levels.x[levels.start] - margin - (np.cumsum(wide) - wide)
    # Ridges are laid out one after another, `margin` points of nothing on both sides of each.
    own = np.arange(len(levels.x)) + np.repeat((2 * np.arange(number) + 1) * margin, levels.length)
    times = np.ones(len(levels.x), np.int64)
    times[levels.start] += margin
    times[levels.start + levels.length - 1] += margin
    level, contrast = np.zeros((2, 1, len(ridge)), np.float32)
    level[0, own] = levels.level
    contrast[0, own] = levels.contrast
    near = np.ones((1, int(NEAR * smooth) | 1), np.uint8)
    return Evidence(
        ridge=ridge,
        x=np.arange(len(ridge)) + begin[ridge],
        y=np.repeat(levels.y, times),
        edge=edges(level, smooth)[0],
        band=((level > 0) & (level > cv2.dilate(level, near) - FLAT))[0],
        contrast=cv2.dilate(contrast, np.ones((1, int(REACH * smooth) | 1), np.uint8))[0],
    )


def edges(level: NDArray[np.float32], smooth: float) -> NDArray[np.float32]:
    """Return dip (-1 to 1) plus weighted step (0 to 1) of a logarithm along x."""
    fine = cv2.GaussianBlur(level, (0, 0), smooth)
    dip = cv2.GaussianBlur(level, (0, 0), BROAD * smooth) - fine
    away = max(1, round(1.2 * smooth))
    step = np.zeros_like(fine)
    step[:, away:-away] = np.abs(fine[:, 2 * away :] - fine[:, : -2 * away])
    sharp = step - GENTLE * cv2.GaussianBlur(step, (0, 0), BROAD * smooth)
    return np.asarray(clamp(dip, -1, 1) + STEP * clamp(sharp, 0, 1), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Levels of one view on one grid, `columns` steps of `step` pixels wide."""

    levels: Levels
    step: int
    columns: int


def pool(blocks: Sequence[Block], slant: Slant, smooth: float) -> list[Boundaries]:
    """Return the evidence of each block, summed along the lanes.

    Blocks lie side by side in one array, so that all are worked on at once.

    Parameters
    ----------
    blocks : sequence of Block
    slant : Slant
        In pixels.
    smooth : float
        As for `find_evidence`, steps.
    """
    near = int(NEAR * smooth) | 1
    evidence = find_evidence(join_levels([block.levels for block in blocks]), smooth)
    number = [len(block.levels.length) for block in blocks]
    owner = np.repeat(np.arange(len(blocks)), number)[evidence.ridge]
    step = np.array([float(block.step) for block in blocks])[owner]
    width = np.array([block.columns for block in blocks])
    base = np.cumsum(width + near) - width
    straight = (evidence.x + 0.5) - slant.shift(evidence.y) / step
    x = np.floor(straight).astype(np.int64)
    inside = (x >= 0) & (x < width[owner])
    x = (x + base[owner])[inside]
    contrast = evidence.contrast[inside]
    total = int(base[-1] + width[-1] + near)
    strongest = np.zeros(total, np.float32)
    np.maximum.at(strongest, x, contrast)
    strongest = cv2.dilate(strongest[None], np.ones((1, near), np.uint8))[0]
    weight = contrast / np.maximum(strongest, np.float32(1e-9))[x]
    cover = np.zeros(total, np.float32)
    np.maximum.at(cover, x, evidence.band[inside] * np.minimum(weight / QUIET, 1))
    edge = np.bincount(x, evidence.edge[inside] * weight, minlength=total).astype(np.float32)
    return [
        Boundaries(edge=edge[b : b + w], cover=cover[b : b + w], step=block.step)
        for block, b, w in zip(blocks, base.tolist(), width.tolist(), strict=True)
    ]


def add_boundaries(parts: Sequence[Boundaries]) -> Boundaries:
    """Return the evidence of all parts, which show the same lanes, together."""
    if len(parts) == 1:
        return parts[0]
    return Boundaries(
        edge=np.sum([part.edge for part in parts], axis=0, dtype=np.float32),
        cover=np.max([part.cover for part in parts], axis=0),
        step=parts[0].step,
    )
