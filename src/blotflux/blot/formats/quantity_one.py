"""Bio-Rad Quantity One 1SC: eleven blocks of fields, the last of which holds the pixels."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot.formats.stored import StoredPlane
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from blotflux.blot.content import FileContent

__all__ = ["is_1sc", "read_1sc"]

MAGIC = b"\xaf\xaf"
FILE_ID = b"Bio-Rad Scan File"
FILE_ID_AT = slice(56, 136)
ORDER_AT = slice(32, 56)
HEADER_END_AT = 148
HEADER_FIELDS_AT = 160
BLOCK_HEAD = 8
TEXT_POINTER, PIXEL_POINTER = 127, 130
END, TEXT = 0, 16
SIZE = re.compile(r"Number of Pixels: *\(? *(\d{1,6}) *x *(\d{1,6})")
SCANNER = re.compile(r"Scanner Name: *(.+)")


def is_1sc(content: FileContent) -> bool:
    """Whether the bytes start as a Quantity One scan file."""
    return content.data.startswith(MAGIC) and content.data[FILE_ID_AT].startswith(FILE_ID)


def read_1sc(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return the one plane of a Quantity One file.

    Notes
    -----
    The header points to the blocks; one of them holds texts, among them the number of pixels, and
    the last holds 16-bit pixels from the bottom row to the top. The picture is only read where
    that block is exactly as long as the number of pixels says.

    Raises
    ------
    ImageReadError
        If the file is cut short, or its size and its pixels disagree (as in some cropped files).
    """
    if not content.data[ORDER_AT].startswith(b"Intel"):
        message = (
            f"{content.name}: is a Quantity One file of an unknown byte order; export a 16-bit "
            "TIFF from Quantity One."
        )
        raise ImageReadError(message)
    blocks = _find_blocks(content)
    texts = _texts(content, *blocks.get(TEXT_POINTER, (0, 0)))
    size = next((found for found in map(SIZE.search, texts) if found), None)
    start, length = blocks.get(PIXEL_POINTER, (0, 0))
    columns, rows = (int(size[1]), int(size[2])) if size else (0, 0)
    held = max(0, min(length, len(content.data) - start))
    if rows * columns == 0 or held != 2 * rows * columns:
        message = (
            f"{content.name}: describes {columns} x {rows} pixels of 2 bytes but holds {held} "
            "bytes of pixels; export a 16-bit TIFF from Quantity One."
        )
        raise ImageReadError(message)
    content.require_size(rows, columns)

    def load() -> NDArray[Any]:
        values = np.frombuffer(content.data, "<u2", rows * columns, start)
        return values.reshape(rows, columns)[::-1].astype(np.uint16)

    scanner = next((found[1].strip() for found in map(SCANNER.search, texts) if found), "")
    plane = StoredPlane(
        load=load, format="1SC", instrument=scanner, software="Quantity One", bit_depth=16
    )
    return (plane,)


def _find_blocks(content: FileContent) -> dict[int, tuple[int, int]]:
    """Return start and length of each block by the type of the field that points to it."""
    end = int.from_bytes(content.data[HEADER_END_AT : HEADER_END_AT + 4], "little")
    return {
        kind: struct.unpack_from("<II", payload)
        for kind, payload in _fields(content, HEADER_FIELDS_AT, end)
        if len(payload) >= 8
    }


def _texts(content: FileContent, start: int, length: int) -> list[str]:
    return [
        payload.split(b"\x00")[0].decode("latin-1")
        for kind, payload in _fields(content, start + BLOCK_HEAD, start + length)
        if kind == TEXT
    ]


def _fields(content: FileContent, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield type and payload of each field; a length of 1 stands for 20 bytes."""
    position, end = start, min(end, len(content.data))
    while position + 8 <= end:
        kind, length = struct.unpack_from("<HH", content.data, position)
        length = 20 if length == 1 else length
        if kind == END or length < 8:
            return
        yield kind, content.data[position + 8 : position + length]
        position += length
