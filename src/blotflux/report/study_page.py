"""The page of a study's run: records in, what the reader sees out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.errors import BlotError
from blotflux.flags import Flag
from blotflux.report.answers import answer_cards
from blotflux.report.blots import blot_figure
from blotflux.report.methods import measuring_methods, parameters_table, provenance_tables
from blotflux.report.page import Page, TableView, qc_lines
from blotflux.report.pictures import pictures_of_study
from blotflux.report.reading import with_units
from blotflux.report.sections import analysis_section
from blotflux.report.version import package_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.analysis.records import AnalysisResult, LaneSample
    from blotflux.study.model import StudyRun

__all__ = ["DRAWN", "results_with_excluded", "study_page"]

DRAWN = "(drawn)"
"""How the title of a drawn study ends."""

BANNER = "These blots were drawn from made-up amounts: they say nothing about the drugs they name."


def study_page(
    run: StudyRun,
    *,
    figures: Mapping[str, str] | None = None,
    overlays: Sequence[str] = (),
) -> Page:
    """Return the page of a study's run.

    Parameters
    ----------
    run : StudyRun
    figures : mapping of analysis name to data URI, optional
    overlays : sequence of data URI
        One per picture, in their order; none where the page is to have no pictures.
    """
    pictures = pictures_of_study(run)
    results = with_units(run.results, run.study.samples)
    put_back, why_not = results_with_excluded(run)
    restored = {item.name: item for item in with_units(put_back, run.study.samples)}
    lines = qc_lines(run.findings)
    return Page(
        title=run.study.title.removesuffix(DRAWN).strip() or "Western blot study",
        kind="study",
        lead=_lead(run),
        version=package_version(),
        banner=BANNER if run.study.title.rstrip().endswith(DRAWN) else "",
        missing=_missing(run),
        answers=answer_cards(results, run.findings),
        analyses=tuple(
            analysis_section(
                index,
                result,
                figure=(figures or {}).get(result.name, ""),
                with_excluded=restored.get(result.name),
            )
            for index, result in enumerate(results)
        ),
        blots=tuple(
            blot_figure(picture, shown)
            for picture, shown in zip(pictures, overlays, strict=bool(overlays))
        ),
        qc=lines,
        excluded=_excluded(run),
        excluded_words=(*([why_not] if why_not else []), *_unnamed_slots(run)),
        methods=(
            *measuring_methods(pictures, run.study.parameters, volumes=run.study.volumes_name),
            *dict.fromkeys(text for result in run.results for text in result.methods),
        ),
        parameters=parameters_table(run.study.parameters),
        provenance=provenance_tables(run.provenance),
    )


def _lead(run: StudyRun) -> str:
    """Return how much there is: membranes, pictures, lanes, analyses."""
    numbers = (
        (len(run.study.membranes), "membrane"),
        (len(run.images), "picture"),
        (len(run.study.samples), "lane"),
        (len(run.results), "analysis"),
    )
    words = [f"{number} {_plural(word, number)}" for number, word in numbers if number]
    if run.study.volumes_name:
        words.append(f"volumes from {run.study.volumes_name}")
    return ", ".join(words)


def _plural(word: str, number: int) -> str:
    if number == 1:
        return word
    return "analyses" if word == "analysis" else f"{word}s"


def _missing(run: StudyRun) -> tuple[str, ...]:
    """Return what is not in the report because a picture failed."""
    if not run.failures:
        return ()
    total = len(run.failures) + len(run.images)
    lines = [
        f"{len(run.failures)} of {total} pictures could not be measured.",
        *(f"{failure.spec.file}: {failure.message}" for failure in run.failures),
    ]
    if run.left_out:
        lines.append(f"In no analysis because of that: {', '.join(run.left_out)}.")
    return tuple(lines)


# ---------------------------------------------------------------- exclusions


def results_with_excluded(run: StudyRun) -> tuple[tuple[AnalysisResult, ...], str]:
    """Return the analyses with the lanes put back that the sheet excludes, or why there are none.

    Empty, without a reason, where the sheet excludes no lane.
    """
    if not any(sample.exclude for sample in run.study.samples):
        return (), ""
    from blotflux.analysis.run import analyze

    samples = [replace(sample, exclude="") for sample in run.study.samples]
    kept = [sample for sample in samples if sample.membrane not in run.left_out]
    try:
        return analyze(run.study.analyses, kept, run.volumes, run.study.parameters), ""
    except BlotError as error:
        return (), f"With the excluded lanes put back there is no answer: {error}"


def _excluded(run: StudyRun) -> TableView | None:
    """Return every lane that is not in inference, with the reason."""
    rows = [
        (sample.membrane, str(sample.lane), _condition(sample), "all", f"by the user: {reason}")
        for sample in run.study.samples
        if (reason := sample.exclude)
    ]
    samples = {(sample.membrane, sample.lane): sample for sample in run.study.samples}
    for result in run.results:
        for value in result.normalized:
            sample = samples.get((value.membrane, value.lane))
            if value.used or Flag.NOT_FLUX in value.flags or (sample and sample.exclude):
                continue
            reason = " ".join(_meaning(flag) for flag in value.flags) or "not used"
            words = _condition(sample) if sample else ""
            rows.append((value.membrane, str(value.lane), words, value.target, reason))
    if not rows:
        return None
    return TableView(
        headings=("Membrane", "Lane", "Condition", "Target", "Why"),
        rows=tuple(dict.fromkeys(rows)),
        numeric=(False, True, False, False, False),
    )


def _condition(sample: LaneSample) -> str:
    dose = f"{sample.dose} {sample.dose_unit}".strip()
    parts = [sample.treatment, dose, f"+ {sample.inhibitor}" if sample.inhibitor else ""]
    return " ".join(part for part in parts if part)


def _meaning(flag: str) -> str:
    return Flag[flag].meaning if flag in Flag.__members__ else flag


def _unnamed_slots(run: StudyRun) -> tuple[str, ...]:
    """Return which slots were measured although the sheet does not name them."""
    named = {(sample.membrane, sample.lane) for sample in run.study.samples}
    found: dict[str, set[int]] = {}
    for item in run.images:
        membrane = item.spec.membrane
        for lane in item.measurement.lanes:
            if (membrane, lane.number) not in named:
                found.setdefault(membrane, set()).add(lane.number)
    return tuple(
        f"{membrane}: lane{'s' if len(lanes) > 1 else ''} {', '.join(map(str, sorted(lanes)))} "
        "measured, but not in the sheet and in no analysis."
        for membrane, lanes in found.items()
    )
