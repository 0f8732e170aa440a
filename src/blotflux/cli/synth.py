"""``blotflux synth``: blots with known truth, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from blotflux.cli.options import Debug, Force, Quiet
from blotflux.cli.screen import Screen

__all__ = ["add_to", "synth"]

Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")]
Kind = Annotated[
    str,
    typer.Option("--kind", metavar="K", help="clean, typical, hard, strip, film, uneven or all."),
]
Count = Annotated[int, typer.Option("-n", "--count", min=1, metavar="N", help="Blots per kind.")]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Seed of the first blot.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Draw blots whose lanes, bands and volumes are known.",
        epilog="Example: blotflux synth -o drawn --kind typical -n 20",
    )(synth)


def synth(
    output: Folder,
    kind: Kind = "all",
    count: Count = 1,
    seed: Seed = 1,
    force: Force = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Draw blots whose true lanes, bands and volumes are known, and write both.

    Each picture is a TIFF; truth_lanes.csv and truth_bands.csv hold what was drawn.
    """
    from blotflux.cli.kinds import kinds_of
    from blotflux.drawn import write_drawn_blots

    screen = Screen(quiet=quiet)
    with screen.progress("drawing") as step:
        names = write_drawn_blots(
            output,
            kinds=kinds_of(kind),
            seeds=range(seed, seed + count),
            force=force,
            progress=step,
        )
    screen.say(f"{len(names)} drawn blots and their truth are in {output}")
