"""Orientation, region, turn and flip: what a viewer shows, and the way back to it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from build_tiff import ORIENTATION, SHORT, Page, build_tiff
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from blotflux.blot.placing import apply_orientation, apply_placement, make_placement
from blotflux.blot.read import read
from blotflux.errors import ImageReadError


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_orientation_is_applied_as_viewers_do(tmp_path, bands, orientation):
    stream = io.BytesIO()
    values = (bands // 128).astype(np.uint8)
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(values).save(stream, "PNG", exif=exif)
    from PIL import ImageOps

    as_viewer = np.asarray(ImageOps.exif_transpose(Image.open(stream)))
    np.testing.assert_array_equal(apply_orientation(values, orientation), as_viewer)
    page = Page(values, tags={ORIENTATION: (SHORT, [orientation])})
    (tmp_path / "o.tif").write_bytes(build_tiff(page))
    (tmp_path / "o.png").write_bytes(stream.getvalue())
    for name in ("o.tif", "o.png"):
        blot = read(tmp_path / name, polarity="light_on_dark")
        np.testing.assert_array_equal(blot.signal, as_viewer)
        assert blot.placement.file_shape == as_viewer.shape


@given(
    turn=st.sampled_from([0, 90, 180, 270]),
    flip=st.sampled_from([None, "horizontal", "vertical"]),
    left=st.integers(0, 5),
    top=st.integers(0, 4),
    width=st.integers(1, 6),
    height=st.integers(1, 5),
)
def test_every_pixel_of_a_blot_knows_its_place_in_the_file(turn, flip, left, top, width, height):
    picture = np.arange(10 * 12).reshape(10, 12)
    placement = make_placement(
        (10, 12), region=(left, top, width, height), turn=turn, flip=flip, name="x"
    )
    blot = apply_placement(picture, placement)
    for y, x in np.ndindex(blot.shape):
        file_x, file_y = placement.to_file(x, y)
        assert picture[int(file_y), int(file_x)] == blot[y, x]


def test_turn_is_clockwise_and_before_flip():
    picture = np.array([[1, 2], [3, 4]])
    turned = make_placement((2, 2), region=None, turn=90, flip=None, name="x")
    np.testing.assert_array_equal(apply_placement(picture, turned), [[3, 1], [4, 2]])
    both = make_placement((2, 2), region=None, turn=90, flip="horizontal", name="x")
    np.testing.assert_array_equal(apply_placement(picture, both), [[1, 3], [2, 4]])


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"region": (0, 0, 200, 10)}, r"region \[0, 0, 200, 10\] .* 160 x 60 pixels"),
        ({"region": (-1, 0, 20, 10)}, r"region \[-1, 0, 20, 10\]"),
        ({"region": (0, 0, 0, 10)}, r"region \[0, 0, 0, 10\]"),
        ({"turn": 45}, "turn 45 is not allowed; use 0, 90, 180 or 270"),
        ({"flip": "diagonal"}, "flip 'diagonal' is not allowed; use 'horizontal' or 'vertical'"),
        ({"polarity": "dark"}, "polarity 'dark' is not allowed; use auto, dark_on_light"),
        ({"detection": "x-ray"}, "detection 'x-ray' is not allowed; use ecl, fluorescence"),
    ],
)
def test_a_wish_that_cannot_be_met_says_what_could(tmp_path, bands, wish, message):
    path = tmp_path / "blot.tif"
    path.write_bytes(build_tiff(Page(bands)))
    with pytest.raises(ImageReadError, match=message):
        read(path, **wish)


def test_a_region_is_read_without_the_rest(tmp_path, bands):
    path = tmp_path / "blot.tif"
    path.write_bytes(build_tiff(Page(bands)))
    blot = read(path, region=(10, 5, 100, 50), turn=180)
    np.testing.assert_array_equal(blot.signal, bands[5:55, 10:110][::-1, ::-1])
    assert blot.placement.to_file(0, 0) == (109, 54)
