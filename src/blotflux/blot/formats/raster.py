"""PNG, JPEG and BMP."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
from PIL import BmpImagePlugin, JpegImagePlugin, PngImagePlugin

from blotflux.blot.content import decoding
from blotflux.blot.formats.stored import StoredPlane
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from blotflux.blot.content import FileContent

__all__ = ["is_bmp", "is_jpeg", "is_png", "read_bmp", "read_jpeg", "read_png"]

MAKE, MODEL, ORIENTATION, SOFTWARE = 271, 272, 274, 305
SUB_IFD, EXPOSURE, APERTURE, USER_COMMENT = 34665, 33434, 33437, 37510
PNG_SIZE_AT, PNG_BIT_DEPTH_AT = 16, 24
BLOCK_PX, BLOCK_BITS_MIN = 64, 1
"""Even an empty block of a JPEG takes a bit; a file with fewer is cut short."""
GRAY_MODES = ("1", "L", "LA", "I;16", "I;16B", "I")


def is_png(content: FileContent) -> bool:
    """Whether the bytes start as a PNG."""
    return content.data.startswith(b"\x89PNG\r\n\x1a\n")


def is_jpeg(content: FileContent) -> bool:
    """Whether the bytes start as a JPEG."""
    return content.data.startswith(b"\xff\xd8\xff")


def is_bmp(content: FileContent) -> bool:
    """Whether the bytes start as a Windows bitmap."""
    return content.data.startswith(b"BM") and len(content.data) > 26


def read_png(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return the one plane of a PNG, 8 or 16 bits, gray or color."""
    with decoding(content, "PNG"):
        columns, rows = struct.unpack_from(">II", content.data, PNG_SIZE_AT)
        content.require_size(rows, columns)
        header = PngImagePlugin.PngImageFile(io.BytesIO(content.data))
        exif = _read_exif(header)
        software = str(header.info.get("Software", "")) or exif.software
        bit_depth = 16 if content.data[PNG_BIT_DEPTH_AT] == 16 else 8

    def load() -> NDArray[Any]:
        with decoding(content, "PNG"):
            values = np.asarray(imagecodecs.png_decode(content.data))
        return _spread_gray_alpha(values)

    plane = StoredPlane(
        load=load,
        format="PNG",
        photometric="min_is_black" if header.mode in ("1", "L", "I;16", "I") else "rgb",
        software=software,
        bit_depth=bit_depth,
        orientation=exif.orientation,
        semi_quantitative=exif.photograph or _screenshot(software, exif.comment, header),
    )
    return (plane,)


def read_jpeg(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return the one plane of a JPEG."""
    with decoding(content, "JPEG"):
        header = JpegImagePlugin.JpegImageFile(io.BytesIO(content.data))
    content.require_size(header.height, header.width)
    if 8 * len(content.data) < header.height * header.width / BLOCK_PX * BLOCK_BITS_MIN:
        message = (
            f"{content.name}: claims {header.width} x {header.height} pixels but holds only "
            f"{len(content.data)} bytes; the JPEG is cut short, copy or export it again."
        )
        raise ImageReadError(message)
    return (_pillow_plane(content, header, "JPEG"),)


def read_bmp(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return the one plane of a Windows bitmap."""
    with decoding(content, "BMP"):
        header = BmpImagePlugin.BmpImageFile(io.BytesIO(content.data))
    return (_pillow_plane(content, header, "BMP"),)


def _pillow_plane(content: FileContent, header: Image.Image, kind: str) -> StoredPlane:
    content.require_size(header.height, header.width)
    with decoding(content, kind):
        exif = _read_exif(header)

    def load() -> NDArray[Any]:
        with decoding(content, kind):
            wanted = {"1": "L", "L": "L", "RGBA": "RGBA"}.get(header.mode, "RGB")
            return np.asarray(header if wanted == header.mode else header.convert(wanted))

    lossy = kind == "JPEG"
    return StoredPlane(
        load=load,
        format=kind,
        encoding="lossy" if lossy else "linear",
        photometric="min_is_black" if header.mode in ("1", "L") else "rgb",
        software=exif.software,
        exposure_s=exif.exposure_s,
        orientation=exif.orientation,
        semi_quantitative=(
            exif.photograph
            or _screenshot(exif.software, exif.comment, header)
            or ("JPEG" if lossy else "")
        ),
    )


def _spread_gray_alpha(values: NDArray[Any]) -> NDArray[Any]:
    """Spread gray with alpha over RGBA, so that alpha is treated in one place."""
    if values.ndim == 3 and values.shape[2] == 2:
        return values[..., [0, 0, 0, 1]]
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """What an EXIF block says; `photograph` names the camera where a lens took the picture."""

    orientation: int = 1
    software: str = ""
    comment: str = ""
    exposure_s: float | None = None
    photograph: str = ""


def _read_exif(header: Image.Image) -> Exif:
    tags = header.getexif()
    sub = tags.get_ifd(SUB_IFD)
    orientation = tags.get(ORIENTATION, 1)
    exposure = sub.get(EXPOSURE)
    comment = sub.get(USER_COMMENT, b"")
    # Instruments write maker and model too; an aperture only comes from a photographic lens.
    camera = " ".join(_plain(tags.get(tag, "")) for tag in (MAKE, MODEL)).strip()
    return Exif(
        orientation=orientation if orientation in range(1, 9) else 1,
        software=_plain(tags.get(SOFTWARE, "")),
        comment=comment.decode("ascii", "ignore") if isinstance(comment, bytes) else str(comment),
        exposure_s=float(exposure) if exposure else None,
        photograph=f"photograph, {camera or 'unknown camera'}" if sub.get(APERTURE) else "",
    )


def _plain(text: object) -> str:
    """Return one printable line of a metadata text."""
    return "".join(letter for letter in str(text) if letter.isprintable()).strip()[:200]


def _screenshot(software: str, comment: str, header: Image.Image) -> str:
    """Return "screenshot" and what says so, if the file says that it is one."""
    description = str(header.info.get("Description", "")) + str(header.info.get("Comment", ""))
    for text in (software, comment, description):
        if any(word in text.lower() for word in ("screenshot", "screen shot", "snipping")):
            return f"screenshot, {_plain(text)[:40]}"
    return ""
