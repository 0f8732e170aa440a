"""Five kinds of blots, from clean to film, drawn at random within stated limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole, Polarity
from blotflux.synthetic.drawing import draw_blot
from blotflux.synthetic.layout import lay_out_rows, random_across, random_peak
from blotflux.synthetic.scene import (
    Artefacts,
    Background,
    Camera,
    ExtraBand,
    Film,
    Geometry,
    Irregularity,
    LaneSpec,
    RowSpec,
    Scene,
)

if TYPE_CHECKING:
    from blotflux.synthetic.truth import SyntheticBlot

__all__ = ["KINDS", "Kind", "draw_kind", "scene_of_kind"]

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
    rows : (int, int)
        Rows of bands, a doublet counted as two.
    tilt_degrees, smile_px, bend_px, wave_px : float
        Largest; `Geometry`.
    uneven : float
        Standard deviation of the lanes' positions over the pitch.
    fold : float
        Range of amounts within a row.
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
    rows: tuple[int, int] = (1, 6)
    tilt_degrees: float = 0.3
    smile_px: float = 1.5
    bend_px: float = 0.0
    wave_px: float = 0.5
    uneven: float = 0.01
    fold: float = 8.0
    absent: float = 0.0
    doublet: float = 0.4
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


KINDS: dict[str, Kind] = {
    "clean": Kind(),
    "typical": Kind(
        tilt_degrees=2.0,
        smile_px=9.0,
        wave_px=2.0,
        uneven=0.03,
        fold=30.0,
        absent=0.14,
        doublet=0.6,
        ladder=0.6,
        empty=0.35,
        haze=0.03,
        streak=0.008,
        haze_noise=40.0,
        specks=(0, 3),
    ),
    "hard": Kind(
        lane_fill=(0.86, 0.97),
        tilt_degrees=4.0,
        smile_px=14.0,
        bend_px=10.0,
        wave_px=4.0,
        uneven=0.04,
        fold=30.0,
        absent=0.14,
        doublet=0.6,
        ladder=0.5,
        empty=0.3,
        saturated=0.5,
        haze=0.06,
        streak=0.025,
        haze_noise=80.0,
        specks=(5, 30),
        scratches=(1, 2),
        bubbles=(0, 2),
        pen_marks=(0, 2),
    ),
    "strip": Kind(
        columns_px=(480, 1300),
        rows_px=(90, 190),
        lane_fill=(0.7, 0.93),
        rows=(1, 2),
        tilt_degrees=1.0,
        smile_px=5.0,
        wave_px=1.5,
        uneven=0.03,
        fold=12.0,
        absent=0.1,
        doublet=0.5,
        empty=0.25,
        haze=0.03,
        streak=0.006,
        haze_noise=40.0,
        specks=(0, 2),
    ),
    "film": Kind(
        lane_fill=(0.65, 0.9),
        tilt_degrees=1.5,
        smile_px=6.0,
        wave_px=1.5,
        uneven=0.03,
        fold=8.0,
        absent=0.1,
        doublet=0.4,
        empty=0.2,
        haze=0.02,
        haze_noise=40.0,
        specks=(0, 4),
        pen_marks=(0, 1),
        film=True,
    ),
}


def draw_kind(kind: str, seed: int) -> SyntheticBlot:
    """Return a blot of a kind.

    Parameters
    ----------
    kind : str
        ``clean``, ``typical``, ``hard``, ``strip`` or ``film``.
    seed : int
        0 or more; the same kind and seed give the same pixels.

    Returns
    -------
    SyntheticBlot

    Raises
    ------
    ValueError
        The kind is unknown.

    Examples
    --------
    >>> blot = draw_kind("clean", 1)
    >>> blot.image.dtype
    dtype('uint16')
    """
    return draw_blot(scene_of_kind(kind, seed), seed)


def scene_of_kind(kind: str, seed: int) -> Scene:
    """Return the scene that `draw_kind` draws; same arguments and errors."""
    if kind not in KINDS:
        message = f"Unknown kind {kind!r}; choose one of {', '.join(KINDS)}."
        raise ValueError(message)
    limits = KINDS[kind]
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    return compose(limits, rng)


def between(span: Span, rng: np.random.Generator) -> float:
    """Return a uniform number of a span."""
    return float(rng.uniform(*span))


def count(span: tuple[int, int], rng: np.random.Generator) -> int:
    """Return a whole number of a span, ends included."""
    return int(rng.integers(span[0], span[1] + 1))


def compose(limits: Kind, rng: np.random.Generator) -> Scene:
    """Return a random scene within `limits`."""
    camera, strongest = random_camera(limits, rng)
    across_px, x_px, pitch_px = lay_out_lanes(limits, rng)
    geometry = random_geometry(limits, across_px, rng)
    width_px = pitch_px * between(limits.lane_fill, rng)
    rows_px, rows = random_rows(limits, geometry, across_px, rng)
    rows = scale_rows(rows, width_px, strongest, rng)
    noise = float(np.sqrt(camera.read_noise**2 + camera.gain * 0.01 * camera.ceiling))
    cap = limits.haze_noise * noise
    streak = min(limits.streak * strongest, cap)
    lanes = random_lanes(limits, x_px, width_px, rows, rng, rows_px=rows_px, streak=streak)
    background = Background(
        level=strongest * between((0.002, 0.04), rng),
        gradient=min(limits.haze * strongest, cap) * between((0, 1), rng),
        haze=min(limits.haze * strongest, cap) * between((0.1, 1), rng),
        haze_scale_px=between((70, 220), rng),
        lane_haze=streak * between((0, 0.6), rng),
    )
    artefacts = Artefacts(
        specks=count(limits.specks, rng),
        scratches=count(limits.scratches, rng),
        bubbles=count(limits.bubbles, rng),
        pen_marks=count(limits.pen_marks, rng),
        height=max(0.4 * strongest, 20 * noise),
        border_px=between((0, 14), rng) if limits.film else 0.0,
    )
    return Scene(
        rows_px=rows_px,
        columns_px=across_px,
        lanes=lanes,
        rows=rows,
        geometry=geometry,
        irregularity=random_irregularity(limits, rng),
        background=background,
        artefacts=artefacts,
        detector=random_film(strongest, rng) if limits.film else camera,
        polarity=Polarity(rng.choice([Polarity.LIGHT_ON_DARK, Polarity.DARK_ON_LIGHT])),
    )


def random_camera(limits: Kind, rng: np.random.Generator) -> tuple[Camera, float]:
    """Return a camera and the height of the picture's strongest band, counts."""
    ceiling = int(rng.choice([65535, 65535, 65535, 16383, 4095]))
    blur_px = float(rng.choice([0.0, 0.0, between((0.4, 0.75), rng)]))
    share = float(np.exp(rng.uniform(np.log(0.12), np.log(0.8))))
    saturated = rng.random() < limits.saturated
    if saturated:
        share = between((1.05, 1.5), rng)
    strongest = share * ceiling
    snr = float(np.exp(rng.uniform(np.log(150), np.log(500))))
    read_noise = max(0.8, strongest / snr * 0.75)
    gain = (strongest / snr) ** 2 * between((2, 12), rng) / strongest
    offset = min(0.03 * ceiling, between((6, 20), rng) * read_noise)
    camera = Camera(
        ceiling=ceiling, offset=offset, read_noise=read_noise, gain=gain, blur_px=blur_px
    )
    return camera, strongest if saturated else strongest * 0.9


