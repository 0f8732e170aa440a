"""What is on a membrane: the picture as signal, its lanes and its bands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.findings import Finding

__all__ = ["Band", "Blot", "Box", "ImageSource", "Lane", "LaneRole", "Placement", "Polarity"]

COARSE_BITS = 8


class Polarity(StrEnum):
    """Whether bands are darker or lighter than the membrane.

    As a viewer shows the file: WhiteIsZero is honored, further lookup tables of display are not.
    """

    DARK_ON_LIGHT = "dark_on_light"
    LIGHT_ON_DARK = "light_on_dark"


class LaneRole(StrEnum):
    """What a lane holds."""

    SAMPLE = "sample"
    LADDER = "ladder"
    BLANK = "blank"
    STANDARD = "standard"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """Where a picture comes from and how it was stored.

    Attributes
    ----------
    name : str
        The text by which the user named the file, with ``/``.
    sha256 : str
        Of the file's bytes, hexadecimal; empty for pictures made in memory.
    format, dtype, encoding, photometric, instrument : str
        As read; `encoding` is ``linear``, ``square_root``, ``logarithmic``, ``lossy``
        or ``unknown``.
    bit_depth : int
        Bits per sample that the detector or the file used.
    channel, page : int
        From 0.
    exposure_s : float or None
    semi_quantitative : str
        Why the values are not linear in light (JPEG, photograph, ...); empty if nothing says so.
    """

    name: str = ""
    sha256: str = ""
    format: str = "array"
    dtype: str = ""
    encoding: str = "linear"
    photometric: str = "min_is_black"
    instrument: str = ""
    bit_depth: int = 16
    channel: int = 0
    page: int = 0
    exposure_s: float | None = None
    semi_quantitative: str = ""

    @property
    def is_coarse(self) -> bool:
        """Whether the file has too few levels for a detector's own: a film's scan, a screenshot.

        Its values may be a curved function of light, and show their coding.
        """
        return self.bit_depth <= COARSE_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How blot pixels lie in the file: region first, then turn (clockwise), then flip.

    Attributes
    ----------
    file_shape : (int, int)
        Rows and columns of the file's picture as a viewer shows it.
    region : (int, int, int, int)
        Left, top, width, height in file pixels; the whole picture if not given.
    turn : int
        0, 90, 180 or 270 degrees clockwise.
    flip : str
        ``""``, ``"horizontal"`` or ``"vertical"``; applied after the turn.
    """

    file_shape: tuple[int, int]
    region: tuple[int, int, int, int]
    turn: int = 0
    flip: str = ""

    def to_file(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Return the file's x, y of a point of the blot; (0, 0) is the first pixel's center."""
        left, top, width, height = self.region
        columns, rows = (width, height) if self.turn % 180 == 0 else (height, width)
        if self.flip == "horizontal":
            x_px = columns - 1 - x_px
        elif self.flip == "vertical":
            y_px = rows - 1 - y_px
        if self.turn == 90:
            x_px, y_px = y_px, height - 1 - x_px
        elif self.turn == 180:
            x_px, y_px = width - 1 - x_px, height - 1 - y_px
        elif self.turn == 270:
            x_px, y_px = width - 1 - y_px, x_px
        return x_px + left, y_px + top

    def from_file(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Return the blot's x, y of a point of the file; undoes `to_file`."""
        left, top, width, height = self.region
        x_px, y_px = x_px - left, y_px - top
        if self.turn == 90:
            x_px, y_px = height - 1 - y_px, x_px
        elif self.turn == 180:
            x_px, y_px = width - 1 - x_px, height - 1 - y_px
        elif self.turn == 270:
            x_px, y_px = y_px, width - 1 - x_px
        columns, rows = (width, height) if self.turn % 180 == 0 else (height, width)
        if self.flip == "horizontal":
            x_px = columns - 1 - x_px
        elif self.flip == "vertical":
            y_px = rows - 1 - y_px
        return x_px, y_px


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blot:
    """One membrane picture of one channel, ready to be measured.

    Attributes
    ----------
    signal : ndarray of float32, shape (rows, columns), read-only
        Larger means more protein; migration runs down the rows; linear detector counts
        (or optical density where `unit` says so). Finite everywhere.
    saturated, invalid : ndarray of bool, shape (rows, columns), read-only
        Pixels at the detector's ceiling, taken from the file's values before any arithmetic;
        pixels without a value (NaN in the file; their signal is set to the local background).
    source : ImageSource
    placement : Placement
    polarity : Polarity
        As found or given.
    polarity_confidence : float
        0.5 to 1; 1 where the user or the file said it.
    unit : str
        ``"counts"`` or ``"OD"``.
    findings : tuple of Finding
        What the reader noticed (8-bit, lossy, ...).
    """

    signal: NDArray[np.float32]
    saturated: NDArray[np.bool_]
    invalid: NDArray[np.bool_]
    source: ImageSource
    placement: Placement
    polarity: Polarity
    polarity_confidence: float = 1.0
    unit: str = "counts"
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.signal, self.saturated, self.invalid):
            array.setflags(write=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.signal.shape
        return rows, columns

    @classmethod
    def from_signal(
        cls,
        signal: NDArray[np.floating] | NDArray[np.integer],
        *,
        saturated: NDArray[np.bool_] | None = None,
        name: str = "",
    ) -> Blot:
        """Return a blot of an array in which larger already means more protein."""
        values = np.array(signal, dtype=np.float32)
        rows, columns = values.shape
        mask = np.zeros(values.shape, bool) if saturated is None else np.array(saturated, bool)
        return cls(
            signal=values,
            saturated=mask,
            invalid=np.zeros(values.shape, bool),
            source=ImageSource(name=name, dtype=str(signal.dtype)),
            placement=Placement(file_shape=(rows, columns), region=(0, 0, columns, rows)),
            polarity=Polarity.LIGHT_ON_DARK,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A half-open box of pixels: ``signal[top:bottom, left:right]``."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area_px(self) -> int:
        """How many pixels the box holds."""
        return max(0, self.right - self.left) * max(0, self.bottom - self.top)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One sample's track down the blot, in blot pixels.

    Attributes
    ----------
    number : int
        From 1, left to right within the panel (a slot of the membrane once slots are known).
    panel : int
        From 1, in reading order.
    track_y_px, track_x_px : tuple of float
        Knots of the center line, y ascending; straight between knots, constant beyond them.
    width_px : float
        Full width of the lane.
    role : LaneRole
    confidence : float
        Probability, 0 to 1, that this is a lane and in the right place.
    reason : str
        What made the confidence what it is, in words.
    flags : tuple of str
    """

    number: int
    panel: int = 1
    track_y_px: tuple[float, ...]
    track_x_px: tuple[float, ...]
    width_px: float
    role: LaneRole = LaneRole.SAMPLE
    confidence: float = 1.0
    reason: str = ""
    edited: bool = False
    flags: tuple[str, ...] = ()

    def x_at(self, y_px: float | NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the center line's x at `y_px`."""
        return np.asarray(np.interp(y_px, self.track_y_px, self.track_x_px), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One measured entry: one lane, one row, detected or not, in blot pixels.

    Attributes
    ----------
    panel, lane, row : int
        The key within a picture; rows from 1 at the top.
    x_px, y_px : float
        Where the lane's center line meets the band; the fitted band's centroid there.
    box : Box
        The pixels that `total` sums.
    total, background : float
        Sums over the box, counts·px (OD·px).
    volume, volume_se : float
        Integral of this band alone and one standard error; may be negative; NaN if not measured.
    snr : float
        (mean - background) / noise per pixel in the box.
    saturated_px : int
    saturated_fraction : float
        Of the box's pixels above half the band's height, those that are saturated.
    sigma_y_px : float
        Half the width of the band at 0.61 of its height, along the migration.
    detected, edited : bool
    flags : tuple of str
    """

    panel: int = 1
    lane: int
    row: int
    x_px: float
    y_px: float
    box: Box
    total: float
    background: float
    volume: float
    volume_se: float
    snr: float
    saturated_px: int = 0
    saturated_fraction: float = 0.0
    sigma_y_px: float = field(default=float("nan"))
    rf: float | None = None
    molecular_weight_kda: float | None = None
    molecular_weight_se_kda: float | None = None
    detected: bool = True
    edited: bool = False
    flags: tuple[str, ...] = ()
