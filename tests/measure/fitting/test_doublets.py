"""Two rows that no lane shows as two peaks."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.special import ndtr
from tests.measure.fitting.drawn import draw_profiles, flat, rows_at, skewed

from blotflux.measure.fitting.doublets import Seen, part_rows
from blotflux.measure.fitting.joining import join_rows
from blotflux.measure.fitting.lane_fit import fit_lanes
from blotflux.measure.fitting.rows import Row
from blotflux.measure.pipeline import quantify
from blotflux.synthetic import draw_kind

LANES = 10
X = 60.0 + 50.0 * np.arange(LANES)
SIGMA = 6.0


def parted(value, variance, rows):
    refit = partial(fit_lanes, value, variance, iterations=8)
    seen = Seen(value=value, variance=variance, x_px=X, pixel_noise=np.full(len(value), 20.0))
    return part_rows(rows, refit(rows), seen, refit)


def doublet(apart, seed=4):
    rng = np.random.default_rng(seed)
    volumes = rng.uniform(5e3, 5e4, (LANES, 2))
    volumes[3, 0] = volumes[7, 1] = 0.0
    centers = [80 - 0.5 * apart * SIGMA, 80 + 0.5 * apart * SIGMA]
    return volumes, draw_profiles(volumes, centers, [SIGMA, SIGMA], seed=seed), centers


@pytest.mark.parametrize("apart", [2.0, 2.4, 2.8])
def test_one_row_that_is_two_is_parted_and_both_are_measured(apart):
    volumes, (value, variance), centers = doublet(apart)
    rows, fit = parted(value, variance, rows_at([80.0], [1.4 * SIGMA], LANES))
    assert len(rows) == 2
    np.testing.assert_allclose(np.median(fit.position, axis=0), centers, atol=0.5)
    np.testing.assert_allclose(fit.volume, volumes, rtol=0.1, atol=0.03 * volumes.max())


def test_two_rows_and_a_half_become_the_two_that_are_there():
    _, (value, variance), centers = doublet(2.4)
    rows = rows_at([66.0, 80.0, 95.0], [2.0, SIGMA, 2.0], LANES)
    rows, fit = parted(value, variance, rows)
    assert len(rows) == 2
    np.testing.assert_allclose(np.median(fit.position, axis=0), centers, atol=0.7)
    assert all(row.seen.all() for row in rows)


@pytest.mark.parametrize("shape", [skewed, flat])
def test_a_row_of_odd_shape_stays_one(shape):
    volumes = np.random.default_rng(5).uniform(5e3, 5e4, (LANES, 1))
    value, variance = draw_profiles(volumes, [80], [SIGMA], shape=shape)
    rows, _ = parted(value, variance, rows_at([80.0], [SIGMA], LANES))
    assert len(rows) == 1


def test_single_bands_of_changing_width_stay_one_row():
    rng = np.random.default_rng(6)
    value = np.zeros((LANES, 160))
    for lane, sigma in enumerate(SIGMA * np.linspace(0.85, 1.2, LANES)):
        one, _ = draw_profiles(rng.uniform(5e3, 5e4, (1, 1)), [80], [sigma], seed=lane)
        value[lane] = one[0]
    rows, _ = parted(value, np.full(value.shape, 400.0), rows_at([80.0], [SIGMA], LANES))
    assert len(rows) == 1


def test_one_lane_with_two_bands_is_no_proof_of_a_second_row():
    volumes = np.random.default_rng(7).uniform(5e3, 5e4, (LANES, 2))
    volumes[:9, 1] = 0.0
    value, variance = draw_profiles(volumes, [80, 95], [SIGMA, SIGMA])
    one = Row(y=np.full(LANES, 80.0), sigma=SIGMA, seen=np.ones(LANES, bool), score=100.0)
    rows, _ = parted(value, variance, (one,))
    assert len(rows) == 1


def test_bands_that_a_film_could_not_hold_stay_one_row():
    volumes = np.random.default_rng(8).uniform(1e4, 2e5, (LANES, 1))
    value, variance = draw_profiles(volumes, [80], [SIGMA])
    full = 3500.0
    value = full * (1 - np.exp(-np.maximum(value, 0.0) / full))  # the stronger the flatter
    rows, fit = parted(value, variance, rows_at([80.0], [SIGMA], LANES))
    assert np.ptp(np.log(fit.sigma)) > 0.15
    assert len(rows) == 1


@pytest.mark.parametrize("seed", [5204, 5210])
def test_doublets_on_film_are_two_rows(seed):
    measured = quantify(draw_kind("film", seed).to_blot())
    assert {band.row for band in measured.bands} == {1, 2}


def joined(volumes, value, variance, rows):
    refit = partial(fit_lanes, value, variance, iterations=8)
    seen = Seen(value=value, variance=variance, x_px=X, pixel_noise=np.full(len(value), 20.0))
    return join_rows(rows, None, seen, refit)


def test_the_halves_of_flat_bands_are_joined():
    volumes = np.random.default_rng(9).uniform(1e4, 5e4, (LANES, 1))
    value, variance = draw_profiles(volumes, [80], [SIGMA], shape=flat)
    rows = joined(volumes, value, variance, rows_at([73.0, 87.0], [SIGMA / 2] * 2, LANES))
    assert len(rows) == 1
    np.testing.assert_allclose(rows[0].y, 80, atol=1.0)


def test_the_corners_of_wide_flat_bands_are_joined():
    def box(y, center, sigma):
        top = ndtr((y - center) / sigma + 2.6) - ndtr((y - center) / sigma - 2.6)
        return top / top.sum()

    volumes = np.random.default_rng(9).uniform(1e4, 5e4, (LANES, 1))
    value, variance = draw_profiles(volumes, [80], [3.0], shape=box)
    rows = joined(volumes, value, variance, rows_at([74.0, 86.0], [2.6] * 2, LANES))
    assert len(rows) == 1


def test_a_band_and_its_tail_are_joined_though_faint_lanes_show_no_tail():
    volumes = np.geomspace(2e3, 1e5, LANES)[:, None] * [0.15, 0.85]
    value, variance = draw_profiles(volumes, [70.0, 80.2], [SIGMA, SIGMA])
    rows = rows_at([70.0, 80.2], [SIGMA] * 2, LANES)
    assert len(joined(volumes, value, variance, rows)) == 1


def test_a_faint_band_beside_a_strong_one_stays_a_row_where_lanes_differ():
    volumes = np.geomspace(2e3, 1e5, LANES)[:, None] * [0.15, 0.85]
    volumes[::2, 0] *= 3
    value, variance = draw_profiles(volumes, [66.0, 80.0], [SIGMA, SIGMA])
    rows = rows_at([66.0, 80.0], [SIGMA] * 2, LANES)
    assert len(joined(volumes, value, variance, rows)) == 2


def test_equal_bands_with_a_dip_between_them_stay_two_rows():
    volumes = np.repeat(np.random.default_rng(9).uniform(1e4, 5e4, (LANES, 1)), 2, axis=1)
    value, variance = draw_profiles(volumes, [72, 89], [SIGMA, SIGMA])
    assert len(joined(volumes, value, variance, rows_at([72.0, 89.0], [SIGMA] * 2, LANES))) == 2


def test_rows_whose_shares_differ_stay_two_without_a_dip():
    volumes, (value, variance), centers = doublet(2.4)
    assert len(joined(volumes, value, variance, rows_at(centers, [SIGMA] * 2, LANES))) == 2


def alternating(apart):
    """Return profiles whose lanes have one of two rows' bands each, and the rows."""
    volumes = np.random.default_rng(3).uniform(1e4, 5e4, (LANES, 2))
    volumes[::2, 0] = volumes[1::2, 1] = 0.0
    centers = [80.0, 80.0 + apart * SIGMA]
    value, variance = draw_profiles(volumes, centers, [SIGMA, SIGMA])
    return joined(volumes, value, variance, rows_at(centers, [SIGMA / 1.2] * 2, LANES))


