"""Tests that a study may ask for, and where they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from recomputed import Sheet, row_of
from scipy import stats

if TYPE_CHECKING:
    from pathlib import Path

    import blotflux as bf

PLAN = 'kind = "expression"\ntarget = "X"\nloading = "L"\ncontrol = "vehicle"\n'


def answered(
    folder: Path, n: int, test: str, *, doses: int = 1
) -> tuple[bf.api.StudyAnswer, np.ndarray]:
    """Return the answer of a study of n replicates, and the ln ratios of the first dose."""
    rng = np.random.default_rng(n)
    sheet, d = Sheet(), []
    for block in range(n):
        values = 1000 * np.exp(rng.normal(0, 0.2, doses + 1) + 0.4 * np.arange(doses + 1))
        for place, value in enumerate(values):
            what = {"treatment": "drug", "dose": place} if place else {"treatment": "vehicle"}
            sheet.lane(f"m{block}", {"X": value, "L": 5000.0}, **what, replicate=f"r{block}")
        d.append(np.log(values[1] / values[0]))
    return sheet.run(folder, f'{PLAN}test = "{test}"'), np.array(d)


@pytest.mark.parametrize("test", ["wilcoxon", "sign", "permutation"])
@pytest.mark.parametrize(("n", "smallest"), [(3, "0.25"), (4, "0.125"), (5, "0.0625")])
def test_a_rank_test_that_cannot_become_significant_is_refused(
    tmp_path: Path, test: str, n: int, smallest: str
) -> None:
    answer, d = answered(tmp_path, n, test)
    finding = row_of(answer.qc, code="R4")
    assert finding["message"] == (
        f"With n={n} this test cannot reach p<0.05 (smallest possible p={smallest})."
    )
    row = row_of(answer.comparisons, quantity="target_over_loading")
    assert row["p_value"] == pytest.approx(stats.ttest_1samp(d, 0).pvalue)
    assert row["method"] == "paired t on ln ratios"


def test_a_bootstrap_of_few_replicates_is_refused(tmp_path: Path) -> None:
    answer, _ = answered(tmp_path, 9, "bootstrap")
    message = "Bootstrap intervals are unreliable for n<10; t-based interval used."
    assert row_of(answer.qc, code="R4")["message"] == message


def test_enough_replicates_have_the_test_that_was_asked_for(tmp_path: Path) -> None:
    answer, d = answered(tmp_path, 7, "wilcoxon")
    row = row_of(answer.comparisons, quantity="target_over_loading")
    assert "R4" not in set(answer.qc["code"])
    assert row["p_value"] == pytest.approx(stats.wilcoxon(d).pvalue)
    assert row["method"].startswith("Wilcoxon signed-rank test on ln ratios for p")


def test_sign_flips_are_those_of_scipy(tmp_path: Path) -> None:
    answer, d = answered(tmp_path, 8, "permutation")
    row = row_of(answer.comparisons, quantity="target_over_loading")
    expected = stats.permutation_test(
        (d,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=True
    )
    assert row["p_value"] == pytest.approx(expected.pvalue)


def test_the_sign_test_counts_rises(tmp_path: Path) -> None:
    answer, d = answered(tmp_path, 8, "sign")
    row = row_of(answer.comparisons, quantity="target_over_loading")
    rises = int((d > 0).sum())
    assert row["p_value"] == pytest.approx(stats.binomtest(rises, 8).pvalue)


def test_ten_replicates_may_have_a_bootstrap_interval(tmp_path: Path) -> None:
    answer, d = answered(tmp_path, 12, "bootstrap")
    row = row_of(answer.comparisons, quantity="target_over_loading")
    half = stats.sem(d)
    assert np.log(row["ci_low"]) == pytest.approx(d.mean() - 2 * half, abs=half)
    assert np.log(row["ci_high"]) == pytest.approx(d.mean() + 2 * half, abs=half)
    assert row["method"].startswith("bootstrap (BCa, 10000 resamples")


def test_several_doses_keep_dunnett(tmp_path: Path) -> None:
    answer, _ = answered(tmp_path, 7, "wilcoxon", doses=2)
    assert "is for one condition" in row_of(answer.qc, code="R4")["message"]
    rows = answer.comparisons[answer.comparisons["quantity"] == "target_over_loading"]
    assert set(rows["method"]) == {"Dunnett on the blocked residual of ln values"}
