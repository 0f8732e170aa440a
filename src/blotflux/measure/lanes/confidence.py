"""How sure it is that a lane is one, and in the right place.

The probability is a logistic function of what speaks for and against a lane. Its weights were
fitted, with signs that cannot be wrong, on drawn blots of all kinds (seeds 2000 to 2095) and on
real ones. On 240 drawn blots that nothing was tuned on, 2902 of 2903 lanes of 0.9 and more were
right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.features import LaneFeatures, describe_lanes
from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.search import Found
    from blotflux.measure.lanes.tracks import Tracks

__all__ = ["TERMS", "Opinion", "judge_lanes", "terms"]

TERMS = {
    "": -3.323,
    "strong, clear bands": 1.185,
    "bands much fainter than in other lanes": 1.214,
    "bands show both edges of the lane": 0.748,
    "bands in line with those of other lanes": 2.029,
    "bands in line with no others": -1.026,
    "too near to the next lane": -11.376,
    "off the pitch of the other lanes": -17.058,
    "cut by the border of the picture": -20.0,
    "bands of unusual height": -0.488,
    "one clear way to divide the rows into lanes": 0.914,
    "no band": -0.679,
    "clear boundaries": 1.066,
    "at the side, and fainter than all others": -4.498,
    "a boundary inside": -4.702,
}
WEAK = {  # how a term is put where it is missing
    "strong, clear bands": "bands near the noise",
    "bands show both edges of the lane": "no band shows both edges of the lane",
    "bands in line with those of other lanes": "no band in line with those of other lanes",
    "one clear way to divide the rows into lanes": "rows could be divided into lanes in other ways",
    "clear boundaries": "weak boundaries",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Probability that a lane is one and in the right place, and why, in words."""

    probability: float
    reason: str


def judge_lanes(tracks: Tracks, found: Found) -> tuple[Opinion, ...]:
    """Return an opinion on each lane."""
    table = terms(describe_lanes(tracks, found))
    share = table * np.array(list(TERMS.values()))
    typical = share.max(axis=0, initial=-np.inf) if len(share) else share
    probability = 1 / (1 + np.exp(-clamp(share.sum(axis=1), -30, 30)))
    reasons = put_in_words(share - typical, table)
    return tuple(
        Opinion(probability=p, reason=reason)
        for p, reason in zip(probability.tolist(), reasons, strict=True)
    )


def terms(features: LaneFeatures) -> NDArray[np.float64]:
    """Return the terms of the logistic function, shape (lanes, terms), in the order of `TERMS`."""
    f = features
    single = np.where(f.astray == 1, np.log(2), 0.0)
    odds = np.log(f.certainty / (1.02 - f.certainty))
    columns = np.array(
        [
            np.ones(len(f.signal)),
            np.minimum(f.signal, 4),
            clamp(f.contrast, -4, 0),
            np.minimum(np.log1p(f.boxes), 1.2),
            np.minimum(np.log1p(f.aligned), 1.2),
            single,
            clamp(f.crowded - 0.15, 0, 0.6),
            np.minimum(f.odd_pitch, 0.5) ** 2,
            np.minimum(f.border, 0.3),
            np.minimum(f.odd_height, 0.6),
            clamp(odds, -2, 4),
            f.signal <= 0,
            f.edge,
            clamp(f.outer - 1, 0, 2),
            np.maximum(f.inner - f.edge, 0),
        ]
    )
    return np.ascontiguousarray(columns.T)


def put_in_words(loss: NDArray[np.float64], table: NDArray[np.float64]) -> list[str]:
    """Return the one or two things that cost a lane most against the panel's best, in words."""
    names = list(TERMS)
    order = np.argsort(loss, axis=1, kind="stable")[:, :2].tolist()
    bare = table[:, names.index("no band")].tolist()
    said = []
    for costs, worst, empty in zip(loss.tolist(), order, bare, strict=True):
        things = [WEAK.get(names[i], names[i]) for i in worst if costs[i] < -0.5]
        if empty:
            things = ["no band"]
        said.append("; ".join(things) or "clear bands at the pitch of the other lanes")
    return said
