"""D-SEAM: columns across which a picture does not go on.

Where two pictures meet, neighboring pixels are no longer alike. There are innocent causes (a figure
put together openly, an instrument that stitches), so a finding says what is there and what to ask
for.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Box
from blotflux.blot.framing import find_framing, reduce_picture
from blotflux.blot.traces import measure_block_grid
from blotflux.integrity.evidence import Evidence, found, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot

__all__ = ["find_seams"]

SEAM_Z = 6.0
"""Robust standard errors of a column's step (project default)."""
THIRD_Z = 2.5
LINE_SIGMA = 0.5
LINE_SIDES = 0.25
HEIGHT_MIN, WIDTH_MIN, ROWS_MIN = 24, 60, 20
INVALID_MAX = 0.01
GRID_MAX = 0.15
SEAMS_MAX = 3
THIRDS_MIN = 2
TEXTURED_MIN = 0.3
SHARE_MIN = 0.3


def find_seams(blot: Blot) -> tuple[Evidence, ...]:
    """Return the columns across which the picture does not go on.

    Notes
    -----
    The third difference across a column, relative to that around it, is averaged over the rows. A
    seam stands out of all other columns by 6 robust standard errors, is seen in each third of the
    height that can be judged (two at least), and no column at it is a line of its own (a scratch, a
    dead column). Pictures with a page, with frames, with JPEG's blocks or with more than 1 % of
    pixels without a value are not judged; neither are more than three seams, which are a pattern of
    the whole picture.
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
    parts = [_scores(steps[part], judged[part]) for part in _thirds(rows)]
    thirds = [scored for scored in parts if scored is not None]
    seams = []
    for column in np.flatnonzero(scores > SEAM_Z):
        is_peak = scores[column] == np.nanmax(scores[max(0, column - 3) : column + 4])
        seen = is_peak and _is_seen_all_along(thirds, int(column))
        if seen and not _is_line(blot.signal, int(column) + 1):
            seams.append(_seam(blot, int(column) + 2, float(scores[column])))
    return tuple(seams) if len(seams) <= SEAMS_MAX else ()


def _is_seen_all_along(thirds: Sequence[NDArray[np.float64]], column: int) -> bool:
    """Return whether each third of the height that can be judged at a column shows the seam."""
    there = [float(scores[column]) for scores in thirds if np.isfinite(scores[column])]
    return len(there) >= THIRDS_MIN and min(there) > THIRD_Z


def _is_varied(signal: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where neighbors differ: clipped and compressed areas are flat and all alike."""
    changes = (np.diff(signal, axis=1, prepend=signal[:, :1]) != 0).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(changes, (0, 0), 3.0) >= TEXTURED_MIN)


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
    usable = count >= max(ROWS_MIN / 3, SHARE_MIN * len(steps))
    if np.count_nonzero(usable) < WIDTH_MIN // 2:
        return None
    share = np.maximum(count, 1)
    mean = np.where(judged, steps, 0).sum(axis=0) / share
    variance = np.where(judged, (steps - 1) ** 2, 0).sum(axis=0) / share
    middle = float(np.median(mean[usable]))
    spread = 1.4826 * float(np.median(np.abs(mean[usable] - middle)))
    error = np.maximum(spread, np.sqrt(float(np.median(variance[usable])) / share))
    return np.where(usable, (mean - middle) / np.maximum(error, 1e-12), np.nan)


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
        f"A vertical seam was seen at {place_of(blot, box)}: neighboring pixels are less alike "
        f"across it than anywhere else ({score:.0f} standard errors; {SEAM_Z:g} is a project "
        "default). "
        "If two pictures were joined there, say so in the figure; ask for the uncropped original."
    )
    return Evidence(
        finding=found(blot, "D-SEAM", message, value=score, threshold=SEAM_Z), boxes=(box,)
    )
