"""The worked cases of the method, through the public function: every one, every number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from flux_cases import (
    PLAN,
    SINGLE,
    VECTORS,
    analyze,
    flux_of,
    headline,
    lane_volumes,
    row_of,
    study,
    vector_study,
)

from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from blotflux.analysis.records import AnalysisResult, LaneSample

QUANTITIES = {
    "phi": "flux_ratio",
    "kappa": "clearance_ratio",
    "pi": "pool_ratio",
    "E": "inhibited_ratio",
    "dD": "difference_of_differences",
    "log_interaction": "turnover_interaction",
    "r_C": "inhibitor_effect_control",
    "r_T": "inhibitor_effect_treated",
}
FLUX_FIELDS = {
    "D_C": ("vehicle", "difference"),
    "D_T": ("T", "difference"),
    "J_C_per_h": ("vehicle", "rate_per_h"),
    "J_T_per_h": ("T", "rate_per_h"),
    "tau_C_h": ("vehicle", "transition_time_h"),
    "tau_T_h": ("T", "transition_time_h"),
}
# Flags that say what was found in the data; the others are caveats of drug, inhibitor and design.
FOUND = {
    "MODEL_DEPENDENT",
    "HETEROSCEDASTIC",
    "WITHIN_MARGIN",
    "SATURATED",
    "BLOCK_LEFT_OUT_SATURATED",
    "BELOW_LOQ",
    "UNBLOCKED",
    "CHECK_DATA",
    "CROSS_MEMBRANE",
}
# Saturated inhibited arms leave one limit only, which the tables show without the other.
ONE_LIMIT = {"T1": (0, 2), "C1": (1, 3)}
UNLIMITED_GATES = {"G0", "G1", "G1b", "G2", "G3"}


def shown_value(result: AnalysisResult, key: str, treatment: str = "T") -> float | None:
    """Return the table's number of one key of the vectors."""
    if key in QUANTITIES:
        return row_of(result, QUANTITIES[key], treatment).estimate
    side, field = FLUX_FIELDS[key]
    row = flux_of(result, "vehicle" if side == "vehicle" else treatment)
    value: float | None = getattr(row, field)
    return value


def check_points(result: AnalysisResult, output: dict[str, Any], treatment: str = "T") -> None:
    """Compare every point estimate; suppressed ones must be empty."""
    assert output["point"]
    for key, value in output["point"].items():
        shown = shown_value(result, key, treatment)
        if key in output["suppressed"]:
            assert shown is None, key
        else:
            assert shown == pytest.approx(value, rel=1e-4), key


def check_limits(result: AnalysisResult, output: dict[str, Any], treatment: str = "T") -> None:
    """Compare every limit that the tables show."""
    monte_carlo = ("phi", "kappa", "dD")
    clipped = [cell for cell in ONE_LIMIT if cell in output.get("clipped", [])]
    for key, expected in output["ci_lo95_hi95_lo90_hi90"].items():
        row = row_of(result, QUANTITIES[key], treatment)
        shown = (row.ci_low, row.ci_high, row.ci90_low, row.ci90_high)
        if key in output["suppressed"]:
            assert shown == (None,) * 4, key
            continue
        bound = clipped and key in (*monte_carlo, "log_interaction")
        places = ONE_LIMIT[clipped[0]] if bound else range(4)
        if output.get("gate") in UNLIMITED_GATES and key in monte_carlo:
            continue
        for place in range(4):
            if place not in places:
                assert shown[place] is None, key
            elif key not in monte_carlo:
                assert shown[place] == pytest.approx(expected[place], rel=1e-4), key
            elif abs(expected[place]) < 5:
                tolerance = 0.01 * max(1, abs(expected[place]))
                assert shown[place] == pytest.approx(expected[place], abs=tolerance), key


@pytest.fixture(scope="module")
def results() -> dict[str, AnalysisResult]:
    """Return the analyses of all cases with one treatment, at the full number of draws."""
    return {name: analyze(vector_study(VECTORS[name]["input"]), Parameters()) for name in SINGLE}


