"""What must hold of a TIFF before a library walks through it: no circles, no holes, no bombs."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    import tifffile

    from blotflux.blot.content import FileContent

__all__ = ["PAGES_MAX", "require_chain", "require_count", "require_stack", "require_whole"]

PAGES_MAX = 2000
BIG = 43
SAMPLES_MAX = 64


def require_chain(content: FileContent) -> None:
    """Raise ImageReadError unless the chain of directories ends within the file.

    A directory that points back to an earlier one would otherwise be read for ever.
    """
    data = content.data
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == BIG
    entry, number, pointer = (20, "Q", "Q") if big else (12, "H", "I")
    link, seen = (8 if big else 4), set[int]()
    while True:
        if link + struct.calcsize(pointer) > len(data):
            raise ImageReadError(_broken(content, f"its directory {len(seen)} is cut off"))
        (start,) = struct.unpack_from(order + pointer, data, link)
        if start == 0 and seen:
            return
        if start in seen:
            raise ImageReadError(_broken(content, "its pages point back to an earlier one"))
        if not 0 < start <= len(data) - struct.calcsize(number):
            raise ImageReadError(_broken(content, f"its directory {len(seen)} is not in the file"))
        seen.add(start)
        require_count(len(seen), content.name)
        (entries,) = struct.unpack_from(order + number, data, start)
        link = start + struct.calcsize(number) + entry * entries


def require_whole(page: tifffile.TiffPage, content: FileContent) -> None:
    """Raise ImageReadError unless all parts of a page's picture are in the file.

    Missing strips would be filled with zeros, which look like signal or like none.
    """
    content.require_size(int(page.imagelength), int(page.imagewidth))
    samples, depth = int(page.samplesperpixel), int(page.imagedepth)
    if samples > SAMPLES_MAX or depth > 1:
        message = (
            f"{content.name}: claims {samples} samples per pixel and a depth of {depth}; at most "
            f"{SAMPLES_MAX} samples and a depth of 1 are read, export it again."
        )
        raise ImageReadError(message)
    expected = math.prod(page.chunked)
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    compressed = int(page.compression) != 1
    for offset, count in parts:
        end = offset + count if compressed else offset
        if offset <= 0 or count <= 0 or end > len(content.data):
            raise ImageReadError(_broken(content, "parts of the picture are not in the file"))
    if len(parts) < (expected if compressed else 1):
        found = f"{len(parts)} of {expected} parts of the picture are there"
        raise ImageReadError(_broken(content, found))


def require_count(count: int, name: str) -> None:
    """Raise ImageReadError if more pictures are claimed than are read from one file."""
    if count > PAGES_MAX:
        message = f"{name}: has more than {PAGES_MAX} pages; split it."
        raise ImageReadError(message)


def require_stack(page: tifffile.TiffPage, count: int, content: FileContent) -> None:
    """Raise ImageReadError unless the pictures that a description counts are in the file.

    ImageJ stores a stack behind one page and names its length in a text, which may say anything.
    """
    start = min(page.dataoffsets, default=0)
    if start + count * page.nbytes > len(content.data):
        what = f"it names {count} pictures, which are not all in the file"
        raise ImageReadError(_broken(content, what))


def _broken(content: FileContent, what: str) -> str:
    return (
        f"{content.name}: cannot be decoded as TIFF ({what}); the file is damaged or cut short, "
        "copy or export it again."
    )
