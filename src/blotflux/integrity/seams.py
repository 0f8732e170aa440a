"""D-SEAM: columns across which a picture does not go on.

Where two pictures meet, neighboring pixels are no longer alike. There are innocent causes (a figure
put together openly, an instrument that stitches), so a finding says what is there and what to ask
for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import Box
from blotflux.integrity.blocks import BREAK_Z, find_block_break
from blotflux.integrity.evidence import Evidence, found, place_of
from blotflux.integrity.steps import relative_steps, standard_scores, thirds_of
from blotflux.integrity.stripes import is_line, is_stripe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane

__all__ = ["find_seams"]

SEAM_Z = 5.4
"""Robust standard errors of a column's step (project default)."""
THIRD_Z = 0.5
USUAL_PERCENT, TIMES_USUAL = 98, 2.0
"""A seam scores twice as high as 98 % of the other columns: enlarged pictures have many kinks."""
ROWS_MIN = 20
HEIGHT_MIN, WIDTH_MIN = 16, 40
INVALID_MAX = 0.01
SEAMS_MAX = 3
BESIDE_PX = 4
BLOCK_PX = 8
SMOOTHED_ROWS = (1, 3)
"""Steps are looked at row by row, where noise shows, and over three rows, where levels do."""


def find_seams(blot: Blot, lanes: Sequence[Lane]) -> tuple[Evidence, ...]:
    """Return the columns between lanes across which the picture does not go on.

    Parameters
    ----------
    blot : Blot
    lanes : sequence of Lane

    Notes
    -----
    The third difference across a column, relative to that around it, is averaged over the rows, and
    compared with that of the other columns. A seam stands out of them by 5.4 robust standard errors
    and twice as far as 98 % of them, is seen in each third of the rows that can be judged, and no
    column at it is a line of its own (a scratch, a dead column, a frame). Only what lies between
    the first and the last lane of a panel is judged: membranes have edges, figures have frames and
    labels. Pictures with more than 1 % of pixels without a value are not judged; neither are more
    than three such columns, which are a pattern of the whole picture. Where JPEG left its blocks, a
    column at which they fall out of step is a seam, too.
    """
    rows, columns = blot.shape
    if rows < HEIGHT_MIN or columns < WIDTH_MIN or blot.invalid.mean() > INVALID_MAX:
        return ()
    between = _between_lanes(lanes, blot.shape)
    seams = _breaks(blot, between)
    if len(seams) > SEAMS_MAX:
        seams = []
    out_of_step = find_block_break(relative_steps(blot, between, 1))
    known = [seam.boxes[0].left for seam in seams]
    if out_of_step and not any(abs(left - out_of_step[0]) <= 2 * BLOCK_PX for left in known):
        seams.append(_block_break(blot, between, *out_of_step))
    return tuple(seams)


def _breaks(blot: Blot, between: NDArray[np.bool_]) -> list[Evidence]:
    """Return the columns whose neighbors are less alike than those of all others."""
    scored = _scores(blot, between)
    if scored is None:
        return []
    scores, weakest = scored
    seams = []
    for column in np.flatnonzero(np.nan_to_num(scores) > SEAM_Z).tolist():
        if weakest[column] <= THIRD_Z or not _stands_out(scores, column):
            continue
        inside = np.flatnonzero(between[:, column])
        if not is_line(blot.signal, column) and not is_stripe(blot.signal, inside, column):
            seams.append(_seam(blot, column + 1, inside, float(scores[column])))
    return seams


def _between_lanes(lanes: Sequence[Lane], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels from the center of a panel's first lane to that of its last."""
    between = np.zeros(shape, bool)
    columns = np.arange(shape[1])
    for panel in {lane.panel for lane in lanes}:
        here = [lane for lane in lanes if lane.panel == panel]
        top = max(0, int(min(lane.track_y_px[0] for lane in here)))
        bottom = min(shape[0], int(max(lane.track_y_px[-1] for lane in here)) + 1)
        rows = np.arange(top, bottom, dtype=np.float64)
        centers = np.array([lane.x_at(rows) for lane in here])
        if centers.size:
            first, last = centers.min(axis=0)[:, None], centers.max(axis=0)[:, None]
            between[top:bottom] |= (columns >= np.trunc(first)) & (columns <= np.trunc(last))
    return between


def _scores(
    blot: Blot, between: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the score of each column and its least in a third of the rows; None for too few."""
    scores, weakest = [], []
    for smoothed_rows in SMOOTHED_ROWS:
        steps = relative_steps(blot, between, smoothed_rows)
        whole = standard_scores(steps, steps.judged, ROWS_MIN)
        parts = [standard_scores(steps, part, ROWS_MIN / 3) for part in thirds_of(steps.judged)]
        judged = [part for part in parts if part is not None]
        if whole is None or len(judged) < len(parts):
            continue
        scores.append(whole)
        weakest.append(np.min(judged, axis=0))
    if not scores:
        return None
    return np.mean(scores, axis=0), np.mean(weakest, axis=0)


def _stands_out(scores: NDArray[np.float64], column: int) -> bool:
    """Return whether a column is the highest nearby and far above nearly all others."""
    nearby = slice(max(0, column - BESIDE_PX), column + BESIDE_PX + 1)
    others = np.delete(scores, nearby)
    usual = float(np.percentile(others[np.isfinite(others)], USUAL_PERCENT))
    return bool(scores[column] == np.nanmax(scores[nearby])) and bool(
        scores[column] >= TIMES_USUAL * usual
    )


def _seam(blot: Blot, column: int, rows: NDArray[np.intp], score: float) -> Evidence:
    box = Box(left=max(0, column - 2), top=int(rows[0]), right=column + 2, bottom=int(rows[-1]) + 1)
    message = (
        f"A vertical seam was seen at {place_of(blot, box)}: neighboring pixels are less alike "
        f"across it than elsewhere between the lanes ({score:.1f} standard errors; {SEAM_Z:g} is a "
        "project default). If two pictures were joined there, say so in the figure; ask for the "
        "uncropped original."
    )
    return Evidence(
        finding=found(blot, "D-SEAM", message, value=score, threshold=SEAM_Z), boxes=(box,)
    )


def _block_break(blot: Blot, between: NDArray[np.bool_], column: int, score: float) -> Evidence:
    rows = np.flatnonzero(between[:, column])
    left, right = max(0, column - BLOCK_PX), min(blot.shape[1], column + BLOCK_PX)
    box = Box(left=left, top=int(rows[0]), right=right, bottom=int(rows[-1]) + 1)
    message = (
        f"The 8 x 8 blocks that JPEG leaves are out of step across {place_of(blot, box)} "
        f"({score:.1f} standard errors; {BREAK_Z:g} is a project default): the parts on either "
        "side were saved as JPEG at different places. If two pictures were joined there, say so in "
        "the figure; ask for the uncropped original."
    )
    return Evidence(
        finding=found(blot, "D-SEAM", message, value=score, threshold=BREAK_Z), boxes=(box,)
    )
