"""TIFF of every plain kind: pages, tiles, compression, palettes, ImageJ and OME axes."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from blotflux.blot.content import decoding
from blotflux.blot.formats import gel, tiff_axes
from blotflux.blot.formats.stored import StoredPlane
from blotflux.blot.formats.tiff_guard import require_chain, require_stack, require_whole
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from blotflux.blot.content import FileContent

__all__ = ["find_exposure", "is_tiff", "open_tiff", "page_plane", "read_tiff"]

LOSSY_COMPRESSIONS = frozenset(
    {6, 7, 33003, 33004, 33005, 34712, 34892, 34933, 34934, 50001, 50002, 52546}
)
"""JPEG, JPEG 2000, JPEG XR, WebP, JPEG XL; some have a lossless mode, which no tag tells."""
PHOTOMETRIC = {0: "min_is_white", 1: "min_is_black", 2: "rgb", 3: "palette", 6: "rgb"}
EXPOSURE = re.compile(
    r"exposure(?:[ _-]?time)?[^0-9\n]{0,12}([0-9]+(?:[.,][0-9]+)?)\s*(ms|msec|s|sec|min)?\b", re.I
)
EXPOSURE_TAG = 33434
DETECTOR_DEPTHS = (9, 10, 11, 12, 13, 14, 15)
ALPHA = (1, 2)

# Its remarks on damaged files would go to the terminal; what matters is raised.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def is_tiff(content: FileContent) -> bool:
    """Whether the bytes start as a TIFF or BigTIFF."""
    return content.data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def open_tiff(content: FileContent) -> tifffile.TiffFile:
    """Open the bytes; OME is left to `tiff_axes`, so that no other file is ever opened.

    Nothing but memory is held, so the file is not closed: planes decode from it when they are
    asked for.
    """
    return tifffile.TiffFile(io.BytesIO(content.data), is_ome=False)


def read_tiff(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return one plane per channel and page of a TIFF; thumbnails and masks are left out."""
    with decoding(content, "TIFF"):
        require_chain(content)
        tif = open_tiff(content)
        pages = [page for page in tif.pages if isinstance(page, tifffile.TiffPage)]
        kept = [page for page in pages if not (page.is_reduced or page.is_mask)] or pages
        for page in kept:
            require_whole(page, content)
        encoding = gel.find_encoding(pages, content.name)
        axes = tiff_axes.find_axes(tif, len(kept), content.name)
        planes = [
            plane
            for number, page in enumerate(kept)
            for plane in _planes_of_page(content, tif, page, axes.place(number), axes)
        ]
    return tuple(encoding.apply(plane) for plane in planes) if encoding else tuple(planes)


def _planes_of_page(
    content: FileContent,
    tif: tifffile.TiffFile,
    page: tifffile.TiffPage,
    place: tiff_axes.Place,
    axes: tiff_axes.Axes,
) -> list[StoredPlane]:
    """Return the planes of one page: one, one per sample, or a whole stack stored behind it."""
    if axes.stacked:
        require_stack(page, axes.count, content)
        loaders = [_stack_loader(content, tif, k) for k in range(axes.count)]
        return [page_plane(content, page, load, axes.place(k)) for k, load in enumerate(loaders)]
    samples = int(page.samplesperpixel)
    if samples == 1 or _is_color(page):
        return [page_plane(content, page, _page_loader(content, page), place)]
    if samples == 2 and page.extrasamples and page.extrasamples[0] in ALPHA:
        return [page_plane(content, page, _page_loader(content, page), place, photometric="rgb")]
    return [
        page_plane(
            content, page, _page_loader(content, page, sample), place.of_channel(sample, samples)
        )
        for sample in range(samples)
    ]


def _is_color(page: tifffile.TiffPage) -> bool:
    return PHOTOMETRIC.get(int(page.photometric)) == "rgb" and int(page.samplesperpixel) >= 3


