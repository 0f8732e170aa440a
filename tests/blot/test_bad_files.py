"""Files that cannot be read: one line each, naming the file and what to do."""

from __future__ import annotations

import io
import os
import struct
import threading
import zipfile
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from blot_drawings import draw_bands
from build_tiff import (
    COMPRESSION,
    LENGTH,
    LONG,
    ROWS_PER_STRIP,
    SAMPLES,
    SHORT,
    WIDTH,
    Page,
    build_tiff,
)
from fuzz_readers import mutate, seeds, try_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blotflux.blot.content import decoding, read_content
from blotflux.blot.read import read, read_planes
from blotflux.errors import BlotError, ImageReadError

BANDS = draw_bands(rows=40, columns=80)


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(columns, rows, pixels):
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def claimed(columns, rows):
    return build_tiff(Page(BANDS, tags={WIDTH: (LONG, [columns]), LENGTH: (LONG, [rows])}))


def circular():
    data = bytearray(build_tiff(Page(BANDS)))
    start = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, start)[0]
    struct.pack_into("<I", data, start + 2 + 12 * entries, start)
    return bytes(data)


def jpeg_claiming(columns, rows):
    data = bytearray(imagecodecs.jpeg_encode((BANDS // 128).astype(np.uint8)))
    frame = data.find(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, rows, columns)
    return bytes(data)


def deflate_bomb_in_a_tiff():
    bomb = np.frombuffer(zlib.compress(bytes(20_000_000), 9), np.uint8)[None, :]
    tags = {
        WIDTH: (LONG, [50]),
        LENGTH: (LONG, [50]),
        ROWS_PER_STRIP: (LONG, [50]),
        COMPRESSION: (SHORT, [8]),
    }
    return build_tiff(Page(bomb, tags=tags))


def compressed_tiff():
    stream = io.BytesIO()
    tifffile.imwrite(stream, BANDS, compression="zlib", rowsperstrip=4, metadata=None)
    return stream.getvalue()


BAD = {
    "nothing.tif": (b"", "is empty .0 bytes.; copy or export"),
    "text.tif": (b"lane,treatment\n1,vehicle\n", "is not an image that is known"),
    "figure.pdf": (b"%PDF-1.7 ...", "is a PDF; export the blot as an image"),
    "old.gif": (b"GIF89a......", "is a GIF, which keeps at most 256 colors"),
    "page.html": (b"<html></html>", "is a text or web page"),
    "slides.ppt": (b"\xd0\xcf\x11\xe0" + bytes(600), "is an old Office document"),
    "photo.webp": (b"RIFF\x00\x00\x00\x00WEBP", "is a RIFF file"),
    "none.zip": (b"PK\x05\x06" + bytes(18), "is an empty zip"),
    "cut.tif": (build_tiff(Page(BANDS))[:60], "cannot be decoded as TIFF .its directory 0 is not"),
    "zeros.tif": (b"II*\x00\x00\x00\x00\x00", "its directory 0 is not in the file"),
    "circle.tif": (circular(), "its pages point back to an earlier one"),
    "pixels.tif": (claimed(80, 400), r"cannot be decoded as TIFF .*cut short"),
    "huge.tif": (claimed(100_000, 100_000), "claims 100000 x 100000 pixels .10000 megapixels; at"),
    "flat.tif": (claimed(80, 0), "claims 80 x 0 pixels, which is no picture"),
    "samples.tif": (
        build_tiff(Page(BANDS, tags={SAMPLES: (SHORT, [6000])})),
        "claims 6000 samples per pixel",
    ),
    "bomb.tif": (deflate_bomb_in_a_tiff(), "cannot be decoded as TIFF"),
    "strips.tif": (compressed_tiff()[:-400], "cannot be decoded as TIFF"),
    "huge.png": (png(100_000, 100_000, b""), "claims 100000 x 100000 pixels"),
    "cut.png": (imagecodecs.png_encode(BANDS)[:-300], "cannot be decoded as PNG"),
    "head.png": (imagecodecs.png_encode(BANDS)[:20], "cannot be decoded as PNG"),
    "huge.jpg": (jpeg_claiming(60_000, 60_000), "claims 60000 x 60000 pixels"),
    "long.jpg": (jpeg_claiming(9_000, 9_000), "claims 9000 x 9000 pixels but holds only"),
    "cut.jpg": (
        imagecodecs.jpeg_encode((BANDS // 128).astype(np.uint8))[:-200],
        "cannot be decoded as JPEG",
    ),
    "cut.bmp": (b"BM" + bytes(40), "cannot be decoded as BMP"),
    "nan.tif": (build_tiff(Page(np.full((9, 9), np.nan, np.float32))), "no pixel has a finite"),
    "inf.tif": (build_tiff(Page(np.full((9, 9), np.inf, np.float32))), "no pixel has a finite"),
    "vast.tif": (
        build_tiff(Page(np.full((9, 9), 1e200))),
        "values up to 1e.200, which no",
    ),
    "cmyk.tif": (
        build_tiff(Page(np.zeros((9, 9, 4), np.uint8), photometric=5)),
        "save it as grayscale or RGB",
    ),
}


@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_file_is_one_line_that_names_it(tmp_path, name):
    data, message = BAD[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ImageReadError, match=message) as caught:
        read(path, name=f"study/{name}")
    text = str(caught.value)
    assert text.startswith(f"study/{name}: ")
    assert len(text.splitlines()) == 1
    assert text.endswith((".", "export a 16-bit TIFF"))


def test_a_larger_picture_is_read_when_told_so(tmp_path):
    path = tmp_path / "wide.tif"
    path.write_bytes(build_tiff(Page(np.tile(BANDS, (20, 20)))))
    with pytest.raises(ImageReadError, match=r"claims 1600 x 800 pixels .1 megapixels; at most 1"):
        read(path, max_megapixels=1)
    assert read(path, max_megapixels=2).shape == (800, 1600)


def test_a_file_larger_than_any_picture_is_not_read(tmp_path):
    path = tmp_path / "disk.img"
    with path.open("wb") as stream:
        stream.truncate(40_000_000)
    with pytest.raises(ImageReadError, match="more than a picture of 1 megapixels can need"):
        read(path, max_megapixels=1)


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("700.tif", bytes(30_000_000))
    path = tmp_path / "bomb.zip"
    path.write_bytes(stream.getvalue())
    with pytest.raises(ImageReadError, match=r"700\.tif in it unpacks to more than a picture"):
        read(path, max_megapixels=1)


def test_an_encrypted_zip_says_so(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("700.tif", build_tiff(Page(BANDS)))
    data = bytearray(stream.getvalue())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + flags] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(bytes(data))
    with pytest.raises(ImageReadError, match="is an encrypted zip"):
        read(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ImageReadError, match=r"none\.tif: no such file; check the name"):
        read(tmp_path / "none.tif")


def test_a_folder(tmp_path):
    with pytest.raises(ImageReadError, match="is a folder; name an image file in it"):
        read(tmp_path)


def test_a_name_with_a_zero_byte():
    with pytest.raises(ImageReadError, match="cannot be read"):
        read("blot\x00.tif")


def test_a_name_that_is_too_long(tmp_path):
    with pytest.raises(ImageReadError, match=r"cannot be read .File name too long"):
        read(tmp_path / ("b" * 300))


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_file_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "locked.tif"
    path.write_bytes(build_tiff(Page(BANDS)))

    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    # Root may read everything, so the system's answer is given by hand.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ImageReadError, match=r"may not be read .permission denied"):
        read(path)


def test_a_file_that_vanishes_while_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "gone.tif"
    path.write_bytes(build_tiff(Page(BANDS)))
    plain = Path.read_bytes

    def vanish(self):
        self.unlink()
        return plain(self)

    monkeypatch.setattr(Path, "read_bytes", vanish)
    with pytest.raises(ImageReadError, match="no such file"):
        read(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    path = tmp_path / "pipe.tif"
    os.mkfifo(path)
    found = []

    def attempt():
        with pytest.raises(ImageReadError, match="is not a regular file") as caught:
            read(path)
        found.append(caught.value)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert found


def test_names_in_other_scripts_and_with_spaces(tmp_path):
    path = tmp_path / "Ünïcode 膜 β-actin (1).tif"
    path.write_bytes(build_tiff(Page(BANDS)))
    np.testing.assert_array_equal(read(path).signal, BANDS)


def test_whatever_a_decoder_raises_becomes_one_error_with_its_cause(tmp_path):
    path = tmp_path / "x.tif"
    path.write_bytes(b"x")
    content = read_content(path, name="x.tif")
    for error in (KeyError("k"), ZeroDivisionError("two\nlines"), RecursionError(), MemoryError()):
        with pytest.raises(ImageReadError) as caught, decoding(content, "TIFF"):
            raise error
        assert caught.value.__cause__ is error
        assert len(str(caught.value).splitlines()) == 1


FILES = seeds()


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(sorted(FILES)), chance=st.randoms(use_true_random=False))
def test_damaged_bytes_are_read_or_refused_and_nothing_else(tmp_path, name, chance):
    path = tmp_path / name
    path.write_bytes(mutate(FILES[name], chance))
    trace = try_file(path)
    assert not trace, trace


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_cut_of_every_format_is_read_or_refused(tmp_path, name):
    data = FILES[name]
    for length in np.linspace(0, len(data) - 1, 24).astype(int):
        path = tmp_path / name
        path.write_bytes(data[:length])
        trace = try_file(path)
        assert not trace, (length, trace)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_random_bytes_are_no_image(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("random") / "x.bin"
    path.write_bytes(data)
    with pytest.raises(BlotError):
        read_planes(path)


def test_a_cut_compressed_tiff_never_gives_rows_of_zeros(tmp_path):
    whole = compressed_tiff()
    path = tmp_path / "strips.tif"
    path.write_bytes(whole)
    np.testing.assert_array_equal(read(path).signal, BANDS)
    for missing in range(50, len(whole) - 300, 150):
        path.write_bytes(whole[:-missing])
        with pytest.raises(ImageReadError):
            read(path)


@pytest.mark.parametrize(
    ("images", "message"),
    [(99_999, "has more than 2000 pages"), (7, "names 7 pictures, which are not all in the file")],
)
def test_a_stack_that_only_its_description_has_is_refused(tmp_path, images, message):
    text = f"ImageJ=1.54f\nimages={images}\n\x00".encode()
    path = tmp_path / "stack.tif"
    path.write_bytes(build_tiff(Page(BANDS, tags={270: (2, text)})))
    with pytest.raises(ImageReadError, match=message):
        read_planes(path)


def test_an_array_of_more_pictures_than_are_read_is_refused(tmp_path):
    path = tmp_path / "many.tif"
    tifffile.imwrite(path, np.zeros((2001, 1, 9, 9), np.uint8), photometric="minisblack")
    with pytest.raises(ImageReadError, match=r"many.tif: has more than 2000 pages; split it"):
        read_planes(path)
