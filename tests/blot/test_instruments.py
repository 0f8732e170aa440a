"""Instruments' own formats, on files built from their documented layout."""

from __future__ import annotations

import io
import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from build_instruments import (
    build_1sc,
    build_fuji_inf,
    build_gel,
    build_licor_tiff,
    build_licor_zip,
    build_scn,
)
from build_tiff import LONG, Page, build_tiff

from blotflux.blot.read import read, read_planes
from blotflux.errors import ImageReadError


def save(folder, data, name):
    path = folder / name
    path.write_bytes(data)
    return path


# ---------------------------------------------------------------- GEL


@pytest.mark.parametrize("tags_on_page", [1, 2])
def test_a_square_root_gel_is_squared_and_scaled(tmp_path, bands, tags_on_page):
    data = build_gel(bands, square_root=True, scale=(3, 1000), tags_on_page=tags_on_page)
    blot = read(save(tmp_path, data, "scan.gel"))
    np.testing.assert_allclose(blot.signal, bands.astype(float) ** 2 * 0.003, rtol=1e-6)
    assert (blot.source.format, blot.source.encoding) == ("GEL", "square_root")


def test_a_linear_gel_is_only_scaled(tmp_path, bands):
    blot = read(save(tmp_path, build_gel(bands, square_root=False, scale=(1, 4)), "scan.gel"))
    np.testing.assert_allclose(blot.signal, bands * 0.25, rtol=1e-6)
    assert blot.source.encoding == "linear"


def test_the_ratio_of_two_gel_values_is_that_of_their_squares(tmp_path, bands):
    values = bands.copy()
    values[0, :2] = 100, 40000
    blot = read(save(tmp_path, build_gel(values, square_root=True, scale=(1, 1)), "scan.gel"))
    assert blot.signal[0, 1] / blot.signal[0, 0] == pytest.approx(160_000)


def test_saturation_of_a_gel_is_told_before_decoding(tmp_path, bands):
    values = bands.copy()
    values[30, 40:50] = 65535
    blot = read(save(tmp_path, build_gel(values, square_root=True, scale=(1, 1)), "scan.gel"))
    np.testing.assert_array_equal(blot.saturated, values == 65535)


@pytest.mark.parametrize(
    ("kind", "scale", "message"),
    [(7, (1, 1), "encoding 7; known are 2"), (2, (0, 1), "scale per pixel is")],
)
def test_a_gel_of_unknown_encoding_is_refused(tmp_path, bands, kind, scale, message):
    tags = {33445: (LONG, [kind]), 33446: (5, scale)}
    path = save(tmp_path, build_tiff(Page(bands, tags=tags)), "scan.gel")
    with pytest.raises(ImageReadError, match=message):
        read(path)


# ---------------------------------------------------------------- LI-COR


def licor_values(bands):
    values = bands.astype(np.float64) / 1000
    values[30, 14:18] = np.inf
    values[0, 0] = -np.inf
    values[57:, 60:70] = np.nan
    return values


def test_half_precision_keeps_masked_and_saturated_pixels_apart(tmp_path, bands):
    values = licor_values(bands)
    blot = read(save(tmp_path, build_licor_tiff(values), "700.tif"))
    np.testing.assert_array_equal(blot.saturated, np.isposinf(values))
    np.testing.assert_array_equal(blot.invalid, np.isnan(values) | np.isneginf(values))
    assert np.isfinite(blot.signal).all()
    finite = np.isfinite(values)
    np.testing.assert_allclose(blot.signal[finite], values[finite].astype(np.float16))
    assert blot.signal[30, 15] == blot.signal[finite].max()


def test_a_masked_pixel_takes_the_level_around_it(tmp_path, bands):
    values = licor_values(bands)
    blot = read(save(tmp_path, build_licor_tiff(values), "700.tif"))
    around = np.median(blot.signal[56:, 40:55])
    assert blot.signal[58, 65] == pytest.approx(around, rel=0.3)


def test_a_zip_holds_a_channel_per_tiff_in_the_order_of_names(tmp_path, bands):
    channels = {"800": bands / 1000, "700": bands[::-1] / 500}
    path = save(tmp_path, build_licor_zip(channels), "scan.zip")
    first, second = read_planes(path)
    assert (first.source.channel, second.source.channel) == (0, 1)
    np.testing.assert_allclose(first.signal, (bands[::-1] / 500).astype(np.float16))
    np.testing.assert_allclose(read(path, channel=1).signal, second.signal)
    assert first.source.sha256 == second.source.sha256


