"""Sums across lanes: bands are leveled by their own slant."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.blot import Blot, Lane
from blotflux.measure.fitting.profiles import sum_across

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
    np.testing.assert_allclose(profiles.slope, slants, atol=0.04)
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
