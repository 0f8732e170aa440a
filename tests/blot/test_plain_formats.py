"""TIFF, PNG, JPEG and BMP: every way of storing a picture gives the same signal."""

from __future__ import annotations

import hashlib
import io

import imagecodecs
import numpy as np
import pytest
import tifffile
from build_instruments import build_bmp
from build_tiff import (
    BITS,
    COLORMAP,
    EXTRA,
    LONG,
    MAX_VALUE,
    SHORT,
    SUBFILE,
    Page,
    ascii_tag,
    build_tiff,
)
from PIL import Image

from blotflux.blot.read import read, read_planes
from blotflux.errors import ImageReadError


def save(folder, data, name="blot.tif"):
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_16_bit_tiff_gives_its_own_counts(tmp_path, bands):
    data = build_tiff(Page(bands))
    blot = read(save(tmp_path, data))
    assert blot.signal.dtype == np.float32
    np.testing.assert_array_equal(blot.signal, bands)
    assert blot.polarity == "light_on_dark"
    assert blot.unit == "counts"
    assert blot.source.sha256 == hashlib.sha256(data).hexdigest()
    assert (blot.source.format, blot.source.dtype, blot.source.bit_depth) == ("TIFF", "uint16", 16)
    assert not blot.findings


def test_the_arrays_of_a_blot_cannot_be_written(tmp_path, bands):
    blot = read(save(tmp_path, build_tiff(Page(bands))))
    with pytest.raises(ValueError, match="read-only"):
        blot.signal[0, 0] = 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True], ids=["tiff", "bigtiff"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i2", "i4", "f2", "f4", "f8"])
def test_every_number_type_and_byte_order_is_read(tmp_path, bands, dtype, order, big):
    values = (bands // 128).astype(dtype)
    blot = read(save(tmp_path, build_tiff(Page(values), order=order, big=big)))
    np.testing.assert_array_equal(blot.signal, values)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_white_is_zero_is_honored(tmp_path, bands, dtype):
    values = (bands // 100).astype(dtype)
    stored_high = read(save(tmp_path, build_tiff(Page(values, photometric=0))))
    # A viewer shows these bands dark; the values are larger in them.
    assert stored_high.polarity == "dark_on_light"
    np.testing.assert_allclose(
        stored_high.signal - stored_high.signal.min(), values.astype(float) - values.min()
    )
    assert stored_high.source.photometric == "min_is_white"


def test_white_is_zero_with_low_bands_is_inverted_once(tmp_path, bands):
    blot = read(save(tmp_path, build_tiff(Page(65535 - bands, photometric=0))))
    assert blot.polarity == "light_on_dark"
    np.testing.assert_array_equal(blot.signal, bands)


def test_dark_bands_are_inverted_from_the_end_of_the_range(tmp_path, bands):
    blot = read(save(tmp_path, build_tiff(Page(65535 - bands))))
    assert blot.polarity == "dark_on_light"
    np.testing.assert_array_equal(blot.signal, bands)


def test_a_12_bit_picture_knows_its_ceiling(tmp_path, bands):
    values = np.minimum(bands // 4, 4095)
    path = tmp_path / "packed.tif"
    packed = imagecodecs.packints_encode
    assert packed is not None
    data = np.clip(bands // 4, 0, 4095).astype(np.uint16)
    path.write_bytes(_packed_12_bit(data))
    blot = read(path)
    assert blot.source.bit_depth == 12
    np.testing.assert_array_equal(blot.signal, values)
    np.testing.assert_array_equal(blot.saturated, values == 4095)
    assert blot.saturated.any()


def _packed_12_bit(values):
    """Two samples in three bytes, most significant bits first; rows end on whole bytes."""
    pairs = values.reshape(values.shape[0], -1, 2).astype(np.uint32)
    both = (pairs[..., 0] << 12) | pairs[..., 1]
    packed = np.stack([both >> 16, (both >> 8) & 255, both & 255], axis=-1).astype(np.uint8)
    rows = packed.reshape(values.shape[0], -1)
    tags = {BITS: (SHORT, [12]), 256: (LONG, [values.shape[1]])}
    return build_tiff(Page(rows, tags=tags))


def test_a_header_that_names_the_highest_value_lowers_the_ceiling(tmp_path, bands):
    values = np.minimum(bands, 4095).astype(np.uint16)
    named = build_tiff(Page(values, tags={MAX_VALUE: (SHORT, [4095])}))
    blot = read(save(tmp_path, named))
    assert blot.source.bit_depth == 12
    np.testing.assert_array_equal(blot.saturated, values == 4095)


@pytest.mark.parametrize("compression", ["zlib", "lzw", "packbits", "lzma", "zstd"])
@pytest.mark.parametrize("tile", [None, (16, 32)], ids=["strips", "tiles"])
def test_lossless_compression_and_tiles_change_nothing(tmp_path, bands, compression, tile):
    path = tmp_path / "c.tif"
    tifffile.imwrite(path, bands, compression=compression, tile=tile, metadata=None)
    blot = read(path)
    np.testing.assert_array_equal(blot.signal, bands)
    assert blot.source.encoding == "linear"


def test_jpeg_inside_a_tiff_is_called_lossy(tmp_path, bands):
    path = tmp_path / "j.tif"
    tifffile.imwrite(path, (bands // 128).astype(np.uint8), compression="jpeg", metadata=None)
    blot = read(path)
    assert blot.source.encoding == "lossy"
    assert "JPEG" in blot.source.semi_quantitative
    assert any(f.code == "D-FMT" and f.severity == "fail" for f in blot.findings)


def test_a_gray_palette_is_applied(tmp_path, bands):
    index = (bands // 128).astype(np.uint8)
    inverting = (255 - np.arange(256)) * 257
    tags = {COLORMAP: (SHORT, [*inverting, *inverting, *inverting])}
    blot = read(save(tmp_path, build_tiff(Page(index, photometric=3, tags=tags))))
    assert blot.polarity == "dark_on_light"
    np.testing.assert_array_equal(blot.signal, index)
    assert blot.source.bit_depth == 8


def test_a_colored_palette_is_refused_with_advice(tmp_path, bands):
    index = (bands // 128).astype(np.uint8)
    ramp = np.arange(256) * 257
    tags = {COLORMAP: (SHORT, [*ramp, *ramp[::-1], *(0 * ramp)])}
    path = save(tmp_path, build_tiff(Page(index, photometric=3, tags=tags)))
    with pytest.raises(ImageReadError, match=r"blot\.tif: is a color picture .*channel"):
        read(path)


@pytest.mark.parametrize("planar", [1, 2], ids=["interleaved", "planar"])
@pytest.mark.parametrize("alpha", [False, True], ids=["rgb", "rgba"])
def test_rgb_that_is_gray_is_one_channel(tmp_path, bands, planar, alpha):
    samples = [bands] * 3 + ([np.full_like(bands, 65535)] if alpha else [])
    tags = {EXTRA: (SHORT, [2])} if alpha else {}
    page = Page(np.stack(samples, axis=-1), photometric=2, planar=planar, tags=tags)
    blot = read(save(tmp_path, build_tiff(page)))
    np.testing.assert_array_equal(blot.signal, bands)
    assert blot.source.photometric == "rgb"


def test_thumbnails_are_not_pages(tmp_path, bands):
    small = Page(bands[::8, ::8], tags={SUBFILE: (LONG, [1])})
    assert len(read_planes(save(tmp_path, build_tiff(Page(bands), small)))) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Exposure time = 3.5 s", 3.5),
        ("Exposure: 250 ms\nGain = 1", 0.25),
        ("ExposureTime=2 min", 120.0),
        ("exposure_time: 12,5 sec", 12.5),
        ("Exposed by hand", None),
    ],
)
def test_exposure_is_read_from_the_description(tmp_path, bands, text, seconds):
    page = Page(bands, tags={270: ascii_tag(text)})
    assert read(save(tmp_path, build_tiff(page))).source.exposure_s == seconds


def test_the_instrument_is_named(tmp_path, bands):
    page = Page(bands, tags={272: ascii_tag("Amersham ImageQuant 800")})
    assert read(save(tmp_path, build_tiff(page))).source.instrument == "Amersham ImageQuant 800"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png_is_read_in_its_own_depth(tmp_path, bands, dtype):
    values = (bands // 128).astype(dtype) if dtype is np.uint8 else bands
    blot = read(save(tmp_path, imagecodecs.png_encode(values), "blot.png"))
    np.testing.assert_array_equal(blot.signal, values)
    assert blot.source.bit_depth == values.dtype.itemsize * 8
    assert blot.source.format == "PNG"


def test_a_16_bit_rgb_png_keeps_its_16_bits(tmp_path, bands):
    data = imagecodecs.png_encode(np.stack([bands] * 3, axis=-1))
    blot = read(save(tmp_path, data, "blot.png"))
    np.testing.assert_array_equal(blot.signal, bands)


@pytest.mark.parametrize("mode", ["LA", "P", "1", "RGBA"])
def test_every_kind_of_gray_png_is_read(tmp_path, bands, mode):
    values = (bands // 128).astype(np.uint8)
    image = Image.fromarray(values)
    if mode == "1":
        image = image.point(lambda v: 255 * (v > 40))
        values = np.asarray(image)
    stream = io.BytesIO()
    image.convert(mode).save(stream, "PNG")
    blot = read(save(tmp_path, stream.getvalue(), "blot.png"))
    np.testing.assert_array_equal(blot.signal, values)


def test_jpeg_is_read_and_called_semi_quantitative(tmp_path, bands):
    values = (bands // 128).astype(np.uint8)
    blot = read(save(tmp_path, imagecodecs.jpeg_encode(values, level=95), "blot.jpg"))
    assert np.abs(blot.signal - values).max() < 12
    assert blot.source.semi_quantitative == "JPEG"
    assert blot.source.encoding == "lossy"
    assert next(f.severity for f in blot.findings if f.code == "D-FMT") == "fail"


def test_bmp_is_read_from_its_bytes(tmp_path, bands):
    values = (bands[:, :157] // 128).astype(np.uint8)
    blot = read(save(tmp_path, build_bmp(values), "blot.bmp"))
    np.testing.assert_array_equal(blot.signal, values)
    assert blot.source.format == "BMP"


def test_the_content_decides_and_not_the_name(tmp_path, bands):
    blot = read(save(tmp_path, build_tiff(Page(bands)), "blot.jpg"))
    assert blot.source.format == "TIFF"


def test_reading_twice_gives_the_same(tmp_path, bands):
    path = save(tmp_path, build_tiff(Page(bands)))
    first, second = read(path), read(path)
    np.testing.assert_array_equal(first.signal, second.signal)
    assert (first.source, first.placement, first.findings) == (
        second.source,
        second.placement,
        second.findings,
    )


def test_the_name_is_the_users(tmp_path, bands):
    path = save(tmp_path, build_tiff(Page(bands)))
    assert read(path, name="rep1/blot.tif").source.name == "rep1/blot.tif"
    assert read(path).source.name == path.as_posix()
