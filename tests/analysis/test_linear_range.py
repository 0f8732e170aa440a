"""Proportionality: dilution series, exposure series, and alignment of membranes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fold_cases import VECTORS
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.analysis.alignment import align
from blotflux.analysis.bleed_through import unmix
from blotflux.analysis.exposure_series import check_exposures
from blotflux.analysis.kinetics import pool_after, steady_pool
from blotflux.analysis.linear_range import (
    assess_linear_ranges,
    find_linear_range,
    linear_ranges_from_json,
    linear_ranges_to_json,
    range_of_target,
)
from blotflux.analysis.records import LaneSample, TargetVolume
from blotflux.errors import NormalizationError, StudyError
from blotflux.measure.box_error import box_volume_se

UG = [0.625, 1.25, 2.5, 5.0, 10.0, 20.0, 40.0]

# ---------------------------------------------------------------- dilution series


def test_a_series_that_bends_at_the_top_has_a_window_below() -> None:
    case = VECTORS["Q1_linear_range_pos"]
    found = find_linear_range(case["input"]["ug"], case["input"]["V"])
    assert [found.low_ug, found.high_ug] == case["output"]["window"]
    assert found.slope == pytest.approx(case["output"]["loglog_slope"], rel=1e-9)
    assert found.max_deviation == pytest.approx(case["output"]["maxdev"], rel=1e-9)
    assert (found.low_volume, found.high_volume) == pytest.approx((3050, 86000))


def test_a_hyperbolic_series_has_no_window_though_it_looks_straight() -> None:
    case = VECTORS["Q2_linear_range_neg"]
    ug, volumes = np.array(case["input"]["ug"]), np.array(case["input"]["V"])
    assert np.corrcoef(ug[:6], volumes[:6])[0, 1] ** 2 > 0.93
    found = find_linear_range(ug, volumes)
    assert not found.found
    assert found.factor is None
    first_four = np.polyfit(np.log(ug[:4]), np.log(volumes[:4]), 1)[0]
    assert first_four == pytest.approx(case["output"]["slope_first_four"], rel=1e-9)


def test_a_straight_line_with_an_intercept_is_not_proportional() -> None:
    ug = np.array(UG)
    assert find_linear_range(ug, 1000 * ug).high_ug == 40
    found = find_linear_range(ug, 1000 * ug + 4000)
    assert found.low_ug is None or found.low_ug > 0.625


def test_of_equally_long_windows_the_higher_amounts_are_taken() -> None:
    ug = np.array(UG)
    volumes = np.where(ug < 3, 100 * ug, 1000 * ug)
    volumes = np.append(volumes, [1000 * 80.0])
    found = find_linear_range(np.append(ug, 80.0), volumes)
    assert (found.low_ug, found.high_ug) == (5.0, 80.0)


@pytest.mark.parametrize("bad", [0.0, -50.0])
def test_a_volume_at_or_below_zero_ends_a_window(bad: float) -> None:
    volumes = 1000 * np.array(UG)
    volumes[1] = bad
    found = find_linear_range(UG, volumes)
    assert (found.low_ug, found.high_ug) == (2.5, 40.0)


def test_a_saturated_lane_ends_a_window() -> None:
    usable = [True] * 6 + [False]
    assert find_linear_range(UG, 1000 * np.array(UG), usable=usable).high_ug == 20.0


def test_lanes_of_one_amount_are_averaged_as_ratios() -> None:
    twice = find_linear_range([1, 1, 2, 2, 4, 4, 8, 8], [90, 110, 180, 220, 400, 400, 800, 790])
    assert twice.points[0].volume == pytest.approx(np.sqrt(90 * 110))
    assert twice.high_ug == 8


def test_three_amounts_are_too_few() -> None:
    assert not find_linear_range([1, 2, 4], [1, 2, 4]).found


def test_amounts_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="Amounts of a dilution series must be above zero"):
        find_linear_range([0, 1, 2, 4], [0, 1, 2, 4])


@settings(max_examples=20)
@given(factor=st.floats(1e-3, 1e6), scale=st.floats(0.01, 100))
def test_units_of_signal_and_amount_do_not_matter(factor: float, scale: float) -> None:
    case = VECTORS["Q1_linear_range_pos"]["input"]
    found = find_linear_range(np.array(case["ug"]) * scale, np.array(case["V"]) * factor)
    assert found.low_ug == pytest.approx(0.625 * scale)
    assert found.high_ug == pytest.approx(20 * scale)


def standards(membrane: str, volumes: list[float], target: str = "X"):
    samples = [
        LaneSample(membrane=membrane, lane=i + 1, role="standard", amount_ug=ug)
        for i, ug in enumerate(UG)
    ]
    return samples, [
        TargetVolume(membrane=membrane, lane=i + 1, target=target, volume=volume)
        for i, volume in enumerate(volumes)
    ]


def test_every_target_and_membrane_with_standards_is_assessed() -> None:
    pos, neg = VECTORS["Q1_linear_range_pos"], VECTORS["Q2_linear_range_neg"]
    samples, first = standards("m1", pos["input"]["V"])
    other, second = standards("m2", neg["input"]["V"], "Y")
    found = assess_linear_ranges([*samples, *other], [*first, *second])
    assert [(r.target, r.membrane, r.found) for r in found] == [
        ("X", "m1", True),
        ("Y", "m2", False),
    ]


def test_sample_lanes_and_excluded_standards_are_not_assessed() -> None:
    samples, volumes = standards("m1", [1000 * ug for ug in UG])
    without = [replace(s, exclude="bubble") if s.lane > 5 else s for s in samples]
    assert assess_linear_ranges(without, volumes)[0].high_ug == 10.0
    as_samples = [replace(s, role="sample") for s in samples]
    assert assess_linear_ranges(as_samples, volumes) == ()


def test_ranges_of_several_membranes_are_intersected() -> None:
    wide = find_linear_range(UG, 1000 * np.array(UG), target="X", membrane="m1")
    narrow = find_linear_range(
        UG, 1000 * np.array(UG), usable=[0, 1, 1, 1, 1, 1, 0], target="X", membrane="m2"
    )
    none = find_linear_range([1, 2, 4], [1, 2, 4], target="X", membrane="m3")
    assert range_of_target("X", [wide, narrow]) == (1.25, 20.0)
    assert range_of_target("Y", [wide]) is None
    low, high = range_of_target("X", [wide, none]) or (0, 0)
    assert low > high


def test_saved_ranges_come_back_as_they_were() -> None:
    ranges = (find_linear_range(UG, 1000 * np.array(UG), target="X", membrane="m1"),)
    assert linear_ranges_from_json(linear_ranges_to_json(ranges)) == ranges


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "a.json: not a file of linear ranges"),
        ("[]", "version None of linear ranges is not known"),
        ('{"blotflux_linear_ranges": 2}', "version 2 .* reads version 1"),
        ('{"blotflux_linear_ranges": 1, "ranges": [{"a": 1}]}', "not a file of linear ranges"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(text: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        linear_ranges_from_json(text, name="a.json")


# ---------------------------------------------------------------- exposure series


def test_exposures_are_usable_until_the_signal_bends() -> None:
    seconds = [1, 2, 5, 10, 30, 60]
    volumes = [100, 200, 500, 1000, 3000, 4200]
    found = check_exposures(seconds, volumes)
    assert (found.shortest_s, found.longest_s) == (1, 30)
    assert found.per_second == pytest.approx(100)
    assert found.usable(10)
    assert not found.usable(60)


def test_ten_percent_off_the_line_through_zero_is_allowed_and_more_is_not() -> None:
    assert check_exposures([1, 2, 4], [100, 200, 430]).longest_s == 4
    assert check_exposures([1, 2, 4], [100, 200, 500]).longest_s is None
    assert check_exposures([1, 2, 4], [150, 250, 450]).longest_s is None


def test_saturated_exposures_are_not_usable() -> None:
    found = check_exposures(
        [4, 1, 2, 8], [400, 100, 200, 800], saturated=[False, False, False, True]
    )
    assert found.longest_s == 4


def test_two_exposures_prove_nothing() -> None:
    found = check_exposures([1, 2], [100, 200])
    assert found.per_second is None
    assert not found.usable(1)


def test_exposures_that_repeat_are_refused() -> None:
    with pytest.raises(ValueError, match="Exposures must be above zero and differ"):
        check_exposures([1, 1, 2], [1, 1, 2])


# ---------------------------------------------------------------- alignment


def vector_values() -> list[tuple[str, str, float]]:
    return [
        (str(blot), condition, float(value))
        for blot, condition, value in VECTORS["A4_alignment"]["input"]["data"]
    ]


def test_the_worked_alignment_is_reproduced() -> None:
    expected = VECTORS["A4_alignment"]["output"]
    found = align(vector_values(), "V")
    assert found.df == expected["df"]
    assert found.s == pytest.approx(expected["s"], rel=1e-9)
    assert dict(found.fold_changes) == pytest.approx(expected["FC_vs_V"], rel=1e-9)
    assert dict(found.ln_errors) == pytest.approx(expected["se_ln"], rel=1e-9)
    scales = {k: v for k, v in found.scales.items() if k != "1"}
    assert scales == pytest.approx(expected["scale_vs_blot_1"], rel=1e-9)
    assert found.scales["1"] == 1.0


def test_alignment_agrees_with_statsmodels() -> None:
    formula = pytest.importorskip("statsmodels.formula.api")
    frame = pd.DataFrame(vector_values(), columns=["blot", "condition", "value"])
    frame["y"] = np.log(frame["value"])
    fit = formula.ols("y ~ C(condition, Treatment('V')) + C(blot)", frame).fit()
    found = align(vector_values(), "V")
    for condition in "ABC":
        name = f"C(condition, Treatment('V'))[T.{condition}]"
        assert np.log(found.fold_changes[condition]) == pytest.approx(fit.params[name], rel=1e-9)
        assert found.ln_errors[condition] == pytest.approx(fit.bse[name], rel=1e-9)


def test_membranes_that_nothing_links_are_refused() -> None:
    apart = [("1", "V", 1.0), ("1", "A", 2.0), ("2", "B", 1.0), ("2", "C", 3.0)]
    with pytest.raises(
        NormalizationError, match=r"^Conditions V and B are never linked by a shared membrane\.$"
    ):
        align(apart, "V")


def test_values_without_a_logarithm_are_refused() -> None:
    with pytest.raises(NormalizationError, match="1, A: -2 has no logarithm"):
        align([("1", "V", 1.0), ("1", "A", -2.0)], "V")
    with pytest.raises(NormalizationError, match="'W' is on no membrane; choose one of A, V"):
        align([("1", "V", 1.0), ("1", "A", 2.0)], "W")


# ---------------------------------------------------------------- single formulas


def test_the_worked_error_of_a_box_is_reproduced() -> None:
    case = VECTORS["A5_volume_se"]
    given_case = case["input"]
    found = box_volume_se(
        given_case["N_R"],
        given_case["N_B"],
        given_case["sigma_b"],
        gain=given_case["g"],
        correlation=given_case["f"],
    )
    assert found == pytest.approx(case["output"]["volume_se"], rel=1e-12)


def test_shot_noise_adds_to_the_error_of_a_box_and_a_negative_volume_has_none() -> None:
    quiet = box_volume_se(640, 400, 12.0)
    assert box_volume_se(640, 400, 12.0, volume=1e4, gain=3) == pytest.approx(
        np.hypot(quiet, np.sqrt(3e4))
    )
    assert box_volume_se(640, 400, 12.0, volume=-1e4, gain=3) == quiet


def test_the_error_of_a_box_is_that_of_simulated_boxes() -> None:
    rng = np.random.default_rng(5)
    box, around = rng.normal(0, 12, (4000, 64)), rng.normal(0, 12, (4000, 40))
    sums = box.sum(axis=1) - around.mean(axis=1) * 64
    assert sums.std() == pytest.approx(box_volume_se(64, 40, 12.0), rel=0.03)


def test_the_worked_kinetics_are_reproduced() -> None:
    case = VECTORS["B8_kinetic"]
    k, s = case["input"], case["input"]["s"]
    before = k["drug_h"] - k["inhibitor_last_h"]
    pool = pool_after(k["L0"], before, formation=s, clearance_per_h=k["kT"])
    without = pool_after(pool, k["inhibitor_last_h"], formation=s, clearance_per_h=k["kT"])
    inhibited = pool_after(pool, k["inhibitor_last_h"], formation=s)
    vehicle = steady_pool(s, k["kC"])
    blocked = pool_after(vehicle, k["inhibitor_last_h"], formation=s)
    found = {
        "pool12": pool,
        "T0": without,
        "T1": inhibited,
        "D_T": inhibited - without,
        "phi": (inhibited - without) / (blocked - vehicle),
        "E": inhibited / blocked,
    }
    assert found == pytest.approx(case["output"], rel=1e-12)
    assert blocked - vehicle == k["D_C"]


def test_unmixing_gives_back_what_was_mixed() -> None:
    bleed, pure = np.array([[1, 0.01], [0.15, 1]]), np.array([[100.0, 0.0], [5.0, 80.0]])
    found = unmix(bleed, bleed @ pure)
    assert found.signals == pytest.approx(pure, abs=1e-9)
    (finding,) = found.findings
    assert finding.code == "D-XTALK"
    assert "15 % of the color of channel 0 shows in that of channel 1" in finding.message


def test_colors_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(NormalizationError, match="channels cannot be told apart: condition number"):
        unmix([[1, 0.9], [0.9, 1]], [[1.0], [1.0]])
    with pytest.raises(ValueError, match="square matrix with 1 on its diagonal"):
        unmix([[1, 0.9]], [[1.0], [1.0]])
