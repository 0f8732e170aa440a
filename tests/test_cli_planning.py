"""``power``, ``linear-range`` and ``accuracy`` on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from blotflux.cli.app import run_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dilution(tmp_path: Path) -> Path:
    """A study of volumes: a dilution series of GAPDH, proportional up to 20 ug."""
    amounts = {2: 2.5, 3: 5.0, 4: 10.0, 5: 20.0, 6: 40.0}
    (tmp_path / "study.toml").write_text(
        'blotflux = 1\ntitle = "dilution"\n[lanes]\nfile = "lanes.csv"\n'
        '[volumes]\nfile = "volumes.csv"\n'
        '[[analyses]]\nkind = "expression"\ntarget = "p62"\nloading = "GAPDH"\n'
        'control = "vehicle"\n'
    )
    sheet = ["membrane,lane,treatment,role,amount_ug", "m1,1,,ladder,"]
    sheet += [f"m1,{lane},vehicle,standard,{ug}" for lane, ug in amounts.items()]
    volumes = ["membrane,lane,target,volume,volume_se"]
    for lane, ug in amounts.items():
        volumes.append(f"m1,{lane},GAPDH,{min(ug, 22.0) * 1000},50")
        volumes.append(f"m1,{lane},p62,{ug * 700},50")
    for lane, treatment in enumerate(["vehicle", "drug"] * 3, start=7):
        sheet.append(f"m1,{lane},{treatment},sample,")
        volumes += [f"m1,{lane},GAPDH,9000,50", f"m1,{lane},p62,{5000 + 100 * lane},50"]
    (tmp_path / "lanes.csv").write_text("\n".join(sheet) + "\n")
    (tmp_path / "volumes.csv").write_text("\n".join(volumes) + "\n")
    return tmp_path / "study.toml"


def test_a_dilution_series_gives_the_linear_range_and_keeps_it(
    dilution: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = dilution.with_name("ranges.json")
    assert run_words(["linear-range", str(dilution), "-o", str(kept)]) == 0
    out = capsys.readouterr().out
    assert "GAPDH (m1): linear from 2.5 to 20 ug" in out
    assert "p62 (m1): linear from 2.5 to 40 ug" in out
    ranges = {item["target"]: item for item in json.loads(kept.read_text())["ranges"]}
    assert ranges["GAPDH"]["high_ug"] == 20.0
    assert run_words(["linear-range", str(dilution), "-o", str(kept)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert run_words(["linear-range", str(dilution), "-o", str(kept), "--force", "-q"]) == 0


def test_force_never_replaces_a_file_that_holds_no_linear_ranges(
    dilution: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = dilution.read_bytes()
    assert run_words(["linear-range", str(dilution), "-o", str(dilution), "--force"]) == 2
    assert "not a file of linear ranges" in capsys.readouterr().err
    assert dilution.read_bytes() == before


def test_a_sheet_without_standards_is_a_mistake(
    dilution: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = dilution.with_name("lanes.csv")
    sheet.write_text(sheet.read_text().replace("standard", "blank"))
    assert run_words(["linear-range", str(dilution)]) == 2
    err = capsys.readouterr().err.splitlines()[-1]
    assert err.startswith("error: lanes.csv: no lane has role 'standard'")


def test_more_variation_needs_more_replicates(capsys: pytest.CaptureFixture[str]) -> None:
    needed = []
    for cv in ("0.10", "0.20"):
        assert run_words(["power", "--cv", cv, "--effect", "1.5", "--json"]) == 0
        plans = json.loads(capsys.readouterr().out)
        needed.append(plans["ratio (phospho, expression)"]["needed"])
        assert plans["LC3 flux"]["expected"] == "INDUCED_FLUX"
    assert needed[0] < needed[1]


def test_power_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_words(["power", "--cv", "0.1"]) == 2
    assert "power needs a study, or both --cv and --effect" in capsys.readouterr().err
    assert run_words(["power", "--cv", "7", "--effect", "2"]) == 2
    assert "at most 2 (0.15 is 15 %); got 7" in capsys.readouterr().err


def test_power_takes_the_variation_of_a_study(
    dilution: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = dilution.with_name("lanes.csv")
    lines = sheet.read_text().splitlines()
    rows = [f"{line},{(i - 5) // 2 if i > 6 else ''}" for i, line in enumerate(lines[1:], 1)]
    sheet.write_text("\n".join([f"{lines[0]},replicate", *rows]) + "\n")
    assert run_words(["power", str(dilution), "--effect", "1.3"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("expression p62: ")
    assert "biological replicates for INCREASED" in out
    assert "a change of 1.3-fold, CV " in out


def test_accuracy_prints_a_table_of_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_words(["accuracy", "--kind", "clean", "-n", "1", "--markdown"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0].split() == ["|", "|", "clean", "|"]
    assert "lanes exactly right" in out
    assert err == "measuring 1/1 clean\n"
