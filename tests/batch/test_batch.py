"""Batches in this process: rows, resume, errors, the folder's rules."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'blotflux[batch]')")

from blotflux.batch.attempts import Attempts
from blotflux.batch.layout import PARTS
from blotflux.batch.lock import held
from blotflux.errors import ImageReadError, OutputError, StudyError

pytestmark = pytest.mark.usefixtures("in_this_process")


def parts(directory):
    return {path.name for path in (directory / "images").iterdir()}


def test_every_picture_has_a_row_and_the_tables_have_the_columns_of_the_contract(
    pictures, run, rows, tmp_path
):
    outcome = run(pictures, tmp_path / "out")
    images = rows(tmp_path / "out", "images")
    assert list(images["status"].unique()) == ["ok"]
    assert len(images) == 12 == outcome.summary.images
    assert images["sha256"].str.len().eq(64).all()
    assert images["image"][0] == f"{pictures.as_posix()}/blot00.tif"
    for name, table in PARTS.items():
        wanted = [column.name for column in table.columns if column.name != "seconds"]
        assert list(rows(tmp_path / "out", name).columns) == wanted
    assert images["n_bands"].sum() == rows(tmp_path / "out", "bands")["detected"].sum()
    assert images["n_lanes"].sum() == len(rows(tmp_path / "out", "lanes"))


def test_a_batch_measures_what_the_study_functions_measure(pictures, run, rows, tmp_path):
    import blotflux as bf

    run(pictures, tmp_path / "out", quantifier="light")
    bands = rows(tmp_path / "out", "bands")
    name = f"{pictures.as_posix()}/blot03.tif"
    direct = bf.quantify(bf.read(name)).bands
    assert bands.loc[bands["image"] == name, "volume"].tolist() == direct["volume"].tolist()


def test_a_broken_picture_costs_one_error_row(pictures, run, rows, tmp_path):
    (pictures / "broken.tif").write_bytes(b"no picture at all")
    outcome = run(pictures, tmp_path / "out")
    images = rows(tmp_path / "out", "images")
    bad = images[images["status"] == "error"]
    assert bad["image"].tolist() == [f"{pictures.as_posix()}/broken.tif"]
    assert "not an image" in bad["error"].iloc[0]
    assert outcome.summary.bad == 1
    assert "broken.tif" in outcome.summary.first_error


def test_a_list_that_names_a_picture_that_is_not_there_is_wrong_and_nothing_is_written(
    pictures, run, tmp_path
):
    listed = tmp_path / "list.txt"
    listed.write_text(f"# mine\n{pictures}/blot00.tif\n{pictures}/gone.tif\n")
    with pytest.raises(StudyError, match=r"list\.txt:3: .*gone\.tif: no such file") as caught:
        run(listed, tmp_path / "out")
    assert len(caught.value.mistakes) == 1
    assert not (tmp_path / "out").exists()


def test_a_list_with_a_wrong_prefix_is_told_in_a_few_lines(pictures, run, tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text("".join(f"elsewhere/{number}.tif\n" for number in range(1000)))
    with pytest.raises(StudyError, match=r"980 more of its files are not there") as caught:
        run(listed, tmp_path / "out")
    assert len(caught.value.mistakes) == 21


def test_a_picture_that_goes_while_others_are_measured_costs_one_error_row(
    pictures, run, rows, tmp_path, monkeypatch
):
    import blotflux.batch.shard as shards

    measure = shards.measure

    def remove_one(item, job):
        if item.name.endswith("blot02.tif"):
            (pictures / "blot02.tif").unlink()
        return measure(item, job)

    monkeypatch.setattr(shards, "measure", remove_one)
    run(pictures, tmp_path / "out")
    images = rows(tmp_path / "out", "images")
    bad = images[images["status"] != "ok"]
    assert bad["image"].tolist() == [f"{pictures.as_posix()}/blot02.tif"]
    assert bad["status"].tolist() == ["error"]
    assert bad["sha256"].tolist() == [""]


def test_resume_measures_nothing_twice(pictures, run, same_rows, tmp_path):
    run(pictures, tmp_path / "out")
    shutil.copytree(tmp_path / "out", tmp_path / "before")
    assert run(pictures, tmp_path / "out", resume=True).tally.measured == 0
    same_rows(tmp_path / "before", tmp_path / "out")


def test_resume_with_pictures_added_or_changed_measures_only_those(
    pictures, run, draw, same_rows, tmp_path
):
    run(pictures, tmp_path / "out")
    draw(pictures / "a_new.tif", 100)
    draw(pictures / "blot05.tif", 101)
    outcome = run(pictures, tmp_path / "out", resume=True)
    assert outcome.tally.measured == 2
    run(pictures, tmp_path / "undisturbed")
    same_rows(tmp_path / "undisturbed", tmp_path / "out")
    assert parts(tmp_path / "undisturbed") == parts(tmp_path / "out")


def test_resume_with_other_sources_keeps_what_was_measured(
    pictures, run, draw, rows, same_rows, tmp_path
):
    run(pictures, tmp_path / "out")
    other = tmp_path / "list.txt"
    draw(tmp_path / "one_more.tif", 7)
    other.write_text(f"{pictures}/blot03.tif\n{tmp_path}/one_more.tif\n")
    assert run(other, tmp_path / "out", resume=True).tally.measured == 1
    images = rows(tmp_path / "out", "images")
    assert len(images) == 13
    assert images["image"].is_unique


def test_resume_with_other_parameters_measures_again(pictures, run, rows, tmp_path):
    run(pictures, tmp_path / "out")
    outcome = run(pictures, tmp_path / "out", quantifier="slow", resume=True)
    assert outcome.tally.measured == 12
    assert len(rows(tmp_path / "out", "images")) == 12


def test_resume_removes_what_a_killed_process_left(pictures, run, tmp_path):
    run(pictures, tmp_path / "out")
    half = tmp_path / "out/bands" / f"part-{'0' * 32}.parquet"
    half.write_bytes(b"not whole")
    stray = tmp_path / "out/images" / f".part-{'0' * 32}.parquet.17.tmp"
    stray.write_bytes(b"not whole")
    run(pictures, tmp_path / "out", resume=True)
    assert not half.exists()
    assert not stray.exists()


def test_a_run_takes_away_what_a_process_left_that_was_killed_while_it_wrote(
    pictures, run, tmp_path, monkeypatch
):
    import blotflux.batch.shard as shards

    stray = tmp_path / "out/bands" / f".part-{'0' * 32}.parquet.17.tmp"
    measure = shards.measure

    def leave(item, job):
        stray.parent.mkdir(exist_ok=True)
        stray.touch()
        return measure(item, job)

    monkeypatch.setattr(shards, "measure", leave)
    run(pictures, tmp_path / "out")
    assert not stray.exists()


def test_of_two_parts_with_the_same_picture_the_younger_one_stays(
    pictures, run, draw, same_rows, tmp_path, monkeypatch
):
    from blotflux.batch.index import EarlierParts

    run(pictures, tmp_path / "out")
    draw(pictures / "a_new.tif", 100)
    with monkeypatch.context() as patch:
        patch.setattr(EarlierParts, "prune", lambda self: None)  # killed before it pruned
        run(pictures, tmp_path / "out", resume=True)
    run(pictures, tmp_path / "undisturbed")
    assert len(parts(tmp_path / "out")) > len(parts(tmp_path / "undisturbed"))
    run(pictures, tmp_path / "out", resume=True)
    same_rows(tmp_path / "undisturbed", tmp_path / "out")


def test_an_earlier_data_set_is_not_replaced_unasked(pictures, run, tmp_path):
    run(pictures, tmp_path / "out")
    with pytest.raises(OutputError, match=r"earlier run; go on with it with --resume"):
        run(pictures, tmp_path / "out")
    assert run(pictures, tmp_path / "out", force=True).tally.measured == 12


def test_force_does_not_remove_what_is_not_ours(pictures, run, tmp_path):
    run(pictures, tmp_path / "out")
    (tmp_path / "out/thesis.docx").write_text("precious")
    with pytest.raises(OutputError, match=r"thesis\.docx: was not written by blotflux"):
        run(pictures, tmp_path / "out", force=True)


@pytest.mark.parametrize("options", [{}, {"resume": True}, {"force": True}])
def test_a_folder_of_other_things_is_left_alone(pictures, run, tmp_path, options):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.docx").write_text("precious")
    with pytest.raises(OutputError, match=r"out: (exists and is not empty|holds no run\.json)"):
        run(pictures, tmp_path / "out", **options)
    assert (tmp_path / "out/thesis.docx").read_text() == "precious"


def test_sources_without_pictures_write_nothing(run, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageReadError, match="no picture that a reader knows"):
        run(tmp_path / "empty", tmp_path / "out")
    with pytest.raises(StudyError, match="no such file or folder"):
        run(tmp_path / "gone", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_record_lists_files_and_skipped_ones_are_named(pictures, run, tmp_path):
    (pictures / "notes.docx").write_text("no picture")
    outcome = run(pictures, tmp_path / "out")
    record = json.loads((tmp_path / "out/run.json").read_text())
    assert record["complete"]
    assert {"contact_sheet.html", "skipped.txt"} <= set(record["written"])
    assert outcome.tally.skipped == 1
    assert (tmp_path / "out/skipped.txt").read_text() == f"{pictures.as_posix()}/notes.docx\n"


def test_a_full_disk_stops_with_a_line_that_says_how_to_go_on(
    pictures, run, same_rows, tmp_path, monkeypatch
):
    import pyarrow.parquet as pq

    written = []
    write = pq.write_table

    def full(table, path, **options):
        written.append(path)
        if len(written) > 6:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(table, path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full)
        with pytest.raises(OutputError, match=r"No space left.*same command with --resume"):
            run(pictures, tmp_path / "out")
    assert len(parts(tmp_path / "out")) == 1
    assert not list((tmp_path / "out").rglob("*.tmp"))
    run(pictures, tmp_path / "out", resume=True)
    run(pictures, tmp_path / "undisturbed")
    same_rows(tmp_path / "undisturbed", tmp_path / "out")


@pytest.mark.parametrize("leave_mount_point", [False, True])
def test_a_lost_folder_stops_instead_of_giving_error_rows(
    pictures, run, tmp_path, monkeypatch, leave_mount_point
):
    import blotflux.batch.shard as shards

    measure = shards.measure

    def lose(item, job):
        if item.name.endswith("blot07.tif"):
            pictures.rename(tmp_path / "unplugged")
            if leave_mount_point:
                pictures.mkdir()
        return measure(item, job)

    monkeypatch.setattr(shards, "measure", lose)
    with pytest.raises(OutputError, match=r"scans: cannot be reached any more.*--resume"):
        run(pictures, tmp_path / "out")


def test_a_disk_that_fails_while_a_picture_is_decoded_stops_the_run(
    pictures, run, tmp_path, monkeypatch
):
    import blotflux.batch.picture as picture

    def fail(task):
        try:
            raise OSError(errno.EIO, "Input/output error", str(task.path))
        except OSError as error:
            message = f"{task.name}: cannot be read"
            raise ImageReadError(message) from error

    monkeypatch.setattr(picture, "quantify_file", fail)
    with pytest.raises(OutputError, match=r"blot00\.tif: cannot be reached.*Input/output error"):
        run(pictures, tmp_path / "out")


def test_no_memory_for_a_picture_is_a_crash_that_a_later_run_tries_again(
    pictures, run, rows, same_rows, tmp_path, monkeypatch
):
    import blotflux.batch.picture as picture

    quantify_file = picture.quantify_file

    def fill_memory(task):
        if task.name.endswith("blot03.tif"):
            raise MemoryError
        return quantify_file(task)

    with monkeypatch.context() as patch:
        patch.setattr(picture, "quantify_file", fill_memory)
        assert run(pictures, tmp_path / "out").summary.status == {"crash": 1, "ok": 11}
    outcome = run(pictures, tmp_path / "out", resume=True)
    assert outcome.tally.measured == 1
    assert outcome.summary.status == {"ok": 12}
    run(pictures, tmp_path / "undisturbed")
    same_rows(tmp_path / "undisturbed", tmp_path / "out")


def noted(monkeypatch, **counts):
    """Let every shard begin as if its pictures had ended processes before."""
    import blotflux.batch.shard as shards

    monkeypatch.setattr(
        shards.Attempts,
        "of",
        lambda directory, shard_id: Attempts(directory / f".working/{shard_id}.note", **counts),
    )


@pytest.mark.parametrize(
    ("counts", "status", "is_read"),
    [
        ({"deaths": {0: 1, 1: 1}}, "ok", True),
        ({"deaths": {0: 2, 1: 1}}, "crash", True),
        ({"deaths": {0: 3}}, "crash", False),
        ({"late": {0: 1}}, "timeout", True),
        ({"late": {0: 2}}, "timeout", False),
    ],
)
def test_a_picture_in_hand_when_processes_ended_is_left_behind(
    pictures, run, rows, tmp_path, monkeypatch, counts, status, is_read
):
    noted(monkeypatch, **counts)
    run(pictures, tmp_path / "out")
    images = rows(tmp_path / "out", "images")
    assert images["status"][0] == status
    assert (images["status"] != "ok").sum() == (
        0 if status == "ok" else len(parts(tmp_path / "out"))
    )
    assert (images["sha256"][0] != "") is is_read
    assert not (tmp_path / "out/.working").exists()


def died_with(place, directory, *, late=False):
    """Leave the notes of a process that ended with a picture in hand."""

    def measure():
        attempts = Attempts.of(directory, "a1")
        with attempts, attempts.take(place, 0):
            if late:
                (directory / ".working/a1.late").write_bytes(b"Timeout (0:10:00)!")
            raise SystemExit

    with pytest.raises(SystemExit):
        measure()
    return Attempts.of(directory, "a1")


def test_attempts_count_the_picture_in_hand(tmp_path):
    second = died_with(3, tmp_path)
    assert second.deaths == {3: 1}
    assert second.suspects(3)
    assert not second.is_hopeless(3)
    third = died_with(3, tmp_path)
    assert third.is_hopeless(3)
    assert not third.must_not_be_touched(3)
    assert died_with(3, tmp_path).must_not_be_touched(3)


def test_attempts_know_a_picture_that_was_late(tmp_path):
    assert died_with(3, tmp_path, late=True).is_hopeless(3)
    second = died_with(12, tmp_path)
    assert (second.late, second.deaths) == ({3: 1}, {12: 1})
    assert second.is_late(3)
    assert not second.is_late(12)


def test_attempts_leave_no_notes_when_nothing_happened(tmp_path):
    with Attempts.of(tmp_path, "a1") as attempts, attempts.take(0, 0):
        assert (tmp_path / ".working/a1.note").exists()
    assert not list((tmp_path / ".working").iterdir())
    with pytest.raises(RuntimeError, match="to be used as a context"):
        attempts.of(tmp_path, "a1").take(0, 0)


def test_a_second_run_in_the_folder_of_one_that_lives_is_refused(pictures, run, tmp_path):
    run(pictures, tmp_path / "out")
    with (
        held(tmp_path / "out"),
        pytest.raises(OutputError, match=r"out: another run writes to it \(pid \d+ host .*since"),
    ):
        run(pictures, tmp_path / "out", resume=True)
    assert run(pictures, tmp_path / "out", resume=True).tally.measured == 0


def test_a_process_that_was_cut_off_writes_nothing_into_a_later_run(
    pictures, run, rows, tmp_path, monkeypatch
):
    import blotflux.batch.shard as shards

    measure = shards.measure

    def overtaken(item, job):
        (tmp_path / "out/.run").write_text('{"run": "a later one"}')
        return measure(item, job)

    monkeypatch.setattr(shards, "measure", overtaken)
    with pytest.raises(OutputError, match="a later run has taken over this folder"):
        run(pictures, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.parquet"))


def test_a_run_killed_in_its_first_moments_can_be_resumed(pictures, run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/.lock").touch()
    (tmp_path / "out/.run").write_text("{")
    (tmp_path / "out/.run.json.tmp").write_text('{"comm')
    assert run(pictures, tmp_path / "out", resume=True).tally.measured == 12


def test_the_contact_sheet_shows_what_needs_a_look_and_escapes_names(pictures, run, draw, tmp_path):
    import numpy as np
    import tifffile

    blank = np.random.default_rng(0).normal(400, 5, (60, 100)).astype(np.uint16)
    tifffile.imwrite(pictures / "<i>blank&.tif", blank)
    (pictures / "broken.tif").write_bytes(b"no picture at all")
    outcome = run(pictures, tmp_path / "out")
    sheet = (tmp_path / "out/contact_sheet.html").read_text()
    assert outcome.summary.n_looks >= 2
    assert "&lt;i&gt;blank&amp;.tif" in sheet
    assert "<i>blank" not in sheet
    assert "data:image/png;base64," in sheet
    assert "broken.tif" in sheet
    assert "http" not in sheet.replace("http-equiv", "")


def test_corrections_beside_a_picture_are_part_of_its_content(tmp_path):
    from blotflux.batch.recipe import digest_of

    image = tmp_path / "blot.tif"
    image.write_bytes(b"pixels")
    alone = digest_of(image)
    Path(f"{image}.blotflux.json").write_text("{}")
    assert alone.beside == ""
    assert digest_of(image).beside
    assert digest_of(image, ignore_corrections=True) == alone
