"""What must not change a flux analysis, and what must turn it round."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from flux_cases import FAST, VECTORS, analyze, flux_of, headline, noisy_cells, row_of, study
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    import random

    from blotflux.analysis.records import AnalysisResult

SCENARIOS = {
    "induced": (1.0, 3.0, 2.0, 6.0),
    "blocked": (1.0, 3.0, 5.0, 5.2),
    "partial": (1.0, 3.0, 1.6, 2.8),
    "reduced": (1.0, 3.0, 0.4, 1.2),
    "unchanged": (1.0, 3.0, 1.0, 3.0),
}
seeds = st.integers(0, 2**31 - 1)
scenarios = st.sampled_from(sorted(SCENARIOS))


def numbers(result: AnalysisResult) -> list[tuple[object, ...]]:
    """Return what a reader sees of a result."""
    return [
        (row.quantity, row.estimate, row.ci_low, row.ci_high, row.p_value, row.label, row.message)
        for row in result.comparisons
    ]


def assert_same(first: AnalysisResult, second: AnalysisResult, rel: float) -> None:
    """Compare two results: labels exactly, numbers within a relative tolerance."""
    assert first.comparisons
    for one, other in zip(first.comparisons, second.comparisons, strict=True):
        assert (one.quantity, one.label) == (other.quantity, other.label)
        for field in ("estimate", "ci_low", "ci_high", "ci90_low", "ci90_high", "p_value"):
            expected = getattr(one, field)
            if expected is None:
                assert getattr(other, field) is None
            else:
                assert getattr(other, field) == pytest.approx(expected, rel=rel, abs=rel)


@given(scenarios, seeds, st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_flux_is_pool_times_clearance(name: str, seed: int, n: int) -> None:
    result = analyze(study(noisy_cells(SCENARIOS[name], n, 0.1, seed)))
    phi, kappa, pi = (
        row_of(result, quantity).estimate
        for quantity in ("flux_ratio", "clearance_ratio", "pool_ratio")
    )
    if phi is None or kappa is None:
        assert headline(result).label == "INCONCLUSIVE_INHIBITOR"
        return
    assert pi is not None
    assert phi == pytest.approx(pi * kappa, rel=1e-9)


@given(scenarios, seeds, st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_order_of_lanes_volumes_and_membranes_changes_nothing(
    name: str, seed: int, order: random.Random
) -> None:
    samples, volumes = study(noisy_cells(SCENARIOS[name], 3, 0.1, seed))
    first = analyze((samples, volumes))
    order.shuffle(samples)
    order.shuffle(volumes)
    assert numbers(analyze((samples, volumes))) == numbers(first)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_renumbering_lanes_within_membranes_changes_nothing(seed: int) -> None:
    samples, volumes = study(noisy_cells(SCENARIOS["partial"], 3, 0.1, seed))
    moved = {(f"m{m}", lane): 1 + (lane + m) % 4 for m in (1, 2, 3) for lane in (1, 2, 3, 4)}
    again = (
        [replace(item, lane=moved[item.membrane, item.lane]) for item in samples],
        [replace(item, lane=moved[item.membrane, item.lane]) for item in volumes],
    )
    assert_same(analyze((samples, volumes)), analyze(again), 1e-12)


@given(
    scenarios,
    seeds,
    st.floats(2, 1e3),
    st.integers(0, 2),
    st.integers(0, 3),
)
@settings(max_examples=20, deadline=None)
def test_a_brighter_membrane_or_a_fuller_lane_changes_no_ratio(
    name: str, seed: int, factor: float, block: int, cell: int
) -> None:
    lc3 = noisy_cells(SCENARIOS[name], 3, 0.1, seed)
    loading = noisy_cells((4.0,) * 4, 3, 0.1, seed + 1)
    plain = analyze(study(lc3, loading))
    brighter = lc3.copy()
    brighter[block] *= factor
    assert_same(plain, analyze(study(brighter, loading)), 1e-9)
    fuller, more = lc3.copy(), loading.copy()
    fuller[block, cell] /= factor
    more[block, cell] /= factor
    assert_same(plain, analyze(study(fuller, more)), 1e-9)
    assert fuller[block, cell] != lc3[block, cell]


@given(scenarios, seeds)
@settings(max_examples=15, deadline=None)
def test_swapping_drug_and_vehicle_inverts_the_points(name: str, seed: int) -> None:
    cells = noisy_cells(SCENARIOS[name], 4, 0.05, seed)
    there = analyze(study(cells))
    back = analyze(study(cells[:, [2, 3, 0, 1]]))
    for quantity in ("flux_ratio", "clearance_ratio", "pool_ratio", "inhibited_ratio"):
        one, other = row_of(there, quantity), row_of(back, quantity)
        if one.estimate is None or other.estimate is None:
            continue
        assert one.estimate == pytest.approx(1 / other.estimate, rel=1e-9)
    one, other = row_of(there, "turnover_interaction"), row_of(back, "turnover_interaction")
    assert one.estimate is not None
    assert other.estimate is not None
    assert one.estimate == pytest.approx(-other.estimate, rel=1e-9)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-9)


def test_swapping_drug_and_vehicle_inverts_the_intervals_within_monte_carlo_error() -> None:
    cells = noisy_cells(SCENARIOS["induced"], 4, 0.08, 5)
    there = headline(analyze(study(cells)))
    back = headline(analyze(study(cells[:, [2, 3, 0, 1]])))
    assert there.ci_low is not None
    assert there.ci_high is not None
    assert back.ci_low == pytest.approx(1 / there.ci_high, rel=0.03)
    assert back.ci_high == pytest.approx(1 / there.ci_low, rel=0.03)


def test_the_seed_fixes_every_digit() -> None:
    given_ = study(noisy_cells(SCENARIOS["partial"], 3, 0.1, 8))
    first, again = analyze(given_), analyze(given_)
    assert numbers(first) == numbers(again)
    other = analyze(given_, FAST.model_copy(update={"seed": 1}))
    assert headline(other).ci_low != headline(first).ci_low
    assert headline(other).estimate == headline(first).estimate


def test_a_further_treatment_changes_no_point_and_starts_from_the_same_draws() -> None:
    six = noisy_cells((1, 3, 2, 6, 5, 5.2), 4, 0.08, 3)
    cells = ("C0", "C1", "A0", "A1", "B0", "B1")
    both = analyze(study(six, cells=cells))
    alone = analyze(study(six[:, :4], cells=cells[:4]))
    one, other = headline(both, "A"), headline(alone, "A")
    assert one.estimate == pytest.approx(other.estimate, rel=1e-12)
    assert one.ci_level == pytest.approx(0.975)
    assert other.ci_level == pytest.approx(0.95)
    swapped = analyze(study(six[:, [0, 1, 4, 5, 2, 3]], cells=("C0", "C1", "B0", "B1", "A0", "A1")))
    for drug in ("A", "B"):
        first, second = headline(both, drug), headline(swapped, drug)
        assert (first.estimate, first.ci_low) == pytest.approx((second.estimate, second.ci_low))


def test_turnover_is_not_called_flux_where_they_disagree() -> None:
    case = VECTORS["F1_induction"]["input"]
    result = analyze(study(case["LC3_II_adj_volume"], case["GAPDH_adj_volume"]))
    turnover = row_of(result, "turnover_interaction")
    assert turnover.p_value == pytest.approx(0.168, abs=5e-4)
    assert headline(result).label == "INDUCED_FLUX"
    assert turnover.method.startswith("turnover effect (log interaction)")
    assert row_of(result, "difference_of_differences").method.startswith("flux effect (additive)")
    assert "flux" not in turnover.method


def test_each_replicate_of_the_tables_is_behind_the_estimate() -> None:
    result = analyze(study(noisy_cells(SCENARIOS["induced"], 4, 0.1, 2)))
    cells = {
        (item.replicate, item.treatment, item.inhibitor): item
        for item in result.replicates
        if item.quantity == "target_over_loading"
    }
    assert len(cells) == 16
    ln_pool = [
        np.log(cells[name, "T", ""].value / cells[name, "vehicle", ""].value)
        for name in ("r1", "r2", "r3", "r4")
    ]
    assert row_of(result, "pool_ratio").estimate == pytest.approx(np.exp(np.mean(ln_pool)))
    pools = [item.value for item in result.replicates if item.quantity == "pool_ratio"]
    assert np.log(pools) == pytest.approx(ln_pool)
    basal = [flux_of(result, "T", name).basal for name in ("r1", "r2", "r3", "r4")]
    assert basal == pytest.approx(pools)
