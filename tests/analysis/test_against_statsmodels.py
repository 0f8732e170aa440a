"""The same tests in statsmodels: blocked least squares, equivalence, mixed model."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from flux_cases import Builder, analyze, cell, noisy_cells, row_of, study
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from blotflux.analysis.multiplicity import holm
from blotflux.analysis.paired import paired_contrast, tost
from blotflux.analysis.statistics import fit_blocks

NAMES = ("C0", "C1", "T0", "T1")
INDUCED = (1.0, 3.0, 2.0, 6.0)


def long_form(table: np.ndarray) -> pd.DataFrame:
    """Return ln values with cell and block; NaN is a lost lane."""
    rows, columns = np.nonzero(np.isfinite(table))
    return pd.DataFrame(
        {
            "ln_y": table[rows, columns],
            "cell": [NAMES[column] for column in columns],
            "block": [f"b{row}" for row in rows],
        }
    )


@pytest.mark.parametrize("lost", [(), ((0, 3),), ((0, 3), (2, 1), (3, 3))])
def test_the_blocked_fit_is_that_of_its_formula(lost: tuple[tuple[int, int], ...]) -> None:
    table = np.log(noisy_cells(INDUCED, 5, 0.15, 1))
    for row, column in lost:
        table[row, column] = np.nan
    data = long_form(table)
    expected = smf.ols("ln_y ~ 0 + C(cell) + C(block, Sum)", data).fit()
    fit = fit_blocks(data["ln_y"].tolist(), data["cell"].tolist(), data["block"].tolist())
    assert fit.df == expected.df_resid
    assert fit.s == pytest.approx(np.sqrt(expected.mse_resid))
    assert fit.formula == "ln_y ~ 0 + C(cell) + C(block, Sum)"
    assert dict(zip(fit.cells, fit.means, strict=True)) == pytest.approx(
        {name: expected.params[f"C(cell)[{name}]"] for name in NAMES}
    )
    for text, weights in (
        ("C(cell)[T0] - C(cell)[C0]", {"T0": 1, "C0": -1}),
        (
            "C(cell)[T1] - C(cell)[T0] - C(cell)[C1] + C(cell)[C0]",
            {"T1": 1, "T0": -1, "C1": -1, "C0": 1},
        ),
    ):
        test = expected.t_test(f"{text} = 0")
        contrast = fit.contrast(weights)
        assert contrast.estimate == pytest.approx(float(np.squeeze(test.effect)))
        assert contrast.se == pytest.approx(float(np.squeeze(test.sd)))
        assert contrast.p_value == pytest.approx(float(np.squeeze(test.pvalue)))
        limits = contrast.interval(0.95)
        assert (limits.low, limits.high) == pytest.approx(tuple(test.conf_int(0.05)[0]))


def test_the_flux_analysis_reports_the_contrasts_of_that_fit() -> None:
    values = noisy_cells(INDUCED, 4, 0.12, 2)
    result = analyze(study(values))
    expected = smf.ols(
        "ln_y ~ C(cell, Treatment('C0')) + C(block)", long_form(np.log(values))
    ).fit()
    for quantity, name in (("pool_ratio", "T0"), ("inhibitor_effect_control", "C1")):
        key = f"C(cell, Treatment('C0'))[T.{name}]"
        row = row_of(result, quantity)
        assert row.estimate == pytest.approx(np.exp(expected.params[key]))
        assert row.p_value == pytest.approx(expected.pvalues[key])
        assert (row.ci_low, row.ci_high) == pytest.approx(
            tuple(np.exp(expected.conf_int().loc[key]))
        )


@pytest.mark.parametrize("scale", [0.05, 0.2])
def test_equivalence_is_the_two_one_sided_tests(scale: float) -> None:
    rng = np.random.default_rng(3)
    treated, control = np.exp(rng.normal(0.1, scale, 6)), np.exp(rng.normal(0, scale, 6))
    p, low, high = ttost_paired(treated, control, 1 / 1.25, 1.25, transform=np.log)
    found = tost(paired_contrast(np.log(treated / control)), 1.25)
    assert found.p_value == pytest.approx(float(p))
    assert (found.t_low, found.p_low) == pytest.approx((float(low[0]), float(low[1])))
    assert (found.t_high, found.p_high) == pytest.approx((float(high[0]), float(high[1])))


def test_holm_agrees() -> None:
    p = [0.04, 0.001, 0.03, 0.5, 0.012]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1].tolist())


def nested(seed: int) -> tuple[Builder, pd.DataFrame]:
    """Return replicates on two or three complete membranes each, as a study and as a table."""
    rng = np.random.default_rng(seed)
    build, rows = Builder(), []
    for replicate in range(5):
        level = rng.normal(0, 0.3)
        effect = rng.normal(0, 0.15, 4)
        for copy in range(2 + replicate % 2):
            blot = rng.normal(0, 0.5)
            for place, name in enumerate(NAMES):
                ln = np.log(INDUCED[place]) + level + effect[place] + blot + rng.normal(0, 0.05)
                membrane = f"m{replicate}{copy}"
                build.lane(membrane, 1e4 * np.exp(ln), replicate=str(replicate), **cell(name))
                rows.append({"ln_y": ln, "cell": name, "biorep": str(replicate), "blot": membrane})
    return build, pd.DataFrame(rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_replicates_on_several_membranes_agree_with_the_mixed_model(seed: int) -> None:
    build, data = nested(seed)
    result = analyze(build.study)
    with warnings.catch_warnings():
        # Its optimizer complains of variances at the boundary; only the estimates are used.
        warnings.simplefilter("ignore")
        mixed = smf.mixedlm(
            "ln_y ~ C(cell, Treatment('C0'))",
            data,
            groups="biorep",
            vc_formula={"blot": "0+C(blot)"},
        ).fit(reml=True)
    row = row_of(result, "pool_ratio")
    key = "C(cell, Treatment('C0'))[T.T0]"
    # Unequal numbers of membranes weigh the replicates a little differently.
    assert row.estimate == pytest.approx(np.exp(mixed.fe_params[key]), rel=0.03)
    # t on the residual block df, never the printed z, whose interval ignores that n is 5.
    assert row.n == 5
    assert row.df == 12
    z_width = 2 * 1.959964 * mixed.bse_fe[key]
    assert row.ci_low is not None
    assert row.ci_high is not None
    assert np.log(row.ci_high / row.ci_low) > z_width
