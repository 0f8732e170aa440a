"""Edits that are not saved yet, kept where a crash does not reach them."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from blotflux.study.corrections import PlaneCorrections, now

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FOLDER_VARIABLE", "Keeper", "Recovery", "recovery_folder"]

FOLDER_VARIABLE = "BLOTFLUX_RECOVERY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Edits of a picture that were never saved.

    Attributes
    ----------
    plane : PlaneCorrections
        As they were left.
    texts : tuple of str
        What was done, in order.
    when : datetime
        Of the last edit.
    """

    plane: PlaneCorrections
    texts: tuple[str, ...]
    when: datetime

    @property
    def count(self) -> int:
        """How many edits they are."""
        return len(self.texts)


def recovery_folder() -> Path:
    """Return where edits are kept: `BLOTFLUX_RECOVERY`, or the user's folder for caches."""
    told = os.environ.get(FOLDER_VARIABLE)
    if told:
        return Path(told)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "blotflux" / "recovery"


class Keeper:
    """Keeps the unsaved edits of one picture in a file, in a thread of its own.

    Parameters
    ----------
    image : Path
    place : tuple
        Page, channel and region.
    sha256 : str
        Of the image: edits of another one are not offered.
    """

    def __init__(self, image: Path, place: tuple[Any, ...], sha256: str) -> None:
        name = json.dumps([str(image.resolve()), place])
        digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:24]
        self.file = recovery_folder() / f"{digest}.json"
        self.sha256 = sha256
        self._thread: ThreadPoolExecutor | None = None
        self._last: Future[None] | None = None

    def find(self) -> Recovery | None:
        """Return edits that were never saved; None if there are none that can be taken."""
        found = self._read(self.file)
        if found is not None:
            return found
        for file in sorted(self.file.parent.glob(f"{self.file.stem}.*.later.json"), reverse=True):
            found = self._read(file)
            if found is not None:
                with suppress(OSError):
                    file.replace(self.file)
                return found
        return None

    def _read(self, file: Path) -> Recovery | None:
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            if data["sha256"] != self.sha256:
                return None
            return Recovery(
                plane=PlaneCorrections.model_validate_json(json.dumps(data["plane"])),
                texts=tuple(str(text) for text in data["texts"]),
                when=datetime.fromisoformat(data["when"]),
            )
        except (OSError, ValueError, KeyError, TypeError, ValidationError, RecursionError):
            return None

    def set_aside(self) -> None:
        """Keep the edits that were found where those of this session do not replace them."""
        with suppress(OSError):
            self.file.replace(self.file.with_suffix(f".{time.time_ns()}.later.json"))

    def keep(self, plane: PlaneCorrections, texts: Sequence[str]) -> None:
        """Write the edits so far; returns at once."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recovery")
        if self._last is not None:
            self._last.cancel()
        self._last = self._thread.submit(self._write, plane, tuple(texts), now())

    def _write(self, plane: PlaneCorrections, texts: tuple[str, ...], when: datetime) -> None:
        data = json.dumps({"sha256": self.sha256, "texts": texts, "when": when.isoformat()})
        # Written by pydantic at once: what this thread takes, an edit waits for.
        text = f'{data[:-1]}, "plane": {plane.model_dump_json()}}}'
        draft = self.file.with_suffix(f".{os.getpid()}.draft")
        # Without a place to keep them edits are only in memory, as before the first one.
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(text, encoding="utf-8")
            draft.replace(self.file)

    def wait(self) -> None:
        """Wait until the last edits are written."""
        if self._last is not None and not self._last.cancelled():
            self._last.result()

    def drop(self) -> None:
        """Take the file away."""
        if self._last is not None:
            self._last.cancel()
        self.wait()
        with suppress(OSError):
            self.file.unlink(missing_ok=True)

    def close(self) -> None:
        """End the thread; the file stays."""
        if self._thread is not None:
            self.wait()
            self._thread.shutdown(wait=True)
            self._thread = None
