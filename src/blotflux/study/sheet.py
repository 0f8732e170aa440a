"""The sheet: what is in each slot of each membrane."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.records import LaneSample
from blotflux.blot.model import LaneRole
from blotflux.errors import Mistake, StudyError
from blotflux.study.cells import (
    NO_INHIBITOR,
    WITHOUT_UNIT,
    doubtful_words,
    holds_number,
    number_of,
)
from blotflux.study.columns import KNOWN, NAMES, NUMBERS, REQUIRED, RESERVED, read_header
from blotflux.study.grid import IS_DATE, read_grid
from blotflux.study.spelling import did_you_mean, fold, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.findings import Finding
    from blotflux.study.grid import Grid

__all__ = ["Sheet", "read_sheet", "require_sheet"]

ROLES = tuple(role.value for role in LaneRole)

# A lane of these roles needs no treatment.
WITHOUT_TREATMENT = frozenset({"ladder", "blank"})


@dataclass(slots=True, kw_only=True)
class Sheet:
    """The sheet, read as far as its mistakes allow.

    Attributes
    ----------
    name : str
        The file as the study names it.
    samples : tuple of LaneSample
        In the order of the file.
    rows : mapping of (membrane, lane) to row
        Where each lane stands in the file.
    columns : tuple of str
        Known columns by our name, others as written.
    membranes : mapping of str to row
        Every membrane named, with its first row; also those whose lanes have mistakes.
    uncertain : set of str
        Membranes with a lane number that cannot be read: how many they have is not known.
    hint : str
        What else may be meant where nothing is filled in.
    """

    name: str
    hint: str = ""
    samples: tuple[LaneSample, ...] = ()
    rows: Mapping[tuple[str, int], int] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    membranes: Mapping[str, int] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)
    mistakes: list[Mistake] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def highest(self, membrane: str) -> int:
        """Return the highest lane number of a membrane; 0 if it has none."""
        return max((s.lane for s in self.samples if s.membrane == membrane), default=0)

    def treatments(self) -> tuple[str, ...]:
        """Return the treatments of lanes that can be compared, in order."""
        lanes = (s for s in self.samples if s.role not in WITHOUT_TREATMENT and s.treatment)
        return tuple(dict.fromkeys(sample.treatment for sample in lanes))

    def inhibitors(self) -> tuple[str, ...]:
        """Return the inhibitors named, in order."""
        return tuple(dict.fromkeys(s.inhibitor for s in self.samples if s.inhibitor))


def require_sheet(path: Path, name: str = "") -> tuple[LaneSample, ...]:
    """Return the lanes of a sheet.

    Raises
    ------
    StudyError
        With every mistake that the sheet has.
    """
    sheet = read_sheet(path, name or path.name)
    if sheet.mistakes:
        raise StudyError(sheet.mistakes)
    return sheet.samples


def read_sheet(path: Path, name: str) -> Sheet:
    """Return a sheet, read as people save it; its mistakes are in it.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv`` or ``.xlsx``.
    name : str
        The file as the study names it.
    """
    sheet = Sheet(name=name, hint=_twin(path))
    try:
        grid = read_grid(path, name, expected=KNOWN)
    except StudyError as error:
        sheet.mistakes += error.mistakes
        return sheet
    reader = _Reader(grid, sheet)
    carried = {
        grid.where(row, place)
        for name, place in reader.columns.items()
        if name not in KNOWN
        for row, _ in grid.rows
    }
    # A date is what a column of dates is for; only in ours it is a name that was changed.
    sheet.mistakes += [
        mistake
        for mistake in grid.mistakes
        if mistake.where not in carried or not mistake.message.startswith(IS_DATE)
    ]
    reader.read()
    return sheet


def _twin(path: Path) -> str:
    """Return what to do if the sheet was filled in under another name, or empty text."""
    twins = [path.with_suffix(suffix) for suffix in (".xlsx", ".csv", ".tsv")]
    there = [twin.name for twin in twins if twin != path and twin.is_file()]
    if not there:
        return ""
    return f'; if you filled in {there[0]}, write file = "{there[0]}" in the study file'


class _Reader:
    """Reads the rows of one grid into one sheet."""

    def __init__(self, grid: Grid, sheet: Sheet) -> None:
        self.grid = grid
        self.sheet = sheet
        self.bad_cells = {mistake.where for mistake in grid.mistakes}
        self.treated: list[int] = []
        self.untreated: list[int] = []
        header = read_header(grid, known=KNOWN, required=REQUIRED, reserved=RESERVED)
        sheet.mistakes += header.mistakes
        sheet.findings += header.findings
        sheet.columns = tuple(header.places)
        self.columns = header.places

    def complain(self, row: int, column: str, message: str) -> None:
        where = self.grid.where(row, self.columns.get(column, 0))
        if where not in self.bad_cells:
            self.bad_cells.add(where)
            self.sheet.mistakes.append(Mistake(where=where, message=message))

    def read(self) -> None:
        """Fill the sheet from the rows."""
        if not self.grid.rows:
            message = "the table has a header and no rows; write a row per lane"
            self.sheet.mistakes.append(Mistake(where=self.grid.name, message=message))
        samples: list[LaneSample] = []
        rows: dict[tuple[str, int], int] = {}
        membranes: dict[str, int] = {}
        for row, cells in self.grid.rows:
            values = {name: cells[place] for name, place in self.columns.items()}
            membrane, lane = self._slot(row, values, membranes)
            sample = self._sample(row, values, membrane, lane)
            if membrane and lane:
                first = rows.get((membrane, lane))
                if first is not None:
                    self.complain(row, "lane", _twice(membrane, lane, first))
                    continue
                rows[membrane, lane] = row
                samples.append(sample)
        self.sheet.samples, self.sheet.rows = tuple(samples), rows
        self.sheet.membranes = membranes
        self._complain_of_treatments()
        for name in (*NAMES, "dose", "inhibitor_dose"):
            self._compare_names(name)

    def _complain_of_treatments(self) -> None:
        """Complain of lanes without treatment; of a sheet that nobody filled in, once."""
        if len(self.untreated) > 1 and not self.treated:
            self.complain(
                self.grid.header_row,
                "treatment",
                f"no treatment is filled in; type one for each of {len(self.untreated)} lanes"
                f"{self.sheet.hint}",
            )
            return
        for row in self.untreated:
            self.complain(
                row,
                "treatment",
                "the treatment is empty; only lanes of role ladder or blank need none",
            )

    def _slot(self, row: int, values: dict[str, str], membranes: dict[str, int]) -> tuple[str, int]:
        """Return membrane and lane of a row; empty and 0 where they cannot be read."""
        membrane = values.get("membrane", "")
        if membrane:
            membranes.setdefault(membrane, row)
        elif "membrane" in self.columns:
            self.complain(row, "membrane", "the membrane is empty; name it in every row")
        text = values.get("lane", "")
        number = number_of(text, decimal_comma=False)
        if number is not None and number >= 1 and number.is_integer():
            return membrane, int(number)
        self.sheet.uncertain.add(membrane)
        if "lane" in self.columns:
            self.complain(
                row,
                "lane",
                f"lane '{text}' must be a whole number from 1, counted from the left of the gel",
            )
        return membrane, 0

    def _sample(self, row: int, values: dict[str, str], membrane: str, lane: int) -> LaneSample:
        role = self._role(row, values.get("role", ""))
        treatment = values.get("treatment", "")
        if role is not None and role not in WITHOUT_TREATMENT and "treatment" in self.columns:
            (self.treated if treatment else self.untreated).append(row)
        numbers = {name: self._number(row, name, values.get(name, "")) for name in NUMBERS}
        inhibitor = values.get("inhibitor", "")
        for column, message in doubtful_words(inhibitor, values.get("exclude", "")):
            self.complain(row, column, message)
        return LaneSample(
            membrane=membrane,
            lane=max(lane, 1),
            treatment=treatment,
            role=role or "sample",
            inhibitor="" if inhibitor.casefold() in NO_INHIBITOR else inhibitor,
            inhibitor_dose=self._dose(values.get("inhibitor_dose", "")),
            inhibitor_h=numbers["inhibitor_h"],
            replicate=values.get("replicate", ""),
            technical=values.get("technical", ""),
            sample=values.get("sample", ""),
            dose=self._dose(values.get("dose", "")),
            dose_unit=values.get("dose_unit", ""),
            time_h=numbers["time_h"],
            amount_ug=numbers["amount_ug"],
            exclude=values.get("exclude", ""),
            extra={name: values[name] for name in self.columns if name not in KNOWN},
        )

    def _role(self, row: int, text: str) -> str | None:
        """Return the role, or None after complaining."""
        role = text.casefold() or "sample"
        if role in ROLES:
            return role
        hint = did_you_mean(text, ROLES)
        self.complain(row, "role", f"role '{text}' is not known; {hint} (allowed: {quoted(ROLES)})")
        return None

    def _number(self, row: int, name: str, text: str) -> float | None:
        if not text:
            return None
        value = number_of(text, decimal_comma=self.grid.decimal_comma)
        if value is None or value < 0 or (value == 0 and name != "time_h"):
            least = "from 0" if name == "time_h" else "above 0"
            self.complain(
                row,
                name,
                f"{name} '{text}' must be a number {least}; leave it empty if it is not known"
                f"{WITHOUT_UNIT if holds_number(text) else ''}",
            )
            return None
        return value

    def _dose(self, text: str) -> str:
        """Return a dose as text in which equal numbers are equal: ``0,50`` is ``0.5``."""
        value = number_of(text, decimal_comma=self.grid.decimal_comma)
        return text if value is None else f"{value:.15g}"

    def _compare_names(self, column: str) -> None:
        """Complain of names in one column that differ only in case, spaces or look-alikes."""
        if column not in self.columns:
            return
        first: dict[str, tuple[str, int]] = {}
        reported = set()
        for row, cells in self.grid.rows:
            name = cells[self.columns[column]]
            if column == "inhibitor" and name.casefold() in NO_INHIBITOR:
                continue
            seen, at = first.setdefault(fold(name), (name, row))
            if seen != name and name not in reported:
                reported.add(name)
                where = self.grid.where(at, self.columns[column])
                self.complain(
                    row,
                    column,
                    f"'{name}' and '{seen}' ({where}) differ only in case, spaces or look-alike "
                    "letters; write one of them",
                )


def _twice(membrane: str, lane: int, first: int) -> str:
    return (
        f"lane {lane} of membrane '{membrane}' is there twice (also in row {first}); "
        "each slot has one row"
    )
