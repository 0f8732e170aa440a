"""Colored pictures: gray ones are one channel, colored ones are refused unless one is picked."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

from blotflux.blot.color import gray_of_color, measure_color
from blotflux.blot.read import read
from blotflux.errors import ImageReadError


def dark_bands(bands):
    return (240 - bands / bands.max() * 200).astype(np.uint8)


def save(folder, colors):
    path = folder / "blot.png"
    path.write_bytes(imagecodecs.png_encode(np.ascontiguousarray(colors)))
    return path


def colored_photograph(bands):
    """Draw a stained gel: blue bands on a light ground."""
    gray = dark_bands(bands).astype(float)
    return np.stack([gray, gray * 0.7 + 70, gray * 0.2 + 190], axis=-1).astype(np.uint8)


def two_color_merge(bands):
    """Draw red bands above green ones on black."""
    merge = np.zeros((*bands.shape, 3), np.uint8)
    merge[:30, :, 0] = (bands[:30] // 128).astype(np.uint8)
    merge[30:, :, 1] = (bands[30:] // 128).astype(np.uint8)
    return merge


@pytest.mark.parametrize("draw", [colored_photograph, two_color_merge])
def test_a_colored_picture_is_refused_with_advice(tmp_path, bands, draw):
    path = save(tmp_path, draw(bands))
    with pytest.raises(ImageReadError, match=r"is a color picture .*0 red, 1 green, 2 blue"):
        read(path)


def test_a_channel_of_a_colored_picture_can_be_picked(tmp_path, bands):
    merge = two_color_merge(bands)
    blot = read(save(tmp_path, merge), channel=0)
    np.testing.assert_array_equal(blot.signal, merge[..., 0])
    assert blot.source.channel == 0


def test_a_channel_that_is_no_color_is_refused(tmp_path, bands):
    with pytest.raises(ImageReadError, match="channel 3 is not a color"):
        read(save(tmp_path, two_color_merge(bands)), channel=3)


def test_a_yellowed_film_is_gray(tmp_path, bands):
    gray = dark_bands(bands).astype(float)
    film = np.stack([gray, gray * 0.97, gray * 0.90], axis=-1).astype(np.uint8)
    blot = read(save(tmp_path, film))
    assert np.corrcoef(blot.signal.ravel(), bands.ravel())[0, 1] > 0.99
    assert any("colors are not equal" in f.message for f in blot.findings)


def test_blue_pen_on_a_gray_scan_is_left_out_of_the_signal(tmp_path, bands):
    colors = np.stack([dark_bands(bands)] * 3, axis=-1)
    colors[4:8, 20:60] = (20, 40, 220)
    blot = read(save(tmp_path, colors))
    assert blot.invalid[5, 40]
    assert not blot.invalid[30, 40]
    clean = blot.signal[2, 80:140]
    assert blot.signal[5, 40] < clean.mean() + 6 * clean.std() + 10


def test_transparent_pixels_have_no_value(tmp_path, bands):
    gray = dark_bands(bands)
    alpha = np.full_like(gray, 255)
    alpha[:, :10] = 0
    gray[:, :10] = 0
    blot = read(save(tmp_path, np.stack([gray, gray, gray, alpha], axis=-1)))
    assert blot.invalid[:, :10].all()
    assert not blot.invalid[:, 10:].any()
    # Black padding under the alpha would be the strongest signal of all.
    assert blot.signal[:, :10].max() < 0.5 * blot.signal.max()


def test_a_picture_that_is_all_transparent_is_refused(tmp_path, bands):
    gray = dark_bands(bands)
    colors = np.stack([gray, gray, gray, np.zeros_like(gray)], axis=-1)
    with pytest.raises(ImageReadError, match="no pixel has a finite value"):
        read(save(tmp_path, colors))


def test_equal_colors_keep_their_integers(bands):
    gray = gray_of_color(np.stack([bands] * 3, axis=-1), channel=None, name="x.tif")
    assert gray.equal
    assert gray.values.dtype == np.uint16


def test_a_tint_alone_is_no_color(bands):
    colors = np.stack([dark_bands(bands)] * 3, axis=-1).astype(float) - (0, 8, 16)
    colored, _ = measure_color(colors.astype(np.uint8), np.ones(bands.shape, bool))
    assert not colored.any()
