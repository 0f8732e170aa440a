"""Which band of a ladder lane is which band of the product."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.ladders.calibration import Calibration, calibrate
from blotflux.measure.ladders.presets import LadderPreset, find_preset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["LadderMatch", "match_ladder", "rank_presets"]

# What is known of ladders before looking, on the lane's visible length scaled to -1 ... 1 and
# weights as log10(kDa). Curvatures are those of gels between 8 % and 4-20 %; the spread of single
# bands is a few percent of their weight, as in the leave-one-out errors of published tables.
LEVEL_MEAN, LEVEL_SD = 1.6, 0.4
SLOPE_PER_BAND, SLOPE_SD = -0.07, 0.3
CURVATURE_SDS = (0.08, 0.04, 0.015)
BAND_SD = 0.012
# Chances, as natural logs: a band where the ladder has none, a band that is not seen between two
# that are, and one beyond the last that is seen (run off, not transferred, cut from the picture).
LOG_EXTRA = float(np.log(0.15))
LOG_MISSING_INSIDE = float(np.log(0.2))
LOG_MISSING_OUTSIDE = float(np.log(0.4))
# Colored reference bands are usually the strong ones; half a unit of evidence per doubling.
# A band that belongs to no weight is usually a faint one; the same weight.
COLOR_WEIGHT = 0.5
EXTRA_WEIGHT = 0.5
MOST_EXTRA = 3
FEWEST_MATCHED = 3
# A band is used where its weight is this certain; the others are left out of the curve.
LEAST_CERTAINTY = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderMatch:
    """A reading of a ladder lane.

    Attributes
    ----------
    preset : LadderPreset
    system : str
        The gel system whose weights were used.
    indices : tuple of int
        Of the bands given, from the top, those whose weight is certain.
    kda : tuple of float
        Their weights.
    certainty : tuple of float
        Probability, 0.95 to 1, of each of these weights.
    missing_kda : tuple of float
        Weights of the ladder that no band shows for certain.
    extra : tuple of int
        Bands that belong to no weight, or to one that is not certain.
    evidence : float
        Natural log of the likelihood that the lane is this ladder, over that of bands anywhere;
        comparable between ladders for the same bands.
    calibration : Calibration
    """

    preset: LadderPreset
    system: str
    indices: tuple[int, ...]
    kda: tuple[float, ...]
    certainty: tuple[float, ...]
    missing_kda: tuple[float, ...]
    extra: tuple[int, ...]
    evidence: float
    calibration: Calibration


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observed:
    """Bands of a lane, from the top: scaled position, log2 of height over the median, index."""

    y: NDArray[np.float64]
    t: NDArray[np.float64]
    strength: NDArray[np.float64]
    index: NDArray[np.intp]


def match_ladder(
    y_px: ArrayLike,
    heights: ArrayLike,
    preset: LadderPreset | str,
    gel: str | None = None,
) -> LadderMatch | None:
    """Return the reading of a ladder lane, or None if the bands do not fit or could be read twice.

    Every order-preserving assignment of bands to weights is scored by its marginal likelihood
    under a smooth curve log10(kDa) = f(y) (a Gaussian process of low polynomials), with missing
    and additional bands at a price. A band is used if its weight has a posterior probability of
    at least 0.95 over all of them, so that a doubtful band is left out rather than misread.

    Parameters
    ----------
    y_px, heights : array_like, shape (bands,)
        Position down the lane and peak height of the bands, in any order.
    preset : LadderPreset or str
    gel : str or None
        Gel system in the user's words.

    Raises
    ------
    RecipeError
        If the ladder or the gel is not known.
    """
    chosen = find_preset(preset) if isinstance(preset, str) else preset
    table = chosen.weights(gel)
    observed = observe(y_px, heights, most=len(table) + MOST_EXTRA)
    if observed.t.size < FEWEST_MATCHED:
        return None
    certainty, evidence = posterior(observed, table, tuple(chosen.colors))
    if evidence < 0.0 or np.sum(certainty.max(axis=1) >= LEAST_CERTAINTY) < FEWEST_MATCHED:
        return None
    return match_of(certainty, evidence, observed, chosen, chosen.system_of(gel))


def rank_presets(
    y_px: ArrayLike, heights: ArrayLike, presets: Sequence[LadderPreset], gel: str | None = None
) -> tuple[LadderMatch, ...]:
    """Return the readings by each ladder that fits, the most likely first."""
    matches = (match_ladder(y_px, heights, preset, gel) for preset in presets)
    found = [match for match in matches if match is not None]
    return tuple(sorted(found, key=lambda match: -match.evidence))


def observe(y_px: ArrayLike, heights: ArrayLike, *, most: int) -> Observed:
    """Return the bands from the top, the strongest `most` of them."""
    y = np.asarray(y_px, dtype=np.float64)
    height = np.maximum(np.asarray(heights, dtype=np.float64), np.finfo(float).tiny)
    keep = np.sort(np.argsort(-height, kind="stable")[:most])
    keep = keep[np.argsort(y[keep], kind="stable")]
    span = (y[keep[-1]] - y[keep[0]]) / 2.0 if keep.size > 1 else 1.0
    middle = (y[keep[-1]] + y[keep[0]]) / 2.0 if keep.size else 0.0
    strength = np.log2(height[keep] / np.median(height[keep])) if keep.size else height[keep]
    return Observed(
        y=y[keep], t=(y[keep] - middle) / max(span, 1e-9), strength=strength, index=keep
    )


def posterior(
    observed: Observed, table: Sequence[float], colored: Sequence[int]
) -> tuple[NDArray[np.float64], float]:
    """Return what each band is, over all readings.

    Returns
    -------
    certainty : ndarray, shape (bands, weights)
        Probability that a band is a weight.
    evidence : float
        Log likelihood of the ladder over that of bands anywhere along the lane.
    """
    readings = [
        (bands, *readings_of(bands, observed, table, colored))
        for bands in band_subsets(observed.t.size, len(table))
    ]
    best = max(float(evidence.max()) for _, _, evidence in readings)
    certainty = np.zeros((observed.t.size, len(table)))
    whole = 0.0
    for bands, choices, evidence in readings:
        likelihood = np.exp(evidence - best)
        whole += float(likelihood.sum())
        for place, band in enumerate(bands):
            np.add.at(certainty[band], choices[:, place], likelihood)
    anywhere = -observed.t.size * float(np.log(2.0))
    return certainty / whole, best + float(np.log(whole)) - anywhere


def band_subsets(bands: int, weights: int) -> Iterator[tuple[int, ...]]:
    """Yield which bands belong to the ladder: all but up to three."""
    fewest = max(FEWEST_MATCHED, bands - MOST_EXTRA)
    for size in range(min(bands, weights), fewest - 1, -1):
        yield from combinations(range(bands), size)


def readings_of(
    bands: tuple[int, ...], observed: Observed, table: Sequence[float], colored: Sequence[int]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return all readings in which just these bands belong to the ladder, and their evidence."""
    count = len(bands)
    choices = np.array(list(combinations(range(len(table)), count)), dtype=np.intp)
    logs = np.log10(np.asarray(table, dtype=np.float64))[choices]
    evidence = curve_evidence(observed.t[list(bands)], logs)
    evidence += (observed.t.size - count) * (LOG_EXTRA - np.log(2.0))
    others = np.delete(observed.strength, list(bands))
    evidence -= EXTRA_WEIGHT * float(np.sum(np.clip(others, -2.0, 2.0)))
    inside = choices[:, -1] - choices[:, 0] + 1 - count
    evidence += inside * LOG_MISSING_INSIDE
    evidence += (len(table) - count - inside) * LOG_MISSING_OUTSIDE
    strength = np.clip(observed.strength[list(bands)], -2.0, 2.0)
    evidence += COLOR_WEIGHT * (np.isin(choices, colored) @ strength)
    return choices, evidence


