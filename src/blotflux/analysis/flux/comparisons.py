"""Rows of ``comparisons.csv`` for an LC3 flux analysis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blotflux.analysis.flux.gates import Gate
from blotflux.analysis.flux.model import RATIOS_WITH_MARGIN, Quantity
from blotflux.analysis.flux.present import Bound, arms_of
from blotflux.analysis.records import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.flux.arms import InhibitorGroup
    from blotflux.analysis.flux.judge import Case
    from blotflux.analysis.flux.model import Estimate
    from blotflux.analysis.flux.present import Shown
    from blotflux.flags import Flag
    from blotflux.parameters import Parameters

__all__ = [
    "SATURATION_MARGIN",
    "Naming",
    "case_comparisons",
    "saturation_comparison",
    "sensitivity_rows",
    "without_repeats",
]

KIND = "lc3_flux"
SATURATION_QUANTITY = "inhibitor_saturation"
SATURATION_MARGIN = 1.25
"""A higher dose of the inhibitor adds nothing where its interval is inside (project default)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What every row of one analysis repeats.

    Attributes
    ----------
    analysis : str
    ratio : str
        ``LC3-II/GAPDH``.
    group : InhibitorGroup
    treatments : int
        Treatments that share the vehicle and therefore alpha.
    """

    analysis: str
    ratio: str
    group: InhibitorGroup
    treatments: int = 1


def case_comparisons(
    case: Case,
    shown: Mapping[Quantity, Shown],
    naming: Naming,
    parameters: Parameters,
    *,
    message: str,
    headline_flags: Iterable[Flag],
) -> tuple[Comparison, ...]:
    """Return one row for each quantity; label, message and caveats are on ``flux_ratio``."""
    return tuple(
        comparison(
            case,
            quantity,
            item.estimate,
            naming,
            method=": ".join(
                filter(
                    None,
                    (effect_name(quantity), method_text(item.estimate, case, naming, parameters)),
                )
            ),
            label=case.verdict.label if quantity is Quantity.FLUX else "",
            message=message if quantity is Quantity.FLUX else "",
            flags={*item.flags, *(headline_flags if quantity is Quantity.FLUX else ())},
        )
        for quantity, item in shown.items()
    )


def comparison(
    case: Case,
    quantity: Quantity,
    estimate: Estimate,
    naming: Naming,
    *,
    method: str,
    label: str = "",
    message: str = "",
    flags: Iterable[Flag] = (),
) -> Comparison:
    """Return one row."""
    treated = case.question.treated
    p_value = estimate.p_value
    return Comparison(
        analysis=naming.analysis,
        kind=KIND,
        quantity=quantity,
        treatment=treated.treatment,
        control=case.question.control.treatment,
        dose=treated.dose,
        time_h=treated.time_h,
        inhibitor=naming.group.inhibitor,
        n=case.selection.n,
        n_technical=lanes_behind(case, quantity),
        estimate=estimate.value,
        ci_low=estimate.wide.low,
        ci_high=estimate.wide.high,
        ci_level=case.levels.wide if has_intervals(case) else None,
        ci90_low=estimate.narrow.low,
        ci90_high=estimate.narrow.high,
        df=residual_df(case),
        p_value=p_value,
        p_adjusted=None if p_value is None else min(1.0, naming.treatments * p_value),
        family=family_text(case, naming),
        margin=case.margin if quantity in RATIOS_WITH_MARGIN else None,
        model=model_text(case, naming),
        method=method,
        label=label,
        message=message,
        flags=tuple(sorted(set(flags))),
    )


def lanes_behind(case: Case, quantity: Quantity) -> int:
    """Return how many lanes a quantity was made from."""
    arms = arms_of(quantity)
    return sum(case.selection.arm_of[lane.key] in arms for lane in case.selection.used)


def has_intervals(case: Case) -> bool:
    """Return whether the case's design gives intervals at all."""
    return case.fit is not None and case.fit.df > 0 and case.verdict.gate is not Gate.G1


def residual_df(case: Case) -> float | None:
    """Return the residual degrees of freedom; None where there are none."""
    return float(case.fit.df) if case.fit is not None and case.fit.df > 0 else None


def family_text(case: Case, naming: Naming) -> str:
    """Return what p was adjusted over."""
    control = case.question.control.drug_words
    if naming.treatments == 1:
        return f"1 treatment against {control}"
    return f"{naming.treatments} treatments against {control} (Bonferroni)"


def model_text(case: Case, naming: Naming) -> str:
    """Return the model with what it was fitted to."""
    if case.fit is None:
        return ""
    blocks = len(set(case.fit.block.tolist()))
    return (
        f"ln({naming.ratio}): {case.fit.formula}; {len(case.fit.cells)} cells, {blocks} "
        f"block{'' if blocks == 1 else 's'}"
    )


def method_text(estimate: Estimate, case: Case, naming: Naming, parameters: Parameters) -> str:
    """Return how interval and p were made; empty where there are none."""
    if not has_intervals(case) or (estimate.wide.low is None and estimate.wide.high is None):
        return ""
    level = f"{100 * case.levels.wide:.4g} %"
    if estimate.draws:
        how = (
            f"generalized-fiducial Monte-Carlo, {parameters.monte_carlo_draws} draws, "
            f"PCG64({parameters.seed}), {level} interval"
        )
    else:
        how = f"least squares on ln, {level} t interval"
    if naming.treatments > 1:
        how += (
            f"; alpha {parameters.alpha:g} shared by {naming.treatments} treatments: "
            f"{case.levels.alpha:.4g} each"
        )
    return how


def effect_name(quantity: Quantity) -> str:
    """Return what the two p values of an effect are called; they answer different questions."""
    names = {
        Quantity.DIFFERENCE: "flux effect (additive)",
        Quantity.TURNOVER: "turnover effect (log interaction)",
    }
    return names.get(quantity, "")


def saturation_comparison(
    case: Case, estimate: Estimate, naming: Naming, *, drug: Condition
) -> Comparison:
    """Return the row that compares a higher dose of the inhibitor with the one used."""
    row = comparison(
        case,
        Quantity.EFFECT_CONTROL,
        estimate,
        naming,
        method="least squares on ln, t interval; higher over used dose of the inhibitor",
    )
    return replace(
        row,
        quantity=SATURATION_QUANTITY,
        treatment=drug.treatment,
        control=drug.treatment,
        dose=drug.dose,
        time_h=drug.time_h,
        margin=SATURATION_MARGIN,
    )


def without_repeats(rows: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Return rows with the vehicle's saturation check once, though every treatment brings it."""
    unique: dict[tuple[object, ...], Comparison] = {}
    for row in rows:
        unique.setdefault((row.quantity, row.treatment, row.dose, row.time_h), row)
    return tuple(unique.values())


def sensitivity_rows(
    case: Case, shown: Mapping[Quantity, Shown], naming: Naming, *, withhold_p: bool
) -> tuple[Comparison, ...]:
    """Return the unpooled estimates of the quantities that may be shown as values."""
    return tuple(
        comparison(
            case,
            quantity,
            replace(estimate, p_value=None) if withhold_p else estimate,
            naming,
            method=f"unpooled: paired {'Fieller' if estimate.p_value is None else 't'}",
            flags=shown[quantity].flags,
        )
        for quantity, estimate in case.unpooled.items()
        if shown[quantity].estimate.value is not None and shown[quantity].bound is Bound.VALUE
    )
