"""How lanes lean and bend, common to all lanes of a panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Slant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slant:
    """Displacement of lanes along x as a function of y.

    ``x = x_middle + lean * (y - middle) + bend * (((y - middle) / half)**2 - 1/3)``

    Attributes
    ----------
    lean : float
        dx/dy at mid height.
    bend : float
        Pixels between mid height and the ends, over 1.
    middle, half : float
        Mid height and half the height of the panel, pixels.
    """

    lean: float = 0.0
    bend: float = 0.0
    middle: float = 0.0
    half: float = 1.0

    def shift(self, y: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return how far a lane at `y` lies to the right of its own mean x."""
        down = np.asarray(y, np.float64) - self.middle
        return np.asarray(self.lean * down + self.bend * ((down / self.half) ** 2 - 1 / 3))

    def straighten(
        self, x: NDArray[np.float64] | NDArray[np.int64], y: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return x with the lanes' common course taken out."""
        return np.asarray(x - self.shift(y), np.float64)
