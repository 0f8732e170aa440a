"""Tables of other programs, known by their headings and read as volumes.

Such a table has one column that is the volume with the background taken off, and others that look
like it. The right one is read; a table that has only the others is refused with its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blotflux.errors import Mistake
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.study.grid import Grid

__all__ = ["Export", "translate_export"]

TITLE_ROWS = 3
"""Lines above the header that a program may write: the image's name, the lanes' names."""

THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How the tables of one program look.

    Attributes
    ----------
    name : str
    marks : tuple of pattern
        Headings that all must be there.
    columns : mapping of our column to pattern
        Its heading; `volume` is the one with the background taken off.
    raw : pattern
        Headings of sums that still hold the background.
    advice : str
        Where the right column is had, for a table that has only raw ones.
    unnamed_rows_left_out : bool
        Whether rows whose target is empty are bands that nobody named, and no mistakes.
    """

    name: str
    marks: tuple[str, ...]
    columns: Mapping[str, str]
    raw: str
    advice: str
    unnamed_rows_left_out: bool = False


PROGRAMS = (
    Program(
        name="Image Lab",
        marks=(r"(adj )?vol(ume)? (int|od|cnt).*", r"band no|no|label|type"),
        columns={
            "volume": r"adj vol(ume)? (int|od|cnt).*",
            "lane": r"lane( no)?",
            "target": r"band label|label",
        },
        raw=r"vol(ume)? (int|od|cnt).*",
        advice="add the column 'Adj. Volume (Int)' to the table and export it again",
        unnamed_rows_left_out=True,
    ),
    Program(
        name="Image Studio",
        marks=(r"signal|total", r"bkgnd|image name|trim signal"),
        columns={"volume": r"signal", "membrane": r"image name", "lane": r"lane( no)?"},
        raw=r"total",
        advice="add the column 'Signal' (Total less background) to the table and export it again",
    ),
    Program(
        name="ImageJ's gel analyzer",
        marks=(r"area", r"percent"),
        columns={"volume": r"area"},
        raw=r"(?!)",
        advice="",
    ),
    Program(
        name="ImageJ's Measure",
        marks=(r"mean|intden|rawintden", r"area|min|max|rawintden"),
        columns={},
        raw=r"rawintden|intden|mean",
        advice="measure with Analyze > Gels, whose table has 'Area' and 'Percent'",
    ),
)


@dataclass(slots=True, kw_only=True)
class Export:
    """A table as our own columns, and what was wrong with it.

    Attributes
    ----------
    grid : Grid
        With our names for the columns that are read.
    program : str
        Empty where the table is none of a known program.
    """

    grid: Grid
    program: str = ""
    mistakes: list[Mistake] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def translate_export(grid: Grid, *, own: Sequence[str], required: Sequence[str]) -> Export:
    """Return a table of another program with our names in its header; ours as they are.

    Parameters
    ----------
    grid : Grid
    own : sequence of str
        Our columns; one that the table has already is taken as it is.
    required : sequence of str
        Those that it must have in the end.
    """
    if "volume" in map(_words, grid.header):
        return Export(grid=grid)
    for grid_at in _readings(grid):
        program = _program_of(grid_at.header)
        if program is not None:
            return _translate(_stacked(grid_at), program, own=own, required=required)
    return Export(grid=grid)


def _words(heading: str) -> str:
    """Return a heading as it is compared: ``Adj. Volume (Int)`` is ``adj volume int``."""
    return " ".join(re.findall(r"[a-z0-9%*#]+", heading.casefold()))


def _readings(grid: Grid) -> tuple[Grid, ...]:
    """Return the table as it is, and as if its first lines were titles."""
    later = [
        replace(grid, header=cells, header_row=row, rows=grid.rows[index + 1 :])
        for index, (row, cells) in enumerate(grid.rows[:TITLE_ROWS])
    ]
    return (grid, *later)


def _program_of(header: Sequence[str]) -> Program | None:
    headings = [_words(cell) for cell in header]
    for program in PROGRAMS:
        if all(any(re.fullmatch(mark, cell) for cell in headings) for mark in program.marks):
            return program
    return None


def _stacked(grid: Grid) -> Grid:
    """Return a table whose blocks of columns lie side by side, one per lane, as one below another.

    Image Lab writes the bands of each lane into columns of their own under the same headings.
    """
    width = _block_width(grid.header)
    if width == len(grid.header):
        return grid
    rows, origins = [], {}
    for offset in range(0, len(grid.header), width):
        for row, cells in grid.rows:
            block = cells[offset : offset + width]
            if any(block):
                # Each stacked row needs a number of its own; its address stays that in the file.
                number = row + offset * 10_000_000
                origins[number] = (row, offset)
                rows.append((number, block))
    return replace(grid, header=grid.header[:width], rows=tuple(rows), origins=origins)


