"""``new``, ``check`` and ``run`` as a person uses them one after the other."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from blotflux.cli.app import run_words
from blotflux.drawn import write_drawn_study
from blotflux.synthetic import draw_lc3_study

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def pictures_only(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """A folder of pictures as the imager left it; returns what was loaded, by membrane and lane."""
    drawn = draw_lc3_study("partial", 1)
    write_drawn_study(drawn, folder)
    for name in ("study.toml", "lanes.csv"):
        (folder / name).unlink()
    rows = csv.DictReader(drawn.lanes_csv.splitlines())
    return {(row["membrane"], row["lane"]): row for row in rows}


def type_treatments(sheet: Path, loaded: dict[tuple[str, str], dict[str, str]]) -> None:
    """Fill in what a person knows: the treatment and the inhibitor of each lane."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for column in ("treatment", "inhibitor"):
            row[column] = loaded[row["membrane"], row["lane"]][column]
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_folder_of_pictures_becomes_an_answer_after_only_the_treatments_were_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = pictures_only(tmp_path)
    study = str(tmp_path / "study.toml")
    assert run_words(["new", str(tmp_path)]) == 0
    assert "lanes.csv" in capsys.readouterr().out
    assert run_words(["check", study]) == 2
    assert "no treatment is filled in" in capsys.readouterr().out
    type_treatments(tmp_path / "lanes.csv", loaded)
    assert run_words(["check", study]) == 0
    assert "no mistakes found" in capsys.readouterr().out
    assert run_words(["run", study, "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    assert answer["label"] == "LATE_BLOCK_PARTIAL"


def test_new_never_overwrites_and_says_so_before_it_looks_at_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "lanes.csv"
    sheet.write_text("mine")
    assert run_words(["new", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "lanes.csv: is there already" in err
    assert sheet.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["lanes.csv"]
