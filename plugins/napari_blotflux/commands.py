"""What napari's menus and its command palette can call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_blotflux.window import BlotWindow

__all__ = [
    "next_image",
    "open_blot",
    "previous_image",
    "redo",
    "save",
    "sign_off",
    "undo",
]


def _window() -> BlotWindow:
    import napari

    from napari_blotflux.window import window_of

    viewer = napari.current_viewer()
    if viewer is None:
        message = "open a napari window first"
        raise RuntimeError(message)
    return window_of(viewer)


def open_blot() -> None:
    """Show the docks "Blot" and "Profile"."""
    _window().show_docks("Profile", "Blot")


def save() -> Any:
    """Save the corrections."""
    return _window().save_all()


def undo() -> None:
    """Take the last edit back."""
    _window().controller.undo()


def redo() -> None:
    """Do the last undone edit again."""
    _window().controller.redo()


def next_image() -> None:
    """Show the study's next image."""
    _window().studies.step(1)


def previous_image() -> None:
    """Show the study's previous image."""
    _window().studies.step(-1)


def sign_off() -> None:
    """Record that the picture looks right."""
    _window().sign_off()
