"""What is taken out before anything is summed: specks, borders."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.measure.fitting.borders import inner_rows
from blotflux.measure.fitting.specks import without_specks


def membrane(seed=0):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:200, :300]
    signal = 100 + rng.normal(0, 2, (200, 300))
    for center in (60, 120, 180, 240):
        across = 1 / (1 + np.exp((np.abs(x - center) - 20) / 1.5))
        signal += 400 * across * np.exp(-0.5 * ((y - 90) / 4.5) ** 2)
    return signal.astype(np.float32)


def test_a_blot_without_specks_is_returned_as_it_is():
    signal = membrane()
    assert without_specks(signal, 40.0, 2.0) is signal


def test_a_speck_is_replaced_by_what_is_beside_it():
    clean = membrane()
    dirty = clean.copy()
    dirty[40:44, 150:154] += 800
    cleaned = without_specks(dirty, 40.0, 2.0)
    assert dirty[40:44, 150:154].mean() > 800  # the premise
    assert abs(cleaned[40:44, 150:154].mean() - 100) < 10
    assert np.array_equal(cleaned[80:100], dirty[80:100])  # bands untouched, to the bit


def test_a_dark_frame_above_and_below_is_left_out():
    signal = membrane()
    signal[:9] += 600
    signal[-6:] += 600
    top, bottom = inner_rows(signal, 2.0)
    assert 9 <= top <= 14
    assert 186 <= bottom <= 194


def test_a_blot_without_a_frame_is_kept_whole():
    assert inner_rows(membrane(), 2.0) == (0, 200)


def test_a_row_of_bands_at_the_edge_is_not_a_frame():
    signal = np.roll(membrane(), -88, axis=0)
    assert inner_rows(signal, 2.0)[0] == 0


def odd_bands(rim=0.0, slant=0.0, bow=0.0):
    """Return bands that are `rim` denser at their ends, fall by `slant` px per px, and bow."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:200, :300]
    signal = 100 + rng.normal(0, 2, (200, 300))
    for center in (60, 120, 180, 240):
        off = x - center
        across = 1 / (1 + np.exp((np.abs(off) - 20) / 1.5))
        across *= 1 + rim * np.minimum(off / 20, 1) ** 2
        signal += (
            400
            * across
            * np.exp(-0.5 * ((y - 90 - slant * off - bow * (off / 20) ** 2) / 4.5) ** 2)
        )
    return signal.astype(np.float32)


@pytest.mark.parametrize(
    "odd", [{"rim": 2.0}, {"rim": -0.8}, {"slant": 0.3}, {"rim": 1.5, "bow": 4.0}]
)
def test_horns_crests_and_slanted_ends_of_bands_are_no_specks(odd):
    signal = odd_bands(**odd)
    cleaned = without_specks(signal, 40.0, 2.0)
    assert abs(cleaned.sum(dtype=float) / signal.sum(dtype=float) - 1) < 1e-4


def test_a_speck_on_a_band_is_taken_out():
    clean = odd_bands()
    dirty = clean.copy()
    dirty[82:86, 118:122] += 1500
    added = float((dirty - clean).sum())
    left = float((without_specks(dirty, 40.0, 2.0) - clean).sum())
    assert abs(left) < 0.2 * added


def spot(x, y, height, sigma=2.2):
    rows, columns = np.mgrid[:200, :300]
    blob = np.exp(-0.5 * ((columns - x) ** 2 + (rows - y) ** 2) / sigma**2)
    return (height * blob).astype(np.float32)


@pytest.mark.parametrize(("x", "y"), [(120, 90), (135, 88), (175, 92)])
def test_a_round_spot_at_the_height_of_a_band_is_taken_out(x, y):
    clean = membrane()
    added = spot(x, y, 1200.0)
    left = without_specks(clean + added, 40.0, 2.0) - clean
    assert abs(float(left.sum())) < 0.3 * float(added.sum())


@pytest.mark.parametrize("height", [60.0, 400.0])
def test_a_streak_along_a_lane_is_left_alone_in_bands_and_between_them(height):
    streak = np.zeros((200, 300), np.float32)
    streak[:, 115:119] = height
    streaked = membrane() + streak
    np.testing.assert_array_equal(without_specks(streaked, 40.0, 2.0), streaked)


def test_haze_that_rises_toward_the_edge_is_no_frame():
    signal = membrane() + 45 * np.exp(-np.arange(200)[:, None] / 25.0).astype(np.float32)
    assert inner_rows(signal, 2.0) == (0, 200)


def test_dust_on_a_streak_is_taken_out_and_the_streak_is_not():
    streaked = membrane()
    streaked[:, 115:119] += 60.0
    dirt = spot(117, 40, 900.0)
    cleaned = without_specks(streaked + dirt, 40.0, 2.0)
    assert abs(float((cleaned - streaked).sum())) < 0.3 * float(dirt.sum())
    np.testing.assert_array_equal(cleaned[60:], streaked[60:])
