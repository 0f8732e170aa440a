"""The words and numbers of the report: quantities and labels in words, numbers as they are read.

Every number a reader sees is a table's number, rounded to three significant digits here and
nowhere else.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from blotflux.flags import Flag

if TYPE_CHECKING:
    from blotflux.analysis.records import (
        AnalysisResult,
        Answer,
        Comparison,
        FluxRow,
        ReplicateValue,
    )
    from blotflux.findings import Finding

__all__ = [
    "HEADLINES",
    "analysis_words",
    "bound_sign",
    "condition_words",
    "df_words",
    "estimate_words",
    "interval_words",
    "label_kind",
    "label_words",
    "level_words",
    "number_words",
    "p_words",
    "place_words",
    "quantity_symbol",
    "quantity_words",
]

HEADLINES = ("flux_ratio", "phospho_over_total", "target_over_loading")
"""The quantities that carry a label."""

MISSING = "\u2013"
"""What a reader sees where a table's field is empty."""

_QUANTITIES = {
    "flux_ratio": ("Flux ratio", "\u03c6"),
    "clearance_ratio": ("Clearance ratio", "\u03ba"),
    "pool_ratio": ("Pool ratio, without inhibitor", "\u03c0"),
    "inhibited_ratio": ("Ratio with inhibitor", "E"),
    "difference_of_differences": ("Difference of the two fluxes", "\u0394D"),
    "turnover_interaction": ("Turnover effect (log interaction)", ""),
    "inhibitor_effect_control": ("Inhibitor effect in the control", "r\u2063C"),
    "inhibitor_effect_treated": ("Inhibitor effect in treated cells", "r\u2063T"),
    "phospho_over_total": ("Phosphorylated over total", "P/T"),
    "phospho_over_loading": ("Phosphorylated over loading", "P/L"),
    "total_over_loading": ("Total over loading", "T/L"),
    "target_over_loading": ("Target over loading", "V/L"),
    "target_over_loading_per_tenfold_dose": ("Target over loading, per tenfold dose", ""),
    "target_over_loading_ec50": ("Target over loading, dose at half height", "EC50"),
    "phospho_over_total_per_tenfold_dose": ("Phosphorylated over total, per tenfold dose", ""),
    "phospho_over_total_ec50": ("Phosphorylated over total, dose at half height", "EC50"),
}

_LABELS = {
    "INDUCED_FLUX": "Flux induced",
    "INDUCED_WITH_IMPAIRED_CLEARANCE": "Flux induced, clearance impaired",
    "SLOWED_CLEARANCE_FLUX_MAINTAINED": "Clearance slowed, flux maintained",
    "LATE_BLOCK_COMPLETE": "Late stage blocked",
    "LATE_BLOCK_PARTIAL": "Late stage partly blocked",
    "CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED": "Clearance impaired, net flux unresolved",
    "FLUX_REDUCED_MIXED": "Flux reduced, cause mixed",
    "REDUCED_SYNTHESIS": "Formation reduced",
    "FLUX_REDUCED_STAGE_UNRESOLVED": "Flux reduced, stage unresolved",
    "NO_CHANGE": "No change",
    "FASTER_CLEARANCE_POOL_SHRUNK": "Clearance faster, pool smaller",
    "INCONCLUSIVE_PRECISION": "Inconclusive: not precise enough",
    "INCONCLUSIVE_DESIGN": "Inconclusive: an arm is missing",
    "INCONCLUSIVE_SIGNAL": "Inconclusive: signal not usable",
    "INCONCLUSIVE_INHIBITOR": "Inconclusive: inhibitor not shown to act",
    "INHIBITOR_LOWERS_LC3II_IN_TREATED": "Inhibitor lowers LC3-II: check",
    "DESCRIPTIVE_ONLY": "One replicate: values only",
    "PROVISIONAL_N2": "Two replicates: no conclusion",
    "INCREASED": "Increased",
    "DECREASED": "Decreased",
}

_OPEN = ("INCONCLUSIVE", "DESCRIPTIVE", "PROVISIONAL", "INHIBITOR_LOWERS")


def quantity_words(quantity: str) -> str:
    """Return a quantity's name in words, with its part; as it is if we do not know it.

    >>> quantity_words("phospho_over_total:p-ERK1")
    'Phosphorylated over total: p-ERK1'
    """
    name, _, part = quantity.partition(":")
    words = _QUANTITIES.get(name, (name.replace("_", " "), ""))[0]
    return f"{words}: {part}" if part else words


def quantity_symbol(quantity: str) -> str:
    """Return a quantity's symbol; empty if it has none."""
    return _QUANTITIES.get(quantity, ("", ""))[1].replace("\u2063", "")


def label_words(label: str) -> str:
    """Return a label in words.

    >>> label_words("INDUCED_FLUX")
    'Flux induced'
    """
    return _LABELS.get(label, label.replace("_", " ").capitalize())


