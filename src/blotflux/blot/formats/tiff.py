"""TIFF of every plain kind: pages, tiles, compression, palettes, ImageJ and OME axes."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from blotflux.blot.content import decoding
from blotflux.blot.formats.stored import StoredPlane

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from blotflux.blot.content import FileContent

__all__ = ["is_tiff", "page_facts", "read_tiff"]

LOSSY_COMPRESSIONS = frozenset({6, 7, 34712, 33003, 33005, 34892, 50001, 50002, 22610})
PHOTOMETRIC = {0: "min_is_white", 1: "min_is_black", 2: "rgb", 3: "palette", 6: "rgb", 5: "cmyk"}
EXPOSURE = re.compile(
    r"exposure(?:[ _]?time)?[^0-9\n]{0,12}([0-9]+(?:[.,][0-9]+)?)\s*(ms|s\b|sec|min)?", re.I
)


def is_tiff(content: FileContent) -> bool:
    """Whether the bytes start as a TIFF or BigTIFF."""
    return content.data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def read_tiff(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return one plane per page of a TIFF, thumbnails and masks left out."""
    with decoding(content, "TIFF"), tifffile.TiffFile(io.BytesIO(content.data)) as tif:
        pages = [page for page in tif.pages if isinstance(page, tifffile.TiffPage)]
        indices = [i for i, page in enumerate(pages) if not (page.is_reduced or page.is_mask)]
        indices = indices or list(range(len(pages)))
        planes = [
            _page_plane(content, pages[index], index, number)
            for number, index in enumerate(indices)
        ]
    return tuple(planes)


def _page_plane(
    content: FileContent, page: tifffile.TiffPage, index: int, number: int
) -> StoredPlane:
    content.require_size(int(page.imagelength), int(page.imagewidth))
    facts = page_facts(page)
    return StoredPlane(
        load=_page_loader(content, index),
        shape=(int(page.imagelength), int(page.imagewidth)),
        page=number,
        **facts,
    )


def _page_loader(content: FileContent, index: int) -> Callable[[], NDArray[Any]]:
    def load() -> NDArray[Any]:
        with decoding(content, "TIFF"), tifffile.TiffFile(io.BytesIO(content.data)) as tif:
            page = tif.pages[index]
            values = np.asarray(page.asarray())
            if values.ndim == 3 and "S" in page.axes:
                values = np.moveaxis(values, page.axes.index("S"), -1)
            return values

    return load


def page_facts(page: tifffile.TiffPage) -> dict[str, Any]:
    """Return what a page's tags say of encoding, instrument, exposure and orientation."""
    bits = page.bitspersample
    photometric = PHOTOMETRIC.get(int(page.photometric), "unknown")
    lossy = int(page.compression) in LOSSY_COMPRESSIONS
    palette = page.colormap
    return {
        "format": "TIFF",
        "encoding": "lossy" if lossy else "linear",
        "photometric": photometric,
        "instrument": _text(page, "Model") or _text(page, "Make"),
        "software": _text(page, "Software"),
        "bit_depth": int(bits if isinstance(bits, int) else max(bits)),
        "orientation": _orientation(page),
        "exposure_s": find_exposure(_text(page, "ImageDescription")),
        "lossy": f"{tifffile.COMPRESSION(page.compression).name} compression" if lossy else "",
        "palette": None if palette is None else np.moveaxis(np.asarray(palette), 0, -1),
    }


def find_exposure(text: str) -> float | None:
    """Return the exposure in seconds that a description names, as ``Exposure time = 3.5 s``."""
    found = EXPOSURE.search(text)
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    unit = (found[2] or "s").lower()
    return value * {"ms": 1e-3, "min": 60.0}.get(unit, 1.0)


def _text(page: tifffile.TiffPage, tag: str) -> str:
    value = page.tags.valueof(tag)
    return value.strip("\x00 \r\n") if isinstance(value, str) else ""


def _orientation(page: tifffile.TiffPage) -> int:
    value = page.tags.valueof("Orientation")
    return value if value in range(1, 9) else 1
