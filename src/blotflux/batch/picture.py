"""One picture of a batch: measured, or an error row that says why not."""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blotflux import __version__
from blotflux.batch.recipe import Digest, Recipe, digest_of
from blotflux.errors import BlotError, OutputError
from blotflux.findings import Severity
from blotflux.report.pictures import pictures_of_quantify
from blotflux.study.quantify_file import QuantifiedImage, Task, quantify_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from blotflux.batch.sources import Item

__all__ = ["Job", "Outcome", "crashed", "measure", "read_digest"]

# What a network or a disk says that has gone away, as opposed to one file that is not there.
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
    roots : tuple of str
        Sources that are folders; where one has gone, its pictures are not at fault.
    """

    directory: Path
    start: Path
    recipe: Recipe
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one picture.

    Attributes
    ----------
    row : dict
        Its row of the table ``images``.
    images : tuple of QuantifiedImage
        Its channels and pages.
    """

    row: Row
    images: tuple[QuantifiedImage, ...] = ()


def read_digest(item: Item, job: Job) -> Digest:
    """Return the digest of a picture; an empty one where the file cannot be read.

    Raises
    ------
    OutputError
        If the folder it came from is not there any more, or its disk or network has gone.
    """
    try:
        return digest_of(job.start / item.path, ignore_corrections=job.recipe.ignore_corrections)
    except OSError as error:
        lost = next((root for root in job.roots if not (job.start / root).exists()), None)
        if error.errno in GONE or lost is not None:
            where = lost or item.path
            message = (
                f"{where}: cannot be reached any more ({error.strerror}); connect it again and go "
                "on with --resume"
            )
            raise OutputError(message) from error
        return Digest()


def measure(item: Item, digest: Digest, job: Job) -> Outcome:
    """Return a picture measured; whatever goes wrong becomes a row with status ``error``."""
    recipe = job.recipe
    task = Task(
        path=job.start / item.path,
        directory=job.start,
        name=item.name,
        options=recipe.options,
        quantifier=recipe.quantifier,
        ignore_corrections=recipe.ignore_corrections,
    )
    started = time.perf_counter()
    images: tuple[QuantifiedImage, ...] = ()
    error = ""
    try:
        images = tuple(quantify_file(task))
    except Exception as problem:
        error = _one_line(problem, item.name)
    row = _row(item, digest, recipe) | {
        "status": "error" if error else "ok",
        "error": error,
        "seconds": time.perf_counter() - started,
    }
    return Outcome(row=row if error else row | _counts(images), images=images)


def crashed(item: Item, digest: Digest, recipe: Recipe) -> Outcome:
    """Return the outcome of a picture that ended its process twice."""
    row = _row(item, digest, recipe) | {
        "status": "crash",
        "error": "measuring it ended its process twice (out of memory, or a damaged file?)",
    }
    return Outcome(row=row)


def _row(item: Item, digest: Digest, recipe: Recipe) -> Row:
    return {
        "image": item.name,
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


def _counts(images: Sequence[QuantifiedImage]) -> Row:
    measured = [image.measurement for image in images]
    lanes = [lane for one in measured for lane in one.lanes]
    found = {finding.severity for one in pictures_of_quantify(images) for finding in one.findings}
    return {
        "n_planes": len(measured),
        "n_lanes": len(lanes),
        "n_bands": sum(band.detected for one in measured for band in one.bands),
        "lowest_confidence": min((lane.confidence for lane in lanes), default=None),
        "worst_qc": next((str(severity) for severity in SEVERITIES if severity in found), ""),
    }
