"""A blot as napari layers: the picture, dark bands on light, and its saturated pixels.

A layer's data is the signal that blotflux measures (larger means more protein). Only the colormap
turns it dark on light and only the contrast limits spread it, so neither touches the numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.report.palette import SATURATED

if TYPE_CHECKING:
    from blotflux.blot import Blot

    LayerData = tuple[Any, dict[str, Any], str]
    Place = tuple[str, int, int]  # file, channel, page

__all__ = [
    "METADATA",
    "blot_layers",
    "contrast_of",
    "is_of_file",
    "is_of_place",
    "is_picture_of",
    "saturated_layer",
    "shows_ours",
]

METADATA = "blotflux"
"""The key of a layer's metadata that says which file, channel and page it shows."""

SHOWN_PERCENTILES = (0.5, 99.9)
"""Of the signal, what is shown white and black: a speck of dust must not gray the bands."""

SAMPLED = 1_000_000
"""Pixels that the percentiles are taken of, at most; they are for the eye only."""


def contrast_of(blot: Blot) -> tuple[float, float]:
    """Return the signal that is shown white and the one that is shown black."""
    step = max(1, int(np.sqrt(blot.signal.size / SAMPLED)))
    low, high = np.percentile(blot.signal[::step, ::step], SHOWN_PERCENTILES)
    return float(low), float(max(high, low + max(abs(low), 1.0) * 1e-6))


def blot_layers(blot: Blot, *, path: str = "") -> list[LayerData]:
    """Return the picture and, if there are any, its saturated pixels.

    Parameters
    ----------
    blot : Blot
    path : str
        The file, by which the window finds it again; empty for pictures made in memory.
    """
    source = blot.source
    name = source.name.rsplit("/", 1)[-1] or "blot"
    place = {"path": path, "channel": source.channel, "page": source.page, "unit": blot.unit}
    picture: LayerData = (
        blot.signal,
        {
            "name": name,
            "colormap": "gray_r",
            "contrast_limits": contrast_of(blot),
            "metadata": {METADATA: place},
        },
        "image",
    )
    return [picture, saturated_layer(blot, name, path)] if blot.saturated.any() else [picture]


def is_picture_of(layer: Any, place: Place) -> bool:
    """Whether a layer is the picture of one channel and page of a file."""
    return _place_of(layer) == place and not layer.metadata[METADATA].get("marks")


def is_of_file(layer: Any, path: str) -> bool:
    """Whether a layer shows something of a file."""
    place = _place_of(layer)
    return place is not None and place[0] == path


def shows_ours(layer: Any) -> bool:
    """Whether a layer shows something of any file that blotflux opened."""
    return _place_of(layer) is not None


def is_of_place(layer: Any, place: Place) -> bool:
    """Whether a layer shows one channel and page of a file, or the marks on it."""
    return _place_of(layer) == place


def _place_of(layer: Any) -> Place | None:
    place = layer.metadata.get(METADATA, {})
    return (place["path"], place["channel"], place["page"]) if place.get("path") else None


def saturated_layer(blot: Blot, name: str, path: str = "") -> LayerData:
    """Return the pixels at the detector's ceiling as a layer of one color on nothing."""
    place = {"path": path, "channel": blot.source.channel, "page": blot.source.page}
    red, green, blue = (int(SATURATED[at : at + 2], 16) / 255 for at in (1, 3, 5))
    colormap = {"name": "saturated", "colors": [[red, green, blue, 0.0], [red, green, blue, 1.0]]}
    options = {
        "name": f"{name} saturated",
        "colormap": colormap,
        "contrast_limits": (0, 1),
        "opacity": 0.7,
        "blending": "translucent_no_depth",
        "interpolation2d": "nearest",
        "metadata": {METADATA: {**place, "marks": True}},
    }
    return blot.saturated.astype(np.uint8), options, "image"