def test_close_rows_of_which_no_lane_has_both_are_one():
    assert len(alternating(1.5)) == 1
    assert len(alternating(2.4)) == 2


def test_rows_closer_than_bands_can_be_told_apart_are_one():
    volumes, (value, variance), _ = doublet(1.0)
    assert len(joined(volumes, value, variance, rows_at([77.0, 83.0], [5.0] * 2, LANES))) == 1


def test_widths_that_rise_with_the_volume_are_one_row():
    rng = np.random.default_rng(8)
    volumes = np.exp(rng.uniform(np.log(2e3), np.log(6e4), (LANES, 1)))
    value = np.zeros((LANES, 160))
    for lane, volume in enumerate(volumes[:, 0]):
        sigma = SIGMA * (0.75 + 0.5 * np.log(volume / 2e3) / np.log(30))
        value[lane] = draw_profiles(volumes[lane : lane + 1], [80], [sigma], seed=lane)[0][0]
    variance = np.full(value.shape, 400.0)
    refit = partial(fit_lanes, value, variance, iterations=8)
    rows = rows_at([80.0], [SIGMA], LANES)
    fit = refit(rows)
    seen = Seen(value=value, variance=variance, x_px=X, pixel_noise=np.full(LANES, 20.0))
    width = seen.log_widths(fit, 0, np.ones(LANES, bool))
    assert np.ptp(width) < 0.4 * np.ptp(np.log(fit.sigma[:, 0]))
    assert len(part_rows(rows, fit, seen, refit)[0]) == 1
