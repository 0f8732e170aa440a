"""What a file's storage tells of its numbers: hits on manipulations, silence on plain files."""

from __future__ import annotations

import io

import cv2
import imagecodecs
import numpy as np
import pytest
from blot_drawings import draw_bands
from build_tiff import Page, build_tiff
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from blotflux.blot.read import read
from blotflux.blot.traces import (
    measure_block_grid,
    measure_comb,
    measure_interpolation,
    measure_rim_signal,
)


@pytest.fixture
def wide():
    """A blot large enough for statistics of its levels and its noise."""
    signal = draw_bands(rows=200, columns=400).astype(float)
    noise = np.random.default_rng(2).normal(0, 300, signal.shape)
    return np.clip(np.round(signal + 4000 + noise), 0, 65535).astype(np.uint16)


def eight_bit(values):
    return np.round(values / values.max() * 255).astype(np.uint8)


def messages(tmp_path, data, name="x.tif", **wish):
    path = tmp_path / name
    path.write_bytes(data)
    return {f.message: str(f.severity) for f in read(path, **wish).findings if f.code == "D-FMT"}


def has(found, words):
    return any(words in message for message in found)


def test_a_plain_16_bit_picture_has_no_finding(tmp_path, wide):
    assert messages(tmp_path, build_tiff(Page(wide))) == {}


def test_eight_bits_are_a_warning_and_nothing_more(tmp_path, wide):
    found = messages(tmp_path, build_tiff(Page(eight_bit(wide))))
    assert list(found.values()) == ["warn"]
    assert has(found, "has 8 bits: 256 levels")


def test_a_photograph_is_semi_quantitative(tmp_path, wide):
    exif = Image.Exif()
    exif[271], exif[272] = "Phone Co", "Camera 5"
    exif.get_ifd(34665)[33437] = 1.8
    stream = io.BytesIO()
    Image.fromarray(eight_bit(wide)).save(stream, "PNG", exif=exif)
    found = messages(tmp_path, stream.getvalue(), "x.png")
    assert has(found, "semi-quantitative (photograph, Phone Co Camera 5)")
    assert "fail" in found.values()


def test_a_screenshot_says_that_it_is_one(tmp_path, wide):
    info = PngInfo()
    info.add_text("Software", "gnome-screenshot")
    stream = io.BytesIO()
    Image.fromarray(eight_bit(wide)).save(stream, "PNG", pnginfo=info)
    assert has(messages(tmp_path, stream.getvalue(), "x.png"), "(screenshot, gnome-screenshot)")


@pytest.mark.parametrize("factor", [1.3, 2.0, 3.0])
def test_stretched_contrast_leaves_levels_out(wide, factor):
    plain = np.round(wide / wide.max() * 255 / factor).astype(np.uint8)
    assert measure_comb(plain) < 0.02
    stretched = np.clip(plain * factor, 0, 255).astype(np.uint8)
    assert measure_comb(stretched) > 0.8 * (1 - 1 / factor)


def test_8_bits_in_a_16_bit_file_are_seen(tmp_path, wide):
    found = messages(tmp_path, build_tiff(Page(eight_bit(wide).astype(np.uint16) * 257)))
    assert has(found, "contrast was stretched")


def test_a_clipped_background_is_said(tmp_path, wide):
    clipped = np.clip(wide.astype(int) - 6000, 0, 65535).astype(np.uint16)
    assert has(messages(tmp_path, build_tiff(Page(clipped))), "background is clipped")


def test_jpeg_blocks_are_seen_after_conversion(tmp_path, wide):
    values = eight_bit(wide)
    assert measure_block_grid(values) < 0.1
    lossy = imagecodecs.jpeg_decode(imagecodecs.jpeg_encode(values, level=60))
    assert has(messages(tmp_path, imagecodecs.png_encode(lossy), "x.png"), "8 x 8 blocks")


@pytest.mark.parametrize("factor", [1.2, 1.37, 1.5, 2.7])
def test_enlargement_leaves_a_period(wide, factor):
    assert measure_interpolation(wide)[0] < 0.3
    larger = cv2.resize(
        wide.astype(np.float32), None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR
    )
    share, period = measure_interpolation(larger)
    assert share > 0.5
    # A period p shows as well as p / (p - 1): sampled noise cannot tell them apart.
    assert min(abs(period - p) for p in (factor, factor / abs(factor - round(factor)))) < 0.1


def test_a_crop_without_background_is_said(tmp_path, wide):
    assert measure_rim_signal(wide.astype(float)) < 0.2
    crop = wide[98:103]
    assert measure_rim_signal(crop.astype(float)) > 0.5
    found = messages(tmp_path, build_tiff(Page(crop)), polarity="light_on_dark")
    assert has(found, "little background is left")


def test_findings_name_their_picture(tmp_path, wide):
    path = tmp_path / "x.tif"
    path.write_bytes(build_tiff(Page(eight_bit(wide)), Page(eight_bit(wide))))
    (finding,) = [f for f in read(path, name="a/x.tif", page=1).findings if f.code == "D-FMT"]
    assert (finding.image, finding.channel, finding.page) == ("a/x.tif", 0, 1)


def test_16_bit_instrument_files_raise_no_doubt(real_blots):
    """The authors' 16-bit files must not be called stretched, lossy or cropped."""
    for path in sorted(real_blots.glob("B2AR__*.tif")):
        assert not read(path).findings, path.name
