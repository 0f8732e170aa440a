"""What a path is: an image, a study, a folder that may become one; and opening it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_blotflux.window import BlotWindow

__all__ = ["IMAGE_SUFFIXES", "KINDS", "is_image", "is_study", "open_path"]

IMAGE_SUFFIXES = (
    *(".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp"),
    *(".scn", ".1sc", ".gel", ".img", ".zip"),
)

KINDS = f"Blots and studies ({' '.join('*' + suffix for suffix in IMAGE_SUFFIXES)} *.toml)"


def is_study(path: Path) -> bool:
    """Whether a file is a study: TOML that begins with our version."""
    if path.suffix.lower() != ".toml" or not path.is_file():
        return False
    try:
        return "blotflux" in tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        # A study with a mistake in its TOML is still one; reading it says what is wrong.
        return path.name == "study.toml"


def is_image(path: Path) -> bool:
    """Whether the content of a file is of a format that is read as a blot."""
    from blotflux.blot.content import read_content
    from blotflux.blot.formats.registry import READERS
    from blotflux.errors import ImageReadError

    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return False
    try:
        content = read_content(path)
    except ImageReadError:
        return False
    return any(reader.recognizes(content) for reader in READERS)


def open_path(window: BlotWindow, path: str | Path) -> None:
    """Open an image, a study, or a folder as a study to be made."""
    place = Path(path)
    if place.is_dir():
        window.new_study(place)
    elif is_study(place):
        window.open_study(place)
    else:
        window.open_image(place)
