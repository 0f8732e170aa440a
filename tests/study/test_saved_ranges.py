from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from blotflux.analysis.linear_range import LinearRange, linear_ranges_to_json
from blotflux.measure.result import Measurement
from blotflux.study import StudyRun, check_study, read_study, run_study

if TYPE_CHECKING:
    from pathlib import Path

Quantifier = Callable[..., Measurement]


def saved(target: str, membrane: str, high_volume: float, high_ug: float = 20.0) -> LinearRange:
    return LinearRange(
        target=target,
        membrane=membrane,
        low_ug=1.0,
        high_ug=high_ug,
        low_volume=100.0,
        high_volume=high_volume,
    )


def name_ranges(folder: Path, name: str = "ranges.json") -> None:
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    assert 'title = "small"\n' in text
    key = f'title = "small"\nlinear_ranges = "{name}"\n'
    path.write_text(text.replace('title = "small"\n', key), encoding="utf-8")


def give(folder: Path, *ranges: LinearRange) -> None:
    name_ranges(folder)
    (folder / "ranges.json").write_text(linear_ranges_to_json(ranges), encoding="utf-8")


def run(folder: Path, quantifier: Quantifier) -> StudyRun:
    return run_study(read_study(folder / "study.toml"), quantifier=quantifier)


def lines(folder: Path) -> list[str]:
    return [str(mistake) for mistake in check_study(folder / "study.toml")]


def found(result: StudyRun, code: str) -> list[tuple[str, int | None, str]]:
    return [(f.membrane, f.lane, f.target) for f in result.findings if f.code == code]


def test_a_target_outside_its_saved_window_gets_its_finding(
    study_folder: Path, quantifier: Quantifier
) -> None:
    assert found(run(study_folder, quantifier), "D-LIN") == []
    give(study_folder, saved("LC3-II", "rep1", 50_000.0), saved("GAPDH", "rep1", 90_000.0))
    result = run(study_folder, quantifier)
    assert found(result, "D-LIN") == [("rep1", 4, "LC3-II")]
    assert "LINEARITY_UNPROVEN" not in {f.code for f in result.findings}
    (same,) = [f for f in result.findings if f.code == "RANGE_OF_MEMBRANE"]
    assert (same.severity, same.membrane) == ("warn", "rep1")


def test_signals_are_not_held_against_those_of_another_membrane(
    study_folder: Path, quantifier: Quantifier
) -> None:
    give(study_folder, saved("LC3-II", "standards", 200.0))
    result = run(study_folder, quantifier)
    assert found(result, "D-LIN") == []
    assert found(result, "RANGE_OF_MEMBRANE") == []


def test_loads_are_held_against_amounts_of_any_membrane(
    study_folder: Path, quantifier: Quantifier
) -> None:
    sheet = study_folder / "lanes.csv"
    head, *rows = sheet.read_text(encoding="utf-8").splitlines()
    loaded = [f"{head},amount_ug", *(f"{row},30" for row in rows)]
    sheet.write_text("\n".join(loaded), encoding="utf-8")
    give(study_folder, saved("LC3-II", "standards", 9e9, high_ug=40.0))
    assert found(run(study_folder, quantifier), "D-COMB") == []
    narrow = linear_ranges_to_json([saved("LC3-II", "standards", 9e9)])
    (study_folder / "ranges.json").write_text(narrow, encoding="utf-8")
    assert len(found(run(study_folder, quantifier), "D-COMB")) == 12


def test_the_file_is_an_input_with_its_hash(study_folder: Path, quantifier: Quantifier) -> None:
    give(study_folder, saved("LC3-II", "standards", 9e9))
    result = run(study_folder, quantifier)
    inputs = {entry["file"]: entry["sha256"] for entry in result.provenance["inputs"]}
    content = (study_folder / "ranges.json").read_bytes()
    assert inputs["ranges.json"] == hashlib.sha256(content).hexdigest()


def test_a_file_of_ranges_outside_the_folder_is_named(
    study_folder: Path, quantifier: Quantifier, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "ranges.json"
    elsewhere.write_text(linear_ranges_to_json([]), encoding="utf-8")
    name_ranges(study_folder, elsewhere.as_posix())
    (outside,) = [f for f in run(study_folder, quantifier).findings if f.code == "OUTSIDE_STUDY"]
    assert outside.image == ""
    assert "ranges.json' lies outside" in outside.message


def test_a_missing_file_is_one_line_that_says_how_to_write_it(study_folder: Path) -> None:
    name_ranges(study_folder)
    assert lines(study_folder) == [
        "study.toml:3: no file 'ranges.json' beside the study; "
        "write it with: blotflux linear-range STUDY -o ranges.json"
    ]
    (study_folder / "range.json").write_text("{}", encoding="utf-8")
    assert lines(study_folder) == [
        "study.toml:3: no file 'ranges.json' beside the study; did you mean 'range.json'?"
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"not a file of linear ranges \(.+\); write it anew with 'blotflux linear-range'"),
        (b"[]", r"version None of linear ranges is not known; .+write the file anew"),
        (b'{"blotflux_linear_ranges": 1, "ranges": [{}]}', r"not a file of linear ranges"),
        (b"\xff\xfe\xff", r"not UTF-8 text; write it anew with 'blotflux linear-range'"),
    ],
)
def test_a_broken_file_is_one_line_that_says_what_to_do(
    content: bytes, message: str, study_folder: Path
) -> None:
    name_ranges(study_folder)
    (study_folder / "ranges.json").write_bytes(content)
    (line,) = lines(study_folder)
    assert re.match(rf"study\.toml:3: ranges\.json: {message}", line)


def test_the_name_of_the_file_is_a_text(study_folder: Path) -> None:
    path = study_folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"small"', '"small"\nlinear_ranges = 3', 1), encoding="utf-8")
    assert lines(study_folder) == ["study.toml:3: linear_ranges = 3: must be a text in quotes"]
