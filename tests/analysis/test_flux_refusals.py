"""What an LC3 flux analysis refuses to say, word by word, and that no p value slips out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from flux_cases import (
    FAST,
    PLAN,
    Builder,
    analyze,
    cell,
    flux_of,
    headline,
    messages,
    noisy_cells,
    row_of,
    study,
)

from blotflux.analysis.lc3_flux import analyze_lc3_flux

if TYPE_CHECKING:
    from blotflux.analysis.records import AnalysisResult, TargetVolume

INDUCED = (1.0, 3.0, 2.0, 6.0)
NAMES = ("C0", "C1", "T0", "T1")
R1 = (
    "No p-value: all {n} lanes come from one biological replicate. Technical replicates measure "
    "assay noise, not reproducibility."
)
R2 = "Assign each lane a biological replicate; lanes of unknown origin are treated as technical."
R5 = "LC3-II/LC3-I is not a flux measure; it is exported as descriptive only."
R7 = (
    "Lanes with and without inhibitor are on different membranes without a common sample: load "
    "both on one membrane or add a reference lane to each."
)
R7_ANY = "These membranes share no condition; they cannot be put on one scale."
R8 = "Flux rates from different inhibitor times or inhibitors are not comparable."
R9 = "Lane {lane} (LC3-II) is a bound, not a value; it is excluded from inference."
R11 = "Transition time is not defined (flux not distinguishable from zero)."
ONE = (
    "One biological replicate: values are shown, no confidence interval, p-value or interpretation "
    "is given."
)
TWO = "Two biological replicates: estimates only; interpretation label withheld (minimum 3)."


def no_p(result: AnalysisResult) -> bool:
    """Return whether no row anywhere has a p value."""
    rows = [*result.comparisons, *result.sensitivity]
    assert rows
    return all(row.p_value is None and row.p_adjusted is None for row in rows)


def no_interval(result: AnalysisResult) -> bool:
    """Return whether no row has an interval."""
    return all(
        row.ci_low is row.ci_high is row.ci90_low is row.ci90_high is None
        for row in result.comparisons
    )


@pytest.mark.parametrize("missing", NAMES)
def test_a_missing_arm_is_named_and_nothing_that_needs_it_is_estimated(missing: str) -> None:
    kept = [name for name in NAMES if name != missing]
    values = noisy_cells([INDUCED[NAMES.index(name)] for name in kept], 3, 0.05, 1)
    result = analyze(study(values, cells=kept))
    row = headline(result)
    assert row.label == "INCONCLUSIVE_DESIGN"
    assert row.message == (
        f"Flux cannot be inferred: the {missing} arm is missing. LC3-II at one time point without "
        "a lysosomal inhibitor cannot distinguish induction from blocked degradation (Mizushima & "
        "Yoshimori 2007)."
    )
    assert no_p(result)
    assert row.n == 3
    needs = {
        "pool_ratio": {"C0", "T0"},
        "inhibited_ratio": {"C1", "T1"},
        "inhibitor_effect_control": {"C0", "C1"},
        "inhibitor_effect_treated": {"T0", "T1"},
    }
    for quantity in {item.quantity for item in result.comparisons}:
        shown = row_of(result, quantity).estimate
        assert (shown is None) == (missing in needs.get(quantity, set(NAMES))), quantity
    assert result.answers[0].text.startswith("T (n = 3): Flux cannot be inferred: the")
    assert f"the {missing} (" in result.answers[0].text


def test_two_missing_arms_are_both_named() -> None:
    result = analyze(study(noisy_cells((1.0, 2.0), 3, 0.05, 1), cells=("C0", "T0")))
    assert "the C1 and T1 arm is missing" in headline(result).message
    assert no_p(result)


def test_one_biological_replicate_has_neither_p_nor_interval() -> None:
    result = analyze(study(noisy_cells(INDUCED, 1, 0.05, 1)))
    row = headline(result)
    assert (row.label, row.message, row.n) == ("DESCRIPTIVE_ONLY", ONE, 1)
    assert messages(result, "R1") == [R1.format(n=4)]
    assert no_p(result)
    assert no_interval(result)
    assert row.estimate is not None


def test_technical_lanes_add_nothing_to_n() -> None:
    build = Builder()
    for technical in ("1", "2", "3"):
        for name, value in zip(NAMES, INDUCED, strict=True):
            build.lane("m1", 1e4 * value, replicate="1", technical=technical, **cell(name))
    result = analyze(build.study)
    assert headline(result).n == 1
    assert headline(result).n_technical == 12
    assert messages(result, "R1") == [R1.format(n=12)]
    assert no_p(result)
    assert no_interval(result)


def test_two_biological_replicates_keep_their_interval_and_lose_label_and_p() -> None:
    result = analyze(study(noisy_cells(INDUCED, 2, 0.05, 1)))
    row = headline(result)
    assert (row.label, row.message, row.n) == ("PROVISIONAL_N2", TWO, 2)
    assert no_p(result)
    assert row.ci_low is not None
    assert row.ci_high is not None
    assert result.sensitivity == ()


def test_a_condition_twice_on_a_membrane_without_replicates_is_technical() -> None:
    build = Builder()
    for membrane in ("m1", "m2", "m3"):
        for name, value in zip(NAMES * 2, INDUCED * 2, strict=True):
            build.lane(membrane, 1e4 * value * (1 + 0.02 * len(build.samples) % 7), **cell(name))
    result = analyze(build.study)
    assert messages(result, "R2") == [R2] * 3
    assert headline(result).n == 3
    assert len(messages(result, "REPLICATE_ASSUMED")) == 1
    assert any("each membrane was taken as one" in text for text in result.methods)


def test_lanes_without_a_replicate_among_lanes_with_one_stay_out_where_it_is_unclear() -> None:
    build = Builder()
    rng = np.random.default_rng(1)
    for replicate in ("1", "2", "3", "4", ""):
        for name, value in zip(NAMES, INDUCED, strict=True):
            build.lane(
                "m1", 1e4 * value * rng.lognormal(0, 0.05), replicate=replicate, **cell(name)
            )
    result = analyze(build.study)
    assert messages(result, "R2") == [R2] * 4
    assert headline(result).n == 4
    unknown = [item for item in result.normalized if "NO_REPLICATE" in item.flags]
    assert [item.lane for item in unknown] == [17, 18, 19, 20]
    assert not any(item.used for item in unknown)


def test_the_ratio_to_lc3_i_is_descriptive_and_says_so() -> None:
    build = Builder()
    rng = np.random.default_rng(2)
    for replicate in ("1", "2", "3"):
        for name, value in zip(NAMES, INDUCED, strict=True):
            build.lane(
                f"m{replicate}",
                1e4 * value * rng.lognormal(0, 0.05),
                replicate=replicate,
                targets={"LC3-I": 2e4},
                **cell(name),
            )
    result = analyze(build.study)
    assert messages(result, "R5") == [R5]
    rows = [item for item in result.normalized if item.target in ("LC3-II/LC3-I", "LC3-total")]
    assert len(rows) == 24
    assert all("NOT_FLUX" in item.flags and not item.used for item in rows)
    every = flux_of(result, "T")
    assert every.lc3_ii_over_lc3_i == pytest.approx(1.0, rel=0.1)
    assert every.total_lc3 == pytest.approx((2e4 + 2e4) / (1e4 + 2e4), rel=0.1)
    assert "NOT_FLUX" in every.flags
    quantities = {row.quantity for row in result.comparisons}
    assert not any("lc3_i" in quantity for quantity in quantities)


def split_by_inhibitor(*, reference: bool = False) -> Builder:
    """Return lanes without inhibitor on one membrane and with it on another."""
    build = Builder()
    rng = np.random.default_rng(3)
    for membrane, names, brightness in (("minus", ("C0", "T0"), 1.0), ("plus", ("C1", "T1"), 4.0)):
        for replicate in ("1", "2", "3"):
            for name in names:
                value = brightness * INDUCED[NAMES.index(name)] * rng.lognormal(0, 0.03)
                build.lane(membrane, 1e4 * value, replicate=replicate, **cell(name))
        if reference:
            build.lane(membrane, 2e4 * brightness, role="reference", treatment="pool")
    return build


def test_lanes_with_and_without_inhibitor_on_different_membranes_give_pool_and_inhibited_only() -> (
    None
):
    result = analyze(split_by_inhibitor().study)
    row = headline(result)
    assert (row.label, row.message) == ("INCONCLUSIVE_DESIGN", R7)
    assert messages(result, "R7") == [R7]
    assert row.estimate is None
    assert row_of(result, "clearance_ratio").estimate is None
    assert row_of(result, "pool_ratio").estimate == pytest.approx(2, rel=0.1)
    assert row_of(result, "inhibited_ratio").estimate == pytest.approx(2, rel=0.1)
    assert row_of(result, "pool_ratio").ci_low is not None
    assert row_of(result, "inhibitor_effect_control").estimate is None
    assert no_p(result)


def test_a_reference_lane_on_each_membrane_puts_them_on_one_scale() -> None:
    result = analyze(split_by_inhibitor(reference=True).study)
    row = headline(result)
    assert row.label == "INDUCED_FLUX"
    assert row.estimate == pytest.approx(2, rel=0.15)
    assert "CROSS_MEMBRANE" in row.flags
    references = [item for item in result.normalized if item.lane == 7]
    assert len(references) == 2
    assert all(item.used for item in references)


def test_vehicle_and_treatment_on_different_membranes_share_no_condition() -> None:
    build = Builder()
    rng = np.random.default_rng(4)
    for membrane, names in (("one", ("C0", "C1")), ("two", ("T0", "T1"))):
        for replicate in ("1", "2", "3"):
            for name in names:
                value = INDUCED[NAMES.index(name)] * rng.lognormal(0, 0.03)
                build.lane(membrane, 1e4 * value, replicate=replicate, **cell(name))
    result = analyze(build.study)
    assert (headline(result).label, headline(result).message) == ("INCONCLUSIVE_DESIGN", R7_ANY)
    assert row_of(result, "inhibitor_effect_control").estimate == pytest.approx(3, rel=0.1)
    assert row_of(result, "pool_ratio").estimate is None
    assert flux_of(result, "T").difference is None
    assert no_p(result)


@pytest.mark.parametrize(
    "other", [{"inhibitor_h": 2.0}, {"inhibitor": "CQ"}, {"inhibitor_dose": "200 nM"}]
)
def test_arms_with_another_inhibitor_time_or_dose_are_not_compared(
    other: dict[str, object],
) -> None:
    build = Builder()
    for replicate in ("1", "2", "3"):
        for name, value in zip(NAMES, INDUCED, strict=True):
            sheet: dict[str, object] = {**cell(name)}
            if name in ("C1", "T1"):
                sheet["inhibitor_dose"] = "100 nM"
            if name == "T1":
                sheet |= other
            build.lane(f"m{replicate}", 1e4 * value, replicate=replicate, **sheet)
    results = analyze_lc3_flux(PLAN, *build.study, FAST)
    assert results
    for result in results:
        assert headline(result).label == "INCONCLUSIVE_DESIGN"
        assert headline(result).message == R8
        assert R8 in messages(result, "R8")
        assert no_p(result)


def test_saturated_lanes_that_are_left_out_are_called_bounds() -> None:
    values = noisy_cells(INDUCED, 4, 0.05, 6)
    result = analyze(study(values, saturated=[(1, "T1")]))
    assert messages(result, "R9") == [R9.format(lane=4)]
    assert headline(result).n == 3


def test_transition_time_is_refused_where_the_inhibitor_adds_nothing() -> None:
    result = analyze(study(noisy_cells((1, 3, 5, 5.05), 3, 0.05, 6)))
    assert messages(result, "R11") == [R11]
    assert R11 in result.answers[0].caveats
    assert flux_of(result, "T").transition_time_h is None
    assert flux_of(result, "vehicle").transition_time_h is not None
    assert flux_of(result, "vehicle", "r1").transition_time_h is None


def test_a_picture_that_is_not_linear_withholds_every_p_until_it_is_confirmed() -> None:
    samples, volumes = study(noisy_cells(INDUCED, 3, 0.05, 7))
    lossy = [replace(item, semi_quantitative="JPEG", image="a.jpg") for item in volumes]
    refused = analyze((samples, lossy))
    assert no_p(refused)
    expected = (
        "The image is semi-quantitative (JPEG); p-values are withheld unless you confirm that no "
        "linear original exists (no_linear_original = true)."
    )
    assert set(messages(refused, "R10")) == {expected}
    assert headline(refused).label == "INDUCED_FLUX"
    confirmed = analyze((samples, [replace(item, no_linear_original=True) for item in lossy]))
    assert headline(confirmed).p_value is not None
    assert "LOSSY_SOURCE" in headline(confirmed).flags
    assert messages(confirmed, "R10") == []


def test_a_lane_that_the_user_excluded_is_told_and_the_answer_with_it_is_beside() -> None:
    samples, volumes = study(noisy_cells(INDUCED, 4, 0.05, 8))
    samples[3] = replace(samples[3], exclude="bubble")
    result = analyze((samples, volumes))
    assert messages(result, "R13") == ["Lane excluded by user after analysis; reason: bubble"]
    (lane,) = [item for item in result.normalized if "EXCLUDED" in item.flags]
    assert (lane.membrane, lane.lane, lane.used) == ("m1", 4, False)
    assert headline(result).n == 3
    (kept,) = [row for row in result.sensitivity if "excluded by the user kept" in row.method]
    assert kept.n == 4
    assert kept.label == "INDUCED_FLUX"
    assert kept.estimate != headline(result).estimate


@pytest.mark.parametrize(
    ("clipped", "label", "bound"),
    [
        ([("GAPDH", "T0")], "INCONCLUSIVE_SIGNAL", None),
        ([("LC3-II", "C0")], "INCONCLUSIVE_SIGNAL", None),
        ([("LC3-II", "C1"), ("LC3-II", "T1")], "INCONCLUSIVE_SIGNAL", None),
        ([("LC3-II", "T1")], "INDUCED_FLUX", "low"),
        ([("LC3-II", "C1")], "INCONCLUSIVE_SIGNAL", "high"),
    ],
)
def test_saturation_leaves_bounds_or_nothing(
    clipped: list[tuple[str, str]], label: str, bound: str | None
) -> None:
    samples, volumes = study(noisy_cells(INDUCED, 3, 0.05, 9))

    def is_clipped(item: TargetVolume) -> bool:
        return (item.target, NAMES[item.lane - 1]) in clipped

    plain = headline(analyze((samples, volumes)))
    row = headline(
        analyze((samples, [replace(item, saturated=is_clipped(item)) for item in volumes]))
    )
    assert plain.label == "INDUCED_FLUX"
    assert row.label == label
    assert row.estimate == pytest.approx(plain.estimate)
    assert "SATURATED" in row.flags
    assert (row.ci_low is not None, row.ci_high is not None) == (bound == "low", bound == "high")
    assert (row.p_value is not None) == (label == "INDUCED_FLUX")


def test_forbidden_wordings_never_appear() -> None:
    texts = []
    for seed, means in enumerate(((1, 3, 2, 6), (1, 3, 5, 5.2), (1, 3, 1, 3), (1, 1, 2, 2))):
        for n in (1, 2, 3, 5):
            result = analyze(study(noisy_cells(means, n, 0.1, seed)))
            texts += [item.text for item in result.answers]
            texts += [row.message for row in result.comparisons]
            texts += [item.message for item in result.findings]
    assert len(texts) > 50
    for text in texts:
        assert "autophagy increased" not in text.casefold()
        assert "no effect" not in text.casefold()
        assert "fusion is blocked" not in text.casefold()
