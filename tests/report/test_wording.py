from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotflux.findings import Finding, Severity
from blotflux.report.wording import (
    analysis_words,
    bound_sign,
    condition_words,
    estimate_words,
    interval_words,
    label_kind,
    label_words,
    number_words,
    p_words,
    place_words,
    quantity_words,
)


@given(st.floats(-1e12, 1e12).filter(lambda value: abs(value) > 1e-9))
def test_a_number_is_within_half_a_unit_of_its_third_digit(value: float) -> None:
    shown = float(number_words(value).replace("\u2212", "-"))
    assert shown == pytest.approx(value, rel=0.005001)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "\u2013"),
        (math.nan, "\u2013"),
        (0.0, "0"),
        (math.inf, "unbounded"),
        (1e-7, "1.00e\u221207"),
    ],
)
def test_odd_numbers_have_words(value: float | None, words: str) -> None:
    assert number_words(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "\u2013"), (5e-5, "<\u202f0.0001"), (0.0203, "0.020"), (0.00591, "0.0059")],
)
def test_p_values_are_short(value: float | None, words: str) -> None:
    assert p_words(value) == words


@pytest.mark.parametrize(
    ("low", "high", "sign"),
    [(1.8, None, "\u2265"), (None, 0.9, "\u2264"), (1.8, 2.6, ""), (None, None, "")],
)
def test_an_estimate_with_one_limit_is_a_bound(drawn, low, high, sign) -> None:
    row = replace(drawn.COMPARISONS[0], ci_low=low, ci_high=high)
    assert bound_sign(row).strip("\u202f") == sign


def test_a_bound_without_limits_takes_its_sign_from_its_message(drawn) -> None:
    row = replace(
        drawn.COMPARISONS[0], ci_low=None, ci_high=None, flags=("BOUND",), message="FC \u2264 0.4"
    )
    assert estimate_words(row).startswith("\u2264")
    assert estimate_words(replace(row, message="")) == "2.18"


def test_an_infinite_limit_is_called_unbounded() -> None:
    assert interval_words(-math.inf, 3.0) == "unbounded"
    assert interval_words(None, 3.0) == "up to 3.00"


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("INDUCED_FLUX", "change"),
        ("DECREASED", "change"),
        ("NO_CHANGE", "same"),
        ("INCONCLUSIVE_PRECISION", "open"),
        ("PROVISIONAL_N2", "open"),
        ("CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED", "open"),
        ("", "open"),
    ],
)
def test_labels_are_of_three_kinds(label: str, kind: str) -> None:
    assert label_kind(label) == kind


def test_unknown_names_stay_readable() -> None:
    assert label_words("SOMETHING_NEW") == "Something new"
    assert quantity_words("new_ratio") == "new ratio"


def test_a_condition_has_its_dose_once(drawn) -> None:
    row = replace(drawn.COMPARISONS[0], treatment="drug 10 uM", dose="10 uM", time_h=16.0)
    assert condition_words(row) == "drug 10 uM, 16 h"


def test_a_finding_says_where_it_belongs() -> None:
    finding = Finding(
        severity=Severity.WARN,
        code="D-SNR",
        message="",
        membrane="rep1",
        image="a.tif",
        panel=2,
        lane=3,
        target="LC3-II",
    )
    assert place_words(finding) == "rep1 (a.tif), panel 2, lane 3, LC3-II"
    assert place_words(Finding(severity=Severity.INFO, code="X", message="")) == ""


def test_an_analysis_that_the_user_named_keeps_its_name(drawn) -> None:
    result = drawn.result()
    assert analysis_words(result) == "LC3-II flux, BafA1"
    named = replace(result, name="mine", plan=result.plan.model_copy(update={"name": "mine"}))
    assert analysis_words(named) == "mine"
