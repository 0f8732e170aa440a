"""Measuring a whole blot: properties that physics gives, and what a person can count on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blotflux.blot import Blot, LaneRole, Polarity
from blotflux.measure.pipeline import quantify
from blotflux.measure.result import LaneHints
from blotflux.measure.sensitivity import with_alternatives
from blotflux.parameters import LocalBorderBackground, Parameters, RollingBallBackground
from blotflux.synthetic import draw_kind


def blot_of(kind, seed):
    drawn = draw_kind(kind, seed)
    light = drawn.polarity == Polarity.LIGHT_ON_DARK
    signal = drawn.image.astype(np.float32)
    clipped = drawn.image >= drawn.ceiling if light else drawn.image <= 0
    return drawn, Blot.from_signal(signal if light else drawn.ceiling - signal, saturated=clipped)


@pytest.fixture(scope="module")
def typical():
    _, blot = blot_of("typical", 3)
    return blot, quantify(blot)


def volumes(measurement):
    return np.array([band.volume for band in measurement.bands])


def test_every_sample_lane_has_an_entry_in_every_row(typical):
    _, measured = typical
    samples = [lane.number for lane in measured.lanes if lane.role != LaneRole.LADDER]
    of_lane = {n: {b.row for b in measured.bands if b.lane == n} for n in samples}
    assert len(set(map(frozenset, of_lane.values()))) == 1


def test_ladder_bands_are_numbered_on_after_the_last_row(typical):
    _, measured = typical
    ladders = {lane.number for lane in measured.lanes if lane.role == LaneRole.LADDER}
    rows = {band.row for band in measured.bands if band.lane not in ladders}
    beyond = {band.row for band in measured.bands if band.lane in ladders}
    assert ladders
    assert min(beyond) == max(rows) + 1


def test_boxes_of_one_row_have_one_height(typical):
    _, measured = typical
    for row in {band.row for band in measured.bands}:
        heights = {
            band.box.bottom - band.box.top
            for band in measured.bands
            if band.row == row and "TOUCHES_EDGE" not in band.flags
        }
        assert len(heights) <= 1


def test_total_is_the_sum_of_the_boxes_pixels(typical):
    blot, measured = typical
    for band in measured.bands[:10]:
        pixels = blot.signal[band.box.top : band.box.bottom, band.box.left : band.box.right]
        assert band.total == pytest.approx(float(pixels.sum(dtype=np.float64)), rel=1e-9)


def test_the_same_blot_gives_the_same_numbers_twice(typical):
    blot, measured = typical
    assert quantify(blot).bands == measured.bands


def test_the_blot_is_not_changed(typical):
    blot, _ = typical
    before = blot.signal.copy()
    quantify(blot)
    np.testing.assert_array_equal(blot.signal, before)


def test_a_factor_on_all_pixels_is_a_factor_on_all_volumes(typical):
    blot, measured = typical
    scaled = quantify(replace(blot, signal=4 * blot.signal), lanes=measured.lanes)
    plain = quantify(blot, lanes=measured.lanes)
    np.testing.assert_allclose(volumes(scaled), 4 * volumes(plain), rtol=1e-3, atol=1.0)


def test_a_pedestal_changes_no_volume_by_more_than_its_error(typical):
    blot, measured = typical
    raised = quantify(replace(blot, signal=blot.signal + 512), lanes=measured.lanes)
    plain = quantify(blot, lanes=measured.lanes)
    error = np.array([band.volume_se for band in plain.bands])
    assert np.all(np.abs(volumes(raised) - volumes(plain)) <= 0.05 * error)


def test_a_blot_without_bands_has_no_bands_and_does_not_fail():
    noise = np.random.default_rng(0).normal(500, 5, (200, 300))
    measured = quantify(Blot.from_signal(noise.astype(np.float32)))
    assert measured.bands == ()


def test_a_flat_picture_has_no_bands_and_does_not_fail():
    assert quantify(Blot.from_signal(np.full((60, 80), 7, np.uint16))).bands == ()


def test_a_promised_row_is_looked_for_and_says_so():
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:200, :300]
    signal = 100 + rng.normal(0, 4, (200, 300))
    for i, center in enumerate((60, 120, 180, 240)):
        across = 1 / (1 + np.exp((np.abs(x - center) - 20) / 1.5))
        signal += 900 * across * np.exp(-0.5 * ((y - 70) / 4.0) ** 2)
        signal += (12.0 if i == 1 else 0) * across * np.exp(-0.5 * ((y - 140) / 4.0) ** 2)
    blot = Blot.from_signal(signal.astype(np.float32))
    alone, promised = quantify(blot), quantify(blot, hints=LaneHints(rows=2))
    assert {band.row for band in alone.bands} == {1}
    assert {band.row for band in promised.bands} == {1, 2}
    assert all("ROW_BY_PROMISE" in band.flags for band in promised.bands if band.row == 2)


def test_a_clipped_band_is_flagged_and_its_pixels_counted():
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:160, :300]
    signal = 100 + rng.normal(0, 3, (160, 300))
    for center, height in ((60, 3000), (120, 900), (180, 700), (240, 1100)):
        across = 1 / (1 + np.exp((np.abs(x - center) - 20) / 1.5))
        signal += height * across * np.exp(-0.5 * ((y - 70) / 5.0) ** 2)
    clipped = np.minimum(signal, 2300).astype(np.float32)
    blot = Blot.from_signal(clipped, saturated=clipped >= 2300)
    bands = quantify(blot).bands
    assert bands[0].saturated_px == int((clipped >= 2300).sum())
    assert "SATURATED" in bands[0].flags
    assert not any("SATURATED" in band.flags for band in bands[1:])
    ratio = bands[0].volume / bands[3].volume
    assert ratio == pytest.approx(3000 / 1100, rel=0.03)


def test_other_backgrounds_agree_where_the_background_is_flat():
    drawn, blot = blot_of("clean", 1)
    measured = with_alternatives(quantify(blot), Parameters())
    strong = volumes(measured) > 0.2 * volumes(measured).max()
    for method in ("local_border", "rolling_ball"):
        ratio = np.array(measured.alternatives[method])[strong] / volumes(measured)[strong]
        assert np.median(np.abs(ratio - 1)) < 0.05, method
    assert set(measured.alternatives) == {"local_border", "lane_minima", "rolling_ball"}
    assert drawn.truth.rows


@pytest.mark.parametrize("background", [LocalBorderBackground(), RollingBallBackground()])
def test_a_chosen_background_gives_total_minus_background(background):
    _, blot = blot_of("clean", 1)
    measured = quantify(blot, Parameters(background=background))
    for band in measured.bands:
        assert band.volume == pytest.approx(band.total - band.background, rel=1e-9)
    assert (
        background.method
        not in with_alternatives(measured, Parameters(background=background)).alternatives
    )


def thin_bands(full: float) -> Blot:
    """Return four lanes with one thin band each, clipped at `full`."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:160, :300]
    signal = 100 + rng.normal(0, 3, (160, 300))
    for center, height in ((60, 9000), (120, 8000), (180, 9500), (240, 7000)):
        across = 1 / (1 + np.exp((np.abs(x - center) - 20) / 1.5))
        signal += height * across * np.exp(-0.5 * ((y - 70 - 0.02 * (x - 150)) / 1.6) ** 2)
    clipped = np.minimum(signal, full).astype(np.float32)
    return Blot.from_signal(clipped, saturated=clipped >= full)


@pytest.mark.parametrize("full", [4000.0, 1200.0, 600.0])
def test_what_is_clipped_across_its_lane_is_detected_however_unsure_its_volume(full: float):
    bands = quantify(thin_bands(full)).bands
    assert {band.lane for band in bands if band.detected} == {1, 2, 3, 4}
    for band in bands:
        if band.detected:
            assert "SATURATED" in band.flags
            assert "BELOW_DETECTION" not in band.flags


def test_clipping_makes_no_rows_beside_a_band():
    assert {band.row for band in quantify(thin_bands(1500.0)).bands} == {1}


@pytest.mark.parametrize("shape", [(7, 21), (10, 35), (11, 19), (60, 6), (18, 400)])
def test_any_cut_of_a_picture_is_measured_without_failing(shape: tuple[int, int]):
    rows, columns = shape
    for seed in range(4):
        signal = draw_kind("typical", seed).to_blot().signal
        top, left = (signal.shape[0] - rows) // 2, (signal.shape[1] - columns) // 3
        cut = np.ascontiguousarray(signal[top : top + rows, left : left + columns])
        for picture in (cut, cut.max() - cut, np.round(cut / (cut.max() / 8 + 1))):
            assert quantify(Blot.from_signal(picture)).bands is not None
