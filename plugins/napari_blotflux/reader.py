"""Opens what is dropped on napari: an image of a blot, a study, a folder of images.

The layers come at once; lanes and bands follow when they are measured, in a thread.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_blotflux.opening import is_image, is_study
from napari_blotflux.pictures import blot_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    LayerData = tuple[Any, ...]
    Reader = Callable[[str | Sequence[str]], list[LayerData]]

__all__ = ["get_reader", "read_blot", "read_folder", "read_study"]

NOTHING: list[tuple[Any, ...]] = [(None,)]
"""napari's word for: read, and no layer comes of it."""


def get_reader(path: str | list[str]) -> Reader | None:
    """Return the function that reads `path`, or None where it is not ours.

    napari passes a list when the user asked for a stack; the pictures of a membrane are not one.
    The content decides, not the name alone.
    """
    if not isinstance(path, str):
        return None
    place = Path(path)
    if place.is_dir():
        return read_folder if any(is_image(file) for file in sorted(place.iterdir())) else None
    if is_study(place):
        return read_study
    return read_blot if is_image(place) else None


def read_blot(path: str | Sequence[str]) -> list[LayerData]:
    """Return layers of every channel and page of one file, and begin to measure the first.

    Raises
    ------
    blotflux.errors.ImageReadError
        If the file cannot be read as a blot.
    """
    from blotflux.blot.read import read_planes

    place = Path(_one(path)).absolute()
    blots = read_planes(place)
    first = blots[0].source
    _later(lambda window: window.open_image(place, channel=first.channel, page=first.page))
    return [layer for blot in blots for layer in blot_layers(blot, path=str(place))]


def read_study(path: str | Sequence[str]) -> list[LayerData]:
    """Open a study in its docks; its images become layers one at a time."""
    place = Path(_one(path)).absolute()
    _later(lambda window: window.open_study(place))
    return NOTHING


def read_folder(path: str | Sequence[str]) -> list[LayerData]:
    """Open the form for a new study of a folder of images, or the study that is in it."""
    place = Path(_one(path)).absolute()
    if is_study(place / "study.toml"):
        return read_study(str(place / "study.toml"))
    _later(lambda window: window.new_study(place))
    return NOTHING


def _one(path: str | Sequence[str]) -> str:
    return path if isinstance(path, str) else path[0]


def _later(run: Callable[[Any], None]) -> None:
    """Run with the blotflux of the current viewer once its layers are there; never without one."""
    import napari

    viewer = napari.current_viewer()
    if viewer is None:
        return
    from qtpy.QtCore import QTimer

    from napari_blotflux.window import window_of

    QTimer.singleShot(0, lambda: run(window_of(viewer)))
