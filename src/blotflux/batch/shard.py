"""One shard, measured and written: the same function for every engine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from blotflux.batch.attempts import Attempts
from blotflux.batch.layout import IMAGES, PARTS, is_complete
from blotflux.batch.lock import require_current
from blotflux.batch.parts import only_images, read_part, to_arrow, write_part
from blotflux.batch.picture import Job, Outcome, give_up, measure, read_digest
from blotflux.batch.recipe import Digest, part_key
from blotflux.study.measuring import prepare_process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from blotflux.batch.sharding import Shard
    from blotflux.batch.sources import Item

__all__ = ["Done", "Job", "process_shard"]

MACHINES_FAULT = frozenset({"crash", "timeout"})
"""Status of pictures that are tried again by a later run, which may have more memory or time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a shard.

    Attributes
    ----------
    key : str
        Of its part.
    images : int
    measured : int
        Those that were not there from an earlier run.
    bad : int
        Those measured now whose status is not ok.
    seconds, cpu : float
        Of the whole shard, by the clock and of the core.
    measuring, measuring_cpu : float
        Of reading and measuring alone.
    """

    key: str
    images: int
    measured: int = 0
    bad: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    measuring: float = 0.0
    measuring_cpu: float = 0.0


@dataclass(slots=True)
class _Progress:
    """What is known of a shard's pictures so far.

    Attributes
    ----------
    earlier : dict of name to (Digest, part)
        What an earlier run measured in the same way.
    digests : dict of name to Digest
    kept : dict of part to names
    outcomes : list of Outcome
    """

    earlier: dict[str, tuple[Digest, str]]
    digests: dict[str, Digest] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def is_kept(self, item: Item, job: Job) -> bool:
        """Return whether an earlier run has measured the same content, and note that."""
        if item.name not in self.earlier:
            return False
        digest, part = self.earlier[item.name]
        if read_digest(item, job) != digest:
            return False
        self.digests[item.name] = digest
        self.kept.setdefault(part, []).append(item.name)
        return True

    def add(self, item: Item, outcome: Outcome) -> None:
        """Note what became of a picture."""
        self.digests[item.name] = outcome.digest
        self.outcomes.append(outcome)


def process_shard(shard: Shard, step: Callable[[], None], *, job: Job) -> Done:
    """Measure what is missing of a shard and write its part.

    Parameters
    ----------
    shard : Shard
    step : callable
        Called after each picture.
    job : Job

    Raises
    ------
    OutputError
        If the pictures cannot be reached any more, or a later run holds the folder.
    OSError
        If the part cannot be written.
    """
    started, cpu = time.perf_counter(), time.thread_time()
    prepare_process()
    require_current(job.directory, job.run)
    progress = _Progress(_measured_before(shard, job))
    with Attempts.of(job.directory, shard.id) as attempts:
        for place in sorted(
            range(len(shard.items)), key=lambda place: not attempts.suspects(place)
        ):
            _see(shard.items[place], place, attempts, progress, job)
            step()
        pictures = [(item.name, progress.digests[item.name]) for item in shard.items]
        key = part_key(job.recipe.key, pictures)
        if progress.outcomes or [*progress.kept] != [key] or not is_complete(job.directory, key):
            tables = _tables(progress, job)
            require_current(job.directory, job.run)
            write_part(job.directory, key, tables, anew=key in shard.earlier)
    rows = [outcome.row for outcome in progress.outcomes]
    return Done(
        key=key,
        images=len(shard.items),
        measured=len(rows),
        bad=sum(row["status"] != "ok" for row in rows),
        seconds=time.perf_counter() - started,
        cpu=time.thread_time() - cpu,
        measuring=sum(row.get("seconds", 0.0) for row in rows),
        measuring_cpu=sum(outcome.cpu for outcome in progress.outcomes),
    )


def _see(item: Item, place: int, attempts: Attempts, progress: _Progress, job: Job) -> None:
    """Keep one picture as it was, measure it, or leave it behind."""
    if attempts.must_not_be_touched(place):
        progress.add(item, give_up(item, Digest(), job, late=attempts.is_late(place)))
        return
    with attempts.take(place, job.seconds):
        if progress.is_kept(item, job):
            return
        if attempts.is_hopeless(place):
            digest = read_digest(item, job)
            progress.add(item, give_up(item, digest, job, late=attempts.is_late(place)))
        else:
            progress.add(item, measure(item, job))


def _measured_before(shard: Shard, job: Job) -> dict[str, tuple[Digest, str]]:
    """Return what earlier parts have of a shard's pictures that was measured in the same way."""
    names = {item.name for item in shard.items}
    found = {}
    for key in shard.earlier:
        for row in read_part(job.directory, IMAGES.name, key, columns=_IDENTITY).to_pylist():
            if row["image"] in names and _counts_still(row, job):
                found[row["image"]] = (Digest(row["sha256"], row["beside_sha256"]), key)
    return found


_IDENTITY = ["image", "status", "sha256", "beside_sha256", "recipe"]


def _counts_still(row: dict[str, Any], job: Job) -> bool:
    return row["recipe"] == job.recipe.key and row["status"] not in MACHINES_FAULT


def _tables(progress: _Progress, job: Job) -> dict[str, pa.Table]:
    """Return the tables of a shard: what was measured now, and what is kept."""
    outcomes = progress.outcomes
    rows: dict[str, list[dict[str, Any]]] = {
        name: [row for outcome in outcomes for row in outcome.rows.get(name, ())] for name in PARTS
    }
    rows[IMAGES.name] = [outcome.row for outcome in outcomes]
    for key, names in progress.kept.items():
        for name in PARTS:
            rows[name] += _rows_of(job, name, key, names)
    return {name: to_arrow(table, rows[name]) for name, table in PARTS.items()}


def _rows_of(job: Job, table: str, key: str, names: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = only_images(
        read_part(job.directory, table, key), names
    ).to_pylist()
    return rows
