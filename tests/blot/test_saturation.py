"""Saturated pixels: at the protein end of the range, whatever stands for it."""

from __future__ import annotations

import numpy as np
import pytest
from build_tiff import Page, build_tiff
from hypothesis import given
from hypothesis import strategies as st

from blotflux.blot.picture import Picture, range_of
from blotflux.blot.read import read
from blotflux.blot.saturation import find_saturated


def picture(values, bit_depth=16):
    low, high = range_of(values.dtype, bit_depth)
    return Picture(
        values=values,
        invalid=np.zeros(values.shape, bool),
        low=low,
        high=high,
        stored_dtype=str(values.dtype),
    )


def test_the_end_of_the_range_is_the_ceiling(bands):
    clipped = np.minimum(bands.astype(int) * 5, 65535).astype(np.uint16)
    found = find_saturated(picture(clipped), protein_is_high=True)
    assert found.reason == "depth"
    np.testing.assert_array_equal(found.mask, clipped == 65535)


def test_bands_below_the_ceiling_are_not_saturated(bands):
    assert not find_saturated(picture(bands), protein_is_high=True).mask.any()


def test_a_14_bit_camera_in_a_16_bit_file_is_seen_by_its_spike(bands):
    clipped = np.minimum(bands, 16383)
    found = find_saturated(picture(clipped), protein_is_high=True)
    assert (found.reason, found.ceiling) == ("spike", 16383)
    np.testing.assert_array_equal(found.mask, clipped == 16383)


@given(seed=st.integers(0, 2**32 - 1), top=st.integers(300, 60000))
def test_noise_has_no_spike(seed, top):
    values = np.random.default_rng(seed).normal(top, top / 20, (40, 50))
    values = np.clip(np.round(values), 0, 65535).astype(np.uint16)
    if values.max() < 65535:
        assert not find_saturated(picture(values), protein_is_high=True).mask.any()


@pytest.mark.parametrize("protein_is_high", [True, False])
def test_only_the_protein_end_counts(bands, protein_is_high):
    values = (bands // 80).astype(np.uint8)
    values[:5] = 0
    values[-5:] = 255
    found = find_saturated(picture(values, 8), protein_is_high=protein_is_high)
    assert found.mask[-5:].all() == protein_is_high
    assert found.mask[:5].all() != protein_is_high


def test_a_white_page_is_not_saturated_signal(tmp_path, bands):
    """Dark bands on a page of 255: the page is background, the black cores are saturated."""
    values = 255 - np.minimum(bands.astype(int) // 60, 255).astype(np.uint8)
    page = np.full((120, 240), 255, np.uint8)
    page[30:90, 40:200] = values
    path = tmp_path / "page.tif"
    path.write_bytes(build_tiff(Page(page)))
    blot = read(path)
    assert blot.polarity == "dark_on_light"
    np.testing.assert_array_equal(blot.saturated, page == 0)
    assert blot.saturated.any()


def test_a_white_page_around_black_strips_is_not_saturated_signal(tmp_path, bands):
    strip = np.minimum(20 + bands.astype(int) // 60, 255).astype(np.uint8)
    page = np.full((120, 240), 255, np.uint8)
    page[30:90, 40:200] = strip
    path = tmp_path / "page.tif"
    path.write_bytes(build_tiff(Page(page)))
    blot = read(path)
    assert blot.polarity == "light_on_dark"
    inside = np.zeros(page.shape, bool)
    inside[34:86, 44:196] = True
    assert not blot.saturated[:25].any()
    np.testing.assert_array_equal(blot.saturated[inside], page[inside] == 255)
    assert blot.saturated[inside].any()


def test_a_mean_of_colors_and_jpeg_are_given_one_level_of_grace(bands):
    values = np.minimum(bands / 60, 254.4).astype(np.float32)
    saved = Picture(
        values=values,
        invalid=np.zeros(values.shape, bool),
        low=0.0,
        high=255.0,
        stored_dtype="uint8",
        mixed=True,
    )
    assert find_saturated(saved, protein_is_high=True, grace=1.0).mask.any()


def test_infinity_is_beyond_the_limit():
    values = np.full((8, 8), 1.5, np.float32)
    values[2, 3] = np.inf
    values[:, :2] = np.arange(16).reshape(8, 2)
    found = find_saturated(picture(values), protein_is_high=True)
    assert found.mask.sum() == 1
    assert found.mask[2, 3]


def test_a_flat_picture_is_not_saturated():
    flat = np.full((20, 20), 77, np.uint8)
    assert not find_saturated(picture(flat, 8), protein_is_high=True).mask.any()
