"""``blotflux demo`` as a user sees it."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from blotflux.cli.app import run_words
from blotflux.demo import DISCLAIMER

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Demo:
    """A demo as it was written, and what was printed meanwhile."""

    folder: Path
    out: str
    err: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "out"
    out, err = io.StringIO(), io.StringIO()
    words = ["demo", "-o", str(folder), "--scenario", "blocked", "--seed", "2"]
    with redirect_stdout(out), redirect_stderr(err):
        assert run_words(words) == 0
    return Demo(folder, out.getvalue(), err.getvalue())


@pytest.mark.parametrize("name", ["lc3_turnover", "phospho"])
def test_each_study_lies_complete_beside_its_results(demo: Demo, name: str) -> None:
    names = {path.name for path in (demo.folder / name).iterdir()}
    assert {"study.toml", "lanes.csv", "results"} < names
    results = demo.folder / name / "results"
    tables = ("bands", "lanes", "normalized", "replicates", "comparisons", "qc")
    for file in (*(f"{table}.csv" for table in tables), "run.json", "report.html", "results.xlsx"):
        assert (results / file).stat().st_size > 0
    assert list((results / "overlays").glob("*.png"))


def test_no_file_names_the_place_it_was_written_in(demo: Demo) -> None:
    for path in demo.folder.rglob("*"):
        if path.suffix in {".csv", ".json", ".html", ".svg", ".toml"}:
            text = path.read_text(encoding="utf-8")
            assert ".partial" not in text, path.name
            assert str(demo.folder.parent) not in text, path.name


def test_the_demo_prints_the_answers_the_reports_and_that_it_is_drawn(demo: Demo) -> None:
    assert "LATE_BLOCK_COMPLETE" in demo.out
    assert "95 % CI" in demo.out
    assert str(demo.folder / "lc3_turnover" / "results" / "report.html") in demo.out
    assert str(demo.folder / "phospho" / "results" / "report.html") in demo.out
    assert demo.out.rstrip().endswith(DISCLAIMER)
    assert "measuring 1/8 rep1_lc3.tif" in demo.err


def test_the_demos_study_runs_again_elsewhere_with_the_same_tables(
    demo: Demo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = demo.folder / "lc3_turnover" / "study.toml"
    again = tmp_path / "again"
    assert run_words(["run", str(study), "-o", str(again), "--workers", "2", "--json"]) == 0
    outcome = json.loads(capsys.readouterr().out)
    (flux,) = outcome["answers"]
    assert flux["label"] == "LATE_BLOCK_COMPLETE"
    assert flux["ci_low"] < flux["estimate"] < flux["ci_high"]
    assert outcome["report"] == str(again / "report.html")
    for table in again.glob("*.csv"):
        assert table.read_bytes() == (study.parent / "results" / table.name).read_bytes()


def test_a_second_demo_is_refused_and_force_replaces_it_unless_something_was_changed(
    demo: Demo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_words(["demo", "-o", str(demo.folder)]) == 2
    assert "exists and is not empty" in capsys.readouterr().err
    sheet = demo.folder / "lc3_turnover" / "lanes.csv"
    before = sheet.read_bytes()
    sheet.write_bytes(before.replace(b"amitriptyline", b"imipramine"))
    assert run_words(["demo", "-o", str(demo.folder), "--force"]) == 2
    assert "lanes.csv: was changed since it was drawn" in capsys.readouterr().err
    sheet.write_bytes(before)
