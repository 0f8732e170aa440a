"""Molecular Dynamics GEL (Typhoon, ImageQuant): a TIFF whose values may be square roots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tifffile
    from numpy.typing import NDArray

    from blotflux.blot.formats.stored import StoredPlane

__all__ = ["GelEncoding", "find_encoding"]

FILE_TAG, SCALE_PIXEL = 33445, 33446
SQUARE_ROOT, LINEAR = 2, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class GelEncoding:
    """How stored values become counts: ``value**2 * scale`` or ``value * scale``."""

    square_root: bool
    scale: float

    def decode(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return counts of float64 stored values."""
        return (values * values if self.square_root else values) * self.scale

    def apply(self, plane: StoredPlane) -> StoredPlane:
        """Return the plane with this decoding."""
        return replace(
            plane,
            format="GEL",
            encoding="square_root" if self.square_root else "linear",
            decode=self.decode,
        )


def find_encoding(pages: Sequence[tifffile.TiffPage], name: str) -> GelEncoding | None:
    """Return how a GEL file encodes its values, or None if the file is no GEL.

    The two tags may be on any page (some programs write them on the second) and hold for all.

    Raises
    ------
    ImageReadError
        If the encoding is neither of the two that are documented.
    """
    tags: dict[int, Any] = {}
    for page in pages:
        for tag in (FILE_TAG, SCALE_PIXEL):
            value = page.tags.valueof(tag)
            if value is not None:
                tags.setdefault(tag, value)
    if FILE_TAG not in tags:
        return None
    kind = tags[FILE_TAG]
    if kind not in (SQUARE_ROOT, LINEAR):
        message = (
            f"{name}: is a GEL with the encoding {kind!r}; known are 2 (square root) and 128 "
            "(linear); export a 16-bit linear TIFF."
        )
        raise ImageReadError(message)
    return GelEncoding(square_root=kind == SQUARE_ROOT, scale=_scale(tags.get(SCALE_PIXEL), name))


def _scale(value: Any, name: str) -> float:
    if value is None:
        return 1.0
    numerator, denominator = value if isinstance(value, tuple) and len(value) == 2 else (0, 0)
    if not (numerator and denominator):
        message = (
            f"{name}: is a GEL whose scale per pixel is {value!r}; a fraction above 0 is needed, "
            "export a 16-bit linear TIFF."
        )
        raise ImageReadError(message)
    return float(numerator) / float(denominator)
