"""Designs besides the plain one: several inhibitors, doses, times and treatments, lost lanes."""

from __future__ import annotations

from dataclasses import replace

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
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from blotflux.analysis.flux.caveats import is_lysosomotropic
from blotflux.analysis.lc3_flux import analyze_lc3_flux

INDUCED = (1.0, 3.0, 2.0, 6.0)
BLOCKED = (1.0, 3.0, 5.0, 5.2)
NAMES = ("C0", "C1", "T0", "T1")


def fill(
    build: Builder,
    means: dict[str, float],
    *,
    replicates: int = 3,
    cv: float = 0.05,
    seed: int = 0,
    **sheet: object,
) -> None:
    """Add one lane per cell and replicate, a membrane for each replicate."""
    rng = np.random.default_rng(seed)
    for replicate in range(1, replicates + 1):
        for name, value in means.items():
            build.lane(
                f"m{replicate}",
                1e4 * value * rng.lognormal(0, cv),
                replicate=str(replicate),
                **{**cell(name), **sheet},
            )


# ---------------------------------------------------------------- inhibitors


def two_inhibitors() -> Builder:
    """Return a sheet with bafilomycin and chloroquine that share the lanes without inhibitor."""
    build = Builder()
    fill(build, {"C0": 1, "T0": 2})
    fill(build, {"C1": 3, "T1": 6}, seed=1)
    fill(build, {"C1": 2.5, "T1": 5}, seed=2, inhibitor="CQ", inhibitor_h=2.0)
    return build


def test_each_inhibitor_is_an_analysis_of_its_own_and_shares_the_lanes_without() -> None:
    baf, cq = analyze_lc3_flux(PLAN, *two_inhibitors().study, FAST)
    assert (baf.name, cq.name) == ("lc3_flux LC3-II BafA1", "lc3_flux LC3-II CQ")
    assert {row.inhibitor for row in baf.comparisons} == {"BafA1"}
    assert {row.inhibitor for row in cq.comparisons} == {"CQ"}
    assert headline(baf).label == headline(cq).label == "INDUCED_FLUX"
    assert headline(baf).df == headline(cq).df == 6
    assert row_of(baf, "pool_ratio").estimate == row_of(cq, "pool_ratio").estimate
    assert flux_of(cq, "T").inhibitor_h == 2.0
    assert flux_of(baf, "T").inhibitor_h == 4.0
    assert "CQ_NOT_BAF" in headline(cq).flags
    assert "CQ_NOT_BAF" not in headline(baf).flags


def test_a_plan_may_ask_for_one_inhibitor_only() -> None:
    plan = PLAN.model_copy(update={"inhibitor": "CQ", "name": "flux"})
    (only,) = analyze_lc3_flux(plan, *two_inhibitors().study, FAST)
    assert only.name == "flux"
    assert {row.inhibitor for row in only.comparisons} == {"CQ"}


def test_a_treatment_given_with_another_inhibitor_is_asked_there_only() -> None:
    build = Builder()
    fill(build, {"C0": 1, "T0": 2, "A0": 2})
    fill(build, {"C1": 3, "T1": 6}, seed=1)
    fill(build, {"C1": 2.5, "A1": 5}, seed=2, inhibitor="CQ")
    baf, cq = analyze_lc3_flux(PLAN, *build.study, FAST)
    assert [item.treatment for item in baf.answers] == ["T"]
    assert [item.treatment for item in cq.answers] == ["A"]


def test_two_times_of_one_inhibitor_are_two_analyses() -> None:
    build = Builder()
    fill(build, {"C0": 1, "T0": 2})
    for hours in (2.0, 6.0):
        fill(build, {"C1": 1 + hours / 2, "T1": 2 + hours}, seed=int(hours), inhibitor_h=hours)
    two, six = analyze_lc3_flux(PLAN, *build.study, FAST)
    assert (two.name, six.name) == ("lc3_flux LC3-II BafA1 2 h", "lc3_flux LC3-II BafA1 6 h")
    assert "T_B_OUTSIDE_2_4H" in headline(six).flags
    assert "T_B_OUTSIDE_2_4H" not in headline(two).flags
    rates = [flux_of(result, "vehicle").rate_per_h for result in (two, six)]
    assert rates == pytest.approx([0.5, 0.5], rel=0.15)


