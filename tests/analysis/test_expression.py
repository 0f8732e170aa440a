"""A target over its loading control: designs, their models, what is refused, and the sentences."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fold_cases import (
    PARAMETERS,
    VECTORS,
    answer,
    codes,
    constant,
    expression,
    messages,
    row,
    run,
    study,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from blotflux.analysis.expression import analyze_expression
from blotflux.analysis.records import ExpressionPlan, LaneSample, TargetVolume
from blotflux.analysis.run import analyze
from blotflux.flags import Flag
from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

DUNNETT = VECTORS["S1_dunnett_blocked"]
RISE = [[1000.0, 2000.0], [1100.0, 2300.0], [900.0, 1750.0]]


def animals(groups: dict[str, list[float]], *, membranes: int = 1):
    """Return independent samples, one value each, dealt over some membranes."""
    samples, volumes = [], []
    for treatment, values in groups.items():
        for index, value in enumerate(values):
            membrane = f"m{index % membranes + 1}"
            lane = 1 + sum(item.membrane == membrane for item in samples)
            samples.append(
                LaneSample(
                    membrane=membrane,
                    lane=lane,
                    treatment=treatment,
                    replicate=f"{treatment}{index}",
                )
            )
            place = {"membrane": membrane, "lane": lane}
            volumes += [
                TargetVolume(target="X", volume=value, **place),
                TargetVolume(target="L", volume=1000.0, **place),
            ]
    return samples, volumes


# ---------------------------------------------------------------- designs and their models


def test_dunnett_on_the_blocked_residual_reproduces_the_worked_vector() -> None:
    data = DUNNETT["input"]["data"]
    result = expression(study({"X": data, "L": constant(4, 4)}, DUNNETT["input"]["columns"]))
    for expected in DUNNETT["output"]["comparisons"]:
        found = row(result, "target_over_loading", treatment=expected["condition"])
        assert found.estimate == pytest.approx(expected["FC"], rel=1e-9)
        assert (found.ci_low, found.ci_high) == pytest.approx(expected["sim_ci"], rel=1e-6)
        assert found.p_value == pytest.approx(expected["p_raw"], rel=1e-9)
        assert found.p_adjusted == pytest.approx(expected["p_dunnett"], rel=1e-5)
        assert (found.df, found.n) == (9, 4)
        assert found.method == "Dunnett on the blocked residual of ln values"
        assert found.model == "ln(X/L) ~ condition + replicate"
        assert found.family == "Dunnett, 3 conditions against vehicle in X/L"


def test_independent_animals_on_one_membrane_get_welch_on_ln() -> None:
    treated, control = [2000.0, 2600.0, 1800.0, 2200.0], [1000.0, 900.0, 1250.0]
    result = expression(animals({"vehicle": control, "drug": treated}))
    found = row(result, "target_over_loading")
    expected = stats.ttest_ind(np.log(treated), np.log(control), equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.df == pytest.approx(expected.df, rel=1e-9)
    assert (found.ci_low, found.ci_high) == pytest.approx(
        (math.exp(interval.low), math.exp(interval.high)), rel=1e-9
    )
    assert found.method == "Welch's t on ln values"
    assert found.model == "ln(X/L) ~ condition"
    assert found.n == 3
    assert Flag.UNBLOCKED in found.flags


def test_independent_animals_in_several_groups_get_dunnett_as_scipy_has_it() -> None:
    rng = np.random.default_rng(3)
    groups = {
        name: list(1000 * fold * np.exp(rng.normal(0, 0.2, 5)))
        for name, fold in (("vehicle", 1.0), ("low", 1.2), ("high", 1.9))
    }
    result = expression(animals(groups))
    expected = stats.dunnett(
        np.log(groups["low"]), np.log(groups["high"]), control=np.log(groups["vehicle"])
    )
    found = [row(result, "target_over_loading", treatment=name) for name in ("low", "high")]
    assert [item.p_adjusted for item in found] == pytest.approx(list(expected.pvalue), abs=2e-3)
    assert found[0].method == "Dunnett on ln values"


def test_independent_animals_on_several_membranes_have_the_membrane_as_block() -> None:
    result = expression(
        animals({"vehicle": [1000, 2100, 950, 2200], "drug": [2000, 4100, 2150, 4000]}, membranes=2)
    )
    found = row(result, "target_over_loading")
    assert found.model == "ln(X/L) ~ condition + membrane"
    assert found.df == 8 - 3
    assert found.label == "INCREASED"
    assert Flag.UNBLOCKED in found.flags


def test_each_time_is_compared_with_its_own_control() -> None:
    lanes = [{"time_h": 1.0}, {"time_h": 1.0}, {"time_h": 4.0}, {"time_h": 4.0}]
    table = [[100 * f, 200 * f, 400 * f, 404 * f] for f in (1.0, 1.3, 0.8)]
    noisy = [
        [v * (1 + 0.02 * ((3 * i + j) % 4)) for j, v in enumerate(r)] for i, r in enumerate(table)
    ]
    treatments = ("vehicle", "drug", "vehicle", "drug")
    result = expression(study({"X": noisy, "L": constant(3, 4)}, treatments, lanes=lanes))
    early = row(result, "target_over_loading", time_h=1.0)
    late = row(result, "target_over_loading", time_h=4.0)
    assert early.estimate == pytest.approx(2.0, rel=0.1)
    assert late.estimate == pytest.approx(1.01, rel=0.1)
    assert early.method == "t of the blocked fit on ln values"
    assert (early.df, late.df) == (6, 6)


def test_target_with_and_without_inhibitor_has_a_control_for_each() -> None:
    lanes = [{}, {}, {"inhibitor": "BafA1"}, {"inhibitor": "BafA1"}]
    table = [[100, 220, 300, 330], [110, 200, 310, 300], [90, 190, 280, 310]]
    treatments = ("vehicle", "drug", "vehicle", "drug")
    result = expression(study({"X": table, "L": constant(3, 4)}, treatments, lanes=lanes))
    assert row(result, "target_over_loading", inhibitor="").label == "INCREASED"
    assert row(result, "target_over_loading", inhibitor="BafA1").estimate < 1.2


def test_doses_get_a_linear_trend_on_the_logarithm_of_the_dose() -> None:
    doses = ["", "0.1", "1", "10"]
    lanes = [{"dose": dose, "dose_unit": "uM" if dose else ""} for dose in doses]
    table = [[100 * f, 150 * f, 300 * f, 610 * f] for f in (1.0, 1.2, 0.9)]
    table[1][2] *= 1.1
    result = expression(
        study({"X": table, "L": constant(3, 4)}, ("vehicle", "d", "d", "d"), lanes=lanes)
    )
    trend = row(result, "target_over_loading_per_tenfold_dose")
    slopes = [(math.log(values[3]) - math.log(values[1])) / 2 for values in table]
    assert trend.estimate == pytest.approx(math.exp(np.mean(slopes)), rel=1e-9)
    assert trend.df == 6
    assert trend.ci_low > 1
    assert trend.label == ""
    assert trend.method == "linear trend over log10 of 3 doses"


def test_technical_lanes_are_averaged_and_do_not_raise_n() -> None:
    treatments = ("vehicle", "vehicle", "drug", "drug")
    table = [[900, 1100, 2000, 2000], [1000, 1000, 2300, 2100], [1200, 1000, 1900, 2200]]
    result = expression(study({"X": table, "L": constant(3, 4)}, treatments))
    found = row(result, "target_over_loading")
    collapsed = [[math.sqrt(a * b), math.sqrt(c * d)] for a, b, c, d in table]
    alone = row(expression(study({"X": collapsed, "L": constant(3, 2)})), "target_over_loading")
    assert found.estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert found.p_value == pytest.approx(alone.p_value, rel=1e-9)
    assert (found.n, found.n_technical) == (3, 12)


def test_two_loading_controls_are_joined_by_their_geometric_mean() -> None:
    data = {"X": RISE, "A": [[10, 20]] * 3, "B": [[10, 5]] * 3}
    found = row(expression(study(data), loading=("A", "B")), "target_over_loading")
    plain = row(expression(study({"X": RISE, "L": constant(3, 2)})), "target_over_loading")
    assert found.estimate == pytest.approx(plain.estimate, rel=1e-12)
    assert found.model == "ln(X/A and B) ~ condition + replicate"


# ---------------------------------------------------------------- labels, in their order


@pytest.mark.parametrize(
    ("table", "label"),
    [
        (RISE, "INCREASED"),
        ([r[::-1] for r in RISE], "DECREASED"),
        ([[100, 101], [100, 99], [100, 102]], "NO_CHANGE"),
        ([[100, 200], [100, 90], [100, 160]], "INCONCLUSIVE_PRECISION"),
        (RISE[:2], "PROVISIONAL_N2"),
        (RISE[:1], "DESCRIPTIVE_ONLY"),
    ],
)
def test_the_label_follows_interval_and_replicates(table: list[list[float]], label: str) -> None:
    result = expression(study({"X": table, "L": constant(len(table), 2)}))
    assert row(result, "target_over_loading").label == label
    assert answer(result).label == label


def test_one_replicate_has_values_and_nothing_else() -> None:
    result = expression(study({"X": [RISE[0] * 2], "L": constant(1, 4)}, ("vehicle", "drug") * 2))
    found = row(result, "target_over_loading")
    assert found.estimate == pytest.approx(2.0)
    assert [found.ci_low, found.p_value, found.p_adjusted, found.ci_level] == [None] * 4
    assert found.message == (
        "One biological replicate: values are shown, no confidence interval, p-value or "
        "interpretation is given."
    )
    assert messages(result, "R1") == [
        "No p-value: all 4 lanes come from one biological replicate. Technical replicates "
        "measure assay noise, not reproducibility."
    ]
    assert found.message in answer(result).text


def test_two_replicates_have_an_interval_and_no_p() -> None:
    found = row(expression(study({"X": RISE[:2], "L": constant(2, 2)})), "target_over_loading")
    assert found.ci_low < found.estimate < found.ci_high
    assert (found.p_value, found.p_adjusted) == (None, None)
    assert found.message == (
        "Two biological replicates: estimates only; interpretation label withheld (minimum 3)."
    )


def test_a_small_but_certain_change_says_that_it_is_small() -> None:
    table = [[100, 120], [100, 121], [100, 119.5], [100, 120.5]]
    result = expression(study({"X": table, "L": constant(4, 2)}))
    found = row(result, "target_over_loading")
    assert found.label == "INCREASED"
    assert Flag.WITHIN_MARGIN in found.flags
    assert answer(result).text.endswith("The change is smaller than 1.5-fold.")


def test_a_missing_control_is_a_design_that_cannot_answer() -> None:
    lanes = [{"time_h": 1.0}, {"time_h": 4.0}]
    result = expression(study({"X": RISE, "L": constant(3, 2)}, lanes=lanes))
    found = row(result, "target_over_loading")
    assert found.label == "INCONCLUSIVE_DESIGN"
    assert found.message == (
        "There is no lane of vehicle to compare drug, 4 h with (same time and inhibitor)."
    )
    assert (found.estimate, found.p_value) == (None, None)


def test_a_condition_whose_lanes_are_all_excluded_is_reported_as_missing() -> None:
    samples, volumes = study({"X": RISE, "L": constant(3, 2)})
    samples = [replace(s, exclude="bubble") if s.treatment == "drug" else s for s in samples]
    found = row(expression((samples, volumes)), "target_over_loading")
    assert found.label == "INCONCLUSIVE_DESIGN"
    assert found.message == "No usable lane of drug holds X/L."


# ---------------------------------------------------------------- bounds


def clipped(lanes: list[tuple[str, int]], *, target: str = "X", rows: int = 4):
    table = [[1000.0 + 30 * r, 2000.0 + 90 * ((r * r) % 3)] for r in range(rows)]
    samples, volumes = study({"X": table, "L": constant(rows, 2)})
    return samples, [
        replace(v, saturated=True, saturated_px=9)
        if (v.membrane, v.lane) in lanes and v.target == target
        else v
        for v in volumes
    ]


@pytest.mark.parametrize("target", ["X", "L"])
def test_a_saturated_lane_is_a_bound_and_leaves_inference(target: str) -> None:
    result = expression(clipped([("m1", 2)], target=target))
    found = row(result, "target_over_loading")
    assert (found.n, found.label) == (3, "INCREASED")
    assert f"Lane 2 ({target}) is a bound, not a value; it is excluded from inference." in (
        messages(result, "R9")
    )
    (lane,) = [v for v in result.normalized if (v.membrane, v.lane) == ("m1", 2)]
    assert not lane.used
    assert Flag.SATURATED in lane.flags


def test_too_many_saturated_lanes_are_a_signal_that_cannot_answer() -> None:
    result = expression(clipped([("m1", 2), ("m2", 1)]))
    found = row(result, "target_over_loading")
    assert (found.n, found.label) == (2, "INCONCLUSIVE_SIGNAL")
    assert found.p_value is None
    assert found.message.startswith("Saturated or not quantifiable: m1 lane 2, m2 lane 1.")
    assert Flag.SATURATED in found.flags


def test_saturation_of_every_lane_is_not_taken_for_a_bad_design() -> None:
    result = expression(clipped([(f"m{r}", 2) for r in range(1, 5)]))
    found = row(result, "target_over_loading")
    assert (found.n, found.label, found.estimate) == (0, "INCONCLUSIVE_SIGNAL", None)


def undetected(cell: int, side: str, *, rows: int = 3, loq: float | None = 100.0):
    """Return a study in which one side of the ratio is below a limit of 100 in one condition."""
    samples, volumes = study({"X": [[400.0, 800.0]] * rows, "L": [[400.0, 400.0]] * rows})
    return samples, [
        replace(v, volume=20.0, below_loq=True, loq=loq)
        if v.lane == cell + 1 and v.target == side
        else v
        for v in volumes
    ]


@pytest.mark.parametrize(
    ("cell", "side", "text", "value"),
    [
        (1, "X", "FC ≤ ", 100 / 400),
        (0, "X", "FC ≥ ", 800 / 100),
        (1, "L", "FC ≥ ", (800 / 100) / (400 / 400)),
        (0, "L", "FC ≤ ", (800 / 400) / (400 / 100)),
    ],
)
def test_an_undetected_side_bounds_the_fold_change(
    cell: int, side: str, text: str, value: float
) -> None:
    result = expression(undetected(cell, side))
    found = row(result, "target_over_loading")
    assert found.label == "INCONCLUSIVE_SIGNAL"
    assert found.estimate == pytest.approx(value, rel=1e-9)
    assert found.message.startswith(f"{text}{value:.3g}")
    assert [found.ci_low, found.ci_high, found.p_value] == [None] * 3
    assert {Flag.BOUND, Flag.BELOW_LOQ} <= set(found.flags)
    assert text in answer(result).text


def test_a_bound_without_any_limit_has_no_estimate() -> None:
    found = row(expression(undetected(1, "X", loq=None)), "target_over_loading")
    assert (found.label, found.estimate) == ("INCONCLUSIVE_SIGNAL", None)
    assert "nothing bounds the fold change" in found.message


def test_limits_on_both_sides_bound_nothing() -> None:
    samples, volumes = undetected(1, "X")
    volumes = [
        replace(v, volume=20.0, below_loq=True, loq=100.0) if v.target == "X" else v
        for v in volumes
    ]
    found = row(expression((samples, volumes)), "target_over_loading")
    assert (found.label, found.estimate) == ("INCONCLUSIVE_SIGNAL", None)


def test_one_undetected_replicate_of_four_is_left_out_and_listed() -> None:
    samples, volumes = undetected(1, "X", rows=4)
    volumes = [
        replace(v, volume=810.0, below_loq=False)
        if v.target == "X" and v.lane == 2 and v.membrane != "m1"
        else v
        for v in volumes
    ]
    result = expression((samples, volumes))
    assert row(result, "target_over_loading").n == 3
    assert row(result, "target_over_loading").label == "INCREASED"
    assert len(messages(result, "R9")) == 1


# ---------------------------------------------------------------- refusals


def test_conditions_on_membranes_of_their_own_are_not_put_on_one_scale() -> None:
    samples, volumes = study({"X": constant(6, 1), "L": constant(6, 1)}, ("vehicle",))
    samples = [
        replace(
            s,
            treatment="drug" if int(s.membrane[1:]) % 2 else "vehicle",
            replicate=str(int(s.membrane[1:]) // 2),
        )
        for s in samples
    ]
    found = row(expression((samples, volumes)), "target_over_loading")
    assert found.label == "INCONCLUSIVE_DESIGN"
    assert found.message == ("These membranes share no condition; they cannot be put on one scale.")


def test_a_reference_lane_on_each_membrane_puts_them_on_one_scale() -> None:
    samples, volumes = [], []
    for r in range(3):
        for kind, treatment, value in (("v", "vehicle", 100.0), ("d", "drug", 230.0 + 10 * r)):
            scale = 1.0 if kind == "v" else 5.0
            for lane, role, signal in ((1, "sample", value), (2, "reference", 50.0)):
                place = {"membrane": f"{kind}{r}", "lane": lane}
                samples.append(
                    LaneSample(treatment=treatment, role=role, replicate=str(r), **place)
                )
                volumes += [
                    TargetVolume(target="X", volume=signal * scale, **place),
                    TargetVolume(target="L", volume=1000.0, **place),
                ]
    found = row(expression((samples, volumes)), "target_over_loading")
    assert found.estimate == pytest.approx((2.3 * 2.4 * 2.5) ** (1 / 3), rel=1e-9)
    assert Flag.CROSS_MEMBRANE in found.flags


def test_conditions_that_no_membrane_links_are_named() -> None:
    samples, volumes = study({"X": constant(4, 2), "L": constant(4, 2)})
    apart = {"m1": ("vehicle", "a"), "m2": ("vehicle", "a"), "m3": ("b", "c"), "m4": ("b", "c")}
    samples = [replace(s, treatment=apart[s.membrane][s.lane - 1]) for s in samples]
    result = expression((samples, volumes))
    assert row(result, "target_over_loading", treatment="b").message == (
        "Conditions b and vehicle are never linked by a shared membrane."
    )
    assert row(result, "target_over_loading", treatment="a").label == "PROVISIONAL_N2"


def test_incomplete_blocks_are_compared_through_what_they_share() -> None:
    samples, volumes = study(
        {
            "X": [[100, 200], [110, 205], [90, 190], [200, 400], [210, 390], [190, 410]],
            "L": constant(6, 2),
        }
    )
    pairs = {
        "m1": ("vehicle", "a"),
        "m2": ("vehicle", "a"),
        "m3": ("vehicle", "a"),
        "m4": ("a", "b"),
        "m5": ("a", "b"),
        "m6": ("a", "b"),
    }
    samples = [replace(s, treatment=pairs[s.membrane][s.lane - 1]) for s in samples]
    found = row(expression((samples, volumes)), "target_over_loading", treatment="b")
    assert found.estimate == pytest.approx(4.0, rel=0.1)
    assert (found.n, found.label) == (3, "INCREASED")


def test_a_control_of_ones_is_tested_as_ratios() -> None:
    folds = [1.8, 2.2, 2.0]
    result = expression(animals({"vehicle": [1.0] * 3, "drug": folds}))
    found = row(result, "target_over_loading")
    expected = stats.ttest_1samp(np.log(folds), 0.0)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert messages(result, "R3") == [
        "The control was set to 1 in every replicate and has no variance; a two-sample test is "
        "invalid. Using the paired test on log ratios instead."
    ]


def test_lanes_of_unknown_origin_are_named() -> None:
    samples, volumes = study({"X": RISE, "L": constant(3, 2)})
    samples[0] = replace(samples[0], replicate="")
    assert messages(expression((samples, volumes)), "R2") == [
        "Assign each lane a biological replicate; lanes of unknown origin are treated as technical."
    ]


def test_p_values_of_a_lossy_picture_are_withheld_until_confirmed() -> None:
    given_lossy = study({"X": RISE, "L": constant(3, 2)}, semi_quantitative="JPEG", image="a.jpg")
    result = expression(given_lossy)
    refusal = (
        "The image is semi-quantitative (JPEG); p-values are withheld unless you confirm that no "
        "linear original exists (no_linear_original = true)."
    )
    assert refusal in messages(result, "R10")
    for item in result.comparisons:
        assert (item.p_value, item.p_adjusted) == (None, None)
        assert item.ci_low is not None
        assert item.message == refusal
    confirmed = study(
        {"X": RISE, "L": constant(3, 2)}, semi_quantitative="JPEG", no_linear_original=True
    )
    found = row(expression(confirmed), "target_over_loading")
    assert found.p_value is not None
    assert Flag.LOSSY_SOURCE in found.flags


def test_excluded_lanes_stay_in_view_and_the_answer_with_them_is_shown() -> None:
    table = [*RISE, [1000.0, 9000.0]]
    samples, volumes = study({"X": table, "L": constant(4, 2)})
    samples = [replace(s, exclude="smear") if s.membrane == "m4" else s for s in samples]
    result = expression((samples, volumes))
    without = row(result, "target_over_loading")
    (with_all,) = result.sensitivity
    assert without.n == 3
    assert (with_all.n, with_all.estimate) == (
        4,
        pytest.approx(np.prod([2, 2.0909090909, 1.9444444444, 9]) ** 0.25),
    )
    assert "with the lanes that the user excluded" in with_all.method
    assert "Lane excluded by user after analysis; reason: smear" in messages(result, "R13")
    shown = [v for v in result.normalized if v.membrane == "m4"]
    assert len(shown) == 2
    assert not any(v.used for v in shown)


def test_a_loading_control_that_was_not_measured_is_said() -> None:
    result = expression(study({"X": RISE}))
    assert row(result, "target_over_loading").label == "INCONCLUSIVE_DESIGN"
    assert any("L was not measured" in text for text in messages(result, "NO_LOADING_CONTROL"))


# ---------------------------------------------------------------- what must not matter


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_of_lanes_and_volumes_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = DUNNETT["input"]["data"]
    samples, volumes = study({"X": data, "L": constant(4, 4)}, DUNNETT["input"]["columns"])
    plan = ExpressionPlan(target="X", loading="L", control="vehicle")
    one = run((samples, volumes), plan)
    shuffled = (
        [samples[i] for i in rng.permutation(len(samples))],
        [volumes[i] for i in rng.permutation(len(volumes))],
    )
    assert repr(run(shuffled, plan)) == repr(one)


@settings(max_examples=10, deadline=None)
@given(factor=st.floats(0.01, 100))
def test_the_scale_of_a_membrane_changes_nothing(factor: float) -> None:
    scaled = [[v * factor for v in RISE[0]], *RISE[1:]]
    one = row(expression(study({"X": RISE, "L": constant(3, 2)})), "target_over_loading")
    two = row(expression(study({"X": scaled, "L": constant(3, 2)})), "target_over_loading")
    assert two.estimate == pytest.approx(one.estimate, rel=1e-9)
    assert (two.ci_low, two.label) == (pytest.approx(one.ci_low, rel=1e-8), one.label)


def test_swapping_treatment_and_control_inverts_estimate_and_interval() -> None:
    one = row(expression(study({"X": RISE, "L": constant(3, 2)})), "target_over_loading")
    back = [values[::-1] for values in RISE]
    two = row(expression(study({"X": back, "L": constant(3, 2)})), "target_over_loading")
    assert two.estimate == pytest.approx(1 / one.estimate, rel=1e-9)
    assert (two.ci_low, two.ci_high) == pytest.approx((1 / one.ci_high, 1 / one.ci_low), rel=1e-9)


def test_every_number_of_a_sentence_is_the_tables() -> None:
    result = expression(study({"X": RISE, "L": constant(3, 2)}))
    found = row(result, "target_over_loading")
    assert answer(result).text == (
        f"With drug, X/L rose to {found.estimate:.2f} times that of vehicle "
        f"(95 % CI {found.ci_low:.2f} to {found.ci_high:.2f}; n = 3 biological replicates)."
    )


def test_thresholds_come_from_the_parameters() -> None:
    given_study = study({"X": [[100, 120], [100, 130], [100, 125]], "L": constant(3, 2)})
    plan = ExpressionPlan(target="X", loading="L", control="vehicle")
    loose = Parameters(alpha=0.10, equivalence_margin=2.0)
    (result,) = analyze([plan], *given_study, loose)
    found = row(result, "target_over_loading")
    assert (found.ci_level, found.margin) == (pytest.approx(0.90), 2.0)
    assert (result.sensitivity, PARAMETERS.alpha) == ((), 0.05)
    assert "D-N" in codes(result)


def test_a_plan_may_carry_a_name_of_its_own() -> None:
    result = expression(study({"X": RISE, "L": constant(3, 2)}), name="my question")
    assert result.name == "my question"
    assert {item.analysis for item in result.comparisons} == {"my question"}


def test_an_inconclusive_answer_says_how_many_replicates_would_settle_it() -> None:
    table = [[100, 210], [100, 90], [100, 175], [100, 290]]
    result = expression(study({"X": table, "L": constant(4, 2)}))
    found = row(result, "target_over_loading")
    assert found.label == "INCONCLUSIVE_PRECISION"
    said = re.search(r"about (\d+) replicates would settle it", answer(result).text)
    assert said is not None
    n, logs = int(said.group(1)), np.log([b / a for a, b in table])
    effect, sd = logs.mean(), logs.std(ddof=1)
    assert effect > math.log(1.5)

    def power(k: int) -> float:
        critical = stats.t.ppf(0.975, k - 1)
        return float(stats.nct.sf(critical, k - 1, effect * math.sqrt(k) / sd))

    assert power(n - 1) < 0.83
    assert power(n) > 0.77


def test_a_spread_that_no_number_of_replicates_outweighs_is_said() -> None:
    table = [[100, 900], [100, 12], [100, 500], [100, 20], [100, 110]]
    result = expression(study({"X": table, "L": constant(5, 2)}))
    assert "More than 60 replicates of this spread would be needed" in answer(result).text


def test_of_a_thousand_studies_without_effect_few_get_a_direction() -> None:
    rng, n, sets = np.random.default_rng(20261), 3, 1000
    directed = covered = 0
    for _ in range(sets):
        table = 1e4 * np.exp(rng.normal(0, 0.5, (n, 1)) + rng.normal(0, 0.15, (n, 2)))
        samples, volumes = study({"X": table.tolist(), "L": constant(n, 2)})
        plan = ExpressionPlan(target="X", loading="L", control="vehicle")
        (result,) = analyze_expression(plan, samples, volumes, PARAMETERS)
        found = row(result, "target_over_loading")
        directed += found.label in ("INCREASED", "DECREASED")
        covered += found.ci_low <= 1 <= found.ci_high
    assert directed / sets <= 0.08
    assert 0.93 <= covered / sets <= 0.97


@pytest.mark.parametrize(("noise", "severity"), [(0.3, "warn"), (0.0, "info")])
def test_a_loading_control_that_adds_noise_is_told(noise: float, severity: str) -> None:
    loading = np.array([[1, 1 + noise], [1 + noise, 1], [1, 1]]) * 5000.0
    target = np.array([[1000, 2000], [900, 1900], [1100, 2150]]) * (1 if noise else loading / 5000)
    result = expression(study({"X": target.tolist(), "L": loading.tolist()}))
    (found,) = [finding for finding in result.findings if finding.code == "CV_GAIN"]
    assert (found.severity, found.target) == (severity, "X")
    assert found.value is not None
    assert (found.value > 1.2) == (severity == "warn")


def dose_study(n: int, doses: Sequence[float], ec50: float, noise: float = 0.05) -> Any:
    """Return replicates of a vehicle and doses whose effect is a logistic of slope 1.2."""
    rng = np.random.default_rng(4)
    samples, volumes = [], []
    for block in range(n):
        for place, dose in enumerate((0.0, *doses)):
            effect = np.log(3.0) / (1 + (ec50 / dose) ** 1.2) if dose else 0.0
            key: dict[str, Any] = {"membrane": f"m{block}", "lane": place + 1}
            what = {"treatment": "drug", "dose": f"{dose:g}", "dose_unit": "nM"} if dose else {}
            samples.append(
                LaneSample(**{"treatment": "vehicle", "replicate": f"r{block}", **what, **key})
            )
            value = 1000 * np.exp(effect + rng.normal(0, noise))
            volumes.append(TargetVolume(target="X", volume=value, **key))
            volumes.append(TargetVolume(target="L", volume=5000.0, **key))
    return samples, volumes


def test_five_doses_have_a_dose_at_half_height() -> None:
    result = expression(dose_study(4, (1, 10, 100, 1000, 10000, 100000), 100.0))
    found = row(result, "target_over_loading_ec50")
    assert found.ci_low is not None
    assert found.ci_high is not None
    assert found.ci_low < 100 < found.ci_high
    assert found.ci_high / found.ci_low < 10
    assert found.p_value is None
    assert found.message.startswith("Dose at half height, in nM; plateaus ")
    assert found.df == 3 * 6


def test_the_curve_is_the_true_one_where_noise_is_small() -> None:
    doses = np.array([1, 10, 100, 1000, 10000, 100000.0])
    result = expression(dose_study(3, doses.tolist(), 300.0, noise=1e-4))
    found = row(result, "target_over_loading_ec50")
    assert found.estimate == pytest.approx(300.0, rel=1e-2)
    assert "slope 1.20" in found.message
    assert "plateaus 1.00 and 3.00 times the control" in found.message


@pytest.mark.parametrize("ec50", [1e-3, 1e9])
def test_a_half_height_outside_the_doses_is_not_given(ec50: float) -> None:
    result = expression(dose_study(3, (1, 10, 100, 1000, 10000), ec50))
    found = row(result, "target_over_loading_ec50")
    assert found.estimate is None
    assert found.message.startswith("The doses do not determine the dose at half height")
    assert "WITHHELD" in found.flags


def test_four_doses_have_a_trend_and_no_curve() -> None:
    result = expression(dose_study(3, (1, 10, 100, 1000), 30.0))
    quantities = {item.quantity for item in result.comparisons}
    assert "target_over_loading_per_tenfold_dose" in quantities
    assert "target_over_loading_ec50" not in quantities
