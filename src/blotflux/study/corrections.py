"""Corrections made by hand: the file beside an image that every command takes into account.

``rep1_lc3.tif.blotflux.json`` holds the lanes, bands, roles, exclusions, names and orientation that
a person set, for all channels, pages and panels of the image, with a log of who changed what from
what, and when. With the automatic lanes that the person started from, recorded exactly, every
command gives the numbers that the window showed. The positions of a plan are in the pixels of the
blot, that is of the region, turned and flipped as the file says.

Version 1 of the file held lanes and names only, in the pixels of the file as a viewer shows it.
Such lanes are measured as if they had been found.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from blotflux import __version__
from blotflux.blot.model import LaneRole
from blotflux.errors import Mistake, OutputError, StudyError
from blotflux.measure.correcting.plan import Plan  # noqa: TC001 - read by pydantic at run time
from blotflux.study.nesting import is_deep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "SCHEMA_VERSION",
    "Corrections",
    "ImageChangedError",
    "LaneCorrection",
    "LogEntry",
    "PlaneCorrections",
    "RowCorrection",
    "SignOff",
    "corrections_path",
    "find_corrections",
    "log_entry",
    "now",
    "read_corrections",
    "user",
    "write_corrections",
]

SCHEMA_VERSION = 2

SUFFIX = ".blotflux.json"

FOLDER = "corrections"

# From each older version to the next: takes and gives the data of the file.
# Version 2 added plans, regions and sign-offs; what version 1 says means what it did.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: dict}

Px = Annotated[float, Field(allow_inf_nan=False)]


class Record(BaseModel):
    """A part of the file: cannot be changed and knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LaneCorrection(Record):
    """One lane as a person left it; `edited` tells whether they changed it."""

    number: int = Field(ge=1)
    panel: int = Field(1, ge=1)
    track_x_px: tuple[Px, ...] = Field(min_length=1)
    track_y_px: tuple[Px, ...] = Field(min_length=1)
    width_px: Px = Field(gt=0)
    role: LaneRole = LaneRole.SAMPLE
    confidence: float = Field(1.0, ge=0, le=1)
    exclude: str = Field("", description="Why the lane is left out of inference; empty: it is not.")
    edited: bool = False

    @model_validator(mode="after")
    def require_track(self) -> LaneCorrection:
        """Refuse a track that is none."""
        if len(self.track_x_px) != len(self.track_y_px):
            message = "track_x_px and track_y_px must be of one length"
            raise ValueError(message)
        return self


class RowCorrection(Record):
    """The name of a row of bands, found again by the place of one of its bands."""

    panel: int = Field(1, ge=1)
    x_px: Px
    y_px: Px
    target: str = Field(description='"-" for a row that nobody wants.')


class SignOff(Record):
    """Somebody looked at the picture and found it right."""

    who: str
    when: datetime


class PlaneCorrections(Record):
    """What was set for one channel, page and region of the image."""

    channel: int = Field(0, ge=0)
    page: int = Field(0, ge=0)
    region: tuple[int, int, int, int] | None = Field(
        None, description="Left, top, width, height in pixels of the file; None: all of it."
    )
    polarity: Literal["auto", "dark_on_light", "light_on_dark"] = "auto"
    turn: Literal[0, 90, 180, 270] = 0
    flip: Literal["", "horizontal", "vertical"] = ""
    lanes: tuple[LaneCorrection, ...] | None = Field(
        None, description="All lanes; None: they are found as if nobody had looked."
    )
    rows: tuple[RowCorrection, ...] = ()
    plan: Plan | None = Field(None, description="What is measured; None: what `lanes` says.")
    signed_off: SignOff | None = None

    @property
    def place(self) -> tuple[int, int, tuple[int, int, int, int] | None]:
        """Page, channel and region."""
        return self.page, self.channel, self.region

    @model_validator(mode="after")
    def require_one_word(self) -> PlaneCorrections:
        """Refuse a plan beside the lanes of version 1."""
        if self.plan is not None and (self.lanes is not None or self.rows):
            message = "a plan and lanes or rows beside it contradict each other"
            raise ValueError(message)
        return self


class LogEntry(Record):
    """One change: who, when, what, from what to what."""

    who: str
    when: datetime
    what: str = Field(min_length=1)
    before: Any = None
    after: Any = None


