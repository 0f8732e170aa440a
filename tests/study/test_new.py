from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from blotflux.errors import OutputError, StudyError
from blotflux.measure.result import Measurement
from blotflux.study import check_study, read_study, run_study
from blotflux.study.guess.naming import read_name
from blotflux.study.new import propose_study, write_new_study
from blotflux.study.sheet import require_sheet
from blotflux.synthetic import draw_lc3_study, draw_phospho_study

if TYPE_CHECKING:
    from pathlib import Path

Quantifier = Callable[..., Measurement]

# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "targets", "words"),
    [
        ("rep1_LC3.tif", ["LC3-I", "LC3-II"], ("rep1",)),
        ("LC3B blot 2.tif", ["LC3-I", "LC3-II"], ("blot2",)),
        ("LC3 I_II n3.tif", ["LC3-I", "LC3-II"], ("rep3",)),
        ("rep1_GAPDH_30s.tif", ["GAPDH"], ("rep1",)),
        ("GAPDH2.tif", ["GAPDH"], ("blot2",)),
        ("b-actin #2.tif", ["beta-actin"], ("blot2",)),
        ("act rep 3.tif", ["beta-actin"], ("rep3",)),
        ("aTub exp2.tif", ["alpha-tubulin"], ("rep2",)),
        ("tub_n1.tif", ["beta-tubulin"], ("rep1",)),
        ("Vinculin_R1.tif", ["vinculin"], ("rep1",)),
        ("p62 membrane 3.tif", ["p62"], ("blot3",)),
        ("SQSTM1 rep1.tif", ["p62"], ("rep1",)),
        ("pERK rep1.tif", ["p-ERK1/2"], ("rep1",)),
        ("phospho-ERK1-2 rep 1.tif", ["p-ERK1/2"], ("rep1",)),
        ("p44-42 rep1.tif", ["ERK1/2"], ("rep1",)),
        ("tERK_rep1.tif", ["ERK1/2"], ("rep1",)),
        ("n3 total ERK.tif", ["ERK1/2"], ("rep3",)),
        ("rep1 PERK.tif", ["PERK"], ("rep1",)),
        ("n3_p-Akt(S473).tif", ["p-Akt"], ("rep3",)),
        ("n3 AKT pan.tif", ["Akt"], ("rep3",)),
        ("replicate 2/pTrkA.tif", ["p-TrkA"], ("rep2",)),
        ("p-TrkA Y490 30min rep1.tif", ["p-TrkA"], ("30min", "rep1")),
        ("TrkA total rep2.tif", ["TrkA"], ("rep2",)),
        ("lc3gapdh_rep3.png", ["LC3-I", "LC3-II", "GAPDH"], ("rep3",)),
        ("Ponceau rep1.jpg", ["total_protein"], ("rep1",)),
        ("rep2 stain-free.tif", ["total_protein"], ("rep2",)),
        ("ERK membranes/pERK rep1.tif", ["p-ERK1/2"], ("erk", "membranes", "rep1")),
        ("GAPDH/rep1.tif", ["GAPDH"], ("rep1",)),
        ("0001234_01_700.tif", [], ("0001234", "blot1")),
        ("IQ800_20240305_143022_Cy5.tif", [], ()),
        ("20240305 SH-SY5Y ami r2 LAMP1.tif", ["LAMP1"], ("sh", "sy5y", "ami", "rep2")),
    ],
)
def test_a_name_tells_targets_and_membrane(
    name: str, targets: list[str], words: tuple[str, ...]
) -> None:
    reading = read_name(name)
    assert [target.name for target in reading.targets] == targets
    assert reading.membrane_words == words


