"""The cells of the form of a new study: what stands in them, and what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QTableWidget, QTableWidgetItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.editing import new_study

__all__ = [
    "analysis_cells",
    "fill",
    "image_cells",
    "number_typed",
    "targets_typed",
    "text_at",
]

SEPARATOR = ", "


def image_cells(image: new_study.FormImage) -> list[str]:
    """Return the cells of a picture."""
    return ["", image.file, image.membrane, SEPARATOR.join(map(_target_name, image.targets))]


def _target_name(target: Any) -> str:
    return str(target["name"]) if isinstance(target, dict) else str(target)


def targets_typed(image: new_study.FormImage, text: str) -> tuple[Any, ...]:
    """Return the targets as typed; one that was a table stays one where its name stays."""
    tables = {_target_name(target): target for target in image.targets}
    names = [name.strip() for name in text.split(SEPARATOR.strip())]
    return tuple(tables.get(name, name) for name in names if name)


def analysis_cells(analysis: new_study.FormAnalysis) -> list[str]:
    """Return the cells of an analysis; its kind is chosen from a list."""
    hours = "" if analysis.inhibitor_hours is None else f"{analysis.inhibitor_hours:g}"
    return ["", analysis.target, analysis.loading, analysis.total, analysis.control, hours]


def number_typed(text: str) -> float | None:
    """Return a number, with a decimal point or comma; None where there is none."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def text_at(table: QTableWidget, row: int, column: int) -> str:
    """Return what stands in a cell."""
    item = table.item(row, column)
    return "" if item is None else str(item.text()).strip()


def fill(table: QTableWidget, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show other columns and rows."""
    table.clear()
    table.setColumnCount(len(columns))
    table.setHorizontalHeaderLabels(list(columns))
    table.setRowCount(len(rows))
    for at, cells in enumerate(rows):
        for column, text in enumerate(cells):
            table.setItem(at, column, QTableWidgetItem(text))
    table.resizeColumnsToContents()
