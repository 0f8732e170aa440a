"""Which conditions of a sheet make a flux question: vehicle and treatment, with and without."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the type of a dataclass field
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from blotflux.analysis.conditions import Condition, condition_of, dose_order, lane_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blotflux.analysis.conditions import LaneKey
    from blotflux.analysis.records import LaneSample, LC3FluxPlan

__all__ = ["Arm", "InhibitorGroup", "Question", "find_questions", "group_by_inhibitor"]


class Arm(StrEnum):
    """The four cells of a flux design: vehicle or treated, without or with inhibitor."""

    C0 = "C0"
    C1 = "C1"
    T0 = "T0"
    T1 = "T1"


@dataclass(frozen=True, slots=True, kw_only=True)
class InhibitorGroup:
    """All lanes that one analysis may use: those of one inhibitor and its hours, and those without.

    Attributes
    ----------
    inhibitor : str
        Empty where the sheet has none.
    hours : float
    conditions : mapping of LaneKey to Condition
        Sample lanes of the group, excluded ones too.
    others : frozenset of Condition
        Conditions with another inhibitor, or another time of this one.
    """

    inhibitor: str
    hours: float
    conditions: Mapping[LaneKey, Condition]
    others: frozenset[Condition]

    @property
    def present(self) -> frozenset[Condition]:
        """Return the conditions of the group."""
        return frozenset(self.conditions.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One treatment against its vehicle.

    Attributes
    ----------
    control, treated : Condition
        Without inhibitor.
    cells : mapping of Arm to Condition
        Arms that the sheet has.
    not_comparable : bool
        A missing arm exists with another inhibitor, time or dose (refusal R8).
    more_inhibitor : tuple of (Condition, Condition)
        Pairs of a higher dose of the inhibitor and the dose of `cells`, vehicle first.
    """

    control: Condition
    treated: Condition
    cells: Mapping[Arm, Condition]
    not_comparable: bool = False
    more_inhibitor: tuple[tuple[Condition, Condition], ...] = ()

    @property
    def designed(self) -> bool:
        """Return whether the sheet has all four arms."""
        return len(self.cells) == len(Arm)

    def words(self, arm: Arm, inhibitor: str) -> str:
        """Return an arm with its condition, as in ``C1 (vehicle, with BafA1)``."""
        drug = self.control if arm in (Arm.C0, Arm.C1) else self.treated
        given = inhibitor or "lysosomal inhibitor"
        tail = f"with {given}" if arm in (Arm.C1, Arm.T1) else f"without {given}"
        return f"{arm} ({drug.drug_words}, {tail})"


def group_by_inhibitor(
    plan: LC3FluxPlan, samples: Iterable[LaneSample]
) -> tuple[InhibitorGroup, ...]:
    """Return the groups of lanes that are an analysis each, by inhibitor and hours.

    Different inhibitors, and different times of one, are never pooled; they share the lanes
    without inhibitor. A sheet without inhibitor gives one group, in which every flux is refused.
    """
    lanes = [lane for lane in samples if lane.role == "sample"]
    conditions = {
        lane_key(lane): condition_of(lane, inhibitor_hours=plan.inhibitor_hours) for lane in lanes
    }
    kinds = sorted(
        {
            (item.inhibitor, item.inhibitor_h or plan.inhibitor_hours)
            for item in conditions.values()
            if item.inhibitor and plan.inhibitor in (None, item.inhibitor)
        }
    ) or [(plan.inhibitor or "", plan.inhibitor_hours)]
    return tuple(make_group(kind, conditions) for kind in kinds)


def make_group(kind: tuple[str, float], conditions: Mapping[LaneKey, Condition]) -> InhibitorGroup:
    """Return the lanes of one inhibitor and its hours."""
    inhibitor, hours = kind

    def belongs(item: Condition) -> bool:
        return not item.inhibitor or (item.inhibitor, item.inhibitor_h) == kind

    return InhibitorGroup(
        inhibitor=inhibitor,
        hours=hours,
        conditions={key: item for key, item in conditions.items() if belongs(item)},
        others=frozenset(item for item in conditions.values() if not belongs(item)),
    )


