"""A zip of channel TIFFs, as LI-COR's Image Studio exports them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from blotflux.blot.content import decoding
from blotflux.blot.formats import tiff
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from blotflux.blot.content import FileContent
    from blotflux.blot.formats.stored import StoredPlane

__all__ = ["is_zip", "read_zip"]

BYTES_PER_PIXEL = 8
ENCRYPTED = 0x1


def is_zip(content: FileContent) -> bool:
    """Whether the bytes start as a zip archive."""
    return content.data.startswith(b"PK\x03\x04")


def read_zip(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return one channel per TIFF in a zip, in the order of their names.

    Raises
    ------
    ImageReadError
        If there is no TIFF in it, a TIFF is encrypted, or one would unpack to more than a picture
        can need (checked against the archive's directory and again while unpacking).
    """
    planes: list[StoredPlane] = []
    with decoding(content, "zip"), zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        members = [entry for entry in archive.infolist() if _is_tiff_name(entry.filename)]
        for channel, entry in enumerate(sorted(members, key=lambda entry: entry.filename)):
            inner = replace(
                content,
                name=f"{content.name}/{_printable(entry.filename)}",
                data=_unpack(archive, entry, content),
            )
            if not tiff.is_tiff(inner):
                message = f"{inner.name}: is named as a TIFF but is none; export it again."
                raise ImageReadError(message)
            planes += [replace(plane, channel=channel) for plane in tiff.read_tiff(inner)]
    if not planes:
        message = f"{content.name}: is a zip without a TIFF in it; unpack it and name an image."
        raise ImageReadError(message)
    return tuple(planes)


def _is_tiff_name(filename: str) -> bool:
    path = PurePosixPath(filename)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return path.suffix.lower() in (".tif", ".tiff") and not hidden


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: FileContent) -> bytes:
    limit = int(content.max_megapixels * 1e6 * BYTES_PER_PIXEL)
    if entry.flag_bits & ENCRYPTED:
        message = f"{content.name}: is an encrypted zip; unpack it and name the images."
        raise ImageReadError(message)
    if entry.file_size <= limit:
        with archive.open(entry) as stream:
            data = stream.read(limit + 1)
        if len(data) <= limit:
            return data
    message = (
        f"{content.name}: {_printable(entry.filename)} in it unpacks to more than a picture of "
        f"{content.max_megapixels:g} megapixels can need; unpack it and look."
    )
    raise ImageReadError(message)


def _printable(filename: str) -> str:
    return "".join(letter for letter in filename if letter.isprintable())
