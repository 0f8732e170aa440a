"""What a format reader hands over: planes as the file stores them, before any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["DEFAULT_MAX_MEGAPIXELS", "StoredPlane"]

DEFAULT_MAX_MEGAPIXELS = 200.0
"""Instruments at hand write at most 60 megapixels; a header that claims more than 200 lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlane:
    """One picture inside a file, described by its header and not yet decoded.

    Attributes
    ----------
    load : callable
        Decodes the values: shape (rows, columns) or, for color, (rows, columns, 3 or 4), in the
        file's own dtype; WhiteIsZero and encodings not yet applied. Infinity stands for values
        beyond the detector's range, NaN for none.
    channel, page : int
        From 0.
    unnamed_axis : bool
        Whether `page` counts along an axis that the file does not name: channels or pages.
    format, encoding, photometric, instrument, software : str
        `encoding` is ``linear``, ``square_root``, ``logarithmic``, ``lossy`` or ``unknown``;
        `photometric` is ``min_is_black``, ``min_is_white``, ``rgb`` or ``palette``.
    decode : callable or None
        From float64 stored values to counts, monotone; None where they are counts already.
    bit_depth : int
        Bits per sample that the detector or the file uses.
    ceiling : float or None
        The detector's limit in stored values, where the file names it.
    orientation : int
        TIFF and EXIF orientation, 1 to 8.
    exposure_s : float or None
    semi_quantitative : str
        Why the values are not linear in light, as ``JPEG``, ``photograph, CAMERA`` or
        ``screenshot, PROGRAM``; empty if nothing says so.
    """

    load: Callable[[], NDArray[Any]]
    channel: int = 0
    page: int = 0
    unnamed_axis: bool = False
    format: str
    encoding: str = "linear"
    photometric: str = "min_is_black"
    instrument: str = ""
    software: str = ""
    decode: Callable[[NDArray[Any]], NDArray[Any]] | None = None
    bit_depth: int = 8
    ceiling: float | None = None
    orientation: int = 1
    exposure_s: float | None = None
    semi_quantitative: str = ""

    @property
    def is_color(self) -> bool:
        """Whether `load` gives colors, of which `channel` may pick one."""
        return self.photometric in ("rgb", "palette")
