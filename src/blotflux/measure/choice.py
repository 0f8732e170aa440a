"""Which of several partitions into lanes is the right one.

The weights were fitted by conditional logistic regression on drawn blots of all kinds and on real
ones: the probability that a partition is the right one of its picture is proportional to the
exponential of the weighted sum of its features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.boundaries import Boundaries
    from blotflux.measure.partition import Partition

__all__ = ["FEATURES", "choose", "features"]

FEATURES = {
    "contrast": 1.38,  # of boundaries over the inside of lanes, mean of the clipped logarithm
    "contrast_low": 0.686,  # the same, 20th percentile
    "width_spread": -9.32,  # of the logarithm of widths
    "unexplained": -0.309,  # share of the cover in no lane
    "single": -1.309,  # one lane
    "pair": -1.21,  # two lanes
    "narrow": -8.608,  # narrower than 1.2 band heights, logarithm
    "wide": -1.089,  # wider than 8 band heights, logarithm
    "boundary": 0.087,  # logarithm of the boundaries' evidence
    "alternation": -0.29,  # every second boundary weaker: lanes cut in halves
    "gain": 1.099,  # of the dynamic programming
}
CONTRAST_LIMIT = 2.5
LEAST = 0.004
NARROW_HEIGHTS, WIDE_HEIGHTS = 1.2, 8.0


def choose(
    partitions: Sequence[Partition], boundaries: Boundaries, band_height: float
) -> tuple[int, NDArray[np.float64]]:
    """Return the index of the most probable partition and the probability of each.

    Parameters
    ----------
    partitions : sequence of Partition
        At least one.
    boundaries : Boundaries
        From which they were made.
    band_height : float
        Pixels.
    """
    weight = np.array(list(FEATURES.values()))
    table = np.array([features(p, boundaries, band_height) for p in partitions])
    score = table @ weight
    odds = np.exp(score - score.max())
    return int(np.argmax(score)), odds / odds.sum()


def features(
    partition: Partition, boundaries: Boundaries, band_height: float
) -> NDArray[np.float64]:
    """Return the features of a partition, in the order of `FEATURES`."""
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
            contrast.mean(),
            np.percentile(contrast, 20),
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
