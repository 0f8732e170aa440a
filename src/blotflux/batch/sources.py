"""Folders, globs, lists and files, walked as a stream of pictures.

Only the names in one folder are in memory at a time.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from blotflux.errors import Mistake, StudyError
from blotflux.output import RUN_FILE
from blotflux.study.guess.looking import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Item", "name_number", "require_sources", "walk"]

MAGIC = frozenset("*?[")
TEXT_PROBE = 4096
MOST_TOLD = 20
"""Lines of a list that are told one by one; a wrong prefix would fill the screen."""


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to be measured.

    Attributes
    ----------
    name : str
        How tables name it: as typed, or the folder as typed joined with the path below it.
    path : Path
    """

    name: str
    path: Path


def require_sources(sources: Sequence[str]) -> None:
    """Check that every source is there.

    Raises
    ------
    StudyError
        All sources that are neither a folder, a glob, a picture nor a list of paths, and the files
        that lists name and that are not there.
    """
    mistakes = [mistake for source in sources for mistake in _mistakes(source)]
    if mistakes:
        raise StudyError(mistakes)


def _mistakes(source: str) -> Iterator[Mistake]:
    problem = _problem(source)
    if problem:
        yield Mistake(where=source, message=problem)
    elif _is_list(source):
        missing = (
            Mistake(where=f"{source}:{number}", message=f"{name}: no such file; check the path")
            for number, name in _numbered(Path(source))
            if not Path(name).exists()
        )
        yield from islice(missing, MOST_TOLD)
        more = sum(1 for _ in missing)
        if more:
            yield Mistake(where=source, message=f"{more} more of its files are not there")


def _problem(source: str) -> str:
    path = Path(source)
    if path.is_dir() or _is_picture(path.name):
        return "" if path.exists() or _is_glob(source) else "no such file; check the path"
    if path.is_file():
        return "" if _is_text(path) else "is no list of paths, and no reader knows this extension"
    if _is_glob(source):
        return ""
    return "no such file or folder; check the path"


def _is_list(source: str) -> bool:
    path = Path(source)
    return path.is_file() and not _is_picture(path.name)


def _is_glob(source: str) -> bool:
    return bool(MAGIC & set(source)) and not Path(source).exists()


def _is_picture(name: str) -> bool:
    return Path(name).suffix.casefold() in SUFFIXES


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\0" not in file.read(TEXT_PROBE)


def walk(
    sources: Sequence[str], skipped: Callable[[str], None] = lambda name: None
) -> Iterator[Item]:
    """Yield every picture of the sources once, sorted within a folder.

    Parameters
    ----------
    sources : sequence of str
        Folders (with everything below), globs (``**`` for any number of folders), pictures, and
        text files with one path a line (from the current folder; ``#`` starts a remark).
    skipped : callable
        Called with the name of every file whose extension no reader knows.
    """
    files = (path for source in sources for path in _files(source))
    seen = _Seen() if _may_repeat(sources) else None
    for path in files:
        name = _name(path)
        if seen is not None and not seen.add(name):
            continue
        if _is_picture(path):
            yield Item(name, Path(path))
        else:
            skipped(name)


def _may_repeat(sources: Sequence[str]) -> bool:
    only_folder = len(sources) == 1 and Path(sources[0]).is_dir()
    return not only_folder


def _files(source: str) -> Iterator[str]:
    path = Path(source)
    if path.is_dir():
        yield from _below(source)
    elif _is_glob(source):
        parts = path.parts[1:] if path.anchor else path.parts
        yield from _matching(path.anchor, parts)
    elif _is_picture(source):
        yield source
    else:
        yield from _listed(path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder, sorted, without hidden files."""
    with os.scandir(folder or ".") as found:
        visible = [entry for entry in found if not entry.name.startswith(".")]
    return sorted(visible, key=lambda entry: entry.name)


def _below(folder: str) -> Iterator[str]:
    """Yield the files of a folder, then those of each folder in it; links are not followed."""
    entries = _entries(folder)
    if any(entry.name == RUN_FILE for entry in entries):
        return  # overlays and figures of an earlier result are no blots
    yield from (_join(folder, entry.name) for entry in entries if entry.is_file())
    folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    del entries
    for name in folders:
        yield from _below(_join(folder, name))


def _join(folder: str, name: str) -> str:
    return str(Path(folder, name)) if folder else name


def _matching(folder: str, parts: tuple[str, ...]) -> Iterator[str]:
    """Yield the files below a folder that match the parts of a glob."""
    head, rest = parts[0], parts[1:]
    if head == "**":
        yield from _matching(folder, rest or ("*",))
    if not MAGIC & set(head) and rest:
        if Path(folder, head).is_dir():
            yield from _matching(_join(folder, head), rest)
        return
    for entry in _entries(folder):
        here = _join(folder, entry.name)
        if head == "**":
            if entry.is_dir(follow_symlinks=False):
                yield from _matching(here, parts)
        elif fnmatchcase(entry.name, head):
            if rest and entry.is_dir():
                yield from _matching(here, rest)
            elif not rest and entry.is_file():
                yield here


def _listed(path: Path) -> Iterator[str]:
    return (name for _, name in _numbered(path))


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a list that name a file, with their numbers."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if text and not text.startswith("#"):
                yield number, text


def _name(path: str) -> str:
    """Return a path as tables name it: with ``/``, and bytes that are no text as backslashes."""
    text = path.replace(os.sep, "/")
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def name_number(name: str) -> int:
    """Return a number of 63 bits for a name; two names share one with odds of about 1 in 10^19."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1


class _Seen:
    """The names that were there already, in a temporary file that SQLite keeps."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", check_same_thread=False)
        self._base.execute("CREATE TABLE seen (name INTEGER PRIMARY KEY)")

    def add(self, name: str) -> bool:
        """Return whether the name is new."""
        found = self._base.execute("INSERT OR IGNORE INTO seen VALUES (?)", (name_number(name),))
        return found.rowcount == 1
