"""TIFF files written byte by byte, so that the reader is not tested by its own library."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
DESCRIPTION, MAKE, MODEL, STRIP_OFFSETS, ORIENTATION = 270, 271, 272, 273, 274
SAMPLES, ROWS_PER_STRIP, STRIP_COUNTS, MIN_VALUE, MAX_VALUE = 277, 278, 279, 280, 281
PLANAR, SOFTWARE, COLORMAP, EXTRA, FORMAT = 284, 305, 320, 338, 339
SUBFILE = 254
BYTE, ASCII, SHORT, LONG, RATIONAL, LONG8 = 1, 2, 3, 4, 5, 16
SIZE = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, LONG8: 8}
LETTER = {BYTE: "B", SHORT: "H", LONG: "I", LONG8: "Q"}


@dataclass
class Page:
    """One page: its values (rows, columns[, samples]), its photometric, further tags.

    `tags` maps a tag to (type, values) and overrides what is derived from the values.
    """

    values: np.ndarray
    photometric: int = 1
    tags: dict[int, tuple[int, object]] = field(default_factory=dict)
    planar: int = 1


def ascii_tag(text: str) -> tuple[int, bytes]:
    return ASCII, text.encode("utf-8") + b"\x00"


def build_tiff(*pages: Page, order: str = "<", big: bool = False) -> bytes:
    """Return a TIFF (or BigTIFF) of uncompressed pages, one strip each (one per plane)."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HH", 8, 0) if big else b""
    out = bytearray(head + b"\x00" * (8 if big else 4))
    link_at = len(head)
    for page in pages:
        offsets, counts = _append_pixels(out, page, order)
        directory = _directory(page, offsets, counts, big=big)
        position = len(out)
        _write_link(out, link_at, position, order, big=big)
        link_at = _append_directory(out, directory, order, big=big)
    return bytes(out)


def _append_pixels(out: bytearray, page: Page, order: str) -> tuple[list[int], list[int]]:
    values = page.values
    planes = [values]
    if page.planar == 2:
        planes = [values[..., k] for k in range(values.shape[2])]
    offsets, counts = [], []
    for plane in planes:
        data = np.ascontiguousarray(plane.astype(plane.dtype.newbyteorder(order))).tobytes()
        offsets.append(len(out))
        counts.append(len(data))
        out += data
        out += b"\x00" * (len(out) % 2)
    return offsets, counts


def _directory(
    page: Page, offsets: list[int], counts: list[int], *, big: bool
) -> dict[int, tuple[int, object]]:
    values = page.values
    samples = values.shape[2] if values.ndim == 3 else 1
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    pointer = LONG8 if big else LONG
    tags: dict[int, tuple[int, object]] = {
        WIDTH: (LONG, [values.shape[1]]),
        LENGTH: (LONG, [values.shape[0]]),
        BITS: (SHORT, [values.dtype.itemsize * 8] * samples),
        COMPRESSION: (SHORT, [1]),
        PHOTOMETRIC: (SHORT, [page.photometric]),
        STRIP_OFFSETS: (pointer, offsets),
        SAMPLES: (SHORT, [samples]),
        ROWS_PER_STRIP: (LONG, [values.shape[0]]),
        STRIP_COUNTS: (pointer, counts),
        PLANAR: (SHORT, [page.planar]),
        FORMAT: (SHORT, [kind] * samples),
    }
    return tags | page.tags


def _write_link(out: bytearray, at: int, position: int, order: str, *, big: bool) -> None:
    struct.pack_into(order + ("Q" if big else "I"), out, at, position)


def _append_directory(
    out: bytearray, tags: dict[int, tuple[int, object]], order: str, *, big: bool
) -> int:
    """Write one directory and the values that do not fit into it; return where its link lies."""
    entry, inline = (20, 8) if big else (12, 4)
    start = len(out)
    size = (8 if big else 2) + entry * len(tags) + (8 if big else 4)
    extra = bytearray()
    table = bytearray(struct.pack(order + ("Q" if big else "H"), len(tags)))
    for tag in sorted(tags):
        kind, value = tags[tag]
        data, count = _pack(kind, value, order)
        table += struct.pack(order + "HH", tag, kind)
        table += struct.pack(order + ("Q" if big else "I"), count)
        if len(data) <= inline:
            table += data.ljust(inline, b"\x00")
        else:
            table += struct.pack(order + ("Q" if big else "I"), start + size + len(extra))
            extra += data + b"\x00" * (len(data) % 2)
    link_at = start + len(table)
    out += table + b"\x00" * (8 if big else 4) + extra
    return link_at


def _pack(kind: int, value: object, order: str) -> tuple[bytes, int]:
    if isinstance(value, bytes):
        return value, len(value)
    if kind == RATIONAL:
        numerator, denominator = value
        return struct.pack(order + "II", numerator, denominator), 1
    numbers = list(value)
    return struct.pack(f"{order}{len(numbers)}{LETTER[kind]}", *numbers), len(numbers)