@pytest.mark.parametrize(
    ("name", "exposure_s", "detection", "when"),
    [
        ("LC3 30s.tif", 30.0, "", ""),
        ("LC3_2,5 sec.tif", 2.5, "", ""),
        ("LC3 2min.tif", 120.0, "", ""),
        ("LC3 exp30min.tif", 1800.0, "", ""),
        ("LC3 500 ms ECL.tif", 0.5, "ecl", ""),
        ("pTrkA 30min rep1.tif", None, "", ""),
        ("Blot 1 2024-03-05 14h23m10s_Chemiluminescence 30s.tif", 30.0, "ecl", "20240305142310"),
        ("Blot 1 2024-03-05 14h02m_Chemi.tif", None, "ecl", "20240305140200"),
        ("IQ800_20240305_143022_Cy5.tif", None, "fluorescence", "20240305143022"),
        ("0001234_01_800.tif", None, "fluorescence", ""),
        ("Ponceau rep1.jpg", None, "stain", ""),
    ],
)
def test_a_name_tells_exposure_detection_and_time(
    name: str, exposure_s: float | None, detection: str, when: str
) -> None:
    reading = read_name(name)
    assert reading.exposure_s == exposure_s
    assert reading.detection == detection
    assert reading.date + reading.clock == when


def test_a_name_tells_markers_composites_and_strip_controls() -> None:
    assert read_name("marker rep1.tif").is_marker
    assert not read_name("LC3 with ladder.tif").is_marker
    assert read_name("rep1 merge.tif").is_composite
    assert read_name("pERK strip rep1.tif").is_strip_control
    assert not read_name("ERK after strip rep1.tif").is_strip_control


# ---------------------------------------------------------------- folders


def fill_in(folder: Path, treatments: dict[str, dict[str, str]]) -> None:
    """Type the treatments (and inhibitors) into the sheet, as a person does."""
    path = folder / "lanes.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    for row in rows:
        typed = treatments[row["membrane"][-1] + row["lane"]]
        row |= {name: typed[name] for name in ("treatment", "inhibitor") if name in row}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def lc3() -> tuple[dict[str, np.ndarray], dict[str, dict[str, str]]]:
    """Pictures of the drawn LC3 study, and what is in each lane by replicate and lane."""
    study = draw_lc3_study("induced", 3)
    rows = csv.DictReader(study.lanes_csv.splitlines())
    return dict(study.images), {row["membrane"][-1] + row["lane"]: row for row in rows}


def test_a_folder_named_by_a_person_runs_after_the_treatments_were_typed(
    tmp_path: Path, lc3: tuple[dict[str, np.ndarray], dict[str, dict[str, str]]]
) -> None:
    images, lanes = lc3
    for n in (1, 2, 3):
        tifffile.imwrite(tmp_path / f"LC3B blot {n} 30 sec.tif", images[f"rep{n}_lc3.tif"])
        tifffile.imwrite(tmp_path / f"b-actin blot {n} 5s.tif", images[f"rep{n}_gapdh.tif"])
    proposal = propose_study(tmp_path)
    assert (
        proposal.messages[0]
        == "membrane 'blot1': 2 pictures, 9 lanes found; lane 1 looks like a ladder"
    )
    study, sheet, workbook = write_new_study(proposal)
    assert (sheet.name, workbook.name) == ("lanes.csv", "lanes.xlsx")
    (unfilled,) = check_study(study)
    assert re.match(
        r"lanes\.csv!C1: no treatment is filled in; type one for each of 24 lanes; if you filled "
        r'in lanes\.xlsx, write file = "lanes\.xlsx"',
        str(unfilled),
    )
    fill_in(tmp_path, lanes)
    assert check_study(study) == ()
    run = run_study(read_study(study))
    assert run.complete
    (result,) = run.results
    assert result.name == "lc3_flux LC3-II"
    phi = next(row for row in result.comparisons if row.quantity == "flux_ratio")
    assert phi.label == "INDUCED_FLUX"
    assert phi.estimate == pytest.approx(2.2, rel=0.15)


