"""Lanes of a stain, from the sum of all rows."""

from __future__ import annotations

import numpy as np

from blotflux.blot import Blot
from blotflux.measure.stripes import find_stripes


def stain(centers, amounts, *, half=13, columns=340):
    rng = np.random.default_rng(8)
    picture = 200 + rng.normal(0, 2, (240, columns))
    y = np.arange(240)
    pattern = 20 + sum(80 * np.exp(-0.5 * ((y - c) / 4) ** 2) for c in range(15, 240, 17))
    for center, amount in zip(centers, amounts, strict=True):
        picture[:, center - half : center + half + 1] += amount * pattern[:, None]
    return Blot.from_signal(picture.astype(np.uint16))


def test_every_stained_lane_is_found_whatever_was_loaded():
    centers = list(range(30, 330, 40))
    lanes = find_stripes(stain(centers, (1.0, 1.4, 0.8, 1.1, 0.9, 1.25, 0.7, 1.0)))
    assert [round(lane.track_x_px[0]) for lane in lanes] == centers
    assert all(abs(lane.width_px - 27) <= 2 for lane in lanes)


def test_stripes_of_different_widths_are_left_to_the_other_finder():
    blot = stain([60, 160, 260], (1.0, 1.0, 1.0))
    signal = blot.signal.copy()
    signal[:, 230:320] += 120
    assert find_stripes(Blot.from_signal(signal)) == ()


def test_a_flat_picture_has_no_stripes():
    noise = np.random.default_rng(1).normal(100, 3, (120, 200))
    assert find_stripes(Blot.from_signal(noise.astype(np.float32))) == ()
