"""One picture of a batch: measured, or a row that says why not."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blotflux import __version__
from blotflux.batch.recipe import Digest, Recipe, beside_of, digest_of
from blotflux.errors import BlotError, OutputError
from blotflux.findings import Severity
from blotflux.report.pictures import pictures_of_quantify
from blotflux.report.tables import quantify_rows
from blotflux.study.quantify_file import Task, quantify_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from blotflux.batch.sources import Item
    from blotflux.report.pictures import Picture
    from blotflux.study.quantify_file import QuantifiedImage

__all__ = ["Job", "Outcome", "give_up", "measure", "read_digest"]

# What a network or a disk says that has gone away, or a system that has no room left for open
# files, as opposed to one file that is not there.
GONE = frozenset(
    {
        errno.EIO,
        errno.ESTALE,
        errno.ENOTCONN,
        errno.ETIMEDOUT,
        errno.EHOSTUNREACH,
        errno.EHOSTDOWN,
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.ENXIO,
        errno.ENODEV,
        errno.EMFILE,
        errno.ENFILE,
    }
)
SEVERITIES = (Severity.FAIL, Severity.WARN, Severity.INFO)
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all shards of a run have in common.

    Attributes
    ----------
    directory : Path
        Of the data set.
    start : Path
        The folder that relative paths start from; the same on every machine.
    recipe : Recipe
    run : str
        Name of the run that holds the folder; empty: it is not asked who holds it.
    seconds : float
        A picture that takes longer ends its process and is left behind; 0: no limit.
    """

    directory: Path
    start: Path
    recipe: Recipe
    run: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one picture; rows only, as its pixels would fill the memory.

    Attributes
    ----------
    digest : Digest
    row : dict
        Its row of the table ``images``.
    rows : mapping of table name to rows
        Of its bands, lanes and findings.
    cpu : float
        Core-seconds of reading and measuring.
    """

    digest: Digest
    row: Row
    rows: dict[str, list[Row]]
    cpu: float = 0.0


def read_digest(item: Item, job: Job) -> Digest:
    """Return the digest of a picture; an empty one where the file cannot be read.

    Raises
    ------
    OutputError
        If its folder is not there any more, or its disk or network has gone.
    """
    try:
        return digest_of(job.start / item.path, ignore_corrections=job.recipe.ignore_corrections)
    except OSError as error:
        _require_reachable(item, job, error)
        return Digest()


def measure(item: Item, job: Job) -> Outcome:
    """Return a picture measured; whatever goes wrong with it becomes a row that says so.

    Raises
    ------
    OutputError
        As `read_digest`.
    """
    recipe = job.recipe
    task = Task(
        path=job.start / item.path,
        directory=job.start,
        name=item.name,
        options=recipe.options,
        quantifier=recipe.quantifier,
        ignore_corrections=recipe.ignore_corrections,
    )
    started, cpu = time.perf_counter(), time.thread_time()
    images: tuple[QuantifiedImage, ...] = ()
    trouble: Exception | None = None
    try:
        images = tuple(quantify_file(task))
    except Exception as problem:
        _require_reachable(item, job, problem)
        trouble = problem
    took = {"seconds": time.perf_counter() - started}
    cpu = time.thread_time() - cpu
    if trouble is not None:
        status = "crash" if isinstance(trouble, MemoryError) else "error"
        digest = read_digest(item, job)
        row = _row(item, digest, recipe, status, _one_line(trouble, item.name)) | took
        return Outcome(digest=digest, row=row, rows={}, cpu=cpu)
    digest = _digest_of_measured(images, item, job)
    pictures = pictures_of_quantify(images)
    row = _row(item, digest, recipe, "ok", "") | took | _counts(pictures)
    return Outcome(digest=digest, row=row, rows=quantify_rows(pictures), cpu=cpu)


def _digest_of_measured(images: Sequence[QuantifiedImage], item: Item, job: Job) -> Digest:
    """Return the digest of the very bytes that were measured; they are not read again."""
    sha256 = next((image.measurement.blot.source.sha256 for image in images), "")
    if not sha256:
        return read_digest(item, job)
    path = job.start / item.path
    return Digest(sha256, beside_of(path, ignore_corrections=job.recipe.ignore_corrections))


def give_up(item: Item, digest: Digest, job: Job, *, late: bool) -> Outcome:
    """Return the outcome of a picture that ended its process."""
    status, why = "crash", "measuring it ended its process twice (out of memory, a damaged file?)"
    if late:
        status = "timeout"
        why = f"it took longer than {job.seconds:g} s; try it by itself, or give a longer time"
    return Outcome(digest=digest, row=_row(item, digest, job.recipe, status, why), rows={})


def _row(item: Item, digest: Digest, recipe: Recipe, status: str, error: str) -> Row:
    return {
        "image": item.name,
        "status": status,
        "error": error,
        "sha256": digest.sha256,
        "beside_sha256": digest.beside,
        "version": __version__,
        "versions": recipe.versions,
        "recipe": recipe.key,
    }


def _one_line(problem: Exception, name: str) -> str:
    words = " ".join(str(problem).split()) or "no message"
    if isinstance(problem, BlotError):
        return words.removeprefix(f"{name}: ")
    return f"{type(problem).__name__}: {words}"


def _counts(pictures: Sequence[Picture]) -> Row:
    measured = [picture.measurement for picture in pictures]
    lanes = [lane for one in measured for lane in one.lanes]
    found = {finding.severity for picture in pictures for finding in picture.findings}
    return {
        "n_planes": len(measured),
        "n_lanes": len(lanes),
        "n_bands": sum(band.detected for one in measured for band in one.bands),
        "lowest_confidence": min((lane.confidence for lane in lanes), default=None),
        "worst_qc": next((str(severity) for severity in SEVERITIES if severity in found), ""),
    }


# ---------------------------------------------------------------- folders that go away


def _require_reachable(item: Item, job: Job, problem: BaseException) -> None:
    """Check that what went wrong is the picture's own trouble.

    Raises
    ------
    OutputError
        If its disk, network or folder has gone: then all that follow would fail too.
    """
    errors = [error for error in _causes(problem) if isinstance(error, OSError)]
    if not errors:
        return
    folder = (job.start / item.path).parent
    gone = next((error for error in errors if error.errno in GONE), None)
    if gone is None and _has_files(folder):
        return
    why = (gone or errors[0]).strerror or type(errors[0]).__name__
    message = (
        f"{item.path if gone else folder}: cannot be reached any more ({why}); connect it again "
        "and go on with --resume"
    )
    raise OutputError(message) from problem


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__


def _has_files(folder: Path) -> bool:
    """Return whether a folder is there and not as empty as one that lost its network."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
