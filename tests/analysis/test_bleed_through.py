"""Two-color blots through a study: what a plan says of bleed-through is taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from recomputed import Sheet, row_of, t_answer

from blotflux.errors import BlotError

if TYPE_CHECKING:
    from pathlib import Path

PLAN = 'kind = "phospho"\ntarget = "p-Akt"\ntotal = "Akt"\ncontrol = "vehicle"\n'


def mixed(into_target: float, into_total: float) -> tuple[Sheet, list[float]]:
    """Return a study whose signals hold some of the other color, and the true ln ratios."""
    rng = np.random.default_rng(3)
    sheet, d = Sheet(), []
    for block in range(4):
        p = 1e3 * np.exp(rng.normal(0, 0.1, 2)) * np.array([1, 1.8])
        t = 2e4 * np.exp(rng.normal(0, 0.1, 2))
        for i, treatment in enumerate(("vehicle", "drug")):
            volumes = {"p-Akt": p[i] + into_target * t[i], "Akt": t[i] + into_total * p[i]}
            sheet.lane(f"b{block}", volumes, treatment=treatment, replicate=f"r{block}")
        d.append(float(np.diff(np.log(p / t))[0]))
    return sheet, d


@pytest.mark.parametrize("shares", [(0.03, 0.0), (0.05, 0.01)])
def test_the_other_color_is_taken_out(tmp_path: Path, shares: tuple[float, float]) -> None:
    sheet, d = mixed(*shares)
    answer = sheet.run(tmp_path, f"{PLAN}bleed_through = [{shares[0]}, {shares[1]}]")
    row = row_of(answer.comparisons, quantity="phospho_over_total")
    expected = t_answer(np.mean(d), np.std(d, ddof=1) / 2, 3)
    for name in ("estimate", "ci_low", "ci_high", "p_value"):
        assert row[name] == pytest.approx(expected[name])
    finding = row_of(answer.qc, code="D-XTALK")
    assert finding["severity"] == "warn"
    assert finding["value"] == shares[0]
    assert finding["message"] == (
        f"{100 * shares[0]:.3g} % of the color of Akt shows in that of p-Akt (limit 2 %, project "
        "default)."
    )


def test_left_in_it_hides_a_change(tmp_path: Path) -> None:
    sheet, d = mixed(0.05, 0.0)
    row = row_of(sheet.run(tmp_path, PLAN).comparisons, quantity="phospho_over_total")
    assert row["estimate"] < 0.9 * np.exp(np.mean(d))


def test_colors_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    sheet, _ = mixed(0.9, 0.9)
    with pytest.raises(BlotError, match="The channels cannot be told apart: condition number"):
        sheet.run(tmp_path, f"{PLAN}bleed_through = [0.9, 0.9]")


@pytest.mark.parametrize("value", ["[0.03]", "[0.03, 1.5]", "0.03"])
def test_bleed_through_is_two_shares(tmp_path: Path, value: str) -> None:
    sheet, _ = mixed(0.0, 0.0)
    with pytest.raises(BlotError, match="bleed_through"):
        sheet.run(tmp_path, f"{PLAN}bleed_through = {value}")
