"""Which reader opens which file: the content decides, never the name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.blot.formats import raster, tiff
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from blotflux.blot.content import FileContent
    from blotflux.blot.formats.stored import StoredPlane

__all__ = ["READERS", "Reader", "read_stored_planes"]


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: how it is recognized and how it is opened."""

    name: str
    recognizes: Callable[[FileContent], bool]
    read: Callable[[FileContent], tuple[StoredPlane, ...]]


READERS = (
    Reader("PNG", raster.is_png, raster.read_png),
    Reader("JPEG", raster.is_jpeg, raster.read_jpeg),
    Reader("TIFF", tiff.is_tiff, tiff.read_tiff),
    Reader("BMP", raster.is_bmp, raster.read_bmp),
)


def read_stored_planes(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return the planes that a file holds, not yet decoded.

    Raises
    ------
    ImageReadError
        If no reader recognizes the content, or the one that does finds it damaged.
    """
    for reader in READERS:
        if reader.recognizes(content):
            planes = reader.read(content)
            if not planes:
                message = f"{content.name}: the {reader.name} holds no picture; export it again."
                raise ImageReadError(message)
            return planes
    known = ", ".join(reader.name for reader in READERS)
    message = (
        f"{content.name}: is not an image that can be read (known: {known}); "
        "export a 16-bit TIFF from the instrument's program."
    )
    raise ImageReadError(message)
