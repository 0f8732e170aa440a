"""``blotflux edit``: napari with the plugin docked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(paths: Sequence[str]) -> int:
    """Open napari on images or a study and wait until it is closed; return the exit code."""
    import napari

    from napari_blotflux.opening import open_path
    from napari_blotflux.window import window_of

    viewer = napari.Viewer(title="blotflux")
    window = window_of(viewer)
    window.show_docks("Profile", "Blot")
    for path in paths:
        open_path(window, path)
    napari.run()
    return 0
