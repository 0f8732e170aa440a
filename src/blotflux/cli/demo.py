"""``blotflux demo``: both sample studies, drawn, run and explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from blotflux.cli.options import Debug, Force, Json, Quiet
from blotflux.cli.screen import Screen

__all__ = ["add_to", "demo"]

Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Draws other blots.")]
Scenario = Annotated[
    str,
    typer.Option(
        "--scenario",
        metavar="S",
        help="What the LC3 study shows: induced, blocked, partial, reduced or unchanged.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: blotflux demo --scenario blocked -o blocked")(demo)


def demo(
    output: Folder = Path("blotflux-demo"),
    scenario: Scenario = "induced",
    seed: Seed = 1,
    force: Force = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw two sample studies, run them and print the answers."""
    from blotflux.cli.answers import answer_json, answer_lines
    from blotflux.demo import DISCLAIMER, write_demo
    from blotflux.errors import RecipeError
    from blotflux.synthetic import LC3_SCENARIOS

    if scenario not in LC3_SCENARIOS:
        message = f"--scenario {scenario}: unknown; choose one of {', '.join(LC3_SCENARIOS)}"
        raise RecipeError(message)
    screen = Screen(quiet=quiet, as_json=as_json)
    with screen.progress("measuring") as step:
        studies = write_demo(output, scenario=scenario, seed=seed, force=force, progress=step)
    for study in studies:
        for line in answer_lines(study.answer):
            screen.say(line)
        screen.say(f"  Report: {output / study.name / 'results' / 'report.html'}")
        screen.say()
    screen.say(DISCLAIMER)
    outcomes = [answer_json(item.answer, output / item.name / "results") for item in studies]
    screen.give({"studies": outcomes, "note": DISCLAIMER})
