"""What a command prints while it works: words on stdout, progress on stderr."""

from __future__ import annotations

import json
import math
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Progress = Callable[[int, int, str], None]

__all__ = ["Screen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where a command's words go.

    Attributes
    ----------
    quiet : bool
        Print nothing but errors.
    as_json : bool
        Print one JSON object on stdout instead of words.
    """

    quiet: bool = False
    as_json: bool = False

    def say(self, text: str = "") -> None:
        """Print words for a person."""
        if not (self.quiet or self.as_json):
            typer.echo(text)

    def give(self, outcome: Mapping[str, object]) -> None:
        """Print the outcome for a program, where it was asked for."""
        if self.as_json:
            typer.echo(json.dumps(_plain(outcome), indent=2, ensure_ascii=False))

    @contextmanager
    def progress(self, what: str) -> Iterator[Progress]:
        """Yield a function of (done, total, name) that shows how far the work has come.

        A bar on a terminal, plain lines elsewhere, nothing when quiet.
        """
        if self.quiet:
            yield lambda done, total, name: None
        elif sys.stderr.isatty():
            with _bar(what) as step:
                yield step
        else:
            yield lambda done, total, name: typer.echo(f"{what} {done}/{total} {name}", err=True)


def _plain(value: object) -> object:
    """Return a value that JSON can hold; a number that is none becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=name)

        yield step
