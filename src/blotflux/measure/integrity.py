"""Lanes whose noise repeats, and vertical seams: what was seen and where, never why.

Noise is never the same twice. Two lanes that share it show the same pixels, whatever was done to
their contrast; a column across which neighboring pixels are no longer alike is where two pictures
meet. Both have innocent causes (a figure put together openly, an instrument that stitches), so a
finding says what is there and what to ask for.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Box
from blotflux.blot.framing import find_framing, reduce_picture
from blotflux.blot.traces import measure_block_grid
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane
    from blotflux.measure.result import Measurement

__all__ = ["Evidence", "check_integrity", "find_repeated_lanes", "find_seams"]

ALIKE = 0.6
"""Correlation of two lanes' noise (project default); no two lanes of 31 real pictures, nor of their
JPEG copies, come above 0.56."""
ABOVE_USUAL = 0.4
PAIRS_MIN = 6
FINE_PX = 2.0
LANE_PART = 0.76
SHIFT_PX = 5
PATCH_PX_MIN = 1200
TEXTURED_MIN = 0.3
RIM_PX = 4

SEAM_Z = 8.0
"""Robust standard errors of a column's step (project default)."""
THIRD_Z = 2.5
LINE_SIGMA = 0.5
LINE_SIDES = 0.25
HEIGHT_MIN, WIDTH_MIN, ROWS_MIN = 24, 60, 20
INVALID_MAX = 0.01
GRID_MAX = 0.15
SEAMS_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A finding and the boxes, in blot pixels, that show it."""

    finding: Finding
    boxes: tuple[Box, ...]


def check_integrity(measurement: Measurement) -> tuple[Finding, ...]:
    """Return the findings of repeated lanes and of seams in one measured picture."""
    blot = measurement.blot
    evidence = (*find_repeated_lanes(blot, measurement.lanes), *find_seams(blot))
    return tuple(item.finding for item in evidence)


def find_repeated_lanes(blot: Blot, lanes: Sequence[Lane]) -> tuple[Evidence, ...]:
    """Return pairs of lanes that share their noise, as they are or mirrored.

    Parameters
    ----------
    blot : Blot
    lanes : sequence of Lane

    Notes
    -----
    The signal less its Gaussian mean (2 px), divided by its local spread, is correlated over the
    inner 76 % of both lanes' width, at shifts up to 5 px. Lanes without texture (clipped, flattened
    by JPEG) or with fewer than 1200 pixels cannot be judged and are left out. Where bands stand far
    above the noise their common shape makes all pairs alike: of six pairs or more, one must exceed
    the median by 0.4.
    """
    texture = _texture(blot)
    boxes = [box for box in (_inner_box(lane, blot) for lane in lanes) if box is not None]
    pairs = list(itertools.combinations(boxes, 2))
    alike = [_similarity(texture, one[1], two[1]) for one, two in pairs]
    usual = float(np.median([value for value, _ in alike])) if len(alike) >= PAIRS_MIN else 0.0
    return tuple(
        _repeat(blot, one, two, value, mirrored=mirrored)
        for (one, two), (value, mirrored) in zip(pairs, alike, strict=True)
        if value >= max(ALIKE, usual + ABOVE_USUAL)
    )


def find_seams(blot: Blot) -> tuple[Evidence, ...]:
    """Return the columns across which the picture does not go on.

    Notes
    -----
    The third difference across a column, relative to that around it, is averaged over the rows. A
    seam stands out of all other columns by 8 robust standard errors, is seen in each third of the
    height, and no column at it is a line of its own (a scratch, a dead column). Pictures with a
    page, with frames, with JPEG's blocks or with more than 1 % of pixels without a value are not
    judged; neither are more than three seams, which are a pattern of the whole picture.
    """
    rows, columns = blot.shape
    if rows < HEIGHT_MIN or columns < WIDTH_MIN or blot.invalid.mean() > INVALID_MAX:
        return ()
    if measure_block_grid(blot.signal) > GRID_MAX:
        return ()
    if find_framing(reduce_picture(blot.signal)).regions:
        return ()
    steps, judged = _steps(blot)
    scores = _scores(steps, judged)
    if scores is None:
        return ()
    thirds = [_scores(steps[part], judged[part]) for part in _thirds(rows)]
    found = []
    for column in np.flatnonzero(scores > SEAM_Z):
        is_peak = scores[column] == scores[max(0, column - 3) : column + 4].max()
        confirmed = all(third is not None and third[column] > THIRD_Z for third in thirds)
        if is_peak and confirmed and not _is_line(blot.signal, int(column) + 1):
            found.append(_seam(blot, int(column) + 2, float(scores[column])))
    return tuple(found) if len(found) <= SEAMS_MAX else ()


def _texture(blot: Blot) -> NDArray[np.float32]:
    """Return fine structure in units of its local spread; zero where there is none."""
    signal = blot.signal
    fine = signal - cv2.GaussianBlur(signal, (0, 0), FINE_PX)
    spread = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 3 * FINE_PX))
    scaled = np.clip(fine / np.maximum(spread, np.float32(1e-6)), -4, 4)
    scaled[blot.saturated | blot.invalid | ~_is_varied(signal)] = 0
    return np.asarray(scaled, dtype=np.float32)


def _is_varied(signal: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where neighbors differ: clipped and compressed areas are flat and all alike."""
    changes = (np.diff(signal, axis=1, prepend=signal[:, :1]) != 0).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(changes, (0, 0), 3.0) >= TEXTURED_MIN)


