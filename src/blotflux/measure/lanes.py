"""Lanes: as many as there are, where they run, without being told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Lane
from blotflux.measure.boundaries import find_evidence, pool
from blotflux.measure.choice import choose
from blotflux.measure.partition import find_partitions
from blotflux.measure.plausible import plausible_ridges
from blotflux.measure.result import LaneHints
from blotflux.measure.ridges import find_ridges
from blotflux.measure.slant import Slant, estimate_slant
from blotflux.measure.tracks import refine_tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot
    from blotflux.measure.partition import Partition
    from blotflux.measure.result import Noise
    from blotflux.measure.ridges import Ridges

__all__ = ["find_lanes"]

FIRST_SMOOTH_PX = 2.0
SMOOTH_PITCHES = 0.09
SMOOTH_LIMITS_PX = (1.0, 8.0)
PASSES = 3
SETTLED = 0.15  # change of the smoothing, logarithm
SHORTEST_WIDTHS = 0.4  # ridges shorter than this share of a lane are specks
HALVE_ABOVE_PX, THIRD_ABOVE_PX, MOST_PX = 130e3, 1.25e6, 3e5
KNOTS = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Lanes of one panel in pixels of the reduced picture."""

    partition: Partition
    probability: float
    slant: Slant
    ridges: Ridges


def find_lanes(blot: Blot, noise: Noise, *, hints: LaneHints | None = None) -> tuple[Lane, ...]:
    """Return the lanes of all panels of a blot.

    Parameters
    ----------
    blot : Blot
    noise : Noise
        From `estimate_noise`.
    hints : LaneHints, optional
        What is known before looking.

    Returns
    -------
    tuple of Lane
        By panel and number; empty if the picture shows none.

    Raises
    ------
    LaneError
        The picture contradicts `hints`.
    """
    hints = hints or LaneHints()
    picture, factor = reduce(blot.signal)
    sigma = noise.sigma * np.sqrt(max(1.0, noise.correlation / factor**2)) / factor
    found = search(picture, float(sigma))
    if found is None:
        return ()
    return make_lanes(found, factor, blot.shape[0])


def reduce(signal: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Return the picture at a size at which lanes are still many pixels wide, and the factor."""
    factor = 1
    if signal.size > HALVE_ABOVE_PX:
        factor = 2
    if signal.size > THIRD_ABOVE_PX:
        factor = max(3, int(np.ceil(np.sqrt(signal.size / MOST_PX))))
    if factor == 1:
        return signal, 1
    rows, columns = (n // factor for n in signal.shape)
    whole = signal[: rows * factor, : columns * factor]
    small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), factor


def search(picture: NDArray[np.float32], sigma: float) -> Found | None:
    """Return the lanes of a picture that holds one panel."""
    rows, columns = picture.shape
    ridges = plausible_ridges(find_ridges(picture, sigma))
    if not len(ridges):
        return None
    weight = ridges.strength * ridges.length
    band_height = float(np.exp(np.average(np.log(ridges.height), weights=weight)))
    smooth, slant, found = FIRST_SMOOTH_PX, None, None
    for _ in range(PASSES):
        evidence = find_evidence(ridges, smooth)
        slant = slant or estimate_slant(evidence, rows, columns)
        boundaries = pool(evidence, slant, columns, smooth)
        partitions = find_partitions(boundaries, 1.2 * band_height)
        if not partitions:
            return found
        best, probability = choose(partitions, boundaries, 1.2 * band_height)
        partition = partitions[best]
        found = Found(
            partition=partition, probability=float(probability[best]), slant=slant, ridges=ridges
        )
        wanted = float(np.clip(SMOOTH_PITCHES * partition.width, *SMOOTH_LIMITS_PX))
        long = ridges.length > SHORTEST_WIDTHS * partition.width
        if abs(np.log(wanted / smooth)) < SETTLED and long.all():
            return found
        smooth = wanted
        ridges = ridges.keep(long) if long.any() else ridges
    return found


def make_lanes(found: Found, factor: int, rows: int) -> tuple[Lane, ...]:
    """Return lanes in pixels of the blot."""
    y = np.linspace(0, rows - 1, KNOTS)
    offset = (factor - 1) / 2
    width = np.full(len(found.partition), float(np.median(found.partition.cover)))
    tracks = refine_tracks(found.ridges, found.slant, found.partition.x, width)
    return tuple(
        Lane(
            number=number,
            track_y_px=tuple(float(value) for value in y),
            track_x_px=tuple(float(value) for value in x * factor + offset),
            width_px=float(wide) * factor,
            confidence=found.probability,
        )
        for number, (x, wide) in enumerate(
            zip(tracks.at((y - offset) / factor), tracks.width, strict=True), start=1
        )
    )