@pytest.mark.parametrize(("more", "shown"), [(3.0, True), (4.5, False)])
def test_a_second_dose_shows_whether_the_inhibitor_saturates(more: float, shown: bool) -> None:
    build = Builder()
    fill(build, {"C0": 1, "T0": 2}, replicates=5)
    fill(build, {"C1": 3, "T1": 6}, replicates=5, seed=1, inhibitor_dose="100 nM")
    fill(build, {"C1": more}, replicates=5, seed=2, inhibitor_dose="200 nM")
    result = analyze(build.study)
    row = headline(result)
    assert ("INHIBITOR_SATURATION_NOT_SHOWN" not in row.flags) == shown
    check = row_of(result, "inhibitor_saturation", "vehicle")
    assert check.estimate == pytest.approx(more / 3, rel=0.1)
    assert check.p_value is None
    assert row.df == 4 * 4
    assert row.estimate == pytest.approx(2, rel=0.15)
    doses = {item.inhibitor for item in result.replicates if item.quantity == "target_over_loading"}
    assert doses == {"", "BafA1", "BafA1 200 nM"}


def test_several_treatments_bring_one_saturation_check_of_their_vehicle() -> None:
    build = Builder()
    fill(build, {"C0": 1, "A0": 2, "B0": 2}, dose="1")
    fill(build, {"C1": 3, "A1": 6, "B1": 6}, seed=1, inhibitor_dose="100 nM", dose="1")
    fill(build, {"C1": 3, "A1": 6}, seed=2, inhibitor_dose="200 nM", dose="1")
    result = analyze(build.study)
    checks = [row for row in result.comparisons if row.quantity == "inhibitor_saturation"]
    assert [(row.treatment, row.dose) for row in checks] == [("vehicle", "1"), ("A", "1")]
    keys = [(row.quantity, row.treatment, row.dose, row.time_h) for row in result.comparisons]
    assert len(set(keys)) == len(keys)


# ---------------------------------------------------------------- doses, times, treatments


def test_doses_share_the_vehicle_and_its_error_level() -> None:
    build = Builder()
    fill(build, {"C0": 1, "C1": 3})
    for place, dose in enumerate(("2", "10")):
        fill(
            build, {"T0": 2 + place, "T1": 6 + 3 * place}, seed=place + 1, dose=dose, dose_unit="uM"
        )
    result = analyze(build.study)
    rows = [row for row in result.comparisons if row.quantity == "flux_ratio"]
    assert [row.dose for row in rows] == ["2", "10"]
    assert [row.ci_level for row in rows] == pytest.approx([0.975, 0.975])
    assert rows[0].p_value is not None
    assert rows[0].p_adjusted == pytest.approx(2 * rows[0].p_value)
    assert "T 2 uM" in result.answers[0].text
    assert [row.df for row in rows] == [10, 10]


def test_each_time_has_its_own_vehicle_and_its_own_error_level() -> None:
    build = Builder()
    for place, hours in enumerate((4.0, 16.0)):
        factor = 1 + place
        fill(
            build,
            {"C0": factor, "C1": 3 * factor, "T0": 2 * factor, "T1": 6 * factor},
            seed=place,
            time_h=hours,
        )
    result = analyze(build.study)
    rows = [row for row in result.comparisons if row.quantity == "flux_ratio"]
    assert [row.time_h for row in rows] == [4.0, 16.0]
    assert [row.ci_level for row in rows] == pytest.approx([0.95, 0.95])
    assert [row.estimate for row in rows] == pytest.approx([2, 2], rel=0.15)
    vehicles = [row for row in result.flux if row.treatment == "vehicle" and not row.replicate]
    assert [row.basal for row in vehicles] == [1.0, 1.0]


