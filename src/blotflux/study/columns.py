"""The sheet's columns: those that we know, and those that no sheet may have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.errors import Mistake
from blotflux.findings import Finding, Severity
from blotflux.study.spelling import fold, nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.study.grid import Grid

__all__ = ["KNOWN", "NAMES", "NUMBERS", "REQUIRED", "RESERVED", "Header", "read_header"]

REQUIRED = ("membrane", "lane", "treatment")

# Columns whose cells are names: two that differ only in case or spaces are a mistake.
NAMES = ("membrane", "treatment", "inhibitor", "replicate", "technical", "sample", "dose_unit")

NUMBERS = ("inhibitor_h", "time_h", "amount_ug")

KNOWN = (
    *REQUIRED,
    "role",
    "inhibitor",
    "inhibitor_dose",
    "inhibitor_h",
    "replicate",
    "technical",
    "sample",
    "dose",
    "dose_unit",
    "time_h",
    "amount_ug",
    "exclude",
)

# Columns of bands.csv, lanes.csv and normalized.csv, into which the sheet's columns are carried.
RESERVED = frozenset(
    {
        "image",
        "channel",
        "page",
        "panel",
        "row",
        "target",
        "x_px",
        "y_px",
        "left_px",
        "top_px",
        "right_px",
        "bottom_px",
        "area_px",
        "total",
        "background",
        "volume",
        "volume_se",
        "snr",
        "saturated_px",
        "saturated_fraction",
        "rf",
        "molecular_weight_kda",
        "detected",
        "edited",
        "flags",
        "width_px",
        "x_top_px",
        "x_bottom_px",
        "confidence",
        "analysis",
        "normalization_factor",
        "normalized",
        "normalized_se",
        "used",
    }
)


def column_key(header: str) -> str:
    """Return a header as it is compared: ``"Inhibitor h"`` is ``inhibitor_h``."""
    return re.sub(r"[\s_\-]+", "_", header.strip().casefold()).strip("_")


@dataclass(slots=True)
class Header:
    """Which column stands where.

    Attributes
    ----------
    places : dict of column name to place
        Known columns by our name, others as written; places count from 0.
    """

    places: dict[str, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_header(
    grid: Grid, *, known: Sequence[str], required: Sequence[str], reserved: frozenset[str]
) -> Header:
    """Return the columns of a table; what is wrong with its header is in the result."""
    header = Header()
    for place, written in enumerate(grid.header):
        key = column_key(written)
        name = key if key in known else written
        problem = _bad_name(grid, name, place, header.places)
        if not problem and key in reserved and key not in known:
            problem = f"the column '{name}' has the name of a column of our tables; rename it"
        if problem:
            where = grid.where(grid.header_row, place)
            header.mistakes.append(Mistake(where=where, message=problem))
        elif name:
            header.places[name] = place
    for name in required:
        _find_required(grid, header, name, known)
    for name, place in header.places.items():
        _suspect(grid, header, name, place, known)
    return header


def _bad_name(grid: Grid, name: str, place: int, places: dict[str, int]) -> str:
    if not name:
        filled = any(cells[place] for _, cells in grid.rows)
        return "the column has no name; give it one or empty it" if filled else ""
    same = next((seen for seen in places if fold(seen) == fold(name)), None)
    if same is None:
        return ""
    first = grid.where(grid.header_row, places[same])
    return f"the column '{name}' is there twice (also {first}); rename one"


def _find_required(grid: Grid, header: Header, name: str, known: Sequence[str]) -> None:
    """Report a required column that is missing; a mistyped one is taken for what it is."""
    places = header.places
    if name in places:
        return
    typo = nearest(name, [other for other in places if other not in known])
    if typo:
        where = grid.where(grid.header_row, places[typo])
        message = f"unknown column '{typo}' and no column '{name}'; rename it"
        places[name] = places.pop(typo)
    else:
        where = f"{grid.name}:{grid.header_row}"
        message = f"the column '{name}' is missing; columns here: {quoted(tuple(places))}"
    header.mistakes.append(Mistake(where=where, message=message))


def _suspect(grid: Grid, header: Header, name: str, place: int, known: Sequence[str]) -> None:
    """Note a column that is carried along but looks like one of ours, mistyped."""
    free = [other for other in known if other not in header.places]
    meant = "" if name in known else nearest(name, free)
    if meant and abs(len(meant) - len(name)) <= 2:
        message = (
            f"{grid.where(grid.header_row, place)}: the column '{name}' is not one of ours and "
            f"takes no part in the analysis; if '{meant}' is meant, rename it"
        )
        finding = Finding(severity=Severity.WARN, code="SHEET_COLUMN", message=message)
        header.findings.append(finding)
