"""The QC rules: each fires where it should, stays silent where it should not, and acts by code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
    phospho,
    row,
    study,
)

from blotflux.analysis.linear_range import find_linear_range
from blotflux.analysis.paired import tost
from blotflux.analysis.quality.context import Scene
from blotflux.analysis.quality.loading import loading_stability
from blotflux.analysis.quality.signal import detection_limits
from blotflux.analysis.records import ExpressionPlan, LaneSample, LC3FluxPlan, TargetVolume
from blotflux.analysis.run import analyze
from blotflux.analysis.volumes import VolumeTable
from blotflux.flags import Flag

RISE = [[1000.0, 2000.0], [1100.0, 2300.0], [900.0, 1750.0], [1000.0, 2100.0]]


def steady(columns: int = 2, rows: int = 4) -> list[list[float]]:
    """Return a loading control that varies by 2 %."""
    noise = 1 + 0.02 * np.array(
        [[(3 * i + 2 * j) % 5 - 2 for j in range(columns)] for i in range(rows)]
    )
    return (1000 * noise / 2).tolist()


def good(**volume: Any):
    return study({"X": RISE, "L": steady()}, **volume)


def changed(given, where, **changes: Any):
    """Return a study in which volumes that fulfil a condition are changed."""
    samples, volumes = given
    return samples, [replace(v, **changes) if where(v) else v for v in volumes]


def at(membrane: str, lane: int, target: str = "X"):
    return lambda v: (v.membrane, v.lane, v.target) == (membrane, lane, target)


def finding(result, code: str):
    (found,) = [item for item in result.findings if item.code == code]
    return found


def test_a_good_study_has_no_warning_but_that_linearity_was_not_shown() -> None:
    levels = [[1000, 2010], [1010, 2000], [990, 2005], [1000, 1990]]
    loaded = np.array(levels) * np.array(steady()) / 500
    result = expression(study({"X": loaded.tolist(), "L": steady()}))
    assert {f.code for f in result.findings if f.severity != "info"} == {"LINEARITY_UNPROVEN"}
    assert row(result, "target_over_loading").flags == ()


# ---------------------------------------------------------------- one band


def test_saturation_fails_and_a_single_clipped_pixel_warns() -> None:
    bound = changed(good(), at("m1", 2), saturated=True, saturated_px=7, saturated_fraction=0.02)
    found = finding(expression(bound), "D-SAT")
    assert (found.severity, found.value, found.used_in_label) == ("fail", 7, True)
    assert "lower bound" in found.message
    assert "project default" in found.message
    given = expression(changed(good(), at("m1", 2), saturated=True))
    assert finding(given, "D-SAT").message == "Given as saturated: the value is a lower bound."
    plateau = expression(changed(good(), at("m1", 2), saturated=True, image="m1.tif"))
    assert finding(plateau, "D-SAT").message.startswith("Its top is a plateau")
    one = expression(changed(good(), at("m1", 2), saturated_px=1))
    assert finding(one, "D-SAT").severity == "warn"
    assert row(one, "target_over_loading").n == 4


@pytest.mark.parametrize(("snr", "severity"), [(2.0, "fail"), (5.0, "warn")])
def test_low_signal_to_noise_is_said(snr: float, severity: str) -> None:
    found = finding(expression(changed(good(), at("m1", 2), snr=snr)), "D-SNR")
    assert (found.severity, found.value) == (severity, snr)
    assert found.used_in_label == (severity == "fail")


def test_worked_detection_limits_are_reproduced() -> None:
    expected = VECTORS["D_LOD"]["output"]
    found = detection_limits(VECTORS["D_LOD"]["input"])
    assert [found.mean, found.sd, found.lob, found.lod, found.loq] == pytest.approx(
        [expected[name] for name in ("mean", "sd", "LoB", "LoD", "LoQ")], rel=1e-12
    )
    with pytest.raises(ValueError, match="need at least two blanks; got 1"):
        detection_limits([1.0])


def test_twelve_blank_lanes_set_the_limits_of_their_membrane() -> None:
    samples, volumes = study({"X": [[500.0, 2000.0]] * 3, "L": constant(3, 2)})
    blanks = VECTORS["D_LOD"]["input"]
    for index, value in enumerate(blanks):
        place = {"membrane": "m1", "lane": 10 + index}
        samples.append(LaneSample(role="blank", **place))
        volumes.append(TargetVolume(target="X", volume=value, **place))
    result = expression((samples, volumes))
    found = finding(result, "D-LOD")
    assert (found.severity, found.membrane, found.lane) == ("fail", "m1", 1)
    assert found.threshold == pytest.approx(VECTORS["D_LOD"]["output"]["LoD"])
    assert row(result, "target_over_loading").n == 2
    fewer = [s for s in samples if s.lane != 21], [v for v in volumes if v.lane != 21]
    assert "D-LOD" not in codes(expression(fewer))


def test_between_detection_and_quantification_is_a_warning_that_still_acts() -> None:
    result = expression(changed(good(), at("m1", 1), loq=1500.0))
    found = finding(result, "D-LOD")
    assert (found.severity, found.threshold) == ("warn", 1500.0)
    assert row(result, "target_over_loading").n == 3


def test_a_negative_volume_is_always_said() -> None:
    result = expression(changed(good(), at("m2", 1), volume=-12.0))
    found = finding(result, "D-NEG")
    assert (found.severity, found.value) == ("fail", -12.0)
    (shown,) = [v for v in result.normalized if (v.membrane, v.lane) == ("m2", 1)]
    assert shown.volume == -12.0
    assert not shown.used


def test_a_loading_control_of_nothing_is_said_to_be_why_its_lane_is_out() -> None:
    result = expression(changed(good(), at("m2", 1, "L"), volume=0.0))
    found = finding(result, "D-NEG")
    assert (found.severity, found.target, found.value) == ("fail", "L", 0.0)
    assert found.message.startswith("Volume is zero: no band")


def test_a_hollow_band_leaves_inference() -> None:
    result = expression(changed(good(), at("m1", 2), flags=("GHOST",)))
    assert finding(result, "D-GHOST").severity == "fail"
    assert row(result, "target_over_loading").n == 3


def test_bands_of_no_analysis_are_not_judged() -> None:
    samples, volumes = good()
    stray = TargetVolume(membrane="m1", lane=1, target="other", volume=-1.0)
    assert "D-NEG" not in codes(expression((samples, [*volumes, stray])))


# ---------------------------------------------------------------- linear range


def with_standards(given, target: str = "X", *, top: float = 4000.0):
    """Add a linear dilution series of a target to membrane m1."""
    samples, volumes = given
    more = [
        LaneSample(membrane="m1", lane=20 + i, role="standard", amount_ug=amount)
        for i, amount in enumerate((1.0, 2.0, 4.0, 8.0))
    ]
    series = [
        TargetVolume(membrane="m1", lane=s.lane, target=target, volume=top * s.amount_ug / 8)
        for s in more
        if s.amount_ug
    ]
    return [*samples, *more], [*volumes, *series]


def test_a_signal_outside_the_window_of_its_own_membrane_leaves_inference() -> None:
    assert "D-LIN" not in codes(expression(with_standards(good())))
    result = expression(with_standards(good(), top=1800.0))
    found = finding(result, "D-LIN")
    assert (found.severity, found.membrane, found.lane) == ("fail", "m1", 2)
    assert "outside the linear window 225 to 1800" in found.message
    assert row(result, "target_over_loading").n == 3


def test_a_series_without_any_window_fails_every_lane_of_its_membrane() -> None:
    samples, volumes = with_standards(good())
    bent = [replace(v, volume=4000 * (v.lane - 19) ** 0.3) if v.lane >= 20 else v for v in volumes]
    result = expression((samples, bent))
    assert [f.lane for f in result.findings if f.code == "D-LIN"] == [1, 2]
    assert "No part of the dilution series is proportional" in messages(result, "D-LIN")[0]


def test_a_dilution_series_settles_that_linearity_was_unproven() -> None:
    assert "X, L" in messages(expression(good()), "LINEARITY_UNPROVEN")[0]
    both = with_standards(with_standards(good()), "L", top=4000.0)
    samples = list({(s.membrane, s.lane): s for s in both[0]}.values())
    assert "LINEARITY_UNPROVEN" not in codes(expression((samples, both[1])))


@pytest.mark.parametrize(
    ("amount", "severity"), [(30.0, "fail"), (19.0, "warn"), (10.0, None), (0.5, "fail")]
)
def test_loads_are_held_against_saved_ranges(amount: float, severity: str | None) -> None:
    samples, volumes = good()
    loaded = [replace(s, amount_ug=amount) for s in samples]
    ug = np.array([1.0, 2, 5, 10, 20, 40])
    saved = [
        find_linear_range(ug, ug, target="X", membrane="old"),
        find_linear_range(ug[:5], ug[:5], target="L", membrane="old"),
    ]
    plan = ExpressionPlan(target="X", loading="L", control="vehicle")
    (result,) = analyze([plan], loaded, volumes, PARAMETERS, ranges=saved)
    found = [f for f in result.findings if f.code == "D-COMB"]
    assert {f.severity for f in found} == ({severity} if severity else set())
    flagged = Flag.EXTRAPOLATED in row(result, "target_over_loading").flags
    assert flagged == (severity == "fail")
    assert row(result, "target_over_loading").n == 4


# ---------------------------------------------------------------- loading controls


def test_a_loading_control_that_follows_the_treatment_is_found_and_marks_everything() -> None:
    loading = [[v[0], 1.4 * v[1]] for v in steady()]
    result = expression(study({"X": RISE, "L": loading}))
    found = next(f for f in result.findings if f.code == "D-LC-TRT")
    assert found.severity == "fail"
    assert found.value == pytest.approx(1.4, rel=0.05)
    assert "Use total protein or a second loading control" in found.message
    assert Flag.LC_AFFECTED in row(result, "target_over_loading").flags
    assert answer(result).headline == row(result, "target_over_loading")
    assert Flag.LC_AFFECTED.meaning in answer(result).caveats
    assert all(Flag.LC_AFFECTED in item.flags for item in result.normalized)


def test_a_loading_control_that_is_too_noisy_to_tell_is_a_warning() -> None:
    loading = [[1000.0, 1300.0], [1000.0, 800.0], [1000.0, 1250.0], [1000.0, 900.0]]
    result = expression(study({"X": RISE, "L": loading}))
    found = finding(result, "D-LC-TRT")
    assert found.severity == "warn"
    assert "stability unproven" in found.message
    assert Flag.LC_AFFECTED not in row(result, "target_over_loading").flags


def test_the_worked_gapdh_of_the_phospho_vectors_passes() -> None:
    gapdh = VECTORS["P_pTrkA_over_GAPDH"]["input"]["data"]["GAPDH"]
    data = {"X": RISE[:3], "L": gapdh}
    result = expression(study(data))
    assert "D-LC-TRT" not in codes(result)


def test_the_worked_equivalence_test_of_gapdh_is_reproduced() -> None:

    samples, volumes = study(
        {"X": RISE[:3], "L": VECTORS["P_pTrkA_over_GAPDH"]["input"]["data"]["GAPDH"]}
    )
    plan = ExpressionPlan(target="X", loading="L", control="vehicle")
    scene = Scene(
        plans=[plan], samples=samples, volumes=VolumeTable(volumes), parameters=PARAMETERS
    )
    (item,) = loading_stability(scene, "L", plan)
    both = tost(item.contrast, 1.25)
    assert item.contrast.ratio == pytest.approx(1.0110, abs=5e-5)
    narrow = item.contrast.ratio_interval(0.90)
    assert (narrow.low, narrow.high) == pytest.approx((0.9525, 1.0730), abs=5e-5)
    assert (both.t_low, both.t_high) == pytest.approx((11.479, -10.409), abs=5e-4)
    assert (both.p_low, both.p_high) == pytest.approx((0.00375, 0.00455), abs=5e-6)


@pytest.mark.parametrize(("spread", "severity"), [(0.3, "warn"), (0.9, "fail")])
def test_uneven_loading_is_said(spread: float, severity: str) -> None:
    loading = [[1000.0 * (1 + spread), 1000.0 * (1 - spread)], *steady()[1:]]
    result = expression(study({"X": RISE, "L": loading}))
    found = [f for f in result.findings if f.code == "D-LC-CV" and f.lane is None]
    assert [(f.severity, f.membrane) for f in found] == [(severity, "m1")]
    assert (Flag.D_LC_CV in row(result, "target_over_loading").flags) == (severity == "fail")


def test_replicates_on_one_membrane_are_not_mixed_in_the_spread_of_loading() -> None:
    treatments = ("vehicle", "drug") * 3
    lanes = [{"replicate": str(i // 2)} for i in range(6)]
    loading = [[100, 101, 1000, 1010, 5000, 5050]]
    result = expression(
        study({"X": [[1, 2, 1.1, 2.1, 0.9, 2.0]], "L": loading}, treatments, lanes=lanes)
    )
    assert not [f for f in result.findings if f.code == "D-LC-CV" and f.lane is None]


def test_edge_lanes_and_trends_across_the_membrane_are_warned_of() -> None:
    treatments = ("vehicle", "drug") * 4
    edge = [[1500.0, 1000, 1010, 990, 1000, 1020, 1000, 1010]]
    result = expression(study({"X": constant(1, 8), "L": edge}, treatments))
    outer = finding(result, "D-EDGE")
    assert (outer.severity, outer.lane) == ("warn", 1)
    drift = [[1000 * 1.02**i for i in range(8)]]
    trend = finding(expression(study({"X": constant(1, 8), "L": drift}, treatments)), "D-EDGE")
    assert "changes by 2 % from lane to lane" in trend.message
    assert "p =" not in trend.message  # where p is refused, nothing else brings one


def test_the_same_lane_order_on_all_membranes_is_told() -> None:
    assert finding(expression(good()), "D-ORDER").severity == "info"
    samples, volumes = good()
    flipped = {"vehicle": "drug", "drug": "vehicle"}
    mixed = [
        replace(s, treatment=flipped[s.treatment]) if s.membrane == "m1" else s for s in samples
    ]
    assert "D-ORDER" not in codes(expression((mixed, volumes)))


def test_a_control_from_another_gel_fails() -> None:
    samples, volumes = good()
    moved = [replace(v, membrane=f"sister {v.membrane}") if v.target == "L" else v for v in volumes]
    named = [replace(s, sample=f"{s.membrane}-{s.lane}") for s in samples]
    named += [replace(s, membrane=f"sister {s.membrane}") for s in named]
    result = expression((named, moved))
    assert finding(result, "D-SAME").severity == "fail"
    flags = row(result, "target_over_loading").flags
    assert {Flag.D_SAME, Flag.CROSS_MEMBRANE} <= set(flags)


# ---------------------------------------------------------------- design and imaging


@pytest.mark.parametrize(("spread", "severity"), [(1.4, "warn"), (2.0, "fail")])
def test_technical_lanes_that_disagree_are_said(spread: float, severity: str) -> None:
    treatments = ("vehicle", "vehicle", "drug", "drug")
    table = [[100, 100 * spread, 220, 200] for _ in range(4)]
    lanes = [{"technical": str(i % 2)} for i in range(4)]
    result = expression(study({"X": table, "L": steady(4)}, treatments, lanes=lanes))
    found = finding(result, "D-REP")
    assert found.severity == severity
    logs = [np.log([100 / 1, 100 * spread]), np.log([220.0, 200.0])]
    assert found.value == pytest.approx(
        np.sqrt(np.expm1(np.mean([np.var(x, ddof=1) for x in logs]))), rel=0.1
    )
    assert (Flag.D_REP in row(result, "target_over_loading").flags) == (severity == "fail")


@pytest.mark.parametrize(("n", "severity"), [(2, "fail"), (3, "warn"), (4, None)])
def test_few_replicates_are_said(n: int, severity: str | None) -> None:
    result = expression(study({"X": RISE[:n], "L": steady(rows=n)}))
    assert [f.severity for f in result.findings if f.code == "D-N"] == (
        [severity] if severity else []
    )


@pytest.mark.parametrize(("top", "severity"), [(2000.0, "warn"), (20_000.0, "fail")])
def test_film_always_warns_and_fails_beyond_tenfold(top: float, severity: str) -> None:
    given = changed(good(detection="film"), at("m1", 2), volume=top)
    found = [f for f in expression(given).findings if f.code == "D-FILM" and f.target == "X"]
    assert {(f.membrane, f.severity) for f in found} >= {("m1", severity), ("m2", "warn")}
    assert all("linear range about 4–10 fold" in f.message for f in found)


def test_chemiluminescence_without_three_exposures_is_warned_of() -> None:
    assert messages(expression(good(detection="ecl")), "D-ECL") == [
        "Chemiluminescence without a series of three exposures does not show that the signal is "
        "proportional: L, X."
    ]
    assert "D-ECL" not in codes(expression(good(detection="ecl", exposures=3)))
    assert "D-ECL" not in codes(expression(good(detection="fluorescence")))


@pytest.mark.parametrize(("kda", "severity"), [(62.0, None), (72.0, "warn"), (95.0, "fail")])
def test_a_target_that_runs_elsewhere_is_said(kda: float, severity: str | None) -> None:
    given = changed(good(), lambda v: v.target == "X", molecular_weight_kda=kda, expected_kda=62.0)
    found = [f for f in expression(given).findings if f.code == "D-MW"]
    assert {f.severity for f in found} == ({severity} if severity else set())


def test_the_expected_weight_comes_from_the_target_list_where_the_study_gives_none() -> None:
    data = {"GAPDH": RISE, "L": steady()}
    given = changed(study(data), lambda v: v.target == "GAPDH", molecular_weight_kda=25.0)
    found = [f for f in expression(given, "GAPDH").findings if f.code == "D-MW"]
    assert {f.severity for f in found} == {"fail"}
    unknown = changed(good(), lambda v: v.target == "X", molecular_weight_kda=25.0)
    assert "D-MW" not in codes(expression(unknown))


def lc3(valley: float | None = None, *, one: bool = True, two: bool = True, image: str = "a.tif"):
    """Return a flux study of three membranes with LC3-I beside LC3-II."""
    cells = ("vehicle", "vehicle", "drug", "drug")
    lanes = [{"inhibitor": ""}, {"inhibitor": "BafA1"}] * 2
    table = [[1000, 3000 + 50 * r, 2000, 6100 - 40 * r] for r in range(3)]
    given = study(
        {"LC3-II": table, "LC3-I": constant(3, 4), "GAPDH": steady(4, 3)},
        cells,
        lanes=lanes,
        image=image,
    )
    given = changed(given, lambda v: v.target == "LC3-I", detected=one)
    given = changed(given, lambda v: v.target == "LC3-II", detected=two, valley=valley)
    plan = LC3FluxPlan(control="vehicle", loading="GAPDH", inhibitor_hours=4)
    (result,) = analyze([plan], *given, PARAMETERS)
    return result


def test_an_overlapping_doublet_is_warned_of() -> None:
    assert "D-LC3RES" not in codes(lc3(0.4))
    result = lc3(0.6)
    assert {f.severity for f in result.findings if f.code == "D-LC3RES"} == {"warn"}
    assert result.answers[0].label == "INDUCED_FLUX"


def test_a_membrane_without_any_lane_with_both_lc3_bands_is_refused() -> None:
    result = lc3(one=False)
    assert messages(result, "R14") == [
        f"LC3-I and LC3-II cannot be told apart on m{r}; assign the bands in the editor."
        for r in (1, 2, 3)
    ]
    assert result.answers[0].headline.p_value is None
    assert result.answers[0].label.startswith("INCONCLUSIVE")
    assert "R14" not in codes(lc3(one=False, image=""))


# ---------------------------------------------------------------- other backgrounds


def test_the_same_answer_under_other_backgrounds_is_listed_and_says_nothing() -> None:
    given = good(alternatives={})
    samples, volumes = given
    volumes = [replace(v, alternatives={"rolling_ball": 1.02 * v.volume}) for v in volumes]
    result = expression((samples, volumes))
    assert "D-BGM" not in codes(result)
    (other,) = result.sensitivity
    assert other.method.endswith("background rolling_ball")
    assert other.estimate == pytest.approx(row(result, "target_over_loading").estimate)


def treated_by_border(factor: float):
    """Return a study whose treated bands change by a factor under another background."""
    samples, volumes = good()
    factors = {(2, "X"): factor}
    return samples, [
        replace(v, alternatives={"local_border": v.volume * factors.get((v.lane, v.target), 1.0)})
        for v in volumes
    ]


def test_an_estimate_that_moves_with_the_background_is_warned_of() -> None:
    samples, volumes = good()
    volumes = [
        replace(
            v,
            alternatives={
                "local_border": v.volume * (1.4 if v.lane == 2 and v.target == "X" else 1)
            },
        )
        for v in volumes
    ]
    result = expression((samples, volumes))
    found = finding(result, "D-BGM")
    assert (found.severity, found.value) == ("warn", pytest.approx(0.4))
    assert found.message.startswith("drug: with background local_border the estimate changes")
    assert Flag.BACKGROUND_SENSITIVE not in row(result, "target_over_loading").flags


def test_the_background_finding_names_dose_unit_and_time() -> None:
    samples, volumes = good()
    samples = [
        replace(s, dose="10" * (s.treatment == "drug"), dose_unit="uM", time_h=16.0)
        for s in samples
    ]
    volumes = [
        replace(v, alternatives={"b": v.volume * (1 + (v.lane == 2 and v.target == "X"))})
        for v in volumes
    ]
    found = finding(expression((samples, volumes)), "D-BGM")
    assert found.message.startswith("drug 10 uM, 16 h: with background b the estimate changes")


def test_an_answer_that_flips_with_the_background_is_background_sensitive() -> None:
    samples, volumes = good()
    volumes = [
        replace(
            v,
            alternatives={
                "local_border": v.volume * (0.5 if v.lane == 2 and v.target == "X" else 1)
            },
        )
        for v in volumes
    ]
    result = expression((samples, volumes))
    found = [f for f in result.findings if f.code == "D-BGM" and f.severity == "fail"]
    assert "the answer changes from INCREASED to NO_CHANGE" in found[0].message
    headline = row(result, "target_over_loading")
    assert headline.label == "INCREASED"
    assert Flag.BACKGROUND_SENSITIVE in headline.flags
    assert Flag.BACKGROUND_SENSITIVE in answer(result).headline.flags


def test_all_three_backgrounds_stand_side_by_side_for_phospho_as_well() -> None:
    samples, volumes = study({"p-X": RISE, "X": constant(4, 2), "L": steady()})
    methods = ("lane_minima", "local_border", "rolling_ball")
    volumes = [replace(v, alternatives=dict.fromkeys(methods, v.volume)) for v in volumes]
    result = phospho((samples, volumes))
    assert [item.method.split("background ")[1] for item in result.sensitivity] == list(methods)


# ---------------------------------------------------------------- where findings go


def test_every_finding_is_told_once_and_in_the_analysis_that_it_concerns() -> None:
    samples, volumes = study({"X": RISE, "Y": RISE, "L": steady()})
    volumes = [
        replace(v, saturated_px=1) if (v.membrane, v.lane) == ("m1", 1) and v.target != "L" else v
        for v in volumes
    ]
    plans = [ExpressionPlan(target=t, loading="L", control="vehicle") for t in "XY"]
    results = analyze(plans, samples, volumes, PARAMETERS)
    for result, target in zip(results, "XY", strict=True):
        assert [f.target for f in result.findings if f.code == "D-SAT"] == [target]
        assert [f.analysis for f in result.findings if f.code == "LINEARITY_UNPROVEN"] == [
            result.name
        ]
    told = [f for result in results for f in result.findings if f.code == "D-ORDER"]
    assert len(told) == 1
