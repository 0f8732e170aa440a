from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from blotflux.errors import Mistake, StudyError
from blotflux.study import UnreadableImage, check_study, read_study

Edit = Callable[[Path], None]


def replace(name: str, old: str, new: str, count: int = 1) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, "the mistake cannot be planted"
        path.write_text(text.replace(old, new, count), encoding="utf-8")

    return edit


def lines(folder: Path) -> list[str]:
    return [str(mistake) for mistake in check_study(folder / "study.toml")]


def test_a_study_without_mistakes_is_read_and_checks_clean(study_folder: Path) -> None:
    assert check_study(study_folder / "study.toml") == ()
    study = read_study(study_folder / "study.toml")
    assert study.membranes == ("rep1", "rep2", "rep3")
    assert [image.file for image in study.images][:2] == ["rep1_lc3.tif", "rep1_gapdh.tif"]
    assert study.images[0].rows == ("LC3-I", "LC3-II")
    assert study.lanes_of("rep2")[1].inhibitor == "BafA1"
    assert set(study.sha256) == {"study.toml", "lanes.csv"}


TOML = "study.toml"
SHEET = "lanes.csv"

# What a person gets wrong, what exactly one line must say, and where.
MISTAKES: dict[str, tuple[Edit, str]] = {
    "a file that is not there": (
        replace(TOML, '"rep1_lc3.tif"', '"rep1_lc3.tiff"'),
        r"study\.toml:8: no file 'rep1_lc3\.tiff' beside the study; did you mean 'rep1_lc3\.tif'\?",
    ),
    "a file in a folder that is not there": (
        replace(TOML, '"rep1_lc3.tif"', '"raw/a.tif"'),
        r"study\.toml:8: no file 'raw/a\.tif'; there is no folder",
    ),
    "a backslash in a path": (
        replace(TOML, '"rep1_lc3.tif"', "'raw\\a.tif'"),
        r"study\.toml:8: no file 'raw\\a\.tif'; write '/' between folders",
    ),
    "an unknown key": (
        replace(TOML, 'membrane = "rep1"\n', 'membrane = "rep1"\npolarty = "auto"\n'),
        r"study\.toml:10: unknown key 'polarty' in \[\[images\]\] number 1; "
        r"did you mean 'polarity'\?",
    ),
    "a mistyped key that is needed": (
        replace(TOML, "targets =", "target ="),
        r"study\.toml:10: unknown key 'target' in \[\[images\]\] number 1; did you mean 'targets'",
    ),
    "a mistyped section": (
        replace(TOML, "[lanes]", "[lane]"),
        r"study\.toml:4: unknown key 'lane' in the study file; did you mean 'lanes'\?",
    ),
    "a mistyped name of an array": (
        replace(TOML, "[[analyses]]", "[[analysis]]"),
        r"study\.toml:\d+: unknown key 'analysis' in the study file; did you mean 'analyses'\?",
    ),
    "an array written as one table": (
        replace(TOML, "[[analyses]]", "[analyses]"),
        r"study\.toml:\d+: write each entry under a line of its own, \[\[analyses\]\]",
    ),
    "a section that is no table": (
        replace(TOML, '[lanes]\nfile = "lanes.csv"', 'lanes = "lanes.csv"'),
        r"study\.toml:4: lanes must be a table",
    ),
    "no sheet": (
        replace(TOML, '[lanes]\nfile = "lanes.csv"', ""),
        r'study\.toml: the sheet is missing; write \[lanes\] and file = "lanes\.csv"',
    ),
    "a sheet that is not there": (
        replace(TOML, '"lanes.csv"', '"lane.csv"'),
        r"study\.toml:5: no file 'lane\.csv' beside the study; did you mean 'lanes\.csv'\?",
    ),
    "no version": (
        replace(TOML, "blotflux = 1\n", ""),
        r"study\.toml: the first line must be 'blotflux = 1'",
    ),
    "a newer version": (
        replace(TOML, "blotflux = 1", "blotflux = 2"),
        r"study\.toml:1: blotflux = 2: this program reads version 1",
    ),
    "a title that is no text": (
        replace(TOML, 'title = "small"', "title = 3"),
        r"study\.toml:2: title = 3: must be a text in quotes",
    ),
    "no membrane": (
        replace(TOML, 'membrane = "rep1"\n', ""),
        r"study\.toml:7: \[\[images\]\] number 1 needs 'membrane'",
    ),
    "no targets": (
        replace(TOML, 'targets = ["GAPDH"]\n', ""),
        r"study\.toml:12: targets is empty; name the rows from the top",
    ),
    "a target named twice": (
        replace(TOML, '["LC3-I", "LC3-II"]', '["LC3-I", "LC3-I"]'),
        r"study\.toml:10: targets names 'LC3-I' twice; each row has a name of its own",
    ),
    "total protein beside another target": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["total_protein", "GAPDH"]'),
        r'study\.toml:15: "total_protein" is the whole lane and must be the only target',
    ),
    "targets that are no list": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = "GAPDH"'),
        r'study\.toml:15: targets = "GAPDH": must be a list of rows from the top',
    ),
    "a mistyped key of a target": (
        replace(TOML, '["GAPDH"]', '[{ name = "GAPDH", kd = 37 }]'),
        r"study\.toml:15: unknown key 'kd' in entry 1 of targets; did you mean 'kda'\?",
    ),
    "a weight below zero": (
        replace(TOML, '["GAPDH"]', '[{ name = "GAPDH", kda = -37 }]'),
        r"study\.toml:15: targets\[0\]\.kda = -37: must be greater than 0",
    ),
    "one weight for two rows": (
        replace(TOML, '["GAPDH"]', '[{ name = "GAPDH", kda = 37, parts = ["a", "b"] }]'),
        r"study\.toml:15: targets\[0\]: kda belongs to a single row",
    ),
    "one part": (
        replace(TOML, '["GAPDH"]', '[{ name = "GAPDH", parts = ["a"] }]'),
        r"study\.toml:15: targets\[0\]: parts names one row only",
    ),
    "a number that is a text": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nexposure_s = "30"'),
        r'study\.toml:16: exposure_s = "30": must be a valid number',
    ),
    "a polarity that is none": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\npolarity = "dark"'),
        r"study\.toml:16: polarity = \"dark\": must be 'auto', 'dark_on_light' or",
    ),
    "a turn that is none": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nturn = 45'),
        r"study\.toml:16: turn = 45: must be 0, 90, 180 or 270",
    ),
    "a region of three numbers": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nregion = [0, 0, 5]'),
        r"study\.toml:16: region = \[0, 0, 5\]: must be \[left, top, width, height\]",
    ),
    "a region without width": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nregion = [0, 0, 0, 5]'),
        r"study\.toml:16: region = \[0, 0, 0, 5\]: must be \[left, top, width, height\] with",
    ),
    "a region outside the picture": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nregion = [0, 0, 900, 5]'),
        r"rep1_gapdh\.tif: region",
    ),
    "a channel that the picture has not": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nchannel = 3'),
        r"rep1_gapdh\.tif: .*channel",
    ),
    "lanes that are a text": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nlanes = "4"'),
        r'study\.toml:16: lanes = "4": must be a number of slots, as 10, or a list',
    ),
    "lanes out of order": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nlanes = [3, 2]'),
        r"study\.toml:16: lanes = \[3, 2\]: must be slot numbers that rise from left to right",
    ),
    "more lanes than the sheet": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nlanes = 5'),
        r"study\.toml:16: lanes goes to slot 5, but the sheet's highest lane of membrane 'rep1' "
        r"is 4",
    ),
    "a gel without ladder": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\ngel = "MES"'),
        r"study\.toml:16: gel = 'MES' means nothing without ladder",
    ),
    "an unknown ladder": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nladder = "PageRuller Plus"'),
        r"study\.toml:16: Ladder 'PageRuller Plus' is not known; did you mean 'PageRuler Plus'",
    ),
    "an unknown gel": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nladder = "26619"\ngel = "MESS"'),
        r"study\.toml:17: Gel 'MESS' is not known for the ladder .*; choose Tris-glycine, MOPS",
    ),
    "a ladder's picture that is not there": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nladder_image = "m.tif"'),
        r"study\.toml:16: no file 'm\.tif' beside the study",
    ),
    "the same picture twice": (
        replace(TOML, '"rep2_gapdh.tif"', '"rep1_gapdh.tif"'),
        r"study\.toml:23: 'rep1_gapdh\.tif' is already at study\.toml:13; say which channel",
    ),
    "two exposures to be used": (
        replace(
            TOML,
            "[[analyses]]",
            '[[images]]\nfile = "rep1_gapdh.tif"\nchannel = 0\nmembrane = "rep1"\n'
            'targets = ["GAPDH", "-"]\nuse = true\n\n'
            '[[images]]\nfile = "rep1_gapdh.tif"\npage = 0\nmembrane = "rep1"\n'
            'targets = ["GAPDH", "-"]\nuse = true\n\n[[analyses]]',
        ),
        r"study\.toml:49: two pictures of 'GAPDH' on membrane 'rep1' say use = true \(also "
        r"study\.toml:42\); only one",
    ),
    "a strip control of nothing": (
        replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nstrip_control_of = "p-ERK"'),
        r"study\.toml:16: strip_control_of 'p-ERK' is not measured; measured are: 'LC3-I', "
        r"'LC3-II', 'GAPDH'",
    ),
    "a membrane that the sheet has not": (
        replace(TOML, 'membrane = "rep3"', 'membrane = "rep4"', 2),
        r"study\.toml:29: membrane 'rep4' is not in the sheet 'lanes\.csv'; the sheet has 'rep3', "
        r"which no picture has",
    ),
    "a membrane spelled in two ways": (
        replace(SHEET, "rep3,", "Rep 3,", 4),
        r"study\.toml:29: membranes 'rep3' and 'Rep 3' of the sheet differ only in case",
    ),
    "a membrane spelled in two ways in the study": (
        replace(TOML, 'membrane = "rep3"', 'membrane = "REP3"'),
        r"study\.toml:34: membranes 'rep3' and 'REP3' differ only in case",
    ),
    "a membrane without picture": (
        replace(SHEET, "rep3,4,ami,BafA1,3\n", "rep3,4,ami,BafA1,3\nrep9,1,vehicle,,9\n"),
        r"lanes\.csv:14: membrane 'rep9' has no picture in the study",
    ),
    "a target spelled in two ways": (
        replace(TOML, '["GAPDH"]', '["Gapdh"]'),
        r"study\.toml:25: targets 'GAPDH' and 'Gapdh' differ only in case",
    ),
    "a target that nobody measures": (
        replace(TOML, 'loading = "GAPDH"', 'loading = "GADPH"'),
        r"study\.toml:\d+: loading 'GADPH' is not measured; did you mean 'GAPDH'\?",
    ),
    "a target that is its own control": (
        replace(TOML, 'loading = "GAPDH"', 'loading = "LC3-II"'),
        r"study\.toml:\d+: loading = 'LC3-II' is also its target",
    ),
    "a control that is no treatment": (
        replace(TOML, 'control = "vehicle"', 'control = "Vehicle"'),
        r"study\.toml:\d+: control 'Vehicle' is no treatment in the sheet 'lanes\.csv'; "
        r"did you mean 'vehicle'\?",
    ),
    "an inhibitor that is not in the sheet": (
        replace(TOML, "inhibitor_hours = 4.0", 'inhibitor_hours = 4.0\ninhibitor = "CQ"'),
        r"study\.toml:\d+: inhibitor 'CQ' is not in the sheet 'lanes\.csv'; inhibitors there: "
        r"'BafA1'",
    ),
    "a bad number in an analysis": (
        replace(TOML, "inhibitor_hours = 4.0", "inhibitor_hours = 0"),
        r"study\.toml:\d+: inhibitor_hours = 0: must be greater than 0",
    ),
    "no kind": (
        replace(TOML, 'kind = "lc3_flux"\n', ""),
        r"study\.toml:\d+: \[\[analyses\]\] number 1 needs 'kind'; allowed: 'lc3_flux', 'phospho'",
    ),
    "a kind that is none": (
        replace(TOML, 'kind = "lc3_flux"', 'kind = "lc3flux"'),
        r"study\.toml:\d+: kind = \"lc3flux\" in \[\[analyses\]\] number 1; "
        r"did you mean 'lc3_flux'\?",
    ),
    "a key of another kind": (
        replace(TOML, "inhibitor_hours = 4.0", 'inhibitor_hours = 4.0\ntotal = "GAPDH"'),
        r"study\.toml:\d+: unknown key 'total' in \[\[analyses\]\] number 1; ",
    ),
    "two analyses of one name": (
        replace(
            TOML,
            "[[analyses]]",
            '[[analyses]]\nkind = "expression"\nname = "LC3_FLUX  LC3-II"\ntarget = "LC3-I"\n'
            'loading = "GAPDH"\ncontrol = "vehicle"\n\n[[analyses]]',
        ),
        r"study\.toml:\d+: the analysis 'lc3_flux LC3-II' is already at study\.toml:37; "
        r"give one of them another name",
    ),
    "a parameter out of range": (
        replace(TOML, "[[analyses]]", "[parameters]\nalpha = 2\n\n[[analyses]]"),
        r"study\.toml:38: alpha = 2: must be less than 0\.5",
    ),
    "a mistyped parameter": (
        replace(TOML, "[[analyses]]", "[parameters]\nequivalence_margn = 2\n\n[[analyses]]"),
        r"study\.toml:38: unknown key 'equivalence_margn' in \[parameters\]; did you mean "
        r"'equivalence_margin'\?",
    ),
    "images and volumes": (
        replace(TOML, "[lanes]", '[volumes]\nfile = "study.toml"\n\n[lanes]'),
        r"study\.toml:4: a study has \[\[images\]\] or \[volumes\], not both",
    ),
    "text that is no TOML": (
        replace(TOML, 'title = "small"', "title = small"),
        r"study\.toml:2: not valid TOML: Invalid value; texts need quotes",
    ),
    "a lane that is there twice": (
        replace(SHEET, "rep1,2,", "rep1,1,"),
        r"lanes\.csv!B3: lane 1 of membrane 'rep1' is there twice \(also in row 2\)",
    ),
    "a lane that is no number": (
        replace(SHEET, "rep1,2,", "rep1,two,"),
        r"lanes\.csv!B3: lane 'two' must be a whole number from 1",
    ),
    "a lane that is half a number": (
        replace(SHEET, "rep1,2,", "rep1,1.5,"),
        r"lanes\.csv!B3: lane '1\.5' must be a whole number from 1",
    ),
    "an empty treatment": (
        replace(SHEET, "rep1,3,ami", "rep1,3,"),
        r"lanes\.csv!C4: the treatment is empty; only lanes of role ladder or blank need none",
    ),
    "a membrane that is empty": (
        replace(SHEET, "rep1,3,ami", ",3,ami"),
        r"lanes\.csv!A4: the membrane is empty",
    ),
    "a treatment spelled in two ways": (
        replace(SHEET, "rep2,3,ami", "rep2,3,Ami"),
        r"lanes\.csv!C8: 'Ami' and 'ami' \(lanes\.csv!C4\) differ only in case",
    ),
    "a column of our own": (
        replace(SHEET, "replicate", "replicate,volume"),
        r"lanes\.csv!F1: the column 'volume' has the name of a column of our tables",
    ),
    "a column without a name": (
        replace(SHEET, "rep1,1,vehicle,,1", "rep1,1,vehicle,,1,x"),
        r"lanes\.csv!F1: the column has no name",
    ),
    "a column that is there twice": (
        replace(SHEET, "replicate", "Treatment"),
        r"lanes\.csv!E1: the column 'treatment' is there twice \(also lanes\.csv!C1\)",
    ),
    "a mistyped column that is needed": (
        replace(SHEET, "treatment", "treatmnt"),
        r"lanes\.csv!C1: unknown column 'treatmnt' and no column 'treatment'; rename it",
    ),
    "a column that is missing": (
        replace(SHEET, "treatment", "what"),
        r"lanes\.csv:1: the column 'treatment' is missing; columns here: 'membrane', 'lane'",
    ),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_one_line_that_says_where_and_what(what: str, study_folder: Path) -> None:
    plant, expected = MISTAKES[what]
    plant(study_folder)
    found = lines(study_folder)
    assert len(found) == 1, found
    assert re.match(expected, found[0]), found[0]


