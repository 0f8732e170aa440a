"""Studies of phospho and expression, built from tables of volumes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.analysis.records import (
    ExpressionPlan,
    LaneSample,
    PhosphoPlan,
    TargetVolume,
)
from blotflux.analysis.run import analyze
from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.analysis.records import AnalysisPlan, AnalysisResult, Answer, Comparison

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "vectors.json").read_text(encoding="utf-8")
)
PARAMETERS = Parameters()

Study = tuple[list[LaneSample], list[TargetVolume]]
Lane = dict[str, Any]


def study(
    data: Mapping[str, Sequence[Sequence[float]]],
    treatments: Sequence[str] = ("vehicle", "drug"),
    *,
    lanes: Sequence[Lane] | None = None,
    **volume: Any,
) -> Study:
    """Return one membrane per row of `data`, a replicate each, with one lane per column.

    `lanes` adds columns of the sheet to each lane; `volume` goes to all volumes.
    """
    rows = len(next(iter(data.values())))
    more = lanes or [{} for _ in treatments]
    samples = [
        LaneSample(
            **(
                {
                    "membrane": f"m{row + 1}",
                    "lane": column + 1,
                    "treatment": treatment,
                    "replicate": f"r{row + 1}",
                }
                | more[column]
            )
        )
        for row in range(rows)
        for column, treatment in enumerate(treatments)
    ]
    volumes = [
        TargetVolume(membrane=f"m{row + 1}", lane=column + 1, target=target, volume=value, **volume)
        for target, table in data.items()
        for row, values in enumerate(table)
        for column, value in enumerate(values)
    ]
    return samples, volumes


def constant(rows: int, columns: int, value: float = 1000.0) -> list[list[float]]:
    """Return a table of one value."""
    return [[value] * columns for _ in range(rows)]


def phospho(
    given: Study, target: str = "p-X", total: str = "X", loading: str | None = "L", **more: Any
) -> AnalysisResult:
    """Return the one result of a phospho plan through all of `analyze`."""
    plan = PhosphoPlan(target=target, total=total, loading=loading, control="vehicle", **more)
    return run(given, plan)


def expression(
    given: Study, target: str = "X", loading: str | tuple[str, ...] = "L", **more: Any
) -> AnalysisResult:
    """Return the one result of an expression plan through all of `analyze`."""
    return run(given, ExpressionPlan(target=target, loading=loading, control="vehicle", **more))


def run(given: Study, plan: AnalysisPlan) -> AnalysisResult:
    """Return the one result of a plan."""
    (result,) = analyze([plan], *given, PARAMETERS)
    return result


def row(result: AnalysisResult, quantity: str, **place: Any) -> Comparison:
    """Return one row of ``comparisons.csv``."""
    (found,) = [
        item
        for item in result.comparisons
        if item.quantity == quantity
        and all(getattr(item, name) == value for name, value in place.items())
    ]
    return found


def answer(result: AnalysisResult, treatment: str = "drug") -> Answer:
    """Return the answer on one treatment."""
    (found,) = [item for item in result.answers if item.treatment == treatment]
    return found


def codes(result: AnalysisResult) -> list[str]:
    """Return the codes of all findings."""
    return [finding.code for finding in result.findings]


def messages(result: AnalysisResult, code: str) -> list[str]:
    """Return the messages of all findings with a code."""
    return [finding.message for finding in result.findings if finding.code == code]
