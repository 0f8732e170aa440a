"""Peaks in lane profiles: place, width, height; what is not a band."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.measure.fitting.peaks import band_peaks, filled_peaks, find_peaks


def profile(*bands, n=300, noise=1.0, lanes=1, seed=0):
    y = np.arange(n)
    value = np.random.default_rng(seed).normal(0, noise, (lanes, n))
    for center, sigma, height in bands:
        value += height * np.exp(-0.5 * ((y - center) / sigma) ** 2)
    return value, np.full(value.shape, noise**2)


@pytest.mark.parametrize("sigma", [2.5, 4.0, 7.0])
def test_a_lone_band_gives_one_peak_of_its_place_width_and_height(sigma):
    peaks = find_peaks(*profile((120, sigma, 100.0)), 40.0)
    assert len(peaks.y) == 1
    assert abs(peaks.y[0] - 120) <= 1
    assert abs(np.log(peaks.sigma[0] / sigma)) < 0.25
    assert abs(peaks.height[0] / 100 - 1) < 0.1


def test_both_bands_of_a_doublet_are_found():
    peaks = find_peaks(*profile((100, 4.0, 100.0), (114, 4.0, 40.0)), 40.0)
    assert sorted(np.rint(peaks.y[:2])) == pytest.approx([100, 114], abs=2)


def test_noise_alone_gives_no_peak():
    assert len(find_peaks(*profile(n=600, lanes=10), 40.0).y) == 0


def test_haze_much_wider_than_the_bands_is_not_a_band():
    value, variance = profile((80, 3.0, 100.0), (200, 15.0, 60.0), n=400)
    peaks = find_peaks(value, variance, 100.0)
    assert (peaks.sigma > 8).any()  # the premise: it is a peak
    kept = band_peaks(peaks, np.array([1.0]), 400)
    assert np.rint(kept.y).tolist() == [80]


def test_a_rise_at_the_edge_is_not_a_band():
    value, variance = profile((100, 4.0, 100.0), (-2, 4.0, 100.0))
    kept = band_peaks(find_peaks(value, variance, 40.0), np.array([1.0]), 300)
    assert np.rint(kept.y).tolist() == [100]


def test_a_peak_in_one_part_of_the_lane_is_a_speck():
    band, _ = profile((100, 4.0, 50.0))
    speck, _ = profile((180, 3.0, 200.0), seed=1, noise=0.0)
    parts = np.stack([band[0], band[0], band[0] + speck[0], band[0], band[0]])[None]
    value = parts.sum(axis=1)
    peaks = find_peaks(value, np.full(value.shape, 25.0), 40.0)
    assert sorted(np.rint(peaks.y)) == pytest.approx([100, 180], abs=1)  # the premise
    assert np.rint(filled_peaks(peaks, parts).y) == pytest.approx([100], abs=1)


def test_a_row_nearly_twice_as_wide_as_the_strongest_is_still_a_band():
    value, variance = profile((80, 3.4, 100.0), (200, 6.2, 60.0), n=400)
    kept = band_peaks(find_peaks(value, variance, 100.0), np.array([1.0]), 400)
    assert np.sort(np.rint(kept.y)) == pytest.approx([80, 200], abs=1)


def test_a_scratch_is_narrower_than_bands_unless_a_lane_has_several_as_narrow():
    rng = np.random.default_rng(1)
    y = np.arange(300)

    def curve(center, sigma, height):
        return height * np.exp(-0.5 * ((y - center) / sigma) ** 2)

    value = rng.normal(0, 1, (6, 300))
    for lane in range(6):
        value[lane] += curve(80, 6, 400) + curve(230, 6, 300)
    value[0] += curve(150, 1.2, 100)
    value[5] += sum(curve(center, 1.2, 100) for center in (120, 150, 180))
    peaks = find_peaks(value, np.ones_like(value), 60.0)
    assert 0 in peaks.lane[(peaks.sigma < 2) & (peaks.score > 50)]  # the premise
    kept = band_peaks(peaks, np.ones(6), 300)
    narrow = kept.take(kept.sigma < 2)
    assert narrow.lane[narrow.score > 50].tolist() == [5, 5, 5]
