"""A batch from its sources to its data set."""

from __future__ import annotations

import functools
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.batch.attempts import clear_attempts
from blotflux.batch.folder import CONTACT_SHEET, SKIPPED, data_set, write_record
from blotflux.batch.layout import remove_unfinished
from blotflux.batch.meter import Meter, Skipped
from blotflux.batch.recipe import Recipe
from blotflux.batch.sharding import cut, look_ahead
from blotflux.batch.sources import require_sources, walk
from blotflux.engine.extra import require_extra
from blotflux.engine.limit import SECONDS_PER_PICTURE
from blotflux.engine.work import Engine, Work, carry
from blotflux.errors import ImageReadError, OutputError
from blotflux.study.provenance import describe_parameters, versions

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from blotflux.batch.folder import Opened
    from blotflux.batch.index import EarlierParts
    from blotflux.batch.meter import Progress
    from blotflux.batch.shard import Done
    from blotflux.batch.sharding import Shard
    from blotflux.batch.summary import Summary

__all__ = ["BatchOutcome", "BatchRequest", "Tally", "run_batch"]


@dataclass(frozen=True, kw_only=True)
class BatchRequest:
    """What is to be measured, how, and where the data set goes.

    Attributes
    ----------
    sources : tuple of str
        As in `blotflux.batch.sources.walk`.
    directory : Path
    recipe : Recipe
    workers : int
        Processes on this machine; 0: one for each core.
    dask : str
        Address of a dask scheduler, or ``local``; empty: no dask.
    seconds_per_picture : float
        One that takes longer is left behind with status ``timeout``; 0: no limit.
    resume, force : bool
        Go on with the data set that is there, or replace it.
    """

    sources: tuple[str, ...]
    directory: Path
    recipe: Recipe = field(default_factory=Recipe)
    workers: int = 0
    dask: str = ""
    seconds_per_picture: float = SECONDS_PER_PICTURE
    resume: bool = False
    force: bool = False


@dataclass(slots=True)
class Tally:
    """What a run did, as it goes on.

    Attributes
    ----------
    images, measured, bad, shards : int
        Images seen; measured in this run; of these not ok; shards done.
    measuring, working : float
        Seconds of reading and measuring alone, and of all that workers did, by the clock.
    measuring_cpu, working_cpu : float
        The same in core-seconds.
    skipped : int
        Files that no reader knows.
    """

    images: int = 0
    measured: int = 0
    bad: int = 0
    shards: int = 0
    measuring: float = 0.0
    working: float = 0.0
    measuring_cpu: float = 0.0
    working_cpu: float = 0.0
    skipped: int = 0

    def add(self, done: Done) -> None:
        """Count a shard."""
        self.images += done.images
        self.measured += done.measured
        self.bad += done.bad
        self.shards += 1
        self.measuring += done.measuring
        self.working += done.seconds
        self.measuring_cpu += done.measuring_cpu
        self.working_cpu += done.cpu


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """A finished batch.

    Attributes
    ----------
    summary : Summary
        Of the whole data set.
    tally : Tally
        Of this run.
    seconds : float
    """

    summary: Summary
    tally: Tally
    seconds: float


def run_batch(request: BatchRequest, *, progress: Progress | None = None) -> BatchOutcome:
    """Measure every picture of the sources into a Parquet data set.

    Parameters
    ----------
    request : BatchRequest
    progress : callable, optional
        Called with (done, total) after each picture; total is None where it is not known.

    Raises
    ------
    OutputError
        If the folder may not be written to, the disk is full or a network folder has gone; what
        is complete stays, and the message says how to go on.
    StudyError
        If a source is not there.
    ImageReadError
        If there is no picture at all.
    """
    require_extra("pyarrow")
    require_sources(request.sources)
    started = time.perf_counter()
    with _told_how_to_go_on(request.directory), Skipped() as skipped:
        total, size, items = look_ahead(walk(request.sources, skipped.add))
        if total == 0:
            message = (
                f"{', '.join(request.sources)}: no picture that a reader knows "
                f"({skipped.count} other files); nothing was written"
            )
            raise ImageReadError(message)
        meter = Meter(request.sources, total, progress)
        with data_set(request.directory, resume=request.resume, force=request.force) as opened:
            tally = _measure(request, cut(items, size), opened, meter)
            tally.skipped = skipped.count
            skipped.save(request.directory / SKIPPED)
            summary = _finish(request, tally, started)
    return BatchOutcome(summary=summary, tally=tally, seconds=time.perf_counter() - started)


