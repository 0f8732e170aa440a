"""Apparent molecular weight from a ladder: the calibration curve and its error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import PchipInterpolator

from blotflux.errors import BandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Calibration", "calibrate"]

# No ladder sizes a band better than this, however well its bands lie on a curve: apparent weights
# depend on the protein as well (project default).
LEAST_ERROR_PERCENT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Weight as a function of migration.

    Attributes
    ----------
    rf : ndarray of float64, shape (bands,), ascending
        Migration of the ladder's bands; any linear scale (Rf or pixels) gives the same weights.
    kda : ndarray of float64, shape (bands,), descending
    loo_percents : ndarray of float64, shape (bands - 2,)
        Leave-one-out error of each interior band: its weight by the curve through the others,
        over its own, minus 1, in percent. Empty with fewer than four bands.
    slope, intercept, r_squared : float
        Of the straight line log10(kDa) = intercept + slope * rf, for comparison only.
    rf_se : float
        Standard error of the ladder's positions, in units of `rf` (a registered ladder's).
    """

    rf: NDArray[np.float64]
    kda: NDArray[np.float64]
    loo_percents: NDArray[np.float64]
    slope: float
    intercept: float
    r_squared: float
    rf_se: float = 0.0

    @property
    def loo_percent(self) -> float:
        """Largest leave-one-out error, percent; NaN with fewer than four bands."""
        errors = np.abs(self.loo_percents)
        return float(errors.max()) if errors.size else float("nan")

    def weight_kda(self, rf: ArrayLike) -> NDArray[np.float64]:
        """Return the apparent weight at a migration, kDa.

        Outside the ladder log10(kDa) goes on straight through the two end bands.
        """
        at = np.asarray(rf, dtype=np.float64)
        logs = log_weight(self.rf, np.log10(self.kda), at)
        return np.asarray(10.0**logs, dtype=np.float64)

    def is_extrapolated(self, rf: ArrayLike) -> NDArray[np.bool_]:
        """Tell which migrations lie outside the ladder."""
        at = np.asarray(rf, dtype=np.float64)
        return np.asarray((at < self.rf[0]) | (at > self.rf[-1]), dtype=np.bool_)

    def error_kda(self, rf: ArrayLike) -> NDArray[np.float64]:
        """Return the stated error of the weight, kDa: 5 % or the leave-one-out error.

        The larger of the two; the error of the ladder's own position is added in quadrature.
        """
        weight = self.weight_kda(rf)
        worst = np.nanmax([LEAST_ERROR_PERCENT, self.loo_percent]) / 100.0
        at = np.asarray(rf, dtype=np.float64)
        moved = self.weight_kda(at - self.rf_se) - self.weight_kda(at + self.rf_se)
        return np.asarray(np.hypot(worst * weight, moved / 2.0), dtype=np.float64)


def calibrate(rf: ArrayLike, kda: ArrayLike, *, rf_se: float = 0.0) -> Calibration:
    """Return the calibration through a ladder's bands.

    Monotone cubic interpolation (PCHIP) of log10(kDa) on migration, which passes through every
    band and neither overshoots nor assumes the straight line that real gels do not follow.

    Parameters
    ----------
    rf : array_like, shape (bands,)
        Migration from the top, Rf or pixels; at least two.
    kda : array_like, shape (bands,)
        Weight of each band.
    rf_se : float
        Standard error of the positions, in the same unit.

    Raises
    ------
    BandError
        If there are fewer than two bands, or weights do not fall from the top to the bottom.
    """
    order = np.argsort(np.asarray(rf, dtype=np.float64), kind="stable")
    positions = np.asarray(rf, dtype=np.float64)[order]
    weights = np.asarray(kda, dtype=np.float64)[order]
    require_ladder(positions, weights)
    logs = np.log10(weights)
    slope, intercept = (float(value) for value in np.polyfit(positions, logs, 1))
    residual = logs - (intercept + slope * positions)
    return Calibration(
        rf=positions,
        kda=weights,
        loo_percents=leave_one_out_percents(positions, logs),
        slope=slope,
        intercept=intercept,
        r_squared=1.0 - float(residual @ residual) / float(np.sum((logs - logs.mean()) ** 2)),
        rf_se=rf_se,
    )


def require_ladder(rf: NDArray[np.float64], kda: NDArray[np.float64]) -> None:
    """Raise unless positions ascend and weights descend."""
    if rf.size < 2:
        message = f"A ladder needs at least two bands of known weight; {rf.size} given."
        raise BandError(message)
    if not (np.all(np.isfinite(rf)) and np.all(np.isfinite(kda)) and np.all(kda > 0)):
        message = "Positions and weights of ladder bands must be numbers, weights above zero."
        raise BandError(message)
    if np.any(np.diff(rf) <= 0) or np.any(np.diff(kda) >= 0):
        shown: Sequence[str] = [f"{weight:g}" for weight in kda]
        message = (
            f"Ladder weights must fall from the top to the bottom of the lane; they are "
            f"{', '.join(shown)} kDa. Check which band is which."
        )
        raise BandError(message)


def log_weight(
    rf: NDArray[np.float64], logs: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return log10(kDa) at `at`: PCHIP inside the ladder, straight beyond its end bands."""
    inside = _curve(rf.tobytes(), logs.tobytes())(np.clip(at, rf[0], rf[-1]))
    first = (logs[1] - logs[0]) / (rf[1] - rf[0])
    last = (logs[-1] - logs[-2]) / (rf[-1] - rf[-2])
    beyond = np.minimum(at - rf[0], 0.0) * first + np.maximum(at - rf[-1], 0.0) * last
    return np.asarray(inside + beyond, dtype=np.float64)


@lru_cache(maxsize=1024)
def _curve(rf: bytes, logs: bytes) -> PchipInterpolator:
    """Return the curve through some bands; every band of a picture asks for the same few."""
    return PchipInterpolator(np.frombuffer(rf), np.frombuffer(logs))


def leave_one_out_percents(
    rf: NDArray[np.float64], logs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the error of each interior band when the curve is drawn through the others."""
    if rf.size < 4:
        return np.empty(0, dtype=np.float64)
    errors = [
        10.0
        ** (float(log_weight(np.delete(rf, i), np.delete(logs, i), rf[i : i + 1])[0]) - logs[i])
        for i in range(1, rf.size - 1)
    ]
    return (np.asarray(errors, dtype=np.float64) - 1.0) * 100.0
