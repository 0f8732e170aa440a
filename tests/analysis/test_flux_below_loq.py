"""Rule ND: flux where LC3-II is below the limit of quantification in some arm."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from flux_cases import (
    FAST,
    Builder,
    Study,
    analyze,
    cell,
    flux_of,
    headline,
    messages,
    noisy_cells,
    row_of,
    study,
)
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

NAMES = ("C0", "C1", "T0", "T1")
LOQ = 2_000.0
INDUCED = (0.1, 3.0, 2.0, 9.0)
"""Relative levels times 1e4; the vehicle's basal level is below LOQ."""


def limited(
    values: NDArray[np.float64],
    low: Mapping[str, float | None],
    blocks: tuple[int, ...] = (1, 2, 3),
) -> Study:
    """Return a study in which some arms are below a limit (None: no limit is known)."""
    samples, volumes = study(values)

    def mark(item: Any) -> Any:
        name = NAMES[item.lane - 1]
        if item.target != "LC3-II" or name not in low or int(item.membrane[1:]) not in blocks:
            return item
        return replace(item, below_loq=True, loq=low[name])

    return samples, [mark(item) for item in volumes]


def expected_envelope(
    values: NDArray[np.float64], low: Mapping[str, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return 95 and 90 % envelopes of phi, computed with nothing of the program's."""
    fitted = [place for place, name in enumerate(NAMES) if name not in low]
    y = np.log(values[:, fitted])
    n, k = y.shape
    residual = y - y.mean(0) - y.mean(1, keepdims=True) + y.mean()
    df = (n - 1) * (k - 1)
    s = np.sqrt((residual**2).sum() / df)
    generator = np.random.Generator(np.random.PCG64(12345))
    chi2 = generator.chisquare(df, FAST.monte_carlo_draws)
    z = generator.standard_normal((FAST.monte_carlo_draws, 4))
    unit = y.mean(0)[fitted.index(1)]
    x = np.full((FAST.monte_carlo_draws, 4), np.nan)
    for column, place in enumerate(fitted):
        spread = z[:, place] * s * np.sqrt(df / chi2) / np.sqrt(n)
        x[:, place] = np.exp(y.mean(0)[column] - unit + spread)
    wide, narrow = [], []
    for corner in itertools.product(*[(0.0, np.log(limit) - unit) for limit in low.values()]):
        at = x.copy()
        for name, end in zip(low, corner, strict=True):
            at[:, NAMES.index(name)] = 0.0 if end == 0.0 else np.exp(end)
        phi = (at[:, 3] - at[:, 2]) / (at[:, 1] - at[:, 0])
        wide.append(np.percentile(phi, [2.5, 97.5]))
        narrow.append(np.percentile(phi, [5, 95]))
    lows, highs = np.min(wide, axis=0), np.max(wide, axis=0)
    narrow_lows, narrow_highs = np.min(narrow, axis=0), np.max(narrow, axis=0)
    return (lows[0], highs[1]), (narrow_lows[0], narrow_highs[1])


@pytest.mark.parametrize(
    ("means", "low", "label"),
    [
        (INDUCED, ("C0",), "INDUCED_FLUX"),
        ((1.0, 4.0, 0.1, 0.9), ("T0",), "FLUX_REDUCED_STAGE_UNRESOLVED"),
        ((0.1, 4.0, 0.1, 4.0), ("C0", "T0"), "INCONCLUSIVE_PRECISION"),
        ((0.1, 2.0, 0.1, 9.0), ("C0", "T0"), "INDUCED_FLUX"),
    ],
)
def test_flux_is_the_envelope_of_all_corners(
    means: tuple[float, ...], low: tuple[str, ...], label: str
) -> None:
    values = noisy_cells(means, 4, 0.08, 1, block_sd=0.0)
    limits: dict[str, float] = dict.fromkeys(low, LOQ)
    result = analyze(limited(values, limits, blocks=(1, 2, 3, 4)))
    row = headline(result)
    wide, narrow = expected_envelope(values, limits)
    assert row.estimate is None
    assert (row.ci_low, row.ci_high) == pytest.approx(wide, rel=1e-6)
    assert (row.ci90_low, row.ci90_high) == pytest.approx(narrow, rel=1e-6)
    assert row.label == label
    assert "BELOW_LOQ" in row.flags
    assert row.message == (
        f"Basal LC3-II is below the limit of quantification in {' and '.join(low)}: ratio-type "
        "measures are not reported."
    )
    assert row.df == 3 * (3 - len(low))


def test_ratios_of_an_arm_below_the_limit_are_empty() -> None:
    values = noisy_cells(INDUCED, 3, 0.08, 1, block_sd=0.0)
    result = analyze(limited(values, {"C0": LOQ}))
    for quantity in (
        "pool_ratio",
        "clearance_ratio",
        "difference_of_differences",
        "turnover_interaction",
        "inhibitor_effect_control",
    ):
        row = row_of(result, quantity)
        assert (row.estimate, row.ci_low, row.p_value) == (None, None, None), quantity
        assert "BELOW_LOQ" in row.flags
    assert row_of(result, "inhibited_ratio").estimate == pytest.approx(3, rel=0.2)
    assert row_of(result, "inhibitor_effect_treated").estimate == pytest.approx(4.5, rel=0.2)
    assert flux_of(result, "vehicle").basal is None
    assert flux_of(result, "T").difference is None
    assert flux_of(result, "vehicle").transition_time_h is None
    assert "BELOW_LOQ" in flux_of(result, "vehicle").flags
    kept = [item for item in result.normalized if item.lane == 1]
    assert len(kept) == 3
    assert all("BELOW_LOQ" in item.flags for item in kept)
    assert result.answers[0].text.startswith("T: autophagic flux is between")


def test_the_two_arms_that_are_left_cannot_differ_in_spread() -> None:
    values = noisy_cells(INDUCED, 3, 0.08, 1, block_sd=0.0)
    result = analyze(limited(values, {"C0": LOQ, "T0": LOQ}))
    assert headline(result).df == 2
    assert "HETEROSCEDASTIC" not in headline(result).flags
    assert "HETEROSCEDASTIC" not in {finding.code for finding in result.findings}


def test_an_inhibited_vehicle_not_above_the_limit_shows_no_inhibitor() -> None:
    values = noisy_cells((0.1, 0.25, 2.0, 9.0), 3, 0.2, 1, block_sd=0.0)
    result = analyze(limited(values, {"C0": LOQ}))
    assert headline(result).label == "INCONCLUSIVE_INHIBITOR"
    assert headline(result).ci_low is None
    lower = np.log(values[:, 1]).mean() - stats.t.ppf(0.995, 4) * 0.05 - np.log(LOQ)
    assert lower < np.log(1.3)


def test_an_inhibited_vehicle_below_the_limit_shows_no_inhibitor() -> None:
    values = noisy_cells((0.1, 0.1, 2.0, 9.0), 3, 0.05, 1, block_sd=0.0)
    result = analyze(limited(values, {"C0": LOQ, "C1": LOQ}))
    assert headline(result).label == "INCONCLUSIVE_INHIBITOR"


def test_a_treated_level_that_the_inhibitor_brings_below_the_limit_is_lowered() -> None:
    values = noisy_cells((1.0, 3.0, 2.0, 0.1), 3, 0.05, 1, block_sd=0.0)
    result = analyze(limited(values, {"T1": LOQ}))
    assert headline(result).label == "INHIBITOR_LOWERS_LC3II_IN_TREATED"


def test_both_treated_levels_below_the_limit_bound_the_flux_on_both_sides() -> None:
    values = noisy_cells((1.0, 3.0, 0.1, 0.1), 3, 0.05, 1, block_sd=0.0)
    row = headline(analyze(limited(values, {"T0": LOQ, "T1": LOQ})))
    assert row.label == "FLUX_REDUCED_STAGE_UNRESOLVED"
    reach = 0.2 / (3.0 - 1.0)
    assert row.ci_low is not None
    assert row.ci_high is not None
    assert row.ci_low == pytest.approx(-reach, rel=0.4)
    assert row.ci_high == pytest.approx(reach, rel=0.4)


def test_a_replicate_with_one_lane_below_in_an_arm_above_is_left_out() -> None:
    values = noisy_cells((1.0, 3.0, 2.0, 6.0), 4, 0.05, 1, block_sd=0.0)
    result = analyze(limited(values, {"T0": LOQ}, blocks=(2,)))
    row = headline(result)
    assert (row.n, row.label) == (3, "INDUCED_FLUX")
    (told,) = messages(result, "BELOW_LOQ")
    assert "replicate r2" in told
    assert {item.membrane for item in result.normalized if not item.used} == {"m2"}
    plain = analyze(study(np.delete(values, 1, axis=0)))
    assert row.estimate == pytest.approx(headline(plain).estimate)


def test_an_arm_is_below_when_half_of_its_replicates_are() -> None:
    values = noisy_cells((0.15, 3.0, 2.0, 9.0), 4, 0.05, 1, block_sd=0.0)
    one = headline(analyze(limited(values, {"C0": LOQ}, blocks=(2,))))
    two = headline(analyze(limited(values, {"C0": LOQ}, blocks=(2, 3))))
    assert (one.n, one.estimate is not None) == (3, True)
    assert (two.n, two.estimate is not None) == (4, False)


def test_a_value_of_zero_or_less_is_below_any_limit() -> None:
    samples, volumes = study(noisy_cells(INDUCED, 3, 0.08, 1, block_sd=0.0))
    volumes = [
        replace(item, volume=-50.0, volume_se=200.0)
        if item.target == "LC3-II" and item.lane == 1
        else item
        for item in volumes
    ]
    given_se = headline(analyze((samples, volumes)))
    explicit = headline(
        analyze((samples, [replace(v, loq=LOQ) if v.volume < 0 else v for v in volumes]))
    )
    assert given_se.label == "INDUCED_FLUX"
    assert (given_se.ci_low, given_se.ci_high) == (explicit.ci_low, explicit.ci_high)


def test_without_any_limit_the_smallest_quantified_volume_stands_in() -> None:
    values = noisy_cells(INDUCED, 3, 0.08, 1, block_sd=0.0)
    row = headline(analyze(limited(values, {"C0": None})))
    smallest = values[:, 1:].min(axis=1)
    samples, volumes = study(values)
    explicit = [
        replace(item, below_loq=True, loq=float(smallest[int(item.membrane[1:]) - 1]))
        if item.target == "LC3-II" and item.lane == 1
        else item
        for item in volumes
    ]
    assert row.ci_high == pytest.approx(headline(analyze((samples, explicit))).ci_high)


def test_measured_volumes_have_their_own_limit() -> None:
    values = noisy_cells(INDUCED, 3, 0.08, 1, block_sd=0.0)
    samples, volumes = study(values)
    measured = [replace(item, loq=LOQ, snr=50.0) for item in volumes]
    assert "BELOW_LOQ" in headline(analyze((samples, measured))).flags
    assert "BELOW_LOQ" not in headline(analyze((samples, volumes))).flags
    faint = [replace(item, snr=2.0 if item.lane == 1 else 50.0) for item in volumes]
    assert (
        "BELOW_LOQ"
        not in headline(
            analyze(
                (samples, [v if v.target == "LC3-II" else replace(v, snr=50.0) for v in volumes])
            )
        ).flags
    )
    assert (
        "BELOW_LOQ"
        in headline(
            analyze((samples, [v if v.target == "LC3-II" else replace(v, snr=50.0) for v in faint]))
        ).flags
    )


def apart(*low: str, reference: bool) -> Study:
    """Return basal lanes below a limit on one membrane and inhibited lanes on another."""
    build = Builder()
    rng = np.random.default_rng(1)
    for membrane, names in (("minus", ("C0", "T0")), ("plus", ("C1", "T1"))):
        brightness = 1.0 if membrane == "minus" else 4.0
        for replicate in ("1", "2", "3", "4"):
            for name in names:
                mark = {"volume": {"below_loq": True, "loq": LOQ}} if name in low else {}
                value = brightness * INDUCED[NAMES.index(name)] * rng.lognormal(0, 0.05)
                build.lane(membrane, 1e4 * value, replicate=replicate, **cell(name), **mark)
        if reference:
            build.lane(membrane, 2e4 * brightness, role="reference", treatment="pool")
    return build.study


def test_a_limit_on_a_membrane_of_another_scale_bounds_nothing() -> None:
    row = headline(analyze(apart("C0", "T0", reference=False)))
    assert row.label == "INCONCLUSIVE_DESIGN"
    assert row.message.startswith("Lanes with and without inhibitor are on different membranes")


def test_reference_lanes_bring_the_limit_to_the_scale_of_the_values() -> None:
    bright = headline(analyze(apart("C0", reference=True)))
    assert bright.label == "INDUCED_FLUX"
    assert bright.ci_low is not None
    assert bright.ci_high is not None
    assert bright.ci_low == pytest.approx((9 - 2) / 3, rel=0.2)
    assert bright.ci_high == pytest.approx((9 - 2) / (3 - 0.2), rel=0.2)


def test_without_limit_and_with_nothing_quantified_there_is_no_flux() -> None:
    samples, volumes = study(noisy_cells(INDUCED, 3, 0.08, 1, block_sd=0.0))
    blank = [
        replace(item, below_loq=True) if item.target == "LC3-II" and item.lane != 2 else item
        for item in volumes
    ]
    # On membranes whose only quantified lane is C1, that lane's volume is all that is known.
    row = headline(analyze((samples, blank)))
    assert row.estimate is None
    assert row.p_value is None
    assert row.label == "INCONCLUSIVE_INHIBITOR"
    assert "UNBLOCKED" not in row.flags


@pytest.mark.parametrize(
    ("clipped", "label"),
    [("T1", "INDUCED_FLUX"), ("C1", "INCONCLUSIVE_SIGNAL")],
)
def test_saturation_keeps_its_direction_below_the_limit(clipped: str, label: str) -> None:
    values = noisy_cells(INDUCED, 3, 0.08, 1, block_sd=0.0)
    samples, volumes = limited(values, {"C0": LOQ})
    volumes = [
        replace(item, saturated=True)
        if item.target == "LC3-II" and NAMES[item.lane - 1] == clipped
        else item
        for item in volumes
    ]
    row = headline(analyze((samples, volumes)))
    assert row.label == label
    assert "SATURATED" in row.flags
    assert (row.ci_high is None) == (clipped == "T1")
