"""The folder of a data set: what may be there before, and its record."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

from blotflux.batch.attempts import WORKING, clear_attempts
from blotflux.batch.layout import PARTS, remove_unfinished
from blotflux.errors import OutputError
from blotflux.output import IGNORED, RUN_FILE, WRITTEN, require_free

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["CONTACT_SHEET", "SKIPPED", "prepare_folder", "read_record", "write_record"]

CONTACT_SHEET = "contact_sheet.html"
SKIPPED = "skipped.txt"
COMMAND = "batch"

_TABLES = "|".join(PARTS)
_OURS = re.compile(
    rf"run\.json|{re.escape(CONTACT_SHEET)}|{re.escape(SKIPPED)}|\.[a-z_]+\.[a-z]+\.tmp|"
    rf"{re.escape(WORKING)}/[0-9a-f]+\.json|"
    rf"({_TABLES})/(part-[0-9a-f]{{32}}\.parquet|\.part-[0-9a-f]{{32}}\.parquet\.\d+\.tmp)"
)


def prepare_folder(directory: Path, *, resume: bool = False, force: bool = False) -> bool:
    """Make the folder ready and return whether it holds an earlier run to go on with.

    Raises
    ------
    OutputError
        If something is there that may not be replaced.
    """
    if directory.is_dir() and any(directory.iterdir()) and not force:
        _require_resumable(directory, resume=resume)
        clear_attempts(directory)
        remove_unfinished(directory)
        return True
    if directory.is_dir() and force and _is_batch(directory):
        _remove_ours(directory)
    elif directory.exists():
        require_free(directory, force=force)
        shutil.rmtree(directory)
    directory.mkdir(parents=True, exist_ok=True)
    return False


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
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _remove_ours(directory: Path) -> None:
    """Remove an earlier data set, if there is nothing else beside it."""
    for path in directory.rglob("*"):
        name = path.relative_to(directory).as_posix()
        if path.is_dir() or path.name in IGNORED or _OURS.fullmatch(name):
            continue
        message = f"{path}: was not written by blotflux and would be lost; move it elsewhere"
        raise OutputError(message)
    shutil.rmtree(directory)


def write_record(directory: Path, record: Mapping[str, Any], *, complete: bool = False) -> None:
    """Write ``run.json``; with the list of all files once the data set is complete."""
    told = {
        "command": COMMAND,
        **record,
        "complete": complete,
        WRITTEN: sorted(_written(directory)) if complete else [],
    }
    unfinished = directory / ".run.json.tmp"
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(directory / RUN_FILE)


def _written(directory: Path) -> Iterator[str]:
    for path in directory.rglob("*"):
        name = path.relative_to(directory).as_posix()
        if path.is_file() and name != RUN_FILE and _OURS.fullmatch(name):
            yield name
