from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from blotflux.accuracy.saturation import (
    ClippedBand,
    bin_clipped,
    clipped_bands,
    draw_saturated,
    measure_saturation,
    render_saturation,
)
from blotflux.accuracy.volumes import Entry
from blotflux.errors import LaneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from blotflux.blot import Band, Blot
    from blotflux.measure.result import Measurement
    from blotflux.synthetic import TrueBand


def test_the_strongest_bands_of_a_too_long_exposure_are_clipped() -> None:
    shares = []
    for seed in range(6):
        drawn = draw_saturated(seed)
        clipped = [band.clipped_height for band in drawn.truth.bands]
        shares.append(max(clipped))
        assert 0.03 < max(clipped) < 0.75
        assert min(clipped) == 0
        assert drawn.to_blot().saturated.any()
    assert max(shares) - min(shares) > 0.2


def test_clipped_bands_are_compared_with_the_whole_ones_of_their_row(
    flawless: Callable[[TrueBand], Band],
) -> None:
    drawn = draw_saturated(2)
    entries = [Entry(true=band, measured=flawless(band)) for band in drawn.truth.bands if band.row]
    bands = clipped_bands(drawn, entries)
    assert bands
    assert [band.ratio for band in bands] == pytest.approx([1.0] * len(bands))
    assert all(band.covered for band in bands)


def test_bias_and_coverage_are_by_depth() -> None:
    bands = [
        ClippedBand(clipped_height=0.05, ratio=1.01, covered=True),
        ClippedBand(clipped_height=0.25, ratio=0.9, covered=False),
        ClippedBand(clipped_height=0.30, ratio=0.96, covered=True),
        ClippedBand(clipped_height=0.32, ratio=math.nan, covered=False),
    ]
    first, second, third, *rest = bin_clipped(bands)
    assert (first.bands, first.bias_percent) == (1, pytest.approx(1.0))
    assert second.bands == 0
    assert math.isnan(second.bias_percent)
    assert (third.bands, third.lost) == (3, 1)
    assert third.bias_percent == pytest.approx(-7.0)
    assert third.coverage_percent == pytest.approx(100 / 3)
    assert [entry.bands for entry in rest] == [0, 0]
    text = render_saturation(bin_clipped(bands)).splitlines()
    assert len(text) == 4  # two lines of heading, two bins with bands
    assert "-7.0" in text[-1]


def test_pictures_that_cannot_be_measured_give_no_bands() -> None:
    def refuse(_blot: Blot) -> Measurement:
        message = "no lanes"
        raise LaneError(message)

    done: list[int] = []
    bins = measure_saturation(2, 1, measure=refuse, progress=done.append)
    assert done == [1, 2]
    assert sum(entry.bands for entry in bins) == 0
