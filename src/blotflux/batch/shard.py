"""One shard, measured and written: the same function for every engine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from blotflux.batch.attempts import Attempts
from blotflux.batch.layout import IMAGES, PARTS, is_complete
from blotflux.batch.parts import only_images, read_part, schema_of, to_arrow, write_part
from blotflux.batch.picture import Job, Outcome, crashed, measure, read_digest
from blotflux.batch.recipe import Digest, Recipe, part_key
from blotflux.report.frames import frame
from blotflux.report.tables import quantify_tables
from blotflux.study.measuring import prepare_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from blotflux.batch.sharding import Shard

__all__ = ["Done", "Job", "process_shard"]


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
        Those measured now that have status error or crash.
    seconds, measuring : float
        Of the whole shard, and of measuring alone.
    """

    key: str
    images: int
    measured: int = 0
    bad: int = 0
    seconds: float = 0.0
    measuring: float = 0.0


def process_shard(shard: Shard, job: Job, tell: Callable[[], None] | None = None) -> Done:
    """Measure what is missing of a shard and write its part.

    Parameters
    ----------
    shard : Shard
    job : Job
    tell : callable, optional
        Called after each picture.

    Raises
    ------
    OutputError
        If the pictures cannot be reached any more.
    OSError
        If the part cannot be written.
    """
    started = time.perf_counter()
    prepare_process()
    digests = [read_digest(item, job) for item in shard.items]
    names = [item.name for item in shard.items]
    key = part_key(job.recipe.key, zip(names, digests, strict=True))
    if is_complete(job.directory, key):
        return Done(key=key, images=len(names))
    kept = _kept(shard, job, dict(zip(names, digests, strict=True)))
    there = {name for tables in kept for name in tables[IMAGES.name]["image"].to_pylist()}
    missing = [place for place, name in enumerate(names) if name not in there]
    outcomes = _measure(shard, job, digests, missing, tell)
    write_part(job.directory, key, _together([*kept, _tables(outcomes)]))
    Attempts.of(job.directory, shard.id).done()
    return Done(
        key=key,
        images=len(names),
        measured=len(missing),
        bad=sum(outcome.row["status"] != "ok" for outcome in outcomes),
        seconds=time.perf_counter() - started,
        measuring=sum(outcome.row.get("seconds", 0.0) for outcome in outcomes),
    )


def _measure(
    shard: Shard,
    job: Job,
    digests: Sequence[Digest],
    places: Iterable[int],
    tell: Callable[[], None] | None,
) -> list[Outcome]:
    """Return the outcomes of some pictures; those that ended a process before come first."""
    attempts = Attempts.of(job.directory, shard.id)
    outcomes = []
    for place in sorted(places, key=lambda place: -attempts.deaths.get(place, 0)):
        item, digest = shard.items[place], digests[place]
        if attempts.is_hopeless(place):
            outcomes.append(crashed(item, digest, job.recipe))
        else:
            attempts.take(place)
            outcomes.append(measure(item, digest, job))
        if tell is not None:
            tell()
    return outcomes


def _tables(outcomes: Sequence[Outcome]) -> dict[str, pa.Table]:
    frames = quantify_tables([image for outcome in outcomes for image in outcome.images])
    frames[IMAGES.name] = frame(IMAGES, [outcome.row for outcome in outcomes])
    return {name: to_arrow(table, frames[name]) for name, table in PARTS.items()}


def _kept(shard: Shard, job: Job, digests: dict[str, Digest]) -> list[dict[str, pa.Table]]:
    """Return what an earlier run measured of the same content in the same way."""
    kept: list[dict[str, pa.Table]] = []
    wanted = dict(digests)
    for key in shard.earlier:
        rows = read_part(job.directory, IMAGES.name, key).to_pylist()
        names = [row["image"] for row in rows if _is_same(row, wanted, job.recipe)]
        for name in names:
            del wanted[name]
        if names:
            kept.append(
                {table: only_images(read_part(job.directory, table, key), names) for table in PARTS}
            )
    return kept


def _is_same(row: dict[str, Any], wanted: dict[str, Digest], recipe: Recipe) -> bool:
    digest = Digest(row["sha256"], row["beside_sha256"])
    return row["recipe"] == recipe.key and wanted.get(row["image"]) == digest


def _together(pieces: Sequence[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """Return the tables of all pieces, in the order of their keys."""
    joined = {}
    for name, table in PARTS.items():
        rows = pa.concat_tables([piece[name].cast(schema_of(table)) for piece in pieces])
        joined[name] = _sorted(rows, name) if len(pieces) > 1 else rows
    return joined


def _sorted(rows: pa.Table, name: str) -> pa.Table:
    table = PARTS[name]
    return to_arrow(table, frame(table, rows.to_pylist()))
