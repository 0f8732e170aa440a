"""Which of several partitions into lanes is the right one.

The probability that a partition is the right one of its picture is proportional to the exponential
of the weighted sum of its features. The weights were first fitted by conditional logistic
regression, with signs that cannot be wrong, on drawn blots of all kinds (seeds 2000 to 2339) and on
real ones; the penalty is the one under which pictures left out, in five folds, were most likely.
They were then moved halfway to those that also make the expected number of wrong lanes small, on
2101 drawn and real pictures: half the move has the whole gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.fitness import FITNESS, fitness
from blotflux.measure.lanes.quick import middle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.lanes.partition import Partition
    from blotflux.measure.lanes.proposals import Proposal
    from blotflux.measure.lanes.ridges import Ridges
    from blotflux.measure.lanes.slant import Slant

__all__ = ["FEATURES", "choose", "features"]

FEATURES = {
    "clear": 2.481,  # contrast of boundaries over the inside of lanes, logarithm clipped at 1, mean
    "inverted": -3.517,  # share of lanes with a stronger boundary inside
    "width_spread": -14.803,  # of the logarithm of widths
    "single": -0.49,  # one lane
    "pair": -3.836,  # two lanes
    "narrow": -11.491,  # narrower than 1.2 band heights, logarithm
    "wide": -1.895,  # wider than 8 band heights, logarithm
    "boundary": 4.997,  # logarithm of the boundaries' evidence
    "order": 2.313,  # boundaries stronger than the inside of any lane, share of pairs less 0.5
    "pitch_spread": -18.074,  # of the logarithm of the distances between lanes, in whole pitches
    "holes": -11.96,  # pitches without a lane, at most 3 in a row, per lane
    "sprawl": -2.243,  # wider than a quarter of the picture, logarithm
    "number": 3.355,  # of lanes, logarithm
    "few": -4.611,  # fewer lanes than 5, logarithm
}
LEAST = 0.004
CLEAR = 1.0
GAP_LIMIT, MOST_HOLES = 0.3, 3
NARROW_HEIGHTS, WIDE_HEIGHTS = 1.2, 8.0
SPRAWLING, FEW = 0.25, 5
SHORT_LIST = 5  # proposals whose bands are looked at ...
AHEAD = 4.0  # ... unless one leads by this much
SAME_PITCHES = 0.35  # lanes nearer than this are the same


def choose(
    proposals: Sequence[Proposal], ridges: Ridges, slant: Slant, band_height: float
) -> tuple[Proposal, float]:
    """Return the most probable proposal and its probability, that of its likes included.

    Parameters
    ----------
    proposals : sequence of Proposal
        At least one.
    ridges : Ridges
    slant : Slant
    band_height : float
        Pixels.
    """
    score = features(proposals, band_height) @ np.array(list(FEATURES.values()))
    short = np.argsort(-score, kind="stable")[:SHORT_LIST]
    total = score[short]
    if margin(proposals, score, int(short[0])) < AHEAD:
        fit = fitness(ridges, slant, [proposals[i].partition for i in short])
        total = total + fit @ np.array(list(FITNESS.values()))
    best = int(np.argmax(total))
    odds = np.exp(total - total[best])
    chosen = proposals[short[best]]
    like = [agree(chosen.partition, proposals[i].partition) for i in short]
    return chosen, float(odds[like].sum() / odds.sum())


def margin(proposals: Sequence[Proposal], score: NDArray[np.float64], best: int) -> float:
    """Return by how much the best proposal leads the best one with other lanes."""
    chosen = proposals[best].partition
    for i in np.argsort(-score, kind="stable"):
        if not agree(chosen, proposals[i].partition):
            return float(score[best] - score[i])
    return float("inf")


def agree(one: Partition, other: Partition) -> bool:
    """Return whether two partitions have the same lanes."""
    if len(one) != len(other):
        return False
    pitch = middle(np.diff(one.x)) if len(one) > 1 else one.width
    return bool(np.abs(one.x - other.x).max() < SAME_PITCHES * pitch)


def features(proposals: Sequence[Proposal], band_height: float) -> NDArray[np.float64]:
    """Return the features of all proposals, shape (proposals, features), as in `FEATURES`."""
    lanes = Lanes.of(proposals)
    number = lanes.number.astype(np.float64)
    columns = np.array([p.boundaries.columns for p in proposals])
    contrast = np.log(lanes.weaker / lanes.inner)
    usual = lanes.median(lanes.cover)
    odd = np.log(lanes.cover / usual[lanes.owner]) ** 2
    slim = np.log(usual / band_height)
    order, strength, pitch_spread, holes = between_lanes(lanes)
    return np.column_stack(
        [
            lanes.mean(np.minimum(contrast, CLEAR)),
            lanes.mean(contrast < 0),
            np.sqrt(lanes.mean(np.minimum(odd, 0.5))),
            number == 1,
            number == 2,
            np.maximum(0, np.log(NARROW_HEIGHTS) - slim),
            np.maximum(0, slim - np.log(WIDE_HEIGHTS)),
            strength,
            order,
            pitch_spread,
            holes,
            np.maximum(0, np.log(usual / (SPRAWLING * columns))),
            np.log(number),
            np.maximum(0, np.log(FEW / number)),
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lanes:
    """The lanes of all proposals in one row; arrays of shape (lanes of all,).

    `owner` is the proposal; `start` and `number`, of shape (proposals,), its first lane and how
    many it has. `weaker` is the evidence of the weaker boundary.
    """

    owner: NDArray[np.int64]
    start: NDArray[np.int64]
    number: NDArray[np.int64]
    x: NDArray[np.float64]
    cover: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    inner: NDArray[np.float64]

    @classmethod
    def of(cls, proposals: Sequence[Proposal]) -> Lanes:
        """Return the lanes of proposals."""
        partitions = [proposal.partition for proposal in proposals]
        number = np.array([len(partition) for partition in partitions])
        return cls(
            owner=np.repeat(np.arange(len(number)), number),
            start=np.cumsum(number) - number,
            number=number,
            x=np.concatenate([p.x for p in partitions]),
            cover=np.concatenate([p.cover for p in partitions]),
            left=np.maximum(np.concatenate([p.left_edge for p in partitions]), LEAST),
            right=np.maximum(np.concatenate([p.right_edge for p in partitions]), LEAST),
            inner=np.maximum(np.concatenate([p.inner_edge for p in partitions]), LEAST),
        )

    @property
    def weaker(self) -> NDArray[np.float64]:
        """The evidence of the weaker of both boundaries."""
        return np.minimum(self.left, self.right)

    def mean(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the mean of each proposal."""
        return np.bincount(self.owner, values, minlength=len(self.number)) / self.number

    def quantile(self, values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
        """Return the value below which at most `share` of each proposal's lie."""
        ordered = values[np.lexsort((values, self.owner))]
        return ordered[self.start + (share * (self.number - 1)).astype(np.int64)]

    def median(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the median of each proposal; of an even number the lower of the middle two."""
        return self.quantile(values, 0.5)


def between_lanes(
    lanes: Lanes,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return what the boundaries shared by two lanes say, each of shape (proposals,).

    Returns
    -------
    order : ndarray
        Share of pairs in which a shared boundary is stronger than one inside a lane, less 0.5.
    strength : ndarray
        Mean logarithm of the evidence.
    pitch_spread : ndarray
        Root mean square of the logarithm of the distances over whole pitches.
    holes : ndarray
        Pitches without a lane, at most `MOST_HOLES` in a row, per lane.
    """
    count = len(lanes.number)
    first = np.flatnonzero(np.diff(lanes.owner) == 0)  # of each two neighbors
    owner, pairs = lanes.owner[first], np.maximum(lanes.number - 1, 1)
    left, right = lanes.right[first], lanes.left[first + 1]
    shared = np.minimum(left, right)
    stronger = (shared[:, None] > lanes.inner) & (owner[:, None] == lanes.owner)
    gap = np.diff(lanes.x)[first]
    relative = gap / usual_gap(gap, owner, count)[owner]
    pitches = np.maximum(np.rint(relative), 1)
    odd = np.minimum(np.log(relative / pitches) ** 2, GAP_LIMIT)
    several = lanes.number > 1

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(owner, values, minlength=count) / pairs

    return (
        np.where(several, mean(stronger.sum(axis=1)) / lanes.number - 0.5, 0),
        mean(0.5 * (np.log(left) + np.log(right))),
        np.sqrt(mean(odd)),
        mean(np.minimum(pitches - 1, MOST_HOLES)) * pairs / lanes.number,
    )


def usual_gap(
    gap: NDArray[np.float64], owner: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """Return the median distance of each proposal's lanes; 1 for a single lane."""
    ordered = gap[np.lexsort((gap, owner))]
    number = np.bincount(owner, minlength=count)
    start = np.cumsum(number) - number
    place = np.minimum(start + (number - 1) // 2, len(gap) - 1)
    if not len(gap):
        return np.ones(count)
    return np.where(number > 0, ordered[place], 1.0)
