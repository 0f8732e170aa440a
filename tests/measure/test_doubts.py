"""Errors and detection that depend on the file's response."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from blotflux.measure.doubts import RESPONSE_DOUBT, response_doubt
from blotflux.measure.fitting.rows import Row
from blotflux.measure.pipeline import quantify
from blotflux.synthetic import draw_kind


def with_bits(blot, bits):
    """Return the blot as if its file had as many bits."""
    return replace(blot, source=replace(blot.source, bit_depth=bits))


def bands(volumes, *, usual=1000.0, gray=20.0):
    """Return one lane's group of bands, 10 px wide, of some volumes and gray values."""
    count = len(volumes)
    fit = SimpleNamespace(
        volume=np.array([volumes]),
        position=np.array([20.0 + 30.0 * np.arange(count)]),
        height=np.full((1, count), 10.0 * (gray - 5.0)),
        background=np.full((1, 30 * count + 20), 50.0),
    )
    row = Row(y=np.zeros(1), sigma=4.0, seen=np.ones(1, bool), score=1.0, usual=usual)
    profiles = SimpleNamespace(left_px=np.array([5]), right_px=np.array([4]))
    return SimpleNamespace(fit=fit, rows=(row,) * count, profiles=profiles)


@pytest.fixture(scope="module")
def blot():
    return draw_kind("typical", 11).to_blot()


def test_the_curve_of_a_film_is_doubted_the_more_the_more_unequal_bands_are(blot):
    doubt = response_doubt(with_bits(blot, 8), bands([1000.0, 2000.0, 8000.0]))[0]
    assert 0 < doubt[0] < doubt[1] < doubt[2] < 1
    less = response_doubt(with_bits(blot, 8), bands([1000.0, 500.0, 125.0]))[0]
    np.testing.assert_allclose(less, doubt)


def test_bands_near_the_end_of_the_scale_are_doubted_more_whatever_their_volume(blot):
    film = with_bits(blot, 8)
    doubts = [response_doubt(film, bands([1000.0], gray=g))[0, 0] for g in (30, 110, 150, 200, 250)]
    assert doubts[0] == doubts[1]  # below the shoulder there is none
    assert doubts[1] < doubts[2] < doubts[3] < doubts[4]
    assert response_doubt(film, bands([1000.0], gray=1e4))[0, 0] < 0.4


def test_of_densities_the_end_of_the_scale_is_what_8_bits_can_hold(blot):
    film = replace(with_bits(blot, 8), unit="OD")
    low, high = (response_doubt(film, bands([1000.0], gray=g))[0, 0] for g in (0.9, 2.2))
    assert low < high


def test_faint_absent_and_negative_bands_are_doubted_alike_and_finitely(blot):
    doubt = response_doubt(with_bits(blot, 8), bands([1.0, 0.0, -50.0]))
    assert np.isfinite(doubt).all()
    assert len(set(doubt[0].tolist())) == 1


def test_a_row_without_a_usual_volume_is_doubted_as_files_of_8_bits_are(blot):
    doubt = response_doubt(with_bits(blot, 8), bands([5.0], usual=float("nan")))
    assert doubt == RESPONSE_DOUBT


def test_a_detectors_own_file_is_not_doubted(blot):
    assert not response_doubt(with_bits(blot, 16), bands([5.0], gray=250)).any()


def test_the_response_widens_errors_and_hides_no_band(blot):
    linear, film = quantify(with_bits(blot, 16)), quantify(with_bits(blot, 8))
    pairs = [
        (one, other)
        for one in linear.bands
        for other in film.bands
        if (one.panel, one.lane, one.row) == (other.panel, other.lane, other.row)
        and one.volume == other.volume
    ]
    assert len(pairs) > 20
    assert all(one.detected == other.detected for one, other in pairs)
    assert all(other.volume_se > one.volume_se for one, other in pairs if one.detected)
