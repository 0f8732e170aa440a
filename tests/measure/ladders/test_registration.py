"""Two pictures of one membrane are laid over each other by what both show."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from blotflux.blot import Blot
from blotflux.measure.ladders.registration import register

ROWS, COLUMNS = 420, 560


def membrane(
    *, bands: float, ladder: float, outline: float, shift: tuple[int, int] = (0, 0), seed: int = 1
) -> np.ndarray:
    """Return a drawn membrane: sample bands, a ladder, its own outline, noise."""
    y, x = np.mgrid[:ROWS, :COLUMNS] - np.array(shift)[:, None, None]
    signal = 100 + 20 * outline * ((y > 25) & (y < 390) & (x > 30) & (x < 530))
    places = np.random.default_rng(7).uniform(50, 370, 8)
    for place in places:
        signal = signal + 40 * ladder * np.exp(-(((y - place) / 4) ** 2) / 2) * (abs(x - 80) < 20)
    for lane in range(7):
        for place in (120, 280):
            strength = 300 * bands * (0.4 + 0.1 * lane)
            at = abs(x - 140 - 55 * lane) < 20
            signal = signal + strength * np.exp(-(((y - place) / 5) ** 2) / 2) * at
    return signal + np.random.default_rng(seed).normal(0, 2, signal.shape)


def blot(signal: np.ndarray) -> Blot:
    return Blot.from_signal(signal.astype(np.float32))


SAMPLES = {"bands": 1.0, "ladder": 0.3, "outline": 0.3}
MARKER = {"bands": 0.0, "ladder": 1.0, "outline": 1.0}


@pytest.mark.parametrize("shift", [(0, 0), (12, -20), (-25, 7)])
def test_a_shift_between_two_exposures_is_found(shift: tuple[int, int]) -> None:
    found = register(blot(membrane(**SAMPLES)), blot(membrane(**MARKER, shift=shift, seed=2)))
    assert found is not None
    assert found.scale == 1
    assert (found.dy_px, found.dx_px) == pytest.approx((-shift[0], -shift[1]), abs=2)
    assert abs(found.dy_px + shift[0]) < 4 * found.error_px
    assert found.y(100.0) == pytest.approx(100 - shift[0], abs=2)
    assert found.x(100.0) == pytest.approx(100 - shift[1], abs=2)


def test_a_binned_picture_is_scaled() -> None:
    full = membrane(**MARKER, seed=2)
    half = cv2.resize(full, (COLUMNS // 2, ROWS // 2), interpolation=cv2.INTER_AREA)
    found = register(blot(membrane(**SAMPLES)), blot(half))
    assert found is not None
    assert found.scale == pytest.approx(2, rel=0.01)
    assert found.y(100.0) == pytest.approx(200.5, abs=3)


def test_pictures_that_show_nothing_in_common_are_not_laid_over() -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        one, two = rng.normal(100, 5, (2, 200, 260))
        assert register(blot(one), blot(two)) is None
    only_bands = membrane(bands=1, ladder=0, outline=0)
    assert register(blot(only_bands), blot(membrane(**MARKER, seed=2))) is None
