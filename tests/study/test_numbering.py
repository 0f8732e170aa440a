from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.blot.model import Blot, Lane
from blotflux.errors import LaneError
from blotflux.measure.result import LaneHints
from blotflux.study.numbering import number_lanes

BLOT = Blot.from_signal(np.ones((50, 700)), name="a.tif")


def lanes_at(*xs: float, confidence: float = 0.95, panel: int = 1) -> tuple[Lane, ...]:
    return tuple(
        Lane(
            number=n,
            panel=panel,
            track_y_px=(0.0, 49.0),
            track_x_px=(x, x),
            width_px=30.0,
            confidence=confidence,
        )
        for n, x in enumerate(xs, start=1)
    )


def hints(
    count: int, *, optional: set[int] | None = None, ladders: set[int] | None = None
) -> LaneHints:
    return LaneHints(
        slots=tuple(range(1, count + 1)),
        optional=frozenset(optional or ladders or ()),
        ladders=frozenset(ladders or ()),
    )


def numbers(lanes: tuple[Lane, ...], told: LaneHints, *seen: int) -> list[int]:
    looks = [place in seen for place in range(len(lanes))]
    return [lane.number for lane in number_lanes(lanes, BLOT, told, looks_like_ladder=looks)]


def test_as_many_lanes_as_slots_take_them_in_order() -> None:
    assert numbers(lanes_at(50, 110, 170, 230), hints(4)) == [1, 2, 3, 4]
    shown = LaneHints(slots=(3, 4, 6), ladders=frozenset())
    assert numbers(lanes_at(50, 110, 230), shown) == [3, 4, 6]


def test_lanes_are_numbered_from_the_left_in_whatever_order_they_were_found() -> None:
    first, second, third = lanes_at(170, 50, 110)
    numbered = number_lanes(
        (first, second, third), BLOT, hints(3), looks_like_ladder=[False, False, False]
    )
    assert [(lane.number, lane.track_x_px[0]) for lane in numbered] == [(1, 50), (2, 110), (3, 170)]


def test_a_dark_ladder_is_the_missing_one() -> None:
    assert numbers(lanes_at(110, 170, 230), hints(4, ladders={1})) == [2, 3, 4]
    assert numbers(lanes_at(50, 110, 170), hints(4, ladders={4})) == [1, 2, 3]


def test_a_dark_lane_between_others_is_told_by_the_gap() -> None:
    told = hints(6, optional={2, 5}, ladders={2})
    assert numbers(lanes_at(50, 110, 170, 290, 350), hints(6, optional={1, 4})) == [1, 2, 3, 5, 6]
    assert numbers(lanes_at(50, 110, 170, 230, 350), told) == [1, 2, 3, 4, 6]


def test_of_two_ladders_the_one_that_is_seen_tells_which_is_dark() -> None:
    told = hints(5, ladders={1, 5})
    lanes = lanes_at(50, 110, 170, 230)
    assert numbers(lanes, told, 0) == [1, 2, 3, 4]
    assert numbers(lanes, told, 3) == [2, 3, 4, 5]
    with pytest.raises(LaneError, match=r"it cannot be told whether slot 1 or 5 is missing near"):
        numbers(lanes, told)


def test_a_ladder_where_none_belongs_is_a_shift_or_a_mirror() -> None:
    told = hints(5, ladders={1})
    with pytest.raises(
        LaneError,
        match=r"^a\.tif: shows 4 lanes, 5 are expected; lane 2 looks like a ladder, which the "
        r"sheet has in 1: numbers may be shifted or the picture mirrored \(flip\), near x = 50 px",
    ):
        numbers(lanes_at(50, 110, 170, 230), told, 0)
    with pytest.raises(LaneError, match=r"lane 5 looks like a ladder, which the sheet has in 1"):
        numbers(lanes_at(50, 110, 170, 230, 290), told, 4)
    assert numbers(lanes_at(50, 110, 170, 230, 290), told, 0, 4) == [1, 2, 3, 4, 5]
    assert numbers(lanes_at(50, 110, 170, 230, 290), hints(5), 4) == [1, 2, 3, 4, 5]


def test_a_lane_too_many_is_an_error_unless_it_is_doubtful() -> None:
    with pytest.raises(
        LaneError,
        match=r"^a\.tif: shows 4 lanes, 3 are expected; a lane too many may be near x = 2",
    ):
        numbers(lanes_at(50, 110, 170, 230), hints(3))
    doubtful = (*lanes_at(50, 110, 170), *lanes_at(215, confidence=0.3))
    assert numbers(doubtful, hints(3)) == [1, 2, 3]


def test_a_lane_too_few_is_an_error() -> None:
    with pytest.raises(
        LaneError, match=r"shows 3 lanes, 4 are expected; a lane may be missing near x = 230 px"
    ):
        numbers(lanes_at(50, 110, 170), hints(4))
    with pytest.raises(LaneError, match=r"a lane may be missing near x = 510 px; mend the number"):
        numbers(lanes_at(570, 630, 690), hints(4))


def test_a_gap_that_no_slot_explains_is_an_error() -> None:
    with pytest.raises(LaneError, match=r"distances contradict the slots near x = 170 px"):
        numbers(lanes_at(50, 110, 170, 290, 350), hints(5))


def test_each_panel_is_numbered_by_itself() -> None:
    both = (*lanes_at(50, 110, 170), *lanes_at(110, 170, panel=2))
    numbered = number_lanes(
        both, BLOT, hints(3, ladders={1}), looks_like_ladder=[True, False, False, False, False]
    )
    assert [(lane.panel, lane.number) for lane in numbered] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 2),
        (2, 3),
    ]


def test_without_slots_lanes_stay_as_they_are() -> None:
    lanes = lanes_at(50, 300, 310)
    assert number_lanes(lanes, BLOT, LaneHints(), looks_like_ladder=[False] * 3) == lanes
    assert number_lanes((), BLOT, hints(3), looks_like_ladder=[]) == ()


@settings(max_examples=300, deadline=None)
@given(
    count=st.integers(4, 14),
    data=st.data(),
    jitter=st.lists(st.floats(-6, 6), min_size=14, max_size=14),
)
def test_dark_slots_are_never_guessed_wrong(
    count: int, data: st.DataObject, jitter: list[float]
) -> None:
    optional = data.draw(st.sets(st.integers(1, count), max_size=3))
    dark = data.draw(st.sets(st.sampled_from(sorted(optional)), max_size=2)) if optional else set()
    shown = [slot for slot in range(1, count + 1) if slot not in dark]
    xs = [40 + 45 * slot + jitter[slot - 1] for slot in shown]
    found = reading(lanes_at(*xs), hints(count, optional=optional))
    assert found == shown or re.search("cannot be told|distances contradict", str(found))


def reading(lanes: tuple[Lane, ...], told: LaneHints) -> list[int] | LaneError:
    try:
        return numbers(lanes, told)
    except LaneError as error:
        return error
