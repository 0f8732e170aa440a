"""The list of commands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from blotflux.cli import (
    accuracy,
    batch,
    check,
    demo,
    edit,
    linear_range,
    new,
    power,
    quantify,
    run,
    synth,
)
from blotflux.cli.ending import INTERRUPTED, OK, tell, tell_error
from blotflux.engine.threads import prefer_one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main", "run_words"]

app = typer.Typer(
    help="Western blot quantification: pictures in, normalized volumes and LC3 flux out.",
    epilog="Start with: blotflux demo",
    add_completion=False,
    rich_markup_mode=None,  # plain help: it can be copied, and it does not wait for rich
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for module in (demo, quantify, new, check, run, edit, batch, linear_range, power, synth, accuracy):
    module.add_to(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from blotflux import __version__

        typer.echo(f"blotflux {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Western blot quantification: pictures in, normalized volumes and LC3 flux out."""


def run_words(words: Sequence[str]) -> int:
    """Run one command line, without the program's name, and return its exit code."""
    try:
        code = app(list(words) or ["--help"], prog_name="blotflux", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:
        return tell_error(error, debug="--debug" in words)
    if code == INTERRUPTED:
        tell("interrupted; nothing half-written is left behind")
    return code if isinstance(code, int) else OK


def main() -> None:
    """Run the command line of this process."""
    prefer_one_thread()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without Greek letters is no failure
    sys.exit(run_words(sys.argv[1:]))
