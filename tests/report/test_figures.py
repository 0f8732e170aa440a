from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.analysis.records import AnalysisResult, ExpressionPlan, ReplicateValue
from blotflux.report.axes import Span, span_of, tick_words, ticks_of
from blotflux.report.dots import dots_of, places_of
from blotflux.report.figures import draw_analysis
from blotflux.report.forest import forest_rows, forest_span

POSITIVE = st.floats(1e-3, 1e3)


def texts(svg: bytes) -> list[str]:
    return [
        "".join(item.itertext()) for item in ET.fromstring(svg).iter() if item.tag.endswith("}text")
    ]


def test_every_replicate_is_a_dot_in_every_arm(drawn) -> None:
    dots = dots_of(drawn.result())
    assert len(dots) == 3 * 4
    assert {dot.arm for dot in dots} == {"without", "+ BafA1"}
    assert all(dot.treated == (dot.group != "vehicle") for dot in dots)


def test_controls_stand_first(drawn) -> None:
    places = places_of(dots_of(drawn.result()))
    assert min(places, key=places.__getitem__) == ("vehicle", "without")


def test_the_figure_writes_the_tables_numbers_and_no_p_value(drawn) -> None:
    written = texts(draw_analysis(drawn.result())["svg"])
    assert any(text.split() == ["2.18", "[1.83", "to", "2.61]"] for text in written)
    assert {"n1", "n2", "n3", "vehicle"} <= set(written)
    assert not any("0.168" in text or "p =" in text or "5e-05" in text for text in written)


def test_the_same_result_gives_the_same_bytes(drawn) -> None:
    assert draw_analysis(drawn.result()) == draw_analysis(drawn.result())


def test_the_headline_is_the_first_estimate(drawn) -> None:
    rows = forest_rows(drawn.result())
    assert [row.comparison.quantity for row in rows] == [
        *("flux_ratio", "clearance_ratio", "pool_ratio", "inhibited_ratio"),
    ]


def test_a_ratio_analysis_draws_its_headline_quantity() -> None:
    plan = ExpressionPlan(target="p62", loading="total_protein", control="vehicle")
    values = tuple(
        ReplicateValue(
            analysis="a",
            kind="expression",
            quantity="target_over_loading",
            replicate=str(replicate),
            treatment=treatment,
            value=value * replicate,
            value_over_control=value,
        )
        for treatment, value in (("drug", 1.4), ("vehicle", 1.0))
        for replicate in (1, 2, 3)
    )
    result = AnalysisResult(plan=plan, name="a", replicates=values)
    assert len(dots_of(result)) == 6
    assert "p62 / total protein, mean vehicle = 1" in texts(draw_analysis(result)["svg"])


def test_a_result_without_numbers_says_so() -> None:
    plan = ExpressionPlan(target="p62", loading="GAPDH", control="vehicle")
    written = texts(draw_analysis(AnalysisResult(plan=plan, name="a"))["svg"])
    assert {"no values", "no estimates"} <= set(written)


def test_negative_and_unbounded_values_are_drawn_without_complaint(drawn) -> None:
    result = drawn.result()
    flux = (replace(result.flux[0], basal=-0.2), *result.flux[1:])
    rows = (
        replace(result.comparisons[0], estimate=-0.1, ci_low=float("-inf"), ci_high=float("inf")),
        replace(result.comparisons[1], estimate=500.0, ci_low=0.2, ci_high=None),
        replace(result.comparisons[2], estimate=None, ci_low=None, ci_high=None),
    )
    drawing = draw_analysis(replace(result, flux=flux, comparisons=rows))
    assert any("unbounded" in text for text in texts(drawing["svg"]))


def test_hostile_names_are_drawn_as_text(drawn) -> None:
    result = drawn.result()
    flux = tuple(replace(row, treatment="$\\bad{ <b>") for row in result.flux)
    drawing = draw_analysis(replace(result, flux=flux), warning="$x^$")
    assert b"<b>" not in drawing["svg"]
    assert "$x^$" in texts(drawing["svg"])


@given(st.lists(POSITIVE, min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_ticks_lie_inside_and_there_are_enough_of_them(values: list[float]) -> None:
    span = span_of(values)
    ticks = ticks_of(span)
    assert span.log
    assert 2 <= len(ticks) <= 14
    assert all(span.low * 0.98 <= tick <= span.high * 1.02 for tick in ticks)
    assert all(0 < span.place(value) < 1 for value in values)


def test_a_value_below_zero_makes_the_scale_linear() -> None:
    assert not span_of([-0.5, 3.0]).log
    assert ticks_of(Span(low=-1.0, high=5.0, log=False)) == [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("value", "words"), [(2e6, "2e+06"), (12000.0, "12k"), (-0.5, "\u22120.5")]
)
def test_ticks_are_short(value: float, words: str) -> None:
    assert tick_words(value) == words


def test_the_margin_is_always_in_view(drawn) -> None:
    span = forest_span(drawn.COMPARISONS, margin=4.0)
    assert span.holds(0.25)
    assert span.holds(4.0)