def _inner_box(lane: Lane, blot: Blot) -> tuple[Lane, Box] | None:
    rows, columns = blot.shape
    top = max(0, int(lane.track_y_px[0])) + RIM_PX
    bottom = min(rows, int(lane.track_y_px[-1]) + 1) - RIM_PX
    center = float(lane.x_at((top + bottom) / 2))
    half = LANE_PART * lane.width_px / 2
    left, right = max(0, int(center - half)), min(columns, int(center + half) + 1)
    box = Box(left=left, top=top, right=right, bottom=bottom)
    return (lane, box) if box.area_px >= PATCH_PX_MIN else None


def _similarity(texture: NDArray[np.float32], one: Box, two: Box) -> tuple[float, bool]:
    """Return the largest correlation of two boxes over small shifts, and whether mirrored."""
    patch = texture[one.top : one.bottom, one.left : one.right]
    if float(np.mean(patch != 0)) < TEXTURED_MIN:
        return 0.0, False
    rows, columns = patch.shape
    top = (two.top + two.bottom - rows) // 2 - SHIFT_PX
    left = (two.left + two.right - columns) // 2 - SHIFT_PX
    area = texture[
        max(0, top) : top + rows + 2 * SHIFT_PX, max(0, left) : left + columns + 2 * SHIFT_PX
    ]
    if area.shape[0] < rows or area.shape[1] < columns:
        return 0.0, False
    if float(np.mean(area != 0)) < TEXTURED_MIN:
        return 0.0, False
    values = [
        float(cv2.matchTemplate(area, np.ascontiguousarray(view), cv2.TM_CCORR_NORMED).max())
        for view in (patch, patch[:, ::-1])
    ]
    return max(values), values[1] > values[0]


def _repeat(
    blot: Blot, one: tuple[Lane, Box], two: tuple[Lane, Box], alike: float, *, mirrored: bool
) -> Evidence:
    (first, box), (second, other) = one, two
    how = "mirrored" if mirrored else "as it is"
    message = (
        f"Possible duplicated image region: the noise of lane {first.number} (panel {first.panel}, "
        f"{_place(blot, box)}) and, {how}, that of lane {second.number} (panel {second.panel}, "
        f"{_place(blot, other)}) agree with a correlation of {alike:.2f} ({ALIKE:g} or more is a "
        "project default); compare both with the uncropped original."
    )
    finding = _finding(blot, "D-DUP", message, alike, ALIKE, panel=first.panel, lane=first.number)
    return Evidence(finding=finding, boxes=(box, other))


