"""A study looked through picture by picture: its list, its answer, its lanes, a new one."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import tifffile

from blotflux.editing import EditError, StudySession, new_study
from blotflux.editing.actions import DeleteLane, ExcludeLane, MoveLane, NameRow, SignOff
from blotflux.errors import OutputError, StudyError
from blotflux.report.tables import study_tables
from blotflux.study import read_study, run_study
from blotflux.synthetic import draw_lc3_study


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A study of two membranes with two pictures each."""
    folder = tmp_path_factory.mktemp("study")
    made = draw_lc3_study("blocked", seed=2)
    names = sorted(name for name in made.images if name.startswith(("rep1", "rep2")))
    for name in names:
        tifffile.imwrite(folder / name, np.asarray(made.images[name]), photometric="minisblack")
    text, entries = made.study_toml.split("[[images]]", 1)[0], []
    for block in made.study_toml.split("[[images]]")[1:]:
        entry, *rest = block.split("[[analyses]]")
        if any(name in entry for name in names):
            entries.append("[[images]]" + entry)
        tail = "".join("[[analyses]]" + part for part in rest)
    (folder / "study.toml").write_text(text + "".join(entries) + tail, encoding="utf-8")
    header, *lines = made.lanes_csv.splitlines()
    kept = [line for line in lines if line.startswith(("rep1", "rep2"))]
    (folder / "lanes.csv").write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def folder(drawn, tmp_path):
    place = tmp_path / "study"
    shutil.copytree(drawn, place)
    return place


@pytest.fixture
def study(folder):
    session = StudySession.open(folder / "study.toml")
    session.measure_all()
    yield session
    session.close()


def run(folder):
    return study_tables(run_study(read_study(folder / "study.toml")))


def assert_same(seen, expected):
    for name, table in expected.items():
        assert seen[name].equals(table), name


def test_the_answer_is_that_of_a_run_before_and_after_edits(study, folder):
    assert_same(study.answer_tables(complete=True), run(folder))
    first = study.session(0)
    lane = first.measurement.lanes[3].number
    first.apply(MoveLane(1, lane, 2.0))
    first.apply(ExcludeLane(1, lane, "bubble"))
    seen = study.answer_tables(complete=True)
    assert study.dirty
    (path,) = study.save_all()
    assert path == folder / f"{first.name}.blotflux.json"
    assert not study.dirty
    assert_same(seen, run(folder))
    sheet = seen["normalized"]
    assert "bubble" in " ".join(sheet["exclude"])


def test_the_quick_answer_has_the_same_estimates(study):
    quick, whole = study.answer_tables(), study.answer_tables(complete=True)
    for column in ("estimate", "ci_low", "ci_high"):
        assert quick["comparisons"][column].equals(whole["comparisons"][column])
    assert quick["flux"].equals(whole["flux"])


def test_lanes_get_the_words_of_the_sheet(study):
    names = set(study.session(0).lane_names.values())
    assert any("BafA1" in name for name in names)


def test_the_list_begins_with_what_needs_a_look_and_ends_with_what_was_signed_off(study):
    assert study.progress() == (0, 4)
    first = study.order()[0]
    study.session(first).apply(SignOff("Ada"))
    assert study.order()[-1] == first
    assert study.progress() == (1, 4)
    assert study.images[-1].signed_off.who == "Ada"
    assert study.images[-1].dirty
    other = study.order()[-2]
    lane = study.session(other).measurement.lanes[2].number
    study.session(other).apply(DeleteLane(1, lane))
    worst = study.images[0]
    assert worst.index == other
    assert "is in doubt" in worst.reasons[0]


def test_lanes_that_contradict_the_sheet_are_told_as_a_run_tells_them(study, folder):
    session = study.session(0)
    session.apply(DeleteLane(1, session.measurement.lanes[-1].number))
    session.save()
    with pytest.raises(StudyError, match="is in doubt") as seen:
        study.answer()
    with pytest.raises(StudyError, match="is in doubt") as told:
        run_study(read_study(folder / "study.toml"))
    assert str(seen.value) == str(told.value)


def test_names_that_a_person_gave_count_in_the_answer(study, folder):
    session = next(own for own in map(study.session, range(4)) if len(own.targets) == 2)
    (upper, name), (lower, other) = sorted(session.targets.items())
    session.apply(NameRow(*upper, other))
    session.apply(NameRow(*lower, name))
    assert session.targets == {upper: other, lower: name}
    seen = study.answer_tables(complete=True)
    study.save_all()
    assert_same(seen, run(folder))


