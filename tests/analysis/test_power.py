"""Planning: the fast simulation against the plain analysis, and known numbers of replicates."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from flux_cases import FAST, VECTORS, analyze, headline, noisy_cells, study

from blotflux.analysis.decision import Label
from blotflux.analysis.flux.expected_power import expected_power_text
from blotflux.analysis.flux.model import Levels
from blotflux.analysis.flux.simulation import Truth, simulate_labels
from blotflux.analysis.power import FluxEffect, power_flux, power_fold_change, study_variation
from blotflux.parameters import Parameters


@pytest.mark.parametrize(
    ("effect", "label"),
    [
        (FluxEffect(), Label.INDUCED_FLUX),
        (FluxEffect(flux_ratio=0.1, clearance_ratio=0.02), Label.LATE_BLOCK_COMPLETE),
        (FluxEffect(flux_ratio=0.6, clearance_ratio=0.4), Label.LATE_BLOCK_PARTIAL),
        (FluxEffect(flux_ratio=0.4), Label.REDUCED_SYNTHESIS),
        (FluxEffect(flux_ratio=1.0, clearance_ratio=1 / 3), Label.SLOWED_CLEARANCE_FLUX_MAINTAINED),
        (FluxEffect(flux_ratio=1.0), Label.NO_CHANGE),
    ],
)
def test_an_effect_without_noise_has_the_label_it_deserves(
    effect: FluxEffect, label: Label
) -> None:
    planned = power_flux(cv=0.02, effect=effect, replicates=(4,), experiments=50)
    assert planned.expected == label
    assert planned.rows[0].power == pytest.approx(1.0, abs=0.1)
    c0, c1, t0, t1 = effect.cells
    assert (t1 - t0) / (c1 - c0) == pytest.approx(effect.flux_ratio)
    assert (t1 / t0 - 1) / (c1 / c0 - 1) == pytest.approx(effect.clearance_ratio)


def test_the_fast_simulation_gives_the_labels_of_the_plain_analysis() -> None:
    cells, cv, n = (1.0, 3.0, 1.5, 2.7), 0.15, 4
    plain = Counter(
        headline(analyze(study(noisy_cells(cells, n, cv, seed)))).label for seed in range(200)
    )
    truth = Truth(ln_means=tuple(np.log(cells)), s=math.sqrt(math.log1p(cv**2)))  # type: ignore[arg-type]
    fast = simulate_labels(
        truth, n, levels=Levels(0.05), parameters=Parameters(), experiments=2000, draws=1000
    )
    assert plain.most_common(1)[0][0] == fast.most_common(1)[0][0]
    for label in set(plain) | set(fast):
        share = fast[Label(label)] / 2000
        error = math.sqrt(max(share, 0.01) / 200)
        assert plain[label] / 200 == pytest.approx(share, abs=3.5 * error), label


def test_a_failing_inhibitor_and_a_lowered_treatment_have_their_gates() -> None:
    def most(cells: tuple[float, float, float, float]) -> Label:
        c0, c1, t0, t1 = (math.log(cell) for cell in cells)
        labels = simulate_labels(
            Truth(ln_means=(c0, c1, t0, t1), s=0.05),
            3,
            levels=Levels(0.05),
            parameters=FAST,
            experiments=20,
            draws=300,
        )
        return labels.most_common(1)[0][0]

    assert most((1, 1, 2, 2)) is Label.INCONCLUSIVE_INHIBITOR
    assert most((1, 3, 4, 2)) is Label.INHIBITOR_LOWERS_LC3II_IN_TREATED


def test_more_replicates_and_less_variation_give_more_power() -> None:
    planned = power_flux(cv=0.2, effect=FluxEffect(), replicates=(3, 6), experiments=300)
    assert planned.rows[1].power > planned.rows[0].power
    quieter = power_flux(cv=0.1, effect=FluxEffect(), replicates=(3,), experiments=300)
    assert quieter.rows[0].power > planned.rows[0].power
    assert quieter.needed == 3
    assert sum(quieter.rows[0].labels.values()) == pytest.approx(1.0)
    shared = power_flux(cv=0.2, effect=FluxEffect(), treatments=4, replicates=(3,), experiments=300)
    assert shared.rows[0].power != planned.rows[0].power


def test_planning_is_the_same_every_time() -> None:
    first, again = (
        power_flux(cv=0.2, effect=FluxEffect(), replicates=(3,), experiments=100) for _ in range(2)
    )
    assert first == again


@pytest.mark.parametrize(
    ("sd_of_ratio", "needed"),
    [(0.15, (6, 4, 3)), (0.25, (12, 6, 4)), (0.40, (28, 10, 5))],
)
def test_fold_changes_need_the_known_numbers_of_replicates(
    sd_of_ratio: float, needed: tuple[int, ...]
) -> None:
    cv = math.sqrt(math.expm1(sd_of_ratio**2 / 2))
    found = [
        power_fold_change(cv=cv, fold_change=change, replicates=range(3, 40)).needed
        for change in (1.25, 1.5, 2.0)
    ]
    assert found == list(needed)


def test_a_fall_needs_as_many_replicates_as_the_rise_that_mirrors_it() -> None:
    rise = power_fold_change(cv=0.2, fold_change=2.0)
    fall = power_fold_change(cv=0.2, fold_change=0.5)
    assert (rise.expected, fall.expected) == ("INCREASED", "DECREASED")
    assert [row.power for row in rise.rows] == pytest.approx([row.power for row in fall.rows])
    assert power_fold_change(cv=0.4, fold_change=1.05).needed is None


@pytest.mark.parametrize("cv", [0.0, -0.1, 2.5])
def test_a_variation_out_of_range_is_refused(cv: float) -> None:
    with pytest.raises(ValueError, match="coefficient of variation is above 0 and at most 2"):
        power_fold_change(cv=cv, fold_change=2.0)


def test_other_impossible_plans_are_refused() -> None:
    with pytest.raises(ValueError, match="A fold change is above 0 and not 1; got 1"):
        power_fold_change(cv=0.1, fold_change=1.0)
    with pytest.raises(ValueError, match="at least 3 biological replicates; got 2"):
        power_flux(cv=0.1, effect=FluxEffect(), replicates=(2,))
    with pytest.raises(ValueError, match="A flux effect needs flux_ratio > 0"):
        FluxEffect(inhibitor_effect=1.0)


def test_the_variation_of_a_finished_study_is_that_of_its_model() -> None:
    result = analyze(study(noisy_cells((1, 3, 2, 6), 5, 0.15, 4)))
    cv = study_variation(result)
    assert cv is not None
    (text,) = [text for text in result.methods if "residual CV" in text]
    assert f"residual CV {100 * cv:.3g} %" in text
    assert study_variation(analyze(study(noisy_cells((1, 3, 2, 6), 1, 0.15, 4)))) is None


@pytest.mark.parametrize(
    ("name", "needed"), [("F8_underpowered", 60), ("F32_row12_clearance_reduced", 5)]
)
def test_an_inconclusive_answer_says_what_would_settle_it(name: str, needed: int) -> None:
    case = VECTORS[name]["input"]
    result = analyze(
        study(case["LC3_II_adj_volume"], case["GAPDH_adj_volume"]), suggest_replicates=True
    )
    row = headline(result)
    assert row.label == "INCONCLUSIVE_PRECISION"
    assert row.message.startswith("CIs: phi ")
    assert f"n≈{needed} needed at this residual CV of" in row.message
    assert row.message in result.answers[0].text
    states = case.get("note", "")
    assert ("clearance reduced; pool and net flux not resolved" in row.message) == bool(states)


def test_an_effect_that_no_number_of_replicates_settles_says_so() -> None:
    # A pool between "equal" and "up" at a spread that 60 replicates do not overcome.
    result = analyze(study(noisy_cells((1, 3, 1.4, 4.2), 3, 1.0, 2)), suggest_replicates=True)
    assert headline(result).label == "INCONCLUSIVE_INHIBITOR"
    wide = analyze(study(noisy_cells((1, 30, 1.4, 42), 3, 1.0, 5)), suggest_replicates=True)
    assert "more than 60 replicates needed" in headline(wide).message


def test_the_methods_paragraph_names_the_nearest_simulated_study() -> None:
    text = expected_power_text(3, 0.057)
    assert "n = 3 and a CV of 10 %" in text
    assert "97 % for induction, flux x2" in text
    assert "n = 6 and a CV of 20 %" in expected_power_text(12, 0.22)
    result = analyze(study(noisy_cells((1, 3, 2, 6), 3, 0.05, 4)))
    assert text in result.methods
