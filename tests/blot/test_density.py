"""Optical density of films and stains."""

from __future__ import annotations

import numpy as np
import pytest
from build_tiff import Page, build_tiff
from hypothesis import given
from hypothesis import strategies as st

from blotflux.blot.density import optical_density
from blotflux.blot.read import read


def test_a_tenth_of_the_light_is_one_od():
    light = np.array([[100.0, 10.0, 1.0]])
    np.testing.assert_allclose(optical_density(light, white=100.0), [[0, 1, 2]], atol=1e-12)


def test_the_dark_level_is_taken_off_both():
    light = np.array([[110.0, 20.0]])
    np.testing.assert_allclose(optical_density(light, dark=10.0, white=110.0), [[0, 1]], atol=1e-12)


def test_no_light_at_all_is_dense_and_finite():
    assert np.isfinite(optical_density(np.array([[0, 255]], np.uint8), white=255.0)).all()


@given(factor=st.floats(0.01, 100.0))
def test_brightness_of_the_lamp_does_not_matter(factor):
    light = np.linspace(5, 250, 200).reshape(10, 20)
    np.testing.assert_allclose(
        optical_density(light * factor), optical_density(light), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("detection", ["film", "stain"])
@pytest.mark.parametrize("inverted", [False, True], ids=["as scanned", "inverted"])
def test_film_and_stain_are_read_as_optical_density(tmp_path, bands, detection, inverted):
    density = bands / bands.max() * 1.5
    scan = np.round(240 * 10.0**-density).astype(np.uint8)
    path = tmp_path / "film.tif"
    path.write_bytes(build_tiff(Page(255 - scan if inverted else scan)))
    blot = read(path, detection=detection)
    assert blot.unit == "OD"
    assert np.corrcoef(blot.signal.ravel(), density.ravel())[0, 1] > 0.998
    assert blot.signal.max() == pytest.approx(1.5, abs=0.1)
    assert read(path).unit == "counts"
