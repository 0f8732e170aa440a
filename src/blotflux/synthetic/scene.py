"""What is to be drawn: a scene of lanes, rows, background, artefacts and a detector.

Every part is a frozen record with plain numbers; `blotflux.synthetic.draw_blot` turns a scene and
a seed into a picture and its truth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.blot import LaneRole, Polarity
from blotflux.synthetic.shapes import AcrossLane, Peak

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Artefacts",
    "Background",
    "Camera",
    "ExtraBand",
    "Film",
    "Geometry",
    "Irregularity",
    "LaneSpec",
    "RowSpec",
    "Scene",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSpec:
    """One species: a row of bands.

    Attributes
    ----------
    name : str
    y_px : float
        Where the row crosses the middle column of the picture.
    volume : float
        Integral of a band of amount 1 in a lane of loading 1, counts·px.
    peak : Peak
        Its profile along the migration.
    curvature_px : float
        How much lower the edges of a band lie than its center; negative: they lie higher.
    """

    name: str
    y_px: float
    volume: float
    peak: Peak
    curvature_px: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraBand:
    """A band of one lane that belongs to no row: a ladder's, or unspecific."""

    y_px: float
    volume: float
    peak: Peak


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSpec:
    """One lane and what was loaded.

    Attributes
    ----------
    x_px : float
        Center at the middle row of the picture.
    width_px : float
        Full width at half height.
    role : LaneRole
    loading : float
        Factor on every band of the lane; 1 is the nominal load.
    amounts : mapping of row name to float
        Amount of each species; a row that is not named is absent.
    extra : tuple of ExtraBand
    across : AcrossLane
    streak : float
        Height of the smear along the lane, counts.
    sample : str
        Names the lysate; its irregularities follow it wherever the lane is put.
    """

    x_px: float
    width_px: float
    role: LaneRole = LaneRole.SAMPLE
    loading: float = 1.0
    amounts: Mapping[str, float] = field(default_factory=dict)
    extra: tuple[ExtraBand, ...] = ()
    across: AcrossLane = field(default_factory=AcrossLane)
    streak: float = 0.0
    sample: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How the gel lies in the picture.

    Attributes
    ----------
    tilt_degrees : float
        Of the whole blot, counterclockwise.
    smile_px : float
        How much higher the outer lanes run than the middle ones at the lower end of the picture.
    smile_top : float
        Share of that at the upper end, -1 to 1.
    bend_px : float
        Sideways bulge of the lanes at half height.
    wave_px : float
        Amplitude of one slow wave of the rows across the picture.
    """

    tilt_degrees: float = 0.0
    smile_px: float = 0.0
    smile_top: float = 0.5
    bend_px: float = 0.0
    wave_px: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Irregularity:
    """Standard deviations of what differs from band to band without a reason.

    Attributes
    ----------
    y_px : float
        Mobility of single bands.
    lane_y_px : float
        Mobility of whole lanes (salt, a warm edge): all their bands together.
    sigma_fraction, width_fraction : float
        Width along the migration and across the lane, relative.
    curvature_px : float
    unevenness : float
        Relative ripple of a band across its lane.
    slope : float
        Relative left-right tilt of a band's strength.
    """

    y_px: float = 0.0
    lane_y_px: float = 0.0
    sigma_fraction: float = 0.0
    width_fraction: float = 0.0
    curvature_px: float = 0.0
    unevenness: float = 0.0
    slope: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """Signal that is in no band, counts.

    Attributes
    ----------
    level : float
        Everywhere.
    gradient : float
        Difference between opposite ends of the picture, in a direction drawn from the seed.
    haze : float
        Height of the cloudiness (95 % of it lies below).
    haze_scale_px : float
        Size of the clouds.
    lane_haze : float
        Height of the smear that every lane has around its bands.
    """

    level: float = 0.0
    gradient: float = 0.0
    haze: float = 0.0
    haze_scale_px: float = 80.0
    lane_haze: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefacts:
    """What does not belong on a membrane.

    Attributes
    ----------
    specks, scratches, bubbles, pen_marks : int
        How many of each.
    height : float
        Of the strongest, counts.
    border_px : float
        Width of the dark border of a film; 0: none.
    """

    specks: int = 0
    scratches: int = 0
    bubbles: int = 0
    pen_marks: int = 0
    height: float = 0.0
    border_px: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A linear detector.

    Attributes
    ----------
    ceiling : int
        Largest value that it gives; up to 65535.
    offset : float
        Value without any light.
    read_noise : float
        Standard deviation, counts.
    gain : float
        Counts per electron: the shot noise has the variance ``gain * signal``.
    blur_px : float
        Width of the Gaussian that signal and noise are smoothed with (resampling, binning);
        0: independent pixels.
    """

    ceiling: int = 65535
    offset: float = 400.0
    read_noise: float = 30.0
    gain: float = 2.0
    blur_px: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """X-ray film, scanned to 8 bit and saved as JPEG: dark bands on a light ground.

    Attributes
    ----------
    half_signal : float
        Signal at which the film is half black, counts.
    contrast : float
        Exponent of the sigmoid ``s**c / (s**c + half**c)``.
    white, black : float
        Gray values of unexposed and fully exposed film, 0 to 255.
    grain : float
        Standard deviation of the grain, gray values.
    quality : int
        Of the JPEG, 1 to 100.
    """

    half_signal: float = 8000.0
    contrast: float = 1.3
    white: float = 232.0
    black: float = 14.0
    grain: float = 1.5
    quality: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that is to be in one picture.

    Attributes
    ----------
    rows_px, columns_px : int
        Size of the picture.
    lanes : tuple of LaneSpec
        From left to right.
    rows : tuple of RowSpec
        From the top.
    polarity : Polarity
        Of the file's values; film is always dark on light.
    """

    rows_px: int
    columns_px: int
    lanes: tuple[LaneSpec, ...]
    rows: tuple[RowSpec, ...]
    geometry: Geometry = Geometry()
    irregularity: Irregularity = Irregularity()
    background: Background = Background()
    artefacts: Artefacts = Artefacts()
    detector: Camera | Film = Camera()
    polarity: Polarity = Polarity.LIGHT_ON_DARK
