"""PNG, JPEG and BMP."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
from PIL import BmpImagePlugin, JpegImagePlugin, PngImagePlugin

from blotflux.blot.content import decoding
from blotflux.blot.formats.stored import StoredPlane

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from blotflux.blot.content import FileContent

__all__ = ["is_bmp", "is_jpeg", "is_png", "read_bmp", "read_jpeg", "read_png"]

EXIF_MAKE, EXIF_MODEL, EXIF_ORIENTATION, EXIF_SOFTWARE = 271, 272, 274, 305
EXIF_EXPOSURE, EXIF_SUB_IFD, EXIF_LENS_APERTURE = 33434, 34665, 33437


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
        header = PngImagePlugin.PngImageFile(io.BytesIO(content.data))
        columns, rows = header.size
        bit_depth = content.data[24]
        exif = _exif(header)
        software = str(header.info.get("Software", "")) or exif["software"]
    content.require_size(rows, columns)

    def load() -> NDArray[Any]:
        with decoding(content, "PNG"):
            return _squeeze_gray_alpha(np.asarray(imagecodecs.png_decode(content.data)))

    plane = StoredPlane(
        load=load,
        shape=(rows, columns),
        format="PNG",
        photometric="rgb" if "RGB" in header.mode else "min_is_black",
        software=software,
        bit_depth=16 if bit_depth == 16 else 8,
        orientation=exif["orientation"],
        camera=exif["camera"],
    )
    return (plane,)


def read_jpeg(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return the one plane of a JPEG."""
    with decoding(content, "JPEG"):
        header = JpegImagePlugin.JpegImageFile(io.BytesIO(content.data))
    return (_pillow_plane(content, header, "JPEG", lossy="JPEG"),)


def read_bmp(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return the one plane of a Windows bitmap."""
    with decoding(content, "BMP"):
        header = BmpImagePlugin.BmpImageFile(io.BytesIO(content.data))
    return (_pillow_plane(content, header, "BMP"),)


def _pillow_plane(
    content: FileContent, header: Image.Image, kind: str, *, lossy: str = ""
) -> StoredPlane:
    columns, rows = header.size
    content.require_size(rows, columns)
    with decoding(content, kind):
        exif = _exif(header)

    def load() -> NDArray[Any]:
        with decoding(content, kind):
            mode = header.mode if header.mode in ("L", "RGB", "RGBA") else _plain_mode(header.mode)
            return np.asarray(header if mode == header.mode else header.convert(mode))

    return StoredPlane(
        load=load,
        shape=(rows, columns),
        format=kind,
        encoding="lossy" if lossy else "linear",
        photometric="min_is_black" if header.mode in ("1", "L") else "rgb",
        software=exif["software"],
        exposure_s=exif["exposure_s"],
        orientation=exif["orientation"],
        camera=exif["camera"],
        lossy=lossy,
    )


def _plain_mode(mode: str) -> str:
    """Return the mode without loss into which Pillow's `mode` is unpacked."""
    return "L" if mode == "1" else "RGB"


def _squeeze_gray_alpha(values: NDArray[Any]) -> NDArray[Any]:
    """Spread gray with alpha over RGBA, so that alpha is treated in one place."""
    if values.ndim == 3 and values.shape[2] == 2:
        return values[..., [0, 0, 0, 1]]
    return values


def _exif(header: Image.Image) -> dict[str, Any]:
    """Return orientation, camera, software and exposure from a picture's EXIF block."""
    tags = header.getexif()
    sub = tags.get_ifd(EXIF_SUB_IFD)
    orientation = tags.get(EXIF_ORIENTATION, 1)
    # A lens makes it a photograph; instruments write maker and model too, but no aperture.
    camera = ""
    if sub.get(EXIF_LENS_APERTURE):
        camera = " ".join(
            str(tags.get(tag, "")).strip("\x00 ") for tag in (EXIF_MAKE, EXIF_MODEL)
        ).strip()
        camera = camera or "camera"
    exposure = sub.get(EXIF_EXPOSURE)
    return {
        "orientation": orientation if orientation in range(1, 9) else 1,
        "camera": camera,
        "software": str(tags.get(EXIF_SOFTWARE, "")).strip("\x00 "),
        "exposure_s": float(exposure) if exposure else None,
    }
