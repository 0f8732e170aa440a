"""The sentence that answers a question: treatment, estimate with interval, n, mechanism in words.

Two wordings are never used: that autophagy increased because LC3-II did, and that there is no
effect because a p value is large.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from blotflux.analysis.decision import Label
from blotflux.analysis.flux.gates import Gate
from blotflux.analysis.flux.model import Quantity
from blotflux.analysis.flux.needed import MOST_REPLICATES
from blotflux.analysis.flux.present import Bound
from blotflux.analysis.numbers import three_digits
from blotflux.analysis.statistics import State
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blotflux.analysis.flux.arms import InhibitorGroup
    from blotflux.analysis.flux.judge import Case
    from blotflux.analysis.flux.present import Shown

__all__ = [
    "MECHANISM",
    "mechanism_words",
    "sentence",
    "settling_text",
    "unresolved_text",
]

LATE = "late stage (fusion or degradation)"

MECHANISM: dict[Label, str] = {
    Label.INDUCED_WITH_IMPAIRED_CLEARANCE: (
        "flux is up, but the pool rose more than flux: clearance is impaired"
    ),
    Label.SLOWED_CLEARANCE_FLUX_MAINTAINED: (
        f"flux is maintained: a partial block of the {LATE} is compensated by a larger pool"
    ),
    Label.LATE_BLOCK_COMPLETE: (
        f"the {LATE} is blocked: at least {{loss}} % of clearance is lost and net flux is down"
    ),
    Label.LATE_BLOCK_PARTIAL: f"the {LATE} is partly blocked, and this is the residual flux",
    Label.CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED: (
        f"impairment of the {LATE} is shown; net flux is not resolved"
    ),
    Label.INDUCED_FLUX: "formation and degradation are both up",
    Label.FLUX_REDUCED_MIXED: (
        "flux is down: synthesis and clearance are both low, or the stage is unresolved"
    ),
    Label.REDUCED_SYNTHESIS: "flux is down by inhibition of the early stage: less is formed",
    Label.FLUX_REDUCED_STAGE_UNRESOLVED: "flux is down; at which stage is not resolved",
    Label.NO_CHANGE: "flux and pool are unchanged within {margin}-fold",
    Label.FASTER_CLEARANCE_POOL_SHRUNK: "clearance is faster and the pool has shrunk",
}
"""What each label says of the mechanism."""

ACCELERATED = ", with accelerated clearance"
EQUAL_VARIANCE = "conclusion depends on equal error variance across lanes; add replicates"

UNRESOLVED = {
    (Quantity.POOL, State.UP): "LC3-II accumulates; cause unresolved",
    (Quantity.CLEARANCE, State.DOWN): "clearance reduced; pool and net flux not resolved",
    (Quantity.CLEARANCE, State.UP): "clearance faster; pool and net flux not resolved",
}
"""What an inconclusive case still shows."""


def interval_text(shown: Shown, level: float) -> str:
    """Return ``95 % CI 1.83 to 2.61``, or the one limit that a bound has."""
    low, high = shown.estimate.wide.low, shown.estimate.wide.high
    name = f"{100 * level:.3g} % CI"
    if low is not None and high is not None:
        return f"{name} {three_digits(low)} to {three_digits(high)}"
    if low is not None:
        return f"{name} from {three_digits(low)}, no upper limit"
    if high is not None:
        return f"{name} up to {three_digits(high)}, no lower limit"
    return "no confidence interval"


def flux_text(case: Case, shown: Shown) -> str:
    """Return the flux ratio with its interval and n."""
    control = case.question.control.treatment
    tail = f"({interval_text(shown, case.levels.wide)}; n = {case.selection.n})"
    if shown.estimate.value is None:
        low, high = shown.estimate.wide.low, shown.estimate.wide.high
        if low is None or high is None:
            return f"no flux ratio can be given (n = {case.selection.n})"
        return (
            f"autophagic flux is between {three_digits(low)} and {three_digits(high)} times that "
            f"of {control} ({100 * case.levels.wide:.3g} % CI over the range below the limit of "
            f"quantification; n = {case.selection.n})"
        )
    words = {Bound.AT_LEAST: "at least ", Bound.AT_MOST: "at most "}.get(shown.bound, "")
    estimate = three_digits(shown.estimate.value)
    return f"autophagic flux is {words}{estimate} times that of {control} {tail}"


def plain_ratio(case: Case, shown: Shown) -> str:
    """Return the flux ratio as a number only, for designs that allow no interpretation."""
    value = shown.estimate.value
    number_text = "not defined" if value is None else three_digits(value)
    interval = interval_text(shown, case.levels.wide)
    return f"Flux ratio: {number_text} ({interval}; n = {case.selection.n})"


def mechanism_words(case: Case, *, margin: float, block_margin: float) -> str:
    """Return the mechanism of a label from the table; empty for others."""
    text = MECHANISM.get(case.verdict.label, "")
    text = text.format(loss=f"{100 * (1 - block_margin):.3g}", margin=f"{margin:.3g}")
    row = case.verdict.standing
    accelerated = (
        row is not None
        and row.number in ("6", "8")
        and not case.selection.saturated
        and case.state(Quantity.CLEARANCE) is State.UP
    )
    return text + (ACCELERATED if accelerated else "")


def unresolved_text(case: Case, shown: Mapping[Quantity, Shown], settle: str) -> str:
    """Return what an inconclusive case has: its intervals, what would settle it, what they show."""
    ratios = {"phi": Quantity.FLUX, "kappa": Quantity.CLEARANCE, "pi": Quantity.POOL}
    parts = []
    for name, quantity in ratios.items():
        wide = shown[quantity].estimate.wide
        if wide.low is not None and wide.high is not None:
            parts.append(f"{name} {three_digits(wide.low)} to {three_digits(wide.high)}")
    still = [
        text
        for (quantity, state), text in UNRESOLVED.items()
        if shown[quantity].estimate.state(case.margin) is state
    ]
    return "; ".join(filter(None, [f"CIs: {', '.join(parts)}", settle, *still]))


def settling_text(needed: int | None, case: Case) -> str:
    """Return how many replicates would settle a case at its own residual CV."""
    many = f"n≈{needed} needed" if needed else f"more than {MOST_REPLICATES} replicates needed"
    if case.fit is None:
        return many
    cv = 100 * math.sqrt(math.expm1(case.fit.s**2))
    return f"{many} at this residual CV of {three_digits(cv)} %"


def equal_variance_note(case: Case) -> str:
    """Return how a sentence ends when the pooled model is in doubt; else empty."""
    return EQUAL_VARIANCE if case.model_dependent or case.heteroscedastic else ""


def sentence(
    case: Case,
    shown: Mapping[Quantity, Shown],
    group: InhibitorGroup,
    *,
    message: str,
) -> str:
    """Return the answer to one question.

    Parameters
    ----------
    case : Case
    shown : mapping of Quantity to Shown
        As in the tables; every number in the sentence is one of theirs, rounded.
    group : InhibitorGroup
    message : str
        Of the headline row: the mechanism, the gate's words, or what is unresolved.
    """
    who = case.question.treated.drug_words
    gate = case.verdict.gate
    flux = flux_text(case, shown[Quantity.FLUX])
    mechanism = MECHANISM.get(case.verdict.label)
    if gate is None and mechanism:
        text = f"{who}: {flux}: {message}"
    elif gate is Gate.G2B:
        text = f"{who}: {flux}{f': {mechanism}' if mechanism else ''}. {message}"
    elif case.verdict.label is Label.INCONCLUSIVE_PRECISION:
        text = f"{who}: {flux}; this does not settle it. {message}"
    elif gate in (Gate.G1, Gate.G1B):
        text = f"{who}: {message} {plain_ratio(case, shown[Quantity.FLUX])}"
    else:
        text = f"{who} (n = {case.selection.n}): {arms_in_words(case, group, message)}"
    return finish([text, *reservations(case, shown[Quantity.FLUX])])


def arms_in_words(case: Case, group: InhibitorGroup, message: str) -> str:
    """Return gate G0's message with each missing arm's condition, for people."""
    if case.verdict.gate is not Gate.G0:
        return message
    missing = case.selection.missing
    words = " and ".join(case.question.words(arm, group.inhibitor) for arm in missing)
    return message.replace(f"the {' and '.join(missing)} arm", f"the {words} arm")


def reservations(case: Case, phi: Shown) -> list[str]:
    """Return what a sentence must end with."""
    found = []
    if Flag.WITHIN_MARGIN in phi.flags:
        found.append(f"smaller than {case.margin:.3g}-fold")
    if note := equal_variance_note(case):
        found.append(note)
    return found


def finish(parts: list[str]) -> str:
    """Return parts as one sentence that ends with one full stop."""
    return "; ".join(part.rstrip(".") for part in parts) + "."
