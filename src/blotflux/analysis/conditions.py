"""Conditions and replicates: which lanes repeat one another, and how."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blotflux.analysis.records import LaneSample

__all__ = ["Condition", "LaneKey", "Replicates", "assign_replicates", "condition_of", "lane_key"]

LaneKey = tuple[str, int]
"""Membrane and lane number."""

UNKNOWN_ORIGIN = (
    "Assign each lane a biological replicate; lanes of unknown origin are treated as technical."
)
MEMBRANE_ASSUMED = (
    "The sheet names no biological replicates: each membrane was taken as one replicate."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What was done to the cells of a lane: treatment x dose x time x inhibitor x its dose.

    Two lanes are of one condition when all fields agree. `inhibitor_h` is there too, because
    lanes with different times of an inhibitor never repeat one another.
    """

    treatment: str
    dose: str = ""
    dose_unit: str = ""
    time_h: float | None = None
    inhibitor: str = ""
    inhibitor_dose: str = ""
    inhibitor_h: float | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """Return what conditions are sorted by; doses as numbers where they are numbers."""
        return (
            self.treatment,
            -1.0 if self.time_h is None else self.time_h,
            dose_order(self.dose),
            self.dose_unit,
            self.inhibitor,
            -1.0 if self.inhibitor_h is None else self.inhibitor_h,
            dose_order(self.inhibitor_dose),
        )

    @property
    def drug(self) -> Condition:
        """Return the condition without its inhibitor."""
        return replace(self, inhibitor="", inhibitor_dose="", inhibitor_h=None)

    @property
    def drug_words(self) -> str:
        """Return the treatment with dose and time, as in ``amitriptyline 10 uM, 16 h``."""
        text = " ".join(part for part in (self.treatment, self.dose, self.dose_unit) if part)
        return text if self.time_h is None else f"{text}, {self.time_h:g} h"

    @property
    def words(self) -> str:
        """Return the whole condition in words."""
        if not self.inhibitor:
            return f"{self.drug_words}, no inhibitor"
        dose = f" {self.inhibitor_dose}" if self.inhibitor_dose else ""
        return f"{self.drug_words}, with {self.inhibitor}{dose}"


def dose_order(dose: str) -> tuple[float, str]:
    """Return what a dose is sorted by: its leading number, then its text; no dose comes first."""
    if not dose:
        return (float("-inf"), "")
    try:
        return (float(dose.split()[0]), dose)
    except ValueError:
        return (float("inf"), dose)


def condition_of(sample: LaneSample, *, inhibitor_hours: float | None = None) -> Condition:
    """Return the condition of a lane.

    Parameters
    ----------
    sample : LaneSample
    inhibitor_hours : float or None
        Hours with inhibitor where the sheet does not say, h.
    """
    if not sample.inhibitor:
        hours = None
    else:
        hours = inhibitor_hours if sample.inhibitor_h is None else sample.inhibitor_h
    return Condition(
        treatment=sample.treatment,
        dose=sample.dose,
        dose_unit=sample.dose_unit if sample.dose else "",
        time_h=sample.time_h,
        inhibitor=sample.inhibitor,
        inhibitor_dose=sample.inhibitor_dose if sample.inhibitor else "",
        inhibitor_h=hours,
    )


def lane_key(sample: LaneSample) -> LaneKey:
    """Return what a lane is found by."""
    return (sample.membrane, sample.lane)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicates:
    """The biological replicate of every lane whose origin is known.

    Attributes
    ----------
    of_lane : mapping of LaneKey to str
        Lanes of role ``sample`` only; a lane of unknown origin is missing.
    assumed : bool
        The sheet names no replicates, so the membrane was taken; the report says so.
    findings : tuple of Finding
        ``REPLICATE_ASSUMED`` (info) and ``R2`` (warn).
    """

    of_lane: Mapping[LaneKey, str]
    assumed: bool = False
    findings: tuple[Finding, ...] = field(default=())


def assign_replicates(samples: Iterable[LaneSample]) -> Replicates:
    """Return which biological replicate each lane belongs to.

    Without any replicate in the sheet the membrane is the replicate. Where some lanes name one
    and others do not, a lane without is a technical repeat of its membrane's only named
    replicate; on a membrane with several it stays out of inference, because it could be either
    and must not add to n (refusal R2).
    """
    lanes = [sample for sample in samples if sample.role == "sample" and not sample.exclude]
    named = {sample.replicate for sample in lanes if sample.replicate}
    if not named:
        return membranes_as_replicates(lanes)
    of_lane = {lane_key(lane): lane.replicate for lane in lanes if lane.replicate}
    unknown = [lane for lane in lanes if not lane.replicate]
    of_lane |= {
        lane_key(lane): only
        for lane in unknown
        if (only := only_replicate(lane.membrane, lanes)) is not None
    }
    findings = tuple(unknown_origin(lane.membrane, lane.lane) for lane in unknown)
    return Replicates(of_lane=of_lane, findings=findings)


def membranes_as_replicates(lanes: Sequence[LaneSample]) -> Replicates:
    """Return each membrane as one replicate, with R2 where a condition is on it twice."""
    seen: dict[tuple[str, Condition], list[LaneSample]] = {}
    for lane in lanes:
        seen.setdefault((lane.membrane, condition_of(lane)), []).append(lane)
    # Lanes that the sheet numbers as technical are not of unknown origin.
    doubtful = sorted(
        {
            membrane
            for (membrane, _), repeats in seen.items()
            if len(repeats) > 1 and not all(lane.technical for lane in repeats)
        }
    )
    assumed = Finding(severity=Severity.INFO, code="REPLICATE_ASSUMED", message=MEMBRANE_ASSUMED)
    return Replicates(
        of_lane={lane_key(lane): lane.membrane for lane in lanes},
        assumed=True,
        findings=(assumed, *(unknown_origin(membrane) for membrane in doubtful)),
    )


def only_replicate(membrane: str, lanes: Iterable[LaneSample]) -> str | None:
    """Return the one replicate that a membrane's lanes name; None if there are several or none."""
    named = {lane.replicate for lane in lanes if lane.membrane == membrane and lane.replicate}
    return named.pop() if len(named) == 1 else None


def unknown_origin(membrane: str, lane: int | None = None) -> Finding:
    """Return the finding of refusal R2."""
    return Finding(
        severity=Severity.WARN, code="R2", message=UNKNOWN_ORIGIN, membrane=membrane, lane=lane
    )
