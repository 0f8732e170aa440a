"""The gates before the decision table: designs and signals that cannot carry a conclusion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from blotflux.analysis.decision import Label
from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.model import LOG_CONTRASTS, Quantity, named
from blotflux.analysis.refusals import ONE_REPLICATE, TWO_REPLICATES
from blotflux.analysis.scaling import NO_SHARED_CONDITION
from blotflux.analysis.statistics import Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.flux.arms import Question
    from blotflux.analysis.flux.model import Estimate, Levels
    from blotflux.analysis.flux.selection import Selection
    from blotflux.analysis.statistics import Contrast, Fit

__all__ = ["Gate", "Stop", "design_stop", "inhibitor_stop", "signal_stop", "treated_stop"]

MISSING_ARM = (
    "Flux cannot be inferred: the {cell} arm is missing. LC3-II at one time point without a "
    "lysosomal inhibitor cannot distinguish induction from blocked degradation (Mizushima & "
    "Yoshimori 2007)."
)
NOT_COMPARABLE = "Flux rates from different inhibitor times or inhibitors are not comparable."
INHIBITOR_APART = (
    "Lanes with and without inhibitor are on different membranes without a common sample: load "
    "both on one membrane or add a reference lane to each."
)
FEW_COMPLETE = (
    "Fewer than two biological replicates hold all four arms: estimates only; interpretation "
    "label withheld."
)
SATURATED = (
    "Saturated band(s): {lanes}. Saturation compresses differences; re-image with a shorter "
    "exposure."
)
BASAL_BELOW_LOQ = (
    "Basal LC3-II is below the limit of quantification in {cells}: ratio-type measures are not "
    "reported."
)
INHIBITOR_FAILED = (
    "The lysosomal inhibitor did not demonstrably raise LC3-II in vehicle cells: inhibitor "
    "inactive, time too short, or basal flux too low. No flux statement is possible."
)
LOWERS_IN_TREATED = (
    "The inhibitor lowered LC3-II in treated cells. Suspect non-canonical (V-ATPase-dependent) "
    "LC3 lipidation, toxicity or lane error."
)


class Gate(StrEnum):
    """Which gate gave a label; APART and INCOMPLETE are designs that G0 does not name."""

    G0 = "G0"
    APART = "R7"
    INCOMPLETE = "INCOMPLETE"
    G1 = "G1"
    G1B = "G1b"
    G2 = "G2"
    G2B = "G2b"
    G3 = "G3"
    G4 = "G4"


WITHOUT_P = frozenset({Gate.G0, Gate.APART, Gate.INCOMPLETE, Gate.G1, Gate.G1B})
"""Gates after which no p value is given anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A gate that was hit, with its label and exact message."""

    gate: Gate
    label: Label
    message: str


def design_stop(selection: Selection, question: Question, fit: Fit | None) -> Stop | None:
    """Return the first of G0, R7, G1, G1b and the missing of complete replicates that is hit."""
    if selection.missing:
        return missing_stop(selection.missing, question)
    if selection.off_scale:
        return Stop(gate=Gate.APART, label=Label.INCONCLUSIVE_DESIGN, message=INHIBITOR_APART)
    if fit is not None and (message := apart(fit, selection.cells)):
        return Stop(gate=Gate.APART, label=Label.INCONCLUSIVE_DESIGN, message=message)
    if selection.n == 1:
        return Stop(gate=Gate.G1, label=Label.DESCRIPTIVE_ONLY, message=ONE_REPLICATE)
    if selection.n == 2:
        return Stop(gate=Gate.G1B, label=Label.PROVISIONAL_N2, message=TWO_REPLICATES)
    if selection.blocks.blocked and len(selection.complete) < 2:
        return Stop(gate=Gate.INCOMPLETE, label=Label.INCONCLUSIVE_DESIGN, message=FEW_COMPLETE)
    return None


def missing_stop(missing: Iterable[Arm], question: Question) -> Stop:
    """Return G0, or R8 where the arm exists with another inhibitor, time or dose."""
    if question.not_comparable:
        message = NOT_COMPARABLE
    else:
        message = MISSING_ARM.format(cell=" and ".join(missing))
    return Stop(gate=Gate.G0, label=Label.INCONCLUSIVE_DESIGN, message=message)


def apart(fit: Fit, cells: Mapping[Arm, Condition]) -> str:
    """Return the message of R7 where arms lie on membranes without a common scale; else empty."""
    if len(cells) < 2:
        return ""
    first = next(iter(cells.values()))
    if all(fit.estimable({cell: 1.0, first: -1.0}) for cell in cells.values() if cell != first):
        return ""
    if can_tell(fit, cells, Quantity.EFFECT_CONTROL) or can_tell(
        fit, cells, Quantity.EFFECT_TREATED
    ):
        return NO_SHARED_CONDITION
    return INHIBITOR_APART


def can_tell(fit: Fit, cells: Mapping[Arm, Condition], quantity: Quantity) -> bool:
    """Return whether the fit determines a log contrast."""
    weights = LOG_CONTRASTS[quantity]
    return set(weights) <= set(cells) and fit.estimable(named(weights, cells))


def signal_stop(selection: Selection, *, inhibitor_works: bool, treated_falls: bool) -> Stop | None:
    """Return G2 where saturation leaves no bound that could be used.

    Parameters
    ----------
    selection : Selection
    inhibitor_works : bool
        Whether gate G3 is passed; a clipped C1 that does not pass it says nothing.
    treated_falls : bool
        Whether gate G4 is hit; a clipped T1 that hits it says nothing.
    """
    clipped = selection.saturated
    both = {Arm.C1, Arm.T1} <= clipped
    hit = (
        bool(selection.loading_saturated)
        or bool({Arm.C0, Arm.T0} & clipped)
        or both
        or (Arm.C1 in clipped and not inhibitor_works)
        or (Arm.T1 in clipped and treated_falls)
    )
    if not hit:
        return None
    return Stop(gate=Gate.G2, label=Label.INCONCLUSIVE_SIGNAL, message=saturated_message(selection))


def saturated_message(selection: Selection) -> str:
    """Return the message of G2 with its lanes."""
    lanes = ", ".join(
        f"{lane.sample.membrane} lane {lane.sample.lane}"
        for lane in sorted(selection.clipped_lanes, key=lambda lane: lane.key)
    )
    return SATURATED.format(lanes=lanes)


def inhibitor_stop(*, works: bool) -> Stop | None:
    """Return G3 where the inhibitor is not shown to work in vehicle cells."""
    if works:
        return None
    return Stop(gate=Gate.G3, label=Label.INCONCLUSIVE_INHIBITOR, message=INHIBITOR_FAILED)


def treated_stop(*, falls: bool) -> Stop | None:
    """Return G4 where the inhibitor lowers LC3-II in treated cells."""
    if not falls:
        return None
    return Stop(
        gate=Gate.G4, label=Label.INHIBITOR_LOWERS_LC3II_IN_TREATED, message=LOWERS_IN_TREATED
    )


def inhibitor_raises(contrast: Contrast, levels: Levels) -> bool:
    """Return whether the lower limit of r_C is above 1 at the level of G3."""
    low = contrast.ratio_interval(levels.gate).low
    return low is not None and low > 1


def lies_below(estimate: Estimate | None) -> bool:
    """Return whether a whole interval lies below 1."""
    wide = Interval() if estimate is None else estimate.wide
    return wide.high is not None and wide.high < 1