def random_film(strongest: float, rng: np.random.Generator) -> Film:
    """Return a film on which the strongest band is dark but seldom all black."""
    return Film(
        half_signal=strongest * between((0.25, 0.7), rng),
        contrast=between((1.1, 1.7), rng),
        white=between((215, 248), rng),
        black=between((8, 35), rng),
        grain=between((0.8, 2.2), rng),
        quality=int(rng.integers(80, 97)),
    )


def lay_out_lanes(limits: Kind, rng: np.random.Generator) -> tuple[int, list[float], float]:
    """Return the picture's width, the lanes' x and their pitch, px."""
    number = count(limits.lanes, rng)
    lowest, highest = limits.columns_px
    pitch = between(limits.pitch_px, rng)
    margin = between((0.4, 1.6), rng)
    pitch = float(np.clip(pitch, lowest / (number + 2 * margin), highest / (number + 2 * margin)))
    pitch = float(np.clip(pitch, limits.pitch_px[0] * 0.85, limits.pitch_px[1] * 1.15))
    left = pitch * (margin + 0.5) * between((0.75, 1.25), rng)
    columns = round(left + pitch * (number - 1) + pitch * (margin + 0.5))
    shifts = np.clip(rng.normal(0, limits.uneven, number), -0.09, 0.09) * pitch
    stretch = 1 + between((-1, 1), rng) * limits.uneven * np.linspace(-1, 1, number)
    x = left + np.cumsum(np.concatenate([[0.0], pitch * stretch[1:]])) + shifts
    return columns, [float(value) for value in x], pitch


def random_geometry(limits: Kind, columns_px: int, rng: np.random.Generator) -> Geometry:
    """Return how the gel lies; the limits hold for a picture 1000 px wide."""
    size = min(1.0, columns_px / 1000)
    return Geometry(
        tilt_degrees=limits.tilt_degrees * between((-1, 1), rng),
        smile_px=limits.smile_px * size * between((-0.4, 1), rng),
        bend_px=limits.bend_px * size * between((-1, 1), rng),
        wave_px=limits.wave_px * size * between((-1, 1), rng),
    )


