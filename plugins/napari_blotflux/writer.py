"""Saves a blot's layer as the table of its bands, or its corrections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.editing import EditSession
from blotflux.errors import OutputError
from napari_blotflux.pictures import METADATA

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["write_bands"]


def write_bands(path: str, data: Any, attributes: Mapping[str, Any]) -> list[str]:
    """Write ``bands.csv`` of the blot that a layer shows, with the corrections made in the window.

    Parameters
    ----------
    path : str
    data : array
        The layer's; not used, the numbers come from the session.
    attributes : mapping
        Of the layer; its metadata name the file.

    Raises
    ------
    OutputError
        If the layer shows no file of blotflux, or the table cannot be written.
    """
    del data
    place = attributes.get("metadata", {}).get(METADATA, {})
    if not place.get("path"):
        message = f"{path}: the layer shows no file that blotflux opened; open the blot first."
        raise OutputError(message)
    table = _session_of(place).table()
    try:
        table.to_csv(path, index=False, lineterminator="\n")
    except OSError as error:
        message = f"{path}: cannot be written ({error.strerror}); choose another folder."
        raise OutputError(message) from None
    return [path]


def _session_of(place: Mapping[str, Any]) -> EditSession:
    """Return the window's session of a file; measured anew where none is open."""
    import napari

    from napari_blotflux.window import window_of

    viewer = napari.current_viewer()
    if viewer is not None:
        wanted = (place["channel"], place["page"])
        session = window_of(viewer).session_of(place["path"], wanted)
        if session is not None:
            return session
    return EditSession.open(Path(place["path"]), channel=place["channel"], page=place["page"])
