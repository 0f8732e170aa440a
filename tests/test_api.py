"""The Python face, as the README shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import blotflux as bf
from blotflux.drawn import write_drawn_study
from blotflux.errors import OutputError, StudyError
from blotflux.report.schema import TABLES
from blotflux.synthetic import draw_lc3_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_drawn_study(draw_lc3_study("induced", 1), folder)
    return folder


def test_a_picture_becomes_tables(study: Path, tmp_path: Path) -> None:
    blot = bf.read(study / "rep1_gapdh.tif")
    result = bf.quantify(blot)
    assert list(result.bands.columns) == [column.name for column in TABLES["bands"].columns]
    assert list(result.lanes.columns) == [column.name for column in TABLES["lanes"].columns]
    assert list(result.qc.columns) == [column.name for column in TABLES["qc"].columns]
    samples = result.bands.query("role == 'sample' and row == 1")
    assert len(samples) == 8
    assert (samples["volume"] > 10 * samples["volume_se"]).all()
    result.write(tmp_path / "out")
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_study_gives_its_tables_and_writes_them(study: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    answer = bf.read_study(study / "study.toml").run(
        progress=lambda done, total, name: seen.append((done, total))
    )
    assert seen == [(done, 8) for done in range(1, 9)]
    (sentence,) = answer.answers
    assert sentence.label == "INDUCED_FLUX"
    assert "amitriptyline" in sentence.text
    for name in ("bands", "lanes", "normalized", "replicates", "flux", "comparisons", "qc"):
        assert isinstance(getattr(answer, name), pd.DataFrame)
    answer.write(tmp_path / "out")
    with pytest.raises(OutputError, match="exists and is not empty"):
        answer.write(tmp_path / "out")
    answer.write(tmp_path / "out", force=True)
    read_back = pd.read_csv(tmp_path / "out" / "comparisons.csv")
    assert list(read_back["estimate"].dropna()) == list(answer.comparisons["estimate"].dropna())


def test_a_study_with_mistakes_raises_them_all(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('blotflux = 1\n[lanes]\nfile = "none.csv"\n')
    with pytest.raises(StudyError, match=r"none\.csv"):
        bf.read_study(path)
