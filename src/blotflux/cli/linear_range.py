"""``blotflux linear-range``: between which amounts a signal is proportional to protein."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blotflux.cli.options import Debug, Force, Json, Quiet, StudyFile, Workers
from blotflux.cli.screen import Screen

if TYPE_CHECKING:
    from blotflux.analysis.linear_range import LinearRange

__all__ = ["add_to", "linear_range"]

RangeFile = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Keep the ranges in a JSON file."),
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "linear-range",
        short_help="Find where a signal is proportional to protein.",
        epilog="Example: blotflux linear-range study.toml -o ranges.json",
    )(linear_range)


def linear_range(
    study: StudyFile,
    output: RangeFile = None,
    workers: Workers = 1,
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Find each target's linear range from the lanes with role standard and an amount_ug."""
    from blotflux.analysis.linear_range import assess_linear_ranges, linear_ranges_to_json
    from blotflux.api import read_study
    from blotflux.errors import Mistake, StudyError

    screen = Screen(quiet=quiet, as_json=as_json)
    opened = read_study(study)
    if output is not None:
        _require_free(output, force=force)
    with screen.progress("measuring") as step:
        outcome = opened.run(workers=workers, progress=step).outcome
    ranges = assess_linear_ranges(outcome.study.samples, outcome.volumes)
    if not ranges:
        message = "no lane has role 'standard' and an amount_ug; give both to the dilution series"
        raise StudyError([Mistake(where=outcome.study.sheet_name, message=message)])
    for item in ranges:
        screen.say(_line(item))
    if output is not None:
        output.write_text(linear_ranges_to_json(ranges), encoding="utf-8", newline="\n")
        screen.say(f"Written: {output}")
    screen.give({"ranges": [item.model_dump() for item in ranges]})


def _require_free(file: Path, *, force: bool) -> None:
    """Check that the file may be written: it is not there, or is an earlier one of ours."""
    from blotflux.analysis.linear_range import linear_ranges_from_json
    from blotflux.errors import OutputError

    if not file.exists():
        return
    if not force:
        message = f"{file}: is there already; choose another file with -o, or --force"
        raise OutputError(message)
    linear_ranges_from_json(file.read_text(encoding="utf-8"), name=str(file))


def _line(item: LinearRange) -> str:
    where = f"{item.target} ({item.membrane})" if item.membrane else item.target
    if item.low_ug is None or item.high_ug is None:
        return f"{where}: no linear range in {len(item.points)} amounts; load other amounts"
    return (
        f"{where}: linear from {item.low_ug:g} to {item.high_ug:g} ug "
        f"(slope {item.slope:.2f} on log scales, largest deviation {item.max_deviation:.0%})"
    )