class Corrections(Record):
    """All corrections of one image.

    Attributes
    ----------
    schema_version : int
    program : str
        The blotflux that wrote the file.
    image : str
        The image's name, without its folder.
    sha256 : str
        Of the image that the corrections were made on.
    planes : tuple of PlaneCorrections
    log : tuple of LogEntry
        Only ever grows.
    """

    schema_version: Literal[2] = 2
    program: str = __version__
    image: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    planes: tuple[PlaneCorrections, ...] = ()
    log: tuple[LogEntry, ...] = ()

    @model_validator(mode="after")
    def require_places(self) -> Corrections:
        """Refuse two planes of one place."""
        places = [plane.place for plane in self.planes]
        if len(places) != len(set(places)):
            message = "two planes are of the same channel, page and region"
            raise ValueError(message)
        return self

    def plane(
        self, channel: int, page: int, region: tuple[int, int, int, int] | None = None
    ) -> PlaneCorrections | None:
        """Return what was set for a channel, page and region, or None."""
        same = (plane for plane in self.planes if plane.place == (page, channel, region))
        return next(same, None)

    def planes_of(self, channel: int, page: int) -> tuple[PlaneCorrections, ...]:
        """Return what was set for all regions of a channel and page."""
        return tuple(own for own in self.planes if (own.channel, own.page) == (channel, page))

    def with_plane(
        self, plane: PlaneCorrections, *, what: str, before: Any = None, after: Any = None
    ) -> Corrections:
        """Return the corrections with one plane set anew and the change in the log."""
        return self.with_entries(plane, [log_entry(what, before=before, after=after)])

    def with_entries(self, plane: PlaneCorrections, entries: Sequence[LogEntry]) -> Corrections:
        """Return the corrections with one plane set anew and what led there in the log."""
        others = [own for own in self.planes if own.place != plane.place]
        planes = sorted([*others, plane], key=lambda own: (*own.place[:2], own.region or ()))
        update = {"planes": tuple(planes), "log": (*self.log, *entries), "program": __version__}
        return self.model_copy(update=update)


def log_entry(what: str, *, before: Any = None, after: Any = None, who: str = "") -> LogEntry:
    """Return a change that is made now, by default by who is at the machine."""
    return LogEntry(who=who or user(), when=now(), what=what, before=before, after=after)


def now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def user() -> str:
    """Return the name of who is at the machine; "unknown" where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


# ---------------------------------------------------------------- where they are


def corrections_path(image: Path) -> Path:
    """Return where the corrections of an image belong: beside it, under its full name."""
    return image.with_name(image.name + SUFFIX)


def find_corrections(
    directory: Path, file: str, *, study_folder: Path | None = None
) -> tuple[Path, str] | None:
    """Return the corrections of an image and their name in messages, or None.

    Parameters
    ----------
    directory : Path
        That `file` starts from.
    file : str
        The image, with ``/``.
    study_folder : Path, optional
        Whose ``corrections`` folder is looked into as well, for images in folders that cannot be
        written to.

    Raises
    ------
    StudyError
        If both places have some.
    """
    beside = corrections_path(directory / file)
    found = [(beside, f"{file}{SUFFIX}")] if beside.is_file() else []
    if study_folder is not None:
        parts = [part for part in PurePosixPath(file).parts if part not in ("..", "/")]
        name = "/".join([FOLDER, *parts]) + SUFFIX
        if (study_folder / name).is_file():
            found.append((study_folder / name, name))
    if len(found) > 1:
        message = f"and '{found[1][1]}' both correct '{file}'; keep the one that is right"
        raise StudyError([Mistake(where=found[0][1], message=message)])
    return found[0] if found else None


# ---------------------------------------------------------------- reading and writing


def read_corrections(path: Path, name: str, *, sha256: str) -> Corrections:
    """Return the corrections in a file.

    Parameters
    ----------
    path : Path
    name : str
        The file's name in messages.
    sha256 : str
        Of the image as it is now.

    Raises
    ------
    StudyError
        If the file is not one of ours, newer than this program, or made for another image.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        deep = is_deep(data)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise _refuse(name, f"cannot be read ({reason}); {_WITHOUT}") from None
    except RecursionError:
        deep = True
    if deep:
        raise _refuse(name, f"is nested too deeply; {_WITHOUT}")
    if not isinstance(data, dict):
        raise _refuse(name, f"holds no corrections; {_WITHOUT}")
    try:
        corrections = Corrections.model_validate_json(json.dumps(_migrate(data, name)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _refuse(name, f"{where}: {first['msg']}; {_WITHOUT}") from None
    if corrections.sha256 != sha256:
        message = (
            f"was made for another version of '{corrections.image}': the image has changed since; "
            f"put the former image back, correct this one anew (blotflux edit), or {_WITHOUT}"
        )
        raise ImageChangedError(Mistake(where=name, message=message), corrections)
    return corrections


class ImageChangedError(StudyError):
    """The corrections were made on another version of the image; they are in `corrections`."""

    def __init__(self, mistake: Mistake, corrections: Corrections | None = None) -> None:
        self.corrections = corrections
        super().__init__([mistake])


_WITHOUT = "take the file away, or leave corrections out with --ignore-corrections"


def _refuse(name: str, message: str) -> StudyError:
    # Keys and values of a file from elsewhere may hold line breaks; a mistake is one line.
    return StudyError([Mistake(where=name, message=" ".join(message.split()))])


def _migrate(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the data in the form of this program's version."""
    version = data.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _refuse(name, f"has no schema_version; {_WITHOUT}")
    if version > SCHEMA_VERSION:
        message = f"was written by a newer blotflux ({data.get('program', '?')}); install that"
        raise _refuse(name, message)
    migrated = dict(data)
    for step in range(version, SCHEMA_VERSION):
        migrated = {**MIGRATIONS[step](migrated), "schema_version": step + 1}
    return migrated


def write_corrections(corrections: Corrections, path: Path) -> None:
    """Write corrections to a file, which is there whole or as it was before.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    text = json.dumps(corrections.model_dump(mode="json"), indent=1, ensure_ascii=False)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        message = (
            f"{path}: corrections cannot be written ({error.strerror}); they may also be kept in "
            f"the study's folder '{FOLDER}'"
        )
        raise OutputError(message) from None