def test_a_folder_named_by_an_instrument_is_grouped_by_time_and_lanes(
    tmp_path: Path, lc3: tuple[dict[str, np.ndarray], dict[str, dict[str, str]]]
) -> None:
    images, lanes = lc3
    start = datetime(2024, 3, 5, 14)
    for n in (1, 2):
        for minutes, target in ((0, "lc3"), (4, "gapdh")):
            time = start + timedelta(minutes=10 * n + minutes)
            name = f"Blot 1 {time:%Y-%m-%d %Hh%Mm%Ss}_Chemiluminescence.tif"
            tifffile.imwrite(tmp_path / name, images[f"rep{n}_{target}.tif"])
    study, *_ = write_new_study(propose_study(tmp_path))
    text = study.read_text(encoding="utf-8")
    assert "2 pictures of 628 x 500 px with the same lanes, taken within 4 min" in text
    assert "the name says nothing; write what it is, a name for each row from the top" in text
    assert '# kind = "expression"' in text
    fill_in(tmp_path, lanes)
    run = run_study(read_study(study))
    assert run.complete
    assert {v.membrane for v in run.volumes} == {"blot1", "blot2"}
    assert {v.target for v in run.volumes} == {"target 1a", "target 1b", "target 2"}
    assert not any(np.isnan(v.volume) for v in run.volumes)


def test_a_folder_of_stripped_and_reprobed_membranes_gets_phospho_analyses(tmp_path: Path) -> None:
    drawn = draw_phospho_study(3)
    folders = {"trka": ("pTrkA", "TrkA total"), "erk": ("pERK", "tERK")}
    for membrane, (phospho, total) in folders.items():
        (tmp_path / membrane).mkdir()
        for name, kind in (
            (phospho, "phospho"),
            (f"{phospho} strip", "strip"),
            (total, "total"),
            ("gapdh", "gapdh"),
        ):
            picture = drawn.images[f"{membrane}_{kind}.tif"]
            tifffile.imwrite(tmp_path / membrane / f"2024-03-05_{name}.tif", picture)
    study, *_ = write_new_study(propose_study(tmp_path))
    text = study.read_text(encoding="utf-8")
    for line in (
        'targets = [{ name = "p-ERK1/2", parts = ["p-ERK1", "p-ERK2"] }]',
        'strip_control_of = "p-TrkA"',
        'total = "ERK1/2"',
        "# p-TrkA and TrkA are both there",
    ):
        assert line in text
    rows = csv.DictReader(drawn.lanes_csv.splitlines())
    names = {"trka": "a", "erk": "k"}
    typed = {names[r["membrane"]] + r["lane"]: r for r in rows if r["membrane"] in names}
    fill_in(tmp_path, typed)
    assert check_study(study) == ()
    run = run_study(read_study(study))
    assert run.complete
    assert [result.name for result in run.results] == ["phospho p-ERK1/2", "phospho p-TrkA"]


def test_the_sheet_and_the_workbook_hold_the_same(
    study_folder: Path, quantifier: Quantifier
) -> None:
    for name in ("study.toml", "lanes.csv"):
        (study_folder / name).unlink()
    proposal = propose_study(study_folder, quantifier=quantifier)
    _, sheet, workbook = write_new_study(proposal)
    for path in (sheet, workbook):
        with pytest.raises(StudyError, match="no treatment is filled in"):
            require_sheet(path)
    filled = sheet.read_text(encoding="utf-8-sig").replace(",sample,", ",sample,")
    assert filled.startswith("membrane,lane,treatment,inhibitor,replicate,role,exclude\n")
    assert [row["replicate"] for row in proposal.rows] == [n for n in "123" for _ in range(4)]


# ---------------------------------------------------------------- where it is written