def test_a_time_without_its_own_vehicle_is_refused() -> None:
    build = Builder()
    fill(build, {"C0": 1, "C1": 3}, time_h=4.0)
    fill(build, {"T0": 2, "T1": 6}, time_h=16.0)
    assert "the C0 and C1 arm is missing" in headline(analyze(build.study)).message


def test_a_treatment_that_misses_an_arm_is_refused_alone_and_takes_no_alpha() -> None:
    values = noisy_cells((1, 3, 2, 6, 2), 3, 0.05, 1)
    result = analyze(study(values, cells=("C0", "C1", "A0", "A1", "B0")))
    assert headline(result, "B").label == "INCONCLUSIVE_DESIGN"
    assert headline(result, "A").label == "INDUCED_FLUX"
    assert headline(result, "A").ci_level == pytest.approx(0.95)
    assert headline(result, "A").df == 8


def test_a_study_with_the_vehicle_only_says_so() -> None:
    result = analyze(study(noisy_cells((1, 3), 3, 0.05, 1), cells=("C0", "C1")))
    assert result.comparisons == ()
    (told,) = messages(result, "NO_TREATMENT")
    assert "nothing to compare" in told


def test_a_missing_control_is_refused_for_every_treatment() -> None:
    plan = PLAN.model_copy(update={"control": "DMSO"})
    result = analyze(study(noisy_cells(INDUCED, 3, 0.05, 1)), plan=plan)
    assert {row.label for row in result.comparisons if row.quantity == "flux_ratio"} == {
        "INCONCLUSIVE_DESIGN"
    }
    assert flux_of(result, "T").basal is None
    assert flux_of(result, "T").ratio is not None


# ---------------------------------------------------------------- lost lanes


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2**20))
@settings(max_examples=20, deadline=None)
def test_a_lost_lane_takes_its_lane_and_not_its_replicate(
    block: int, place: int, seed: int
) -> None:
    values = noisy_cells(INDUCED, 4, 0.1, seed)
    holes: list[list[float | None]] = values.tolist()
    holes[block][place] = None
    result = analyze(study(holes))
    row = headline(result)
    assert row.n == 3
    assert row.df == 8
    # The cells that are complete keep their plain contrast.
    full = [name for position, name in enumerate(NAMES) if position != place]
    pairs = {
        "pool_ratio": ("T0", "C0"),
        "inhibited_ratio": ("T1", "C1"),
        "inhibitor_effect_control": ("C1", "C0"),
        "inhibitor_effect_treated": ("T1", "T0"),
    }
    checked = 0
    for quantity, (top, bottom) in pairs.items():
        if {top, bottom} <= set(full):
            ratio = values[:, NAMES.index(top)] / values[:, NAMES.index(bottom)]
            assert row_of(result, quantity).estimate == pytest.approx(
                np.exp(np.log(ratio).mean()), rel=1e-9
            )
            checked += 1
    assert checked == 2


def test_an_unbalanced_fit_is_that_of_least_squares() -> None:
    values = np.log(noisy_cells(INDUCED, 4, 0.1, 3))
    values[1, 3] = values[2, 0] = np.nan
    holes = [[None if np.isnan(v) else float(np.exp(v)) for v in row] for row in values]
    result = analyze(study(holes))
    rows, columns = np.nonzero(np.isfinite(values))
    design = np.zeros((len(rows), 7))
    design[np.arange(len(rows)), columns] = 1
    for index, row in enumerate(rows):
        if row:
            design[index, 3 + row] = 1
    beta, residual, *_ = np.linalg.lstsq(design, values[rows, columns], rcond=None)
    df = len(rows) - 7
    weights = np.array([0, 0, -1, 1, 0, 0, 0])
    se = np.sqrt(residual[0] / df * (weights @ np.linalg.inv(design.T @ design) @ weights))
    half = stats.t.ppf(0.975, df) * se
    row = row_of(result, "inhibitor_effect_treated")
    assert row.df == df
    assert row.estimate == pytest.approx(np.exp(weights @ beta))
    assert row.ci_low == pytest.approx(np.exp(weights @ beta - half))
    assert row.ci_high == pytest.approx(np.exp(weights @ beta + half))