def _steps(blot: Blot) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the relative third difference between columns x+1 and x+2, and where it counts."""
    signal = blot.signal.astype(np.float64)
    step = np.abs(signal[:, :-3] - 3 * signal[:, 1:-2] + 3 * signal[:, 2:-1] - signal[:, 3:])
    usual = cv2.blur(step, (21, 5)) + 1e-12
    bad = blot.saturated | blot.invalid
    judged = _is_varied(blot.signal)[:, 1:-2] & ~(bad[:, 1:-2] | bad[:, 2:-1])
    return np.minimum(step / usual, 4.0), judged


def _scores(steps: NDArray[np.float64], judged: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Return how far each column's mean step stands out, in robust standard errors."""
    count = judged.sum(axis=0)
    usable = count >= max(ROWS_MIN / 3, 0.3 * len(steps))
    if np.count_nonzero(usable) < WIDTH_MIN // 2:
        return None
    share = np.maximum(count, 1)
    mean = np.where(judged, steps, 0).sum(axis=0) / share
    variance = np.where(judged, (steps - 1) ** 2, 0).sum(axis=0) / share
    middle = float(np.median(mean[usable]))
    spread = 1.4826 * float(np.median(np.abs(mean[usable] - middle)))
    error = np.maximum(spread, np.sqrt(float(np.median(variance[usable])) / share))
    return np.where(usable, (mean - middle) / np.maximum(error, 1e-12), 0.0)


def _thirds(rows: int) -> Iterator[slice]:
    edges = np.linspace(0, rows, 4).astype(int)
    for top, bottom in itertools.pairwise(edges):
        yield slice(int(top), int(bottom))


def _is_line(signal: NDArray[np.float32], column: int) -> bool:
    """Whether a column at the place stands off from both its neighbors, as a scratch does.

    Second differences of a line are -1/2, 1, -1/2 of its height; those of a step are -1/2, 1/2.
    """
    part = signal[:, max(0, column - 4) : column + 6].astype(np.float64)
    offsets = part[:, 1:-1] - (part[:, :-2] + part[:, 2:]) / 2
    middle = np.median(offsets, axis=0)
    noise = 1.4826 * float(np.median(np.abs(offsets - middle)))
    peak = int(np.argmax(np.abs(middle[1:-1]))) + 1
    height = float(middle[peak])
    beside = -np.sign(height) * middle[[peak - 1, peak + 1]]
    is_high = abs(height) > LINE_SIGMA * max(noise, 1e-12)
    return bool(is_high and (beside > LINE_SIDES * abs(height)).all())


def _seam(blot: Blot, column: int, score: float) -> Evidence:
    box = Box(left=max(0, column - 2), top=0, right=column + 2, bottom=blot.shape[0])
    message = (
        f"A vertical seam was seen at {_place(blot, box)}: neighboring pixels are less alike "
        f"across it than anywhere else ({score:.0f} standard errors; {SEAM_Z:g} is a project "
        "default). "
        "If two pictures were joined there, say so in the figure; ask for the uncropped original."
    )
    return Evidence(finding=_finding(blot, "D-SEAM", message, score, SEAM_Z), boxes=(box,))


def _place(blot: Blot, box: Box) -> str:
    """Return where a box lies in the file."""
    x0, y0 = blot.placement.to_file(box.left, box.top)
    x1, y1 = blot.placement.to_file(box.right - 1, box.bottom - 1)
    left, right = sorted((round(x0), round(x1)))
    top, bottom = sorted((round(y0), round(y1)))
    return f"x {left} to {right}, y {top} to {bottom}"


def _finding(
    blot: Blot,
    code: str,
    message: str,
    value: float,
    threshold: float,
    *,
    panel: int | None = None,
    lane: int | None = None,
) -> Finding:
    return Finding(
        severity=Severity.WARN,
        code=code,
        message=message,
        image=blot.source.name,
        channel=blot.source.channel,
        page=blot.source.page,
        panel=panel,
        lane=lane,
        value=value,
        threshold=threshold,
    )