def test_a_zip_without_a_tiff_says_so(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("notes.txt", "nothing here")
        archive.writestr("__MACOSX/700.tif", "resource fork")
    path = save(tmp_path, stream.getvalue(), "scan.zip")
    with pytest.raises(ImageReadError, match=r"scan\.zip: is a zip without a TIFF"):
        read(path)


def test_a_zip_whose_tiff_is_none_names_the_member(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("700.tif", "not a tiff")
    path = save(tmp_path, stream.getvalue(), "scan.zip")
    with pytest.raises(ImageReadError, match=r"scan\.zip/700\.tif: is named as a TIFF but is none"):
        read(path)


# ---------------------------------------------------------------- Image Lab


@pytest.mark.parametrize("endian", ["little", "big"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_an_image_lab_file_is_read_in_each_depth_and_order(tmp_path, bands, dtype, endian):
    values = (bands // 128).astype(dtype)
    highest = {1: 255, 2: 65535, 4: 2**20 - 1}[values.dtype.itemsize]
    data = build_scn([values], max_value=highest, endian=endian)
    blot = read(save(tmp_path, data, "blot.scn"))
    np.testing.assert_array_equal(blot.signal, values)
    assert blot.source.format == "SCN"
    assert blot.source.exposure_s == 12.5
    assert blot.source.instrument == "ChemiDoc MP"


def test_the_ceiling_of_an_image_lab_file_is_its_scanners(tmp_path, bands):
    values = np.minimum(bands, 4095).astype(np.uint16)
    blot = read(save(tmp_path, build_scn([values], max_value=4095), "blot.scn"))
    assert (values == 4095).any()
    np.testing.assert_array_equal(blot.saturated, values == 4095)


def test_an_image_lab_file_of_two_channels_gives_two_blots(tmp_path, bands):
    path = save(tmp_path, build_scn([bands, bands[:, ::-1]]), "blot.scn")
    first, second = read_planes(path)
    np.testing.assert_array_equal(first.signal, bands)
    np.testing.assert_array_equal(second.signal, bands[:, ::-1])
    with pytest.raises(ImageReadError, match="holds 2 pictures"):
        read(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"length": 10**7}, "is cut short: a part of 10000000 bytes"),
        ({"length": 100}, "needs 19200 bytes of pixels"),
        ({"max_value": 255}, "needs 9600 bytes of pixels"),
        ({"head": "<!DOCTYPE x [<!ENTITY a 'b'>]>"}, "declares a document type"),
        ({"head": "<broken"}, "XML description is damaged"),
        ({"exposure": "soon"}, "cannot be decoded as SCN"),
    ],
)
def test_a_damaged_image_lab_file_is_refused(tmp_path, bands, change, message):
    path = save(tmp_path, build_scn([bands], **change), "blot.scn")
    with pytest.raises(ImageReadError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"size_pix", b"size_abc", "has no size_pix width"),
        (b"text/xml", b"text/abc", "without a description"),
        (b"application/octet-stream", b"application/octet-strudel", "without pixels"),
    ],
)
def test_an_image_lab_file_without_a_part_says_which(tmp_path, bands, old, new, message):
    path = save(tmp_path, build_scn([bands]).replace(old, new), "blot.scn")
    with pytest.raises(ImageReadError, match=message):
        read(path)


# ---------------------------------------------------------------- Quantity One


def test_a_quantity_one_file_is_read_from_its_bottom_row(tmp_path, bands):
    blot = read(save(tmp_path, build_1sc(bands), "blot.1sc"))
    np.testing.assert_array_equal(blot.signal, bands)
    assert blot.source.instrument == "ChemiDoc XRS"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size_text": "Number of Pixels: (99 x 60)"}, "describes 99 x 60 pixels"),
        ({"size_text": "nothing"}, "describes 0 x 0 pixels"),
        ({"order": b"Motorola Format"}, "unknown byte order"),
    ],
)
def test_a_quantity_one_file_that_disagrees_with_itself_is_refused(
    tmp_path, bands, change, message
):
    path = save(tmp_path, build_1sc(bands, **change), "blot.1sc")
    with pytest.raises(ImageReadError, match=message):
        read(path)


# ---------------------------------------------------------------- Fuji


