"""From lanes to the numbers that are fitted: one ln value per replicate and condition.

Lanes of one condition and one replicate on one membrane are technical and are averaged first
(geometric mean). A replicate on several membranes is averaged over its within-membrane contrasts
where the membranes are linked by shared conditions; else its membranes are put on one scale by
their reference lanes; else they stay apart, as blocks of their own, and contrasts between them
cannot be estimated (refusal R7).
"""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - the type of a dataclass field
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.statistics import fit_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Sequence

    from blotflux.analysis.conditions import Condition, LaneKey
    from blotflux.analysis.normalization import LaneValue
    from blotflux.analysis.scaling import Scale
    from blotflux.analysis.statistics import Fit

__all__ = ["Blocks", "Observation", "build_blocks", "collapse_technical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One replicate in one condition.

    Attributes
    ----------
    replicate : str
    condition : Condition
    ln_value : float
        ln of the normalized volume, or of a ratio of two targets.
    ln_variance : float
        By measurement alone; NaN if unknown.
    lanes : tuple of LaneKey
        The lanes behind it.
    block : str
        What is a block in the model: the replicate, or its part on membranes of one scale, or
        for independent samples the membrane.
    cross_membrane : bool
        The value was brought to the scale of another membrane.
    """

    replicate: str
    condition: Condition
    ln_value: float
    ln_variance: float
    lanes: tuple[LaneKey, ...]
    block: str = ""
    cross_membrane: bool = False

    @property
    def n_technical(self) -> int:
        """Return how many lanes were averaged."""
        return len(self.lanes)

    @property
    def membrane(self) -> str:
        """Return the membrane of its first lane."""
        return self.lanes[0][0]


def collapse_technical(
    lanes: Iterable[LaneValue],
    condition_of: Mapping[LaneKey, Condition],
    replicate_of: Mapping[LaneKey, str],
) -> tuple[Observation, ...]:
    """Return the geometric mean of each replicate x condition x membrane.

    Parameters
    ----------
    lanes : iterable of LaneValue
        Only those to be used, each with a value above zero.
    condition_of, replicate_of : mapping of LaneKey
        Lanes that miss in one of them are left away.
    """
    grouped: dict[tuple[str, str, Condition], list[LaneValue]] = {}
    for lane in lanes:
        replicate, condition = replicate_of.get(lane.key), condition_of.get(lane.key)
        if replicate is not None and condition is not None:
            grouped.setdefault((replicate, lane.sample.membrane, condition), []).append(lane)
    return tuple(
        Observation(
            replicate=replicate,
            condition=condition,
            ln_value=float(np.mean([math.log(lane.normalized) for lane in group])),
            ln_variance=sum(lane.ln_variance for lane in group) / len(group) ** 2,
            lanes=tuple(sorted(lane.key for lane in group)),
            block=membrane,
        )
        for (replicate, membrane, condition), group in sorted(
            grouped.items(), key=lambda item: (item[0][0], item[0][1], item[0][2].order)
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """What is fitted.

    Attributes
    ----------
    observations : tuple of Observation
        Ordered by replicate and condition.
    blocked : bool
        False where no replicate holds two conditions (independent animals).
    split : tuple of str
        Replicates on membranes that nothing puts on one scale.
    scales : mapping of membrane to Scale
        Reference lanes by which values of different membranes were put on one scale.
    """

    observations: tuple[Observation, ...]
    blocked: bool = True
    split: tuple[str, ...] = field(default=())
    scales: Mapping[str, Scale] = field(default_factory=dict)
    _by_cell: dict[tuple[str, Condition], list[Observation]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return all conditions, in their order."""
        found = {item.condition for item in self.observations}
        return tuple(sorted(found, key=lambda condition: condition.order))

    @property
    def cross_membrane(self) -> bool:
        """Return whether any value was brought to another membrane's scale."""
        return any(item.cross_membrane for item in self.observations)

    def keep(self, test: Callable[[Observation], bool]) -> Blocks:
        """Return the blocks with some observations only."""
        return replace(self, observations=tuple(filter(test, self.observations)))

    def replicates(self, condition: Condition) -> tuple[str, ...]:
        """Return the replicates that hold a condition, sorted."""
        return tuple(
            sorted({item.replicate for item in self.observations if item.condition == condition})
        )

    def complete(self, conditions: Collection[Condition]) -> tuple[str, ...]:
        """Return the replicates that hold all of some conditions, sorted."""
        common = [set(self.replicates(condition)) for condition in conditions]
        return tuple(sorted(set.intersection(*common))) if common else ()

    def value(self, replicate: str, condition: Condition) -> Observation | None:
        """Return one replicate's observation of a condition; None where it is missing or split."""
        if not self._by_cell:
            for item in self.observations:
                self._by_cell.setdefault((item.replicate, item.condition), []).append(item)
        found = self._by_cell.get((replicate, condition), ())
        return found[0] if len(found) == 1 else None

    def lanes(self, condition: Condition) -> int:
        """Return how many lanes a condition has."""
        return sum(item.n_technical for item in self.observations if item.condition == condition)

    def fit(self) -> Fit:
        """Return the least-squares fit of all observations.

        Independent samples on one membrane have no block; on several the membrane is the block.
        """
        items = sorted(self.observations, key=lambda item: item.condition.order)
        blocks = [item.block for item in items]
        fit = fit_blocks(
            [item.ln_value for item in items],
            [item.condition for item in items],
            blocks if self.blocked or len(set(blocks)) > 1 else None,
        )
        return self.with_scale_error(fit) if self.cross_membrane else fit

    def with_scale_error(self, fit: Fit) -> Fit:
        """Return a fit whose covariance holds the error of the reference lanes.

        All values of a membrane are divided by the same reference lanes. Where a membrane serves
        one replicate only, that error varies from replicate to replicate and is in the residuals
        already; it is not counted twice. Where several replicates share a membrane, no number of
        them averages it out and no residual shows it: a reference lane is taken to be as noisy as
        any other, so the mean of k of them adds ``s**2 / k`` to whatever rests on their membrane.
        """
        served: dict[str, set[str]] = {}
        for item in self.observations:
            for membrane, _ in item.lanes if item.cross_membrane else ():
                served.setdefault(membrane, set()).add(item.replicate)
        membranes = sorted(name for name, replicates in served.items() if len(replicates) > 1)
        shares = np.zeros((len(fit.cells), len(membranes)))
        counts = np.zeros(len(fit.cells))
        for item in self.observations:
            cell = fit.cells.index(item.condition)
            counts[cell] += 1
            used = [membrane for membrane, _ in item.lanes if item.cross_membrane]
            for membrane in used:
                if membrane in membranes:
                    shares[cell, membranes.index(membrane)] += 1 / len(used)
        shares /= counts[:, None]
        lanes = np.array([self.scales[membrane].n_lanes for membrane in membranes])
        return replace(fit, covariance=fit.covariance + (shares / lanes) @ shares.T)


def build_blocks(
    technical: Sequence[Observation],
    scales: Mapping[str, Scale] | None = None,
    *,
    blocked: bool | None = None,
) -> Blocks:
    """Return one observation per replicate and condition.

    Parameters
    ----------
    technical : sequence of Observation
        From `collapse_technical`: one per replicate, condition and membrane.
    scales : mapping of membrane to Scale, optional
        Scales by reference lanes, for replicates whose membranes share no condition.
    blocked : bool, optional
        Whether replicates link conditions by design; else this is seen from the observations,
        which cannot tell when some conditions were lost.
    """
    by_replicate: dict[str, list[Observation]] = {}
    for item in technical:
        by_replicate.setdefault(item.replicate, []).append(item)
    if blocked is None:
        blocked = any(
            len({item.condition for item in items}) > 1 for items in by_replicate.values()
        )
    if not blocked:
        return Blocks(observations=independent(by_replicate), blocked=False)
    observations: list[Observation] = []
    split: list[str] = []
    for replicate, items in sorted(by_replicate.items()):
        parts = linked_parts(items)
        if len(parts) > 1 and all(item.membrane in (scales or {}) for item in items):
            parts = [[on_scale(item, (scales or {})[item.membrane]) for item in items]]
        if len(parts) > 1:
            split.append(replicate)
        for part in parts:
            name = replicate if len(parts) == 1 else f"{replicate} on {part[0].membrane}"
            observations += average_membranes(part, name)
    return Blocks(observations=tuple(observations), split=tuple(split), scales=dict(scales or {}))


def independent(by_replicate: Mapping[str, Sequence[Observation]]) -> tuple[Observation, ...]:
    """Return one observation per independent sample, its membrane(s) as the block."""
    return tuple(
        observation
        for _, items in sorted(by_replicate.items())
        for observation in average_membranes(
            items, "+".join(sorted({item.membrane for item in items}))
        )
    )


def linked_parts(items: Sequence[Observation]) -> list[list[Observation]]:
    """Return a replicate's observations grouped by membranes that shared conditions link."""
    parts: list[list[Observation]] = []
    for item in items:
        linked = [
            part
            for part in parts
            if any(
                other.membrane == item.membrane or other.condition == item.condition
                for other in part
            )
        ]
        merged = [other for part in linked for other in part] + [item]
        parts = [part for part in parts if part not in linked] + [merged]
    return parts


def on_scale(item: Observation, scale: Scale) -> Observation:
    """Return an observation divided by its membrane's reference."""
    return replace(
        item,
        ln_value=item.ln_value - scale.ln_value,
        ln_variance=item.ln_variance + scale.ln_variance,
        block="",
        cross_membrane=True,
    )


def average_membranes(part: Sequence[Observation], block: str) -> list[Observation]:
    """Return one observation per condition, averaged over within-membrane contrasts.

    Least squares with a membrane effect gives, for complete membranes, the mean of their ln
    values; where one lacks a condition, the others' level is not mixed into it.
    """
    by_condition: dict[Condition, list[Observation]] = {}
    for item in part:
        by_condition.setdefault(item.condition, []).append(item)
    means = membrane_adjusted_means(part)
    return [
        replace(
            group[0],
            ln_value=means[condition],
            ln_variance=sum(item.ln_variance for item in group) / len(group) ** 2,
            lanes=tuple(sorted(lane for item in group for lane in item.lanes)),
            block=block,
        )
        for condition, group in sorted(by_condition.items(), key=lambda pair: pair[0].order)
    ]


def membrane_adjusted_means(part: Sequence[Observation]) -> dict[Hashable, float]:
    """Return the ln mean of each condition at the average of the membranes."""
    membranes = {item.block for item in part}
    if len(membranes) == 1:
        # On one scale: plain means, exact where each condition is there once.
        grouped: dict[Hashable, list[float]] = {}
        for item in part:
            grouped.setdefault(item.condition, []).append(item.ln_value)
        return {condition: float(np.mean(values)) for condition, values in grouped.items()}
    fit = fit_blocks(
        [item.ln_value for item in part],
        [item.condition for item in part],
        [item.block for item in part],
    )
    return dict(zip(fit.cells, fit.means.tolist(), strict=True))
