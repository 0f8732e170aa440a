"""Steps of a fit held back where they would swing.

Where bands overlap, whose the light between them is hardly changes what is left over: the normal
equations say little about it, and plain Gauss-Newton steps along it overshoot, the more so the
more shape terms there are. Each lane's diagonal is raised by a share that falls while its steps
leave less over and rises when one leaves more (Marquardt 1963, doi:10.1137/0111030).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.shapes import FEW_TERMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Damping"]

FEW_DAMPED, MANY_DAMPED = 1e-3, 1e-2  # shares to start with, of few and of many shape terms
LEAST, MOST = 1e-7, 0.1
WORSE = 1.02  # times the chi-square before, that a step has failed with
MORE, LESS = 3.0, 30.0


class Damping:
    """How much the steps of Z zones in L lanes are held back.

    Parameters
    ----------
    shape : (int, int)
        Zones and lanes.
    terms : int
        Shape terms of a band.

    Attributes
    ----------
    share : ndarray, shape (Z, L)
        Of their diagonal, that is added to the normal equations.
    """

    share: NDArray[np.float64]

    def __init__(self, shape: tuple[int, int], terms: int) -> None:
        self.share = np.full(shape, FEW_DAMPED if terms <= FEW_TERMS else MANY_DAMPED)
        self._last: NDArray[np.float64] | None = None

    def judge(self, misfit: NDArray[np.float64]) -> None:
        """Learn what the last step left over: the chi-square of each lane, shape (Z, L)."""
        if self._last is not None:
            failed = misfit > WORSE * self._last
            share = np.where(failed, self.share * MORE, self.share / LESS)
            self.share = np.minimum(np.maximum(share, LEAST), MOST)
        self._last = misfit

    def forget(self) -> None:
        """Forget what the last step left over, as other weights make of it another number."""
        self._last = None

    def hold_back(self, normal: NDArray[np.float64]) -> None:
        """Raise the diagonal of normal equations, shape (Z, L, p, p), in place."""
        index = np.arange(normal.shape[2])
        normal[..., index, index] *= 1 + self.share[..., None]
