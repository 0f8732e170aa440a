from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook

from blotflux.study.volumes import read_volumes

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.study.volumes import Volumes

IMAGE_LAB = """membrane,Lane,Band No.,Band Label,Rel. Front,Adj. Volume (Int),Volume (Int),Lane %
rep1,1,1,LC3-II,0.81,1200.5,5200,4
rep1,2,1,LC3-II,0.81,-40,3900,4
rep1,2,2,,0.9,300,900,4
"""

IMAGE_LAB_VOLUMES = """membrane\tlane\tNo.\tLabel\tVolume (Int)\tAdj. Vol. (Int)\t# of Pixels
rep1\t1\t1\tGAPDH\t9000\t7000\t100
"""

IMAGE_STUDIO = """Image Name\tlane\ttarget\tChannel\tName\tSignal\tTotal\tArea\tBkgnd.\tType
rep1\t1\tGAPDH\t700\t1\t1.5E5\t200000\t100\t500\tUnassigned
rep1\t2\tGAPDH\t700\t2\t90000.25\t150000\t100\t500\tUnassigned
"""

IMAGEJ = """ ,membrane,lane,target,Area,Percent
1,rep1,1,LC3-II,12345.678,55.1
2,rep1,2,LC3-II,10060.2,44.9
"""


def read(folder: Path, text: str) -> Volumes:
    (folder / "volumes.csv").write_text(text, encoding="utf-8")
    return read_volumes(folder / "volumes.csv", "volumes.csv")


def rows(found: Volumes) -> list[tuple[str, int, str, float]]:
    return [(v.membrane, v.lane, v.target, v.volume) for v in found.volumes]


@pytest.mark.parametrize(
    ("text", "expected", "told"),
    [
        (
            IMAGE_LAB,
            [("rep1", 1, "LC3-II", 1200.5), ("rep1", 2, "LC3-II", -40.0)],
            "volumes.csv: volumes are 'Adj. Volume (Int)' of Image Lab; 1 band without a label "
            "left out.",
        ),
        (
            IMAGE_LAB_VOLUMES,
            [("rep1", 1, "GAPDH", 7000.0)],
            "volumes.csv: volumes are 'Adj. Vol. (Int)' of Image Lab.",
        ),
        (
            IMAGE_STUDIO,
            [("rep1", 1, "GAPDH", 150000.0), ("rep1", 2, "GAPDH", 90000.25)],
            "volumes.csv: volumes are 'Signal' of Image Studio.",
        ),
        (
            IMAGEJ,
            [("rep1", 1, "LC3-II", 12345.678), ("rep1", 2, "LC3-II", 10060.2)],
            "volumes.csv: volumes are 'Area' of ImageJ's gel analyzer.",
        ),
    ],
    ids=["Image Lab, bands", "Image Lab, volumes", "Image Studio", "ImageJ"],
)
def test_a_table_of_another_program_is_read_by_its_headings(
    tmp_path: Path, text: str, expected: list[tuple[str, int, str, float]], told: str
) -> None:
    found = read(tmp_path, text)
    assert found.mistakes == []
    assert rows(found) == expected
    assert [(item.code, item.message) for item in found.findings] == [("VOLUMES_FROM", told)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            IMAGE_LAB.replace("Adj. Volume (Int)", "Something"),
            r"volumes\.csv:1: 'Volume \(Int\)' of Image Lab is not background-subtracted; add the "
            r"column 'Adj\. Volume \(Int\)' to the table",
        ),
        (
            IMAGE_STUDIO.replace("Signal", "Mean"),
            r"volumes\.csv:1: 'Total' of Image Studio is not background-subtracted; add the "
            r"column 'Signal'",
        ),
        (
            " ,Label,Area,Mean,Min,Max,IntDen,RawIntDen\n1,x.tif,100,20,1,99,2000,2000\n",
            r"volumes\.csv:1: 'Mean', 'IntDen', 'RawIntDen' of ImageJ's Measure are not "
            r"background-subtracted; measure with Analyze > Gels",
        ),
        (
            " ,Area,Percent\n1,12345.678,55.1\n",
            r"volumes\.csv:1: a table of ImageJ's gel analyzer does not say every row's membrane "
            r"and lane and target; add the columns 'membrane', 'lane', 'target' to it",
        ),
        (
            IMAGE_STUDIO.replace("target\t", "antibody\t"),
            r"volumes\.csv:1: a table of Image Studio does not say every row's target; add the "
            r"column 'target' to it",
        ),
        (
            IMAGE_STUDIO.replace("1.5E5", "150,000").replace("90000.25", "90,000"),
            r"volumes\.csv!F2: '150,000' can be thousands or a decimal comma; export the numbers",
        ),
        (
            IMAGE_STUDIO.replace("\t2\tGAPDH", "\t1\tGAPDH"),
            r"volumes\.csv!C3: target 'GAPDH' in lane 1 of membrane 'rep1' is there twice \(also "
            r"volumes\.csv!C2\)",
        ),
        (
            IMAGE_STUDIO.replace("Type", "lane"),
            r"volumes\.csv!J1: the column 'lane' is there twice",
        ),
    ],
)
def test_a_table_without_the_right_column_is_one_line_that_names_it(
    tmp_path: Path, text: str, message: str
) -> None:
    found = [str(mistake) for mistake in read(tmp_path, text).mistakes]
    assert len(found) >= 1
    assert re.match(message, found[0]), found


def test_a_decimal_comma_that_can_be_nothing_else_is_read(tmp_path: Path) -> None:
    text = IMAGE_STUDIO.replace("1.5E5", "150000,5").replace("90000.25", "90,000")
    assert [volume.volume for volume in read(tmp_path, text).volumes] == [150000.5, 90.0]


def test_a_title_above_the_header_is_no_row(tmp_path: Path) -> None:
    found = read(tmp_path, "Blot of 3 May\n\n" + IMAGE_LAB_VOLUMES)
    assert rows(found) == [("rep1", 1, "GAPDH", 7000.0)]
    broken = read(tmp_path, "Blot of 3 May\n\n" + IMAGE_LAB_VOLUMES.replace("\t7000\t", "\tx\t"))
    assert str(broken.mistakes[0]).startswith("volumes.csv!F4: volume 'x' must be a number")


def test_lanes_side_by_side_are_read_one_after_another(tmp_path: Path) -> None:
    book = Workbook()
    headings = ["membrane", "Lane", "Band No.", "Band Label", "Adj. Volume (Int)", "Volume (Int)"]
    book.active.append(["Lane 1", *[None] * 5, "Lane 2"])
    book.active.append(headings * 2)
    book.active.append(["rep1", 1, 1, "GAPDH", 10, 99, "rep1", 2, 1, "GAPDH", 20, 99])
    book.active.append(["rep1", 1, 2, "LC3-II", 11, 99, None, None, None, None, None, None])
    path = tmp_path / "volumes.xlsx"
    book.save(path)
    found = read_volumes(path, "volumes.xlsx")
    assert found.mistakes == []
    assert rows(found) == [
        ("rep1", 1, "GAPDH", 10.0),
        ("rep1", 1, "LC3-II", 11.0),
        ("rep1", 2, "GAPDH", 20.0),
    ]
    assert found.slots["rep1", 2] == "volumes.xlsx!H3"


def test_our_own_table_may_carry_columns_of_other_programs(tmp_path: Path) -> None:
    text = "membrane,lane,target,volume,Area,Percent\nrep1,1,GAPDH,5,700,10\n"
    found = read(tmp_path, text)
    assert rows(found) == [("rep1", 1, "GAPDH", 5.0)]
    assert found.findings == []
