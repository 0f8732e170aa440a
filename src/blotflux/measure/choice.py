"""Which of several partitions into lanes is the right one.

The weights were fitted by conditional logistic regression on drawn blots of all kinds and on real
ones: the probability that a partition is the right one of its picture is proportional to the
exponential of the weighted sum of its features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitness import FITNESS, fitness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.boundaries import Boundaries
    from blotflux.measure.partition import Partition
    from blotflux.measure.ridges import Ridges
    from blotflux.measure.slant import Slant

__all__ = ["FEATURES", "Proposal", "choose", "features"]

FEATURES = {
    "clear": 2.314,  # contrast of boundaries over the inside of lanes, logarithm clipped at 1, mean
    "clear_low": 0.252,  # the same clipped at 2.5, 20th percentile
    "inverted": -0.987,  # share of lanes with a stronger boundary inside
    "width_spread": -5.668,  # of the logarithm of widths
    "unexplained": -1.145,  # share of the cover in no lane
    "single": -0.899,  # one lane
    "pair": -1.355,  # two lanes
    "narrow": -6.759,  # narrower than 1.2 band heights, logarithm
    "wide": -1.288,  # wider than 8 band heights, logarithm
    "boundary": 1.266,  # logarithm of the boundaries' evidence
    "gain": 0.969,  # of the dynamic programming
    "order": 1.524,  # boundaries stronger than the inside of any lane, share of pairs less 0.5
    "pitch_spread": -9.785,  # of the logarithm of the distances between lanes
    "sprawl": -1.554,  # wider than a quarter of the picture, logarithm
    "number": 0.939,  # of lanes, logarithm
    "few": -1.589,  # fewer lanes than 5, logarithm
}
CONTRAST_LIMIT = 2.5
LEAST = 0.004
NARROW_HEIGHTS, WIDE_HEIGHTS = 1.2, 8.0
SPRAWLING, FEW = 0.25, 5
SHORT_LIST = 5  # proposals whose bands are looked at
SAME_PITCHES = 0.35  # lanes nearer than this are the same


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """A partition and the evidence that it was made from."""

    partition: Partition
    boundaries: Boundaries


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
    weight = np.array(list(FEATURES.values()))
    score = np.array([features(p, band_height) @ weight for p in proposals])
    short = np.argsort(-score, kind="stable")[:SHORT_LIST]
    fit = np.array(list(FITNESS.values()))
    score[short] += [fitness(ridges, slant, proposals[i].partition) @ fit for i in short]
    best = short[int(np.argmax(score[short]))]
    odds = np.exp(score[short] - score[best])
    chosen = proposals[best].partition
    like = [agree(chosen, proposals[i].partition) for i in short]
    return proposals[best], float(odds[like].sum() / odds.sum())


def agree(one: Partition, other: Partition) -> bool:
    """Return whether two partitions have the same lanes."""
    if len(one) != len(other):
        return False
    pitch = float(np.median(np.diff(one.x))) if len(one) > 1 else one.width
    return bool(np.abs(one.x - other.x).max() < SAME_PITCHES * pitch)


def features(proposal: Proposal, band_height: float) -> NDArray[np.float64]:
    """Return the features of a proposal, in the order of `FEATURES`."""
    partition, boundaries = proposal.partition, proposal.boundaries
    number = len(partition)
    weaker = np.minimum(partition.left_edge, partition.right_edge)
    contrast = np.log(np.maximum(weaker, LEAST) / np.maximum(partition.inner_edge, LEAST))
    contrast = np.clip(contrast, -CONTRAST_LIMIT, CONTRAST_LIMIT)
    usual = float(np.median(partition.cover))
    odd = np.log(partition.cover / usual) ** 2
    slim = np.log(usual / band_height)
    between = np.concatenate([partition.left_edge[1:], partition.right_edge[:-1]])
    strength = np.log(np.maximum(between, LEAST)) if number > 1 else np.zeros(1)
    total = max(float(boundaries.cover.sum()), 1e-9)
    return np.array(
        [
            np.minimum(contrast, 1.0).mean(),
            np.percentile(contrast, 20),
            np.mean(contrast < 0),
            np.sqrt(np.mean(np.minimum(odd, 0.5))),
            1 - partition.cover.sum() / total,
            number == 1,
            number == 2,
            max(0.0, np.log(NARROW_HEIGHTS) - slim),
            max(0.0, slim - np.log(WIDE_HEIGHTS)),
            strength.mean(),
            partition.gain,
            order(partition),
            pitch_spread(partition),
            max(0.0, np.log(usual / (SPRAWLING * len(boundaries.edge)))),
            np.log(number),
            max(0.0, np.log(FEW / number)),
        ],
        np.float64,
    )


def order(partition: Partition) -> float:
    """Return the share of pairs in which a shared boundary is stronger than one inside, - 0.5."""
    if len(partition) < 2:
        return 0.0
    shared = np.minimum(partition.right_edge[:-1], partition.left_edge[1:])
    inside = np.maximum(partition.inner_edge, LEAST)
    return float((shared[:, None] > inside[None, :]).mean() - 0.5)


def pitch_spread(partition: Partition) -> float:
    """Return the spread of the logarithm of the distances between lanes, gaps clipped."""
    if len(partition) < 2:
        return 0.0
    gap = np.diff(partition.x)
    odd = np.log(gap / np.median(gap)) ** 2
    return float(np.sqrt(np.mean(np.minimum(odd, 0.3))))