def test_ten_mistakes_of_ten_kinds_are_ten_lines_in_the_order_of_the_files(
    study_folder: Path,
) -> None:
    planted = [
        "a file that is not there",
        "an unknown key",
        "a polarity that is none",
        "a membrane that the sheet has not",
        "a target that nobody measures",
        "a bad number in an analysis",
        "a column of our own",
        "a lane that is there twice",
        "a treatment spelled in two ways",
    ]
    for what in planted:
        MISTAKES[what][0](study_folder)
    replace(TOML, 'control = "vehicle"', 'control = "untreated"')(study_folder)
    found = lines(study_folder)
    assert len(found) == 10, "\n".join(found)
    numbers = [int(line.split(":")[1]) for line in found if line.startswith("study.toml:")]
    assert numbers == sorted(numbers)
    with pytest.raises(StudyError, match="polarty") as caught:
        read_study(study_folder / "study.toml")
    assert [str(mistake) for mistake in caught.value.mistakes] == found


def test_every_pair_of_mistakes_in_different_places_is_two_lines(study_folder: Path) -> None:
    names = [
        "an unknown key",
        "a region outside the picture",
        "an inhibitor that is not in the sheet",
    ]
    for what in names:
        MISTAKES[what][0](study_folder)
    assert len(lines(study_folder)) == 3


