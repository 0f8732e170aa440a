"""Which picture a process had in hand, written down so that its end tells whose fault it was."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from blotflux.engine.limit import time_limit

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import IO

__all__ = ["WORKING", "Attempts", "clear_attempts"]

WORKING = ".working"
"""Folder of the notes; empty when no shard is being measured."""

ENOUGH = 2
"""A picture that ended its process this often is left behind."""

_NOBODY = -1
_WIDTH = 12


@dataclass(slots=True)
class Attempts:
    """How often each picture of a shard ended the process that measured it.

    To be used as a context in which pictures are measured. The note is one line of fixed width,
    written over for each picture, so it costs a few microseconds; what was written before is
    below it.

    Attributes
    ----------
    path : Path
        Where it is noted; beside it, with ``.late``, where a picture was when its time was over.
    deaths : dict of place in the shard to int
        Processes that a picture ended.
    late : dict of place in the shard to int
        Processes that were ended as a picture took too long; one is enough.
    """

    path: Path
    deaths: dict[int, int] = field(default_factory=dict)
    late: dict[int, int] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)
    _note: IO[bytes] | None = None
    _place_of_hang: IO[bytes] | None = None

    @classmethod
    def of(cls, directory: Path, shard_id: str) -> Attempts:
        """Return what is noted of a shard; a picture still in hand has ended a process."""
        attempts = cls(directory / WORKING / f"{shard_id}.note")
        try:
            in_hand, _, noted = attempts.path.read_text(encoding="utf-8").partition("\n")
            place, (deaths, late) = int(in_hand), json.loads(noted)
        except (FileNotFoundError, ValueError):  # never tried, or ended while noting
            return attempts
        attempts.deaths = {int(place): count for place, count in deaths.items()}
        attempts.late = {int(place): count for place, count in late.items()}
        if place != _NOBODY:
            attempts._blame(place)
        return attempts

    def _blame(self, place: int) -> None:
        hang = self.path.with_suffix(".late")
        counts = self.late if hang.is_file() and hang.stat().st_size else self.deaths
        counts[place] = counts.get(place, 0) + 1

    def __enter__(self) -> Self:
        self.path.parent.mkdir(exist_ok=True)
        self._note = self._open.enter_context(self.path.open("wb", buffering=0))
        noted = json.dumps([self.deaths, self.late]).encode()
        self._note.write(_line(_NOBODY) + noted)
        hang = self.path.with_suffix(".late")
        self._place_of_hang = self._open.enter_context(hang.open("wb", buffering=0))
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()
        if error == (None, None, None):
            self.path.unlink(missing_ok=True)
            self.path.with_suffix(".late").unlink(missing_ok=True)

    def suspects(self, place: int) -> bool:
        """Return whether a picture has ended a process; such come first, while others wait."""
        return place in self.deaths or place in self.late

    def is_late(self, place: int) -> bool:
        """Return whether a picture took too long."""
        return place in self.late

    def is_hopeless(self, place: int) -> bool:
        """Return whether a picture has ended enough processes not to be measured again."""
        return self.is_late(place) or self.deaths.get(place, 0) >= ENOUGH

    def must_not_be_touched(self, place: int) -> bool:
        """Return whether even reading a picture's bytes has ended a process."""
        return self.late.get(place, 0) > 1 or self.deaths.get(place, 0) > ENOUGH

    def take(self, place: int, seconds: float) -> AbstractContextManager[None]:
        """Note that a picture is in hand; the process ends if it takes longer than `seconds`."""
        if self._note is None or self._place_of_hang is None:
            message = "Attempts is to be used as a context"
            raise RuntimeError(message)
        self._note.seek(0)
        self._note.write(_line(place))
        return time_limit(seconds, self._place_of_hang)


def _line(place: int) -> bytes:
    return f"{place:{_WIDTH}}\n".encode()


def clear_attempts(directory: Path) -> None:
    """Forget all shards: processes that were stopped from outside had innocent ones in hand."""
    shutil.rmtree(directory / WORKING, ignore_errors=True)