@pytest.mark.parametrize("named", ["blot.img", "blot.inf"])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_fuji_pair_is_read_by_either_name(tmp_path, bands, named, bits):
    values = (bands // 128).astype(np.uint8) if bits == 8 else bands
    save(tmp_path, values.astype(f">u{bits // 8}").tobytes(), "blot.img")
    save(tmp_path, build_fuji_inf(values.shape, bits=bits), "blot.inf")
    blot = read(tmp_path / named)
    np.testing.assert_array_equal(blot.signal, values)
    assert blot.source.instrument == "LAS-3000"


def test_an_image_plate_is_decoded_from_its_logarithms(tmp_path, bands):
    save(tmp_path, bands.astype(">u2").tobytes(), "blot.img")
    save(tmp_path, build_fuji_inf(bands.shape, image_plate=True), "blot.inf")
    blot = read(tmp_path / "blot.img")
    expected = 0.25 * 10 ** (5 * (bands / 65535 - 0.5))
    np.testing.assert_allclose(blot.signal, expected, rtol=1e-5)
    assert blot.source.encoding == "logarithmic"


def test_fuji_pixels_without_their_description_are_not_guessed(tmp_path, bands):
    save(tmp_path, bands.astype(">u2").tobytes(), "blot.img")
    with pytest.raises(ImageReadError, match="is not an image that is known"):
        read(tmp_path / "blot.img")


def test_a_fuji_description_without_pixels_says_so(tmp_path, bands):
    save(tmp_path, build_fuji_inf(bands.shape), "blot.inf")
    with pytest.raises(ImageReadError, match=r"blot\.img: no such file"):
        read(tmp_path / "blot.inf")


def test_fuji_pixels_of_another_size_are_refused(tmp_path, bands):
    save(tmp_path, bands.astype(">u2").tobytes()[:-2], "blot.img")
    save(tmp_path, build_fuji_inf(bands.shape), "blot.inf")
    with pytest.raises(ImageReadError, match=r"160 x 60 pixels of 16 bits .19200 bytes., the .img"):
        read(tmp_path / "blot.img")


def test_an_image_plate_without_its_constants_is_refused(tmp_path, bands):
    lines = build_fuji_inf(bands.shape, image_plate=True).split(b"\r\n")
    lines[8] = b"unknown"
    save(tmp_path, bands.astype(">u2").tobytes(), "blot.img")
    save(tmp_path, b"\r\n".join(lines), "blot.inf")
    with pytest.raises(ImageReadError, match="do not give resolution, sensitivity and latitude"):
        read(tmp_path / "blot.img")


# ---------------------------------------------------------------- BioIO


class FakeBioImage:
    """What BioIO gives: five axes by letter."""

    def __init__(self, path):
        self.path = path
        self.values = np.arange(2 * 3 * 1 * 8 * 9, dtype=np.uint16).reshape(2, 3, 1, 8, 9)
        self.dtype = self.values.dtype
        self.dims = SimpleNamespace(T=2, C=3, Z=1, Y=8, X=9, order="TCZYX")

    def get_image_data(self, order, T, C, Z):
        assert order == "YX"
        return self.values[T, C, Z]


def test_what_nothing_else_reads_is_given_to_bioio_if_it_is_there(tmp_path, monkeypatch):
    path = save(tmp_path, b"some microscope's own format", "blot.xyz")
    with pytest.raises(ImageReadError, match="is not an image that is known"):
        read(path)
    monkeypatch.setattr("blotflux.blot.formats.bio_io.is_installed", lambda: True)
    monkeypatch.setitem(sys.modules, "bioio", SimpleNamespace(BioImage=FakeBioImage))
    blots = read_planes(path, polarity="light_on_dark")
    assert [(b.source.channel, b.source.page) for b in blots] == [
        (c, t) for t in range(2) for c in range(3)
    ]
    np.testing.assert_array_equal(blots[4].signal, FakeBioImage(path).values[1, 1, 0])
    assert blots[0].source.encoding == "unknown"


def test_a_file_that_bioio_refuses_too_is_one_line(tmp_path, monkeypatch):
    def refuse(path):
        message = f"unsupported file format: {path}\nreaders tried: none"
        raise ValueError(message)

    path = save(tmp_path, b"nothing", "blot.xyz")
    monkeypatch.setattr("blotflux.blot.formats.bio_io.is_installed", lambda: True)
    monkeypatch.setitem(sys.modules, "bioio", SimpleNamespace(BioImage=refuse))
    with pytest.raises(
        ImageReadError, match="is not an image that is known, nor does BioIO open it"
    ) as caught:
        read(path)
    assert len(str(caught.value).splitlines()) == 1


def test_colors_from_bioio_are_refused(tmp_path, monkeypatch):
    class Colored(FakeBioImage):
        def __init__(self, path):
            super().__init__(path)
            self.dims = SimpleNamespace(T=1, C=1, Z=1, Y=8, X=9, order="TCZYXS")

    path = save(tmp_path, b"nothing", "blot.xyz")
    monkeypatch.setattr("blotflux.blot.formats.bio_io.is_installed", lambda: True)
    monkeypatch.setitem(sys.modules, "bioio", SimpleNamespace(BioImage=Colored))
    with pytest.raises(ImageReadError, match="stores colors; export its channels"):
        read(path)
