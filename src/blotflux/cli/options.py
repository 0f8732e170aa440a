"""Options that several commands share, with one help text each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Dask",
    "Debug",
    "Force",
    "IgnoreCorrections",
    "Json",
    "Output",
    "Quiet",
    "StudyFile",
    "Workers",
]

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file, study.toml.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace an earlier result of blotflux in that place.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON, for a program.")]
Debug = Annotated[bool, typer.Option("--debug", help="Add a traceback to an error.")]
IgnoreCorrections = Annotated[
    bool, typer.Option("--ignore-corrections", help="Leave corrections made by hand out.")
]
Dask = Annotated[
    str, typer.Option("--dask", metavar="ADDRESS", help="A dask scheduler's address, or local.")
]
Workers = Annotated[
    int, typer.Option("--workers", min=1, metavar="N", help="Images measured at the same time.")
]
