"""Medians and quantiles of arrays so small that numpy's own spend most of their time on checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["median", "quantile"]

# Of few values sorting all is fastest, of many selecting one and searching the others for its
# neighbor and the highest, in between selecting all three.
SORTED_VALUES, SORTED_ROWS = 256, 1024
MANY = 16384


@overload
def median(values: NDArray[Any], axis: None = None) -> np.floating[Any]: ...


@overload
def median(values: NDArray[Any], axis: int) -> NDArray[Any]: ...


def median(values: NDArray[Any], axis: int | None = None) -> np.floating[Any] | NDArray[Any]:
    """Return the median, the same as ``numpy.median`` returns.

    Parameters
    ----------
    values : ndarray
        Real numbers; not changed.
    axis : int, optional
        Along which the median is taken; of all values if not given.

    Returns
    -------
    floating or ndarray
        In the precision of `values`, double for whole numbers. NaN where any of the values is, and
        of no values at all, without a warning (NaN is sorted behind all numbers).
    """
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    if axis is None:
        ordered = values.flatten()
        if not ordered.size:
            return np.float64(np.nan)
        center, last = center_of_rows(ordered, SORTED_VALUES)
        single: np.floating[Any] = last if np.isnan(last) else center
        return single
    ordered = np.array(np.moveaxis(values, axis, -1), order="C")
    if not ordered.shape[-1]:
        return np.full(ordered.shape[:-1], np.nan, values.dtype)
    center, last = center_of_rows(ordered, SORTED_ROWS)
    several: NDArray[Any] = np.where(np.isnan(last), last, center)
    return several


def center_of_rows(rows: NDArray[Any], most_sorted: int) -> tuple[Any, Any]:
    """Return the medians and the highest values along the last axis; `rows` is put in order."""
    size = rows.shape[-1]
    half = size // 2
    if size > MANY:
        rows.partition(half, axis=-1)
        upper, highest = rows[..., half], rows[..., half:].max(axis=-1)
        center = upper if size % 2 else (rows[..., :half].max(axis=-1) + upper) / 2
        return center, highest
    if size <= most_sorted:
        rows.sort(axis=-1)
    else:
        rows.partition((half - 1, half, size - 1), axis=-1)
    upper = rows[..., half]
    center = upper if size % 2 else (rows[..., half - 1] + upper) / 2
    return center, rows[..., -1]


def quantile(values: NDArray[Any], share: float) -> float:
    """Return the value that a share of all values lies below, interpolated between neighbors.

    Parameters
    ----------
    values : ndarray
        At least one, none of them NaN.
    share : float
        From 0 to 1.
    """
    place = share * (values.size - 1)
    low = int(place)
    high = min(low + 1, values.size - 1)
    ordered = np.partition(values, (low, high), axis=None)
    below, above = float(ordered[low]), float(ordered[high])
    return below + (place - low) * (above - below)
