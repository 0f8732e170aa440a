"""Rule ND: which arms are below the limit of quantification, and how high they can be at most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.normalization import LaneValue

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from blotflux.analysis.blocks import Blocks
    from blotflux.analysis.flux.arms import Arm
    from blotflux.analysis.scaling import Scale

__all__ = ["ByReplicate", "arm_below_loq", "group_below_loq", "ln_limit", "off_scale"]

ByReplicate = dict[str, list[LaneValue]]
"""The lanes of one arm."""


def group_below_loq(group: Sequence[LaneValue]) -> bool:
    """Return whether at least half of a replicate's lanes are below the limit."""
    return 2 * sum(lane.below_loq for lane in group) >= len(group)


def arm_below_loq(by_replicate: ByReplicate) -> bool:
    """Return whether an arm is below the limit in at least half of its replicates."""
    return 2 * sum(map(group_below_loq, by_replicate.values())) >= len(by_replicate)


def ln_limit(
    by_replicate: ByReplicate,
    everything: Sequence[LaneValue],
    scales: Mapping[str, Mapping[str, Scale]],
) -> float:
    """Return the mean ln upper limit of an arm below its limit of quantification.

    A lane below it counts with its limit; one above, in a mixed arm, with its own value, so that
    the arm's true mean is not above the limit used. NaN if a lane's limit is not known.

    Parameters
    ----------
    everything : sequence of LaneValue
        All lanes of the target.
    scales : mapping of replicate to mapping of membrane to Scale
        Of the replicates whose values were divided by their membranes' reference lanes.
    """

    def shift(replicate: str, lane: LaneValue) -> float:
        return scales[replicate][lane.sample.membrane].ln_value if replicate in scales else 0.0

    means = [
        np.mean([ln_upper(lane, everything) - shift(replicate, lane) for lane in group])
        for replicate, group in by_replicate.items()
    ]
    return float(np.mean(means)) if means else math.nan


def ln_upper(lane: LaneValue, everything: Sequence[LaneValue]) -> float:
    """Return ln of what a lane's normalized value is at most.

    Where volumes from elsewhere come without a limit, the smallest quantified volume of the
    membrane stands in for it: what can be quantified is above the limit.
    """
    if not lane.below_loq:
        limit = max(lane.normalized, lane.loq or 0.0)
    elif lane.loq is not None:
        limit = lane.loq
    else:
        quantified = [
            other.volume
            for other in everything
            if other.sample.membrane == lane.sample.membrane
            and math.isfinite(other.volume)
            and not other.below_loq
        ]
        limit = min(quantified, default=math.nan) / lane.factor
    return math.log(limit)


def off_scale(
    own: Mapping[Arm, ByReplicate], low: Collection[Arm], blocks: Blocks, scaled: Collection[str]
) -> bool:
    """Return whether a limit lies on a membrane that its replicate's fitted values are not on."""
    fitted = {(item.replicate, lane[0]) for item in blocks.observations for lane in item.lanes}
    return any(
        (replicate, lane.sample.membrane) not in fitted and replicate not in scaled
        for arm in low
        for replicate, group in own[arm].items()
        for lane in group
    )
