"""One case as the tables and the report have it: rows, message, caveats and the sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.decision import Label
from blotflux.analysis.flux.caveats import caveat_flags, caveat_text, p62_disagrees
from blotflux.analysis.flux.comparisons import (
    SATURATION_MARGIN,
    case_comparisons,
    saturation_comparison,
    sensitivity_rows,
)
from blotflux.analysis.flux.gates import WITHOUT_P
from blotflux.analysis.flux.model import Estimate, Quantity
from blotflux.analysis.flux.needed import replicates_needed
from blotflux.analysis.flux.present import present, transition_defined
from blotflux.analysis.flux.sentences import (
    mechanism_words,
    sentence,
    settling_text,
    unresolved_text,
)
from blotflux.analysis.records import Answer
from blotflux.analysis.statistics import State, within_margin
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.flux.comparisons import Naming
    from blotflux.analysis.flux.descriptive import P62, Descriptive
    from blotflux.analysis.flux.judge import Case
    from blotflux.analysis.flux.present import Shown
    from blotflux.analysis.records import Comparison
    from blotflux.parameters import Parameters

__all__ = ["TRANSITION_UNDEFINED", "Context", "Report", "report_case"]

TRANSITION_UNDEFINED = "Transition time is not defined (flux not distinguishable from zero)."

CAVEATS = frozenset(
    {
        Flag.INHIBITOR_SATURATION_NOT_SHOWN,
        Flag.STEADY_STATE_ASSUMED,
        Flag.LYSOSOMOTROPIC_DRUG,
        Flag.CQ_NOT_BAF,
        Flag.T_B_OUTSIDE_2_4H,
        Flag.NONCANONICAL_NOT_EXCLUDED,
        Flag.LC3I_DEPLETED,
        Flag.P62_DISCORDANT,
        Flag.LC_AFFECTED,
        Flag.CHECK_DATA,
        Flag.MODEL_DEPENDENT,
        Flag.HETEROSCEDASTIC,
        Flag.WITHIN_MARGIN,
        Flag.CROSS_MEMBRANE,
        Flag.UNBLOCKED,
        Flag.BLOCK_LEFT_OUT_SATURATED,
        Flag.LOSSY_SOURCE,
        Flag.BACKGROUND_SENSITIVE,
    }
)
"""Flags whose sentence stands beside the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a case needs besides its own lanes.

    Attributes
    ----------
    naming : Naming
    descriptive : Descriptive or None
        None where LC3-I was not measured.
    p62 : P62 or None
    withhold_p : bool
        A picture is not linear, and nobody confirmed that no better one exists (R10).
    suggest_replicates : bool
        Say how many replicates would settle an inconclusive case.
    flags : frozenset of Flag
        Of the whole analysis: LC_AFFECTED, LOSSY_SOURCE, CROSS_MEMBRANE by loading, ...
    """

    naming: Naming
    descriptive: Descriptive | None = None
    p62: P62 | None = None
    withhold_p: bool = False
    suggest_replicates: bool = True
    flags: frozenset[Flag] = field(default=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One case, ready for the tables.

    Attributes
    ----------
    shown : mapping of Quantity to Shown
    comparisons : tuple of Comparison
        One for each quantity, then those of the inhibitor's saturation.
    sensitivity : tuple of Comparison
        The unpooled estimates.
    answer : Answer
    """

    case: Case
    context: Context
    shown: Mapping[Quantity, Shown]
    comparisons: tuple[Comparison, ...]
    sensitivity: tuple[Comparison, ...]
    answer: Answer


