"""What a band looks like: its profile along the migration and across its lane.

Several families on purpose. A measuring method that assumes one of them is judged on the others
as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import erfcx, ndtr

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["AcrossLane", "Peak"]

PeakForm = Literal["gaussian", "skewed", "flat", "heavy"]
AcrossForm = Literal["soft_box", "super_gaussian"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Profile of a band along the migration.

    Attributes
    ----------
    sigma_px : float
        Width of the Gaussian that every form is built on, px; above 0.
    form : str
        ``gaussian``; ``skewed``: Gaussian convolved with an exponential of length
        ``strength * sigma_px``, its tail down (positive) or up (negative); ``flat``: Gaussian
        convolved with a box of half width ``strength * sigma_px``; ``heavy``: a Gaussian of which
        the share `strength` (0 to 1) is 2.2 times as wide.
    strength : float
        See `form`; ignored by ``gaussian``.
    """

    sigma_px: float
    form: PeakForm = "gaussian"
    strength: float = 0.0

    def relative(self, y_px: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the profile, not normalized, at distances `y_px` from its centroid."""
        y = np.asarray(y_px, np.float64)
        return PEAKS[self.form](y / self.sigma_px, self.strength)

    @property
    def deviation_px(self) -> float:
        """Standard deviation of the whole profile, px."""
        spread = {
            "gaussian": 1.0,
            "skewed": 1 + self.strength**2,
            "flat": 1 + self.strength**2 / 3,
            "heavy": 1 + self.strength * (HEAVY**2 - 1),
        }
        return float(self.sigma_px * np.sqrt(spread[self.form]))


HEAVY = 2.2  # how much wider the broad part of a heavy-tailed band is


def gaussian(u: NDArray[np.float64], _strength: float) -> NDArray[np.float64]:
    """Return a Gaussian of unit width."""
    return np.exp(-0.5 * u**2)


def skewed(u: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Return a Gaussian with an exponential tail, centroid at 0."""
    if abs(strength) < 0.05:  # the exponential is shorter than a twentieth of the Gaussian
        return gaussian(u, strength)
    shifted = np.sign(strength) * u + abs(strength)
    argument = (1 / abs(strength) - shifted) / np.sqrt(2)
    tail: NDArray[np.float64] = erfcx(np.maximum(argument, -25.0))
    return gaussian(shifted, strength) * tail


def flat(u: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Return a box with Gaussian flanks."""
    return np.asarray(ndtr(u + strength) - ndtr(u - strength), np.float64)


def heavy(u: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Return a Gaussian on a broader one."""
    return (1 - strength) * gaussian(u, 0) + strength / HEAVY * gaussian(u / HEAVY, 0)


PEAKS: dict[str, Callable[[NDArray[np.float64], float], NDArray[np.float64]]] = {
    "gaussian": gaussian,
    "skewed": skewed,
    "flat": flat,
    "heavy": heavy,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossLane:
    """Profile of a band across its lane.

    Attributes
    ----------
    form : str
        ``soft_box``: a box with Gaussian edges; ``super_gaussian``: exp(-|x|**p).
    softness : float
        Of the edges, as a fraction of the lane width, 0.01 to 0.3.
    slope : float
        Relative change from the center to the right edge, -1 to 1.
    rim : float
        How much stronger the edges are than the center, relative, above -1; negative: weaker.
    """

    form: AcrossForm = "soft_box"
    softness: float = 0.06
    slope: float = 0.0
    rim: float = 0.0

    def relative(self, across: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the profile, not normalized; `across` runs from -0.5 to 0.5 within the lane."""
        v = np.asarray(across, np.float64)
        tilted = 1 + self.slope * np.clip(2 * v, -1, 1)
        rimmed = 1 + self.rim * np.minimum((2 * v) ** 2, 1)
        return np.maximum(ACROSS[self.form](v, self.softness) * tilted * rimmed, 0)

    @property
    def reach(self) -> float:
        """How far from the center the profile is above 1e-4, in lane widths."""
        return 0.5 + 4 * self.softness


def soft_box(v: NDArray[np.float64], softness: float) -> NDArray[np.float64]:
    """Return a box of width 1 with Gaussian edges."""
    return np.asarray(ndtr((v + 0.5) / softness) - ndtr((v - 0.5) / softness), np.float64)


def super_gaussian(v: NDArray[np.float64], softness: float) -> NDArray[np.float64]:
    """Return a super-Gaussian that is 1 wide at half its height."""
    power = np.clip(0.45 / softness, 2.0, 14.0)
    return np.asarray(np.exp(-np.log(2) * np.abs(2 * v) ** power), np.float64)


ACROSS: dict[str, Callable[[NDArray[np.float64], float], NDArray[np.float64]]] = {
    "soft_box": soft_box,
    "super_gaussian": super_gaussian,
}
