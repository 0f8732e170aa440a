"""Channels and pages: named by the file or asked for, never averaged, never guessed."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from build_tiff import Page, ascii_tag, build_tiff

from blotflux.blot.read import read, read_planes
from blotflux.errors import ImageReadError


def save(folder, data, name="blot.tif"):
    path = folder / name
    path.write_bytes(data)
    return path


def places(blots):
    return [(blot.source.channel, blot.source.page) for blot in blots]


def test_pages_are_pages(tmp_path, bands):
    path = save(tmp_path, build_tiff(Page(bands), Page(bands // 2), Page(bands // 4)))
    blots = read_planes(path)
    assert places(blots) == [(0, 0), (0, 1), (0, 2)]
    np.testing.assert_array_equal(blots[2].signal, bands // 4)
    np.testing.assert_array_equal(read(path, page=1).signal, bands // 2)


def test_several_pages_are_never_read_as_one(tmp_path, bands):
    path = save(tmp_path, build_tiff(Page(bands), Page(bands)))
    with pytest.raises(ImageReadError, match=r"holds 2 pictures \(1 channel, 2 pages\)"):
        read(path)


def test_a_page_that_is_not_there_is_named_with_those_that_are(tmp_path, bands):
    path = save(tmp_path, build_tiff(Page(bands), Page(bands)))
    with pytest.raises(ImageReadError, match="has no page 5; it has 1 channel, 2 pages"):
        read(path, page=5)
    with pytest.raises(ImageReadError, match="has no channel 1; it has 1 channel, 2 pages"):
        read(path, channel=1)


def test_pages_of_different_sizes_are_read_each_in_its_own(tmp_path, bands):
    path = save(tmp_path, build_tiff(Page(bands), Page(bands[:30])))
    assert [blot.shape for blot in read_planes(path)] == [(60, 160), (30, 160)]


@pytest.mark.parametrize("planar", [1, 2])
def test_samples_without_color_meaning_are_channels(tmp_path, bands, planar):
    samples = np.stack([bands, bands // 2], axis=-1)
    path = save(tmp_path, build_tiff(Page(samples, planar=planar)))
    blots = read_planes(path)
    assert places(blots) == [(0, 0), (1, 0)]
    np.testing.assert_array_equal(blots[1].signal, bands // 2)


def test_an_imagej_hyperstack_names_its_channels(tmp_path, bands):
    stack = np.stack([bands // k for k in range(1, 7)]).reshape(3, 2, *bands.shape)
    path = tmp_path / "ij.tif"
    tifffile.imwrite(path, stack, imagej=True, metadata={"axes": "ZCYX"})
    blots = read_planes(path)
    assert places(blots) == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    np.testing.assert_array_equal(read(path, channel=1, page=2).signal, bands // 6)


def test_an_imagej_stack_behind_one_directory_is_unfolded(tmp_path, bands):
    description = "ImageJ=1.54f\nimages=3\nslices=3\n"
    page = Page(bands, tags={270: ascii_tag(description)})
    data = bytearray(build_tiff(page))
    # ImageJ writes further slices right behind the first; the strip tag covers only the first.
    offset = data.find(bands.astype("<u2").tobytes())
    assert offset == 8
    rest = np.stack([bands // 2, bands // 3]).astype("<u2").tobytes()
    shifted = _shift_directory(data, offset + bands.nbytes, len(rest))
    path = save(tmp_path, bytes(data[: offset + bands.nbytes]) + rest + shifted)
    blots = read_planes(path)
    assert places(blots) == [(0, 0), (0, 1), (0, 2)]
    np.testing.assert_array_equal(blots[2].signal, bands // 3)


def _shift_directory(data, at, by):
    """Move the directory and what it points to (but not the pixels) by some bytes."""
    directory = int.from_bytes(data[4:8], "little")
    data[4:8] = (directory + by).to_bytes(4, "little")
    count = int.from_bytes(data[directory : directory + 2], "little")
    for k in range(count):
        entry = directory + 2 + 12 * k
        tag = int.from_bytes(data[entry : entry + 2], "little")
        if tag == 270:
            value = int.from_bytes(data[entry + 8 : entry + 12], "little") + by
            data[entry + 8 : entry + 12] = value.to_bytes(4, "little")
    return bytes(data[at:])


def test_an_ome_file_names_channels_frames_and_exposures(tmp_path, bands):
    stack = np.stack([bands // k for k in range(1, 5)]).reshape(2, 2, *bands.shape)
    path = tmp_path / "blot.ome.tif"
    plane = {"ExposureTime": [10.0, 20.0, 30.0, 40.0], "ExposureTimeUnit": ["ms"] * 4}
    metadata = {"axes": "TCYX", "Plane": plane | {"TheC": [0, 1, 0, 1], "TheT": [0, 0, 1, 1]}}
    tifffile.imwrite(path, stack, ome=True, metadata=metadata)
    blots = read_planes(path)
    assert places(blots) == [(0, 0), (1, 0), (0, 1), (1, 1)]
    np.testing.assert_array_equal(read(path, channel=1, page=1).signal, bands // 4)
    assert read(path, channel=1, page=1).source.exposure_s == pytest.approx(0.04)


def ome(pixels):
    return ascii_tag(
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        f"<Image><Pixels {pixels}</Pixels></Image></OME>"
    )


def test_an_ome_file_may_say_which_page_holds_which_channel(tmp_path, bands):
    pixels = (
        'DimensionOrder="XYCZT" SizeC="2" SizeZ="1" SizeT="1">'
        '<TiffData IFD="0" FirstC="1"/><TiffData IFD="1" FirstC="0"/>'
    )
    first = Page(bands, tags={270: ome(pixels)})
    path = save(tmp_path, build_tiff(first, Page(bands // 2)))
    np.testing.assert_array_equal(read(path, channel=0).signal, bands // 2)


def test_an_ome_file_whose_planes_lie_elsewhere_is_refused(tmp_path, bands):
    page = Page(bands, tags={270: ome('SizeC="3" SizeZ="1" SizeT="1">')})
    with pytest.raises(ImageReadError, match="counts 3 planes, the file holds 1"):
        read(save(tmp_path, build_tiff(page)))


def test_an_ome_description_with_entities_is_refused(tmp_path, bands):
    text = '<?xml version="1.0"?><!DOCTYPE OME [<!ENTITY a "b">]><OME>&a;</OME>'
    page = Page(bands, tags={270: ascii_tag(text)})
    with pytest.raises(ImageReadError, match="declares a document type"):
        read(save(tmp_path, build_tiff(page)))


def test_an_axis_without_a_name_is_asked_for_with_both_readings(tmp_path, bands):
    path = tmp_path / "array.tif"
    tifffile.imwrite(path, np.stack([bands, bands // 2, bands // 4]), photometric="minisblack")
    with pytest.raises(ImageReadError) as caught:
        read(path)
    assert "channel = 0 to 2 if they are channels, page = 0 to 2 if pages" in str(caught.value)
    with pytest.raises(ImageReadError, match="does not say whether they are channels or pages"):
        read_planes(path)
    as_channel, as_page = read(path, channel=1), read(path, page=1)
    np.testing.assert_array_equal(as_channel.signal, bands // 2)
    np.testing.assert_array_equal(as_page.signal, bands // 2)
    assert places([as_channel, as_page]) == [(1, 0), (0, 1)]
    with pytest.raises(ImageReadError, match="has no plane 7; it has 0 to 2"):
        read(path, page=7)


def test_an_array_saved_with_its_axes_is_understood(tmp_path, bands):
    path = tmp_path / "array.tif"
    stack = np.stack([bands // k for k in range(1, 5)]).reshape(2, 2, *bands.shape)
    tifffile.imwrite(path, stack, metadata={"axes": "TCYX"})
    assert places(read_planes(path)) == [(0, 0), (1, 0), (0, 1), (1, 1)]
    np.testing.assert_array_equal(read(path, channel=0, page=1).signal, bands // 3)