def report_case(case: Case, context: Context, parameters: Parameters) -> Report:
    """Return one case as the tables have it."""
    shown = present(case, withhold_p=context.withhold_p)
    saturation = saturation_checks(case)
    flags = headline_flags(case, context, saturation)
    message = message_of(case, shown, context, parameters)
    rows = case_comparisons(
        case, shown, context.naming, parameters, message=message, headline_flags=flags
    )
    headline = next(row for row in rows if row.quantity == Quantity.FLUX)
    treated = case.question.treated
    return Report(
        case=case,
        context=context,
        shown=shown,
        comparisons=rows
        + tuple(
            saturation_comparison(case, estimate, context.naming, drug=drug)
            for drug, estimate in saturation.items()
        ),
        sensitivity=sensitivity_rows(case, shown, context.naming, withhold_p=context.withhold_p),
        answer=Answer(
            analysis=context.naming.analysis,
            treatment=treated.treatment,
            dose=treated.dose,
            time_h=treated.time_h,
            inhibitor=context.naming.group.inhibitor,
            label=case.verdict.label,
            text=sentence(case, shown, context.naming.group, message=message),
            caveats=caveats_of(case, shown, headline.flags),
            headline=headline,
        ),
    )


def saturation_checks(case: Case) -> dict[Condition, Estimate]:
    """Return, by drug, a higher dose of the inhibitor over the one used; without p.

    That it adds nothing is a matter of equivalence, so a p value of no difference says nothing.
    """
    if case.fit is None or case.fit.df <= 0 or case.verdict.gate in WITHOUT_P:
        return {}
    found = {}
    for more, used in case.question.more_inhibitor:
        if case.fit.estimable({more: 1.0, used: -1.0}):
            contrast = case.fit.difference(more, used)
            found[more.drug] = Estimate(
                value=contrast.ratio,
                wide=contrast.ratio_interval(case.levels.wide),
                narrow=contrast.ratio_interval(case.levels.narrow),
            )
    return found


def saturation_shown(case: Case, checks: Mapping[Condition, Estimate]) -> bool:
    """Return whether more inhibitor adds nothing, in vehicle and wherever else it was tried."""
    return case.question.control in checks and all(
        within_margin(estimate.narrow, SATURATION_MARGIN) for estimate in checks.values()
    )


def headline_flags(
    case: Case, context: Context, saturation: Mapping[Condition, Estimate]
) -> frozenset[Flag]:
    """Return the flags of the headline row."""
    selection = case.selection
    holds = {
        Flag.SATURATED: bool(selection.clipped_lanes),
        Flag.BLOCK_LEFT_OUT_SATURATED: bool(selection.left_out_saturated),
        Flag.BELOW_LOQ: bool(selection.below_loq or selection.left_out_below_loq),
        Flag.MODEL_DEPENDENT: case.model_dependent,
        Flag.HETEROSCEDASTIC: case.heteroscedastic,
        Flag.UNBLOCKED: not selection.blocks.blocked,
        Flag.CROSS_MEMBRANE: selection.blocks.cross_membrane,
        Flag.LC3I_DEPLETED: context.descriptive is not None
        and context.descriptive.depleted(case.question.cells),
        Flag.P62_DISCORDANT: context.p62 is not None
        and p62_disagrees(
            case.verdict.label,
            rises=context.p62.state is State.UP,
            falls=context.p62.state is State.DOWN,
        ),
    }
    caveats = caveat_flags(
        case, context.naming.group, saturation_shown=saturation_shown(case, saturation)
    )
    return context.flags | caveats | {flag for flag, true in holds.items() if true}


def message_of(
    case: Case, shown: Mapping[Quantity, Shown], context: Context, parameters: Parameters
) -> str:
    """Return what the headline row says: a gate's words, what is unresolved, or the mechanism."""
    if case.verdict.message:
        return case.verdict.message
    if case.verdict.label is Label.INCONCLUSIVE_PRECISION:
        settle = ""
        if context.suggest_replicates:
            settle = settling_text(replicates_needed(case, parameters), case)
        return unresolved_text(case, shown, settle)
    return mechanism_words(
        case, margin=parameters.equivalence_margin, block_margin=parameters.block_margin
    )


def caveats_of(
    case: Case, shown: Mapping[Quantity, Shown], flags: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the sentences of the caveat flags, and that of an undefined transition time."""
    texts = [caveat_text(flag) for flag in sorted(CAVEATS) if flag in flags]
    effect = shown[Quantity.EFFECT_TREATED]
    if case.verdict.gate not in WITHOUT_P and not transition_defined(case, effect):
        texts.append(TRANSITION_UNDEFINED)
    return tuple(texts)
