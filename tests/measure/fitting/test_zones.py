"""Which rows are fitted together, and how much background goes with them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.measure.fitting.drawn import rows_at

from blotflux.measure.fitting.zones import make_zones, padding

LANES = 3


def zones_of(centers, sigmas):
    return make_zones(rows_at(centers, sigmas, LANES))


def test_rows_far_apart_are_fitted_by_themselves():
    assert [zone.members for zone in zones_of([100, 400], [4.0, 4.0])] == [(0,), (1,)]


def test_rows_whose_backgrounds_meet_are_fitted_together():
    assert [zone.members for zone in zones_of([100, 130], [4.0, 4.0])] == [(0, 1)]


@pytest.mark.parametrize(("centers", "sigmas"), [([100, 160], [3, 9]), ([100, 160], [9, 3])])
def test_a_wide_row_does_not_reach_beyond_a_narrow_one(centers, sigmas):
    zone = zones_of(centers, sigmas)[0]
    rows = rows_at(centers, sigmas, LANES)
    np.testing.assert_allclose(zone.start, rows[0].y - padding(rows[0].sigma), atol=1.5)
    end = zone.start + zone.length - 1
    np.testing.assert_allclose(end, rows[1].y + padding(rows[1].sigma), atol=1.5)


def test_an_outer_row_that_may_be_part_of_its_neighbor_is_padded_like_it():
    centers, sigmas = [100, 112], [2.0, 6.0]
    zone = zones_of(centers, sigmas)[0]
    wide = padding(rows_at(centers, sigmas, LANES)[1].sigma)
    np.testing.assert_allclose(zone.start, 101 - wide, atol=1.5)


def test_every_lane_of_a_tilted_row_has_its_own_start_and_all_have_one_length():
    row = rows_at([100], [4.0], LANES)[0]
    tilted = type(row)(y=row.y + np.array([0, 20, 40]), sigma=4.0, seen=row.seen, score=1.0)
    (zone,) = make_zones([tilted])
    assert np.diff(zone.start).tolist() == [20, 20]
    np.testing.assert_allclose(zone.rows[0].y, zone.rows[0].y[0], atol=1)