def find_questions(group: InhibitorGroup, control: str) -> tuple[Question, ...]:
    """Return one question for each treatment x dose x time, in the conditions' order.

    A treatment that was only given with another inhibitor, where it has all its arms, is asked
    there and not here.
    """
    drugs = sorted(
        {item.drug for item in group.present if item.treatment != control},
        key=lambda item: item.order,
    )
    return tuple(
        make_question(group, vehicle_of(group, control, drug), drug)
        for drug in drugs
        if not answered_elsewhere(group, vehicle_of(group, control, drug), drug)
    )


def vehicle_of(group: InhibitorGroup, control: str, drug: Condition) -> Condition:
    """Return the control of the same time: of the same dose if there is one, else the only one."""
    found = {
        item.drug
        for item in group.present | group.others
        if item.treatment == control and item.time_h == drug.time_h
    }
    same = [item for item in found if (item.dose, item.dose_unit) == (drug.dose, drug.dose_unit)]
    plain = [item for item in found if not item.dose]
    for choice in (same, plain, sorted(found, key=lambda item: item.order)):
        if len(choice) == 1:
            return choice[0]
    return Condition(treatment=control, time_h=drug.time_h)


def answered_elsewhere(group: InhibitorGroup, vehicle: Condition, drug: Condition) -> bool:
    """Return whether a treatment has no inhibited lanes here, but all it needs in another group."""
    if inhibited(group.present, drug):
        return False

    def kinds(of: Condition) -> set[tuple[str, float | None]]:
        return {(item.inhibitor, item.inhibitor_h) for item in inhibited(group.others, of)}

    return bool(kinds(drug) & kinds(vehicle))


def inhibited(conditions: Iterable[Condition], drug: Condition) -> list[Condition]:
    """Return a drug's conditions with inhibitor, the lowest dose of the inhibitor first."""
    found = [item for item in conditions if item.inhibitor and item.drug == drug]
    return sorted(found, key=lambda item: item.order)


def make_question(group: InhibitorGroup, vehicle: Condition, drug: Condition) -> Question:
    """Return the arms of one treatment.

    Where the inhibitor was used at several doses, the lowest that vehicle and treatment share is
    taken; higher ones show whether it was saturating.
    """
    of_vehicle, of_drug = inhibited(group.present, vehicle), inhibited(group.present, drug)
    doses = {item.inhibitor_dose for item in of_drug}
    shared = [item.inhibitor_dose for item in of_vehicle if item.inhibitor_dose in doses]
    cells = {
        Arm.C0: vehicle if vehicle in group.present else None,
        Arm.C1: at_dose(of_vehicle, shared),
        Arm.T0: drug if drug in group.present else None,
        # Without a shared dose the treated arm is missing: rates at two doses do not compare.
        Arm.T1: at_dose(of_drug, shared) if shared or not of_vehicle else None,
    }
    missing = [arm for arm in (Arm.C1, Arm.T1) if cells[arm] is None]
    lost = {Arm.C1: vehicle, Arm.T1: drug}
    return Question(
        control=vehicle,
        treated=drug,
        cells={arm: item for arm, item in cells.items() if item is not None},
        not_comparable=any(inhibited(group.present | group.others, lost[arm]) for arm in missing),
        more_inhibitor=(*higher_doses(of_vehicle, shared), *higher_doses(of_drug, shared)),
    )


def at_dose(inhibited_conditions: Sequence[Condition], shared: Sequence[str]) -> Condition | None:
    """Return the condition at the lowest shared dose, else at its own lowest."""
    for item in inhibited_conditions:
        if not shared or item.inhibitor_dose == shared[0]:
            return item
    return None


def higher_doses(
    inhibited_conditions: Sequence[Condition], shared: Sequence[str]
) -> tuple[tuple[Condition, Condition], ...]:
    """Return the highest dose of the inhibitor paired with the one used; empty if there is none."""
    used = at_dose(inhibited_conditions, shared)
    if used is None:
        return ()
    highest = inhibited_conditions[-1]
    above = dose_order(highest.inhibitor_dose) > dose_order(used.inhibitor_dose)
    return ((highest, used),) if above else ()
