"""Who is compared with whom: the conditions of an analysis and their controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.analysis.conditions import assign_replicates, condition_of, lane_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from blotflux.analysis.conditions import Condition, LaneKey, Replicates
    from blotflux.analysis.records import LaneSample

__all__ = ["Design", "design_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The sheet, read for comparisons with one control.

    Attributes
    ----------
    control : str
        A treatment.
    condition_of : mapping of LaneKey to Condition
        Lanes of role sample.
    replicates : Replicates
    pairs : tuple of (Condition, Condition or None)
        Every condition that is not a control, in order, with the control of the same time and
        inhibitor; None where the sheet has none.
    """

    control: str
    condition_of: Mapping[LaneKey, Condition]
    replicates: Replicates
    pairs: tuple[tuple[Condition, Condition | None], ...]

    def treated(self, control: Condition | None) -> tuple[Condition, ...]:
        """Return the conditions that are compared with one control."""
        return tuple(condition for condition, other in self.pairs if other == control)


def design_of(samples: Sequence[LaneSample], control: str, *, membranes: Collection[str]) -> Design:
    """Return the comparisons that the lanes of some membranes are for.

    Lanes that the user excluded count here, so that a condition without any other lane is
    reported as missing and not silently absent.
    """
    lanes = [
        lane
        for lane in samples
        if lane.role == "sample" and lane.treatment and lane.membrane in membranes
    ]
    conditions = {lane_key(lane): condition_of(lane) for lane in lanes}
    found = sorted(set(conditions.values()), key=lambda condition: condition.order)
    controls = [condition for condition in found if condition.treatment == control]
    return Design(
        control=control,
        condition_of=conditions,
        replicates=assign_replicates(lanes),
        pairs=tuple(
            (condition, control_for(condition, controls))
            for condition in found
            if condition.treatment != control
        ),
    )


def control_for(condition: Condition, controls: Sequence[Condition]) -> Condition | None:
    """Return the control of the same time and inhibitor.

    Where the control itself comes in several doses (of a solvent), the same dose is taken, else
    the lowest.
    """
    alike = [
        control
        for control in controls
        if control.time_h == condition.time_h
        and control.inhibitor == condition.inhibitor
        and control.inhibitor_dose == condition.inhibitor_dose
        and control.inhibitor_h == condition.inhibitor_h
    ]
    same_dose = [control for control in alike if control.dose == condition.dose]
    return next(iter([*same_dose, *alike]), None)
