"""One treatment, from its lanes to its label: gates first, then the table, then the directions."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the type of a dataclass field
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.decision import Label, Readings, Row, decide, redirect
from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.below_loq import (
    common_state,
    flux_at_corners,
    flux_envelope,
    inhibitor_shown,
)
from blotflux.analysis.flux.checks import agrees, residual_spread, unpooled
from blotflux.analysis.flux.gates import (
    BASAL_BELOW_LOQ,
    Gate,
    Stop,
    design_stop,
    inhibitor_raises,
    inhibitor_stop,
    lies_below,
    saturated_message,
    signal_stop,
    treated_stop,
)
from blotflux.analysis.flux.model import Estimate, Levels, Quantity, estimate_all
from blotflux.analysis.statistics import State

if TYPE_CHECKING:
    from blotflux.analysis.flux.arms import Question
    from blotflux.analysis.flux.checks import Spread
    from blotflux.analysis.flux.selection import Selection
    from blotflux.analysis.statistics import Fit
    from blotflux.parameters import Parameters

__all__ = ["Case", "Verdict", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The label and where it comes from.

    Attributes
    ----------
    label : Label
    message : str
        Of a gate; empty for rows of the table, whose text is written with the sentence.
    gate : Gate or None
    row : Row or None
        Of the table, before the direction rule.
    standing : Row or None
        The row after the direction rule; None where a gate or saturation left none.
    """

    label: Label
    message: str = ""
    gate: Gate | None = None
    row: Row | None = None
    standing: Row | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that was computed for one question.

    Attributes
    ----------
    estimates : mapping of Quantity to Estimate
        Before anything is left away.
    unpooled : mapping of Quantity to Estimate
        By one difference per complete replicate; empty where labels are withheld.
    """

    question: Question
    selection: Selection
    levels: Levels
    fit: Fit | None
    estimates: Mapping[Quantity, Estimate]
    verdict: Verdict
    unpooled: Mapping[Quantity, Estimate] = field(default_factory=dict)
    spread: Spread | None = None
    margin: float = 1.5

    def state(self, quantity: Quantity) -> State:
        """Return the state of a ratio; UNK where it was not estimated."""
        estimate = self.estimates.get(quantity)
        return State.UNK if estimate is None else estimate.state(self.margin)

    @property
    def model_dependent(self) -> bool:
        """Return whether a state that the label names is not in the unpooled intervals."""
        row = self.verdict.standing
        if row is None or not self.selection.blocks.blocked or self.selection.below_loq:
            return False
        return not all(
            agrees(self.state(quantity), self.unpooled.get(quantity, Estimate(value=None)))
            for quantity in row.named
        )

    @property
    def heteroscedastic(self) -> bool:
        """Return whether the cells' residual spread differs more than chance explains."""
        return self.spread is not None and self.spread.unequal


def judge(selection: Selection, question: Question, levels: Levels, parameters: Parameters) -> Case:
    """Return the case of one question.

    Parameters
    ----------
    selection : Selection
        The lanes that answer it.
    question : Question
    levels : Levels
        Error level after sharing among the treatments of one vehicle.
    parameters : Parameters
    """
    fit = selection.blocks.fit() if selection.blocks.observations else None
    estimates = {} if fit is None else estimate_all(fit, selection.cells, levels, parameters)
    stop = design_stop(selection, question, fit)
    if stop is not None or fit is None:
        verdict = verdict_of(
            stop or Stop(gate=Gate.G0, label=Label.INCONCLUSIVE_DESIGN, message="")
        )
        return Case(
            question=question,
            selection=selection,
            levels=levels,
            fit=fit,
            estimates=estimates,
            verdict=verdict,
            margin=parameters.equivalence_margin,
        )
    if selection.below_loq:
        corners = flux_at_corners(fit, selection, levels, parameters)
        estimates |= {Quantity.FLUX: flux_envelope(corners)}
        state = common_state(corners, parameters.equivalence_margin)
        verdict = judge_below_loq(fit, selection, estimates, state, levels)
    else:
        verdict = judge_values(fit, selection, estimates, levels, parameters)
    return Case(
        question=question,
        selection=selection,
        levels=levels,
        fit=fit,
        estimates=estimates,
        verdict=verdict,
        unpooled=unpooled(selection, levels),
        spread=residual_spread(fit, selection.n, blocked=selection.blocks.blocked),
        margin=parameters.equivalence_margin,
    )


