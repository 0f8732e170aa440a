"""Letters are no bands, whichever way they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from blotflux.blot import Blot
from blotflux.measure.lanes.find import find_lanes
from blotflux.measure.lanes.writing import is_regular
from blotflux.measure.noise import estimate_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

CENTERS = tuple(80.0 + 50 * i for i in range(8))
ROWS = (180.0, 260.0)


def blot_with(*words: tuple[str, int, int, bool]) -> NDArray[np.float32]:
    """Return eight lanes of two bands with words at x, y; upright ones run upwards."""
    y, x = np.mgrid[:340, :540].astype(float)
    picture = 300 + np.random.default_rng(6).normal(0, 6, y.shape)
    rng = np.random.default_rng(7)
    for center in CENTERS:
        for row in ROWS:
            band = np.exp(-0.5 * ((y - row) / 4) ** 2) / (1 + np.exp((np.abs(x - center) - 18) / 2))
            picture += rng.uniform(800, 3000) * band
    for text, left, top, upright in words:
        size, base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 2)
        ink = np.zeros((size[1] + base + 4, size[0] + 4), np.uint8)
        cv2.putText(ink, text, (2, size[1] + 2), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2, cv2.LINE_AA)
        ink = np.rot90(ink) if upright else ink
        part = picture[top : top + ink.shape[0], left : left + ink.shape[1]]
        part += (3300 - part) * (ink[: part.shape[0], : part.shape[1]] / 255)
    return picture.astype(np.float32)


def found(signal: NDArray[np.float32]) -> list[float]:
    blot = Blot.from_signal(signal)
    return [float(lane.x_at(ROWS[0])) for lane in find_lanes(blot, estimate_noise(blot))]


@pytest.mark.parametrize(
    "words",
    [
        (("GAPDH", 440, 300, False),),
        (("Replicate 1", 60, 300, False), ("Replicate 2", 300, 300, False)),
        (("MOCK", 48, 20, True), ("siRNA", 172, 20, True), ("siRNA", 420, 20, True)),
    ],
)
def test_words_beside_the_bands_leave_the_lanes_as_they_are(
    words: tuple[tuple[str, int, int, bool], ...],
) -> None:
    plain, written = found(blot_with()), found(blot_with(*words))
    assert len(plain) == len(CENTERS)
    assert len(written) == len(CENTERS)
    assert np.abs(np.subtract(written, CENTERS)).max() < 8


def test_words_alone_show_no_lanes() -> None:
    words = [("MOCK", 100, 20, True), ("NT siRNA", 160, 20, True), ("FLG siRNA", 220, 20, True)]
    signal = blot_with(*words) - blot_with()
    noise = np.random.default_rng(9).normal(0, 6, signal.shape)
    assert len(found((signal + noise).astype(np.float32))) <= 1


def humps(centers: list[float], half: float = 5.0) -> NDArray[np.float64]:
    """Return a profile with a hump at each center."""
    x = np.arange(max(centers) + 20.0)
    return sum(1 / (1 + np.exp((np.abs(x - center) - half) / 1.5)) for center in centers)


def test_bands_at_a_pitch_are_regular_with_lanes_missing_and_a_little_astray() -> None:
    assert is_regular(humps([20, 40.5, 60, 99, 121, 140]))


def test_letters_of_many_widths_are_not_regular_nor_are_a_few_humps() -> None:
    assert not is_regular(humps([20, 34, 58, 70, 95, 104, 130]))
    assert not is_regular(humps([20, 40, 60, 80]))
