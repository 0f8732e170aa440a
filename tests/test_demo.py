"""From pixels to labels: the sample studies, measured and analyzed as a user would."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.api import read_study
from blotflux.drawn import write_drawn_study
from blotflux.synthetic import LC3_SCENARIOS, draw_lc3_study, draw_phospho_study

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from blotflux.api import StudyAnswer
    from blotflux.synthetic.study import DrawnStudy

LABELS = {
    "induced": "INDUCED_FLUX",
    "blocked": "LATE_BLOCK_COMPLETE",
    "partial": "LATE_BLOCK_PARTIAL",
    "reduced": "REDUCED_SYNTHESIS",
    "unchanged": "NO_CHANGE",
}


def run_drawn(drawn: DrawnStudy, folder: Path) -> StudyAnswer:
    write_drawn_study(drawn, folder)
    return read_study(folder / "study.toml").run()


def estimates(answer: StudyAnswer, column: str = "estimate") -> pd.Series:
    table = answer.comparisons
    return table.set_index(["analysis", "quantity", "treatment"])[column].dropna()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("scenario", LABELS)
def test_each_scenario_ends_in_its_own_label(scenario: str, seed: int, tmp_path: Path) -> None:
    drawn = draw_lc3_study(scenario, seed)
    answer = run_drawn(drawn, tmp_path)
    (sentence,) = answer.answers
    assert sentence.label == LABELS[scenario]
    flux = estimates(answer)["lc3_flux LC3-II", "flux_ratio", "amitriptyline"]
    truth = drawn.truth.estimates["flux_ratio"]
    # Four replicates of 5 % biology and 5 % lanes: 15 % of the vehicle's flux is three errors.
    assert math.isclose(flux, truth, abs_tol=0.15 * max(1.0, truth))


def test_every_scenario_that_can_be_drawn_is_tried() -> None:
    assert set(LABELS) == set(LC3_SCENARIOS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_phosphorylation_ends_in_its_own_label(seed: int, tmp_path: Path) -> None:
    drawn = draw_phospho_study(seed)
    answer = run_drawn(drawn, tmp_path)
    labels = answer.comparisons.query("label != ''").set_index("analysis")["label"].to_dict()
    assert labels == dict(drawn.truth.labels)


def test_a_picture_without_any_band_after_stripping_shows_that_stripping_worked(
    tmp_path: Path,
) -> None:
    drawn = draw_phospho_study(1)
    write_drawn_study(drawn, tmp_path)
    rng = np.random.default_rng(1)
    for name, image in drawn.images.items():
        if name.endswith("_strip.tif"):
            empty = rng.normal(float(np.median(image)), 30.0, image.shape)
            tifffile.imwrite(tmp_path / name, empty.astype(np.uint16))
    answer = read_study(tmp_path / "study.toml").run()
    assert not answer.comparisons["flags"].str.contains("STRIP_UNVERIFIED").any()
    assert "fail" not in set(answer.qc["severity"])


def test_lanes_in_another_order_give_the_same_answer(tmp_path: Path) -> None:
    first = draw_lc3_study("induced", 1)
    second = draw_lc3_study("induced", 1, lane_order_seed=99)
    assert first.lanes_csv != second.lanes_csv
    one = run_drawn(first, tmp_path / "first")
    other = run_drawn(second, tmp_path / "second")
    assert [a.label for a in one.answers] == [a.label for a in other.answers]
    before, after = estimates(one), estimates(other)
    assert list(before.index) == list(after.index)
    # Noise is drawn anew at the new places. A share of the interval, since some are logarithms.
    width = estimates(one, "ci_high") - estimates(one, "ci_low")
    assert ((after - before).abs() / width).max() < 0.03


def test_lines_of_the_sheet_in_another_order_change_no_number(tmp_path: Path) -> None:
    drawn = draw_lc3_study("partial", 2)
    one = run_drawn(drawn, tmp_path)
    head, *lines = drawn.lanes_csv.splitlines()
    (tmp_path / "lanes.csv").write_text("\n".join([head, *reversed(lines)]) + "\n")
    other = read_study(tmp_path / "study.toml").run()
    assert one.comparisons.equals(other.comparisons)
    assert one.flux.equals(other.flux)
