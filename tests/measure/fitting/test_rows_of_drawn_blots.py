"""Rows of drawn blots that earlier versions of the fit parted, merged or lost."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from blotflux.blot import Blot, LaneRole, Polarity
from blotflux.measure.pipeline import quantify
from blotflux.synthetic import draw_kind

CLEAR = 12.0  # peak over noise


def measured(drawn):
    light = drawn.polarity == Polarity.LIGHT_ON_DARK
    signal = drawn.image.astype(np.float32)
    clipped = drawn.image >= drawn.ceiling if light else drawn.image <= 0
    return quantify(
        Blot.from_signal(signal if light else drawn.ceiling - signal, saturated=clipped)
    )


def clear_bands(drawn):
    """How many bands each sample lane holds that nobody could miss."""
    roles = {lane.number: lane.role for lane in drawn.truth.lanes}
    return Counter(
        band.lane
        for band in drawn.truth.bands
        if band.present and roles[band.lane] != LaneRole.LADDER and band.peak_over_noise > CLEAR
    )


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        pytest.param("strip", 2420, id="a doublet well apart, fitted well, stays two rows"),
        pytest.param("strip", 2418, id="its rows of noisy widths stay two"),
        pytest.param("film", 2408, id="so do those of a film"),
        pytest.param("clean", 2109, id="a row that is two is parted"),
        pytest.param("strip", 2132, id="also where no lane shows two peaks"),
        pytest.param("clean", 2465, id="a wide row below a strong one is kept"),
        pytest.param("strip", 15000112, id="two rows that leave nothing over are not made four"),
        pytest.param("typical", 208, id="the one lane that has both bands of two rows keeps both"),
    ],
)
def test_every_clear_band_is_found_once(kind, seed):
    drawn = draw_kind(kind, seed)
    result = measured(drawn)
    truth = clear_bands(drawn)
    assert len(result.lanes) == len(drawn.truth.lanes)  # the premise: lanes are numbered alike
    rows = {band.row for band in result.bands}
    assert len(rows) == len({b.row for b in drawn.truth.bands if b.row and b.present})
    found = Counter(band.lane for band in result.bands if band.detected)
    assert all(found[lane] >= count for lane, count in truth.items())


def test_dirt_does_not_make_a_sample_a_ladder():
    drawn = draw_kind("hard", 5000023)
    truth = [lane.role for lane in drawn.truth.lanes]
    assert [lane.role for lane in measured(drawn).lanes] == truth


@pytest.mark.parametrize("seed", [15000117, 15000119])
def test_a_scratch_across_lanes_is_no_row(seed):
    drawn = draw_kind("hard", seed)
    result = measured(drawn)
    present = [band for band in drawn.truth.bands if band.present]
    lanes = {lane.number: lane for lane in drawn.truth.lanes}
    ladders = {lane.number for lane in result.lanes if lane.role == LaneRole.LADDER}
    invented = [
        band
        for band in result.bands
        if band.detected
        and band.lane not in ladders
        and not any(
            abs(band.x_px - true.x_px) < 0.4 * lanes[true.lane].width_px
            and abs(band.y_px - true.y_px) < max(5.0, 2 * true.sigma_px)
            for true in present
        )
    ]
    assert len(invented) <= 1
