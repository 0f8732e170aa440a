"""How far a batch has come, and which files it left out."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from blotflux.batch.sources import walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from blotflux.batch.shard import Done

__all__ = ["Meter", "Progress", "Skipped"]

Progress = Callable[[int, int | None], None]

IN_MEMORY_BYTES = 1_000_000


class Meter:
    """Counts pictures for whoever shows the progress.

    Parameters
    ----------
    sources : sequence of str
        Walked a second time, beside the work, where the number of pictures is not known.
    total : int or None
    progress : callable or None
        Called with (done, total) after each picture.
    """

    def __init__(
        self, sources: Sequence[str], total: int | None, progress: Progress | None
    ) -> None:
        self._total = total
        self._progress = progress
        self._finished = 0
        self._in_hand = 0
        if total is None and progress is not None:
            threading.Thread(target=self._count, args=(sources,), daemon=True).start()

    def _count(self, sources: Sequence[str]) -> None:
        self._total = sum(1 for _ in walk(sources))

    def tick(self, pictures: int) -> None:
        """Count pictures of shards that are not finished."""
        self._in_hand += pictures
        self._show()

    def finish(self, done: Done) -> None:
        """Count a shard; its pictures were ticked off before, but for those of a cluster."""
        self._finished += done.images
        self._in_hand = max(0, self._in_hand - done.images)
        self._show()

    def _show(self) -> None:
        if self._progress is not None:
            done = self._finished + self._in_hand
            self._progress(done if self._total is None else min(done, self._total), self._total)


class Skipped:
    """The names of files that no reader knows; on disk once they are many."""

    def __init__(self) -> None:
        self.count = 0
        self._names = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by __exit__
            max_size=IN_MEMORY_BYTES, mode="w+", encoding="utf-8", newline="\n"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._names.close()

    def add(self, name: str) -> None:
        """Note a file."""
        self.count += 1
        self._names.write(f"{name}\n")

    def save(self, path: Path) -> None:
        """Write the names to a file, a line each; no file where there are none."""
        if not self.count:
            path.unlink(missing_ok=True)
            return
        self._names.seek(0)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            shutil.copyfileobj(self._names, file)
