"""Fuji imagers: raw pixels in ``.img``, their description in ``.inf`` beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot.content import read_content
from blotflux.blot.formats.stored import StoredPlane
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from blotflux.blot.content import FileContent

__all__ = ["is_fuji", "read_fuji"]

LINE_NAMES = {5: "bits", 6: "columns", 7: "rows"}
BAS = "BAS_IMAGE_FILE"
BAS_LINES_NEEDED = 9
FULL_SENSITIVITY = 4000.0
REFERENCE_RESOLUTION_UM = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an ``.inf`` says; `latitude` is 0 where values are linear."""

    bits: int
    rows: int
    columns: int
    instrument: str
    resolution_um: float = REFERENCE_RESOLUTION_UM
    sensitivity: float = FULL_SENSITIVITY
    latitude: float = 0.0

    def decode(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return photostimulated luminescence of an image plate's logarithmic values."""
        top = float(2**self.bits - 1)
        scale = (self.resolution_um / REFERENCE_RESOLUTION_UM) ** 2
        exponent = self.latitude * (values / top - 0.5)
        luminescence = scale * FULL_SENSITIVITY / self.sensitivity * 10.0**exponent
        return np.where(values == 0, 0.0, luminescence)


def is_fuji(content: FileContent) -> bool:
    """Whether the file is one of a pair and its description reads as one.

    The pixels have no mark of their own: here, and only here, names take part.
    """
    pair = _pair(content.path)
    if pair is None:
        return False
    inf, img = pair
    if content.path == inf:
        return _lines(content.data)[:1] != [] and _numbers(_lines(content.data)) is not None
    if content.path != img or not inf.is_file():
        return False
    try:
        text = inf.read_bytes()[:100_000]
    except OSError:
        return False
    return _numbers(_lines(text)) is not None


def read_fuji(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return the one plane of a Fuji pair; either file may be named.

    Notes
    -----
    Line 6 holds the bits, 7 the columns, 8 the rows, 14 the model; pixels are big-endian. An image
    plate (first line ``BAS_IMAGE_FILE``) stores logarithms: with resolution r (line 4), sensitivity
    S (line 9), latitude L (line 10) and G = 2**bits - 1, the luminescence is
    ``(r/100)**2 * 4000/S * 10**(L * (v/G - 1/2))``, and 0 where v is 0.

    Raises
    ------
    ImageReadError
        If the partner is missing, or the pixels are fewer or more than described.
    """
    pair = _pair(content.path)
    if pair is None:
        message = f"{content.name}: needs its .inf and .img files side by side."
        raise ImageReadError(message)
    inf, img = pair
    if content.path == inf:
        text, pixels = content.data, _partner(img, content).data
    else:
        text, pixels = _partner(inf, content).data, content.data
    description = _describe(_lines(text), content.name)
    content.require_size(description.rows, description.columns)
    needed = description.rows * description.columns * description.bits // 8
    if len(pixels) != needed:
        message = (
            f"{content.name}: its .inf describes {description.columns} x {description.rows} pixels "
            f"of {description.bits} bits ({needed} bytes), the .img holds {len(pixels)}; copy both "
            "files again."
        )
        raise ImageReadError(message)
    return (_plane(description, pixels),)


def _plane(description: Description, pixels: bytes) -> StoredPlane:
    dtype = np.dtype(f">u{description.bits // 8}")

    def load() -> NDArray[Any]:
        values = np.frombuffer(pixels, dtype).reshape(description.rows, description.columns)
        return values.astype(dtype.newbyteorder("="))

    logarithmic = description.latitude > 0
    return StoredPlane(
        load=load,
        format="Fuji",
        encoding="logarithmic" if logarithmic else "linear",
        decode=description.decode if logarithmic else None,
        instrument=description.instrument,
        bit_depth=description.bits,
    )


def _pair(path: Path) -> tuple[Path, Path] | None:
    """Return the ``.inf`` and ``.img`` of which `path` is one, in the case of its own suffix."""
    suffix = path.suffix
    if suffix.lower() not in (".inf", ".img"):
        return None
    upper = suffix.isupper()
    inf, img = (name.upper() if upper else name for name in (".inf", ".img"))
    return path.with_suffix(inf), path.with_suffix(img)


def _partner(path: Path, content: FileContent) -> FileContent:
    partner = read_content(path, max_megapixels=content.max_megapixels)
    return replace(partner, name=content.name)


def _lines(data: bytes) -> list[str]:
    return [line.strip() for line in data[:100_000].decode("latin-1").splitlines()]


def _numbers(lines: list[str]) -> tuple[int, int, int] | None:
    """Return bits, columns and rows, or None if the text is no description."""
    try:
        bits, columns, rows = (int(lines[index]) for index in LINE_NAMES)
    except (IndexError, ValueError):
        return None
    return (bits, columns, rows) if bits in (8, 16, 32) and columns > 0 and rows > 0 else None


def _describe(lines: list[str], name: str) -> Description:
    numbers = _numbers(lines)
    if numbers is None:
        message = (
            f"{name}: its .inf does not give bits (8, 16 or 32), columns and rows in lines 6 to 8; "
            "export a TIFF from the instrument's program."
        )
        raise ImageReadError(message)
    bits, columns, rows = numbers
    model = lines[13] if len(lines) > 13 else ""
    linear = Description(bits=bits, rows=rows, columns=columns, instrument=model)
    if lines[0] != BAS:
        return linear
    try:
        resolution, sensitivity, latitude = (float(lines[index]) for index in (3, 8, 9))
    except (IndexError, ValueError):
        resolution = sensitivity = latitude = 0.0
    if min(resolution, sensitivity, latitude) <= 0 or latitude > 10:
        message = (
            f"{name}: is an image plate's file, but lines 4, 9 and 10 of its .inf do not give "
            "resolution, sensitivity and latitude; export a linear TIFF."
        )
        raise ImageReadError(message)
    return replace(linear, resolution_um=resolution, sensitivity=sensitivity, latitude=latitude)
