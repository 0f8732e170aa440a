"""Errors and detection that depend on the file's response."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blotflux.measure.doubts import RESPONSE_DOUBT, response_doubt
from blotflux.measure.fitting.rows import Row
from blotflux.measure.pipeline import quantify
from blotflux.synthetic import draw_kind


def with_bits(blot, bits):
    """Return the blot as if its file had as many bits."""
    return replace(blot, source=replace(blot.source, bit_depth=bits))


def row(usual):
    return Row(y=np.zeros(1), sigma=4.0, seen=np.ones(1, bool), score=1.0, usual=usual)


@pytest.fixture(scope="module")
def blot():
    return draw_kind("typical", 11).to_blot()


def test_the_curve_of_a_film_is_doubted_the_more_the_more_unequal_bands_are(blot):
    rows = [row(1000.0)] * 3
    doubt = response_doubt(with_bits(blot, 8), rows, np.array([[1000.0, 2000.0, 8000.0]]))[0]
    assert 0 < doubt[0] < doubt[1] < doubt[2] < 1
    less = response_doubt(with_bits(blot, 8), rows, np.array([[1000.0, 500.0, 125.0]]))[0]
    np.testing.assert_allclose(less, doubt)


def test_faint_absent_and_negative_bands_are_doubted_alike_and_finitely(blot):
    doubt = response_doubt(with_bits(blot, 8), [row(1000.0)] * 3, np.array([1.0, 0.0, -50.0]))
    assert np.isfinite(doubt).all()
    assert len(set(doubt.tolist())) == 1


def test_a_row_without_a_usual_volume_is_doubted_as_files_of_8_bits_are(blot):
    doubt = response_doubt(with_bits(blot, 8), [row(float("nan"))], np.array([5.0]))
    assert doubt == RESPONSE_DOUBT


def test_a_detectors_own_file_is_not_doubted(blot):
    assert not response_doubt(with_bits(blot, 16), [row(1000.0)], np.array([5.0])).any()


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