def test_a_study_written_elsewhere_names_its_pictures_from_there(
    study_folder: Path, quantifier: Quantifier
) -> None:
    (study_folder / "work").mkdir()
    file = study_folder / "work" / "my study.toml"
    proposal = propose_study(study_folder, study_file=file, quantifier=quantifier)
    assert 'file = "../rep1_lc3.tif"' in proposal.study_text
    assert "blotflux run my study.toml" in proposal.study_text
    study, sheet, _ = write_new_study(proposal, file)
    assert (study, sheet) == (file, file.with_name("lanes.csv"))
    assert [str(m) for m in check_study(study)] == [
        "lanes.csv!C1: no treatment is filled in; type one for each of 12 lanes; if you filled in "
        'lanes.xlsx, write file = "lanes.xlsx" in the study file'
    ]


def test_nothing_is_ever_overwritten(study_folder: Path, quantifier: Quantifier) -> None:
    before = (study_folder / "study.toml").read_bytes()
    proposal = propose_study(study_folder, quantifier=quantifier)
    with pytest.raises(OutputError, match=r"study\.toml: is there already and stays as it is"):
        write_new_study(proposal)
    (study_folder / "study.toml").unlink()
    with pytest.raises(OutputError, match=r"lanes\.csv: is there already"):
        write_new_study(proposal)
    assert not (study_folder / "study.toml").exists()
    assert before
    with pytest.raises(OutputError, match=r"absent: no such folder"):
        write_new_study(proposal, study_folder / "absent" / "study.toml")


def test_a_study_that_cannot_be_written_whole_is_not_written(
    study_folder: Path, quantifier: Quantifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("study.toml", "lanes.csv"):
        (study_folder / name).unlink()
    proposal = propose_study(study_folder, quantifier=quantifier)
    original = type(study_folder).open

    def full(self: Path, *args: str, **keywords: str) -> object:
        if self.name == "lanes.xlsx":
            raise OSError(28, "No space left on device")
        return original(self, *args, **keywords)

    monkeypatch.setattr(type(study_folder), "open", full)
    with pytest.raises(OutputError, match="cannot be written \\(No space left on device\\)"):
        write_new_study(proposal)
    assert not (study_folder / "study.toml").exists()
    assert not (study_folder / "lanes.csv").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"empty: no pictures here; copy the instrument's TIFF files into it"),
        (b"no image", r"empty: no picture here can be read \(a\.tif: is not an image"),
    ],
)
def test_a_folder_without_pictures_is_one_line(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    if content:
        (folder / "a.tif").write_bytes(content)
    with pytest.raises(StudyError, match=message):
        propose_study(folder)
    with pytest.raises(StudyError, match="no such folder; name the folder that holds the pictures"):
        propose_study(folder / "absent")


def test_results_and_pictures_that_cannot_be_read_are_left_out_and_named(
    study_folder: Path, quantifier: Quantifier
) -> None:
    results = study_folder / "out"
    results.mkdir()
    (results / "run.json").write_text("{}", encoding="utf-8")
    (study_folder / "rep1_lc3.tif").rename(results / "overlay.tif")
    (study_folder / "broken.tif").write_bytes(b"no image")
    proposal = propose_study(study_folder, quantifier=quantifier)
    assert "overlay.tif" not in proposal.study_text
    assert "# Not taken: broken.tif: is not an image" in proposal.study_text
    assert any(message.startswith("broken.tif is not taken") for message in proposal.messages)


def test_a_name_that_means_harm_stays_a_name(tmp_path: Path, quantifier: Quantifier) -> None:
    picture = np.full((30, 80), 100, np.uint16)
    name = 'a"]\n[parameters]\nseed = 1 #.tif'
    tifffile.imwrite(tmp_path / name, picture)
    study, *_ = write_new_study(propose_study(tmp_path, quantifier=quantifier))
    fill_in(tmp_path, {f"1{lane}": {"treatment": "a"} for lane in range(1, 5)})
    read = read_study(study)
    assert [image.file for image in read.images] == [name]
    assert read.parameters.seed == 12345


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_any_name_is_read_and_its_words_make_a_membrane(name: str) -> None:
    reading = read_name(name)
    assert all(word and not word.isspace() for word in reading.membrane_words)
    assert reading == read_name(name)
