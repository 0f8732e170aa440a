"""``quantify`` with good, odd and bad pictures; ``run`` with a picture that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from blotflux.cli.app import run_words
from blotflux.drawn import write_drawn_study
from blotflux.synthetic import draw_kind, draw_lc3_study


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a good blot, an empty file, a text and a flat picture."""
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("good.tif", draw_kind("clean", 5).image)
    (tmp_path / "empty.tif").write_bytes(b"")
    (tmp_path / "words.tif").write_text("not an image")
    rng = np.random.default_rng(1)
    tifffile.imwrite("flat.tif", rng.normal(5000, 30, (200, 400)).astype(np.uint16))
    return tmp_path


def test_a_good_picture_is_measured_into_the_default_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_words(["quantify", "good.tif"]) == 0
    out, err = capsys.readouterr()
    assert "good.tif: " in out
    assert str(Path("blotflux-results") / "report.html") in out
    assert err == "measuring 1/1 good.tif\n"
    names = {path.name for path in (folder / "blotflux-results").iterdir()}
    assert {"bands.csv", "lanes.csv", "qc.csv", "run.json", "report.html", "overlays"} <= names
    bands = pd.read_csv(folder / "blotflux-results" / "bands.csv")
    assert set(bands["image"]) == {"good.tif"}


def test_bad_pictures_are_told_in_one_line_each_and_the_others_are_measured(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["quantify", "empty.tif", "good.tif", "words.tif", "-o", "out", "--json"]
    assert run_words(words) == 1
    out, err = capsys.readouterr()
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 2
    assert errors[0].startswith("error: empty.tif: ")
    assert errors[1].startswith("error: words.tif: ")
    outcome = json.loads(out)
    assert [item["image"] for item in outcome["images"]] == ["good.tif"]
    assert [item["image"] for item in outcome["failures"]] == ["empty.tif", "words.tif"]
    assert "empty.tif" in (folder / "out" / "report.html").read_text(encoding="utf-8")


def test_no_readable_picture_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_words(["quantify", "empty.tif", "-o", "out"]) == 1
    assert "error: empty.tif: " in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_a_picture_without_bands_is_a_result(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_words(["quantify", "flat.tif"]) == 0
    assert "flat.tif: 0 lanes, 0 bands" in capsys.readouterr().out
    assert len(pd.read_csv(folder / "blotflux-results" / "bands.csv")) == 0


def test_what_is_not_there_is_named_before_anything_is_measured(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "more").mkdir()
    assert run_words(["quantify", "none.tif", "more", "good.tif", "good.tif"]) == 2
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 3
    assert err[0].startswith("error: none.tif: no such file")
    assert err[1].startswith("error: more: is a folder")
    assert err[2].startswith("error: good.tif: is named twice")
    assert not (folder / "blotflux-results").exists()


def test_a_wrong_number_of_lanes_is_a_mistake_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_words(["quantify", "good.tif", "--lanes", "40"]) == 2
    errors = [x for x in capsys.readouterr().err.splitlines() if x.startswith("error: ")]
    assert len(errors) == 1
    assert "good.tif" in errors[0]
    assert "40" in errors[0]
    assert not (folder / "blotflux-results").exists()


def test_an_unknown_polarity_is_a_mistake(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_words(["quantify", "good.tif", "--polarity", "dark"]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "'dark' is not one of 'auto', 'dark_on_light', 'light_on_dark'" in err


def test_a_study_with_one_unreadable_picture_leaves_its_membrane_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_drawn_study(draw_lc3_study("induced", 1), tmp_path)
    (tmp_path / "rep2_gapdh.tif").write_bytes(b"")
    assert run_words(["check", str(tmp_path / "study.toml")]) == 1
    assert "rep2_gapdh.tif" in capsys.readouterr().out
    assert run_words(["run", str(tmp_path / "study.toml"), "--json"]) == 1
    outcome = json.loads(capsys.readouterr().out)
    assert outcome["left_out"] == ["rep2"]
    assert outcome["failures"][0]["image"] == "rep2_gapdh.tif"
    (answer,) = outcome["answers"]
    assert answer["n"] == 3
    normalized = pd.read_csv(tmp_path / "results" / "normalized.csv")
    assert set(normalized["membrane"]) == {"rep1", "rep3", "rep4"}


def test_a_study_without_a_readable_picture_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = draw_lc3_study("induced", 1)
    write_drawn_study(drawn, tmp_path)
    for name in drawn.blots:
        (tmp_path / name).write_bytes(b"")
    assert run_words(["run", str(tmp_path / "study.toml")]) == 1
    errors = [x for x in capsys.readouterr().err.splitlines() if x.startswith("error: ")]
    assert len(errors) == 8
    assert not (tmp_path / "results").exists()
