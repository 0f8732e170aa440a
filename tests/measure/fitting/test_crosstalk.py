"""Crosstalk between lanes that nearly touch."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from blotflux.blot import Blot, Lane
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