def _block_width(header: Sequence[str]) -> int:
    """Return after how many columns the headings begin again; their number if they never do."""
    for width in range(2, len(header) // 2 + 1):
        if len(header) % width == 0 and tuple(header) == tuple(header[:width]) * (
            len(header) // width
        ):
            return width
    return len(header)


def _translate(
    grid: Grid, program: Program, *, own: Sequence[str], required: Sequence[str]
) -> Export:
    headings = [_words(cell) for cell in grid.header]
    names = {place: ours for place, text in enumerate(headings) if (ours := _own(text, own))}
    for ours, pattern in program.columns.items():
        places = [at for at, text in enumerate(headings) if re.fullmatch(pattern, text)]
        if places and ours not in names.values():
            names.setdefault(places[0], ours)
    header = tuple(
        names.get(place) or (cell and f"{cell} ({program.name})") or f"column {place + 1}"
        for place, cell in enumerate(grid.header)
    )
    header = _distinct(header, set(names.values()))
    export = Export(grid=replace(grid, header=header), program=program.name)
    _require_volume(export, grid, names, program)
    _require_rest(export, grid, names, required, program)
    if not export.mistakes:
        _read_rows(export, grid, names, program)
    return export


def _own(text: str, own: Sequence[str]) -> str:
    name = text.replace(" ", "_")
    return name if name in own else ""


def _distinct(header: Sequence[str], ours: set[str]) -> tuple[str, ...]:
    """Return headings of which none but ours, where it is a mistake, is there twice."""
    seen: dict[str, int] = {}
    out = []
    for cell in header:
        seen[cell] = seen.get(cell, 0) + 1
        out.append(cell if seen[cell] == 1 or cell in ours else f"{cell} {seen[cell]}")
    return tuple(out)


def _require_volume(export: Export, grid: Grid, names: Mapping[int, str], program: Program) -> None:
    """Refuse a table that has no column with the background taken off."""
    if "volume" in names.values():
        return
    raw = [cell for cell in grid.header if re.fullmatch(program.raw, _words(cell))]
    listed = ", ".join(f"'{cell}'" for cell in raw)
    what = f"{listed} of {program.name} {'is' if len(raw) == 1 else 'are'}"
    message = f"{what} not background-subtracted; {program.advice}"
    export.mistakes.append(Mistake(where=f"{grid.name}:{grid.header_row}", message=message))


def _require_rest(
    export: Export,
    grid: Grid,
    names: Mapping[int, str],
    required: Sequence[str],
    program: Program,
) -> None:
    """Say in one line which of our columns a person has to add."""
    missing = [name for name in required if name not in names.values() and name != "volume"]
    if missing and not export.mistakes:
        columns = ", ".join(f"'{name}'" for name in missing)
        message = (
            f"a table of {program.name} does not say every row's {' and '.join(missing)}; add the "
            f"column{'s' if len(missing) > 1 else ''} {columns} to it"
        )
        export.mistakes.append(Mistake(where=f"{grid.name}:{grid.header_row}", message=message))


def _read_rows(export: Export, grid: Grid, names: Mapping[int, str], program: Program) -> None:
    """Leave out bands that nobody named; refuse numbers that can be read in two ways."""
    places = {ours: place for place, ours in names.items()}
    at = places["volume"]
    written = [(row, cells[at]) for row, cells in grid.rows if "," in cells[at]]
    if written and all(THOUSANDS.fullmatch(text) for _, text in written):
        row, text = written[0]
        message = (
            f"'{text}' can be thousands or a decimal comma; export the numbers without separators"
        )
        export.mistakes.append(Mistake(where=grid.where(row, at), message=message))
    message = f"{grid.name}: volumes are '{grid.header[at]}' of {program.name}"
    target = places["target"]
    if program.unnamed_rows_left_out and _words(grid.header[target]) != "target":
        rows = tuple((row, cells) for row, cells in grid.rows if cells[target])
        left_out = len(grid.rows) - len(rows)
        export.grid = replace(export.grid, rows=rows)
        if left_out:
            plural = "" if left_out == 1 else "s"
            message += f"; {left_out} band{plural} without a label left out"
    finding = Finding(severity=Severity.INFO, code="VOLUMES_FROM", message=f"{message}.")
    export.findings.append(finding)
