"""``blotflux edit``: opens napari to look at pictures and correct them."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from blotflux.cli.ending import OK
from blotflux.cli.options import Debug

__all__ = ["add_to", "edit"]

# By name: blotflux itself knows nothing of napari, and runs where there is none.
WINDOW = "napari_blotflux.start"
INSTALL = "pip install 'blotflux[napari]'"

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[IMAGE|STUDY]...", help="Pictures, or one study.toml."),
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Look at pictures and correct them, in napari.",
        epilog="Example: blotflux edit study.toml",
    )(edit)


def edit(paths: Paths = None, debug: Debug = False) -> int:
    """Open napari with the pictures, or the study, to look at and to correct by hand.

    Corrections are saved beside each picture as PICTURE.blotflux.json; every command uses them.
    """
    from blotflux.errors import BlotError

    for path in paths or ():
        if not path.exists():
            message = f"{path}: no such file; check the path"
            raise BlotError(message)
    if importlib.util.find_spec("napari") is None:
        message = f"edit: napari is not installed; install it with: {INSTALL}"
        raise BlotError(message)
    window = importlib.import_module(WINDOW)
    code = window.main([str(path) for path in paths or ()])
    return code if isinstance(code, int) else OK
