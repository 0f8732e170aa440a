"""Rows that are two: bands so close that no lane shows them as two peaks.

Two bands two sigmas apart have one maximum. A lane by itself could hold one wide band, but no row
has bands of several widths: where widths differ from lane to lane, as the share of the two bands
does, two rows of one common width are tried against the rows that were found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.rows import cheapest_path, unit_position

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.lane_fit import LaneFit
    from blotflux.measure.fitting.rows import Row

__all__ = ["Seen", "part_rows"]

CLEAR_HEIGHT = 8.0  # over the noise of a pixel: bands whose width counts
UNEVEN = 0.15  # range of the log widths of a row's bands; that of single rows is below 0.1 ...
DOUBTFUL = 0.3  # ... but where noise and haze are strong, up to which a good fit is right
TOGETHER = (2.8, 4.5, 6.5)  # sigmas: rows closer than that may be one question
WIDTHS = (0.6, 0.7, 0.8, 0.9, 1.0)  # of the found row's, that are tried for the two
DISTANCES = (1.7, 2.0, 2.3, 2.6, 3.0, 3.4)  # sigmas of the two, between them
STEP = 0.1  # sigmas, of the pair's center
SMOOTH = 10.0  # units of chi-square per sigma that a lane's pair lies off the one before
WINDOW = 6.0  # sigmas of the found row on both sides that are explained
CLOSE = 2.5  # sigmas around other rows that are not
IMPERFECT = 0.1  # of a band's height: what a Gaussian may miss
TOLERATED = 0.01  # of the fitted bands: what the joint fit may miss
ALIKE = 0.03  # log width by which bands of one row may differ
BETTER = 0.75  # of the cost of the rows as found, below which the two take their place
EXPLAINED = 3.0  # units of chi-square per value that the two may leave: smears prove nothing
SIMPLER = 0.8  # the same for a proposal that leaves more rows than another
UNEXPLAINED = 4.0  # units of chi-square per value that a row leaves if it is plainly two
UNLIKE, VERY_UNLIKE = 0.12, 0.2  # deviation of a row's share of two: if so, and if in doubt
PROVEN = 2  # lanes that must hold both bands
SHARE = 0.03  # of the larger, that the smaller must be there
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
        for width, mine in zip(np.log(fit.sigma).T, counts.T, strict=True):
            if mine.any():
                total += float((((width[mine] - np.median(width[mine])) / ALIKE) ** 2).sum())
        return total


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
    for r in reversed(range(len(rows))):
        if r >= len(rows) or not uneven(fit, seen, r):
            continue
        tried = sorted({cluster_of(r, rows, gap) for gap in TOGETHER}, key=len, reverse=True)
        region = near_members(tried[0], fit)
        cost, best = seen.cost(fit, region), None
        if cost <= 0 and spread(fit, seen, r) < DOUBTFUL:
            continue
        # A cost below 0 is less than noise leaves: no share of it is better than it.
        least = min(BETTER * cost, cost, EXPLAINED * float(region.sum()))
        for members in tried:
            more = len(members) == 1
            if more and cost < float(region.sum()):  # one row leaves hardly more than noise
                continue
            proposal = in_place(rows, members, best_pair(members, fit, seen))
            other = refit(proposal)
            total = seen.cost(other, region)
            there = both_there(other, seen, members[0])
            if more and there:
                plain = cost > UNEXPLAINED * float(region.sum())
                there = unlike_shares(other, seen, members[0]) > (UNLIKE if plain else VERY_UNLIKE)
            if total < least and there:
                least, best = min(SIMPLER * total, total), (proposal, other)
        if best is not None:
            found = rows, fit = best
    return found


def uneven(fit: LaneFit, seen: Seen, r: int) -> bool:
    """Return whether the widths of a row's bands differ as those of one row hardly can."""
    return spread(fit, seen, r) > UNEVEN


def spread(fit: LaneFit, seen: Seen, r: int) -> float:
    """Return the range of the log widths of a row's clear bands."""
    sigma = fit.sigma[seen.clear(fit)[:, r], r]
    return float(np.ptp(np.log(sigma))) if len(sigma) > 1 else 0.0


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


