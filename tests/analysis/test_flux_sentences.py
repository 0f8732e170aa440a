"""The sentence of each label: treatment, estimate with interval, n, and the mechanism in words."""

from __future__ import annotations

import re

import numpy as np
import pytest
from flux_cases import SINGLE, VECTORS, analyze, headline, noisy_cells, row_of, study, vector_study
from scipy import stats

from blotflux.analysis.numbers import three_digits

MECHANISMS = {
    "INDUCED_FLUX": "formation and degradation are both up",
    "INDUCED_WITH_IMPAIRED_CLEARANCE": "the pool rose more than flux",
    "SLOWED_CLEARANCE_FLUX_MAINTAINED": "compensated by a larger pool",
    "LATE_BLOCK_COMPLETE": "late stage (fusion or degradation) is blocked: at least 75 %",
    "LATE_BLOCK_PARTIAL": "late stage (fusion or degradation) is partly blocked",
    "CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED": "net flux is not resolved",
    "FLUX_REDUCED_MIXED": "synthesis and clearance are both low, or the stage is unresolved",
    "REDUCED_SYNTHESIS": "inhibition of the early stage",
    "FLUX_REDUCED_STAGE_UNRESOLVED": "at which stage is not resolved",
    "NO_CHANGE": "unchanged within 1.5-fold",
    "FASTER_CLEARANCE_POOL_SHRUNK": "clearance is faster and the pool has shrunk",
    "INCONCLUSIVE_PRECISION": "this does not settle it",
    "INCONCLUSIVE_INHIBITOR": "No flux statement is possible",
    "INCONCLUSIVE_SIGNAL": "re-image with a shorter exposure",
    "INHIBITOR_LOWERS_LC3II_IN_TREATED": "The inhibitor lowered LC3-II in treated cells",
    "PROVISIONAL_N2": "interpretation label withheld (minimum 3)",
}
EQUAL_VARIANCE = "conclusion depends on equal error variance across lanes; add replicates."


@pytest.mark.parametrize("name", SINGLE)
def test_a_sentence_has_treatment_mechanism_n_and_the_numbers_of_its_row(name: str) -> None:
    result = analyze(vector_study(VECTORS[name]["input"]))
    (answer,) = result.answers
    row = headline(result)
    assert answer.headline == row
    assert answer.label == row.label
    assert answer.text.startswith("T")
    assert answer.text.endswith(".")
    assert not answer.text.endswith("..")
    assert MECHANISMS[row.label] in answer.text
    assert f"n = {row.n}" in answer.text
    found = re.search(
        r"(?:flux is|Flux ratio:) (?:at least |at most )?(-?[\d.]+)(?: times that of vehicle)?",
        answer.text,
    )
    quiet = row.label.startswith("INCONCLUSIVE_") and row.label != "INCONCLUSIVE_PRECISION"
    if quiet or row.label.startswith("INHIBITOR"):
        assert found is None
        return
    assert found is not None
    assert row.estimate is not None
    assert found[1] == three_digits(row.estimate)
    for limit in (row.ci_low, row.ci_high):
        assert limit is None or three_digits(limit) in answer.text
    assert "95 % CI" in answer.text


@pytest.mark.parametrize("name", SINGLE)
def test_doubt_about_the_model_ends_the_sentence(name: str) -> None:
    result = analyze(vector_study(VECTORS[name]["input"]))
    doubt = {"MODEL_DEPENDENT", "HETEROSCEDASTIC"} & set(headline(result).flags)
    assert result.answers[0].text.endswith(EQUAL_VARIANCE) == bool(doubt)


def test_a_small_change_is_said_to_be_small() -> None:
    result = analyze(vector_study(VECTORS["F17_small_rise_within_margin"]["input"]))
    assert "; smaller than 1.5-fold;" in result.answers[0].text


@pytest.mark.parametrize(
    ("name", "accelerated"), [("F28_row6_accelerated", True), ("F1_induction", False)]
)
def test_accelerated_clearance_is_said_where_it_is_shown(name: str, *, accelerated: bool) -> None:
    result = analyze(vector_study(VECTORS[name]["input"]))
    assert ("with accelerated clearance" in result.answers[0].text) == accelerated
    assert ("with accelerated clearance" in headline(result).message) == accelerated


def test_one_replicate_is_a_number_and_no_claim() -> None:
    text = analyze(study(noisy_cells((1, 3, 2, 6), 1, 0.05, 1))).answers[0].text
    assert text.endswith("Flux ratio: 1.70 (no confidence interval; n = 1).")
    assert "autophagic flux is" not in text


def test_dose_and_time_are_in_the_sentence() -> None:
    samples, volumes = study(
        noisy_cells((1, 3, 2, 6), 3, 0.05, 1),
        sheet={"time_h": 16.0, "dose": "10", "dose_unit": "uM"},
    )
    text = analyze((samples, volumes)).answers[0].text
    assert text.startswith("T 10 uM, 16 h: autophagic flux is")


@pytest.mark.parametrize(("treatments", "level"), [(1, 0.99), (2, 0.995)])
def test_the_inhibitor_must_be_shown_to_work_beyond_the_ordinary_level(
    treatments: int, level: float
) -> None:
    cells = ("C0", "C1", "A0", "A1", "B0", "B1")[: 2 + 2 * treatments]
    shown = {True: 0, False: 0}
    for seed in range(60):
        values = noisy_cells((1, 1.45, 1, 1.45, 1, 1.45)[: len(cells)], 4, 0.15, seed)
        result = analyze(study(values, cells=cells))
        row = row_of(result, "inhibitor_effect_control", "A")
        assert row.df is not None
        y = np.log(values)
        residual = y - y.mean(0) - y.mean(1, keepdims=True) + y.mean()
        se = np.sqrt((residual**2).sum() / row.df) * np.sqrt(2 / 4)
        lower = y[:, 1].mean() - y[:, 0].mean() - stats.t.ppf(0.5 + level / 2, row.df) * se
        works = bool(lower > 0)
        shown[works] += 1
        assert (headline(result, "A").label != "INCONCLUSIVE_INHIBITOR") == works
    assert min(shown.values()) > 5
