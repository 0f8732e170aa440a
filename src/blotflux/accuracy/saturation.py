"""How well bands are measured whose tops the detector clipped."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.accuracy.run import try_blot
from blotflux.accuracy.score import paired_entries
from blotflux.accuracy.seeds import HELD_OUT_SEED
from blotflux.accuracy.volumes import NORMAL_95, row_factor
from blotflux.synthetic import Camera, draw_blot, scene_of_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blotflux.accuracy.volumes import Entry
    from blotflux.blot import Blot
    from blotflux.measure.result import Measurement
    from blotflux.synthetic import SyntheticBlot

__all__ = [
    "ClippedBand",
    "SaturationBin",
    "bin_clipped",
    "clipped_bands",
    "draw_saturated",
    "measure_saturation",
    "render_saturation",
]

EDGES = (0.0, 0.1, 0.2, 1 / 3, 0.5, 0.7)
DEEPEST = 0.65  # share of the strongest band's height that is clipped at most


@dataclass(frozen=True, slots=True, kw_only=True)
class ClippedBand:
    """A band whose top was clipped.

    Attributes
    ----------
    clipped_height : float
        Share of its height above the detector's ceiling.
    ratio : float
        Measured over true volume, after the factor of its row's bands that were not clipped; NaN
        without a volume.
    covered : bool
        Whether the 95 % interval covers the truth.
    """

    clipped_height: float
    ratio: float
    covered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaturationBin:
    """Bands of which a share from `low` to `high` of the height is clipped.

    Attributes
    ----------
    bands, lost : int
        How many; how many of them have no positive volume.
    bias_percent : float
        Median of ratio - 1.
    error_p90_percent : float
        90th percentile of |ratio - 1|.
    coverage_percent : float
    """

    low: float
    high: float
    bands: int
    lost: int
    bias_percent: float
    error_p90_percent: float
    coverage_percent: float


def measure_saturation(
    n: int = 24,
    first_seed: int = HELD_OUT_SEED,
    *,
    measure: Callable[[Blot], Measurement] | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[SaturationBin, ...]:
    """Return how bias and coverage grow with the clipped share of a band's height.

    Parameters
    ----------
    n : int
        Pictures; 1 or more.
    first_seed : int
        Blots of the seeds from here on are drawn.
    measure, progress : callable, optional
        As in `measure_accuracy`; `progress` gets how many pictures are done.
    """
    bands: list[ClippedBand] = []
    for seed in range(first_seed, first_seed + n):
        drawn = draw_saturated(seed)
        trial = try_blot(drawn, measure)
        if trial.measured is not None:
            bands += clipped_bands(drawn, paired_entries(drawn, trial.measured))
        if progress is not None:
            progress(seed - first_seed + 1)
    return bin_clipped(bands)


def draw_saturated(seed: int) -> SyntheticBlot:
    """Return a clean blot whose exposure was too long: the detector clips its strongest bands."""
    scene = scene_of_kind("clean", seed)
    camera = scene.detector if isinstance(scene.detector, Camera) else Camera()
    truth = draw_blot(scene, seed).truth
    strongest = max(band.peak for band in truth.bands)
    share = float(np.random.default_rng([seed, 9]).uniform(0.05, DEEPEST))
    ceiling = camera.offset + scene.background.level + strongest * (1 - share)
    return draw_blot(replace(scene, detector=replace(camera, ceiling=round(ceiling))), seed)


def clipped_bands(drawn: SyntheticBlot, entries: Sequence[Entry]) -> list[ClippedBand]:
    """Return the clipped bands of a picture, in rows where at least two others are not clipped."""
    bands = []
    for row in range(1, len(drawn.truth.rows) + 1):
        counting = [entry for entry in entries if entry.true.row == row and entry.counts]
        whole = [entry for entry in counting if entry.true.clipped_height == 0]
        factor = row_factor(whole)
        if len(whole) < 2 or math.isnan(factor):
            continue
        for entry in counting:
            if entry.true.clipped_height == 0:
                continue
            expected = factor * entry.true.volume
            error = NORMAL_95 * (math.nan if entry.measured is None else entry.measured.volume_se)
            bands.append(
                ClippedBand(
                    clipped_height=entry.true.clipped_height,
                    ratio=entry.volume / expected,
                    covered=abs(entry.volume - expected) <= error,
                )
            )
    return bands


def bin_clipped(bands: Sequence[ClippedBand]) -> tuple[SaturationBin, ...]:
    """Return bias and coverage by clipped share; bins without a band have NaN."""
    bins = []
    for low, high in itertools.pairwise(EDGES):
        inside = [band for band in bands if low < band.clipped_height <= high]
        measured = [band for band in inside if band.ratio > 0]
        errors = [band.ratio - 1 for band in measured]
        bins.append(
            SaturationBin(
                low=low,
                high=high,
                bands=len(inside),
                lost=len(inside) - len(measured),
                bias_percent=100 * float(np.median(errors)) if errors else math.nan,
                error_p90_percent=(
                    100 * float(np.quantile(np.abs(errors), 0.9)) if errors else math.nan
                ),
                coverage_percent=(
                    100 * sum(band.covered for band in inside) / len(inside) if inside else math.nan
                ),
            )
        )
    return tuple(bins)


def render_saturation(bins: Sequence[SaturationBin]) -> str:
    """Return the bins as a Markdown table."""
    lines = [
        "| clipped share of the height | bands | lost | bias, median % | error, 90th percentile % "
        "| 95 % intervals that cover, % |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {100 * b.low:.0f} to {100 * b.high:.0f} % | {b.bands} | {b.lost} "
        f"| {b.bias_percent:+.1f} | {b.error_p90_percent:.1f} | {b.coverage_percent:.1f} |"
        for b in bins
        if b.bands
    ]
    return "\n".join(lines)
