"""From a scene and a seed to a picture with its truth."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import Polarity
from blotflux.synthetic.artefacts import draw_artefacts
from blotflux.synthetic.background import draw_background
from blotflux.synthetic.detector import expose
from blotflux.synthetic.geometry import Place, band_place, lane_track
from blotflux.synthetic.scene import ExtraBand, Film, Irregularity, LaneSpec, RowSpec, Scene
from blotflux.synthetic.truth import SyntheticBlot, TrueBand, TrueLane, Truth, is_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.synthetic.detector import Exposure

__all__ = ["draw_bands", "draw_blot"]

REACH = 9.0  # standard deviations up to which a band is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One band drawn alone: `values` at rows `top`..., columns `left`... of the picture."""

    lane: int
    row: int
    name: str
    place: Place
    sigma_px: float
    width_px: float
    volume: float
    top: int
    left: int
    values: NDArray[np.float64]


def draw_blot(scene: Scene, seed: int) -> SyntheticBlot:
    """Return the picture of a scene, with its truth.

    Parameters
    ----------
    scene : Scene
    seed : int
        0 or more. The same scene and seed give the same pixels; volumes do not depend on it.

    Returns
    -------
    SyntheticBlot
    """
    shape = (scene.rows_px, scene.columns_px)
    stamps = draw_stamps(scene, seed)
    bands = add_up(stamps, shape)
    rest = draw_background(scene, np.random.default_rng([seed, 1]))
    rest += draw_artefacts(scene, np.random.default_rng([seed, 2]))
    exposure = expose(scene, bands, rest, np.random.default_rng([seed, 3]))
    return SyntheticBlot(
        image=exposure.image,
        polarity=Polarity.DARK_ON_LIGHT if isinstance(scene.detector, Film) else scene.polarity,
        ceiling=exposure.ceiling,
        truth=Truth(
            lanes=tuple(true_lane(scene, number) for number in range(1, len(scene.lanes) + 1)),
            bands=tuple(true_band(stamp, bands + rest, exposure) for stamp in stamps),
            rows=tuple(row.name for row in scene.rows),
            noise_sigma=exposure.noise_sigma,
            offset=exposure.offset,
        ),
        scene=scene,
        seed=seed,
    )


def draw_bands(scene: Scene, seed: int) -> NDArray[np.float64]:
    """Return the bands alone, shape (rows, columns), counts: no background, noise or detector."""
    return add_up(draw_stamps(scene, seed), (scene.rows_px, scene.columns_px))


def draw_stamps(scene: Scene, seed: int) -> list[Stamp]:
    """Return every band of every lane drawn alone: those of rows, then the others."""
    in_rows: list[Stamp] = []
    others: list[Stamp] = []
    for number, lane in enumerate(scene.lanes, start=1):
        key = zlib.crc32((lane.sample or f"lane {number}").encode())
        rng = np.random.default_rng([seed, 0, key])
        shift_px = float(scene.irregularity.lane_y_px * rng.standard_normal())
        for index, row in enumerate(scene.rows, start=1):
            if is_sample(lane.role):
                in_rows.append(draw_stamp(scene, number, row, rng, index=index, shift_px=shift_px))
        others += [draw_stamp(scene, number, extra, rng, shift_px=shift_px) for extra in lane.extra]
    return in_rows + others