def expected_of(name: str) -> dict[str, Any]:
    """Return the expected output with the saturated arms beside it."""
    case = VECTORS[name]
    return {**case["output"], "clipped": case["input"].get("saturated_cells", [])}


@pytest.mark.parametrize("name", SINGLE)
def test_points_agree_and_suppressed_fields_are_empty(
    name: str, results: dict[str, AnalysisResult]
) -> None:
    check_points(results[name], expected_of(name))


@pytest.mark.parametrize("name", SINGLE)
def test_limits_agree(name: str, results: dict[str, AnalysisResult]) -> None:
    check_limits(results[name], expected_of(name))


@pytest.mark.parametrize("name", SINGLE)
def test_label_level_flags_and_degrees_of_freedom_agree(
    name: str, results: dict[str, AnalysisResult]
) -> None:
    output, row = VECTORS[name]["output"], headline(results[name])
    assert row.label == output["label"]
    assert row.n == output["n_bio"]
    assert row.df == output["df"]
    assert row.ci_level == pytest.approx(output["ci_level"])
    assert {str(flag) for flag in row.flags} & FOUND == set(output["flags"])
    if "message" in output:
        assert row.message == output["message"]


@pytest.mark.parametrize("name", SINGLE)
def test_the_row_or_gate_that_gave_the_label_is_told(
    name: str, results: dict[str, AnalysisResult]
) -> None:
    output = VECTORS[name]["output"]
    (told,) = [item.message for item in results[name].findings if item.code == "DECISION"]
    if "gate" in output:
        assert f"by gate {output['gate']}." in told
    else:
        assert f"by row {output['row']} of" in told


@pytest.mark.parametrize("name", SINGLE)
def test_within_margin_is_on_the_row_of_its_quantity(
    name: str, results: dict[str, AnalysisResult]
) -> None:
    flagged = {row.quantity for row in results[name].comparisons if "WITHIN_MARGIN" in row.flags}
    expected = {QUANTITIES[key] for key in VECTORS[name]["output"].get("within_margin", [])}
    assert flagged == expected


@pytest.mark.parametrize("name", SINGLE)
def test_p_values_agree_or_are_refused(name: str, results: dict[str, AnalysisResult]) -> None:
    output = VECTORS[name]["output"]
    if output.get("gate") in ("G0", "G1", "G1b"):
        assert all(row.p_value is None for row in results[name].comparisons)
        assert all(row.p_adjusted is None for row in results[name].comparisons)
        return
    hidden = {*output["suppressed"]}
    for key, value in output["p_ln"].items():
        row = row_of(results[name], QUANTITIES[key])
        if key in hidden or "SATURATED" in row.flags:
            continue
        assert row.p_value == pytest.approx(value, rel=1e-4), key
    phi = headline(results[name])
    if "phi" not in hidden and phi.ci_low is not None and phi.ci_high is not None:
        assert phi.p_value == pytest.approx(output["p_phi_ne_1"], abs=1e-9)
        assert phi.p_adjusted == phi.p_value


@pytest.mark.parametrize("name", SINGLE)
def test_unpooled_sensitivity_agrees(name: str, results: dict[str, AnalysisResult]) -> None:
    output = VECTORS[name]["output"]
    found = {
        row.quantity: row for row in results[name].sensitivity if row.method.startswith("unpooled")
    }
    for key, expected in output.get("sensitivity_unpooled", {}).items():
        quantity = QUANTITIES[key.rsplit("_", 1)[0]]
        row = found.get(quantity)
        if row is None:
            shown = row_of(results[name], quantity)
            assert shown.estimate is None or "SATURATED" in shown.flags
            continue
        estimate, limits, *p_value = expected
        assert row.estimate == pytest.approx(estimate, rel=1e-4)
        assert (row.ci_low, row.ci_high) == pytest.approx(limits or (None, None), rel=1e-4)
        assert row.p_value == (pytest.approx(p_value[0], rel=1e-4) if p_value else None)


