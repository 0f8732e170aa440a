"""What the pages of a TIFF are: channels, pages, or an axis that nobody named."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blotflux.blot.formats.safe_xml import child_elements, parse_xml
from blotflux.blot.formats.tiff_guard import require_count
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from xml.etree import ElementTree

    import tifffile

__all__ = ["Axes", "Place", "find_axes"]

SECONDS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "min": 60.0}
IMAGEJ_FIELD = re.compile(r"^(images|channels|slices|frames)=(\d{1,6})\s*$", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which channel and page a picture of a file is."""

    channel: int = 0
    page: int = 0
    unnamed: bool = False
    exposure_s: float | None = None

    def of_channel(self, sample: int, samples: int) -> Place:
        """Return the place of one of the samples of a pixel."""
        return replace(self, channel=self.channel * samples + sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """How the pictures of a file are numbered.

    Attributes
    ----------
    places : tuple of Place
        One per picture in the order of the file; empty: every picture is a page.
    stacked : bool
        Whether all pictures lie behind the one page that the file declares.
    """

    places: tuple[Place, ...] = field(default=())
    stacked: bool = False

    @property
    def count(self) -> int:
        """How many pictures are named."""
        return len(self.places)

    def place(self, number: int) -> Place:
        """Return the place of a picture, counted from 0 in the order of the file."""
        return self.places[number] if number < self.count else Place(page=number)


def find_axes(tif: tifffile.TiffFile, pages: int, name: str) -> Axes:
    """Return what the file says of its pictures' axes.

    Raises
    ------
    ImageReadError
        If an OME file keeps pictures in other files, or counts differ.
    """
    description = tif.pages.first.description
    if description.lstrip().startswith("<?xml") or "<OME" in description[:2000]:
        return _ome_axes(description, pages, name)
    if tif.is_imagej:
        return _imagej_axes(description, pages, name)
    if tif.is_shaped:
        return _shaped_axes(tif, pages, name)
    return Axes()


def _imagej_axes(description: str, pages: int, name: str) -> Axes:
    """Return the places in a stack: channels vary fastest; slices and frames are pages."""
    sizes = {key: int(value) for key, value in IMAGEJ_FIELD.findall(description)}
    images = sizes.get("images", 1)
    channels = sizes.get("channels", 1)
    stacked = pages == 1 and images > 1
    count = images if stacked else pages
    require_count(count, name)
    if channels < 2 or count % channels:
        channels = 1
    places = tuple(Place(channel=k % channels, page=k // channels) for k in range(count))
    return Axes(places=places, stacked=stacked)


def _shaped_axes(tif: tifffile.TiffFile, pages: int, name: str) -> Axes:
    """Return the places in an array saved with its shape; unknown axes stay unnamed."""
    series = tif.series[0]
    spatial = 3 if series.axes.endswith("S") else 2
    letters, sizes = series.axes[:-spatial], series.shape[:-spatial]
    count = math.prod(sizes)
    if count < 2 or (pages not in (1, count)):
        return Axes()
    require_count(count, name)
    unnamed = any(letter not in "CTZPR" for letter in letters)
    places = []
    for k in range(count):
        rest, channel, page = k, 0, 0
        scale = 1
        for letter, size in zip(reversed(letters), reversed(sizes), strict=True):
            rest, index = divmod(rest, size)
            if letter == "C":
                channel = index
            else:
                page += index * scale
                scale *= size
        places.append(Place(channel=channel, page=page, unnamed=unnamed))
    return Axes(places=tuple(places), stacked=pages == 1)


def _ome_axes(description: str, pages: int, name: str) -> Axes:
    root = parse_xml(description, name)
    pixels = next(child_elements(root, "Pixels"), None)
    if pixels is None:
        return Axes()
    sizes = {axis: int(pixels.get(f"Size{axis}", "1")) for axis in "CZT"}
    order = [axis for axis in pixels.get("DimensionOrder", "XYCZT") if axis in sizes]
    spread = _samples_per_channel(pixels)
    sizes["C"] = max(1, sizes["C"] // spread)
    count = math.prod(sizes.values())
    if count != pages:
        message = (
            f"{name}: its OME description counts {count} planes, the file holds {pages}; the "
            "others may lie in other files, export all planes into one file."
        )
        raise ImageReadError(message)
    exposures = _ome_exposures(pixels)
    places = [Place()] * count
    for k in range(count):
        index = _unravel(k, order, sizes)
        page = index["T"] * sizes["Z"] + index["Z"]
        places[k] = Place(
            channel=index["C"],
            page=page,
            exposure_s=exposures.get((index["C"], index["Z"], index["T"])),
        )
    for position, index in _ome_positions(pixels, order, sizes):
        if 0 <= position < count:
            page = index["T"] * sizes["Z"] + index["Z"]
            exposure = exposures.get((index["C"], index["Z"], index["T"]))
            places[position] = Place(channel=index["C"], page=page, exposure_s=exposure)
    return Axes(places=tuple(places))


def _unravel(number: int, order: list[str], sizes: dict[str, int]) -> dict[str, int]:
    index = {}
    for axis in order:
        number, index[axis] = divmod(number, sizes[axis])
    return {axis: index.get(axis, 0) for axis in "CZT"}


def _samples_per_channel(pixels: ElementTree.Element) -> int:
    counts = [int(c.get("SamplesPerPixel", "1")) for c in child_elements(pixels, "Channel")]
    return max(1, *counts) if counts else 1


def _ome_positions(
    pixels: ElementTree.Element, order: list[str], sizes: dict[str, int]
) -> list[tuple[int, dict[str, int]]]:
    """Return which plane each page holds, where TiffData elements say so."""
    found = []
    for data in child_elements(pixels, "TiffData"):
        if data.get("IFD") is None:
            continue
        start = int(data.get("IFD", "0"))
        first = {axis: int(data.get(f"First{axis}", "0")) for axis in "CZT"}
        offset, step = 0, 1
        for axis in order:
            offset += first[axis] * step
            step *= sizes[axis]
        for k in range(min(int(data.get("PlaneCount", "1")), step)):
            found.append((start + k, _unravel((offset + k) % step, order, sizes)))
    return found


def _ome_exposures(pixels: ElementTree.Element) -> dict[tuple[int, int, int], float]:
    exposures = {}
    for plane in child_elements(pixels, "Plane"):
        value = plane.get("ExposureTime")
        if value is None:
            continue
        key = (
            int(plane.get("TheC", "0")),
            int(plane.get("TheZ", "0")),
            int(plane.get("TheT", "0")),
        )
        exposures[key] = float(value) * SECONDS.get(plane.get("ExposureTimeUnit", "s"), 1.0)
    return exposures
