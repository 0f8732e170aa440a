"""What is fuzzed: every reader of bytes that come from elsewhere, with seeds and tokens.

A target takes bytes and returns; whatever it raises is a finding. What a program may say to a
damaged file is `BlotError` in one line, and each target checks that.
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "blot"))

from fuzz_readers import TOKENS, seeds

from blotflux.blot.content import FileContent
from blotflux.blot.formats import bio_io
from blotflux.blot.formats.registry import read_stored_planes
from blotflux.blot.read import read_planes
from blotflux.errors import BlotError
from blotflux.study.corrections import read_corrections
from blotflux.study.reading import check_study
from blotflux.study.sheet import read_sheet
from blotflux.study.volumes import read_volumes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["TARGETS", "Target", "bio_io", "dictionary"]

SHA256 = "0" * 64

SHEET = """membrane,lane,treatment,inhibitor,replicate,dose,dose_unit,role,exclude
rep1,1,vehicle,,1,0,uM,,
rep1,2,ami,BafA1,1,"1,5",uM,sample,smear
rep1,3,,,,,,ladder,
"""

STUDY = """blotflux = 1
title = "small"
[lanes]
file = "lanes.csv"
[[images]]
file = "a.tif"
membrane = "rep1"
targets = ["LC3-I", "LC3-II"]
region = [1, 2, 30, 40]
turn = 90
exposure_s = 3.5
[[images]]
file = "b.tif"
membrane = "rep1"
targets = ["GAPDH"]
lanes = [1, 2]
[parameters]
seed = 3
[[analyses]]
kind = "lc3_flux"
target = "LC3-II"
loading = "GAPDH"
control = "vehicle"
inhibitor_hours = 4.0
"""

VOLUMES = """membrane,lane,target,volume,volume_se,saturated,below_loq
rep1,1,LC3-II,100.5,2,false,no
rep1,2,GAPDH,"1e3",,yes,
"""

SIDECAR = (
    '{"schema_version": 1, "program": "0.1.0", "image": "a.tif", "sha256": "'
    + SHA256
    + '", "planes": [{"channel": 0, "page": 0, "lanes": [{"number": 1, "track_x_px": [1.5, 2],'
    ' "track_y_px": [0, 9], "width_px": 8.0, "role": "sample"}], "rows": [{"x_px": 1, "y_px": 2,'
    ' "target": "-"}]}], "log": [{"who": "x", "when": "2026-01-02T03:04:05Z", "what": "moved"}]}'
)

WORDS = (
    "membrane", "lane", "treatment", "inhibitor", "replicate", "dose_unit", "role", "ladder",
    "blank", "target", "volume", "saturated", "sep=;", "true", "nan", "inf", "1e999", "-0",
    "blotflux = 1", "[[images]]", "[[analyses]]", "[parameters]", "[lanes]", "kind", "phospho",
    "lc3_flux", "total_protein", "expression", "linear_ranges", "file = ", "../", "targets",
    "schema_version", "planes", "track_x_px", "null", "1979-05-27T07:32:00Z", "0x7fffffff",
    "<c r='A1' t='s'><v>9</v></c>", "<mergeCell ref='A1:B2'/>", "#REF!", "&lt;", "<!DOCTYPE x>",
    "MIME-Version: 1.0", "Content-Type: text/xml", "Content-Length: 9", "max_value", "endian",
    "Adj. Volume (Int)", "Lane No.", "Band No.", "Channel", "Signal", "Total", "Bkgnd.", "Area",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader.

    Attributes
    ----------
    run : callable
        Takes the bytes; raises whatever should not have been raised.
    seeds : callable
        Returns small sound inputs by name.
    longest : int
        Bytes of the longest input tried.
    """

    run: Callable[[bytes], None]
    seeds: Callable[[], dict[str, bytes]]
    longest: int = 4096


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
FOLDER = Path(tempfile.mkdtemp(prefix="blotflux-fuzz-", dir=MEMORY))


def require_one_line(error: BlotError) -> None:
    """Raise if an error's text is not what a person can read in a list."""
    if len(str(error).splitlines()) != 1:
        message = f"not one line: {error!r}"
        raise AssertionError(message)


def read_storage(data: bytes) -> None:
    """Find the reader, read the header and decode the values."""
    content = FileContent(name="x", path=FOLDER / "x", data=data, max_megapixels=0.05)
    try:
        for plane in read_stored_planes(content)[:4]:
            plane.load()
    except BlotError as error:
        require_one_line(error)


def read_blot(data: bytes) -> None:
    """Read as the program does, down to signal, masks, polarity and findings."""
    path = FOLDER / "blot.bin"
    path.write_bytes(data)
    try:
        for blot in read_planes(path, max_megapixels=0.05):
            if not np.isfinite(blot.signal).all():
                message = "signal not finite"
                raise AssertionError(message)
    except BlotError as error:
        require_one_line(error)


def read_fuji(data: bytes) -> None:
    """Read the text that lies beside a Fuji image."""
    path = FOLDER / "blot.inf"
    if not (FOLDER / "blot.img").exists():
        (FOLDER / "blot.img").write_bytes(bytes(2304))
    path.write_bytes(data)
    content = FileContent(name="blot.inf", path=path, data=data, max_megapixels=0.05)
    try:
        for plane in read_stored_planes(content)[:4]:
            plane.load()
    except BlotError as error:
        require_one_line(error)


