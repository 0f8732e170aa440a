"""What a person does to a picture, and that every command gives the numbers that they saw."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.editing.conftest import exactly, headless

from blotflux.blot import Blot, LaneRole
from blotflux.editing import EditError, EditSession, ImageChangedError, actions, planes_of
from blotflux.editing.actions import (
    AddBand,
    AddLane,
    AddRow,
    BendLane,
    DeleteBand,
    DeleteLane,
    DeleteRow,
    ExcludeLane,
    FindRows,
    IncludeLane,
    MergeRows,
    MoveBand,
    MoveEdge,
    MoveKnot,
    MoveLane,
    NameLane,
    NameRow,
    NumberLane,
    RestoreBand,
    RestoreLane,
    SetBackground,
    SetLaneCount,
    SetLanes,
    SetLimits,
    SetOrientation,
    SetPolarity,
    SetRole,
    ShiftLanes,
    SignOff,
    SplitRow,
    StartOver,
    WithdrawSignOff,
)
from blotflux.parameters import LocalBorderBackground
from blotflux.synthetic import draw_kind


def bands_of(session, lane):
    return [band for band in session.measurement.bands if band.lane == lane]


def volume(session, lane, row):
    return next(b for b in bands_of(session, lane) if b.row == row).volume


def samples(session):
    lanes = session.measurement.lanes
    return [lane.number for lane in lanes if lane.role is not LaneRole.LADDER]


def test_a_session_shows_what_quantify_gives(session, image):
    assert exactly(session.automatic) == exactly(headless(image))
    assert session.measurement.bands == session.automatic.bands
    assert not session.dirty
    assert session.undo_text == session.redo_text == ""


EDITS = [
    MoveLane(1, 5, 3.0),
    MoveEdge(1, 5, "left", -2.5),
    MoveKnot(1, 5, 4, 2.0),
    DeleteLane(1, 6),
    AddLane(1, 330.0),
    ExcludeLane(1, 4, "bubble"),
    SetRole(1, 4, "blank"),
    SetRole(1, 4, "ladder"),
    SetRole(1, 1, "sample"),
    NameLane(1, 4, "control"),
    SetLimits(1, 5, 1, 232.0, 252.0),
    DeleteBand(1, 5, 2, "dust"),
    MoveBand(1, 5, 2, 3),
    AddBand(1, 5, 150.0),
    AddRow(1, 400.0, 5),
    SplitRow(1, 1),
    SplitRow(1, 1, 6),
    MergeRows(1, 2, 3),
    DeleteRow(1, 2),
    NameRow(1, 1, "LC3-I"),
    ShiftLanes(1.5),
    NumberLane(1, 13, 15),
    SetBackground(LocalBorderBackground()),
    FindRows(),
    SetLaneCount(13),
    SetPolarity("dark_on_light"),
    SetOrientation(turn=180),
    SetOrientation(flip="horizontal"),
    SignOff("me"),
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.describe())
def test_after_every_edit_quantify_gives_the_numbers_of_the_window(session, image, edit):
    before = exactly(session.measurement)
    change = session.apply(edit)
    assert change.text == session.undo_text == edit.describe()
    seen = exactly(session.measurement)
    path = session.save()
    assert path.name == "blot.tif.blotflux.json"
    assert not session.dirty
    assert exactly(headless(image)) == seen
    session.undo()
    assert exactly(session.measurement) == before
    assert session.redo_text == edit.describe()
    session.redo()
    assert exactly(session.measurement) == seen


lane_numbers = st.integers(2, 12)
rows = st.integers(1, 3)
dx = st.floats(-4, 4).map(lambda value: round(value, 3))
SOME_EDITS = st.one_of(
    st.builds(MoveLane, st.just(1), lane_numbers, dx),
    st.builds(MoveEdge, st.just(1), lane_numbers, st.sampled_from(["left", "right"]), dx),
    st.builds(DeleteLane, st.just(1), lane_numbers),
    st.builds(AddLane, st.just(1), st.floats(100, 1000).map(round)),
    st.builds(SetRole, st.just(1), lane_numbers, st.sampled_from(["ladder", "blank", "sample"])),
    st.builds(DeleteBand, st.just(1), lane_numbers, rows),
    st.builds(MoveBand, st.just(1), lane_numbers, rows, rows),
    st.builds(AddBand, st.just(1), lane_numbers, st.floats(60, 480).map(round)),
    st.builds(SplitRow, st.just(1), rows, st.none() | lane_numbers),
    st.builds(MergeRows, st.just(1), rows, rows),
    st.builds(DeleteRow, st.just(1), rows),
    st.builds(NameRow, st.just(1), rows, st.sampled_from(["GAPDH", "LC3-II", ""])),
    st.builds(ExcludeLane, st.just(1), lane_numbers, st.just("torn")),
)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=st.lists(SOME_EDITS, min_size=1, max_size=5))
def test_any_edits_can_be_saved_measured_headless_and_undone_to_the_automatic_result(
    session, image, edits
):
    automatic, plane = exactly(session.automatic), session.plane
    done = 0
    for edit in edits:
        try:
            session.apply(edit)
            done += 1
        except EditError:
            continue  # there is no such lane or row any more
    session.save()
    assert exactly(headless(image)) == exactly(session.measurement)
    for _ in range(done):
        session.undo()
    assert session.plane == plane
    assert exactly(session.measurement) == automatic


def test_the_same_state_on_another_way_gives_the_same_numbers(session, image):
    session.apply(MoveLane(1, 5, 3.0))
    session.apply(DeleteBand(1, 8, 2))
    session.apply(MoveLane(1, 9, -2.0))
    seen = exactly(session.measurement)
    other = EditSession.open(image)
    other.apply(MoveLane(1, 9, -2.0))
    other.apply(SplitRow(1, 1))
    other.undo()
    other.apply(DeleteBand(1, 8, 2))
    other.apply(MoveLane(1, 5, 3.0))
    assert exactly(other.measurement) == seen
    other.close()


def test_what_was_saved_is_there_when_the_picture_is_opened_again(session, image):
    for edit in (MoveLane(1, 5, 3.0), AddLane(1, 330.0), SplitRow(1, 1), DeleteBand(1, 8, 2)):
        session.apply(edit)
    session.save()
    again = EditSession.open(image)
    assert exactly(again.measurement) == exactly(session.measurement)
    assert exactly(again.automatic) == exactly(session.automatic)
    assert not again.dirty
    again.close()


def test_lanes_of_the_first_version_are_measured_as_before_and_opened_with_those_numbers(
    session, image
):
    lanes = [
        {
            "number": lane.number,
            "track_x_px": [x + (2.0 if lane.number == 5 else 0.0) for x in lane.track_x_px],
            "track_y_px": list(lane.track_y_px),
            "width_px": lane.width_px,
            "role": lane.role,
            "exclude": "torn" if lane.number == 6 else "",
            "edited": lane.number == 5,
        }
        for lane in session.measurement.lanes
    ]
    row = next(band for band in session.measurement.bands if (band.lane, band.row) == (5, 2))
    named = [{"x_px": row.x_px, "y_px": row.y_px, "target": "LC3-I"}]
    old = {"schema_version": 1, "program": "0.1.0", "image": image.name, "log": []}
    old["sha256"] = hashlib.sha256(image.read_bytes()).hexdigest()
    old["planes"] = [{"lanes": lanes, "rows": named}]
    path = image.with_name("blot.tif.blotflux.json")
    path.write_text(json.dumps(old), encoding="utf-8")
    expected = headless(image)
    opened = EditSession.open(image)
    assert opened.measurement.bands == expected.bands
    assert opened.excluded == {(1, 6): "torn"}
    assert opened.targets == {(1, 2): "LC3-I"}
    opened.apply(NameLane(1, 1, "marker"))
    opened.save()
    assert headless(image).bands == expected.bands
    opened.close()


def test_a_region_is_corrected_by_itself(image):
    region = (0, 0, 700, 519)
    session = EditSession.open(image, region=region)
    session.apply(MoveLane(1, 3, 2.0))
    session.save()
    assert exactly(headless(image)) == exactly(session.measurement)
    session.close()


def test_moving_a_lane_touches_it_and_its_neighbors_only(session):
    change = session.apply(MoveLane(1, 6, 3.0))
    assert change.lanes <= {(1, 5), (1, 6), (1, 7)}
    assert not change.structure
    assert not change.image
    for band in session.automatic.bands:
        if band.lane not in (5, 6, 7):
            assert band in session.measurement.bands
    assert all(band.edited for band in bands_of(session, 6))


def test_deleting_a_lane_moves_the_numbers_and_not_the_volumes_of_those_beyond_its_neighbors(
    session,
):
    change = session.apply(DeleteLane(1, 6))
    assert change.structure
    assert [lane.number for lane in session.measurement.lanes] == list(range(1, 13))
    assert volume(session, 9, 2) == next(
        band.volume for band in session.automatic.bands if (band.lane, band.row) == (10, 2)
    )


def test_a_lane_that_is_deleted_and_drawn_again_gives_its_volumes_within_their_errors(session):
    lane = session.automatic.lanes[5]
    before = {b.row: (b.volume, b.volume_se) for b in bands_of(session, lane.number)}
    session.apply(DeleteLane(1, lane.number))
    session.apply(AddLane(1, float(lane.x_at(260.0)), width_px=lane.width_px))
    for band in bands_of(session, lane.number):
        value, error = before[band.row]
        assert abs(band.volume - value) < 2 * error + 0.03 * abs(value)


def test_limits_around_the_whole_band_give_its_volume_and_half_of_it_about_half(session):
    band = max(bands_of(session, 7), key=lambda band: band.snr if band.row == 1 else 0)
    reach = 4 * band.sigma_y_px
    session.apply(SetLimits(1, 7, 1, band.y_px - reach, band.y_px + reach))
    whole = next(b for b in bands_of(session, 7) if b.row == 1)
    assert whole.volume == pytest.approx(band.volume, rel=0.05, abs=3 * band.volume_se)
    assert (whole.box.top, whole.box.bottom) == (
        round(band.y_px - reach),
        round(band.y_px + reach),
    )
    assert whole.edited
    assert whole.volume_se > 0
    session.apply(SetLimits(1, 7, 1, band.y_px - reach, band.y_px))
    assert volume(session, 7, 1) == pytest.approx(band.volume / 2, rel=0.25)
    session.apply(RestoreBand(1, 7, 1))
    assert volume(session, 7, 1) == band.volume


def test_a_deleted_band_has_no_value_and_says_why(session):
    others = [b for b in session.measurement.bands if b.lane != 5]
    session.apply(DeleteBand(1, 5, 1, "dust"))
    gone = next(b for b in bands_of(session, 5) if b.row == 1)
    assert np.isnan(gone.volume)
    assert np.isnan(gone.volume_se)
    assert not gone.detected
    assert gone.flags == ("NOT_MEASURED",)
    assert [b for b in session.measurement.bands if b.lane != 5] == others
    table = session.table()
    row = table[(table.lane == 5) & (table.row == 1)].iloc[0]
    assert row.edited
    assert row["flags"] == "NOT_MEASURED"


def test_a_new_row_is_measured_in_every_lane(session):
    session.apply(AddRow(1, 400.0, 5))
    for lane in samples(session):
        assert len(bands_of(session, lane)) == 4
    assert session.undo_text == "Add a row at y = 400"


def test_splitting_the_band_of_one_lane_takes_one_action_and_keeps_its_sum(session):
    lane = max(samples(session), key=lambda lane: volume(session, lane, 1))
    before = volume(session, lane, 1)
    session.apply(SplitRow(1, 1, lane))
    assert volume(session, lane, 1) + volume(session, lane, 2) == pytest.approx(before, rel=0.1)


def test_merged_rows_hold_what_both_held(session):
    lane = max(samples(session), key=lambda lane: volume(session, lane, 2))
    before = volume(session, lane, 2) + volume(session, lane, 3)
    session.apply(MergeRows(1, 2, 3))
    assert {b.row for b in bands_of(session, lane)} == {1, 2}
    assert volume(session, lane, 2) == pytest.approx(before, rel=0.3)


def test_naming_one_row_keeps_the_names_that_the_others_had(image):
    session = EditSession.open(image, targets=("a", "b", "c"))
    assert sorted(session.targets.values()) == ["a", "b", "c"]
    change = session.apply(NameRow(1, 2, "LC3-II"))
    assert session.targets == {(1, 1): "a", (1, 2): "LC3-II", (1, 3): "c"}
    assert change.rows == {(1, 2)}
    session.apply(NameRow(1, 3, "LC3-II"))
    assert session.targets == {(1, 1): "a", (1, 3): "LC3-II"}
    session.close()


def test_a_name_of_a_lane_and_why_it_is_excluded_are_kept_and_change_no_number(session):
    before = session.measurement.bands
    session.apply(NameLane(1, 5, " DMSO  1 "))
    session.apply(ExcludeLane(1, 5, "bubble"))
    assert session.lane_names[1, 5] == "DMSO 1"
    assert session.excluded == {(1, 5): "bubble"}
    assert session.measurement.bands == before
    assert "EXCLUDED" in next(lane for lane in session.measurement.lanes if lane.number == 5).flags
    session.apply(IncludeLane(1, 5))
    assert session.excluded == {}


def test_a_restored_lane_is_where_it_was_found(session):
    before = exactly(session.measurement)
    session.apply(MoveLane(1, 5, 3.0))
    session.apply(DeleteBand(1, 5, 1))
    session.apply(RestoreLane(1, 5))
    assert exactly(session.measurement) == before


def test_starting_over_is_the_automatic_result_and_can_be_undone(session):
    session.apply(SetOrientation(turn=90))
    session.apply(MoveLane(1, 1, 1.0))
    moved = exactly(session.measurement)
    session.apply(StartOver())
    assert exactly(session.measurement) == exactly(session.automatic)
    session.undo()
    assert exactly(session.measurement) == moved


def test_a_sign_off_is_kept_and_any_edit_takes_it_back(session, image):
    session.apply(SignOff("Ada"))
    session.save()
    again = EditSession.open(image)
    assert again.signed_off.who == "Ada"
    again.apply(MoveLane(1, 5, 1.0))
    assert again.signed_off is None
    again.undo()
    assert again.signed_off.who == "Ada"
    again.apply(WithdrawSignOff())
    assert again.signed_off is None
    again.close()


def test_a_blot_without_any_lane_can_be_drawn_by_hand():
    rng = np.random.default_rng(1)
    blank = Blot.from_signal(rng.normal(400, 20, (200, 300)).astype(np.float32), name="blank")
    session = EditSession.of_blot(blank)
    assert session.measurement.lanes == ()
    session.apply(AddLane(1, 60.0, width_px=30.0))
    session.apply(AddLane(1, 120.0))
    assert [lane.number for lane in session.measurement.lanes] == [1, 2]
    session.apply(AddRow(1, 90.0, 1))
    assert len(session.measurement.bands) == 2
    assert not any(band.detected for band in session.measurement.bands)
    while session.undo_text:
        session.undo()
    assert session.measurement.lanes == ()
    with pytest.raises(EditError, match="not in a file; save it first"):
        session.save()


def test_lanes_of_another_picture_are_put_on_at_once(session):
    lanes = session.measurement.lanes
    session.apply(ShiftLanes(7.0))
    session.apply(SetLanes(lanes))
    assert [lane.track_x_px for lane in session.measurement.lanes] == [
        lane.track_x_px for lane in lanes
    ]
    assert session.undo_text == "Apply lanes"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (MoveLane(1, 99, 1.0), "there is no lane 99 in panel 1"),
        (MoveEdge(1, 5, "right", -500.0), "at least 3 px wide"),
        (MoveKnot(1, 5, 99, 1.0), "knots, counted from 0"),
        (BendLane(1, 5, (1.0, 2.0), (5.0, 5.0)), "must lie below each other"),
        (BendLane(1, 5, (1.0,), (5.0, 6.0)), "an x and a y for each"),
        (SetRole(1, 5, "king"), "'king' is no role; a lane is one of sample, ladder"),
        (ExcludeLane(1, 5, " "), "excluded for a reason"),
        (AddLane(1, -50.0), "outside the picture"),
        (NumberLane(1, 5, 3), "numbers rise from left to right: lane 5 cannot become 3"),
        (SetLaneCount(0), "shows 1 to"),
        (SetLanes(()), "no lanes to apply"),
        (SetLimits(1, 5, 1, 50.0, 50.2), "at least 1 px apart"),
        (SetLimits(1, 5, 99, 50.0, 60.0), "lane 5 has no row 99"),
        (RestoreBand(1, 5, 1), "nothing was set by hand for band 1 of lane 5"),
        (RestoreLane(1, 99), "there is no lane 99"),
        (MoveBand(1, 5, 1, 1), "is in row 1 already"),
        (AddBand(1, 5, -5.0), "outside the picture"),
        (AddRow(1, 9999.0, 5), "outside the picture"),
        (DeleteRow(1, 99), "row 99 of panel 1 cannot be changed"),
        (MergeRows(1, 1, 1), "cannot be merged"),
        (SetPolarity("gray"), "'gray' is no polarity"),
        (SetOrientation(turn=45), "turned by 0, 90, 180 or 270"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, actions.Action) else "",
)
def test_an_edit_that_cannot_be_made_says_why_and_changes_nothing(session, edit, message):
    before = session.plane
    with pytest.raises(EditError, match=message):
        session.apply(edit)
    assert session.plane is before
    assert session.undo_text == ""


def test_a_drawn_lane_cannot_be_restored(session):
    session.apply(AddLane(1, 330.0))
    number = next(lane.number for lane in session.measurement.lanes if lane.edited)
    with pytest.raises(EditError, match="was not found but drawn; delete it instead"):
        session.apply(RestoreLane(1, number))


def test_nothing_to_undo_or_to_do_again_is_said(session):
    with pytest.raises(EditError, match="nothing to undo"):
        session.undo()
    with pytest.raises(EditError, match="nothing to do again"):
        session.redo()
    with pytest.raises(EditError, match="no unsaved edits"):
        session.recover()


def test_the_profile_is_background_bands_and_residual(session):
    session.apply(MoveLane(1, 6, 2.0))
    for lane in (4, 6):
        profile = session.profile(1, lane)
        total = profile.background + profile.residual
        for band in profile.bands:
            total = total + band.curve
        assert np.allclose(total, profile.data)
        assert [band.row for band in profile.bands] == [1, 2, 3]
        for band, curve in zip(bands_of(session, lane), profile.bands, strict=True):
            assert curve.y_px == band.y_px
            assert curve.curve.sum() == pytest.approx(band.volume, abs=3 * band.volume_se + 1)
    with pytest.raises(EditError, match="no lane 99"):
        session.profile(1, 99)


def test_the_grid_holds_the_volumes_of_the_table(session):
    grid = session.volumes()
    table = session.table()
    assert len(table) == len(session.measurement.bands)
    for line in table.itertuples():
        place = grid.lanes.index((line.panel, line.lane)), grid.rows.index((line.panel, line.row))
        assert grid.volume[place] == line.volume
        assert grid.detected[place] == line.detected
        assert grid.flags[place[0]][place[1]] == line.flags
    assert len(session.lanes_table()) == len(grid.lanes)


# ---------------------------------------------------------------- keeping


def test_the_log_says_who_did_what_to_what_from_what(session):
    session.apply(MoveLane(1, 5, 3.0))
    session.apply(DeleteBand(1, 5, 1, "dust"))
    session.apply(NameLane(1, 2, "x"))
    session.undo()
    path = session.save("Ada")
    session.undo()
    session.save("Bob")
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["schema_version"] == 2
    assert [(entry["who"], entry["what"]) for entry in data["log"]] == [
        ("Ada", "Move lane 5"),
        ("Ada", "Delete band 1 of lane 5"),
        ("Bob", "Undo: Delete band 1 of lane 5"),
    ]
    moved = data["log"][0]
    before, after = moved["before"]["lanes"][0], moved["after"]["lanes"][0]
    assert after["track_x_px"][0] == before["track_x_px"][0] + 3.0
    assert data["log"][1]["after"]["bands"][0]["reason"] == "dust"


def test_edits_survive_a_crash_and_are_offered_again(session, image, recovery):
    session.apply(MoveLane(1, 5, 3.0))
    session.apply(DeleteBand(1, 8, 2))
    seen = exactly(session.measurement)
    session._keeper.wait()  # and now the program is killed
    again = EditSession.open(image)
    assert again.recovery.texts == ("Move lane 5", "Delete band 2 of lane 8")
    assert again.recovery.count == 2
    assert exactly(again.measurement) != seen
    change = again.recover()
    assert change.lanes >= {(1, 5), (1, 8)}
    assert exactly(again.measurement) == seen
    assert again.recovery is None
    again.save()
    again.close()
    assert list(recovery.iterdir()) == []


def test_unsaved_edits_that_nobody_wants_are_let_go(session, image, recovery):
    session.apply(MoveLane(1, 5, 3.0))
    session._keeper.wait()
    again = EditSession.open(image)
    again.discard_recovery()
    again.close()
    assert list(recovery.iterdir()) == []


def test_unsaved_edits_may_wait_and_new_ones_do_not_replace_them(session, image, recovery):
    session.apply(MoveLane(1, 5, 3.0))
    session._keeper.wait()
    again = EditSession.open(image)
    again.postpone_recovery()
    assert again.recovery is None
    again.apply(DeleteBand(1, 8, 2))
    again.save()
    again.close()
    third = EditSession.open(image)
    assert third.recovery.texts == ("Move lane 5",)
    third.recover()
    third.save()
    third.close()
    assert list(recovery.iterdir()) == []


def test_of_edits_that_wait_the_latest_are_offered_first(session, image, recovery):
    session.apply(MoveLane(1, 5, 3.0))
    session._keeper.wait()
    second = EditSession.open(image)
    second.postpone_recovery()
    second.apply(DeleteBand(1, 8, 2))
    second._keeper.wait()
    third = EditSession.open(image)
    assert third.recovery.texts == ("Delete band 2 of lane 8",)
    third.postpone_recovery()
    third.close()
    for text in ("Delete band 2 of lane 8", "Move lane 5"):
        later = EditSession.open(image)
        assert later.recovery.texts == (text,)
        later.discard_recovery()
        later.close()
    assert list(recovery.iterdir()) == []


def test_closing_lets_unsaved_edits_go_or_keeps_them(image, recovery):
    for keep, left in ((True, 1), (False, 0)):
        session = EditSession.open(image)
        session.discard_recovery()
        session.apply(MoveLane(1, 5, 3.0))
        session.close(keep_recovery=keep)
        assert len(list(recovery.iterdir())) == left


def test_a_changed_image_is_refused_with_a_choice(session, image):
    session.apply(MoveLane(1, 5, 3.0))
    session.save()
    moved = [lane.track_x_px for lane in session.measurement.lanes]
    image.write_bytes(image.read_bytes() + b"\0")
    with pytest.raises(ImageChangedError, match=r"made for another version of 'blot\.tif'"):
        EditSession.open(image)
    kept = EditSession.open(image, changed="keep")
    assert [lane.track_x_px for lane in kept.measurement.lanes] == moved
    kept.close()
    anew = EditSession.open(image, changed="discard")
    assert anew.measurement.bands == anew.automatic.bands
    anew.apply(MoveLane(1, 2, 1.0))
    anew.save()
    anew.close()
    assert sorted(path.name for path in image.parent.iterdir()) == [
        "blot.tif",
        "blot.tif.blotflux.json",
        "blot.tif.blotflux.json.old-1",
    ]


def test_other_channels_of_the_sidecar_are_left_alone(session, image):
    session.apply(MoveLane(1, 5, 3.0))
    path = session.save()
    data = json.loads(path.read_text(encoding="utf-8"))
    data["planes"].append({"channel": 1, "polarity": "light_on_dark"})
    path.write_text(json.dumps(data), encoding="utf-8")
    session.apply(MoveLane(1, 5, 1.0))
    session.save()
    planes = json.loads(path.read_text(encoding="utf-8"))["planes"]
    assert [plane["channel"] for plane in planes] == [0, 1]


def test_corrections_can_be_left_out(session, image):
    session.apply(MoveLane(1, 5, 3.0))
    session.save()
    left = headless(image, ignore_corrections=True)
    assert exactly(left) == exactly(session.automatic)


def test_the_planes_of_a_file_are_listed(image):
    assert planes_of(image) == ((0, 0),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plan: plan["lanes"][0].update(id=1), "two lanes are the same"),
        (lambda plan: plan["lanes"][0].update(number=2), "two lane numbers are the same"),
        (lambda plan: plan["lanes"][0].update(panel=7), "panel in which nothing was measured"),
        (lambda plan: plan["lanes"][0].update(track_x_px=[1.0]), "must be of one length"),
        (lambda plan: plan["lanes"][0]["track_y_px"].reverse(), "must rise from knot to knot"),
        (lambda plan: plan["rows"][0].update(like=None), "its own y_px"),
        (lambda plan: plan["bands"].append({"lane": 1, "row": 1, "top_px": 3}), "belong together"),
        (
            lambda plan: plan["bands"].append({"lane": 1, "row": 1, "top_px": 3, "bottom_px": 2}),
            "must lie below top_px",
        ),
        (lambda plan: plan.update(colour="red"), "Extra inputs are not permitted"),
        (lambda plan: plan["lanes"][0].update(width_px=-1), "greater than 0"),
    ],
)
def test_a_sidecar_that_contradicts_itself_is_refused(session, image, change, message):
    session.apply(MoveLane(1, 5, 3.0))
    path = session.save()
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data["planes"][0]["plan"])
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(Exception, match=message):
        EditSession.open(image)


def test_pages_that_start_anew_keep_each_others_corrections(tmp_path, monkeypatch):
    monkeypatch.setenv("BLOTFLUX_RECOVERY", str(tmp_path / "recovery"))
    path = tmp_path / "pages.tif"
    page = draw_kind("clean", 3).image

    def write(first, second):
        with tifffile.TiffWriter(path) as file:
            for one in (first, second):
                file.write(one, photometric="minisblack", metadata=None)

    write(page, page)
    with_old = EditSession.open(path, page=0)
    with_old.apply(actions.NameLane(1, 1, "old"))
    with_old.save()
    write(page, page + np.uint16(1))
    sessions = [EditSession.open(path, page=number, changed="discard") for number in (0, 1)]
    for session in sessions:
        session.apply(actions.NameLane(1, 1, "new"))
        session.save()
    assert [EditSession.open(path, page=n).lane_names[1, 1] for n in (0, 1)] == ["new", "new"]
    assert sorted(one.name for one in tmp_path.glob("*.old-*")) == ["pages.tif.blotflux.json.old-1"]
