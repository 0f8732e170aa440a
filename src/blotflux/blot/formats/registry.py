"""Which reader opens which file: the content decides, never the name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.blot.formats import bio_io, fuji, licor, quantity_one, raster, scn, tiff
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
    Reader("LI-COR zip", licor.is_zip, licor.read_zip),
    Reader("Bio-Rad SCN", scn.is_scn, scn.read_scn),
    Reader("Bio-Rad 1SC", quantity_one.is_1sc, quantity_one.read_1sc),
    Reader("BMP", raster.is_bmp, raster.read_bmp),
    # Its pixels have no mark of their own, so every format that has one is asked first.
    Reader("Fuji IMG", fuji.is_fuji, fuji.read_fuji),
)
"""GEL (Typhoon, ImageQuant) and LI-COR's TIFFs are TIFFs and are told apart by their tags."""

HINTS = {
    b"%PDF": "is a PDF; export the blot as an image, at best the instrument's 16-bit TIFF",
    b"GIF8": "is a GIF, which keeps at most 256 colors; export a 16-bit TIFF",
    b"PK\x05\x06": "is an empty zip; pack the images again",
    b"\xd0\xcf\x11\xe0": "is an old Office document; save the picture in it as an image",
    b"<": "is a text or web page; export a 16-bit TIFF from the instrument's program",
    b"RIFF": "is a RIFF file (WebP, video); export a 16-bit TIFF",
}


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
    for start, hint in HINTS.items():
        if content.data.startswith(start):
            message = f"{content.name}: {hint}."
            raise ImageReadError(message)
    if bio_io.is_installed():
        return bio_io.read_bioio(content)
    known = ", ".join(reader.name for reader in READERS)
    message = (
        f"{content.name}: is not an image that is known (known: {known}); export a 16-bit TIFF "
        "from the instrument's program."
    )
    raise ImageReadError(message)
