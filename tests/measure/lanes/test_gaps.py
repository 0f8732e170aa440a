"""Lanes that only the pitch shows."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.measure.lanes.gaps import fill_gaps


def test_a_gap_of_two_pitches_holds_a_certain_lane() -> None:
    filled = fill_gaps(np.array([10.0, 20, 30, 50, 60, 70]), 8)
    assert filled.x.tolist() == [10, 20, 30, 40, 50, 60, 70]
    assert filled.added.tolist() == [False, False, False, True, False, False, False]
    assert filled.certain.all()


def test_a_ladder_apart_has_nothing_certain_before_it() -> None:
    filled = fill_gaps(np.array([10.0, 20, 30, 40, 50, 70]), 8)
    assert filled.added.sum() == 1
    assert not filled.certain[filled.added].any()


def test_a_gap_of_no_whole_number_of_pitches_is_left_alone() -> None:
    assert not fill_gaps(np.array([10.0, 20, 30, 44.5, 54.5, 64.5]), 8).added.any()


def test_groups_far_apart_stay_groups() -> None:
    assert not fill_gaps(np.array([10.0, 20, 30, 130, 140, 150]), 8).added.any()


def test_a_lane_that_has_no_room_is_not_added() -> None:
    filled = fill_gaps(np.array([10.0, 20, 25, 35, 45, 55, 65]), 9)
    assert not filled.added.any()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(8, 60), min_size=1, max_size=20))
def test_known_lanes_stay_where_they_are(gaps: list[float]) -> None:
    x = np.cumsum(gaps)
    filled = fill_gaps(x, 7)
    assert filled.x[~filled.added].tolist() == x.tolist()
    assert (np.diff(filled.x) > 0).all()
    assert filled.certain[~filled.added].all()


def test_two_lanes_that_crowd_each_other_do_not_halve_the_pitch_of_the_others() -> None:
    filled = fill_gaps(np.array([10.0, 20, 30, 40, 45, 50, 60, 70, 80, 90, 100, 110]), 5)
    assert not filled.added.any()
