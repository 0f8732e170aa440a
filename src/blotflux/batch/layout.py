"""Where the parts of a data set lie, and what its tables are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from blotflux.report.columns import Table, integer, number, text
from blotflux.report.schema import BANDS, LANES, QC

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "IMAGES",
    "PARTS",
    "is_complete",
    "part_keys",
    "part_path",
    "remove_part",
    "remove_unfinished",
    "unfinished_path",
]

IMAGES = Table(
    name="images",
    meaning="One row per input file.",
    key=("image",),
    columns=(
        *text(
            image="The picture, as the user named it, with '/'.",
            status="ok, error (it could not be read or measured), crash (it ended its process "
            "twice, or memory was full) or timeout (it took too long).",
            error="What went wrong, in one line; empty where nothing did.",
        ),
        *number("s", seconds="Time of reading and measuring it."),
        *text(
            sha256="SHA-256 of the file; empty where it could not be read.",
            beside_sha256="Hash of corrections and headers beside the file; empty without any.",
            version="Version of blotflux.",
            versions="Versions of everything that takes part in a number.",
            recipe="Hash of options, parameters and version.",
        ),
        *integer(
            n_planes="Channels and pages that were measured.",
            n_lanes="Lanes found in them.",
            n_bands="Bands detected in them.",
        ),
        *number(lowest_confidence="Of all lanes; empty without lanes."),
        *text(worst_qc="The worst finding: fail, warn, info; empty without any."),
    ),
)
"""The table that says what became of every input."""

PARTS: dict[str, Table] = {table.name: table for table in (BANDS, LANES, QC, IMAGES)}
"""Tables of the data set; `IMAGES` is written last, so its part says that the others are there."""

_SUFFIX = ".parquet"
_UNFINISHED = ".tmp"


def part_path(directory: Path, table: str, key: str) -> Path:
    """Return where a part lies."""
    return directory / table / f"part-{key}{_SUFFIX}"


def unfinished_path(path: Path) -> Path:
    """Return the name of a part that is being written by this process."""
    return path.with_name(f".{path.name}.{os.getpid()}{_UNFINISHED}")


def is_complete(directory: Path, key: str) -> bool:
    """Return whether every table has the part."""
    return all(part_path(directory, table, key).is_file() for table in PARTS)


def part_keys(directory: Path) -> Iterator[str]:
    """Yield the keys of the parts that are complete."""
    folder = directory / IMAGES.name
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    for name in sorted(names):
        key = name.removeprefix("part-").removesuffix(_SUFFIX)
        if name == f"part-{key}{_SUFFIX}" and is_complete(directory, key):
            yield key


def remove_part(directory: Path, key: str) -> None:
    """Remove a part of every table, that of `IMAGES` first."""
    for table in reversed(PARTS):
        part_path(directory, table, key).unlink(missing_ok=True)


def remove_unfinished(directory: Path) -> None:
    """Remove what processes left that were killed: temporary files and parts without `IMAGES`."""
    for table in PARTS:
        folder = directory / table
        for path in folder.glob(f".part-*{_UNFINISHED}"):
            path.unlink(missing_ok=True)
        if table == IMAGES.name:
            continue
        for path in folder.glob(f"part-*{_SUFFIX}"):
            if not (directory / IMAGES.name / path.name).exists():
                path.unlink(missing_ok=True)
