"""D-DUP: lanes of one picture that share their fine structure.

Noise is never the same twice. Two lanes that share it show the same pixels, whatever was done to
their contrast. There are innocent causes (a figure put together openly), so a finding says what is
there and what to ask for.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Box
from blotflux.integrity.evidence import VIEWS, Evidence, found, place_of, turned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane

__all__ = ["find_repeated_lanes"]

ALIKE = 0.45
"""Correlation of two lanes' fine structure, where few pairs can be compared (project default)."""

ABOVE_USUAL, STANDS_OUT = 0.13, 6.0
"""By how much a pair must exceed the median of all pairs, and by how many robust standard
deviations of all pairs, where there are enough of them (project defaults)."""

PAIRS_MIN = 6
SPREAD_MIN = 0.01
SCALES_PX = ((0.0, 2.0), (1.0, 4.0))
"""Two bands of fine structure: the finest, and what a JPEG of quality 80 still holds."""
LANE_PART = 0.76
SHIFT_PX = 5
PATCH_PX_MIN, PATCH_PX_MAX = 1200, 150_000
TEXTURED_MIN = 0.3
RIM_PX = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Patch:
    """The fine structure of the inner part of a lane, at each scale.

    `around` reaches `SHIFT_PX` further than `box` on every side that the picture has.
    """

    lane: Lane
    box: Box
    around: tuple[NDArray[np.float32], ...]
    inner: tuple[NDArray[np.float32], ...]


def find_repeated_lanes(blot: Blot, lanes: Sequence[Lane]) -> tuple[Evidence, ...]:
    """Return pairs of lanes that share their fine structure, as it is, mirrored or turned over.

    Parameters
    ----------
    blot : Blot
    lanes : sequence of Lane

    Notes
    -----
    The signal is filtered to two bands of fine structure and divided by its local spread. Of each
    lane, the inner 76 % of its width are taken, and the best product of one profile along and one
    across the lane is subtracted: it holds what all bands of a row have in common. What is left is
    correlated between lanes, at shifts up to 5 px; of lanes of more than 150000 pixels, the middle
    rows. Lanes of fewer than 1200 pixels, or flat in most
    of them, cannot be judged. Of six pairs or more, one must exceed the median by 0.13 and by six
    robust standard deviations; of fewer, reach 0.45.
    """
    textures = tuple(_texture(blot, *scale) for scale in SCALES_PX)
    patches = [patch for lane in lanes if (patch := _patch(textures, lane)) is not None]
    pairs = list(itertools.combinations(patches, 2))
    alike = [_similarity(one, two) for one, two in pairs]
    least = _least([value for value, _ in alike])
    return tuple(
        _repeat(blot, pair, value, least, view=view)
        for pair, (value, view) in zip(pairs, alike, strict=True)
        if value >= least
    )


def _least(values: Sequence[float]) -> float:
    """Return from which correlation on a pair stands out of all pairs."""
    if len(values) < PAIRS_MIN:
        return ALIKE
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(np.asarray(values) - middle))) + SPREAD_MIN
    return max(0.0, middle) + max(ABOVE_USUAL, STANDS_OUT * spread)


def _texture(blot: Blot, narrow_px: float, wide_px: float) -> NDArray[np.float32]:
    """Return structure between two widths in units of its local spread; zero where clipped."""
    signal = blot.signal
    smooth = cv2.GaussianBlur(signal, (0, 0), narrow_px) if narrow_px else signal
    fine = smooth - cv2.GaussianBlur(signal, (0, 0), wide_px)
    spread = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 3 * wide_px))
    scaled = np.clip(fine / np.maximum(spread, np.float32(1e-6)), -4, 4)
    scaled[blot.saturated | blot.invalid] = 0
    return np.asarray(scaled, dtype=np.float32)