def draw_stamp(
    scene: Scene,
    number: int,
    spec: RowSpec | ExtraBand,
    rng: np.random.Generator,
    *,
    index: int = 0,
    shift_px: float = 0.0,
) -> Stamp:
    """Return one band of one lane, its pixels normalized to its volume."""
    lane = scene.lanes[number - 1]
    odd = scene.irregularity
    wobble = rng.standard_normal(8)
    place = band_place(scene, lane, spec.y_px + shift_px + float(odd.y_px * wobble[0]))
    scale = float(max(0.5, 1 + odd.sigma_fraction * wobble[1]))
    width_px = lane.width_px * float(max(0.6, 1 + odd.width_fraction * wobble[2]))
    bow_px = getattr(spec, "curvature_px", 0.0) + odd.curvature_px * wobble[3]
    volume = band_volume(lane, spec)
    deviation_px = scale * spec.peak.deviation_px
    half_x = lane.across.reach * width_px + 2
    half_y = REACH * deviation_px + 2 * abs(bow_px) + half_x * abs(place.row_slope) + 2
    left, right = int(place.x_px - half_x), int(place.x_px + half_x) + 2
    top, bottom = int(place.y_px - half_y), int(place.y_px + half_y) + 2
    y = np.arange(top, bottom)[:, None] - place.y_px
    x = np.arange(left, right)[None, :] - place.x_px
    across = (x - place.lane_slope * y) / width_px
    bow = bow_px * (np.clip(2 * x / width_px, -1.3, 1.3) ** 2)
    values = spec.peak.relative((y - place.row_slope * x - bow) / scale)
    values = values * lane.across.relative(across) * ripple(across, odd, wobble)
    values *= volume / values.sum()
    return Stamp(
        lane=number,
        row=index,
        name=spec.name if isinstance(spec, RowSpec) else "",
        place=place,
        sigma_px=deviation_px,
        width_px=width_px,
        volume=volume,
        top=top,
        left=left,
        values=values,
    )


def band_volume(lane: LaneSpec, spec: RowSpec | ExtraBand) -> float:
    """Return a band's integral: amount times loading; a ladder's own bands are as given."""
    if isinstance(spec, ExtraBand):
        return spec.volume
    return spec.volume * lane.loading * lane.amounts.get(spec.name, 0.0)


def ripple(
    across: NDArray[np.float64], odd: Irregularity, wobble: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the unevenness of one band across its lane, around 1."""
    slope = odd.slope * wobble[4] * np.clip(2 * across, -1, 1)
    wave = odd.unevenness * wobble[5] * np.cos(2 * np.pi * (1.2 * across + wobble[6]))
    return np.asarray(np.maximum(1 + slope + wave, 0.1), np.float64)


def add_up(stamps: list[Stamp], shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return the sum of all stamps on one picture; what lies outside it is lost."""
    total = np.zeros(shape)
    for stamp in stamps:
        if stamp.volume == 0:
            continue
        height, width = stamp.values.shape
        top, left = max(0, stamp.top), max(0, stamp.left)
        bottom, right = min(shape[0], stamp.top + height), min(shape[1], stamp.left + width)
        if bottom <= top or right <= left:
            continue
        total[top:bottom, left:right] += stamp.values[
            top - stamp.top : bottom - stamp.top, left - stamp.left : right - stamp.left
        ]
    return total


def true_lane(scene: Scene, number: int) -> TrueLane:
    """Return the truth of one lane."""
    lane = scene.lanes[number - 1]
    y_px, x_px = lane_track(scene, lane)
    bands = is_sample(lane.role) and any(lane.amounts.get(row.name, 0) > 0 for row in scene.rows)
    return TrueLane(
        number=number,
        track_y_px=tuple(float(y) for y in y_px),
        track_x_px=tuple(float(x) for x in x_px),
        width_px=lane.width_px,
        role=lane.role,
        empty=not (lane.extra or bands),
    )


def true_band(stamp: Stamp, signal: NDArray[np.float64], exposure: Exposure) -> TrueBand:
    """Return the truth of one band; `signal` is everything that falls on the detector."""
    row, column = np.unravel_index(int(np.argmax(stamp.values)), stamp.values.shape)
    y = int(np.clip(stamp.top + row, 0, signal.shape[0] - 1))
    x = int(np.clip(stamp.left + column, 0, signal.shape[1] - 1))
    height = float(stamp.values[row, column])
    peak = exposure.rise(float(signal[y, x]) - height, height)
    above = float(signal[y, x]) - exposure.limit
    return TrueBand(
        lane=stamp.lane,
        row=stamp.row,
        name=stamp.name,
        x_px=stamp.place.x_px,
        y_px=stamp.place.y_px,
        sigma_px=stamp.sigma_px,
        width_px=stamp.width_px,
        volume=stamp.volume,
        peak=peak,
        peak_over_noise=peak / exposure.noise_sigma,
        clipped_height=min(1.0, max(0.0, above / height)) if height > 0 else 0.0,
        present=stamp.volume > 0,
    )