def read_zipped(data: bytes) -> None:
    """Read a sound zip whose one channel is damaged."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("700.tif", data)
    read_storage(stream.getvalue())


def check_study_file(data: bytes) -> None:
    """Check a study whose sheet is sound and whose pictures are not there."""
    folder = FOLDER / "study"
    folder.mkdir(exist_ok=True)
    if not (folder / "lanes.csv").exists():
        (folder / "lanes.csv").write_text(SHEET)
        (folder / "volumes.csv").write_text(VOLUMES)
    (folder / "study.toml").write_bytes(data)
    for mistake in check_study(folder / "study.toml"):
        str(mistake)


def read_lanes(data: bytes) -> None:
    """Read a sheet."""
    path = FOLDER / "lanes.csv"
    path.write_bytes(data)
    read_sheet(path, "lanes.csv")


def read_numbers(data: bytes) -> None:
    """Read a table of volumes."""
    path = FOLDER / "volumes.csv"
    path.write_bytes(data)
    read_volumes(path, "volumes.csv")


def read_cells(data: bytes) -> None:
    """Read a sound workbook whose one sheet is damaged."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook())) as book, zipfile.ZipFile(stream, "w") as out:
        for name in book.namelist():
            out.writestr(name, data if name.endswith("sheet1.xml") else book.read(name))
    path = FOLDER / "lanes.xlsx"
    path.write_bytes(stream.getvalue())
    read_sheet(path, "lanes.xlsx")


def read_sidecar(data: bytes) -> None:
    """Read corrections made by hand."""
    path = FOLDER / "a.tif.blotflux.json"
    path.write_bytes(data)
    try:
        read_corrections(path, path.name, sha256=SHA256)
    except BlotError as error:
        require_one_line(error)


def read_ranges(data: bytes) -> None:
    """Read linear ranges that another study saved."""
    from blotflux.analysis.linear_range import linear_ranges_from_json

    try:
        linear_ranges_from_json(data.decode("utf-8", "replace"))
    except BlotError as error:
        require_one_line(error)


_BOOK: list[bytes] = []


def _workbook() -> bytes:
    if not _BOOK:
        from openpyxl import Workbook

        book = Workbook()
        for line in SHEET.splitlines():
            book.active.append(line.replace('"', "").split(",")[:9])
        stream = io.BytesIO()
        book.save(stream)
        _BOOK.append(stream.getvalue())
    return _BOOK[0]


def _sheet_xml() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(_workbook())) as book:
        return {"sheet.xml": book.read("xl/worksheets/sheet1.xml")}


def _text(*texts: str) -> Callable[[], dict[str, bytes]]:
    return lambda: {f"{index}.txt": text.encode() for index, text in enumerate(texts)}


def _images() -> dict[str, bytes]:
    return {name: data for name, data in seeds().items() if not name.endswith((".inf", ".zip"))}


def _tiffs() -> dict[str, bytes]:
    return {name: data for name, data in _images().items() if name.endswith(".tif")}


def _named(*endings: str) -> Callable[[], dict[str, bytes]]:
    return lambda: {name: data for name, data in seeds().items() if name.endswith(endings)}


def _ranges() -> dict[str, bytes]:
    from blotflux.analysis.linear_range import find_linear_range, linear_ranges_to_json

    amounts, volumes = [1.0, 2.0, 4.0, 8.0, 16.0], [1000.0, 2100.0, 4000.0, 8100.0, 12000.0]
    found = find_linear_range(amounts, volumes, usable=[True] * 5, target="GAPDH", membrane="rep1")
    return {"ranges.json": linear_ranges_to_json([found]).encode()}


TARGETS = {
    "storage": Target(run=read_storage, seeds=seeds, longest=8192),
    "blot": Target(run=read_blot, seeds=_images, longest=8192),
    "tiff": Target(run=read_storage, seeds=_tiffs, longest=8192),
    "raster": Target(run=read_storage, seeds=_named(".png", ".bmp", ".jpg"), longest=4096),
    "instrument": Target(run=read_storage, seeds=_named(".scn", ".1sc", ".gel"), longest=8192),
    "zip": Target(run=read_storage, seeds=_named(".zip"), longest=8192),
    "zipped": Target(run=read_zipped, seeds=_tiffs, longest=8192),
    "fuji": Target(run=read_fuji, seeds=_named(".inf"), longest=512),
    "study": Target(run=check_study_file, seeds=_text(STUDY), longest=2048),
    "sheet": Target(run=read_lanes, seeds=_text(SHEET, SHEET.replace(",", "\t")), longest=1024),
    "volumes": Target(run=read_numbers, seeds=_text(VOLUMES), longest=1024),
    "workbook": Target(run=read_cells, seeds=_sheet_xml, longest=8192),
    "sidecar": Target(run=read_sidecar, seeds=_text(SIDECAR), longest=2048),
    "ranges": Target(run=read_ranges, seeds=_ranges),
}


def dictionary() -> Iterable[str]:
    """Yield the lines of libFuzzer's dictionary."""
    for token in (*TOKENS, *(word.encode() for word in WORDS)):
        yield '"' + "".join(f"\\x{byte:02x}" for byte in token) + '"'
