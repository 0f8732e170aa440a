"""``blotflux batch``: thousands of pictures into one data set."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blotflux.cli.ending import FAILED, OK, tell
from blotflux.cli.options import Dask, Debug, Force, IgnoreCorrections, Json, Quiet
from blotflux.cli.quantify import Channel, Lanes, Page, Polarity, Targets
from blotflux.cli.screen import Screen
from blotflux.engine.limit import SECONDS_PER_PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blotflux.batch.run import BatchOutcome

    Step = Callable[[int, int | None], None]

__all__ = ["add_to", "batch"]

SECONDS_BETWEEN_LINES = 10.0

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE", help="Folders, globs, pictures, or a file with a path a line."
    ),
]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")]
Workers = Annotated[
    int, typer.Option("--workers", min=0, metavar="N", help="Processes; 0: one for each core.")
]
Limit = Annotated[
    float,
    typer.Option(
        "--time-limit", min=0, metavar="SECONDS", help="Give up a picture after this; 0: never."
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the data set in DIR.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Measure thousands of pictures into one data set.",
        epilog="Example: blotflux batch scans/ -o dataset --workers 8",
    )(batch)


def batch(
    sources: Sources,
    output: Folder,
    workers: Workers = 0,
    dask: Dask = "",
    resume: Resume = False,
    time_limit: Limit = SECONDS_PER_PICTURE,
    lanes: Lanes = None,
    targets: Targets = "",
    polarity: Polarity = "auto",
    channel: Channel = None,
    page: Page = None,
    force: Force = False,
    ignore_corrections: IgnoreCorrections = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Measure every picture of folders, globs or lists into one Parquet data set.

    Writes bands/, lanes/, qc/ and images/, and contact_sheet.html with what needs a look.
    """
    from blotflux.engine.extra import require_extra

    require_extra("pyarrow", *(["distributed"] if dask else []))
    from blotflux.batch.recipe import Recipe
    from blotflux.batch.run import BatchRequest, run_batch
    from blotflux.study.quantify_file import QuantifyOptions

    screen = Screen(quiet=quiet, as_json=as_json)
    options = QuantifyOptions(
        lanes=lanes,
        targets=tuple(name.strip() for name in targets.split(",") if name.strip()),
        polarity=polarity,
        channel=channel,
        page=page,
    )
    request = BatchRequest(
        sources=tuple(sources),
        directory=output,
        recipe=Recipe(options=options, ignore_corrections=ignore_corrections),
        workers=workers,
        dask=dask,
        seconds_per_picture=time_limit,
        resume=resume,
        force=force,
    )
    try:
        with _progress(quiet=quiet) as step:
            outcome = run_batch(request, progress=step)
    except KeyboardInterrupt:
        tell(f"{output}: stopped; all complete parts are kept, go on with --resume")
        raise
    _show(screen, outcome, output)
    return FAILED if outcome.summary.bad else OK


def _show(screen: Screen, outcome: BatchOutcome, output: Path) -> None:
    summary, tally = outcome.summary, outcome.tally
    rows = {
        "images": summary.images,
        **{f"  {status}": count for status, count in summary.status.items()},
        "measured now": tally.measured,
        "lanes": summary.lanes,
        "bands": summary.bands,
        "need a look": summary.n_looks,
        "skipped files": tally.skipped,
        "seconds": round(outcome.seconds, 1),
    }
    for name, value in rows.items():
        screen.say(f"{name:<15}{value:>12}")
    if tally.skipped:
        screen.say(f"Skipped, as no reader knows their extension: {output / 'skipped.txt'}")
    screen.say(f"Data set: {output}; to be looked at: {output / 'contact_sheet.html'}")
    screen.give(
        {
            "results": str(output),
            "contact_sheet": str(output / "contact_sheet.html"),
            "images": summary.images,
            "status": summary.status,
            "qc": summary.qc,
            "lanes": summary.lanes,
            "bands": summary.bands,
            "measured": tally.measured,
            "skipped": tally.skipped,
            "seconds": outcome.seconds,
        }
    )
    if summary.bad:
        tell(
            f"{summary.bad} of {summary.images} pictures could not be measured (table images has "
            f"all of them), the first: {summary.first_error}"
        )


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Step | None]:
    """Yield what shows the progress: a bar on a terminal, a line now and then elsewhere."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as step:
            yield step
    else:
        yield _Lines()


class _Lines:
    """A line every few seconds, with rate and time left."""

    def __init__(self) -> None:
        self._started = self._last = time.monotonic()
        self._ended = False

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        is_end = done == total and not self._ended
        if now - self._last < SECONDS_BETWEEN_LINES and not is_end:
            return
        self._ended = done == total
        self._last = now
        rate = done / max(now - self._started, 1e-9)
        left = "" if total is None or not rate else f", {(total - done) / rate:.0f} s left"
        known = "" if total is None else f"/{total}"
        typer.echo(f"measuring {done}{known} images, {rate:.1f} images/s{left}", err=True)


@contextmanager
def _bar() -> Iterator[Step]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (
        TextColumn("measuring"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeLeft(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")

        def step(done: int, total: int | None) -> None:
            speed = bar.tasks[0].speed
            rate = "" if speed is None else f"{speed:.1f} images/s"
            bar.update(task, completed=done, total=total, rate=rate)

        yield step
