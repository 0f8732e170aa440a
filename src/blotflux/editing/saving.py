"""Corrections written beside their picture, and nothing lost that lies there already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from blotflux.errors import OutputError
from blotflux.output import sha256_of
from blotflux.study.corrections import (
    Corrections,
    ImageChangedError,
    corrections_path,
    write_corrections,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.editing.source import Source
    from blotflux.study.corrections import LogEntry, PlaneCorrections

__all__ = ["save_corrections"]


def save_corrections(
    source: Source,
    plane: PlaneCorrections,
    entries: Sequence[LogEntry],
    *,
    starts_anew: bool,
) -> Path:
    """Write corrections of one channel and page into their picture's file; return that file.

    Parameters
    ----------
    source : Source
    plane : PlaneCorrections
    entries : sequence of LogEntry
        Added to the file's log.
    starts_anew : bool
        Whether a file that is of another version of the image is set aside, not continued.

    Raises
    ------
    OutputError
        If nothing can be written.
    """
    path = source.sidecar()
    if starts_anew and _is_of_another(source):
        _set_aside(path)
    known = source.corrections("keep") or Corrections(
        image=source.path.name, sha256=sha256_of(source.path)
    )
    return _write(source, known.with_entries(plane, entries), path)


def _is_of_another(source: Source) -> bool:
    """Whether what is saved is still of another version of the image."""
    try:
        source.corrections("refuse")
    except ImageChangedError:
        return True
    return False


def _write(source: Source, made: Corrections, path: Path) -> Path:
    try:
        write_corrections(made, path)
    except OutputError:
        folder = source.study_folder
        if folder is None or path != corrections_path(source.path):
            raise
        parts = [part for part in Path(source.spec.file).parts if part not in ("..", "/")]
        path = corrections_path(folder.joinpath("corrections", *parts))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_corrections(made, path)
    return path


def _set_aside(path: Path) -> None:
    """Rename corrections of another version of the image: nothing that was saved is lost."""
    number = 1
    while (aside := path.with_name(f"{path.name}.old-{number}")).exists():
        number += 1
    path.rename(aside)
