"""Volumes measured by another program, in place of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.records import TargetVolume
from blotflux.errors import Mistake, StudyError
from blotflux.study.cells import holds_number, number_of
from blotflux.study.columns import read_header
from blotflux.study.exports import translate_export
from blotflux.study.grid import read_grid
from blotflux.study.spelling import near_duplicates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blotflux.findings import Finding
    from blotflux.study.grid import Grid

__all__ = ["COLUMNS", "Volumes", "read_volumes"]

REQUIRED = ("membrane", "lane", "target", "volume")

COLUMNS = (*REQUIRED, "volume_se", "saturated", "below_loq")

TRUTH: Mapping[str, bool | None] = {
    "true": True,
    "yes": True,
    "1": True,
    "false": False,
    "no": False,
    "0": False,
    "": None,
}


@dataclass(slots=True, kw_only=True)
class Volumes:
    """Volumes from elsewhere, read as far as their mistakes allow.

    Attributes
    ----------
    name : str
        The file as the study names it.
    volumes : tuple of TargetVolume
        In the order of the file.
    membranes : dict of str to address
        Every membrane named, with the first cell that names it.
    slots : dict of (membrane, lane) to address
    targets : tuple of str
    """

    name: str
    volumes: tuple[TargetVolume, ...] = ()
    membranes: dict[str, str] = field(default_factory=dict)
    slots: dict[tuple[str, int], str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    mistakes: list[Mistake] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_volumes(path: Path, name: str) -> Volumes:
    """Return the volumes in a table; its mistakes are in the result.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.tsv`` or ``.xlsx`` with `membrane`, `lane`, `target` and `volume`
        (background-subtracted, any unit), and optionally `volume_se`, `saturated`, `below_loq`;
        or as Image Lab, Image Studio or ImageJ's gel analyzer exports it, with those of the first
        three that it does not have.
    name : str
        The file as the study names it.
    """
    result = Volumes(name=name)
    try:
        grid = read_grid(path, name, expected=COLUMNS)
    except StudyError as error:
        result.mistakes += error.mistakes
        return result
    result.mistakes += grid.mistakes
    export = translate_export(grid, own=COLUMNS, required=REQUIRED)
    grid = export.grid
    result.findings += export.findings
    result.mistakes += export.mistakes
    if export.mistakes:
        return result
    header = read_header(grid, known=COLUMNS, required=REQUIRED, reserved=frozenset())
    result.mistakes += header.mistakes
    result.findings += header.findings
    _Reader(grid, header.places, result).read()
    return result


class _Reader:
    """Reads the rows of one table of volumes."""

    def __init__(self, grid: Grid, columns: Mapping[str, int], result: Volumes) -> None:
        self.grid = grid
        self.columns = columns
        self.result = result

    def complain(self, row: int, column: str, message: str) -> None:
        where = self.grid.where(row, self.columns.get(column, 0))
        self.result.mistakes.append(Mistake(where=where, message=message))

    def read(self) -> None:
        """Fill the result from the rows."""
        seen: dict[tuple[str, int, str], int] = {}
        volumes = []
        targets: dict[str, int] = {}
        for row, cells in self.grid.rows:
            values = {name: cells[place] for name, place in self.columns.items()}
            target = values.get("target", "")
            targets.setdefault(target, row)
            volume = self._volume(row, values)
            if volume is None:
                continue
            key = (volume.membrane, volume.lane, target)
            if seen.setdefault(key, row) != row:
                first = self.grid.where(seen[key], self.columns["target"])
                self.complain(row, "target", _twice(volume, first))
                continue
            volumes.append(volume)
            where = self.grid.where(row, self.columns["lane"])
            self.result.slots.setdefault((volume.membrane, volume.lane), where)
        self.result.volumes = tuple(volumes)
        self.result.targets = tuple(target for target in targets if target)
        for first, later in near_duplicates(targets):
            self.complain(targets[later], "target", _alike(first, later))
        if not self.grid.rows:
            message = "the table has a header and no rows; write a row per lane and target"
            self.result.mistakes.append(Mistake(where=self.grid.name, message=message))

    def _volume(self, row: int, values: dict[str, str]) -> TargetVolume | None:
        """Return one row's volume, or None after complaining."""
        before = len(self.result.mistakes)
        membrane, target = values.get("membrane", ""), values.get("target", "")
        for column in ("membrane", "target"):
            if column in self.columns and not values[column]:
                self.complain(row, column, f"the {column} is empty; name it in every row")
        if membrane:
            where = self.grid.where(row, self.columns["membrane"])
            self.result.membranes.setdefault(membrane, where)
        lane = self._lane(row, values)
        volume = self._number(row, "volume", values)
        volume_se = self._number(row, "volume_se", values) if values.get("volume_se") else None
        if volume_se is not None and volume_se < 0:
            self.complain(row, "volume_se", f"volume_se {volume_se:g} must not be negative")
        saturated = self._truth(row, "saturated", values)
        below_loq = self._truth(row, "below_loq", values)
        known = volume is not None and lane and membrane and target
        if len(self.result.mistakes) > before or volume is None or not known:
            return None
        return TargetVolume(
            membrane=membrane,
            lane=lane,
            target=target,
            volume=volume,
            volume_se=float("nan") if volume_se is None else volume_se,
            saturated=bool(saturated),
            below_loq=below_loq,
        )

    def _lane(self, row: int, values: dict[str, str]) -> int:
        text = values.get("lane", "")
        number = number_of(text, decimal_comma=False)
        if number is not None and number >= 1 and number.is_integer():
            return int(number)
        if "lane" in self.columns:
            self.complain(row, "lane", f"lane '{text}' must be a whole number from 1")
        return 0

    def _number(self, row: int, column: str, values: dict[str, str]) -> float | None:
        text = values.get(column, "")
        number = number_of(text, decimal_comma=self.grid.decimal_comma)
        if number is None and column in self.columns:
            hint = "take the row out if it was not measured" if not text else "type a number"
            if holds_number(text):
                hint += " without separators of thousands and without a unit"
            self.complain(row, column, f"{column} '{text}' must be a number; {hint}")
        return number

    def _truth(self, row: int, column: str, values: dict[str, str]) -> bool | None:
        text = values.get(column, "").casefold()
        if text not in TRUTH:
            self.complain(row, column, f"{column} '{text}' must be true or false, or empty")
        return TRUTH.get(text)


def _twice(volume: TargetVolume, first: str) -> str:
    return (
        f"target '{volume.target}' in lane {volume.lane} of membrane '{volume.membrane}' is there "
        f"twice (also {first}); each has one row"
    )


def _alike(first: str, later: str) -> str:
    return (
        f"'{later}' and '{first}' differ only in case, spaces or look-alike letters; "
        "write one of them"
    )
