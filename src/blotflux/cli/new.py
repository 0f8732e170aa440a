"""``blotflux new``: a study for a folder of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from blotflux.cli.options import Debug, Json, Quiet
from blotflux.cli.screen import Screen

__all__ = ["add_to", "new"]

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of pictures.")]
StudyPath = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="The study file; else DIR/study.toml."),
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Write a study for a folder of pictures, to be filled in.",
        epilog="Example: blotflux new my_blots",
    )(new)


def new(
    directory: Directory,
    output: StudyPath = None,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Look at the pictures of a folder and write a study to fill in.

    Writes study.toml, lanes.csv and lanes.xlsx (the same as lanes.csv); never overwrites.
    """
    from blotflux.study.new import propose_study, require_unwritten, write_new_study

    screen = Screen(quiet=quiet, as_json=as_json)
    study = output if output is not None else directory / "study.toml"
    require_unwritten(study)
    with screen.progress("looking at") as step:
        proposal = propose_study(directory, study_file=study, progress=step)
    written = write_new_study(proposal, study)
    for message in proposal.messages:
        screen.say(message)
    screen.say(f"Written: {', '.join(str(path) for path in written)}")
    screen.say(
        f"Next: type the treatments into {written[1].name} or {written[2].name}, "
        f"then: blotflux check {study}"
    )
    screen.give({"written": [str(path) for path in written], "messages": list(proposal.messages)})
