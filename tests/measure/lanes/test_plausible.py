"""Ridges that can be bands, and those that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.complete import without_doubtful
from blotflux.measure.lanes.plausible import cut_at_jumps, is_border
from blotflux.measure.lanes.ridges import Ridges

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ridge(y: NDArray[np.float64], *, height: float = 4.0, contrast: float = 50.0) -> Ridges:
    """Return one ridge that begins at x = 10."""
    number = len(y)
    return Ridges(
        start=np.array([0, number]),
        ridge=np.zeros(number, np.int64),
        x=10 + np.arange(number),
        y=y,
        contrast=np.full(number, contrast),
        height=np.array([height]),
        profile=np.full(number, 4 * contrast),
        profile_noise=np.ones(number),
    )


def test_a_line_that_leaps_between_two_rows_is_cut_into_its_rows() -> None:
    leaping = ridge(np.repeat([60.0, 75.0] * 3, 25), height=6.0)
    smooth = ridge(np.linspace(60, 64, 150))
    assert len(cut_at_jumps(smooth)) == 1
    rough = ridge(np.where(np.arange(150) // 15 % 2, 60.0, 72.0))
    assert np.ptp(rough.y) == 12  # the premise: two rows in one line
    pieces = cut_at_jumps(rough)
    assert len(pieces) == 10
    assert all(
        np.ptp(pieces.y[a:b]) == 0 for a, b in zip(pieces.start[:-1], pieces.start[1:], strict=True)
    )
    assert len(cut_at_jumps(leaping)) in {1, 6}


def test_a_line_between_dark_and_light_is_the_rim_of_a_membrane() -> None:
    picture = np.full((120, 220), 20.0, np.float32)
    picture[60:] = 400
    row = ridge(np.full(150, 60.0))
    assert is_border(row, picture).tolist() == [True]
    assert is_border(row, picture[::-1]).tolist() == [True]
    assert is_border(row, np.full_like(picture, 20.0)).tolist() == [False]
    assert is_border(ridge(np.full(40, 60.0)), picture).tolist() == [False]  # a single band


def test_two_improbable_lanes_too_near_each_other_are_one_and_others_go() -> None:
    x = np.array([10.0, 40.0, 90.0, 140.0, 190.0, 240.0])
    probability = np.array([0.3, 0.1, 0.9, 1.0, 0.8, 0.2])
    assert without_doubtful(x, probability).tolist() == [25.0, 90.0, 140.0, 190.0]
    probability[0] = 0.1  # nothing speaks for either
    assert without_doubtful(x, probability).tolist() == [90.0, 140.0, 190.0]
    assert without_doubtful(x, np.zeros(6)).tolist() == x.tolist()