def random_irregularity(limits: Kind, rng: np.random.Generator) -> Irregularity:
    """Return how much bands differ from each other."""
    rough = 0.3 if limits.tilt_degrees < 0.5 else 1.0
    return Irregularity(
        y_px=rough * between((0.1, 0.8), rng),
        sigma_fraction=rough * between((0.01, 0.05), rng),
        width_fraction=rough * between((0.0, 0.03), rng),
        curvature_px=rough * between((0, 0.6), rng),
        unevenness=rough * between((0, 0.12), rng),
        slope=rough * between((0, 0.12), rng),
    )


def random_rows(
    limits: Kind, geometry: Geometry, columns_px: int, rng: np.random.Generator
) -> tuple[int, tuple[RowSpec, ...]]:
    """Return the picture's height and its rows, volumes not yet set."""
    swing = abs(np.tan(np.radians(geometry.tilt_degrees))) * columns_px / 2
    swing += max(0.0, geometry.smile_px) + abs(geometry.wave_px)
    height = count(limits.rows_px, rng)
    number = count(limits.rows, rng)
    doublet = rng.random() < limits.doublet
    placed = lay_out_rows(number + int(doublet and number == 1), height, swing, rng, doublet)
    low, high = limits.rows_px
    return int(np.clip(placed.height_px, low, high)), placed.rows


def scale_rows(
    rows: tuple[RowSpec, ...], width_px: float, strongest: float, rng: np.random.Generator
) -> tuple[RowSpec, ...]:
    """Return the rows with volumes: the strongest row reaches `strongest`, others are weaker."""
    heights = np.exp(rng.uniform(np.log(0.08), np.log(1.0), len(rows)))
    heights[rng.integers(len(rows))] = 1.0
    for index in range(1, len(rows)):
        if rows[index].name.endswith("II"):
            heights[index] = heights[index - 1] * np.exp(rng.uniform(-0.7, 0.7))
    heights = strongest * heights / heights.max()
    return tuple(
        RowSpec(
            name=row.name,
            y_px=row.y_px,
            peak=row.peak,
            curvature_px=row.curvature_px,
            volume=float(height * width_px * row.peak.deviation_px * np.sqrt(2 * np.pi)),
        )
        for row, height in zip(rows, heights, strict=True)
    )


def random_lanes(
    limits: Kind,
    x_px: list[float],
    width_px: float,
    rows: tuple[RowSpec, ...],
    rng: np.random.Generator,
    *,
    rows_px: int,
    streak: float,
) -> tuple[LaneSpec, ...]:
    """Return the lanes with what was loaded."""
    number = len(x_px)
    ladder = int(rng.choice([0, number - 1])) if rng.random() < limits.ladder else -1
    empty = int(rng.integers(number)) if rng.random() < limits.empty else -1
    across = random_across(rng)
    strongest = max(row.volume for row in rows)
    lanes = []
    for index, x in enumerate(x_px):
        spec = LaneSpec(
            x_px=x,
            width_px=width_px * float(np.exp(rng.normal(0, 0.02))),
            role=LaneRole.LADDER if index == ladder else LaneRole.SAMPLE,
            loading=float(np.exp(rng.normal(0, 0.12))),
            amounts={} if index in (empty, ladder) else random_amounts(limits, rows, rng),
            extra=random_ladder(rows_px, strongest, rng) if index == ladder else (),
            across=across,
            streak=streak * float(rng.uniform(0, 1)) * (rng.random() < 0.7),
        )
        lanes.append(spec)
    return tuple(lanes)


def random_amounts(
    limits: Kind, rows: tuple[RowSpec, ...], rng: np.random.Generator
) -> dict[str, float]:
    """Return the amounts of one lane: log-uniform within the fold, some absent."""
    amounts = {}
    for row in rows:
        amount = float(np.exp(-rng.uniform(0, np.log(limits.fold))))
        if rng.random() >= limits.absent:
            amounts[row.name] = amount
    return amounts


def random_ladder(
    rows_px: int, strongest: float, rng: np.random.Generator
) -> tuple[ExtraBand, ...]:
    """Return the bands of a ladder lane, at no row's position in particular."""
    number = int(rng.integers(6, 11))
    steps = rng.uniform(0.6, 1.4, number + 1)
    y = rows_px * np.cumsum(steps)[:-1] / steps.sum()
    level = strongest * float(np.exp(rng.uniform(np.log(0.03), np.log(0.5))))
    return tuple(
        ExtraBand(
            y_px=float(value),
            volume=level * float(rng.uniform(0.3, 1.0)),
            peak=random_peak(float(rng.uniform(2.2, 4.0)), rng),
        )
        for value in y
    )
