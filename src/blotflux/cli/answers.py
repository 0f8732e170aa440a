"""A study's answer in words, on the screen and as JSON."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from blotflux.analysis.numbers import three_digits, with_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from blotflux.analysis.records import AnalysisResult, FluxRow, LaneSample
    from blotflux.api import StudyAnswer

__all__ = ["answer_json", "answer_lines"]

WIDTH = 100


def answer_lines(answer: StudyAnswer) -> Iterator[str]:
    """Yield the lines that a person reads: each analysis, its fluxes and its sentences."""
    run = answer.outcome
    for failure in run.failures:
        yield f"NOT MEASURED  {failure.message}"
    if run.left_out:
        yield f"LEFT OUT      membranes {', '.join(run.left_out)}, because of the lines above"
    yield run.study.title or str(run.study.path)
    for result in run.results:
        yield from _analysis_lines(result, run.study.samples)
    yield f"  {_findings(answer)}"


def _analysis_lines(result: AnalysisResult, samples: Sequence[LaneSample]) -> Iterator[str]:
    yield ""
    yield f"  {result.name}"
    yield from _flux_lines(result, samples)
    for item in result.answers:
        yield from _wrapped(f"{item.label}: {item.text}", indent=4)
        for caveat in item.caveats:
            yield from _wrapped(f"- {caveat}", indent=6)


def _flux_lines(result: AnalysisResult, samples: Sequence[LaneSample]) -> Iterator[str]:
    """Yield one line per treatment with its flux over all replicates."""
    units = {(sample.treatment, sample.dose): sample.dose_unit for sample in samples}
    for row in result.flux:
        if row.replicate or row.difference is None:
            continue
        amounts = f"{three_digits(row.basal)} to {three_digits(row.inhibited)} with inhibitor"
        flux = with_error(row.difference, row.difference_se)
        yield f"    {_treatment(row, units)}: LC3-II {amounts}, flux {flux}"


def _treatment(row: FluxRow, units: Mapping[tuple[str, str], str]) -> str:
    unit = units.get((row.treatment, row.dose), "")
    time = "" if row.time_h is None else f"{row.time_h:g} h"
    return " ".join(part for part in (row.treatment, row.dose, unit, time) if part)


def _wrapped(text: str, *, indent: int) -> Iterator[str]:
    """Yield lines of a sentence; a number and its percent sign stay together."""
    start = " " * indent
    lines = textwrap.wrap(
        text.replace(" %", "\N{NO-BREAK SPACE}%"),
        WIDTH,
        initial_indent=start,
        subsequent_indent=f"{start}  ",
        break_on_hyphens=False,
    )
    yield from (line.replace("\N{NO-BREAK SPACE}", " ") for line in lines)


def _findings(answer: StudyAnswer) -> str:
    counts = answer.qc["severity"].value_counts()
    fails, warns = int(counts.get("fail", 0)), int(counts.get("warn", 0))
    if not fails and not warns:
        return "QC: nothing to look at."
    return f"QC: {fails} fail, {warns} warn; the report lists them, the worst first."


def answer_json(answer: StudyAnswer, results: Path) -> dict[str, Any]:
    """Return what a program needs of a run; every table is in `results`."""
    run = answer.outcome
    return {
        "title": run.study.title,
        "results": str(results),
        "report": str(results / "report.html"),
        "failures": [{"image": item.spec.file, "message": item.message} for item in run.failures],
        "left_out": list(run.left_out),
        "answers": [
            {
                "analysis": item.analysis,
                "treatment": item.treatment,
                "label": item.label,
                "text": item.text,
                "caveats": list(item.caveats),
                "quantity": item.headline.quantity,
                "estimate": item.headline.estimate,
                "ci_low": item.headline.ci_low,
                "ci_high": item.headline.ci_high,
                "n": item.headline.n,
            }
            for item in answer.answers
        ],
    }
