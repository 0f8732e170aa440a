"""Small numpy helpers for short arrays, where numpy's own spend most of their time on checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["changes", "clamp", "middle"]


def changes(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much the next value differs from each, 0 for the last."""
    change = np.zeros(len(values))
    np.subtract(values[1:], values[:-1], out=change[:-1])
    return np.abs(change, out=change)


def clamp(values: NDArray[Any], low: float, high: float) -> NDArray[Any]:
    """Return `values` limited to ``low`` to ``high``, both included."""
    limited: NDArray[Any] = np.minimum(np.maximum(values, low), high)
    return limited


def middle(values: NDArray[Any]) -> float:
    """Return the median of at least one value; of an even number the lower of the middle two."""
    index = (len(values) - 1) // 2
    return float(np.partition(values, index)[index])
