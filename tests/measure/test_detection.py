"""Which bands are called detected."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.blot import LaneRole
from blotflux.measure import densitometry
from blotflux.measure.pipeline import quantify
from blotflux.synthetic import draw_kind

CLEAR = 12.0  # peak over noise


@pytest.fixture
def doubtful(monkeypatch):
    """Make every volume uncertain by 0.6 of itself."""

    def covariance(blot, group):
        del blot
        return np.stack([np.diag((0.6 * volume) ** 2) for volume in group.fit.volume])

    monkeypatch.setattr(densitometry, "covariance_of_lanes", covariance)


@pytest.mark.usefixtures("doubtful")
def test_a_lanes_own_peak_is_a_band_however_unsure_its_volume():
    drawn = draw_kind("typical", 11)
    result = quantify(drawn.to_blot())
    assert len(result.lanes) == len(drawn.truth.lanes)  # the premise: lanes are numbered alike
    samples = [lane.number for lane in drawn.truth.lanes if lane.role != LaneRole.LADDER]
    detected = {(band.lane, band.row) for band in result.bands if band.detected}
    plain = [b for b in drawn.truth.bands if b.lane in samples and b.peak_over_noise > CLEAR]
    absent = [b for b in drawn.truth.bands if b.lane in samples and not b.present]
    assert len(plain) > 20
    assert len(absent) > 2
    assert all((band.lane, band.row) in detected for band in plain if band.present)
    assert not any((band.lane, band.row) in detected for band in absent)
