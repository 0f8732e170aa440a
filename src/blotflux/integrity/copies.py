"""D-DUP: bands that appear twice, in one picture of a study or in two.

Bands of one shape look alike; their noise never does. Patches around bands are compared by their
fine structure only, as they are, mirrored and turned over, so that a correlation near 1 means the
same pixels, whatever was done to brightness and contrast.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Box
from blotflux.findings import Finding, Severity
from blotflux.integrity.evidence import VIEWS, turned
from blotflux.measure.result import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Band
    from blotflux.measure.result import Measurement

__all__ = ["Copy", "find_copies", "with_copies"]

SAME = 0.999
"""Correlation of fine structure from which on two patches are one (project default)."""

HALF_ROWS, HALF_COLUMNS = 7, 12
"""Half the size of a patch, px: 15 x 25 pixels of independent noise."""

LARGEST_SHIFT = 2
"""Pixels by which the place of a band may be off between two copies."""

LEAST_VARIED = 0.5
"""Share of a patch's pixels that must differ from their neighbors: flat areas are all alike."""

APART_PX = 8
"""Patches of one picture closer than this share pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patch:
    """The fine structure around one band, at unit length, and the same at every small shift."""

    picture: int
    band: Band
    vector: NDArray[np.float32]
    shifted: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Two bands with the same pixels: the finding, and each place by its picture's index."""

    finding: Finding
    places: tuple[tuple[int, Box], tuple[int, Box]]


def find_copies(measurements: Sequence[Measurement]) -> tuple[Copy, ...]:
    """Return every two bands, of one picture or of two, that show the same pixels.

    Parameters
    ----------
    measurements : sequence of Measurement
        Of different pictures; the same file measured twice is compared with itself only.
    """
    patches = [
        patch
        for index, measurement in enumerate(measurements)
        for patch in patches_of(index, measurement)
    ]
    if len(patches) < 2:
        return ()
    size = (2 * HALF_ROWS + 1, 2 * HALF_COLUMNS + 1)
    views = [
        np.stack([turned(patch.vector.reshape(size), view).ravel() for patch in patches])
        for view in VIEWS
    ]
    copies = []
    for index, patch in enumerate(patches):
        alike = [(patch.shifted @ view[index + 1 :].T).max(axis=0, initial=-1.0) for view in views]
        best = np.max(alike, axis=0)
        for place in np.flatnonzero(best > SAME):
            other = patches[index + 1 + int(place)]
            view = list(VIEWS)[int(np.argmax([values[place] for values in alike]))]
            if not same_place(patch, other, measurements):
                copies.append(copy_of(patch, other, measurements, view, float(best[place])))
    return tuple(copies)


def with_copies(
    measurements: Sequence[Measurement], copies: Sequence[Copy]
) -> tuple[Measurement, ...]:
    """Return the measurements with a mark at each place of a copy, numbered over all of them."""
    first = 1 + max((mark.number for m in measurements for mark in m.marks), default=0)
    marks: dict[int, list[Mark]] = {}
    for number, copy in enumerate(copies, start=first):
        for picture, box in copy.places:
            marks.setdefault(picture, []).append(
                Mark(box=box, code=copy.finding.code, number=number)
            )
    return tuple(
        replace(measurement, marks=(*measurement.marks, *marks.get(index, ())))
        for index, measurement in enumerate(measurements)
    )


def patches_of(index: int, measurement: Measurement) -> Iterator[Patch]:
    """Yield the patches of a picture that have any fine structure."""
    signal = measurement.blot.signal
    fine = signal - cv2.GaussianBlur(signal, (0, 0), 2.0)
    reach_y, reach_x = HALF_ROWS + LARGEST_SHIFT, HALF_COLUMNS + LARGEST_SHIFT
    for band in measurement.bands:
        if not (np.isfinite(band.x_px) and np.isfinite(band.y_px)):
            continue
        y, x = round(band.y_px), round(band.x_px)
        around = fine[y - reach_y : y + reach_y + 1, x - reach_x : x + reach_x + 1]
        inside = y >= reach_y and x >= reach_x
        if not inside or around.shape != (2 * reach_y + 1, 2 * reach_x + 1):
            continue
        shifted = windows(around)
        if varied(signal[y - HALF_ROWS : y + HALF_ROWS + 1, x - HALF_COLUMNS : x + HALF_COLUMNS]):
            yield Patch(
                picture=index,
                band=band,
                vector=shifted[len(shifted) // 2],
                shifted=shifted,
            )


def windows(around: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return every shifted patch as a row of unit length, the unshifted one in the middle."""
    size = (2 * HALF_ROWS + 1, 2 * HALF_COLUMNS + 1)
    views = np.lib.stride_tricks.sliding_window_view(around, size)
    flat = views.reshape(-1, size[0] * size[1]).astype(np.float32)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(length, np.float32(1e-12)), dtype=np.float32)


def varied(patch: NDArray[np.float32]) -> bool:
    """Return whether a patch has noise: saturated and blank areas have none and are all alike."""
    return float(np.mean(np.diff(patch, axis=1) != 0)) > LEAST_VARIED


def same_place(one: Patch, two: Patch, measurements: Sequence[Measurement]) -> bool:
    """Return whether two patches overlap in one picture."""
    sources = [measurements[patch.picture].blot.source for patch in (one, two)]
    keys = [(source.name, source.channel, source.page) for source in sources]
    if one.picture != two.picture and keys[0] != keys[1]:
        return False
    near_x = abs(one.band.x_px - two.band.x_px) < APART_PX
    return near_x and abs(one.band.y_px - two.band.y_px) < APART_PX


def copy_of(
    one: Patch, two: Patch, measurements: Sequence[Measurement], view: str, value: float
) -> Copy:
    """Return the finding and the places of two patches with the same pixels."""
    source = measurements[one.picture].blot.source
    other = measurements[two.picture].blot.source
    where = "in the same picture" if one.picture == two.picture else f"in {other.name}"
    how = "" if view == "as it is" else f", {view},"
    finding = Finding(
        severity=Severity.FAIL,
        code="D-DUP",
        message=(
            f"possible duplicated image region: the pixels of lane {one.band.lane}, row "
            f"{one.band.row} are{how} those of lane {two.band.lane}, row {two.band.row} {where}; "
            "compare both with the uncropped originals."
        ),
        image=source.name,
        channel=source.channel,
        page=source.page,
        panel=one.band.panel,
        lane=one.band.lane,
        value=value,
        threshold=SAME,
    )
    return Copy(finding=finding, places=((one.picture, box_of(one)), (two.picture, box_of(two))))


def box_of(patch: Patch) -> Box:
    """Return the pixels that a patch was taken from."""
    y, x = round(patch.band.y_px), round(patch.band.x_px)
    return Box(
        left=x - HALF_COLUMNS,
        top=y - HALF_ROWS,
        right=x + HALF_COLUMNS + 1,
        bottom=y + HALF_ROWS + 1,
    )
