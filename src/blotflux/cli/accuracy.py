"""``blotflux accuracy``: how right blotflux is, measured on the user's own machine."""

from __future__ import annotations

from typing import Annotated

import typer

from blotflux.cli.options import Debug, Json, Quiet
from blotflux.cli.screen import Screen

__all__ = ["accuracy", "add_to"]

Kind = Annotated[
    str,
    typer.Option("--kind", metavar="K", help="clean, typical, hard, strip, film, uneven or all."),
]
Count = Annotated[int, typer.Option("-n", "--count", min=1, metavar="N", help="Blots per kind.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, metavar="N", help="Seed of the first blot; else unseen ones."),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Measure how right blotflux is, on drawn blots.",
        epilog="Example: blotflux accuracy --kind typical -n 24",
    )(accuracy)


def accuracy(
    kind: Kind = "all",
    count: Count = 6,
    seed: Seed = None,
    markdown: Markdown = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw blots, measure them without being told anything, and print how right that was."""
    from dataclasses import asdict

    from blotflux.accuracy import HELD_OUT_SEED, measure_accuracy, render
    from blotflux.cli.kinds import kinds_of

    kinds = kinds_of(kind)
    screen = Screen(quiet=quiet, as_json=as_json)
    with screen.progress("measuring") as step:

        def count_up(kind: str, done: int) -> None:
            before = kinds.index(kind) * count
            step(before + done, len(kinds) * count, kind)

        first = HELD_OUT_SEED if seed is None else seed
        table = measure_accuracy(kinds, count, first, progress=count_up)
    screen.say(render(table, markdown=markdown))
    screen.give(asdict(table))
