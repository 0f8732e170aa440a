"""Limits within which random blots are drawn."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Kind", "Span"]

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Limits within which the blots of a kind are drawn; pairs are (lowest, highest).

    Attributes
    ----------
    columns_px, rows_px : (int, int)
        Size of the picture.
    lanes : (int, int)
    pitch_px : (float, float)
        Distance of neighboring lanes.
    lane_fill : (float, float)
        Lane width over pitch.
    margin : (float, float)
        Free space left and right of the outer lanes, over the pitch.
    rows : (int, int)
        Rows of bands, a doublet counted as two.
    tilt_degrees, smile_px, bend_px, wave_px : float
        Largest; `Geometry`.
    smile_top : (float, float)
        Share of the smile that the top of the picture has.
    uneven : float
        Standard deviation of the lanes' positions over the pitch.
    softness, rim : (float, float)
        Of bands across their lanes; `AcrossLane`.
    fold : float
        Range of amounts within a row.
    jump_px : float
        Largest standard deviation of the mobility of whole lanes.
    rare : float
        Probability that a row is there in one lane of three only.
    absent, doublet, ladder, empty, saturated : float
        Probability of an absent band; of a doublet, a ladder lane, an empty lane and of saturated
        bands in a picture.
    haze, streak : float
        Largest, as a share of the strongest band.
    haze_noise : float
        Cap on haze and streaks, in standard deviations of the noise.
    specks, scratches, bubbles, pen_marks : (int, int)
    film : bool
    """

    columns_px: tuple[int, int] = (520, 1150)
    rows_px: tuple[int, int] = (300, 720)
    lanes: tuple[int, int] = (4, 20)
    pitch_px: Span = (34, 105)
    lane_fill: Span = (0.6, 0.86)
    margin: Span = (0.4, 1.6)
    rows: tuple[int, int] = (1, 6)
    tilt_degrees: float = 0.3
    smile_px: float = 1.5
    bend_px: float = 0.0
    wave_px: float = 0.5
    smile_top: Span = (0.5, 0.5)
    uneven: float = 0.01
    softness: Span = (0.03, 0.11)
    rim: Span = (-0.35, 0.3)
    fold: float = 8.0
    jump_px: float = 0.3
    rare: float = 0.0
    absent: float = 0.0
    doublet: float = 0.65
    ladder: float = 0.0
    empty: float = 0.0
    saturated: float = 0.0
    haze: float = 0.004
    streak: float = 0.0
    haze_noise: float = 4.0
    specks: tuple[int, int] = (0, 0)
    scratches: tuple[int, int] = (0, 0)
    bubbles: tuple[int, int] = (0, 0)
    pen_marks: tuple[int, int] = (0, 0)
    film: bool = False