def curve_evidence(t: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log likelihood of weights at positions under a smooth curve.

    Parameters
    ----------
    t : ndarray, shape (bands,)
    logs : ndarray, shape (readings, bands)
        log10(kDa) that each reading puts there.
    """
    slope = SLOPE_PER_BAND * t.size
    basis = np.polynomial.legendre.legvander(t, 1 + len(CURVATURE_SDS))
    sds = np.array([LEVEL_SD, SLOPE_SD, *CURVATURE_SDS])
    covariance = (basis * sds**2) @ basis.T + BAND_SD**2 * np.eye(t.size)
    lower = np.linalg.cholesky(covariance)
    residual = np.linalg.solve(lower, (logs - (LEVEL_MEAN + slope * t)).T)
    log_determinant = 2.0 * np.sum(np.log(np.diag(lower)))
    constant = log_determinant + t.size * np.log(2.0 * np.pi)
    # Densities of weight become densities of position, so that bands inside and outside the
    # ladder are weighed in the same unit.
    return np.asarray(
        -0.5 * (np.sum(residual**2, axis=0) + constant) + t.size * np.log(abs(slope)),
        dtype=np.float64,
    )


def match_of(
    certainty: NDArray[np.float64],
    evidence: float,
    observed: Observed,
    preset: LadderPreset,
    system: str,
) -> LadderMatch:
    """Return the match of the bands whose weight is certain."""
    table = preset.systems[system]
    sure = np.flatnonzero(certainty.max(axis=1) >= LEAST_CERTAINTY)
    kda = tuple(table[int(i)] for i in certainty[sure].argmax(axis=1))
    return LadderMatch(
        preset=preset,
        system=system,
        indices=tuple(int(i) for i in observed.index[sure]),
        kda=kda,
        certainty=tuple(float(p) for p in certainty[sure].max(axis=1)),
        missing_kda=tuple(weight for weight in table if weight not in kda),
        extra=tuple(int(i) for i in np.delete(observed.index, sure)),
        evidence=evidence,
        calibration=calibrate(observed.y[sure], kda),
    )
