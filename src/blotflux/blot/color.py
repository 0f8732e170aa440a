"""From colors to one gray channel, or the advice to export the channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Gray", "gray_of_color", "measure_color"]

CHANNEL_NAMES = ("red", "green", "blue")
COLORED = 0.08
"""A pixel counts as colored when its tint departs this far (of full scale) from the picture's."""
COLORED_FRACTION_MAX = 0.10
"""Colored pixels of a gray picture: pen marks and labels, not the picture itself."""
SAMPLES = 1_000_000
ROWS_AT_ONCE = 256
FLOAT_MAX = 1e30
COLOR_CONTRAST_MAX = 0.6
"""Color contrast over gray contrast; a scan with blue pen has 0.34, colored bands 0.9 and more."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec. 601, the luma that JPEG and video keep at full resolution."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gray:
    """A color picture as one channel.

    Attributes
    ----------
    values : ndarray, shape (rows, columns)
        In the dtype of the colors where they are equal, else float32 luma.
    transparent, colored : ndarray of bool, shape (rows, columns)
        Pixels that alpha hides; pixels of colored marks, whose gray says nothing of protein.
    equal : bool
        Whether the colors are equal in every visible pixel.
    """

    values: NDArray[Any]
    transparent: NDArray[np.bool_]
    colored: NDArray[np.bool_]
    equal: bool


def gray_of_color(values: NDArray[Any], *, channel: int | None, name: str) -> Gray:
    """Return the gray picture that RGB(A) values hold.

    Parameters
    ----------
    values : ndarray of unsigned integers or floats, shape (rows, columns, 3 or 4)
    channel : int or None
        0 red, 1 green, 2 blue; None where the colors should be gray.
    name : str
        Of the file, for the message.

    Raises
    ------
    ImageReadError
        If the picture is colored and `channel` does not pick one.
    """
    transparent = np.zeros(values.shape[:2], bool)
    if values.shape[2] == 4:
        transparent = values[..., 3] == 0
    colors = values[..., :3]
    none = np.zeros(values.shape[:2], bool)
    if channel is not None:
        if channel not in range(3):
            message = f"{name}: channel {channel} is not a color; allowed: 0 red, 1 green, 2 blue."
            raise ImageReadError(message)
        picked = np.ascontiguousarray(colors[..., channel])
        return Gray(values=picked, transparent=transparent, colored=none, equal=False)
    if colors.dtype.kind not in "ui" and not (np.abs(colors) < FLOAT_MAX).all():
        message = f"{name}: has colors without a value or beyond 1e30; export gray images."
        raise ImageReadError(message)
    visible = ~transparent
    first = colors[..., 0]
    if all(np.array_equal(first[visible], colors[..., k][visible]) for k in (1, 2)):
        gray = np.ascontiguousarray(first)
        return Gray(values=gray, transparent=transparent, colored=none, equal=True)
    colored, contrast = measure_color(colors, visible)
    # Edges of marks are blends of mark and membrane: two pixels more are left out.
    colored = cv2.dilate(colored.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    fraction = float(colored.mean())
    if fraction > COLORED_FRACTION_MAX or contrast > COLOR_CONTRAST_MAX:
        message = (
            f"{name}: is a color picture ({fraction:.0%} of its pixels are colored); export its "
            "channels as gray images, or pick one with channel (0 red, 1 green, 2 blue)."
        )
        raise ImageReadError(message)
    luma = _luma(colors)
    return Gray(values=luma, transparent=transparent, colored=colored, equal=False)


def measure_color(
    colors: NDArray[Any], visible: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], float]:
    """Return which pixels are colored, and color contrast over gray contrast.

    The picture's own tint (yellowed film, a scanner's cast) is taken off first, as the median
    difference of each channel from the mean of the three.
    """
    full = _full_scale(colors)
    stride = max(1, int((visible.size / SAMPLES) ** 0.5))
    sample = colors[::stride, ::stride][visible[::stride, ::stride]].astype(np.float32)
    if not sample.size:
        return np.zeros(visible.shape, bool), 0.0
    gray = sample.mean(axis=1)
    tint, middle = np.median(sample - gray[:, None], axis=0), float(np.median(gray))
    colored = np.zeros(visible.shape, bool)
    color_contrast = gray_contrast = 0.0
    for top in range(0, len(visible), ROWS_AT_ONCE):
        rows = np.s_[top : top + ROWS_AT_ONCE]
        seen = visible[rows]
        values = colors[rows].astype(np.float32)
        gray = values.mean(axis=2)
        departure = np.abs(values - gray[..., None] - tint).max(axis=2) * seen
        colored[rows] = departure > COLORED * full
        color_contrast += float(departure.sum())
        gray_contrast += float((np.abs(gray - middle) * seen).sum())
    return colored, color_contrast / max(gray_contrast, 1e-9)


def _full_scale(colors: NDArray[Any]) -> float:
    if colors.dtype.kind == "u":
        return float(np.iinfo(colors.dtype).max)
    return max(1.0, float(np.abs(colors).max()))


def _luma(colors: NDArray[Any]) -> NDArray[np.float32]:
    luma = np.empty(colors.shape[:2], np.float32)
    for top in range(0, len(luma), ROWS_AT_ONCE):
        rows = np.s_[top : top + ROWS_AT_ONCE]
        luma[rows] = colors[rows].astype(np.float32) @ LUMA
    return luma
