"""A file's bytes, read once: what is hashed is what is decoded."""

from __future__ import annotations

import hashlib
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blotflux.blot.formats.stored import DEFAULT_MAX_MEGAPIXELS
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["FileContent", "decoding", "read_content"]

BYTES_PER_PIXEL = 32
"""Of the largest file worth reading: four samples of eight bytes, or eight 32-bit pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """A file as it was when it was read.

    Attributes
    ----------
    name : str
        The text by which the user named it, with ``/``; used in every message.
    path : Path
        Where it lies; readers of formats in two files look beside it.
    data : bytes
    max_megapixels : float
        Planes whose header claims more are refused before anything is allocated.
    """

    name: str
    path: Path
    data: bytes
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    def require_size(self, rows: int, columns: int) -> None:
        """Raise ImageReadError if a header's claim is not a picture that may be decoded."""
        if rows < 1 or columns < 1:
            message = (
                f"{self.name}: the header claims {columns} x {rows} pixels, which is no picture; "
                "export the image again."
            )
            raise ImageReadError(message)
        claimed = rows * columns / 1e6
        if claimed > self.max_megapixels:
            message = (
                f"{self.name}: the header claims {columns} x {rows} pixels "
                f"({claimed:.0f} megapixels; at most {self.max_megapixels:g} are read); "
                "if that is right, raise max_megapixels."
            )
            raise ImageReadError(message)


def read_content(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS,
) -> FileContent:
    """Return a file's bytes.

    Raises
    ------
    ImageReadError
        If it is not there, not a regular file, empty, unreadable or too large.
    """
    place = Path(path)
    shown = place.as_posix() if name is None else name
    try:
        state = place.stat()
        if stat.S_ISDIR(state.st_mode):
            message = f"{shown}: is a folder; name an image file in it."
            raise ImageReadError(message)
        if not stat.S_ISREG(state.st_mode):
            message = f"{shown}: is not a regular file; copy the image to a disk first."
            raise ImageReadError(message)
        if state.st_size > max_megapixels * 1e6 * BYTES_PER_PIXEL:
            message = (
                f"{shown}: holds {state.st_size / 1e9:.1f} GB, more than a picture of "
                f"{max_megapixels:g} megapixels can need; if that is right, raise max_megapixels."
            )
            raise ImageReadError(message)
        data = place.read_bytes()
    except FileNotFoundError as error:
        message = f"{shown}: no such file; check the name and the folder."
        raise ImageReadError(message) from error
    except PermissionError as error:
        message = f"{shown}: may not be read (permission denied); change its permissions."
        raise ImageReadError(message) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        message = f"{shown}: cannot be read ({reason}); check the disk or the connection."
        raise ImageReadError(message) from error
    if not data:
        message = f"{shown}: is empty (0 bytes); copy or export the image again."
        raise ImageReadError(message)
    return FileContent(name=shown, path=place, data=data, max_megapixels=max_megapixels)


@contextmanager
def decoding(content: FileContent, what: str) -> Iterator[None]:
    """Turn whatever a decoder raises on a damaged file into one ImageReadError.

    A decoding library may raise anything at all on hostile bytes, so everything is caught, but only
    around the library's own calls; the cause is kept.
    """
    try:
        yield
    except ImageReadError:
        raise
    except MemoryError as error:
        message = f"{content.name}: does not fit into memory as {what}; free memory or crop it."
        raise ImageReadError(message) from error
    except Exception as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        message = (
            f"{content.name}: cannot be decoded as {what} ({reason}); the file is damaged or cut "
            "short, copy or export it again."
        )
        raise ImageReadError(message) from error
