"""A stored plane as the picture that a viewer shows: one number per pixel, still the file's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot.color import gray_of_color
from blotflux.blot.placing import apply_orientation
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot.formats.stored import StoredPlane

__all__ = ["Picture", "develop", "range_of"]

LARGEST = 1e30
"""Far beyond any detector, and its square still fits into the float64 of the arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One channel of a plane, before any arithmetic.

    Attributes
    ----------
    values : ndarray, shape (rows, columns)
        As stored, oriented as a viewer shows them.
    invalid : ndarray of bool, shape (rows, columns)
        Without a value: NaN, negative overflow, transparent, colored pen marks.
    low, high : float or None
        Ends of the range that stored values can have; None where there are none.
    stored_dtype : str
    mixed : bool
        Whether the values are a mean of unequal colors.
    colored_fraction : float
    """

    values: NDArray[Any]
    invalid: NDArray[np.bool_]
    low: float | None
    high: float | None
    stored_dtype: str
    mixed: bool = False
    colored_fraction: float = 0.0


def develop(plane: StoredPlane, *, channel: int | None, name: str) -> Picture:
    """Return the picture that a plane holds.

    Parameters
    ----------
    plane : StoredPlane
    channel : int or None
        Of a color picture: 0 red, 1 green, 2 blue; None where the colors should be gray.
    name : str
        Of the file, for messages.

    Raises
    ------
    ImageReadError
        If it cannot be decoded, is colored, or no pixel has a value.
    """
    values = plane.load()
    stored_dtype = values.dtype
    mixed, colored_fraction = False, 0.0
    if values.ndim == 3 and values.shape[2] in (3, 4):
        gray = gray_of_color(values, channel=channel, name=name)
        invalid = gray.transparent | gray.colored
        mixed = channel is None and not gray.equal
        colored_fraction = float(gray.colored.mean())
        values = gray.values
    else:
        invalid = np.zeros(values.shape, bool)
    if values.ndim != 2 or values.dtype.kind not in "uif":
        message = (
            f"{name}: holds {values.ndim}-dimensional data of type {values.dtype}; a picture has "
            "rows and columns of numbers, export a TIFF."
        )
        raise ImageReadError(message)
    if values.dtype.kind == "f":
        invalid |= np.isnan(values) | np.isneginf(values)
    _require_values(values, invalid, name)
    low, high = range_of(stored_dtype, plane.bit_depth)
    return Picture(
        values=apply_orientation(values, plane.orientation),
        invalid=apply_orientation(invalid, plane.orientation),
        low=low,
        high=high,
        stored_dtype=str(stored_dtype),
        mixed=mixed,
        colored_fraction=colored_fraction,
    )


def _require_values(values: NDArray[Any], invalid: NDArray[np.bool_], name: str) -> None:
    """Raise ImageReadError unless some pixel has a value and all are of a size that can be."""
    usable = ~invalid & np.isfinite(values) if values.dtype.kind == "f" else ~invalid
    if not usable.any():
        message = f"{name}: no pixel has a finite value; export the image again."
        raise ImageReadError(message)
    largest = max(abs(float(values[usable].max())), abs(float(values[usable].min())))
    if largest > LARGEST:
        message = (
            f"{name}: holds values up to {largest:.3g}, which no detector counts; export the image "
            "again."
        )
        raise ImageReadError(message)


def range_of(dtype: np.dtype[Any], bit_depth: int) -> tuple[float | None, float | None]:
    """Return the ends of the range of stored values; None for real numbers, which have none."""
    if dtype.kind == "u":
        return 0.0, float(2 ** min(bit_depth, dtype.itemsize * 8) - 1)
    if dtype.kind == "i":
        info = np.iinfo(dtype)
        return float(info.min), float(info.max)
    return None, None
