from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pytest

from blotflux.study import check_study, read_study, run_study
from blotflux.study.volumes import read_volumes

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """membrane;lane;target;volume;volume_se;saturated;below_loq
rep1;1;LC3-II;100,5;2,5;true;no
rep1;2;LC3-II;-3;;;
"""


def read(folder: Path, text: str) -> list[str]:
    (folder / "volumes.csv").write_text(text, encoding="utf-8")
    return [str(m) for m in read_volumes(folder / "volumes.csv", "volumes.csv").mistakes]


def test_volumes_are_read_with_what_is_known_of_them(tmp_path: Path) -> None:
    assert read(tmp_path, TABLE) == []
    first, second = read_volumes(tmp_path / "volumes.csv", "volumes.csv").volumes
    assert (first.volume, first.volume_se, first.saturated, first.below_loq) == (
        100.5,
        2.5,
        True,
        False,
    )
    assert (second.volume, second.saturated, second.below_loq) == (-3.0, False, None)
    assert math.isnan(second.volume_se)
    assert second.loq is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("100,5", "much", r"volumes\.csv!D2: volume 'much' must be a number; type a number"),
        ("100,5", "", r"volumes\.csv!D2: volume '' must be a number; take the row out"),
        ("2,5", "-1", r"volumes\.csv!E2: volume_se -1 must not be negative"),
        ("2,5", "x", r"volumes\.csv!E2: volume_se 'x' must be a number"),
        ("true", "maybe", r"volumes\.csv!F2: saturated 'maybe' must be true or false"),
        ("rep1;2", "rep1;1", r"volumes\.csv!C3: target 'LC3-II' in lane 1 of membrane 'rep1' is "),
        ("rep1;2", "rep1;a", r"volumes\.csv!B3: lane 'a' must be a whole number"),
        ("rep1;2", ";2", r"volumes\.csv!A3: the membrane is empty"),
        ("2;LC3-II", "2;", r"volumes\.csv!C3: the target is empty"),
        ("2;LC3-II", "2;lc3-ii", r"volumes\.csv!C3: 'lc3-ii' and 'LC3-II' differ only in case"),
        ("volume;", "Vol;", r"volumes\.csv!D1: unknown column 'Vol' and no column 'volume'"),
        ("target;", "what;", r"volumes\.csv:1: the column 'target' is missing"),
        ("lane;", "slit;", r"volumes\.csv:1: the column 'lane' is missing"),
    ],
)
def test_a_mistake_in_volumes_is_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TABLE
    (found,) = read(tmp_path, TABLE.replace(old, new, 1))
    assert re.match(message, found), found


def test_a_table_of_volumes_without_rows_is_one_line(tmp_path: Path) -> None:
    (found,) = read(tmp_path, TABLE.splitlines()[0])
    assert found.startswith("volumes.csv: the table has a header and no rows")


@pytest.fixture
def volume_study(study_folder: Path) -> Path:
    """The small study with a table of volumes in place of its pictures."""
    path = study_folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    images = text.index("[[images]]")
    analyses = text.index("[[analyses]]")
    path.write_text(
        text[:images] + '[volumes]\nfile = "volumes.csv"\n\n' + text[analyses:], encoding="utf-8"
    )
    lines = ["membrane,lane,target,volume"]
    values = {1: (100, 310, 205, 590), 2: (90, 260, 190, 600), 3: (110, 340, 215, 610)}
    for n, volumes in values.items():
        for lane, volume in enumerate(volumes, start=1):
            lines += [f"rep{n},{lane},LC3-II,{volume}", f"rep{n},{lane},GAPDH,500"]
    (study_folder / "volumes.csv").write_text("\n".join(lines), encoding="utf-8")
    return study_folder


def test_a_study_of_volumes_checks_clean_and_runs_without_pictures(volume_study: Path) -> None:
    assert check_study(volume_study / "study.toml") == ()
    run = run_study(read_study(volume_study / "study.toml"))
    assert run.images == ()
    assert len(run.volumes) == 24
    (result,) = run.results
    phi = next(row for row in result.comparisons if row.quantity == "flux_ratio")
    assert phi.n == 3
    assert phi.estimate == pytest.approx(1.8, abs=0.2)
    assert {entry["file"] for entry in run.provenance["inputs"]} == {
        "study.toml",
        "lanes.csv",
        "volumes.csv",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "rep2,4,LC3-II",
            "rep2,5,LC3-II",
            r"volumes\.csv!B\d+: lane 5 of membrane 'rep2' is not in",
        ),
        ("rep3,", "rep7,", r"volumes\.csv!A18: membrane 'rep7' is not in the sheet"),
        (
            ",GAPDH,",
            ",Gapd,",
            r"study\.toml:\d+: loading 'GAPDH' is not measured; did you mean 'Gapd'",
        ),
    ],
)
def test_volumes_that_do_not_fit_the_sheet_are_one_line(
    volume_study: Path, old: str, new: str, message: str
) -> None:
    path = volume_study / "volumes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (found,) = [str(mistake) for mistake in check_study(volume_study / "study.toml")]
    assert re.match(message, found), found