def test_a_picture_that_cannot_be_read_is_told_apart_from_mistakes(study_folder: Path) -> None:
    (study_folder / "rep2_lc3.tif").write_bytes(b"")
    (mistake,) = check_study(study_folder / "study.toml")
    assert isinstance(mistake, UnreadableImage)
    assert mistake.where == "rep2_lc3.tif"
    assert "empty" in mistake.message
    read_study(study_folder / "study.toml")  # reading goes on; `run` leaves the membrane out


def test_a_picture_is_read_even_if_its_entry_has_a_mistake(study_folder: Path) -> None:
    (study_folder / "rep1_gapdh.tif").write_bytes(b"no image")
    replace(TOML, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nexposure_s = -1')(study_folder)
    found = lines(study_folder)
    assert len(found) == 2
    assert "is not an image" in found[1]


@pytest.mark.parametrize(
    ("name", "message"),
    [("absent.toml", "cannot be read"), (".", r"is a folder; did you mean '.*study\.toml'\?")],
)
def test_a_study_file_that_is_no_file_is_one_line(
    study_folder: Path, name: str, message: str
) -> None:
    (mistake,) = check_study(study_folder / name)
    assert re.search(message, mistake.message)


def test_a_study_file_in_another_encoding_is_one_line(study_folder: Path) -> None:
    text = (study_folder / TOML).read_text(encoding="utf-8").replace("small", "10 µM")
    (study_folder / TOML).write_bytes(text.encode("cp1252"))
    assert lines(study_folder) == [
        "study.toml:2: is not UTF-8 text here; save the study file as UTF-8"
    ]


def test_a_study_file_may_have_a_byte_order_mark_and_windows_line_ends(study_folder: Path) -> None:
    text = (study_folder / TOML).read_text(encoding="utf-8").replace("\n", "\r\n")
    (study_folder / TOML).write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert lines(study_folder) == []


def test_the_two_letters_for_micro_are_one(study_folder: Path) -> None:
    replace(SHEET, ",ami,", ",ami 10 \N{MICRO SIGN}M,", 12)(study_folder)
    mu = "ami 10 \N{GREEK SMALL LETTER MU}M"
    replace(TOML, 'control = "vehicle"', f'control = "{mu}"')(study_folder)
    assert lines(study_folder) == []


def test_a_misspelled_optional_column_is_carried_along_with_a_warning(study_folder: Path) -> None:
    replace(SHEET, "inhibitor", "inhibtor")(study_folder)
    study = read_study(study_folder / "study.toml")
    (finding,) = study.findings
    assert finding.code == "SHEET_COLUMN"
    assert "if 'inhibitor' is meant, rename it" in finding.message
    assert study.samples[1].extra == {"inhibtor": "BafA1"}


@pytest.mark.parametrize("value", ["{ a = 1 }", '["lc3_flux"]', "3"])
def test_a_kind_that_is_no_text_is_one_line(study_folder: Path, value: str) -> None:
    replace(TOML, 'kind = "lc3_flux"', f"kind = {value}")(study_folder)
    (found,) = lines(study_folder)
    assert re.match(r"study\.toml:\d+: kind = .* in \[\[analyses\]\] number 1; ", found), found


@pytest.mark.parametrize("sign", ["\n", "\r", "\x0c", "\x85", "\u2028"])
def test_a_mistake_is_one_line_whatever_a_file_calls_its_things(sign: str) -> None:
    mistake = Mistake(where=f"a{sign}b.csv", message=f"no 'c{sign}d'")
    assert str(mistake) == "a b.csv: no 'c d'"
    assert len(str(StudyError([mistake])).splitlines()) == 1
