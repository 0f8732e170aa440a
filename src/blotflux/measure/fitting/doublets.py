"""Rows that are two: bands so close that no lane shows them as two peaks.

Two bands two sigmas apart have one maximum. A lane by itself could hold one wide band, but no row
has bands of several widths: where widths differ from lane to lane, as the share of the two bands
does, two rows of one common width are tried against the rows that were found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.pairs import WINDOW, best_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.lane_fit import LaneFit
    from blotflux.measure.fitting.rows import Row

__all__ = ["PROVEN", "UNLIKE", "Seen", "part_rows", "unlike_shares"]

CLEAR_HEIGHT = 8.0  # over the noise of a pixel: bands whose width counts
UNEVEN = 0.15  # range of the log widths of a row's bands; that of single rows is below 0.1 ...
DOUBTFUL = 0.3  # ... but where noise and haze are strong, up to which a good fit is right
TOGETHER = (2.8, 4.5, 6.5)  # sigmas: rows closer than that may be one question
TOLERATED = 0.01  # of the fitted bands: what the joint fit may miss
ALIKE = 0.03  # log width by which bands of one row may differ
BETTER = 0.75  # of the cost of the rows as found, below which the two take their place
EXPLAINED = 3.0  # units of chi-square per value that the two may leave: smears prove nothing
SIMPLER = 0.8  # the same for a proposal that leaves more rows than another
UNEXPLAINED = 4.0  # units of chi-square per value that a row leaves if it is plainly two
UNLIKE, VERY_UNLIKE = 0.12, 0.2  # deviation of a row's share of two: if so, and if in doubt
MOST_TRIED = 10  # uneven rows: pictures that have more show texture, not rows
PROVEN = 2  # lanes that must hold both bands
SHARE = 0.03  # of the larger, that the smaller must be there
LEAST_FOR_TREND, LEAST_FOR_CURVE = 4, 6  # bands that show how widths rise with volumes ...
FACTOR, FAINTEST = 0.7, 1e-3  # ... which must differ (logarithm); down to this of the largest
APART = 1.7  # sigmas, below which a pair is the shape of one band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What the rows are to explain: L lanes, n profile rows.

    Attributes
    ----------
    value, variance : ndarray, shape (L, n)
        Profiles and the variance of their values.
    x_px : ndarray, shape (L,)
        Centers of the lanes.
    pixel_noise : ndarray, shape (L,)
        What one unit of height over noise is in the profile.
    """

    value: NDArray[np.float64]
    variance: NDArray[np.float64]
    x_px: NDArray[np.float64]
    pixel_noise: NDArray[np.float64]

    def clear(self, fit: LaneFit) -> NDArray[np.bool_]:
        """Return which bands of a fit are beyond doubt, shape (L, R)."""
        return np.asarray(fit.height > CLEAR_HEIGHT * self.pixel_noise[:, None])

    def cost(self, fit: LaneFit, region: NDArray[np.bool_]) -> float:
        """Return how much worse than noise a fit explains a region, and how uneven its rows are."""
        left = self.value - fit.background - fit.model
        misfit = left**2 / (self.variance + (TOLERATED * fit.model) ** 2)
        lane = np.arange(len(region))[:, None]
        at = np.clip(np.rint(fit.position).astype(np.intp), 0, region.shape[1] - 1)
        counts = self.clear(fit) & region[lane, at]
        total = float(misfit[region].sum()) - float(region.sum())
        for r, mine in enumerate(counts.T):
            if mine.any():
                width = self.log_widths(fit, r, mine)
                total += float((((width - np.median(width)) / ALIKE) ** 2).sum())
        return total

    def log_widths(self, fit: LaneFit, r: int, lanes: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the logarithms of the widths of a row's bands, less how they rise with volumes.

        Where much protein runs, or light bends a film's response, strong bands are wider.
        """
        width: NDArray[np.float64] = np.log(fit.sigma[lanes, r])
        if len(width) < LEAST_FOR_TREND:
            return width
        volume = fit.volume[lanes, r]
        strength = np.log(np.maximum(volume, FAINTEST * max(float(volume.max()), 1e-300)))
        strength -= strength.mean()
        if strength @ width <= 0 or np.ptp(strength) < FACTOR:
            return width
        trend = np.polyfit(strength, width, 2 if len(width) >= LEAST_FOR_CURVE else 1)
        return np.asarray(width - np.polyval(trend, strength))


def part_rows(
    rows: tuple[Row, ...],
    fit: LaneFit,
    seen: Seen,
    refit: Callable[[tuple[Row, ...]], LaneFit],
) -> tuple[tuple[Row, ...], LaneFit]:
    """Return the rows and their fit, rows that are two of them parted.

    Parameters
    ----------
    rows : tuple of Row
        From the top.
    fit : LaneFit
        Of these rows.
    seen : Seen
    refit : callable
        Returns the fit of other rows.
    """
    if not any(uneven(fit, seen, r) for r in range(len(rows))):
        return rows, fit
    found, fit = (rows, fit), refit(rows)
    tried = 0
    for r in reversed(range(len(rows))):
        if r >= len(rows) or not uneven(fit, seen, r):
            continue
        tried += 1
        if tried > MOST_TRIED:
            break
        better = better_rows(r, rows, fit, seen, refit)
        if better is not None:
            found = rows, fit = better
    return found


def better_rows(
    r: int,
    rows: tuple[Row, ...],
    fit: LaneFit,
    seen: Seen,
    refit: Callable[[tuple[Row, ...]], LaneFit],
) -> tuple[tuple[Row, ...], LaneFit] | None:
    """Return the rows and their fit with two in place of those around row `r`; None: no better.

    Parameters
    ----------
    r : int
        A row of uneven bands.
    rows, fit, seen, refit
        As for `part_rows`.
    """
    tried = sorted({cluster_of(r, rows, gap) for gap in TOGETHER}, key=len, reverse=True)
    region = near_members(tried[0], fit)
    cost, best = seen.cost(fit, region), None
    if cost <= 0 and spread(fit, seen, r) < DOUBTFUL:
        return None
    # A cost below 0 is less than noise leaves: no share of it is better than it.
    least = min(BETTER * cost, cost, EXPLAINED * float(region.sum()))
    for members in tried:
        more = len(members) == 1
        if more and cost < float(region.sum()):  # one row leaves hardly more than noise
            continue
        proposal = in_place(rows, members, best_pair(members, fit, seen))
        other = refit(proposal)
        total = seen.cost(other, region)
        # Two rows need no proof that they are two if they are found again at better places.
        there = len(members) == 2 or both_there(other, seen, members[0])
        if more and there:
            plain = cost > UNEXPLAINED * float(region.sum())
            there = unlike_shares(other, seen, members[0]) > (UNLIKE if plain else VERY_UNLIKE)
        if total < least and there:
            least, best = SIMPLER * total, (proposal, other)
            if total <= 0:  # as good as noise lets it be: more rows could only follow the noise
                break
    return best


def uneven(fit: LaneFit, seen: Seen, r: int) -> bool:
    """Return whether the widths of a row's bands differ as those of one row hardly can."""
    return spread(fit, seen, r) > UNEVEN


def spread(fit: LaneFit, seen: Seen, r: int) -> float:
    """Return the range of the log widths of a row's clear bands."""
    width = seen.log_widths(fit, r, seen.clear(fit)[:, r])
    return float(np.ptp(width)) if len(width) > 1 else 0.0


def both_there(fit: LaneFit, seen: Seen, upper: int) -> bool:
    """Return whether rows `upper` and the next are two rows: apart, and seen side by side."""
    pair = [upper, upper + 1]
    height = fit.height[:, pair]
    both = seen.clear(fit)[:, pair].all(axis=1)
    both &= height.min(axis=1) > SHARE * height.max(axis=1)
    distance = np.diff(fit.position[:, pair], axis=1)[:, 0] / fit.sigma[:, pair].max(axis=1)
    enough = min(PROVEN, len(both))
    return both.sum() >= enough and float(np.median(distance[both])) > APART


def unlike_shares(fit: LaneFit, seen: Seen, upper: int) -> float:
    """Return by how much the shares of two rows differ between lanes, which makes them two.

    Flat tops, as of bands that a film could not hold, look like two halves in every lane.
    """
    pair = [upper, upper + 1]
    volume = np.maximum(fit.volume[:, pair], 0.0)[seen.clear(fit)[:, pair].any(axis=1)]
    share = volume[:, 1] / np.maximum(volume.sum(axis=1), 1e-300)
    return float(share.std())


def cluster_of(r: int, rows: Sequence[Row], gap: float) -> tuple[int, ...]:
    """Return the rows around row r, ordered from the top, each within `gap` sigmas of the next."""

    def close(a: int, b: int) -> bool:
        apart = float(np.median(rows[b].y - rows[a].y))
        return apart < gap * max(rows[a].sigma, rows[b].sigma, rows[r].sigma)

    first = last = r
    while first > 0 and close(first - 1, first):
        first -= 1
    while last < len(rows) - 1 and close(last, last + 1):
        last += 1
    return tuple(range(first, last + 1))


def near_members(members: tuple[int, ...], fit: LaneFit) -> NDArray[np.bool_]:
    """Return which profile values lie near the fitted bands of some rows, shape (lanes, n)."""
    y = np.arange(fit.model.shape[1])
    index = np.array(members)
    wide = WINDOW * float(np.median(fit.sigma[:, index]))
    top = fit.position[:, index].min(axis=1) - wide
    bottom = fit.position[:, index].max(axis=1) + wide
    return np.asarray((y > top[:, None]) & (y < bottom[:, None]))


def in_place(
    rows: tuple[Row, ...],
    members: tuple[int, ...],
    pair: tuple[NDArray[np.float64], NDArray[np.float64], float],
) -> tuple[Row, ...]:
    """Return the rows with the pair in place of its members."""
    score = max(rows[r].score for r in members)
    seen = np.any([rows[r].seen for r in members], axis=0)
    two = (replace(rows[members[0]], y=y, sigma=pair[2], seen=seen, score=score) for y in pair[:2])
    return (*rows[: members[0]], *two, *rows[members[-1] + 1 :])