def test_too_few_complete_replicates_withhold_the_label() -> None:
    values: list[list[float | None]] = noisy_cells(INDUCED, 4, 0.05, 1).tolist()
    for block in range(4):
        values[block][block] = None
    result = analyze(study(values))
    row = headline(result)
    assert (row.n, row.label) == (3, "INCONCLUSIVE_DESIGN")
    assert row.message.startswith("Fewer than two biological replicates hold all four arms")
    assert all(item.p_value is None for item in result.comparisons)
    assert row.ci_low is not None


# ---------------------------------------------------------------- replicates and membranes


def test_animals_with_one_value_each_have_no_block() -> None:
    build = Builder()
    rng = np.random.default_rng(5)
    for name, mean in zip(NAMES, INDUCED, strict=True):
        for animal in range(4):
            build.lane(
                "m1", 1e4 * mean * rng.lognormal(0, 0.1), replicate=f"{name}{animal}", **cell(name)
            )
    result = analyze(build.study)
    row = headline(result)
    assert "UNBLOCKED" in row.flags
    assert (row.n, row.df) == (4, 12)
    assert row.model.split(";")[0].endswith("ln_y ~ 0 + C(cell)")
    assert result.sensitivity == ()
    assert [item for item in result.flux if item.replicate] == []
    groups = {
        name: np.log(
            [
                v.volume
                for s, v in zip(build.samples, build.volumes[::2], strict=True)
                if cell(name) == {"treatment": s.treatment, "inhibitor": s.inhibitor}
            ]
        )
        for name in NAMES
    }
    s = np.sqrt(sum(((g - g.mean()) ** 2).sum() for g in groups.values()) / 12)
    pool = row_of(result, "pool_ratio")
    centre = groups["T0"].mean() - groups["C0"].mean()
    half = stats.t.ppf(0.975, 12) * s * np.sqrt(2 / 4)
    assert (pool.ci_low, pool.ci_high) == pytest.approx(
        tuple(np.exp([centre - half, centre + half]))
    )


def test_animals_on_several_membranes_have_the_membrane_as_block() -> None:
    build = Builder()
    rng = np.random.default_rng(6)
    for membrane, brightness in (("m1", 1.0), ("m2", 5.0)):
        for name, mean in zip(NAMES, INDUCED, strict=True):
            for animal in range(2):
                value = brightness * mean * rng.lognormal(0, 0.05)
                build.lane(
                    membrane, 1e4 * value, replicate=f"{membrane}{name}{animal}", **cell(name)
                )
    result = analyze(build.study)
    assert headline(result).n == 4
    assert headline(result).df == 16 - 5
    assert headline(result).label == "INDUCED_FLUX"
    assert headline(result).estimate == pytest.approx(2, rel=0.15)


def test_a_replicate_on_two_complete_membranes_is_averaged_over_their_contrasts() -> None:
    build = Builder()
    rng = np.random.default_rng(7)
    table = rng.lognormal(0, 0.1, (3, 2, 4)) * np.array(INDUCED) * 1e4
    for replicate in range(3):
        for copy in range(2):
            for place, name in enumerate(NAMES):
                value = table[replicate, copy, place] * (1 + 9 * copy)
                build.lane(f"m{replicate}{copy}", value, replicate=str(replicate), **cell(name))
    result = analyze(build.study)
    ln = np.log(table).mean(axis=1)
    assert headline(result).n == 3
    assert headline(result).df == 6
    assert row_of(result, "pool_ratio").estimate == pytest.approx(
        np.exp((ln[:, 2] - ln[:, 0]).mean())
    )
    assert row_of(result, "pool_ratio").n_technical == 12


