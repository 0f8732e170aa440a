"""``blotflux demo`` as a user sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from blotflux.cli.app import run_words
from blotflux.demo import DISCLAIMER

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert run_words(["demo", "-o", str(folder), "--quiet"]) == 0
    return folder


@pytest.mark.parametrize("name", ["lc3_turnover", "phospho"])
def test_each_study_lies_complete_beside_its_results(demo: Path, name: str) -> None:
    names = {path.name for path in (demo / name).iterdir()}
    assert {"study.toml", "lanes.csv", "results"} < names
    results = demo / name / "results"
    tables = ("bands", "lanes", "normalized", "replicates", "comparisons", "qc")
    for file in (*(f"{table}.csv" for table in tables), "run.json", "report.html", "results.xlsx"):
        assert (results / file).stat().st_size > 0
    assert list((results / "overlays").glob("*.png"))


def test_no_file_names_the_place_it_was_written_in(demo: Path) -> None:
    for path in demo.rglob("*"):
        if path.suffix in {".csv", ".json", ".html", ".svg", ".toml"}:
            text = path.read_text(encoding="utf-8")
            assert ".partial" not in text, path.name
            assert str(demo.parent) not in text, path.name


def test_the_demo_can_be_run_again_from_its_study(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = demo / "lc3_turnover" / "study.toml"
    words = ["run", str(study), "-o", str(tmp_path / "again"), "--workers", "2"]
    assert run_words(words) == 0
    out = capsys.readouterr().out
    assert "INDUCED_FLUX" in out
    for table in (tmp_path / "again").glob("*.csv"):
        assert table.read_bytes() == (study.parent / "results" / table.name).read_bytes()


def test_a_second_demo_is_refused_and_force_replaces_it_unless_something_was_changed(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_words(["demo", "-o", str(demo)]) == 2
    assert "exists and is not empty" in capsys.readouterr().err
    sheet = demo / "lc3_turnover" / "lanes.csv"
    before = sheet.read_bytes()
    sheet.write_bytes(before.replace(b"amitriptyline", b"imipramine"))
    assert run_words(["demo", "-o", str(demo), "--force"]) == 2
    assert "lanes.csv: was changed since it was drawn" in capsys.readouterr().err
    sheet.write_bytes(before)


def test_the_demo_prints_the_answers_the_reports_and_that_it_is_drawn(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = demo.parent / "blocked"
    assert run_words(["demo", "-o", str(place), "--scenario", "blocked", "--seed", "2"]) == 0
    out, err = capsys.readouterr()
    assert "LATE_BLOCK_COMPLETE" in out
    assert str(place / "lc3_turnover" / "results" / "report.html") in out
    assert str(place / "phospho" / "results" / "report.html") in out
    assert out.rstrip().endswith(DISCLAIMER)
    assert "rep1_lc3.tif" in err


def test_the_demo_speaks_json(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_words(["demo", "-o", str(demo.parent / "json"), "--json"]) == 0
    outcome = json.loads(capsys.readouterr().out)
    flux, *_ = outcome["studies"][0]["answers"]
    assert flux["label"] == "INDUCED_FLUX"
    assert flux["ci_low"] < flux["estimate"] < flux["ci_high"]
    assert outcome["note"] == DISCLAIMER