def verdict_of(stop: Stop) -> Verdict:
    """Return the verdict of a gate."""
    return Verdict(label=stop.label, message=stop.message, gate=stop.gate)


def judge_values(
    fit: Fit,
    selection: Selection,
    estimates: Mapping[Quantity, Estimate],
    levels: Levels,
    parameters: Parameters,
) -> Verdict:
    """Return the verdict where all four arms have values: gates G2 to G4, then the table."""
    works = inhibitor_raises(
        fit.difference(selection.cells[Arm.C1], selection.cells[Arm.C0]), levels
    )
    falls = lies_below(estimates[Quantity.EFFECT_TREATED])
    stop = (
        signal_stop(selection, inhibitor_works=works, treated_falls=falls)
        or inhibitor_stop(works=works)
        or treated_stop(falls=falls)
    )
    if stop is not None:
        return verdict_of(stop)
    row = decide(readings(estimates, parameters))
    return after_directions(row, selection)


def readings(estimates: Mapping[Quantity, Estimate], parameters: Parameters) -> Readings:
    """Return what the decision table looks at."""
    margin = parameters.equivalence_margin
    kappa, phi = estimates[Quantity.CLEARANCE], estimates[Quantity.FLUX]

    def upper(estimate: Estimate) -> float:
        high = estimate.narrow.high
        return float("inf") if high is None else high

    return Readings(
        kappa=kappa.state(margin),
        pi=estimates[Quantity.POOL].state(margin),
        phi=phi.state(margin),
        inhibited=estimates[Quantity.INHIBITED].state(margin),
        kappa_upper=upper(kappa),
        phi_upper=upper(phi),
        block_margin=parameters.block_margin,
    )


def after_directions(row: Row, selection: Selection) -> Verdict:
    """Return what stands of a row when inhibited lanes are saturated."""
    standing = redirect(
        row,
        treated_clipped=Arm.T1 in selection.saturated,
        control_clipped=Arm.C1 in selection.saturated,
    )
    if standing is None:
        return Verdict(
            label=Label.INCONCLUSIVE_SIGNAL, message=saturated_message(selection), row=row
        )
    return Verdict(label=standing.label, row=row, standing=standing)


def judge_below_loq(
    fit: Fit,
    selection: Selection,
    estimates: Mapping[Quantity, Estimate],
    state: State,
    levels: Levels,
) -> Verdict:
    """Return the verdict of rule ND, given the state of phi that all corners share."""
    below = set(selection.below_loq)
    works = inhibitor_works_below_loq(fit, selection, levels)
    falls = Arm.T0 not in below and (
        Arm.T1 in below or lies_below(estimates.get(Quantity.EFFECT_TREATED))
    )
    stop = (
        signal_stop(selection, inhibitor_works=works, treated_falls=falls)
        or inhibitor_stop(works=works)
        or treated_stop(falls=falls)
    )
    if stop is not None:
        return verdict_of(stop)
    return verdict_below_loq(state, selection)


def inhibitor_works_below_loq(fit: Fit, selection: Selection, levels: Levels) -> bool:
    """Return whether C1 is above C0, or above the limit that C0 is below."""
    if Arm.C1 not in selection.cells:
        return False
    if Arm.C0 in selection.below_loq:
        return inhibitor_shown(fit, selection.cells, selection.ln_limits[Arm.C0], levels)
    return inhibitor_raises(
        fit.difference(selection.cells[Arm.C1], selection.cells[Arm.C0]), levels
    )


def verdict_below_loq(state: State, selection: Selection) -> Verdict:
    """Return the label that a state shared by all corners allows, and what saturation leaves."""
    clipped = selection.saturated
    rises = state is State.UP and Arm.C1 not in clipped
    drops = state is State.DOWN and Arm.T1 not in clipped
    if clipped and not (rises or drops):
        return Verdict(
            label=Label.INCONCLUSIVE_SIGNAL, message=saturated_message(selection), gate=Gate.G2B
        )
    labels = {
        State.UP: Label.INDUCED_FLUX,
        State.DOWN: Label.FLUX_REDUCED_STAGE_UNRESOLVED,
    }
    return Verdict(
        label=labels.get(state, Label.INCONCLUSIVE_PRECISION),
        message=BASAL_BELOW_LOQ.format(cells=" and ".join(selection.below_loq)),
        gate=Gate.G2B,
    )