def test_technical_lanes_are_averaged_before_anything_is_tested() -> None:
    build = Builder()
    rng = np.random.default_rng(8)
    table = rng.lognormal(0, 0.1, (3, 4, 3)) * np.array(INDUCED)[None, :, None] * 1e4
    for replicate in range(3):
        for place, name in enumerate(NAMES):
            for lane in range(3):
                build.lane(
                    f"m{replicate}",
                    table[replicate, place, lane],
                    replicate=str(replicate),
                    **cell(name),
                )
    result = analyze(build.study)
    plain = analyze(study(np.exp(np.log(table).mean(axis=2))))
    for one, other in zip(result.comparisons, plain.comparisons, strict=True):
        assert one.estimate == pytest.approx(other.estimate)
        assert one.ci_low == pytest.approx(other.ci_low)
    assert {
        item.n_technical for item in result.replicates if item.quantity == "target_over_loading"
    } == {3}


def test_two_loading_controls_are_joined_by_the_geometric_mean_of_their_factors() -> None:
    lc3 = noisy_cells(INDUCED, 3, 0.05, 9)
    first, second = noisy_cells((4,) * 4, 3, 0.1, 10), noisy_cells((9,) * 4, 3, 0.1, 11)
    samples, volumes = study(lc3, first)
    _, others = study(lc3, second)
    volumes += [replace(item, target="actin") for item in others if item.target == "GAPDH"]
    plan = PLAN.model_copy(update={"loading": ("GAPDH", "actin")})
    both = analyze((samples, volumes), plan=plan)
    joined = analyze(study(lc3, np.sqrt(first * second)))
    assert headline(both).estimate == pytest.approx(headline(joined).estimate, rel=1e-9)
    assert "LC3-II/GAPDH and actin" in headline(both).model


# ---------------------------------------------------------------- caveats and corroboration


def with_names(drug: str, inhibitor: str, means: tuple[float, ...], seed: int = 1) -> Builder:
    """Return a plain design with named drug and inhibitor."""
    build = Builder()
    names = {"vehicle": "vehicle", "T": drug}
    rng = np.random.default_rng(seed)
    for replicate in ("1", "2", "3", "4"):
        for name, mean in zip(NAMES, means, strict=True):
            given_ = cell(name)
            build.lane(
                f"m{replicate}",
                1e4 * mean * rng.lognormal(0, 0.05),
                replicate=replicate,
                treatment=names[given_["treatment"]],
                inhibitor=inhibitor if given_["inhibitor"] else "",
            )
    return build


@pytest.mark.parametrize(
    ("drug", "inhibitor", "means", "imitated"),
    [
        ("amitriptyline", "BafA1", BLOCKED, True),
        ("amitriptyline", "BafA1", INDUCED, False),
        ("amitriptyline", "leupeptin", BLOCKED, False),
        ("rapamycin", "BafA1", BLOCKED, False),
        ("Amitriptyline HCl", "Bafilomycin A1", BLOCKED, True),
        ("amitriptyline", "concanamycin A", (1.0, 3.0, 4.0, 2.0), True),
    ],
)
def test_noncanonical_lipidation_is_named_where_it_could_imitate_a_block(
    drug: str, inhibitor: str, means: tuple[float, ...], imitated: bool
) -> None:
    result = analyze(with_names(drug, inhibitor, means).study)
    flags = headline(result, drug).flags
    assert ("NONCANONICAL_NOT_EXCLUDED" in flags) == imitated
    assert ("LYSOSOMOTROPIC_DRUG" in flags) == ("mitriptyline" in drug)
    text = (
        "LC3 lipidation of single membranes by this drug class is itself blocked by V-ATPase "
        "inhibitors; confirm with a protease inhibitor or ATG13/FIP200 loss."
    )
    assert (text in result.answers[0].caveats) == imitated


