"""Results in, files out: tables, figures, report, workbook.

- `write_study` writes the folder of a study's run, `write_quantify` that of pictures measured
  without a study.
- `study_tables` and `quantify_tables` give the same tables as DataFrames.
- `blotflux.report.schema` has every column's name, unit and meaning.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blotflux.report.pictures import Picture
    from blotflux.report.tables import quantify_tables, study_tables
    from blotflux.report.write import write_quantify, write_study

__all__ = ["Picture", "quantify_tables", "study_tables", "write_quantify", "write_study"]

_PLACES = {
    "Picture": "blotflux.report.pictures",
    "quantify_tables": "blotflux.report.tables",
    "study_tables": "blotflux.report.tables",
    "write_quantify": "blotflux.report.write",
    "write_study": "blotflux.report.write",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for; pandas and matplotlib take their time."""
    if name not in _PLACES:
        message = f"module '{__name__}' has no attribute '{name}'"
        raise AttributeError(message)
    return getattr(import_module(_PLACES[name]), name)
