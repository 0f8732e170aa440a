"""Rules that need the picture: hollow bands, backgrounds, smiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from blotflux.blot import Blot
from blotflux.flags import Flag
from blotflux.measure.image_quality import check_image
from blotflux.measure.pipeline import quantify

if TYPE_CHECKING:
    from blotflux.measure.result import Measurement

ROWS, COLUMNS, LANES = 160, 420, 6


def picture(
    *, hollow: int = -1, dumbbell: int = -1, smile: float = 0.0, slope: float = 0.0, seed: int = 1
) -> np.ndarray:
    """Return six lanes with one broad band each; one of them hollow, or strong at its ends."""
    y, x = np.mgrid[:ROWS, :COLUMNS].astype(float)
    signal = 500 + slope * x
    for lane in range(LANES):
        center_x = 45 + 65 * lane
        center_y = 80 + smile * ((lane - 2.5) / 2.5) ** 2
        inside = 1 / (1 + np.exp((abs(x - center_x) - 22) / 1.5))
        band = 4000 * inside * np.exp(-(((y - center_y) / 7) ** 2) / 2)
        if lane == hollow:
            hole = ((x - center_x) / 13) ** 2 + ((y - center_y) / 4.5) ** 2
            band = band * (1 - 0.75 * np.exp(-hole))
        if lane == dumbbell:
            band = band * (0.7 + 0.3 * (abs(x - center_x) / 20) ** 2)
        signal = signal + band
    return signal + np.random.default_rng(seed).normal(0, 12, signal.shape)


def measured(signal: np.ndarray, name: str = "a.tif") -> Measurement:
    return quantify(Blot.from_signal(signal.astype(np.float32), name=name))


def ghosts(measurement: Measurement) -> list[int]:
    return [b.lane for b in check_image(measurement).bands if Flag.GHOST in b.flags]


def codes(measurement: Measurement) -> list[str]:
    return [finding.code for finding in check_image(measurement).findings]


def test_a_hollow_band_is_flagged_and_its_neighbors_are_not() -> None:
    assert ghosts(measured(picture())) == []
    assert ghosts(measured(picture(hollow=2))) == [3]


def test_a_band_that_is_strong_at_its_ends_is_not_hollow() -> None:
    assert ghosts(measured(picture(dumbbell=2))) == []


def test_the_pixels_and_volumes_stay_as_they_are() -> None:
    before = measured(picture(hollow=2))
    after = check_image(before)
    assert after.blot is before.blot
    assert [b.volume for b in after.bands] == [b.volume for b in before.bands]


@pytest.mark.parametrize(("slope", "severity"), [(0.0, None), (1.6, "warn"), (6.0, "fail")])
def test_an_uneven_background_is_said(slope: float, severity: str | None) -> None:
    found = [f for f in check_image(measured(picture(slope=slope))).findings if f.code == "D-BG"]
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_a_smile_is_warned_of_and_a_straight_row_is_not() -> None:
    assert "D-EDGE" not in codes(measured(picture()))
    assert "D-EDGE" in codes(measured(picture(smile=25.0)))


def clipped(signal: np.ndarray, lane: int, ceiling: float) -> np.ndarray:
    """Return a picture with one lane cut off at a value of its own."""
    place = np.s_[:, 45 + 65 * (lane - 1) - 30 : 45 + 65 * (lane - 1) + 30]
    signal[place] = np.minimum(signal[place], ceiling)
    return signal


def saturated(signal: np.ndarray) -> list[int]:
    checked = check_image(measured(signal))
    return [band.lane for band in checked.bands if band.saturated_px and band.saturated_fraction]


def test_a_band_that_ends_in_a_plateau_is_saturated_whatever_its_value() -> None:
    assert saturated(picture()) == []
    assert saturated(clipped(clipped(picture(), 2, 3000.0), 5, 2400.0)) == [2, 5]


@pytest.mark.parametrize("levels", [1.0, 50.0, 400.0])
def test_a_broad_band_in_coarse_steps_is_no_plateau(levels: float) -> None:
    assert saturated(np.round(picture() / levels) * levels) == []
