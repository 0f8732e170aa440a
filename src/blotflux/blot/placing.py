"""Turning stored pixels into the picture that a viewer shows, and that into the blot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot.model import Placement
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["apply_orientation", "apply_placement", "make_placement"]

TURNS = (0, 90, 180, 270)
FLIPS = ("", "horizontal", "vertical")


def apply_orientation(values: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return the picture as a viewer shows it.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        As stored.
    orientation : int
        TIFF tag 274 and EXIF: where the stored first row and column lie, 1 to 8.
    """
    if orientation in (5, 6, 7, 8):
        values = np.swapaxes(values, 0, 1)
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    return values


def make_placement(
    shape: tuple[int, int],
    *,
    region: tuple[int, int, int, int] | None,
    turn: int,
    flip: str | None,
    name: str,
) -> Placement:
    """Return where the blot lies in the picture.

    Raises
    ------
    ImageReadError
        If `region` does not lie in the picture, or `turn` or `flip` is not one of the allowed.
    """
    rows, columns = shape
    left, top, width, height = (0, 0, columns, rows) if region is None else map(int, region)
    inside = min(left, top) >= 0 and left + width <= columns and top + height <= rows
    if not inside or width < 1 or height < 1:
        message = (
            f"{name}: region [{left}, {top}, {width}, {height}] (left, top, width, height) does "
            f"not lie in the picture of {columns} x {rows} pixels."
        )
        raise ImageReadError(message)
    if turn not in TURNS:
        message = f"{name}: turn {turn} is not allowed; use 0, 90, 180 or 270 (clockwise)."
        raise ImageReadError(message)
    if (flip or "") not in FLIPS:
        message = f"{name}: flip {flip!r} is not allowed; use 'horizontal' or 'vertical'."
        raise ImageReadError(message)
    return Placement(
        file_shape=shape, region=(left, top, width, height), turn=turn, flip=flip or ""
    )


def apply_placement(values: NDArray[Any], placement: Placement) -> NDArray[Any]:
    """Return the blot's pixels of a picture, shape (rows, columns)."""
    left, top, width, height = placement.region
    values = np.rot90(values[top : top + height, left : left + width], -placement.turn // 90)
    if placement.flip == "horizontal":
        values = values[:, ::-1]
    elif placement.flip == "vertical":
        values = values[::-1]
    return values
