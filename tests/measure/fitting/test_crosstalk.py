"""Crosstalk between lanes that nearly touch."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtr

from blotflux.blot import Blot, Lane
from blotflux.measure.fitting.crosstalk import leak_shares
from blotflux.measure.fitting.edges import band_edges, boundary_zone, fit_edges
from blotflux.measure.pipeline import quantify

HEIGHT, PITCH, WIDTH = 160, 42, 39


def touching_blot(amounts, softness):
    """Lanes 42 px apart and 39 wide, whose edges fall off over `softness` px."""
    rng = np.random.default_rng(5)
    columns = PITCH * (len(amounts) + 1)
    y, x = np.arange(HEIGHT)[:, None], np.arange(columns)[None, :]
    signal = 200 + rng.normal(0, 3.0, (HEIGHT, columns))
    band = np.exp(-0.5 * ((y - 80) / 4.5) ** 2)
    for i, amount in enumerate(amounts):
        center = PITCH * (i + 1)
        edge = WIDTH / 2
        across = ndtr((x - center + edge) / softness) - ndtr((x - center - edge) / softness)
        signal = signal + amount * band * across
    lanes = tuple(
        Lane(
            number=i + 1,
            track_y_px=(0.0, HEIGHT - 1.0),
            track_x_px=(PITCH * (i + 1.0),) * 2,
            width_px=float(WIDTH),
        )
        for i in range(len(amounts))
    )
    return Blot.from_signal(signal.astype(np.float32)), lanes


@pytest.mark.parametrize("softness", [1.5, 2.5])
def test_a_weak_band_beside_a_strong_one_keeps_its_volume(softness):
    amounts = np.array([600.0, 20000, 700, 15000, 500, 18000, 650])
    blot, lanes = touching_blot(amounts, softness)
    volume = np.array([band.volume for band in quantify(blot, lanes=lanes).bands])
    ratio = volume / amounts
    ratio /= np.median(ratio[1::2])
    np.testing.assert_allclose(ratio[::2], 1.0, atol=0.12)


def test_a_lane_without_a_band_between_strong_ones_is_not_given_one():
    amounts = np.array([20000.0, 15000, 0, 18000, 16000, 0, 19000])
    blot, lanes = touching_blot(amounts, 2.0)
    bands = quantify(blot, lanes=lanes).bands
    volume = np.array([band.volume for band in bands])
    assert np.all(np.abs(volume[amounts == 0]) < 0.015 * volume.max())
    assert [band.detected for band in bands] == (amounts > 0).tolist()


def unlike_blot(shift_px):
    """Two rows of seven touching lanes; in the second, every other band lies to the right."""
    rng = np.random.default_rng(8)
    upper, lanes = touching_blot(np.full(7, 9000.0), 2.0)
    columns = upper.shape[1]
    y, x = np.arange(120)[:, None], np.arange(columns)[None, :]
    signal = rng.normal(0, 3.0, (120, columns))
    for i in range(7):
        center = PITCH * (i + 1) + shift_px * (i % 2)
        across = ndtr((x - center + WIDTH / 2) / 2) - ndtr((x - center - WIDTH / 2) / 2)
        signal = signal + 200 / 120 + 9000.0 * np.exp(-0.5 * ((y - 60) / 4.5) ** 2) * across
    both = np.concatenate([upper.signal, 200 + signal]).astype(np.float32)
    taller = tuple(replace(lane, track_y_px=(0.0, both.shape[0] - 1.0)) for lane in lanes)
    return Blot.from_signal(both), taller


@pytest.mark.parametrize("shift_px", [0.0, 2.0, -2.0])
def test_a_band_beside_its_lane_is_counted_as_one_within_it(shift_px):
    blot, lanes = unlike_blot(shift_px)
    bands = quantify(blot, lanes=lanes).bands
    lower = np.array([band.volume for band in bands if band.row == 2])
    assert len(lower) == 7
    np.testing.assert_allclose(lower / np.median(lower), 1.0, atol=0.012)


def test_a_faint_bands_share_is_its_lanes():
    lanes, rows, points = 2, 2, 41
    rng = np.random.default_rng(3)
    offset = np.arange(points) - points // 2
    across = rng.normal(0, 40.0, (lanes, rows, points))
    across[:, 0] += 1e4 * (ndtr((offset + 14.5) / 2) - ndtr((offset - 14.5) / 2))
    across[:, 1] += 50.0 * (ndtr((offset + 14.5) / 2) - ndtr((offset - 14.5) / 2))
    distance, width_px = np.array([30.0]), np.array([29.0, 29.0])
    zone = boundary_zone(across, distance, width_px)
    edges = fit_edges(zone, distance, width_px)
    profiles = SimpleNamespace(left_px=np.array([14, 14]), right_px=np.array([14, 14]))
    own = band_edges(zone, edges, 29.0)
    shares = leak_shares(edges, own, across, profiles, distance)
    clear, faint = shares.bands_right[0] - shares.to_right[0]
    assert abs(clear) < 0.003
    assert abs(faint) < 0.003