@pytest.mark.parametrize("name", ["amitriptyline 10 uM", "Chlorpromazine", "HYDROXYCHLOROQUINE"])
def test_lysosomotropic_drugs_are_known_however_they_are_written(name: str) -> None:
    assert is_lysosomotropic(name)
    assert not is_lysosomotropic("rapamycin")


@pytest.mark.parametrize(
    ("means", "p62", "discordant"),
    [
        (INDUCED, 0.5, False),
        (INDUCED, 2.0, True),
        (BLOCKED, 2.0, False),
        (BLOCKED, 0.5, True),
    ],
)
def test_p62_corroborates_or_contradicts_and_never_decides(
    means: tuple[float, ...], p62: float, discordant: bool
) -> None:
    build = Builder()
    rng = np.random.default_rng(2)
    for replicate in ("1", "2", "3"):
        for name, mean in zip(NAMES, means, strict=True):
            level = p62 if name == "T0" else 1.0
            build.lane(
                f"m{replicate}",
                1e4 * mean * rng.lognormal(0, 0.05),
                replicate=replicate,
                targets={"p62": 2e4 * level * rng.lognormal(0, 0.05)},
                **cell(name),
            )
    result = analyze(build.study)
    without = analyze((build.samples, [v for v in build.volumes if v.target != "p62"]))
    assert ("P62_DISCORDANT" in headline(result).flags) == discordant
    assert headline(result).label == headline(without).label
    (told,) = messages(result, "P62")
    assert "corroboration only" in told
    assert messages(without, "P62") == []


def test_lc3_i_that_is_used_up_is_flagged() -> None:
    build = Builder()
    rng = np.random.default_rng(3)
    for replicate in ("1", "2", "3"):
        for name, mean in zip(NAMES, INDUCED, strict=True):
            level = 0.1 if name == "T1" else 1.0
            build.lane(
                f"m{replicate}",
                1e4 * mean * rng.lognormal(0, 0.05),
                replicate=replicate,
                targets={"LC3-I": 3e4 * level},
                **cell(name),
            )
    result = analyze(build.study)
    assert "LC3I_DEPLETED" in headline(result).flags
    assert messages(result, "LC3_EXPRESSION") == []
    plenty = analyze(
        (
            build.samples,
            [
                replace(v, volume=v.volume * (4 if v.lane > 2 else 1)) if v.target == "LC3-I" else v
                for v in build.volumes
            ],
        )
    )
    assert len(messages(plenty, "LC3_EXPRESSION")) == 1


def test_a_loading_control_that_adds_noise_is_told() -> None:
    lc3 = noisy_cells(INDUCED, 4, 0.03, 1)
    quiet = analyze(study(lc3, noisy_cells((4,) * 4, 4, 0.01, 2)))
    noisy = analyze(study(lc3, noisy_cells((4,) * 4, 4, 0.3, 2)))
    (good,) = [item for item in quiet.findings if item.code == "CV_GAIN"]
    (bad,) = [item for item in noisy.findings if item.code == "CV_GAIN"]
    assert (good.severity, bad.severity) == ("info", "warn")
    assert "adds more noise than it removes" in bad.message
    assert bad.value is not None
    assert bad.value > 1.2


def test_quality_flags_of_the_analysis_reach_every_label() -> None:
    (result,) = analyze_lc3_flux(
        PLAN, *study(noisy_cells(INDUCED, 3, 0.05, 1)), FAST, quality_flags=("LC_AFFECTED",)
    )
    assert "LC_AFFECTED" in headline(result).flags
    assert "The loading control changes with the treatment." in result.answers[0].caveats
