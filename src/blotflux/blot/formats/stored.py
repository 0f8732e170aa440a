"""What a format reader hands over: planes as the file stores them, before any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["DEFAULT_MAX_MEGAPIXELS", "StoredPlane"]

DEFAULT_MAX_MEGAPIXELS = 200.0
"""The largest instruments at hand write 60 megapixels; a header that claims more than 200 lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlane:
    """One picture inside a file, described by its header and not yet decoded.

    Attributes
    ----------
    load : callable
        Decodes the values: shape (rows, columns) or, for color, (rows, columns, 3 or 4), in the
        file's own dtype; WhiteIsZero, palettes and encodings not yet applied.
    shape : tuple of int
        Of what `load` returns, as the header claims.
    channel, page : int
        From 0.
    format, encoding, photometric, instrument, software : str
        `encoding` is ``linear``, ``square_root``, ``lossy`` or ``unknown``; `photometric` is
        ``min_is_black``, ``min_is_white``, ``rgb`` or ``palette``.
    scale : float
        Counts per decoded unit: ``value * scale`` (linear), ``value**2 * scale`` (square root).
    bit_depth : int
        Bits per sample that the detector or the file uses.
    ceiling : float or None
        The detector's limit in stored values where the file names it.
    floor_is_overflow : bool
        Whether -Inf stands for a negative overflow (LI-COR).
    orientation : int
        TIFF and EXIF orientation, 1 to 8.
    exposure_s : float or None
    lossy : str
        Why the values are not what the detector gave, as ``JPEG``; empty if nothing says so.
    camera : str
        Maker and model of a photographic camera; empty if nothing says so.
    palette : ndarray or None
        Shape (entries, 3): the lookup table of a palette picture.
    """

    load: Callable[[], NDArray[Any]]
    shape: tuple[int, ...]
    channel: int = 0
    page: int = 0
    format: str
    encoding: str = "linear"
    photometric: str = "min_is_black"
    instrument: str = ""
    software: str = ""
    scale: float = 1.0
    bit_depth: int = 8
    ceiling: float | None = None
    floor_is_overflow: bool = False
    orientation: int = 1
    exposure_s: float | None = None
    lossy: str = ""
    camera: str = ""
    palette: NDArray[Any] | None = None