def label_kind(label: str) -> str:
    """Return what kind of answer a label is: ``change``, ``same`` or ``open``."""
    if not label or label.startswith(_OPEN) or label.endswith("UNRESOLVED"):
        return "open"
    return "same" if label == "NO_CHANGE" else "change"


# ---------------------------------------------------------------- numbers


def number_words(value: float | None) -> str:
    """Return a number with three significant digits, as a reader wants it.

    >>> number_words(2.1846), number_words(0.0272), number_words(38291.0), number_words(-0.121)
    ('2.18', '0.0272', '38300', '\u22120.121')
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "unbounded"
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    digits = 2 - math.floor(math.log10(abs(rounded)))
    if abs(rounded) >= 1e6 or abs(rounded) < 1e-4:
        return f"{rounded:.2e}".replace("-", "\u2212")
    text = f"{rounded:.{max(0, min(digits, 6))}f}"
    return text.replace("-", "\u2212")


def df_words(value: float | None) -> str:
    """Return degrees of freedom: whole where they are, else with one digit.

    >>> df_words(6.0), df_words(3.48)
    ('6', '3.5')
    """
    return MISSING if value is None or math.isnan(value) else f"{round(value, 1):g}"


def level_words(level: float | None) -> str:
    r"""Return an interval's level as a percentage.

    >>> level_words(0.95), level_words(0.975)
    ('95\u202f%', '97.5\u202f%')
    """
    return "" if level is None else f"{100 * level:.4g}\u202f%"


def p_words(value: float | None) -> str:
    r"""Return a p-value with two digits, zeros at the end included; a dash where it is empty.

    >>> p_words(0.0203), p_words(0.8), p_words(2e-5)
    ('0.020', '0.80', '<\u202f0.0001')
    """
    if value is None or math.isnan(value):
        return MISSING
    return "<\u202f0.0001" if value < 1e-4 else f"{value:#.2g}"


def bound_sign(comparison: Comparison) -> str:
    """Return the sign before an estimate that is a bound: ``>=``, ``<=`` or nothing.

    A bound has one limit; where it has none the message says which way it bounds.
    """
    low, high = comparison.ci_low, comparison.ci_high
    if comparison.estimate is None or (low is not None and high is not None):
        return ""
    if low is None and high is None:
        signs = [sign for sign in "\u2265\u2264" if sign in comparison.message]
        bounded = Flag.BOUND in comparison.flags and len(signs) == 1
        return f"{signs[0]}\u202f" if bounded else ""
    return "\u2264\u202f" if low is None else "\u2265\u202f"


def estimate_words(comparison: Comparison) -> str:
    """Return the estimate, with its sign where it is a bound."""
    return f"{bound_sign(comparison)}{number_words(comparison.estimate)}"


def interval_words(low: float | None, high: float | None) -> str:
    """Return an interval as ``low to high``; a dash where there is none.

    >>> interval_words(1.83, 2.609), interval_words(1.83, None), interval_words(None, None)
    ('1.83 to 2.61', 'from 1.83', '\u2013')
    """
    if low is None and high is None:
        return MISSING
    if high is None:
        return f"from {number_words(low)}"
    if low is None:
        return f"up to {number_words(high)}"
    if math.isinf(low) or math.isinf(high):
        return "unbounded"
    return f"{number_words(low)} to {number_words(high)}"


# ---------------------------------------------------------------- names and places


def analysis_words(result: AnalysisResult) -> str:
    """Return what an analysis is about: the user's name for it, else kind and target in words."""
    plan = result.plan
    if plan.name:
        return result.name
    if plan.kind == "lc3_flux":
        inhibitors = {row.inhibitor for row in result.flux if row.inhibitor}
        ending = f", {inhibitors.pop()}" if len(inhibitors) == 1 else ""
        return f"{plan.target} flux{ending}"
    if plan.kind == "phospho":
        return f"{plan.target} / {plan.total}"
    loading = plan.loading if isinstance(plan.loading, str) else " and ".join(plan.loading)
    return f"{plan.target} / {loading.replace('_', ' ')}"


def condition_words(row: Comparison | FluxRow | ReplicateValue | Answer) -> str:
    """Return treatment, dose and time of a row."""
    parts = [row.treatment]
    if row.dose and row.dose not in row.treatment:
        parts.append(row.dose)
    if row.time_h is not None:
        return f"{' '.join(parts)}, {row.time_h:g} h"
    return " ".join(parts)


def place_words(finding: Finding) -> str:
    """Return where a finding belongs: membrane or picture, panel, lane, target."""
    parts = [finding.membrane or finding.image]
    if finding.membrane and finding.image:
        parts = [f"{finding.membrane} ({finding.image})"]
    if finding.panel is not None and finding.panel > 1:
        parts.append(f"panel {finding.panel}")
    if finding.lane is not None:
        parts.append(f"lane {finding.lane}")
    if finding.target:
        parts.append(finding.target)
    return ", ".join(part for part in parts if part)
