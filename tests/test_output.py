"""A result is there completely or not at all, and nothing of the user's is ever removed."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from blotflux import locking
from blotflux.errors import OutputError
from blotflux.output import RUN_FILE, output_folder, require_free, sha256_of

if TYPE_CHECKING:
    from pathlib import Path


def write_result(place: Path, text: str = "first", *, force: bool = False) -> None:
    with output_folder(place, force=force) as folder:
        (folder / "tables").mkdir()
        (folder / "tables" / "bands.csv").write_text(text)
        (folder / RUN_FILE).write_text('{"versions": {}}')


def test_a_result_names_every_file_it_wrote(tmp_path: Path) -> None:
    write_result(tmp_path / "out")
    record = json.loads((tmp_path / "out" / RUN_FILE).read_text())
    assert record == {"versions": {}, "written": ["tables/bands.csv"]}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_result(tmp_path / "out")
    assert (tmp_path / "out" / RUN_FILE).is_file()


def test_a_second_result_needs_force_and_then_replaces_the_first(tmp_path: Path) -> None:
    place = tmp_path / "out"
    write_result(place)
    with pytest.raises(OutputError, match=r"out: exists and is not empty; .* --force"):
        write_result(place, "second")
    assert (place / "tables" / "bands.csv").read_text() == "first"
    write_result(place, "second", force=True)
    assert (place / "tables" / "bands.csv").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_force_never_removes_a_file_that_is_not_ours(tmp_path: Path) -> None:
    place = tmp_path / "out"
    write_result(place)
    (place / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"notes\.txt: was not written by blotflux"):
        write_result(place, "second", force=True)
    assert (place / "notes.txt").read_text() == "mine"
    assert (place / "tables" / "bands.csv").read_text() == "first"


def test_force_never_removes_a_folder_without_our_record(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("blotflux = 1")
    for record in (None, "not json", "[]", '{"versions": {}}'):
        if record is not None:
            (tmp_path / RUN_FILE).write_text(record)
        with pytest.raises(OutputError, match=r"holds no run\.json of blotflux"):
            require_free(tmp_path, force=True)


def test_force_keeps_a_drawn_input_that_was_changed(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    with output_folder(place) as folder:
        sheet = folder / "lanes.csv"
        sheet.write_text("drawn")
        (folder / RUN_FILE).write_text(json.dumps({"sha256": {"lanes.csv": sha256_of(sheet)}}))
    require_free(place, force=True)
    (place / "lanes.csv").write_text("typed by hand")
    with pytest.raises(OutputError, match=r"lanes\.csv: was changed since it was drawn"):
        require_free(place, force=True)


def test_files_of_the_operating_system_do_not_count(tmp_path: Path) -> None:
    write_result(tmp_path / "out")
    (tmp_path / "out" / ".DS_Store").write_text("")
    require_free(tmp_path / "out", force=True)  # does not raise ...
    (tmp_path / "out" / "notes.txt").write_text("")
    with pytest.raises(OutputError, match=r"notes\.txt"):  # ... as it does for anybody's own file
        require_free(tmp_path / "out", force=True)


def test_a_failure_leaves_nothing_behind_and_the_old_result_alone(tmp_path: Path) -> None:
    place = tmp_path / "out"
    write_result(place)

    def fail() -> None:
        with output_folder(place, force=True) as folder:
            (folder / "half.csv").write_text("half")
            message = "disk full"
            raise OSError(message)

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert (place / "tables" / "bands.csv").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match=r"out: is a file; name a folder"):
        require_free(tmp_path / "out", force=True)


def test_missing_parents_are_made(tmp_path: Path) -> None:
    write_result(tmp_path / "a" / "b" / "out")
    assert (tmp_path / "a" / "b" / "out" / RUN_FILE).is_file()


def test_of_two_writers_the_second_is_told_of_the_first(tmp_path: Path) -> None:
    place = tmp_path / "out"
    with output_folder(place) as folder:
        with pytest.raises(OutputError, match=r"out: another blotflux is writing there now; wait"):
            write_result(place)
        # Whoever asks before long work sees the folder of the one at work, and is told too.
        with pytest.raises(OutputError, match="another blotflux is writing there now"):
            require_free(place)
        (folder / RUN_FILE).write_text("{}")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_filled_during_long_work_is_not_replaced(tmp_path: Path) -> None:
    place = tmp_path / "out"
    require_free(place)
    write_result(place, "of another run")
    with pytest.raises(OutputError, match="exists and is not empty"):
        write_result(place, "of this run")
    assert (place / "tables" / "bands.csv").read_text() == "of another run"


KILLED = """
import os, signal, sys
from pathlib import Path
from blotflux.output import output_folder
with output_folder(Path(sys.argv[1]), force=True) as folder:
    (folder / "half.csv").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_what_a_killed_writer_leaves_is_neither_a_result_nor_in_the_way(tmp_path: Path) -> None:
    place = tmp_path / "out"
    write_result(place)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False)
    assert killed.returncode < 0
    assert (place / "tables" / "bands.csv").read_text() == "first"
    assert len(list(tmp_path.iterdir())) > 1
    write_result(place, "second", force=True)
    assert (place / "tables" / "bands.csv").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_result_that_was_just_being_replaced_is_put_back(tmp_path: Path) -> None:
    place = tmp_path / "out"
    write_result(place)
    place.rename(tmp_path / ".out.0123abcd.old")
    (tmp_path / ".out.0123abcd.partial").mkdir()
    with pytest.raises(OutputError, match="exists and is not empty"):
        require_free(place)
    assert (place / "tables" / "bands.csv").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_folders_of_other_results_are_left_alone(tmp_path: Path) -> None:
    for name in (".out2.0123abcd.partial", ".out.mine.partial", ".out.0123abcd.partial.txt"):
        (tmp_path / name).mkdir()
    write_result(tmp_path / "out")
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="another limit")
@pytest.mark.parametrize("name", ["x" * 255, "\N{GREEK SMALL LETTER ALPHA}" * 127])
def test_the_longest_name_that_the_system_allows_is_allowed(tmp_path: Path, name: str) -> None:
    write_result(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_disk_without_locks_can_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locking, "_take", refuse)
    write_result(tmp_path / "out")
    assert (tmp_path / "out" / RUN_FILE).is_file()
