"""A random scene within the limits of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole, Polarity
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
    from blotflux.synthetic.limits import Kind, Span

__all__ = ["compose"]


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
    share = float(np.exp(rng.uniform(np.log(0.12), np.log(0.65))))
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
    margin = between(limits.margin, rng)
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
        # Drawn last: blots of kinds that leave it alone stay what they were.
        smile_top=between(limits.smile_top, rng)
        if limits.smile_top[0] < limits.smile_top[1]
        else limits.smile_top[0],
    )


def random_irregularity(limits: Kind, rng: np.random.Generator) -> Irregularity:
    """Return how much bands differ from each other."""
    rough = 0.3 if limits.tilt_degrees < 0.5 else 1.0
    return Irregularity(
        y_px=rough * between((0.1, 0.8), rng),
        lane_y_px=limits.jump_px * between((0, 1), rng),
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
    place = int(rng.choice([0, 0, 0, number - 1, int(rng.integers(number))]))
    ladder = place if rng.random() < limits.ladder else -1
    empty = int(rng.integers(number)) if rng.random() < limits.empty else -1
    across = random_across(limits, rng)
    strongest = max(row.volume for row in rows)
    chance = [2 / 3 if rng.random() < limits.rare else limits.absent for _ in rows]
    lanes = []
    for index, x in enumerate(x_px):
        spec = LaneSpec(
            x_px=x,
            width_px=width_px * float(np.exp(rng.normal(0, 0.02))),
            role=LaneRole.LADDER if index == ladder else LaneRole.SAMPLE,
            loading=float(np.exp(rng.normal(0, 0.12))),
            amounts={}
            if index in (empty, ladder)
            else random_amounts(limits.fold, rows, chance, rng),
            extra=random_ladder(rows_px, strongest, rng) if index == ladder else (),
            across=across,
            streak=streak * float(rng.uniform(0, 1)) * (rng.random() < 0.7),
        )
        lanes.append(spec)
    return tuple(lanes)


def random_amounts(
    fold: float, rows: tuple[RowSpec, ...], absent: list[float], rng: np.random.Generator
) -> dict[str, float]:
    """Return the amounts of one lane: log-uniform within `fold`, absent by chance, row by row."""
    amounts = {}
    for row, chance in zip(rows, absent, strict=True):
        amount = float(np.exp(-rng.uniform(0, np.log(fold))))
        if rng.random() >= chance:
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