@pytest.mark.parametrize("name", SINGLE)
def test_normalized_values_and_lane_factors_agree(
    name: str, results: dict[str, AnalysisResult]
) -> None:
    output = VECTORS[name]["output"]
    rows = {(row.membrane, row.lane): row for row in results[name].normalized}
    for block, (factors, values) in enumerate(zip(output["NF"], output["normalised"], strict=True)):
        for place, (factor, value) in enumerate(zip(factors, values, strict=True)):
            row = rows.get((f"m{block + 1}", place + 1))
            if factor is None:
                assert row is None
            else:
                assert row is not None
                assert row.normalization_factor == pytest.approx(factor, rel=1e-9)
                assert row.normalized == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("name", SINGLE)
def test_no_field_is_empty_without_a_flag_that_says_why(
    name: str, results: dict[str, AnalysisResult]
) -> None:
    for row in results[name].comparisons:
        assert row.estimate is not None or {"WITHHELD", "SATURATED"} & set(row.flags), row.quantity
    for flux in results[name].flux:
        filled = flux.transition_time_h is not None
        assert filled != ("NO_TRANSITION_TIME" in flux.flags)
        assert flux.ratio is not None or {"WITHHELD", "SATURATED"} & set(flux.flags)


def test_a_missing_arm_is_refused_and_leaves_what_does_not_need_it() -> None:
    case = VECTORS["F13_missing_vehicle_inhibitor_arm"]
    result = analyze(vector_study(case["input"]))
    row, output = headline(result), case["output"]
    assert (row.label, row.message, row.n) == (output["label"], output["message"], output["n_bio"])
    for key in output["suppressed"]:
        assert shown_value(result, key) is None, key
    assert row_of(result, "pool_ratio").estimate == pytest.approx(1.8773, abs=2e-4)
    assert row_of(result, "inhibitor_effect_treated").estimate == pytest.approx(3.2298, abs=2e-4)
    assert all(item.p_value is None and item.p_adjusted is None for item in result.comparisons)
    assert all((item.estimate is None) == ("WITHHELD" in item.flags) for item in result.comparisons)
    assert "WITHHELD" in flux_of(result, "vehicle").flags


def test_one_biological_replicate_in_three_technical_lanes_gives_values_only() -> None:
    case = VECTORS["F14_one_biorep_three_technical"]
    samples, volumes = [], []
    rows = zip(case["input"]["LC3_II_adj_volume"], case["input"]["GAPDH_adj_volume"], strict=True)
    given, _ = vector_study(case["input"])
    for row, (lc3, loading) in enumerate(rows):
        for place in range(4):
            source: LaneSample = given[4 * row + place]
            lane = replace(
                source,
                membrane="m1",
                lane=4 * row + place + 1,
                replicate="1",
                technical=str(row + 1),
            )
            samples.append(lane)
            volumes += lane_volumes(lane, lc3[place], loading[place])
    result = analyze((samples, volumes))
    row_, output = headline(result), case["output"]
    assert (row_.label, row_.message, row_.n) == (
        output["label"],
        output["message"],
        output["n_bio"],
    )
    check_points(result, output)
    factors = {item.lane: item.normalization_factor for item in result.normalized}
    assert [factors[lane] for lane in sorted(factors)] == pytest.approx(
        np.ravel(output["NF"]).tolist()
    )
    for item in result.comparisons:
        assert item.p_value is item.p_adjusted is item.ci_low is item.ci_high is item.ci_level
        assert item.ci_level is None


