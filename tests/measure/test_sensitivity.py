"""Backgrounds of other methods, for the table of what the conclusion rests on."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.restoration

from blotflux.measure.sensitivity import BALL_RADIUS, ball_surface


@pytest.mark.parametrize(
    ("shape", "radius_px"),
    [((519, 1155), 1000.0), ((24, 2000), 400.0), ((2000, 24), 400.0), ((900, 1200), 60.0)],
    ids=["a box as tall as the picture", "a thin strip", "a tall strip", "the usual"],
)
def test_a_ball_of_any_radius_is_rolled_on_a_picture_where_it_is_small(
    monkeypatch, shape, radius_px
):
    # The time of rolling grows with the square of the radius; thousands of pixels take hours.
    rolled = []

    def roll(image, radius):
        rolled.append((image.shape, radius))
        return np.zeros_like(image)

    monkeypatch.setattr(skimage.restoration, "rolling_ball", roll)
    assert ball_surface(np.ones(shape, np.float32), radius_px).shape == shape
    ((small, radius),) = rolled
    assert small[0] * small[1] <= shape[0] * shape[1]
    assert radius <= 2.5 * BALL_RADIUS


def test_the_ball_keeps_below_the_bands_and_on_the_slope():
    y, x = np.mgrid[:400, :600].astype(np.float32)
    slope = 100 + 0.2 * y + 0.1 * x
    band = 5000 * np.exp(-(((y - 200) / 5) ** 2) - ((x - 300) / 20) ** 2)
    surface = ball_surface((slope + band).astype(np.float32), 60.0)
    middle = np.s_[100:300, 150:450]
    assert np.all(surface[middle] < slope[middle] + 200)
    assert surface[200, 300] == pytest.approx(slope[200, 300], abs=200)
