"""The napari side of blotflux: a reader and a sample, as layers.

Nothing is measured here; pictures are read by `blotflux.blot` and drawn by `blotflux.synthetic`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from blotflux.blot import Blot

    LayerData = tuple[Any, dict[str, Any], str]

__all__ = ["blot_layers", "get_reader", "read_layers", "sample_blot"]


def get_reader(path: str | list[str]) -> Callable[[str | list[str]], list[LayerData]] | None:
    """Return the function that reads `path`, or None where several files are one stack.

    napari passes a list when the user asked for a stack; the pictures of a membrane are not one.
    """
    return read_layers if isinstance(path, str) else None


def read_layers(path: str | list[str]) -> list[LayerData]:
    """Return layers of every channel and page of one file.

    Raises
    ------
    blotflux.errors.ImageReadError
        If the file cannot be read as a blot.
    """
    from blotflux.blot.read import read_planes

    names = [path] if isinstance(path, str) else path
    return [layer for name in names for blot in read_planes(name) for layer in blot_layers(blot)]


def sample_blot() -> list[LayerData]:
    """Return a blot of known truth, drawn and not measured on anything."""
    from blotflux.blot import Blot
    from blotflux.synthetic import draw_kind

    drawn = draw_kind("typical", 1)
    return blot_layers(Blot.from_signal(drawn.image, name="sample blot"))


def blot_layers(blot: Blot) -> list[LayerData]:
    """Return the picture, dark bands on light, and its saturated pixels if there are any.

    The layer's data is the signal that blotflux measures (larger means more protein); only the
    colormap turns it dark on light, so contrast never touches the numbers.
    """
    source = blot.source
    name = source.name.rsplit("/", 1)[-1] or "blot"
    metadata = {"blotflux": {"channel": source.channel, "page": source.page, "unit": blot.unit}}
    picture: LayerData = (
        blot.signal,
        {"name": name, "colormap": "gray_r", "metadata": metadata},
        "image",
    )
    if not blot.saturated.any():
        return [picture]
    marks: LayerData = (
        blot.saturated.astype("uint8"),
        {"name": f"{name} saturated", "opacity": 0.6},
        "labels",
    )
    return [picture, marks]
