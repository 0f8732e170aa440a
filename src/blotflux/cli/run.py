"""``blotflux run``: a study from its pictures to its report."""

from __future__ import annotations

import typer

from blotflux.cli.ending import FAILED, OK
from blotflux.cli.options import (
    Dask,
    Debug,
    Force,
    IgnoreCorrections,
    Json,
    Output,
    Quiet,
    StudyFile,
    Workers,
)
from blotflux.cli.screen import Screen

__all__ = ["add_to", "run"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Measure a study's pictures, analyze them, write a report.",
        epilog="Example: blotflux run study.toml --workers 4",
    )(run)


def run(
    study: StudyFile,
    output: Output = None,
    workers: Workers = 1,
    dask: Dask = "",
    force: Force = False,
    ignore_corrections: IgnoreCorrections = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Measure every picture of a study, carry out its analyses and write the report.

    Writes tables, overlays, figures and report.html to results/ beside the study, or to DIR.
    """
    from blotflux.api import read_study
    from blotflux.cli.answers import answer_json, answer_lines
    from blotflux.errors import ImageReadError
    from blotflux.output import require_free

    screen = Screen(quiet=quiet, as_json=as_json)
    results = output if output is not None else study.parent / "results"
    opened = read_study(study)
    require_free(results, force=force)
    with screen.progress("measuring") as step:
        answer = opened.run(
            workers=workers, dask=dask, progress=step, ignore_corrections=ignore_corrections
        )
    failures = answer.outcome.failures
    if failures and not answer.outcome.images:
        raise ImageReadError("\n".join(failure.message for failure in failures))
    answer.write(results, force=force)
    for line in answer_lines(answer):
        screen.say(line)
    screen.say(f"  Report: {results / 'report.html'}")
    screen.give(answer_json(answer, results))
    return FAILED if failures else OK
