"""The linear model, its contrasts and what is derived from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from blotflux.analysis.multiplicity import (
    Dunnett,
    holm,
    monte_carlo_coverage,
    one_factor,
    one_factor_coverage,
)
from blotflux.analysis.paired import fieller, paired_contrast, tost, welch_contrast
from blotflux.analysis.statistics import Interval, State, classify, fit_blocks


def long_form(table: np.ndarray) -> tuple[list[float], list[str], list[str]]:
    """Return y, cells and blocks of a blocks x cells table; NaN is a lost lane."""
    rows, columns = np.nonzero(np.isfinite(table))
    return (
        table[rows, columns].tolist(),
        [f"c{column}" for column in columns],
        [f"b{row}" for row in rows],
    )


@given(st.integers(2, 6), st.integers(2, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_complete_blocks_give_plain_means_and_their_textbook_error(
    n: int, k: int, seed: int
) -> None:
    table = np.random.default_rng(seed).normal(size=(n, k))
    fit = fit_blocks(*long_form(table))
    residual = table - table.mean(0) - table.mean(1, keepdims=True) + table.mean()
    s = np.sqrt((residual**2).sum() / ((n - 1) * (k - 1)))
    assert fit.df == (n - 1) * (k - 1)
    assert fit.s == pytest.approx(s, rel=1e-9)
    contrast = fit.difference("c1", "c0")
    assert contrast.estimate == pytest.approx(table[:, 1].mean() - table[:, 0].mean(), abs=1e-12)
    assert contrast.se == pytest.approx(s * np.sqrt(2 / n), rel=1e-9)


def test_a_block_effect_changes_no_contrast() -> None:
    table = np.random.default_rng(1).normal(size=(4, 3))
    table[2, 1] = np.nan
    shifted = table + np.array([[5.0], [-3.0], [0.5], [11.0]])
    plain, moved = fit_blocks(*long_form(table)), fit_blocks(*long_form(shifted))
    for cell in ("c1", "c2"):
        assert moved.difference(cell, "c0").estimate == pytest.approx(
            plain.difference(cell, "c0").estimate, abs=1e-12
        )
        assert moved.difference(cell, "c0").se == pytest.approx(plain.difference(cell, "c0").se)


def test_conditions_that_share_no_block_have_no_contrast() -> None:
    fit = fit_blocks([1.0, 2.0, 3.0, 5.0], ["a", "b", "c", "d"], ["1", "1", "2", "2"])
    assert fit.estimable({"b": 1.0, "a": -1.0})
    assert fit.estimable({"d": 1.0, "c": -1.0})
    assert not fit.estimable({"c": 1.0, "a": -1.0})
    assert not fit.estimable({"z": 1.0, "a": -1.0})
    with pytest.raises(ValueError, match="not estimable"):
        fit.difference("c", "a")


def test_a_fit_refuses_values_that_are_not_finite() -> None:
    with pytest.raises(ValueError, match="finite ln values"):
        fit_blocks([1.0, float("nan")], ["a", "b"], None)


def test_one_block_has_no_error_and_says_so() -> None:
    fit = fit_blocks([0.0, 1.0], ["a", "b"], ["1", "1"])
    contrast = fit.difference("b", "a")
    assert fit.df == 0
    assert contrast.ratio == pytest.approx(np.e)
    assert contrast.ratio_interval(0.95) == Interval()
    assert np.isnan(contrast.p_value)


def test_data_without_noise_give_infinite_t_and_a_p_of_zero() -> None:
    contrast = paired_contrast([0.5, 0.5, 0.5])
    assert contrast.se == 0
    assert contrast.t == np.inf
    assert contrast.p_value == 0
    assert paired_contrast([0.0, 0.0]).p_value == 1


@pytest.mark.parametrize(
    ("wide", "narrow", "state"),
    [
        ((1.01, 3.0), (1.1, 2.8), State.UP),
        ((0.2, 0.99), (0.3, 0.9), State.DOWN),
        ((0.7, 1.45), (0.75, 1.4), State.EQ),
        ((0.6, 1.6), (0.7, 1.51), State.UNK),
        ((1.01, 1.4), (1.05, 1.3), State.UP),
        ((1 + 1e-15, 1 + 2e-15), (1.0, 1.0), State.EQ),
        ((None, None), (None, None), State.UNK),
    ],
)
def test_the_first_state_that_fits_wins(
    wide: tuple[float | None, float | None],
    narrow: tuple[float | None, float | None],
    state: State,
) -> None:
    assert classify(Interval(*wide), Interval(*narrow), 1.5) is state


def test_blocked_dunnett_agrees_with_quasi_monte_carlo_and_with_scipy_for_independent_groups() -> (
    None
):
    rng = np.random.default_rng(3)
    groups = [rng.normal(size=5) for _ in range(4)]
    fit = fit_blocks(
        np.concatenate(groups).tolist(), np.repeat(["v", "a", "b", "c"], 5).tolist(), None
    )
    dunnett = Dunnett(fit=fit, control="v", treated=("a", "b", "c"))
    expected = stats.dunnett(*groups[1:], control=groups[0], rng=np.random.default_rng(0))
    found = [dunnett.p_value(contrast) for contrast in dunnett.contrasts]
    assert found == pytest.approx(expected.pvalue.tolist(), abs=2e-3)
    limit = dunnett.critical(0.95)
    assert monte_carlo_coverage(limit, dunnett.correlation, fit.df) == pytest.approx(0.95, abs=1e-3)


def test_an_unbalanced_dunnett_has_the_correlation_of_its_own_fit() -> None:
    table = np.random.default_rng(4).normal(size=(4, 4))
    table[1, 1] = table[2, 2] = np.nan
    fit = fit_blocks(*long_form(table))
    dunnett = Dunnett(fit=fit, control="c0", treated=("c1", "c2", "c3"))
    assert not np.allclose(dunnett.correlation[np.triu_indices(3, 1)], 0.5)
    limit = dunnett.critical(0.95)
    assert monte_carlo_coverage(limit, dunnett.correlation, fit.df) == pytest.approx(0.95, abs=1e-3)


def test_one_comparison_needs_no_adjustment() -> None:
    fit = fit_blocks(*long_form(np.random.default_rng(5).normal(size=(3, 2))))
    dunnett = Dunnett(fit=fit, control="c0", treated=("c1",))
    contrast = dunnett.contrasts[0]
    assert dunnett.p_value(contrast) == contrast.p_value
    assert dunnett.interval(contrast, 0.95) == contrast.interval(0.95)


def test_correlations_of_no_single_factor_are_told_from_those_of_one() -> None:
    loadings = np.array([0.3, 0.6, 0.8, 0.5])
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1.0)
    assert one_factor(correlation) == pytest.approx(loadings)
    correlation[0, 1] = correlation[1, 0] = 0.6
    assert one_factor(correlation) is None
    negative = one_factor(np.array([[1.0, -0.4], [-0.4, 1.0]]))
    assert negative is not None
    assert negative[0] * negative[1] == pytest.approx(-0.4)


def test_simultaneous_limits_of_one_comparison_are_those_of_t() -> None:
    assert one_factor_coverage(2.0, np.array([0.5]), 7) == pytest.approx(
        1 - 2 * stats.t.sf(2.0, 7), abs=1e-9
    )


def test_holm_steps_down() -> None:
    assert holm([0.00591, 0.00039, 0.00168]) == pytest.approx([0.00591, 0.00117, 0.00336])
    assert holm([0.04, 0.03, 0.6]) == pytest.approx([0.09, 0.09, 0.6])


def test_fieller_is_unbounded_where_the_denominator_may_be_zero() -> None:
    ratio, interval = fieller([1.0, 2.0, 1.5], [0.1, -0.2, 0.15], 0.95)
    assert np.isfinite(ratio)
    assert interval == Interval()
    assert fieller([1.0], [2.0], 0.95) == (0.5, Interval())


def test_fieller_without_noise_in_the_denominator_is_a_t_interval() -> None:
    u = [1.0, 1.4, 1.3, 0.9]
    ratio, interval = fieller(u, [2.0] * 4, 0.95)
    t = stats.ttest_1samp(np.array(u) / 2, 0.0).confidence_interval(0.95)
    assert ratio == pytest.approx(np.mean(u) / 2)
    assert (interval.low, interval.high) == pytest.approx((t.low, t.high))


def test_welch_agrees_with_scipy() -> None:
    rng = np.random.default_rng(6)
    a, b = rng.normal(1, 1, 5), rng.normal(0, 3, 4)
    expected = stats.ttest_ind(a, b, equal_var=False)
    contrast = welch_contrast(a, b)
    assert contrast.p_value == pytest.approx(expected.pvalue)
    assert contrast.df == pytest.approx(expected.df)
    interval = expected.confidence_interval(0.95)
    found = contrast.interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert np.isnan(welch_contrast([1.0], [0.0, 1.0]).p_value)


def test_equivalence_is_the_narrow_interval_inside_the_margin() -> None:
    rng = np.random.default_rng(7)
    for scale in (0.02, 0.1, 0.3):
        contrast = paired_contrast(rng.normal(0.05, scale, 4))
        narrow = contrast.ratio_interval(0.90)
        assert narrow.low is not None
        assert narrow.high is not None
        inside = narrow.low > 1 / 1.25 and narrow.high < 1.25
        assert (tost(contrast, 1.25).p_value < 0.05) == inside
