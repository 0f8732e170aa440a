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
    "clear": 1.421,  # contrast of boundaries over the inside of lanes, clipped at 1, mean
    "contrast": 0.833,  # the same, clipped at 2.5
    "contrast_low": 0.228,  # the same, 20th percentile
    "inverted": -0.685,  # share of lanes with a stronger boundary inside
    "width_spread": -5.524,  # of the logarithm of widths
    "unexplained": 1.215,  # share of the cover in no lane
    "single": -2.128,  # one lane
    "pair": -1.005,  # two lanes
    "narrow": -5.706,  # narrower than 1.2 band heights, logarithm
    "wide": -1.053,  # wider than 8 band heights, logarithm
    "boundary": -0.026,  # logarithm of the boundaries' evidence
    "alternation": 0.053,  # every second boundary weaker: lanes cut in halves
    "gain": 0.874,  # of the dynamic programming
}
CONTRAST_LIMIT = 2.5
LEAST = 0.004
NARROW_HEIGHTS, WIDE_HEIGHTS = 1.2, 8.0
SHORT_LIST = 4  # proposals whose bands are looked at
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
            contrast.mean(),
            np.percentile(contrast, 20),
            np.mean(contrast < 0),
            np.sqrt(np.mean(np.minimum(odd, 0.5))),
            1 - partition.cover.sum() / total,
            number == 1,
            number == 2,
            max(0.0, np.log(NARROW_HEIGHTS) - slim),
            max(0.0, slim - np.log(WIDE_HEIGHTS)),
            strength.mean(),
            alternation(partition),
            partition.gain,
        ],
        np.float64,
    )


def alternation(partition: Partition) -> float:
    """Return by how many spreads every second boundary is weaker than the others, less 0.5."""
    if len(partition) < 4:
        return 0.0
    shared = np.minimum(partition.right_edge[:-1], partition.left_edge[1:])
    strength = np.log(np.maximum(shared, LEAST))
    even, odd = strength[::2], strength[1::2]
    spread = np.sqrt((even.var() * len(even) + odd.var() * len(odd)) / len(strength)) + 0.25
    return float(np.clip(abs(even.mean() - odd.mean()) / spread - 0.5, 0, 2.5))
