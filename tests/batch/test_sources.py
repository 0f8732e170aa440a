from __future__ import annotations

import os

import pytest

from blotflux.batch.sources import require_sources, walk
from blotflux.errors import StudyError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.tif", "a.PNG", "notes.docx", ".hidden.tif", "deep/c.tif", "deep/er/d.scn"):
        (tmp_path / "scans" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "scans" / name).write_bytes(b"\0 picture")
    return "scans"


def names(*sources):
    return [item.name for item in walk(sources)]


def test_a_folder_gives_its_pictures_sorted_then_those_of_the_folders_in_it(folder):
    assert names(folder) == [
        "scans/a.PNG",
        "scans/b.tif",
        "scans/deep/c.tif",
        "scans/deep/er/d.scn",
    ]


def test_files_that_no_reader_knows_are_named_as_skipped(folder):
    skipped = []
    list(walk([folder], skipped.append))
    assert skipped == ["scans/notes.docx"]


def test_a_folder_that_holds_a_result_of_ours_is_left_out(folder, tmp_path):
    (tmp_path / "scans/deep/run.json").write_text("{}")
    assert names(folder) == ["scans/a.PNG", "scans/b.tif"]


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("scans/*.tif", ["scans/b.tif"]),
        ("scans/*/*.tif", ["scans/deep/c.tif"]),
        ("scans/**/*.tif", ["scans/b.tif", "scans/deep/c.tif"]),
        ("s*/deep/er/?.scn", ["scans/deep/er/d.scn"]),
    ],
)
def test_a_glob_gives_what_matches(folder, glob, expected):
    assert names(glob) == expected


def test_an_absolute_glob_gives_absolute_names(folder, tmp_path):
    assert names(f"{tmp_path}/scans/*.tif") == [f"{tmp_path}/scans/b.tif".replace(os.sep, "/")]


def test_a_list_gives_its_lines_in_order_without_remarks(folder, tmp_path):
    (tmp_path / "list.txt").write_text("# mine\nscans/deep/c.tif\n\nscans/b.tif\n")
    assert names("list.txt") == ["scans/deep/c.tif", "scans/b.tif"]


def test_a_picture_that_several_sources_name_comes_once(folder):
    assert names("scans/b.tif", folder, "scans/*.tif").count("scans/b.tif") == 1


def test_sources_that_are_not_there_are_all_named_at_once(folder):
    with pytest.raises(StudyError, match=r"gone: no such file or folder") as caught:
        require_sources(["gone", folder, "lost.tif"])
    assert len(caught.value.mistakes) == 2


def test_a_file_that_is_neither_picture_nor_text_is_no_source(folder):
    with pytest.raises(StudyError, match=r"notes\.docx: is no list of paths"):
        require_sources(["scans/notes.docx"])
