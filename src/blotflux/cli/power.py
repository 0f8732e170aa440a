"""``blotflux power``: how many biological replicates a question needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blotflux.cli.options import Debug, Json, Quiet, Workers
from blotflux.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.analysis.power import Power
    from blotflux.analysis.records import AnalysisResult

__all__ = ["add_to", "power"]

OptionalStudy = Annotated[
    Path | None,
    typer.Argument(metavar="STUDY", help="A study whose variation is taken.", show_default=False),
]
Variation = Annotated[
    float | None,
    typer.Option("--cv", metavar="X", help="Variation of one lane within a replicate; 0.15: 15 %."),
]
Effect = Annotated[
    float | None,
    typer.Option(
        "--effect",
        metavar="Y",
        help="Fold change to be found; of a study else its equivalence margin.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Say how many biological replicates a question needs.",
        epilog="Example: blotflux power --cv 0.15 --effect 1.5",
    )(power)


def power(
    study: OptionalStudy = None,
    cv: Variation = None,
    effect: Effect = None,
    workers: Workers = 1,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say how many biological replicates find a fold change in 4 of 5 experiments.

    With a study, the variation is that of its replicates; the effect is never taken from it.
    """
    from dataclasses import asdict

    from blotflux.errors import RecipeError

    screen = Screen(quiet=quiet, as_json=as_json)
    try:
        if study is not None:
            plans = list(_of_study(study, cv, effect, workers, screen))
        elif cv is None or effect is None:
            message = "power needs a study, or both --cv and --effect; see blotflux power --help"
            raise RecipeError(message)
        else:
            plans = [
                ("ratio (phospho, expression)", effect, _ratio(cv, effect)),
                ("LC3 flux", effect, _flux(cv, effect)),
            ]
    except ValueError as error:  # a number out of range; the message says which
        raise RecipeError(str(error)) from error
    for name, change, plan in plans:
        for line in _lines(name, change, plan):
            screen.say(line)
    screen.give({name: {"effect": change, **asdict(plan)} for name, change, plan in plans})


def _ratio(cv: float, effect: float) -> Power:
    from blotflux.analysis.power import power_fold_change

    return power_fold_change(cv=cv, fold_change=effect)


def _flux(cv: float, effect: float, inhibitor_effect: float = 3.0) -> Power:
    from blotflux.analysis.power import FluxEffect, power_flux

    found = FluxEffect(flux_ratio=effect, inhibitor_effect=inhibitor_effect)
    return power_flux(cv=cv, effect=found)


def _of_study(
    study: Path, cv: float | None, effect: float | None, workers: int, screen: Screen
) -> Iterator[tuple[str, float, Power]]:
    """Yield the effect and the plan of each analysis of a study, with its own variation."""
    from blotflux.analysis.power import study_variation
    from blotflux.api import read_study

    opened = read_study(study)
    with screen.progress("measuring") as step:
        outcome = opened.run(workers=workers, progress=step).outcome
    wanted = effect if effect is not None else outcome.study.parameters.equivalence_margin
    for result in outcome.results:
        variation = cv if cv is not None else study_variation(result)
        if variation is None:
            screen.say(f"{result.name}: too few replicates to tell their variation; give --cv")
        elif result.plan.kind == "lc3_flux":
            yield result.name, wanted, _flux(variation, wanted, _inhibitor_effect(result))
        else:
            yield result.name, wanted, _ratio(variation, wanted)


def _inhibitor_effect(result: AnalysisResult) -> float:
    """Return what the inhibitor did to the control; the usual 3 where that is not known."""
    for row in result.comparisons:
        if row.quantity == "inhibitor_effect_control" and row.estimate and row.estimate > 1:
            return row.estimate
    return 3.0


def _lines(name: str, effect: float, plan: Power) -> Iterator[str]:
    most = plan.rows[-1].n
    needed = f"{plan.needed} biological replicates" if plan.needed else f"more than {most}"
    yield f"{name}: {needed} for {plan.expected} in {plan.wanted:.0%} of experiments"
    shares = "  ".join(f"{row.n}: {row.power:.0%}" for row in plan.rows)
    yield f"  a change of {effect:g}-fold, CV {plan.cv:.0%}; power by n  {shares}"
    yield f"  {plan.method}"
