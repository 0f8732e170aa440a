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


def test_a_listed_picture_that_is_not_there_costs_one_error_row(pictures, run, rows, tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text(f"{pictures}/blot00.tif\n{pictures}/gone.tif\n")
    run(listed, tmp_path / "out")
    images = rows(tmp_path / "out", "images")
    assert images["status"].tolist() == ["ok", "error"]
    assert "no such file" in images["error"][1]


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


def test_a_lost_folder_stops_instead_of_giving_error_rows(pictures, run, tmp_path, monkeypatch):
    import blotflux.batch.shard as shards

    digest = shards.read_digest

    def lose(item, job):
        if item.name.endswith("blot07.tif"):
            pictures.rename(tmp_path / "unplugged")
        return digest(item, job)

    monkeypatch.setattr(shards, "read_digest", lose)
    with pytest.raises(OutputError, match=r"cannot be reached any more.*--resume"):
        run(pictures, tmp_path / "out")


def test_a_picture_in_hand_when_processes_ended_twice_is_left_behind(
    pictures, run, rows, tmp_path, monkeypatch
):
    import blotflux.batch.shard as shards

    def noted(directory, shard_id):
        return Attempts(directory / ".working/x.json", {0: 2, 1: 1})

    monkeypatch.setattr(shards.Attempts, "of", noted)
    run(pictures, tmp_path / "out")
    images = rows(tmp_path / "out", "images")
    n_shards = len(parts(tmp_path / "out"))
    assert images["status"].value_counts().to_dict() == {"ok": 12 - n_shards, "crash": n_shards}
    assert not (tmp_path / "out/.working").exists()


def test_attempts_count_the_picture_in_hand(tmp_path):
    first = Attempts.of(tmp_path, "a1")
    first.take(3)
    second = Attempts.of(tmp_path, "a1")
    assert second.deaths == {3: 1}
    assert not second.is_hopeless(3)
    second.take(3)
    assert Attempts.of(tmp_path, "a1").is_hopeless(3)


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
