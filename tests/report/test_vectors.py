"""What a reader sees of the worked vectors: the sentence's numbers are the table's, and no more."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace
from typing import Any

import openpyxl
import pandas as pd
import pytest

from blotflux.analysis.run import analyze
from blotflux.report.csvtext import csv_bytes
from blotflux.report.figures import draw_analysis
from blotflux.report.html import render
from blotflux.report.reading import with_units
from blotflux.report.study_page import study_page
from blotflux.report.tables import study_tables
from blotflux.report.xlsx import workbook_bytes

NUMBER = r"(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
PATTERNS = {
    "estimate": (
        rf"(?:is|rose to|fell to|changed to)(?: at least| at most)? {NUMBER} times"
        rf"|Flux ratio: {NUMBER}"
    ),
    "ci_low": rf"CI (?:from )?{NUMBER}",
    "ci_high": rf"CI (?:(?:{NUMBER} to)|up to) {NUMBER}",
    "n": r"n = (\d+)",
    "ci_level": rf"\({NUMBER} % CI",
}
CASES = [
    *("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F10", "F12", "F15", "F17", "F18", "F19"),
    *("F20", "F22", "F24", "F25", "F26", "F27", "F28", "F29", "F30", "F31", "F32"),
]
REFUSED = ["F13", "F14", "F15"]


def run_of(vectors, name: str) -> Any:
    if name == "phospho":
        return vectors.phospho_run()
    return vectors.flux_run(next(full for full in vectors.FLUX if full.startswith(f"{name}_")))


def numbers_of(sentence: str) -> dict[str, float]:
    """Return the numbers of a sentence by the column that they are of."""
    found = {}
    for column, pattern in PATTERNS.items():
        match = re.search(pattern, sentence)
        if match and match[match.lastindex or 1]:
            found[column] = float(match[match.lastindex or 1])
    if "up to" in sentence:
        found.pop("ci_low", None)
    if "no upper limit" in sentence:
        found.pop("ci_high", None)
    return found


@pytest.mark.parametrize("name", [*CASES, "phospho"])
def test_every_number_of_a_sentence_is_the_tables(vectors, name: str) -> None:
    run = run_of(vectors, name)
    table = pd.read_csv(io.BytesIO(csv_bytes(study_tables(run)["comparisons"])))
    for result in run.results:
        for answer in result.answers:
            row = table[
                (table["analysis"] == answer.analysis)
                & (table["treatment"] == answer.treatment)
                & (table["quantity"] == answer.headline.quantity)
            ].iloc[0]
            found = numbers_of(answer.text)
            assert {"estimate", "n"} <= set(found), answer.text
            for column, number in found.items():
                value = 100 * row[column] if column == "ci_level" else row[column]
                assert number == pytest.approx(float(f"{value:.3g}"), rel=1e-9), (column, found)
            assert row["label"] == answer.label


@pytest.mark.parametrize("name", [*CASES, "phospho"])
def test_the_card_shows_the_sentence_and_the_same_numbers(vectors, name: str) -> None:
    run = run_of(vectors, name)
    page = study_page(run)
    answers = [answer for result in run.results for answer in result.answers]
    assert [card.sentence for card in page.answers] == [answer.text for answer in answers]
    for card, answer in zip(page.answers, answers, strict=True):
        found = numbers_of(answer.text)
        shown = re.sub("[\u2265\u2264\u202f]", "", card.estimate).replace("\u2212", "-")
        assert float(shown) == pytest.approx(found["estimate"])
        assert card.label == answer.label
        ends = [float(text) for text in re.findall(NUMBER, card.interval.replace("\u2212", "-"))]
        assert ends[-1] == pytest.approx(found.get("ci_high", found.get("ci_low")))
        assert int(card.n) == found["n"]


@pytest.mark.parametrize("name", REFUSED)
def test_where_p_is_refused_there_is_none_anywhere(vectors, name: str) -> None:
    run = run_of(vectors, name)
    tables = study_tables(run)
    if name != "F13":  # what needs no missing arm has its own p there
        assert tables["comparisons"]["p_value"].isna().all()
    headline = tables["comparisons"].query("quantity == 'flux_ratio'")
    assert headline["p_value"].isna().all()
    assert headline["p_adjusted"].isna().all()
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(tables, run.results)))
    rows = list(book["comparisons"].values)
    of_flux = [row for row in rows[1:] if row[rows[0].index("quantity")] == "flux_ratio"]
    assert all(row[rows[0].index("p_value")] is None for row in of_flux)
    assert not re.search(r"\bp\s*[=<]", draw_analysis(run.results[0])["svg"].decode())
    if name != "F13":
        text = render(study_page(run))
        assert "p adjusted" not in text
        assert run.results[0].comparisons[0].label in {"", "DESCRIPTIVE_ONLY", "PROVISIONAL_N2"}


def test_a_gate_without_estimate_says_so_instead_of_a_number(vectors) -> None:
    (card,) = study_page(run_of(vectors, "F13")).answers
    assert card.estimate == ""
    assert card.interval == "no interval"
    assert card.glyph is None
    assert "no estimate" in render(study_page(run_of(vectors, "F13")))


def test_a_bound_is_shown_as_one(vectors) -> None:
    (card,) = study_page(run_of(vectors, "F12")).answers
    assert card.estimate.startswith("\u2265")
    assert card.interval == "95\u202f% CI from 1.83"
    assert "<small>\u03c6</small> \u2265" in render(study_page(run_of(vectors, "F12")))
    assert card.glyph is not None
    assert card.glyph.high is None


def test_two_treatments_share_one_scale_and_their_widened_level(vectors) -> None:
    first, second = study_page(run_of(vectors, "F19")).answers
    assert first.glyph is not None
    assert second.glyph is not None
    assert first.glyph.one == second.glyph.one
    assert first.interval.startswith("97.5\u202f% CI")


def test_units_do_not_reach_the_tables(vectors) -> None:
    run = run_of(vectors, "F1")
    assert set(study_tables(run)["comparisons"]["dose"]) == {"10"}
    assert {row.dose for row in with_units(run.results, run.study.samples)[0].comparisons} == {
        "10\u00a0uM"
    }


def test_the_product_of_pool_and_clearance_is_the_flux_in_the_table(vectors) -> None:
    table = study_tables(run_of(vectors, "F3"))["comparisons"].set_index("quantity")["estimate"]
    assert math.isclose(
        table["flux_ratio"], table["pool_ratio"] * table["clearance_ratio"], rel_tol=1e-9
    )


def test_the_answer_with_and_without_an_excluded_lane_stands_side_by_side(vectors) -> None:
    run = run_of(vectors, "F5")
    samples = tuple(
        replace(sample, exclude="torn") if (sample.membrane, sample.lane) == ("m2", 4) else sample
        for sample in run.study.samples
    )
    results = analyze(run.study.analyses, samples, run.volumes, run.study.parameters)
    excluded = replace(run, study=replace(run.study, samples=samples), results=results)
    (section,) = study_page(excluded).analyses
    assert section.with_excluded is not None
    reported, put_back = section.with_excluded.rows
    assert (reported[0], put_back[0]) == ("as reported", "with the excluded lanes put back")
    assert (reported[5], put_back[5]) == ("4", "5")
    assert put_back[3] == "0.937"
    assert reported[3] != put_back[3]
