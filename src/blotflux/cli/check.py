"""``blotflux check``: every mistake of a study, without measuring anything."""

from __future__ import annotations

import typer

from blotflux.cli.ending import FAILED, OK, WRONG
from blotflux.cli.options import Debug, Json, Quiet, StudyFile
from blotflux.cli.screen import Screen

__all__ = ["add_to", "check"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: blotflux check study.toml")(check)


def check(
    study: StudyFile, quiet: Quiet = False, as_json: Json = False, debug: Debug = False
) -> int:
    """Read a study and list every mistake at once, a line each. Measures nothing."""
    from blotflux.study import UnreadableImage, check_study

    screen = Screen(quiet=quiet, as_json=as_json)
    mistakes = check_study(study)
    screen.give({"mistakes": [{"where": m.where, "message": m.message} for m in mistakes]})
    for mistake in mistakes:
        if not as_json:
            typer.echo(str(mistake))
    if not mistakes:
        screen.say(f"{study}: no mistakes found. Next: blotflux run {study}")
    if not mistakes:
        return OK
    return FAILED if all(isinstance(m, UnreadableImage) for m in mistakes) else WRONG
