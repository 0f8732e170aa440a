"""The camera's noise, from pictures whose noise is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from blotflux.blot import Blot
from blotflux.measure.noise import estimate_noise
from blotflux.synthetic import draw_kind


@pytest.mark.parametrize("sigma", [2.0, 20.0, 200.0])
def test_noise_is_told_within_a_few_percent_whatever_its_size(sigma: float) -> None:
    picture = 5000 + np.random.default_rng(1).normal(0, sigma, (400, 500))
    noise = estimate_noise(Blot.from_signal(picture.astype(np.float32)))
    assert noise.sigma == pytest.approx(sigma, rel=0.03)
    assert noise.correlation == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("kind", ["clean", "typical", "hard"])
def test_bands_and_haze_do_not_count_as_noise(kind: str) -> None:
    drawn = draw_kind(kind, 17)
    assert estimate_noise(drawn.to_blot()).sigma == pytest.approx(drawn.truth.noise_sigma, rel=0.08)


def test_a_slope_of_the_background_is_no_noise() -> None:
    y, x = np.mgrid[:300, :400]
    picture = 100 + 8.0 * x + 5.0 * y + np.random.default_rng(2).normal(0, 3, y.shape)
    sigma = estimate_noise(Blot.from_signal(picture.astype(np.float32))).sigma
    assert sigma == pytest.approx(3, rel=0.05)


def test_blurred_noise_is_correlated() -> None:
    rough = np.random.default_rng(3).normal(0, 50, (400, 500))
    picture = 1000 + cv2.GaussianBlur(rough, (0, 0), 0.8)
    noise = estimate_noise(Blot.from_signal(picture.astype(np.float32)))
    assert noise.sigma == pytest.approx(float(np.std(picture)), rel=0.1)
    assert noise.correlation > 3


def test_a_constant_picture_has_the_noise_of_rounding() -> None:
    noise = estimate_noise(Blot.from_signal(np.full((100, 100), 9, np.uint16)))
    assert noise.sigma == pytest.approx(12**-0.5)
    assert noise.gain == 0


def test_shot_noise_of_bands_gives_the_gain() -> None:
    rng = np.random.default_rng(5)
    y, _ = np.mgrid[:400, :600]
    light = 4000 * np.exp(-0.5 * ((y - 200) / 40) ** 2)
    shot = rng.normal(0, 1, y.shape) * np.sqrt(2.0 * light)
    picture = 500 + light + rng.normal(0, 10, y.shape) + shot
    noise = estimate_noise(Blot.from_signal(picture.astype(np.float32)))
    assert noise.gain == pytest.approx(2, rel=0.35)
