"""Which band of a ladder lane is which band of the product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.ladders.calibration import Calibration, calibrate
from blotflux.measure.ladders.presets import LadderPreset, find_preset
from blotflux.measure.ladders.readings import (
    FEWEST_MATCHED,
    MOST_EXTRA,
    Observed,
    Readings,
    first_look,
    observe,
    posterior,
    second_look,
    supported,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from blotflux.measure.ladders.landmarks import Landmarks

__all__ = ["LadderMatch", "match_ladder", "rank_presets"]

# A band is used where its weight is this certain; the others are left out of the curve. Where a
# band is likely no weight's, another may be: then the first and the last, which no neighbors hold
# on both sides, have to be more certain.
LEAST_CERTAINTY = 0.95
LEAST_CERTAINTY_OF_ENDS = 0.98


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
    aided : bool
        Whether it is the rows of the samples, by their expected weights, that made it certain.
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
    aided: bool
    calibration: Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The bands whose weight is certain, from the top, and the evidence for the ladder."""

    evidence: float
    bands: tuple[int, ...]
    kda: tuple[float, ...]
    certainty: tuple[float, ...]


def match_ladder(
    y_px: ArrayLike,
    heights: ArrayLike,
    preset: LadderPreset | str,
    gel: str | None = None,
    *,
    landmarks: Landmarks | None = None,
) -> LadderMatch | None:
    """Return the reading of a ladder lane, or None if the bands do not fit or could be read twice.

    Every order-preserving assignment of bands to weights is scored by its marginal likelihood
    under a smooth mobility curve, with missing and additional bands at a price. A band is used if
    its weight has a posterior probability of at least 0.95 over all of them (beside a stray band
    0.98 for the first and the last), so that a doubtful band is left out rather than misread.

    Parameters
    ----------
    y_px, heights : array_like, shape (bands,)
        Position down the lane and peak height of the bands, in any order.
    preset : LadderPreset or str
    gel : str or None
        Gel system in the user's words.
    landmarks : Landmarks, optional
        Rows of the samples whose weights are expected.

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
    alone = second_look(observed, table, first_look(observed, table, tuple(chosen.colors)))
    found, aided = judged(observed, table, alone), False
    if landmarks is not None:
        with_rows = judged(observed, table, supported(observed, table, alone, landmarks))
        aided = with_rows is not None and (
            found is None or (found.bands, found.kda) != (with_rows.bands, with_rows.kda)
        )
        found = with_rows
    if found is None:
        return None
    return match_of(found, observed, chosen, chosen.system_of(gel), aided=aided)


def rank_presets(
    y_px: ArrayLike, heights: ArrayLike, presets: Sequence[LadderPreset], gel: str | None = None
) -> tuple[LadderMatch, ...]:
    """Return the readings by each ladder that fits, the most likely first."""
    matches = (match_ladder(y_px, heights, preset, gel) for preset in presets)
    found = [match for match in matches if match is not None]
    return tuple(sorted(found, key=lambda match: -match.evidence))


def judged(
    observed: Observed, table: Sequence[float], readings: Sequence[Readings]
) -> Found | None:
    """Return which bands are certain, or None if too few are or bands anywhere are as likely."""
    certainty, evidence = posterior(observed, len(table), readings)
    best = certainty.max(axis=1)
    sure = certain_bands(certainty)
    if evidence < 0.0 or len(sure) < FEWEST_MATCHED:
        return None
    weights = tuple(table[int(certainty[band].argmax())] for band in sure)
    return Found(
        evidence=evidence,
        bands=sure,
        kda=weights,
        certainty=tuple(float(best[band]) for band in sure),
    )


def certain_bands(certainty: NDArray[np.float64]) -> tuple[int, ...]:
    """Return the bands whose weight is certain, from their probabilities to be each weight."""
    best = certainty.max(axis=1)
    sure = [int(band) for band in np.flatnonzero(best >= LEAST_CERTAINTY)]
    if np.any(certainty.sum(axis=1) < 0.5):
        while sure and best[sure[0]] < LEAST_CERTAINTY_OF_ENDS:
            sure.pop(0)
        while sure and best[sure[-1]] < LEAST_CERTAINTY_OF_ENDS:
            sure.pop()
    return tuple(sure)


def match_of(
    found: Found, observed: Observed, preset: LadderPreset, system: str, *, aided: bool
) -> LadderMatch:
    """Return the match of the bands whose weight is certain."""
    sure = list(found.bands)
    return LadderMatch(
        preset=preset,
        system=system,
        indices=tuple(int(i) for i in observed.index[sure]),
        kda=found.kda,
        certainty=found.certainty,
        missing_kda=tuple(kda for kda in preset.systems[system] if kda not in found.kda),
        extra=tuple(int(i) for i in np.delete(observed.index, sure)),
        evidence=found.evidence,
        aided=aided,
        calibration=calibrate(observed.y[sure], found.kda),
    )
