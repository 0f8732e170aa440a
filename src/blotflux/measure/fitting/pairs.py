"""The two Gaussians of one width that explain the profiles around a row best.

Their distance is one number for all lanes and their place runs smoothly across them; what each
lane holds of either is free, but positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.smile import cheapest_path, unit_position

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.fitting.doublets import Seen
    from blotflux.measure.fitting.lane_fit import LaneFit

__all__ = ["WINDOW", "best_pair"]

WIDTHS = (0.6, 0.7, 0.8, 0.9, 1.0)  # of the found row's, that are tried for the two
DISTANCES = (1.7, 2.0, 2.3, 2.6, 3.0, 3.4)  # sigmas of the two, between them
STEP = 0.1  # sigmas, of the pair's center
SMOOTH = 10.0  # units of chi-square per sigma that a lane's pair lies off the one before
WINDOW = 6.0  # sigmas of the found row on both sides that are explained
CLOSE = 2.5  # sigmas around other rows that are not
IMPERFECT = 0.1  # of a band's height: what a Gaussian may miss


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
        both = np.maximum(uu * ll - ul**2, max(tiny**2, 1e-300))
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
