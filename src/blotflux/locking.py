"""A lock between processes that falls when its process ends, however it ends."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["locked"]


WITHOUT_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Yield whether this process alone holds the lock; the file goes when it lets go.

    Parameters
    ----------
    path : Path
        Of a file made for the lock, in a folder that exists.

    Raises
    ------
    OSError
        If the file cannot be made.
    """
    file = _lock(path)
    try:
        yield file is not None
    finally:
        if file is not None:
            # Before the lock is let go: whoever waits on this file sees that it is no longer there.
            if sys.platform != "win32":
                path.unlink(missing_ok=True)
            file.close()


def _lock(path: Path) -> IO[bytes] | None:
    """Return the locked file, or None if another process holds it."""
    while True:
        file = path.open("ab")
        try:
            _take(file)
        except OSError as error:
            # Some network disks have no locks; writing there must not fail for that.
            if error.errno not in WITHOUT_LOCKS:
                file.close()
                return None
        if _is_at(file, path):
            return file
        # The holder removed the file between our opening and our locking it.
        file.close()


def _take(file: IO[bytes]) -> None:
    """Lock a file without waiting; raise OSError if another process has it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(file: IO[bytes], path: Path) -> bool:
    """Return whether the open file is the one that the path names."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(file.fileno()), there)
