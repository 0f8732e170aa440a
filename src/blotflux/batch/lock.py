"""One run at a time in a folder, and no late word from an earlier one.

The lock falls with the process that took it. Beside it the run's name is written down, for people
and for processes on other machines, which measure for the run: one that was cut off while a later
run began finds another name there and writes nothing.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from blotflux.errors import OutputError
from blotflux.locking import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LOCK", "RUN_NAME", "held", "require_current"]

LOCK = ".lock"
RUN_NAME = ".run"


@contextmanager
def held(directory: Path) -> Iterator[str]:
    """Hold a folder for one run and yield the run's name.

    Raises
    ------
    OutputError
        If another run that is still alive holds it.
    """
    with locked(directory / LOCK) as alone:
        if not alone:
            raise OutputError(_refusal(directory))
        name = uuid.uuid4().hex
        told = {
            "run": name,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        }
        (directory / RUN_NAME).write_text(json.dumps(told), encoding="utf-8")
        yield name


def _told(directory: Path) -> dict[str, Any]:
    """Return what is written down of the run; empty where there is nothing."""
    try:
        told = json.loads((directory / RUN_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _refusal(directory: Path) -> str:
    told = _told(directory)
    who = " ".join(f"{name} {told[name]}" for name in ("pid", "host", "since") if name in told)
    return (
        f"{directory}: another run writes to it ({who or 'it has just begun'}); wait until it has "
        "ended, stop it, or choose another folder with -o"
    )


def require_current(directory: Path, run: str) -> None:
    """Check that a folder is still held by the run that this process works for.

    Raises
    ------
    OutputError
        If a later run has taken over.
    """
    now = _told(directory).get("run")
    if run and now and now != run:
        message = f"{directory}: a later run has taken over this folder; this one has stopped"
        raise OutputError(message)
