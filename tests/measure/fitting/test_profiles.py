"""Sums across lanes: bands are leveled by their own slant."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.blot import Blot, Lane
from blotflux.measure.fitting.profiles import sum_across
from blotflux.measure.pipeline import quantify

ROWS, COLUMNS, WIDTH = 240, 300, 40.0
CENTERS = (60, 120, 180, 240)


def blot_of(slants, *, noise=2.0):
    """Return a blot of upright lanes whose bands fall by `slants` px per px, and its lanes."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:ROWS, :COLUMNS]
    signal = 100 + rng.normal(0, noise, (ROWS, COLUMNS))
    for center, slant in zip(CENTERS, slants, strict=True):
        across = 1 / (1 + np.exp((np.abs(x - center) - 20) / 1.5))
        for height in (70, 150):
            signal += 300 * across * np.exp(-0.5 * ((y - height - slant * (x - center)) / 3) ** 2)
    lanes = tuple(
        Lane(
            number=number,
            track_y_px=(0.0, ROWS - 1.0),
            track_x_px=(float(center), float(center)),
            width_px=WIDTH,
        )
        for number, center in enumerate(CENTERS, start=1)
    )
    return Blot.from_signal(signal.astype(np.float32)), lanes


@pytest.mark.parametrize("slants", [(-0.2, -0.08, 0.08, 0.2), (0.3, 0.3, 0.3, 0.3)])
def test_slanted_bands_are_leveled(slants):
    blot, lanes = blot_of(slants)
    profiles = sum_across(blot, blot.signal, lanes)
    np.testing.assert_allclose(profiles.slope[:, [70, 150]].T, [slants] * 2, atol=0.04)
    level, _ = blot_of((0.0,) * 4)
    plain = sum_across(level, level.signal, lanes)
    assert (profiles.value.max(axis=1) > 0.95 * plain.value.max(axis=1)).all()


@pytest.mark.parametrize("noise", [2.0, 60.0])
def test_level_bands_are_left_level(noise):
    blot, lanes = blot_of((0.0,) * 4, noise=noise)
    np.testing.assert_array_equal(sum_across(blot, blot.signal, lanes).slope, 0)


def test_lanes_without_bands_are_left_level():
    noise = np.random.default_rng(0).normal(100, 2, (ROWS, COLUMNS)).astype(np.float32)
    _, lanes = blot_of((0.0,) * 4)
    slope = sum_across(Blot.from_signal(noise), noise, lanes).slope
    assert np.abs(slope).max() < 0.5  # what noise alone may suggest is harmless, but bounded


def bent_blot(sags, slants, *, level=False):
    """Return a blot of bands that each lie their own way, its lanes, and one lane's volume."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:ROWS, :COLUMNS]
    signal = 100 + rng.normal(0, 2, (ROWS, COLUMNS))
    bands = np.zeros((ROWS, COLUMNS))
    for center, (upper, lower), (first, second) in zip(CENTERS, sags, slants, strict=True):
        u = (x - center) / (WIDTH / 2)
        across = 1 / (1 + np.exp((np.abs(x - center) - 20) / 1.5))
        for height, sag, slant in ((70, upper, first), (160, lower, second)):
            low = 0 if level else sag * u**2 + slant * u
            bands += 300 * across * np.exp(-0.5 * ((y - height - low) / 3) ** 2)
    return Blot.from_signal((signal + bands).astype(np.float32)), blot_of((0,) * 4)[1]


SAGS = ((-5, 4), (-3, 0), (6, -6), (0, 3))
SLANTS = ((0, 2), (-3, 3), (0, 0), (2, -2))


def test_every_band_is_leveled_as_it_lies():
    blot, lanes = bent_blot(SAGS, SLANTS)
    profiles = sum_across(blot, blot.signal, lanes)
    at = [70, 160]
    np.testing.assert_allclose(profiles.sag[:, at] * (WIDTH / 2) ** 2, SAGS, atol=1.0)
    np.testing.assert_allclose(profiles.slope[:, at] * (WIDTH / 2), SLANTS, atol=1.0)
    plain, _ = bent_blot(SAGS, SLANTS, level=True)
    expected = sum_across(plain, plain.signal, lanes).value
    height = profiles.value[:, at] - profiles.value[:, [115]]
    assert (height > 0.92 * (expected[:, at] - expected[:, [115]])).all()


def test_leveling_moves_light_but_makes_none():
    blot, lanes = bent_blot(SAGS, SLANTS)
    plain, _ = bent_blot(SAGS, SLANTS, level=True)
    bent, level = (sum_across(one, one.signal, lanes).value for one in (blot, plain))
    for height in (70, 160):
        rows = slice(height - 25, height + 26)
        ground = level[:, 100:130].mean(axis=1)[:, None]
        mine, theirs = (bent[:, rows] - ground).sum(axis=1), (level[:, rows] - ground).sum(axis=1)
        np.testing.assert_allclose(mine, theirs, rtol=0.01)


def test_bands_that_smile_within_their_lanes_are_one_row_each():
    blot, _ = bent_blot(((-9, 8), (-2, 1), (-7, 9), (-1, 3)), ((0, 0),) * 4)
    measured = quantify(blot)
    assert len(measured.lanes) == 4
    assert {band.row for band in measured.bands} == {1, 2}
    volume = np.array([band.volume for band in measured.bands])
    np.testing.assert_allclose(volume / np.median(volume), 1, atol=0.03)
