"""Which pixels are at the detector's limit, told from the file's values before any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot.picture import Picture

__all__ = ["Saturation", "find_saturated"]

SPIKE_PX = 5
"""A ceiling that no header names needs this many pixels at exactly one value."""
SPIKE_RATIO = 8.0
"""...and this many times the pixels of the levels just inside it, on average."""
SPIKE_WINDOW = 0.02
"""Part of the range that "just inside" covers."""
SPIKE_LEVELS_MIN = 4.0


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
    picture: Picture,
    *,
    protein_is_high: bool,
    ceiling: float | None = None,
    grace: float = 0.0,
) -> Saturation:
    """Return the pixels at the protein end of the detector's range.

    Parameters
    ----------
    picture : Picture
    protein_is_high : bool
        Whether more protein means a larger stored value.
    ceiling : float or None
        The detector's limit where the file names it (always the high end).
    grace : float
        Levels that lossy compression or a mean of colors may lie off the limit.

    Notes
    -----
    A limit is, in this order: named by the header; the end of the integer range; a spike, that is
    at least five pixels at exactly the extreme value, and eight times as many as the levels within
    2 % of the range hold on average (a 12-bit camera in a 16-bit file, an export that clipped).
    Infinity stands for a value beyond the limit.
    """
    values, sign = picture.values, (1.0 if protein_is_high else -1.0)
    beyond = np.zeros(values.shape, bool)
    finite = values[~picture.invalid] if picture.invalid.any() else values
    if values.dtype.kind == "f":
        beyond = np.isinf(values) & (np.sign(values) == sign)
        finite = finite[np.isfinite(finite)]
    limit, reason = (picture.high if protein_is_high else picture.low), "depth"
    if protein_is_high and ceiling is not None:
        limit, reason = ceiling, "header"
    if finite.size == 0:
        return Saturation(mask=beyond, ceiling=limit, reason=reason if limit is not None else "")
    extreme = float(finite.max() if protein_is_high else finite.min())
    if limit is None or sign * extreme < sign * limit - grace:
        if not _is_spike(finite, extreme, sign):
            return Saturation(
                mask=beyond, ceiling=limit, reason=reason if limit is not None else ""
            )
        limit, reason = extreme, "spike"
    mask = values >= limit - grace if protein_is_high else values <= limit + grace
    return Saturation(mask=(mask | beyond) & ~picture.invalid, ceiling=limit, reason=reason)


def _is_spike(finite: NDArray[Any], extreme: float, sign: float) -> bool:
    """Whether far more pixels lie at the extreme than at the levels just inside it."""
    at_extreme = int(np.count_nonzero(finite == extreme))
    other = float(finite.min() if sign > 0 else finite.max())
    if at_extreme < SPIKE_PX or other == extreme:
        return False
    width = SPIKE_WINDOW * abs(extreme - other)
    if finite.dtype.kind in "ui":
        width = max(width, SPIKE_LEVELS_MIN)
    low, high = sorted((extreme, extreme - sign * width))
    inside = int(np.count_nonzero((finite >= low) & (finite <= high))) - at_extreme
    # Real numbers almost never repeat: their levels are as many as their pixels.
    levels = width if finite.dtype.kind in "ui" else max(inside, 1)
    return at_extreme > SPIKE_RATIO * inside / levels