def page_plane(
    content: FileContent,
    page: tifffile.TiffPage,
    load: Callable[[], NDArray[Any]],
    place: tiff_axes.Place,
    *,
    photometric: str = "",
) -> StoredPlane:
    """Return the description of one plane of a page."""
    meaning = photometric or PHOTOMETRIC.get(int(page.photometric), "")
    if not meaning:
        message = (
            f"{content.name}: its colors are stored as {page.photometric!r}, which is not read; "
            "save it as grayscale or RGB."
        )
        raise ImageReadError(message)
    lossy = int(page.compression) in LOSSY_COMPRESSIONS
    description = _text(page, "ImageDescription")
    return StoredPlane(
        load=load,
        channel=place.channel,
        page=place.page,
        unnamed_axis=place.unnamed,
        format="TIFF",
        encoding="lossy" if lossy else "linear",
        photometric=meaning,
        instrument=_text(page, "Model") or _text(page, "Make"),
        software=_text(page, "Software"),
        bit_depth=max(8, _bit_depth(page)),
        orientation=_orientation(page),
        exposure_s=place.exposure_s or _exposure_tag(page) or find_exposure(description),
        semi_quantitative=f"{_compression_name(page)} compression" if lossy else "",
    )


def find_exposure(text: str) -> float | None:
    """Return the exposure in seconds that a description names, as ``Exposure time = 3.5 s``."""
    found = EXPOSURE.search(text)
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    unit = (found[2] or "s").lower()
    return value * {"ms": 1e-3, "msec": 1e-3, "min": 60.0}.get(unit, 1.0)


def _page_loader(
    content: FileContent, page: tifffile.TiffPage, sample: int | None = None
) -> Callable[[], NDArray[Any]]:
    def load() -> NDArray[Any]:
        with decoding(content, "TIFF"):
            return _samples_last(page, sample)

    return load


def _samples_last(page: tifffile.TiffPage, sample: int | None) -> NDArray[Any]:
    """Return a page's values with samples as the last axis, palette applied."""
    values = np.asarray(page.asarray())
    if page.colormap is not None and int(page.photometric) == 3:
        return np.asarray(_palette(page.colormap)[values])
    if values.ndim == 3:
        values = np.moveaxis(values, page.axes.index("S"), -1)
        if sample is not None:
            return np.ascontiguousarray(values[..., sample])
        alpha = bool(page.extrasamples) and page.extrasamples[0] in ALPHA
        if values.shape[2] == 2:
            return values[..., [0, 0, 0, 1]]
        return values[..., : 4 if alpha else 3]
    return values


def _palette(colormap: NDArray[Any]) -> NDArray[Any]:
    """Return the lookup table, shape (entries, 3); of 8-bit pictures in 8 bits."""
    table = np.moveaxis(np.asarray(colormap), 0, -1)
    return (table >> 8).astype(np.uint8) if len(table) <= 256 else table


def _stack_loader(
    content: FileContent, tif: tifffile.TiffFile, number: int
) -> Callable[[], NDArray[Any]]:
    def load() -> NDArray[Any]:
        with decoding(content, "TIFF"):
            values = np.asarray(tif.series[0].asarray())
            return np.array(values.reshape(-1, *values.shape[-2:])[number])

    return load


def _bit_depth(page: tifffile.TiffPage) -> int:
    """Return how many bits the detector gives, which may be fewer than the file has."""
    bits = page.bitspersample
    depth = int(bits if isinstance(bits, int) else max(bits))
    highest = page.tags.valueof("MaxSampleValue")
    named = highest if isinstance(highest, int) else None
    for fewer in DETECTOR_DEPTHS:
        if depth == 16 and named == 2**fewer - 1:
            return fewer
    return depth


def _exposure_tag(page: tifffile.TiffPage) -> float | None:
    value = page.tags.valueof(EXPOSURE_TAG)
    if isinstance(value, tuple) and len(value) == 2 and value[1]:
        return float(value[0] / value[1])
    return None


def _compression_name(page: tifffile.TiffPage) -> str:
    return str(tifffile.COMPRESSION(int(page.compression)).name).replace("_", " ")


def _text(page: tifffile.TiffPage, tag: str) -> str:
    value = page.tags.valueof(tag)
    return value.strip("\x00 \r\n") if isinstance(value, str) else ""


def _orientation(page: tifffile.TiffPage) -> int:
    value = page.tags.valueof("Orientation")
    return int(value) if value in range(1, 9) else 1
