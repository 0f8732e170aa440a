"""Which pixels are at the detector's limit, told from the file's values before any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Saturation", "find_saturated"]

SPIKE_PX = 5
"""A ceiling that no header names needs this many pixels at exactly one value."""
SPIKE_RATIO = 8.0
"""...and this many times the pixels of the levels just below it."""
SPIKE_WINDOW = 0.02
"""Part of the range that "just below" covers."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Saturation:
    """Saturated pixels and the ceiling that told them.

    Attributes
    ----------
    mask : ndarray of bool, shape (rows, columns)
    ceiling : float or None
        In the file's values; None where no limit is known or seen.
    reason : str
        ``header``, ``depth``, ``spike`` or empty.
    """

    mask: NDArray[np.bool_]
    ceiling: float | None
    reason: str


def find_saturated(
    values: NDArray[Any],
    *,
    protein_is_high: bool,
    bit_depth: int,
    ceiling: float | None = None,
    lossy: bool = False,
) -> Saturation:
    """Return the pixels at the protein end of the detector's range.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        As stored; NaN where there is no value.
    protein_is_high : bool
        Whether more protein means a larger stored value.
    bit_depth : int
        Bits per sample; with integers it gives the range.
    ceiling : float or None
        The detector's limit where the file names it (only at the high end).
    lossy : bool
        JPEG rings around a limit: one level of grace is given.

    Notes
    -----
    A limit is, in this order: named by the header; the end of the integer range; a spike, that is
    at least five pixels at exactly the extreme value and eight times as many as levels just inside
    it hold on average (a 12-bit camera in a 16-bit file, an export that clipped).
    """
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values.ravel()
    infinite = np.zeros(values.shape, bool)
    if values.dtype.kind == "f":
        infinite = np.isposinf(values) if protein_is_high else np.isneginf(values)
    if finite.size == 0:
        return Saturation(mask=infinite, ceiling=None, reason="")
    limit, reason = _nominal_limit(values.dtype, protein_is_high, bit_depth, ceiling)
    extreme = float(finite.max() if protein_is_high else finite.min())
    sign = 1.0 if protein_is_high else -1.0
    grace = 1.0 if lossy else 0.0
    if limit is None or sign * extreme < sign * limit - grace:
        if not _is_spike(finite, extreme, protein_is_high):
            return Saturation(mask=infinite, ceiling=limit, reason=reason)
        limit, reason = extreme, "spike"
    mask = values >= limit - grace if protein_is_high else values <= limit + grace
    return Saturation(mask=mask | infinite, ceiling=limit, reason=reason)


def _nominal_limit(
    dtype: np.dtype[Any], protein_is_high: bool, bit_depth: int, ceiling: float | None
) -> tuple[float | None, str]:
    if protein_is_high and ceiling is not None:
        return ceiling, "header"
    if dtype.kind == "u":
        return (float(2**bit_depth - 1) if protein_is_high else 0.0), "depth"
    if dtype.kind == "i":
        info = np.iinfo(dtype)
        return float(info.max if protein_is_high else info.min), "depth"
    return None, ""


def _is_spike(finite: NDArray[Any], extreme: float, protein_is_high: bool) -> bool:
    """Whether far more pixels lie at the extreme than at the levels just inside it."""
    at_extreme = int(np.count_nonzero(finite == extreme))
    if at_extreme < SPIKE_PX:
        return False
    other = float(finite.min() if protein_is_high else finite.max())
    if other == extreme:
        return False
    width = max(abs(extreme - other) * SPIKE_WINDOW, 4.0 if finite.dtype.kind in "ui" else 0.0)
    low, high = sorted((extreme, extreme + (-width if protein_is_high else width)))
    inside = int(np.count_nonzero((finite >= low) & (finite <= high))) - at_extreme
    if finite.dtype.kind in "ui":
        return at_extreme > SPIKE_RATIO * inside / width
    # Real numbers almost never repeat: five equal ones outnumber their neighbors' spacing.
    return at_extreme > 0.05 * inside
