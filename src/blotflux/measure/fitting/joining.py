"""Rows that are one: halves of flat bands, bands and their tails, what is too close to be two."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.doublets import PROVEN, UNLIKE, unlike_shares
from blotflux.measure.fitting.rows import INSEPARABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from blotflux.measure.fitting.doublets import Seen
    from blotflux.measure.fitting.lane_fit import LaneFit
    from blotflux.measure.fitting.rows import Row

__all__ = ["join_rows"]

UNRESOLVED = 3.0  # sigmas: two closer bands may leave no dip between them ...
FLAT = 2  # ... and the corners of a flat band are no farther apart than so many times that
NEVER_BOTH = 1.8  # sigmas, up to which rows are one if no lane has both
CONSTANT = 0.04  # deviation of the shares of a band and its tail, which faint lanes do not show
DIP = 0.04  # of the lower of two peaks, that the place between them is lower


def join_rows(
    rows: tuple[Row, ...],
    fit: LaneFit | None,
    seen: Seen,
    refit: Callable[[tuple[Row, ...]], LaneFit],
) -> tuple[Row, ...]:
    """Return the rows, those that are parts of one joined.

    Two bands at a distance that shows as two leave a dip between them; where they are too close
    for that, their shares differ between lanes. What does neither is one row: of flat bands, as of
    a film that could not hold more, whose corners may lie far apart, or of bands with a tail, of
    which faint lanes show nothing. Closer still, no lane tells two bands apart: their volumes
    would be large, of opposite signs, and mean nothing.

    Parameters
    ----------
    rows, seen, refit
        As for `blotflux.measure.fitting.doublets.part_rows`.
    fit : LaneFit or None
        Of these rows; None: it is made if it is needed.
    """
    r = 0
    while r < len(rows) - 1:
        upper, lower = rows[r], rows[r + 1]
        if lower.below(upper) > FLAT * UNRESOLVED:
            r += 1
            continue
        fit = fit or refit(rows)
        if not are_one(rows, fit, seen, r):
            r += 1
            continue
        share = np.maximum(fit.volume[:, r : r + 2], 1e-300)
        one = replace(
            upper if upper.score > lower.score else lower,
            y=(fit.position[:, r : r + 2] * share).sum(axis=1) / share.sum(axis=1),
            sigma=float(np.median(lower.y - upper.y)) / 2 + min(upper.sigma, lower.sigma) / 2,
            seen=upper.seen | lower.seen,
        )
        rows, fit = (*rows[:r], one, *rows[r + 2 :]), None
    return rows


def are_one(rows: tuple[Row, ...], fit: LaneFit, seen: Seen, upper: int) -> bool:
    """Return whether nothing shows that rows `upper` and the next are two."""
    pair = slice(upper, upper + 2)
    both = seen.clear(fit)[:, pair].all(axis=1)
    apart = rows[upper + 1].below(rows[upper])
    if apart < INSEPARABLE or (apart < NEVER_BOTH and not both.any()):
        return True
    if not both.any():
        return False
    distance = np.diff(fit.position[:, pair], axis=1)[:, 0] / fit.sigma[:, pair].mean(axis=1)
    unlike = unlike_shares(fit, seen, upper)
    if unlike > UNLIKE or (not both.all() and unlike > CONSTANT):
        return False
    at = np.rint(fit.position[:, pair]).astype(np.intp)
    above = seen.value - fit.background
    last = above.shape[1] - 1
    lane = np.arange(len(above))
    peaks = above[lane[:, None], np.clip(at, 0, last)].min(axis=1)
    between = above[lane, np.clip(np.rint(at.mean(axis=1)).astype(np.intp), 0, last)]
    dips = int(np.count_nonzero((between < (1 - DIP) * peaks) & both))
    return dips < (PROVEN if float(np.median(distance[both])) < UNRESOLVED else 1)
