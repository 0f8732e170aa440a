"""Results as they are read: doses with their units, which tables keep in the sheet's columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from blotflux.analysis.records import AnalysisResult, Answer, Comparison, FluxRow, ReplicateValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blotflux.analysis.records import LaneSample

__all__ = ["NO_BREAK", "with_units"]

NO_BREAK = "\u00a0"
"""A dose and its unit stay on one line."""

Row = TypeVar("Row", Comparison, FluxRow, ReplicateValue, Answer)


def with_units(
    results: Iterable[AnalysisResult], samples: Iterable[LaneSample]
) -> tuple[AnalysisResult, ...]:
    """Return results whose doses carry the sheet's unit, for figures and page only.

    A dose of a treatment that the sheet gives in several units stays as it is.
    """
    seen: dict[tuple[str, str], set[str]] = {}
    for sample in samples:
        if sample.dose and sample.dose_unit:
            seen.setdefault((sample.treatment, sample.dose), set()).add(sample.dose_unit)
    units = {key: next(iter(found)) for key, found in seen.items() if len(found) == 1}
    return tuple(_with_units(result, units) for result in results)


def _with_units(result: AnalysisResult, units: Mapping[tuple[str, str], str]) -> AnalysisResult:
    return replace(
        result,
        comparisons=_dosed(result.comparisons, units),
        sensitivity=_dosed(result.sensitivity, units),
        flux=_dosed(result.flux, units),
        replicates=_dosed(result.replicates, units),
        answers=tuple(
            replace(answer, headline=_dosed((answer.headline,), units)[0])
            for answer in _dosed(result.answers, units)
        ),
    )


def _dosed(rows: Iterable[Row], units: Mapping[tuple[str, str], str]) -> tuple[Row, ...]:
    return tuple(_one(row, units) for row in rows)


def _one(row: Row, units: Mapping[tuple[str, str], str]) -> Row:
    unit = units.get((row.treatment, row.dose))
    return replace(row, dose=f"{row.dose}{NO_BREAK}{unit}") if unit else row
