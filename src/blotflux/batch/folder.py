"""The folder of a data set: what may be there before, and its record."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blotflux.batch.attempts import WORKING, clear_attempts
from blotflux.batch.layout import PARTS, remove_unfinished
from blotflux.batch.lock import LOCK, RUN_NAME, held
from blotflux.errors import OutputError
from blotflux.output import IGNORED, RUN_FILE, WRITTEN, require_free

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["CONTACT_SHEET", "SKIPPED", "Opened", "data_set", "read_record", "write_record"]

CONTACT_SHEET = "contact_sheet.html"
SKIPPED = "skipped.txt"
COMMAND = "batch"
RECORD_UNFINISHED = ".run.json.tmp"
LEFT_BY_A_START = frozenset({LOCK, RUN_NAME, RECORD_UNFINISHED})
"""All that a run has written that was killed in its first moments."""

_TABLES = "|".join(PARTS)
_OURS = re.compile(
    rf"run\.json|{re.escape(LOCK)}|{re.escape(RUN_NAME)}|{re.escape(CONTACT_SHEET)}|"
    rf"{re.escape(SKIPPED)}|\.[a-z_]+\.[a-z]+\.tmp|"
    rf"{re.escape(WORKING)}/[0-9a-f]+\.(note|late)|"
    rf"({_TABLES})/(part-[0-9a-f]{{32}}\.parquet|\.part-[0-9a-f]{{32}}\.parquet\.\d+\.tmp)"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that is held.

    Attributes
    ----------
    run : str
        Name of the run that holds it.
    resumed : bool
        Whether it holds an earlier run to go on with.
    """

    run: str
    resumed: bool


@contextmanager
def data_set(directory: Path, *, resume: bool = False, force: bool = False) -> Iterator[Opened]:
    """Hold the folder of a data set while a run writes to it.

    Raises
    ------
    OutputError
        If something is there that may not be replaced, or another run writes to it.
    """
    there = directory.is_dir() and any(
        path.name not in LEFT_BY_A_START for path in directory.iterdir()
    )
    if there and not force:
        _require_resumable(directory, resume=resume)
    elif there and _is_batch(directory):
        _require_only_ours(directory)
    elif there or directory.is_file():
        require_free(directory, force=force)
    directory.mkdir(parents=True, exist_ok=True)
    with held(directory) as run:
        if there and force:
            _empty(directory)
        elif there:
            clear_attempts(directory)
            remove_unfinished(directory)
        yield Opened(run=run, resumed=there and not force)


def _require_resumable(directory: Path, *, resume: bool) -> None:
    if not _is_batch(directory):
        require_free(directory)
    if not resume:
        message = (
            f"{directory}: holds the data set of an earlier run; go on with it with --resume, "
            "replace it with --force, or choose another folder with -o"
        )
        raise OutputError(message)


def _is_batch(directory: Path) -> bool:
    return read_record(directory).get("command") == COMMAND


def read_record(directory: Path) -> dict[str, Any]:
    """Return what the folder's record says; empty where it has none of ours."""
    try:
        record = json.loads((directory / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _require_only_ours(directory: Path) -> None:
    """Check that there is nothing beside an earlier data set."""
    for path in directory.rglob("*"):
        name = path.relative_to(directory).as_posix()
        if path.is_dir() or path.name in IGNORED or _OURS.fullmatch(name):
            continue
        message = f"{path}: was not written by blotflux and would be lost; move it elsewhere"
        raise OutputError(message)


def _empty(directory: Path) -> None:
    """Remove an earlier result; the lock stays with whoever holds it."""
    for path in directory.iterdir():
        if path.name in (LOCK, RUN_NAME):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def write_record(directory: Path, record: Mapping[str, Any], *, complete: bool = False) -> None:
    """Write ``run.json``; with the list of all files once the data set is complete."""
    told = {
        "command": COMMAND,
        **record,
        "complete": complete,
        WRITTEN: sorted(_written(directory)) if complete else [],
    }
    unfinished = directory / RECORD_UNFINISHED
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(directory / RUN_FILE)


def _written(directory: Path) -> Iterator[str]:
    for path in directory.rglob("*"):
        name = path.relative_to(directory).as_posix()
        if path.is_file() and name != RUN_FILE and _OURS.fullmatch(name):
            yield name