def _measure(request: BatchRequest, shards: Iterator[Shard], opened: Opened, meter: Meter) -> Tally:
    from blotflux.batch.index import EarlierParts

    tally = Tally()
    write_record(request.directory, _record(request))
    earlier = EarlierParts(request.directory) if opened.resumed else None
    with closing(_carry(request, _with_earlier(shards, earlier), opened, meter)) as carried:
        for shard, done in carried:
            tally.add(done)
            meter.finish(done)
            if earlier is not None:
                earlier.is_now_in(shard, done.key)
    if earlier is not None:
        earlier.prune()
    return tally


def _with_earlier(shards: Iterator[Shard], earlier: EarlierParts | None) -> Iterator[Shard]:
    """Yield shards that know which earlier parts hold their pictures."""
    if earlier is None:
        yield from shards
        return
    for shard in shards:
        yield shard.with_earlier(earlier.parts_of(shard))


def _carry(
    request: BatchRequest, shards: Iterator[Shard], opened: Opened, meter: Meter
) -> Generator[tuple[Shard, Done]]:
    """Yield shards as the engine that was asked for has done them."""
    from blotflux.batch.shard import Job, process_shard

    job = Job(
        directory=request.directory.absolute(),
        start=Path.cwd(),
        recipe=request.recipe,
        run=opened.run,
        seconds=request.seconds_per_picture,
    )
    work = Work(do=functools.partial(process_shard, job=job), lost=require_progress)
    engine = Engine(workers=request.workers, dask=request.dask, go_on="go on with --resume")
    yield from carry(shards, work, engine, meter.tick)


SPARE_ATTEMPTS = 5
"""How often a shard may end its process beyond three times for each of its pictures."""


def require_progress(shard: Shard, times: int) -> None:
    """Check that a shard has not ended more processes than its pictures can explain.

    Raises
    ------
    OutputError
        If it has: then it is not a picture that ends them.
    """
    if times > 3 * len(shard.items) + SPARE_ATTEMPTS:
        message = (
            f"{shard.items[0].name} and the {len(shard.items) - 1} pictures after it: their "
            f"process ended {times} times (out of memory?); free memory or use fewer workers, "
            "and go on with --resume"
        )
        raise OutputError(message)


def _finish(request: BatchRequest, tally: Tally, started: float) -> Summary:
    """Write the contact sheet and the final record; return the summary of the data set."""
    from blotflux.batch.contact import contact_sheet
    from blotflux.batch.summary import summarize

    clear_attempts(request.directory)
    remove_unfinished(request.directory)
    low = request.recipe.options.parameters.lane_confidence_low
    summary = summarize(request.directory, confidence_low=low)
    sheet = request.directory / CONTACT_SHEET
    sheet.write_text(contact_sheet(summary), encoding="utf-8", newline="\n")
    told = {
        **_record(request),
        "images": summary.images,
        "status": summary.status,
        "skipped": tally.skipped,
        "timings": {
            "total_s": time.perf_counter() - started,
            "measuring_s": tally.measuring,
            "working_s": tally.working,
            "measuring_cpu_s": tally.measuring_cpu,
            "working_cpu_s": tally.working_cpu,
        },
    }
    write_record(request.directory, told, complete=True)
    return summary


def _record(request: BatchRequest) -> dict[str, Any]:
    options = request.recipe.options
    return {
        "versions": versions(),
        "sources": list(request.sources),
        "recipe": request.recipe.key,
        "options": {
            "lanes": options.lanes,
            "targets": list(options.targets),
            "polarity": options.polarity,
            "channel": options.channel,
            "page": options.page,
            "ignore_corrections": request.recipe.ignore_corrections,
        },
        "seconds_per_picture": request.seconds_per_picture,
        **describe_parameters(options.parameters),
    }


@contextmanager
def _told_how_to_go_on(directory: Path) -> Iterator[None]:
    """Turn what the system refuses into one line that says how to go on."""
    try:
        yield
    except OSError as error:
        where = error.filename or directory
        why = error.strerror or " ".join(str(error).split()) or type(error).__name__
        message = (
            f"{where}: {why}; stopped, all complete parts are kept: free space or mend the "
            "connection, then run the same command with --resume"
        )
        raise OutputError(message) from error