def best_pair(
    members: tuple[int, ...], fit: LaneFit, seen: Seen
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the heights and the width of the two rows that explain the profiles best.

    Parameters
    ----------
    members : tuple of int
        Rows of the fit in whose place they would come.
    fit : LaneFit
    seen : Seen

    Returns
    -------
    upper, lower : ndarray, shape (L,)
    sigma : float
    """
    index, lane = np.array(members), np.arange(len(seen.value))
    strongest = index[np.argmax(fit.height[:, index], axis=1)]
    at = fit.position[lane, strongest]
    wide = float(np.median(fit.sigma[lane, strongest]))
    cut = cut_out(members, fit, seen, at, wide)
    smile = smooth_curve(at, seen.x_px)
    step = STEP * WIDTHS[0] * wide
    least, best = np.inf, (at, at, wide)
    for sigma in wide * np.array(WIDTHS):
        for distance in sigma * np.array(DISTANCES):
            reach = 0.5 * distance + sigma
            low, high = float((at - smile).min()) - reach, float((at - smile).max()) + reach
            offset = np.arange(low, high + step, step)
            chi = cut.unexplained(smile[:, None] + offset, distance, sigma)
            path = cheapest_path(-chi, SMOOTH / sigma * np.abs(offset[:, None] - offset))
            total = float(chi[lane, path].sum())
            if total < least:
                center = smile + offset[path]
                least = total
                best = center - 0.5 * distance, center + 0.5 * distance, float(sigma)
    return best


def smooth_curve(at: NDArray[np.float64], x_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the polynomial across the lanes that as many of them can bear, at most a parabola."""
    xi, _ = unit_position(x_px)
    degree = min(2, (len(at) - 1) // 3)
    return np.asarray(np.polyval(np.polyfit(xi, at, degree), xi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutOut:
    """The profiles around one place in every lane: L lanes, N values.

    Attributes
    ----------
    y : ndarray, shape (L, N)
        Where, px from the profiles' top.
    root : ndarray, shape (L, N)
        Roots of the weights, 0 where there is nothing to explain.
    level : ndarray, shape (L, N, 2)
        A straight background: orthonormal, times `root`.
    left : ndarray, shape (L, N)
        What that background leaves of the data, times `root`.
    """

    y: NDArray[np.float64]
    root: NDArray[np.float64]
    level: NDArray[np.float64]
    left: NDArray[np.float64]

    def unexplained(
        self, center: NDArray[np.float64], distance: float, sigma: float
    ) -> NDArray[np.float64]:
        """Return the chi-square that two Gaussians of positive volumes leave, shape (L, C).

        Parameters
        ----------
        center : ndarray, shape (L, C)
            Half-way between them, px.
        distance, sigma : float
            Between them and of each, px.
        """
        upper = self.seen(center - 0.5 * distance, sigma)
        lower = self.seen(center + 0.5 * distance, sigma)
        uu, ll, ul = (upper**2).sum(-1), (lower**2).sum(-1), (upper * lower).sum(-1)
        u = (upper @ self.left[..., None])[..., 0]
        low = (lower @ self.left[..., None])[..., 0]
        tiny = 1e-9 * max(float(uu.max()), float(ll.max()), 1e-300)
        both = np.maximum(uu * ll - ul**2, tiny**2)
        a, b = (ll * u - ul * low) / both, (uu * low - ul * u) / both
        alone = np.maximum(
            np.maximum(u, 0.0) ** 2 / np.maximum(uu, tiny),
            np.maximum(low, 0.0) ** 2 / np.maximum(ll, tiny),
        )
        explained = np.where((a > 0) & (b > 0), a * u + b * low, alone)
        return np.asarray((self.left**2).sum(axis=1)[:, None] - explained)

    def seen(self, center: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
        """Return Gaussians less what the background explains of them, shape (L, C, N)."""
        u = (self.y[:, None] - center[..., None]) / sigma
        curve = np.exp(-0.5 * u * u) * self.root[:, None]
        return np.asarray(curve - (curve @ self.level) @ self.level.swapaxes(1, 2))


def cut_out(
    members: tuple[int, ...],
    fit: LaneFit,
    seen: Seen,
    at: NDArray[np.float64],
    wide: float,
) -> CutOut:
    """Return the profiles around the heights `at`, without the background and other rows."""
    lanes, n = seen.value.shape
    half = int(np.ceil(WINDOW * wide))
    raw = np.rint(at).astype(np.intp)[:, None] + np.arange(-half, half + 1)
    index, lane = np.clip(raw, 0, n - 1), np.arange(lanes)[:, None]
    data = (seen.value - fit.background)[lane, index]
    noise = seen.variance[lane, index] + (IMPERFECT * data.max(axis=1, keepdims=True)) ** 2
    usable = (raw >= 0) & (raw < n)
    for r in range(fit.position.shape[1]):
        if r not in members:
            usable &= np.abs(raw - fit.position[:, r, None]) > CLOSE * fit.sigma[:, r, None]
    root = np.where(usable, 1 / np.sqrt(noise), 0.0)
    straight = np.stack([np.ones_like(raw), raw - at[:, None]], axis=-1) * root[..., None]
    level = np.linalg.qr(straight)[0]
    left = data * root
    left = left - ((left[:, None] @ level) @ level.swapaxes(1, 2))[:, 0]
    return CutOut(y=raw.astype(np.float64), root=root, level=level, left=left)


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
