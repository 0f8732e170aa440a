"""Output folders: written under a temporary name beside their place, then moved into it.

A result is there completely or not at all, and nothing that blotflux did not write itself is
ever removed: `run.json`, which every result holds, names the files that were written with it.
A lock beside the place lets one process write there at a time. It falls with its process, so that
the next one can tell what a killed one left, takes it away, and puts back an earlier result that
was just being replaced.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from blotflux.errors import OutputError
from blotflux.locking import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["RUN_FILE", "WRITTEN", "output_folder", "require_free", "sha256_of"]

RUN_FILE = "run.json"
"""What makes a folder a result of blotflux."""

WRITTEN = "written"
"""Key of `RUN_FILE`: every other file of the result, by its path in the folder."""

LONGEST = 200

# What operating systems put into any folder that a person looks at.
IGNORED = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def require_free(directory: Path, *, force: bool = False) -> None:
    """Check that a result may be written to `directory`; to be asked before long work.

    Parameters
    ----------
    directory : Path
        Need not exist.
    force : bool
        Whether an earlier result of blotflux may be replaced. Even then the folder must hold
        nothing else: no file that the result did not write, no drawn input that was changed.

    Raises
    ------
    OutputError
        If something is there that may not be replaced; the message names it. If another process is
        writing there.
    """
    place = directory.resolve()
    if any(_left_by_killed(place)):
        with _alone(directory, place):
            _tidy(place)
    _require_replaceable(directory, force=force)


def _require_replaceable(directory: Path, *, force: bool) -> None:
    if directory.exists() and not directory.is_dir():
        message = f"{directory}: is a file; name a folder with -o"
        raise OutputError(message)
    if not directory.is_dir() or not any(directory.iterdir()):
        return
    if not force:
        message = (
            f"{directory}: exists and is not empty; choose another folder with -o, "
            "or replace an earlier result with --force"
        )
        raise OutputError(message)
    _require_only_ours(directory)


def _require_only_ours(directory: Path) -> None:
    record = _read_record(directory)
    written = {RUN_FILE, *record[WRITTEN]}
    inputs = record.get("sha256", {})
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.name in IGNORED or (path.is_dir() and not path.is_symlink()):
            continue
        if name not in written:
            message = f"{path}: was not written by blotflux and would be lost; move it elsewhere"
            raise OutputError(message)
        if name in inputs and sha256_of(path) != inputs[name]:
            message = f"{path}: was changed since it was drawn; keep it, and write elsewhere (-o)"
            raise OutputError(message)


def _read_record(directory: Path) -> dict[str, Any]:
    """Return the content of our own record of the folder."""
    try:
        record = json.loads((directory / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        record = None
    if isinstance(record, dict) and isinstance(record.get(WRITTEN), list):
        return record
    message = (
        f"{directory}: holds no {RUN_FILE} of blotflux, so --force does not replace it; "
        "choose another folder with -o"
    )
    raise OutputError(message)


@contextmanager
def output_folder(directory: Path, *, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder that becomes `directory` when the block ends without an error.

    The block writes `RUN_FILE` among its files; the list of all files is added to it here.

    Raises
    ------
    OutputError
        As `require_free`.
    """
    place = directory.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    with _alone(directory, place):
        _tidy(place)
        _require_replaceable(directory, force=force)
        partial = place.with_name(f"{_hidden(place)}.{uuid.uuid4().hex[:8]}.partial")
        partial.mkdir()
        try:
            yield partial
            _list_files(partial)
            _move(partial, place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _alone(directory: Path, place: Path) -> Iterator[None]:
    """Hold the place's lock; the first comer writes, the next is told so."""
    with locked(place.with_name(f"{_hidden(place)}.lock")) as held:
        if not held:
            message = (
                f"{directory}: another blotflux is writing there now; wait until it has ended, or "
                "choose another folder with -o"
            )
            raise OutputError(message)
        yield


def _hidden(place: Path) -> str:
    """Return how the names of our own folders beside a place begin; systems allow 255 bytes."""
    name = os.fsencode(place.name)
    return f".{place.name}" if len(name) <= LONGEST else f".{hashlib.sha256(name).hexdigest()[:32]}"


def _left_by_killed(place: Path) -> Iterator[Path]:
    """Yield the folders beside a place that only a killed process leaves."""
    pattern = re.compile(rf"{re.escape(_hidden(place))}\.[0-9a-f]{{8}}\.(partial|old)")
    if place.parent.is_dir():
        yield from (path for path in place.parent.iterdir() if pattern.fullmatch(path.name))


def _tidy(place: Path) -> None:
    """Put back the result that a killed process was replacing, and remove what it had begun."""
    for path in sorted(_left_by_killed(place)):
        if path.suffix == ".old" and not place.exists():
            path.rename(place)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _list_files(folder: Path) -> None:
    """Add to the folder's record which files were written with it."""
    path = folder / RUN_FILE
    record = json.loads(path.read_text(encoding="utf-8"))
    files = (item for item in folder.rglob("*") if item.is_file() and item != path)
    record[WRITTEN] = sorted(item.relative_to(folder).as_posix() for item in files)
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _move(partial: Path, place: Path) -> None:
    """Put the finished folder in its place; what was there goes only once the new one stands."""
    if not place.exists():
        partial.rename(place)
        return
    old = place.with_name(f"{partial.name.removesuffix('.partial')}.old")
    place.rename(old)
    try:
        partial.rename(place)
    except OSError:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
