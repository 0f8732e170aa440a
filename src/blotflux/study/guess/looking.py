"""Looks at the pictures of a folder: what their names say, what the files say, what is on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import tifffile

from blotflux.blot.model import LaneRole
from blotflux.blot.read import read_planes
from blotflux.errors import BlotError
from blotflux.measure.result import LaneHints
from blotflux.parameters import Parameters
from blotflux.study.assign import find_rows
from blotflux.study.guess.naming import NameReading, read_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from blotflux.blot.model import Blot
    from blotflux.measure.result import Measurement

    Progress = Callable[[int, int, str], None]
    Quantifier = Callable[..., Measurement]

__all__ = ["Look", "Shown", "Unreadable", "find_pictures", "look_at_pictures"]

SUFFIXES = frozenset(
    {".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp", ".gel", ".scn", ".1sc", ".img", ".zip"}
)

# Folders that hold what programs wrote, not what instruments did.
SKIPPED_FOLDERS = frozenset({"results", "corrections", "overlays", "figures"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file that looks like a picture and cannot be read, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was found on a picture.

    Attributes
    ----------
    lanes : int
        Highest lane number; 0 where nothing was found or looked for.
    ladders : tuple of int
        Lanes that look like ladders.
    lane_x : tuple of float
        Centers of the lanes at mid height, px.
    row_y : tuple of float
        Heights of the rows of bands in lanes that are no ladders, px, from the top.
    """

    lanes: int = 0
    ladders: tuple[int, ...] = ()
    lane_x: tuple[float, ...] = ()
    row_y: tuple[float, ...] = ()

    @property
    def samples(self) -> int:
        """How many lanes are no ladders."""
        return self.lanes - len(self.ladders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One picture, looked at.

    Attributes
    ----------
    file : str
        Relative to the folder, with ``/``.
    channel, page : int or None
        None where the file has one.
    reading : NameReading
    size : (int, int)
        Width and height, px.
    exposure_s : float or None
        From the file, else from its name.
    taken : datetime or None
        From the file, else from its name.
    semi_quantitative : str
    shown : Shown
    """

    file: str
    channel: int | None = None
    page: int | None = None
    reading: NameReading
    size: tuple[int, int]
    exposure_s: float | None = None
    taken: datetime | None = None
    semi_quantitative: str = ""
    shown: Shown = Shown()


def find_pictures(directory: Path) -> tuple[str, ...]:
    """Return the files that look like pictures, relative to the folder, in natural order."""
    found = []
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory)
        hidden = any(part.startswith((".", "~")) for part in relative.parts)
        folders = {part.casefold() for part in relative.parts[:-1]}
        if path.suffix.casefold() in SUFFIXES and path.is_file() and not hidden:
            written = any((parent / "run.json").is_file() for parent in path.parents)
            if not folders & SKIPPED_FOLDERS and not written:
                found.append(relative.as_posix())
    return tuple(sorted(found, key=_natural))


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``rep2`` before ``rep10``."""
    parts: list[tuple[int, str]] = []
    digits = ""
    for letter in f"{name.casefold()}\0":
        if letter.isdecimal():
            digits += letter
        else:
            if digits:
                parts.append((int(digits), ""))
            digits = ""
            parts.append((-1, letter))
    return parts


def look_at_pictures(
    directory: Path,
    *,
    quantifier: Quantifier,
    progress: Progress | None = None,
) -> tuple[tuple[Look, ...], tuple[Unreadable, ...]]:
    """Return every picture of a folder, looked at, and the files that could not be read."""
    looks: list[Look] = []
    unreadable = []
    files = find_pictures(directory)
    for done, file in enumerate(files, start=1):
        try:
            looks += _look(directory, file, quantifier)
        except (BlotError, OSError, MemoryError) as error:
            reason = " ".join(str(error).split()).removeprefix(f"{file}: ")
            unreadable.append(Unreadable(file=file, reason=reason))
        if progress is not None:
            progress(done, len(files), file)
    return tuple(looks), tuple(unreadable)


def _look(directory: Path, file: str, quantifier: Quantifier) -> list[Look]:
    """Return one look for each channel and page of a file."""
    reading = read_name(file)
    blots = read_planes(directory / file, name=file)
    taken = capture_time(directory / file, reading)
    several_channels = len({blot.source.channel for blot in blots}) > 1
    several_pages = len({blot.source.page for blot in blots}) > 1
    return [
        Look(
            file=file,
            channel=blot.source.channel if several_channels else None,
            page=blot.source.page if several_pages else None,
            reading=reading,
            size=(blot.shape[1], blot.shape[0]),
            exposure_s=blot.source.exposure_s or reading.exposure_s,
            taken=taken,
            semi_quantitative=blot.source.semi_quantitative,
            shown=Shown() if reading.is_marker else _count(blot, quantifier),
        )
        for blot in blots
    ]


def _count(blot: Blot, quantifier: Quantifier) -> Shown:
    """Return what is on a blot: lanes, ladders, rows."""
    measurement = quantifier(blot, Parameters(), hints=LaneHints())
    if not measurement.lanes:
        return Shown()
    # Of several panels in one picture the one with most lanes tells how many there are.
    panel = Counter(lane.panel for lane in measurement.lanes).most_common(1)[0][0]
    lanes = [lane for lane in measurement.lanes if lane.panel == panel]
    return Shown(
        lanes=max(lane.number for lane in lanes),
        ladders=tuple(lane.number for lane in lanes if lane.role is LaneRole.LADDER),
        lane_x=tuple(float(lane.x_at(blot.shape[0] / 2)) for lane in lanes),
        row_y=tuple(_heights(measurement, [row.key for row in find_rows(measurement)])),
    )


def _heights(measurement: Measurement, keys: Sequence[tuple[int, int]]) -> Iterator[float]:
    for key in keys:
        heights = [band.y_px for band in measurement.bands if (band.panel, band.row) == key]
        yield sum(heights) / len(heights)


def capture_time(path: Path, reading: NameReading) -> datetime | None:
    """Return when a picture was taken: as its file says, else as its name does."""
    if path.suffix.casefold() in {".tif", ".tiff", ".gel"}:
        with tifffile.TiffFile(path) as file:
            tag = file.pages.first.tags.get("DateTime")
            text = str(tag.value) if tag is not None else ""
        found = _parse(text.strip("\0 "), "%Y:%m:%d %H:%M:%S")
        if found is not None:
            return found
    return _parse(f"{reading.date}{reading.clock}", "%Y%m%d%H%M%S")


def _parse(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern)
    except ValueError:
        return None
