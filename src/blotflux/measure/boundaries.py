"""Where one lane ends and the next begins, as far as the rows of bands can tell.

Along a ridge the logarithm of the signal falls at the edge of a band, be it to nothing or to the
neighbor's level, and dips where two bands touch. Both are evidence of a boundary, whatever the
bands' strengths. Evidence of all ridges is summed along the lanes' direction; at each place a
ridge counts by its contrast relative to the strongest there, so that texture is silent beside a
band and a lone faint band still speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.ridges import Ridges
    from blotflux.measure.slant import Slant

__all__ = ["Boundaries", "Evidence", "add_boundaries", "find_evidence", "pool"]

NOISE_FLOOR = 3.0  # standard deviations of the profile, and
PROFILE_FLOOR = 0.02  # share of the ridge's highest, below which its logarithm stays flat
BROAD = 2.5  # width of the comparison window of a dip, in smoothing widths
STEP = 0.75  # weight of an edge beside a dip
REACH = 4.0  # smoothing widths within which a ridge's contrast holds
NEAR = 2.2  # smoothing widths within which a place is compared with its neighbors
FLAT = 1.4  # natural logarithm by which a place may lie below its neighborhood and be band
QUIET = 0.2  # of the local strongest: from here a ridge covers its place fully


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What each point on and around each ridge says; all arrays of shape (points,).

    Attributes
    ----------
    x, y : ndarray
        Place in the picture, pixels.
    edge : ndarray
        Evidence of a boundary, -1 to 1.75.
    band : ndarray of bool
        Whether the point lies on a band rather than beside one.
    contrast : ndarray
        Of the ridge thereabouts.
    """

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
        place = np.clip(x / self.step, 0, len(self.edge) - 1).astype(np.int64)
        return np.clip(self.edge[place].astype(np.float64), 0, 1)


def find_evidence(ridges: Ridges, smooth: float) -> Evidence:
    """Return what the points of the ridges say.

    Parameters
    ----------
    ridges : Ridges
        At least one.
    smooth : float
        Standard deviation of the smoothing across the lanes, pixels; about 0.09 of the pitch.
    """
    margin = int(np.ceil(REACH * smooth))
    wide = ridges.length + 2 * margin
    ridge = np.repeat(np.arange(len(ridges)), wide)
    start = np.concatenate([[0], np.cumsum(wide)])
    place = np.arange(len(ridges.x)) + margin * (2 * ridges.ridge + 1)
    count = int(start[-1])
    level = np.zeros((1, count), np.float32)
    level[0, place] = log_profile(ridges)
    contrast = np.zeros((1, count), np.float32)
    contrast[0, place] = ridges.contrast
    near = np.ones((1, int(NEAR * smooth) | 1), np.uint8)
    first = ridges.x[ridges.start[:-1]]
    return Evidence(
        x=np.arange(count) - start[ridge] - margin + first[ridge],
        y=np.interp(np.arange(count), place, ridges.y),
        edge=edges(level, smooth)[0],
        band=((level > 0) & (level > cv2.dilate(level, near) - FLAT))[0],
        contrast=cv2.dilate(contrast, np.ones((1, int(REACH * smooth) | 1), np.uint8))[0],
    )


def log_profile(ridges: Ridges) -> NDArray[np.float64]:
    """Return the logarithm of the profile over its floor, at least 0."""
    highest = np.maximum.reduceat(ridges.profile, ridges.start[:-1])
    floor = np.maximum(NOISE_FLOOR * ridges.profile_noise, PROFILE_FLOOR * highest[ridges.ridge])
    return np.asarray(np.log(np.maximum(ridges.profile, floor) / floor), np.float64)


def edges(level: NDArray[np.float32], smooth: float) -> NDArray[np.float32]:
    """Return dip (-1 to 1) plus weighted step (0 to 1) of a logarithm along x."""
    fine = cv2.GaussianBlur(level, (0, 0), smooth)
    dip = cv2.GaussianBlur(level, (0, 0), BROAD * smooth) - fine
    away = max(1, round(1.2 * smooth))
    step = np.zeros_like(fine)
    step[:, away:-away] = np.abs(fine[:, 2 * away :] - fine[:, : -2 * away])
    return np.asarray(np.clip(dip, -1, 1) + STEP * np.minimum(step, 1), np.float32)


def pool(
    evidence: Evidence, slant: Slant, columns: int, smooth: float, *, step: int = 1
) -> Boundaries:
    """Return the evidence summed along the lanes.

    Parameters
    ----------
    evidence : Evidence
        Of ridges at one column per `step` pixels.
    slant : Slant
        In pixels.
    columns : int
        Width of the picture, in steps.
    smooth : float
        As for `find_evidence`.
    step : int
        Pixels.
    """
    straight = slant.straighten((evidence.x + 0.5) * step - 0.5, evidence.y)
    x = np.floor((straight + 0.5) / step).astype(np.int64)
    inside = (x >= 0) & (x < columns)
    x, contrast = x[inside], evidence.contrast[inside]
    strongest = np.zeros(columns, np.float32)
    np.maximum.at(strongest, x, contrast)
    near = np.ones((1, int(NEAR * smooth) | 1), np.uint8)
    strongest = np.maximum(cv2.dilate(strongest[None], near)[0], np.float32(1e-9))
    weight = contrast / strongest[x]
    cover = np.zeros(columns, np.float32)
    np.maximum.at(cover, x, evidence.band[inside] * np.minimum(weight / QUIET, 1))
    edge = np.bincount(x, evidence.edge[inside] * weight, minlength=columns)
    return Boundaries(edge=edge.astype(np.float32), cover=cover, step=step)


def add_boundaries(parts: Sequence[Boundaries]) -> Boundaries:
    """Return the evidence of all parts, which show the same lanes, together."""
    if len(parts) == 1:
        return parts[0]
    return Boundaries(
        edge=np.sum([part.edge for part in parts], axis=0, dtype=np.float32),
        cover=np.max([part.cover for part in parts], axis=0),
        step=parts[0].step,
    )
