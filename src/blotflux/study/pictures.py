"""The pictures of a study as blots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.blot.read import read, read_planes
from blotflux.errors import ImageReadError, Mistake, StudyError

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.blot.model import Blot
    from blotflux.study.schema import ImageSpec

__all__ = ["read_picture", "require_readable"]


def read_picture(directory: Path, spec: ImageSpec) -> Blot:
    """Return the blot of one ``[[images]]`` entry.

    Raises
    ------
    ImageReadError
        If the file cannot be read as a blot.
    StudyError
        If it can, but not with what the entry says of it (a channel that it has not, a region
        outside it), or only with more (which channel): the study has to be mended.
    """
    path = directory / spec.file
    try:
        return read(
            path,
            name=spec.file,
            channel=spec.channel,
            page=spec.page,
            polarity=spec.polarity,
            detection=spec.detection,
            region=spec.region,
            turn=spec.turn,
            flip=spec.flip,
        )
    except ImageReadError as error:
        if not _is_readable(path):
            raise
        message = str(error).removeprefix(f"{spec.file}: ")
        raise StudyError([Mistake(where=spec.file, message=message)]) from None


def require_readable(path: Path, name: str) -> None:
    """Check that a file can be read as blots when nothing is asked of it.

    Raises
    ------
    ImageReadError
        If it cannot.
    """
    read_planes(path, name=name)


def _is_readable(path: Path) -> bool:
    try:
        require_readable(path, path.name)
    except ImageReadError:
        return False
    return True
