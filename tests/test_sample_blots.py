"""The numbers of the sample studies have not changed.

Where they change on purpose, run ``python sample_blots/make.py`` and say why in the commit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from blotflux.api import read_study
from blotflux.blot.read import read
from blotflux.report.schema import TABLES
from blotflux.synthetic import draw_lc3_study, draw_phospho_study

SAMPLES = Path(__file__).parent.parent / "sample_blots"

# A column's numbers may differ by this share of its largest: other versions of numpy and scipy
# end the same fits at slightly other places.
RELATIVE = 2e-3


@pytest.mark.parametrize("drawn", [draw_lc3_study("induced", 1), draw_phospho_study(1)])
def test_the_pictures_are_the_drawn_ones(drawn: object) -> None:
    folder = SAMPLES / drawn.name
    assert (folder / "study.toml").read_text(encoding="utf-8") == drawn.study_toml
    assert (folder / "lanes.csv").read_text(encoding="utf-8") == drawn.lanes_csv
    for name, blot in drawn.blots.items():
        difference = read(folder / name).signal - blot.to_blot().signal
        # The same scene; another version of numpy may draw other noise.
        assert float(np.abs(difference).mean()) < 2 * blot.truth.noise_sigma


@pytest.mark.parametrize("name", ["lc3_turnover", "phospho"])
def test_the_tables_are_the_expected_ones(name: str, tmp_path: Path) -> None:
    read_study(SAMPLES / name / "study.toml").run().write(tmp_path / "results")
    expected = sorted((SAMPLES / name / "expected").glob("*.csv"))
    assert {path.stem for path in expected} == set(TABLES)
    for path in expected:
        compare(pd.read_csv(path), pd.read_csv(tmp_path / "results" / path.name), path.stem)


def compare(expected: pd.DataFrame, found: pd.DataFrame, table: str) -> None:
    assert list(found.columns) == list(expected.columns), table
    assert len(found) == len(expected), table
    for column in expected.columns:
        before, after = expected[column], found[column]
        where = f"{table}.csv, {column}"
        if pd.api.types.is_float_dtype(before):
            scale = float(before.abs().replace(np.inf, np.nan).max())
            tolerance = 0.0 if np.isnan(scale) else RELATIVE * scale
            np.testing.assert_allclose(after, before, rtol=0, atol=tolerance, err_msg=where)
        elif column != "message":  # sentences hold rounded numbers
            pd.testing.assert_series_equal(after, before, obj=where)
