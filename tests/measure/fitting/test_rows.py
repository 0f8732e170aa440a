"""Rows: bands of one species followed through tilt, smile and jumps."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.measure.fitting.peaks import Peaks
from blotflux.measure.fitting.rows import Row, link_rows, stands_apart

X = 60.0 + 50.0 * np.arange(10)


def peaks_on(levels, curve, *, missing=(), sigma=4.0, score=50.0):
    lane, y = [], []
    for row, level in enumerate(levels):
        for i in range(len(curve)):
            if (row, i) not in missing:
                lane.append(i)
                y.append(level + curve[i])
    count = len(y)
    return Peaks(
        lane=np.array(lane),
        y=np.array(y, float),
        sigma=np.full(count, sigma),
        score=np.full(count, score),
        height=np.full(count, 100.0),
    )


CURVES = {
    "straight": np.zeros(10),
    "tilted": 0.05 * (X - X.mean()),
    "smiling": 14 * ((X - X.mean()) / 225) ** 2,
    "jumping": np.array([0, 0, 0, 0, 7, 7, 0, 0, -5, 0.0]),
}


@pytest.mark.parametrize("name", CURVES)
def test_three_rows_are_three_rows_however_they_run(name):
    curve = CURVES[name]
    rows = link_rows(peaks_on([60, 120, 200], curve), X)
    assert len(rows) == 3
    for row, level in zip(rows, (60, 120, 200), strict=True):
        np.testing.assert_allclose(row.y, level + curve, atol=1e-9)


@pytest.mark.parametrize("name", ["tilted", "smiling"])
def test_a_missing_band_is_expected_where_its_row_would_be(name):
    curve = CURVES[name]
    rows = link_rows(peaks_on([60, 120, 200], curve, missing={(1, 7), (1, 8)}), X)
    assert not rows[1].seen[7]
    assert rows[1].y[7] == pytest.approx(120 + curve[7], abs=2.0)


def test_a_doublet_stays_two_rows():
    rows = link_rows(peaks_on([100, 114], CURVES["smiling"]), X)
    assert len(rows) == 2


def test_nothing_found_is_no_row():
    empty = np.zeros(0)
    nothing = Peaks(lane=empty.astype(int), y=empty, sigma=empty, score=empty, height=empty)
    assert link_rows(nothing, X) == ()


@pytest.mark.parametrize("growth", [-1.0, 0.4])
def test_rows_are_followed_though_the_smile_changes_down_the_gel(growth):
    xi = (X - X.mean()) / 225
    lane, y, truth = [], [], []
    for level in (60, 130, 200, 270):
        course = level + (8 + growth * (level - 60) / 10) * xi**2
        truth.append(course)
        lane += list(range(10))
        y += list(course)
    count = len(y)
    peaks = Peaks(
        lane=np.array(lane),
        y=np.array(y),
        sigma=np.full(count, 3.0),
        score=np.full(count, 50.0),
        height=np.full(count, 100.0),
    )
    keep = np.ones(count, bool)
    keep[[9, 15, 39]] = False  # bands that are not there
    rows = link_rows(peaks.take(keep), X)
    assert len(rows) == 4
    for row, course in zip(rows, truth, strict=True):
        np.testing.assert_allclose(row.y, course, atol=2.5)


def with_extra(lanes, y, sigma):
    """Return the peaks of one row in ten lanes, and more in some lanes."""
    one = peaks_on([100], np.zeros(10))
    return Peaks(
        lane=np.concatenate([one.lane, lanes]),
        y=np.concatenate([one.y, np.full(len(lanes), y)]),
        sigma=np.concatenate([one.sigma, np.full(len(lanes), sigma)]),
        score=np.concatenate([one.score, np.full(len(lanes), 20.0)]),
        height=np.concatenate([one.height, np.full(len(lanes), 30.0)]),
    )


def test_corners_and_haze_of_a_row_in_few_lanes_are_no_row():
    assert len(link_rows(with_extra([2, 3], 107.0, 2.0), X)) == 1
    assert len(link_rows(with_extra([4], 112.0, 9.0), X)) == 1


def test_a_row_in_few_lanes_is_kept_where_it_can_be_told_apart():
    assert len(link_rows(with_extra([2, 3], 116.0, 4.0), X)) == 2
    assert len(link_rows(with_extra([1, 2, 3, 4], 108.0, 4.0), X)) == 2


def row_of(y, sigma, lanes, score=50.0):
    seen = np.zeros(10, bool)
    seen[lanes] = True
    return Row(y=np.full(10, y), sigma=sigma, seen=seen, score=score)


def test_what_is_left_over_at_the_corner_of_a_row_is_no_row():
    everywhere = row_of(100.0, 5.0, slice(None))
    assert not stands_apart(row_of(92.0, 3.0, [4]), (everywhere,))
    assert not stands_apart(row_of(106.0, 3.0, [1, 2, 3, 4]), (everywhere,))  # 1.2 sigmas
    assert not stands_apart(row_of(92.0, 3.0, [4]), (row_of(50.0, 5.0, slice(None)), everywhere))


def test_what_is_left_over_beside_a_row_is_one():
    everywhere = row_of(100.0, 5.0, slice(None))
    assert stands_apart(row_of(88.0, 3.0, [4]), (everywhere,))
    assert stands_apart(row_of(92.0, 3.0, [1, 2, 3, 4]), (everywhere,))  # too many for a corner
    assert stands_apart(row_of(92.0, 3.0, [4]), (row_of(100.0, 5.0, [1, 2, 3]),))
    assert stands_apart(row_of(92.0, 3.0, [4]), ())
