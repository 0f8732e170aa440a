"""All ways to read the bands of a ladder lane, and how likely each is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.ladders.mobility import WEIGHT_SD, position_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from blotflux.measure.ladders.landmarks import Landmarks

__all__ = [
    "FEWEST_MATCHED",
    "MOST_EXTRA",
    "Observed",
    "Readings",
    "first_look",
    "observe",
    "posterior",
    "second_look",
    "supported",
]

# Two ways to say that a gel's curve is smooth count alike: the position as a function of the weight
# (mobility.py), and log10(kDa) as one of the position. The second needs one matrix for all readings
# of the same bands, so it also chooses which readings are worth the first. Its curvatures are those
# of gels between 8 % and 4-20 %; the spread of single bands is a few percent of their weight.
LEVEL_MEAN, LEVEL_SD = 1.6, 0.4
SLOPE_PER_BAND, SLOPE_SD = -0.07, 0.3
CURVATURE_SDS = (0.08, 0.04, 0.015)
BAND_SD = 0.012
# Readings this much less likely than the best at the first look are not looked at again.
FIRST_LOOK = 14.0
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observed:
    """Bands of a lane, from the top: scaled position, log2 of height over the median, index."""

    y: NDArray[np.float64]
    t: NDArray[np.float64]
    strength: NDArray[np.float64]
    index: NDArray[np.intp]

    def scaled(self, y_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return positions in the units of `t`."""
        span = max((self.y[-1] - self.y[0]) / 2.0, 1e-9)
        return np.asarray((y_px - (self.y[-1] + self.y[0]) / 2.0) / span, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """The readings in which just some bands belong to the ladder, and their evidence."""

    bands: tuple[int, ...]
    choices: NDArray[np.intp]
    evidence: NDArray[np.float64]


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


def first_look(
    observed: Observed, table: Sequence[float], colored: Sequence[int]
) -> list[Readings]:
    """Return the readings that are worth a second look; `evidence` holds their prices alone."""
    kept, evidence = [], []
    for bands in band_subsets(observed.t.size, len(table)):
        choices = np.array(list(combinations(range(len(table)), len(bands))), dtype=np.intp)
        price = prices(bands, choices, observed, (len(table), colored))
        kept.append(Readings(bands=bands, choices=choices, evidence=price))
        evidence.append(price + curve_evidence(observed.t[list(bands)], logs_of(table, choices)))
    best = max(float(values.max()) for values in evidence)
    return [
        Readings(
            bands=readings.bands,
            choices=readings.choices[values > best - FIRST_LOOK],
            evidence=readings.evidence[values > best - FIRST_LOOK],
        )
        for readings, values in zip(kept, evidence, strict=True)
        if float(values.max()) > best - FIRST_LOOK
    ]


def second_look(
    observed: Observed, table: Sequence[float], readings: Sequence[Readings]
) -> list[Readings]:
    """Return readings with their evidence: prices, and positions on either smooth curve."""
    looked = []
    for some in readings:
        t = observed.t[list(some.bands)]
        logs = logs_of(table, some.choices)
        likely = position_evidence(t, logs, np.full(t.size, WEIGHT_SD), t.size)
        either = np.logaddexp(likely, curve_evidence(t, logs)) - np.log(2.0)
        looked.append(replace(some, evidence=some.evidence + either))
    return looked


def supported(
    observed: Observed, table: Sequence[float], readings: Sequence[Readings], landmarks: Landmarks
) -> list[Readings]:
    """Return readings with what the rows of the samples say of each."""
    return [
        replace(
            some,
            evidence=some.evidence
            + landmarks.support(observed, some.bands, logs_of(table, some.choices)),
        )
        for some in readings
    ]


def logs_of(table: Sequence[float], choices: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return log10(kDa) of the weights that readings choose."""
    return np.asarray(np.log10(np.asarray(table, dtype=np.float64))[choices], dtype=np.float64)


def posterior(
    observed: Observed, weights: int, readings: Sequence[Readings]
) -> tuple[NDArray[np.float64], float]:
    """Return what each band is, over all readings.

    Returns
    -------
    certainty : ndarray, shape (bands, weights)
        Probability that a band is a weight.
    evidence : float
        Log likelihood of the ladder over that of bands anywhere along the lane.
    """
    best = max(float(some.evidence.max()) for some in readings)
    certainty = np.zeros((observed.t.size, weights))
    whole = 0.0
    for some in readings:
        likelihood = np.exp(some.evidence - best)
        whole += float(likelihood.sum())
        for place, band in enumerate(some.bands):
            np.add.at(certainty[band], some.choices[:, place], likelihood)
    anywhere = -observed.t.size * float(np.log(2.0))
    return certainty / whole, best + float(np.log(whole)) - anywhere


def band_subsets(bands: int, weights: int) -> Iterator[tuple[int, ...]]:
    """Yield which bands belong to the ladder: all but up to three."""
    fewest = max(FEWEST_MATCHED, bands - MOST_EXTRA)
    for size in range(min(bands, weights), fewest - 1, -1):
        yield from combinations(range(bands), size)


def prices(
    bands: tuple[int, ...],
    choices: NDArray[np.intp],
    observed: Observed,
    ladder: tuple[int, Sequence[int]],
) -> NDArray[np.float64]:
    """Return what readings pay for bands that are missing or too many, and earn for strong ones.

    `ladder` is its number of weights and the places of the colored ones.
    """
    weights, colored = ladder
    count = len(bands)
    extra = (observed.t.size - count) * (LOG_EXTRA - float(np.log(2.0)))
    others = np.delete(observed.strength, list(bands))
    extra -= EXTRA_WEIGHT * float(np.sum(np.clip(others, -2.0, 2.0)))
    inside = choices[:, -1] - choices[:, 0] + 1 - count
    missing = inside * LOG_MISSING_INSIDE + (weights - count - inside) * LOG_MISSING_OUTSIDE
    strength = np.clip(observed.strength[list(bands)], -2.0, 2.0)
    return np.asarray(
        extra + missing + COLOR_WEIGHT * (np.isin(choices, colored) @ strength), dtype=np.float64
    )


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
