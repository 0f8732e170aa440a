"""Which picture a process had in hand, written down so that its end tells whose fault it was."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["WORKING", "Attempts", "clear_attempts"]

WORKING = ".working"
"""Folder of the notes; empty when no shard is being measured."""

ENOUGH = 2
"""A picture that ended its process this often is left behind."""


@dataclass(slots=True)
class Attempts:
    """How often each picture of a shard ended the process that measured it.

    Attributes
    ----------
    path : Path
        Where it is noted.
    deaths : dict of place in the shard to int
    """

    path: Path
    deaths: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, directory: Path, shard_id: str) -> Attempts:
        """Return what is noted of a shard; a picture still in hand has ended a process."""
        attempts = cls(directory / WORKING / f"{shard_id}.json")
        try:
            noted = json.loads(attempts.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # never tried, or ended while noting
            return attempts
        attempts.deaths = {int(place): count for place, count in noted["deaths"].items()}
        in_hand = noted["in_hand"]
        attempts.deaths[in_hand] = attempts.deaths.get(in_hand, 0) + 1
        return attempts

    def is_hopeless(self, place: int) -> bool:
        """Return whether a picture has ended enough processes."""
        return self.deaths.get(place, 0) >= ENOUGH

    def take(self, place: int) -> None:
        """Note that a picture is in hand."""
        self.path.parent.mkdir(exist_ok=True)
        noted = {"in_hand": place, "deaths": self.deaths}
        self.path.write_text(json.dumps(noted), encoding="utf-8")

    def done(self) -> None:
        """Forget the shard: it is written."""
        self.path.unlink(missing_ok=True)


def clear_attempts(directory: Path) -> None:
    """Forget all shards: processes that were stopped from outside had innocent ones in hand."""
    shutil.rmtree(directory / WORKING, ignore_errors=True)