def _patch(textures: tuple[NDArray[np.float32], ...], lane: Lane) -> _Patch | None:
    """Return a lane's fine structure, or None where there is too little to judge."""
    rows, columns = textures[0].shape
    top = max(0, int(lane.track_y_px[0])) + RIM_PX
    bottom = min(rows, int(lane.track_y_px[-1]) + 1) - RIM_PX
    center = float(lane.x_at((top + bottom) / 2))
    half = LANE_PART * lane.width_px / 2
    left, right = max(0, int(center - half)), min(columns, int(center + half) + 1)
    box = Box(left=left, top=top, right=right, bottom=bottom)
    if bottom <= top or right <= left or box.area_px < PATCH_PX_MIN:
        return None
    spare = max(0, bottom - top - PATCH_PX_MAX // (right - left))
    top, bottom = top + spare // 2, bottom - (spare - spare // 2)
    box = Box(left=left, top=top, right=right, bottom=bottom)
    y0, x0 = max(0, top - SHIFT_PX), max(0, left - SHIFT_PX)
    place = np.s_[y0 : bottom + SHIFT_PX, x0 : right + SHIFT_PX]
    if float(np.mean(textures[0][place] != 0)) < TEXTURED_MIN:
        return None
    around = tuple(_without_common_shape(texture[place]) for texture in textures)
    inner = tuple(part[top - y0 : bottom - y0, left - x0 : right - x0] for part in around)
    return _Patch(lane=lane, box=box, around=around, inner=inner)


def _without_common_shape(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a patch less its best approximation by one row times one column."""
    along, strength, across = np.linalg.svd(values.astype(np.float64), full_matrices=False)
    shape = strength[0] * np.outer(along[:, 0], across[0])
    return np.asarray(values - shape, dtype=np.float32)


def _similarity(one: _Patch, two: _Patch) -> tuple[float, str]:
    """Return the largest correlation of two patches over small shifts, and in which view.

    It is averaged over the scales before the best shift is chosen: a copy has one shift.
    """
    rows = min(one.inner[0].shape[0], two.around[0].shape[0] - 2 * SHIFT_PX)
    columns = min(one.inner[0].shape[1], two.around[0].shape[1] - 2 * SHIFT_PX)
    if rows * columns < PATCH_PX_MIN:
        return 0.0, ""
    patches = [_middle(part, rows, columns) for part in one.inner]
    areas = [_middle(part, rows + 2 * SHIFT_PX, columns + 2 * SHIFT_PX) for part in two.around]
    values = {
        view: float(
            np.mean(
                [
                    _correlate(area, turned(patch, view))
                    for area, patch in zip(areas, patches, strict=True)
                ],
                axis=0,
            ).max()
        )
        for view in VIEWS
    }
    best = max(values, key=lambda view: values[view])
    return values[best], best


def _correlate(area: NDArray[np.float32], patch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the correlation at each place of a patch in an area."""
    return np.asarray(cv2.matchTemplate(area, patch, cv2.TM_CCORR_NORMED))


def _middle(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    top, left = (values.shape[0] - rows) // 2, (values.shape[1] - columns) // 2
    return np.ascontiguousarray(values[top : top + rows, left : left + columns])


def _repeat(
    blot: Blot, pair: tuple[_Patch, _Patch], alike: float, least: float, *, view: str
) -> Evidence:
    first, second = (patch.lane for patch in pair)
    places = [place_of(blot, patch.box) for patch in pair]
    message = (
        f"Possible duplicated image region: the noise of lane {first.number} (panel {first.panel}, "
        f"{places[0]}) and, {view}, that of lane {second.number} (panel {second.panel}, "
        f"{places[1]}) agree with a correlation of {alike:.2f} ({least:.2f} or more by project "
        "default); compare both with the uncropped original."
    )
    finding = found(
        blot,
        "D-DUP",
        message,
        value=alike,
        threshold=least,
        panel=first.panel,
        lane=first.number,
    )
    return Evidence(finding=finding, boxes=tuple(patch.box for patch in pair))