@pytest.mark.parametrize("drug", ["A", "B"])
def test_two_treatments_share_the_vehicle_and_its_error_level(drug: str) -> None:
    case = VECTORS["F19_two_treatments_one_vehicle"]
    result = analyze(vector_study(case["input"]), Parameters())
    output = case["output"][drug]
    check_points(result, output, drug)
    check_limits(result, output, drug)
    row = headline(result, drug)
    assert row.label == output["label"]
    assert row.ci_level == pytest.approx(1 - case["output"]["alpha_m"])
    assert row.p_value == pytest.approx(output["p_phi_ne_1"], abs=1e-9)
    assert row.p_adjusted == pytest.approx(output["p_adjusted_phi"], abs=1e-9)
    assert row.df == output["df"]
    unpooled = {
        item.quantity: item
        for item in result.sensitivity
        if item.treatment == drug and item.method.startswith("unpooled")
    }
    for key, (estimate, limits, *_) in output["sensitivity_unpooled"].items():
        found = unpooled[QUANTITIES[key.rsplit("_", 1)[0]]]
        assert found.estimate == pytest.approx(estimate, rel=1e-4)
        assert (found.ci_low, found.ci_high) == pytest.approx(limits, rel=1e-4)


def test_the_answer_with_saturated_replicates_stands_beside_the_one_without() -> None:
    case = VECTORS["F24_one_saturated_block_left_out"]
    result = analyze(vector_study(case["input"]), Parameters())
    (row,) = [item for item in result.sensitivity if "saturated lanes kept" in item.method]
    expected = case["output"]["sensitivity_all_blocks"]
    assert row.label == expected["label"]
    assert {str(flag) for flag in row.flags} & FOUND == set(expected["flags"])
    assert row.estimate == pytest.approx(expected["point"]["phi"], rel=1e-4)
    left_out = [item for item in result.findings if item.code == "BLOCK_LEFT_OUT_SATURATED"]
    assert len(left_out) == 1
    assert "r2" in left_out[0].message
    unused = {(item.membrane, item.used) for item in result.normalized}
    assert ("m2", False) in unused
    assert ("m2", True) not in unused


@pytest.mark.parametrize("name", [name for name in VECTORS if name[0] == "U"])
def test_data_without_noise_give_the_defining_ratios_exactly(name: str) -> None:
    case, output = VECTORS[name]["input"], VECTORS[name]["output"]
    cells = np.array([case[cell] for cell in ("C0", "C1", "T0", "T1")])
    plan = PLAN.model_copy(update={"inhibitor_hours": case["inhibitor_hours"]})
    result = analyze(study([(scale * cells).tolist() for scale in (900, 2500, 4100)]), plan=plan)
    names = {"J_C": "J_C_per_h", "J_T": "J_T_per_h", "tau_C": "tau_C_h", "tau_T": "tau_T_h"}
    derived = {
        "pct_flux": lambda: 100 * (shown_value(result, "phi") or 0),
        "thalf_C": lambda: np.log(2) * (shown_value(result, "tau_C_h") or 0),
        "frac_degraded_C": lambda: 1 - 1 / (shown_value(result, "r_C") or 1),
        "frac_degraded_T": lambda: 1 - 1 / (shown_value(result, "r_T") or 1),
    }
    for key, value in output.items():
        shown = derived[key]() if key in derived else shown_value(result, names.get(key, key))
        assert shown == pytest.approx(value, rel=1e-9, abs=1e-9), key


MECHANISM_OF_CASE = {
    "U1_induction_amitriptyline": "INDUCED_FLUX",
    "U2_block_amitriptyline": "LATE_BLOCK_COMPLETE",
    "U3_partial": "LATE_BLOCK_PARTIAL",
    "U4_reduced_synthesis": "REDUCED_SYNTHESIS",
    "U5_slowed_flux_kept": "SLOWED_CLEARANCE_FLUX_MAINTAINED",
    "U6_CQ_2h": "INDUCED_FLUX",
}


@pytest.mark.parametrize(("name", "label"), MECHANISM_OF_CASE.items())
def test_data_without_noise_have_their_own_mechanism(name: str, label: str) -> None:
    case = VECTORS[name]["input"]
    cells = np.array([case[cell] for cell in ("C0", "C1", "T0", "T1")])
    result = analyze(study([(scale * cells).tolist() for scale in (900, 2500, 4100)]))
    assert headline(result).label == label
    assert "HETEROSCEDASTIC" not in headline(result).flags