def test_lanes_of_one_picture_go_onto_the_others_of_its_membrane(study):
    own = study.session(0)
    change = study.apply_lanes(0)
    assert len(change) == 1
    assert change[0].text == "Apply lanes"
    other = study.session(1)
    assert study.images[0].membrane
    assert [lane.number for lane in other.measurement.lanes] == [
        lane.number for lane in own.measurement.lanes
    ]
    assert other.undo_text == "Apply lanes"
    other.undo()
    assert other.measurement.bands == other.automatic.bands


def test_nothing_is_answered_before_everything_was_measured(folder):
    study = StudySession.open(folder / "study.toml")
    assert [image.measured for image in study.images] == [False] * 4
    with pytest.raises(EditError, match="is not measured yet"):
        study.answer()
    with pytest.raises(EditError, match="is not measured yet"):
        study.apply_lanes(0)
    assert study.measure_all(cancelled=lambda: True) is False
    seen = []
    study.measure(2)
    assert study.session(2) is study.measure(2)
    assert study.measure_all(progress=lambda *step: seen.append(step)) is True
    assert [done for done, _, _ in seen] == [1, 2, 3, 4]
    study.close()


def test_a_picture_that_cannot_be_opened_is_in_the_list_and_its_membrane_out_of_the_answer(folder):
    study = StudySession.open(folder / "study.toml")
    path = folder / study.study.images[0].file
    path.write_bytes(b"nothing")
    study.measure_all()
    assert study.images[0].failure
    assert study.images[0].index == 0
    answer = study.answer()
    assert answer.failures[0].spec.file == path.name
    assert len(answer.images) == 3
    study.close()


def test_edits_go_to_the_study_where_the_pictures_cannot_be_written_to(study, folder, monkeypatch):
    from blotflux.editing import saving as module

    write = module.write_corrections

    def refuse(made, path):
        if path.parent.name != "corrections":
            message = "the folder cannot be written to"
            raise OutputError(message)
        write(made, path)

    monkeypatch.setattr(module, "write_corrections", refuse)
    first = study.session(0)
    first.apply(MoveLane(1, 3, 1.0))
    seen = study.answer_tables(complete=True)
    assert first.save() == folder / "corrections" / f"{first.name}.blotflux.json"
    assert_same(seen, run(folder))


# ---------------------------------------------------------------- a new one


def test_a_new_study_is_a_form_that_is_checked_and_written(folder):
    (folder / "study.toml").unlink()
    (folder / "lanes.csv").unlink()
    form = new_study.propose(folder)
    assert {image.file for image in form.images} == {path.name for path in folder.glob("*.tif")}
    assert new_study.check(form)  # nobody said what the lanes hold
    columns, rows = new_study.parse_table(
        "Membrane\tLane\tTreatment\tRole\n"
        + "\n".join(
            f"{row['membrane']}\t{row['lane']}\t"
            + ("\tladder" if row["role"] == "ladder" else "vehicle\tsample")
            for row in form.rows
        )
    )
    form = replace(form, columns=columns, rows=rows, title="typed", analyses=())
    assert new_study.check(form) == ()
    written = new_study.write(form)
    assert [path.name for path in written] == ["study.toml", "lanes.csv", "lanes.xlsx"]
    assert read_study(written[0]).title == "typed"
    with pytest.raises(OutputError, match="is there already"):
        new_study.write(form)


def test_a_picture_that_is_not_wanted_is_not_in_the_study(folder):
    form = new_study.propose(folder)
    first, *others = form.images
    form = replace(form, images=(replace(first, wanted=False), *others))
    assert f'"{first.file}"' not in new_study.preview(form)
    assert f'"{others[0].file}"' in new_study.preview(form)


def test_pasted_cells_without_headings_take_those_of_the_form():
    text = "m1\t1\tDMSO\r\nm1\t2\tdrug\r\n"
    columns, rows = new_study.parse_table(text, ("membrane", "lane", "t"))
    assert columns == ("membrane", "lane", "t")
    assert rows[1] == {"membrane": "m1", "lane": "2", "t": "drug"}
    assert new_study.parse_table("membrane;lane\nm;1,5\n")[1] == ({"membrane": "m", "lane": "1,5"},)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n \n", "no table in the clipboard"),
        ("membrane\tlane\tlane\nm\t1\t1", "a heading of its own"),
        ("membrane\tlane\nm\t1\t3", "line 1 has 3 cells and there are 2 columns"),
        ("a\tb", "a heading of its own"),
    ],
)
def test_a_table_that_is_none_is_refused(text, message):
    with pytest.raises(EditError, match=message):
        new_study.parse_table(text)
