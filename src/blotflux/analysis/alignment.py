"""Values of several membranes on one scale: least squares of condition + membrane.

``ln y = mu_condition + beta_membrane + error``, ordinary least squares, with the reference
condition's mu at 0. It needs membranes that are linked by shared conditions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.analysis.refusals import never_linked
from blotflux.analysis.statistics import fit_blocks
from blotflux.errors import NormalizationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Aligned", "align"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """Conditions and membranes of one alignment.

    Attributes
    ----------
    reference : str
    fold_changes : mapping of condition to float
        Against the reference; without the reference itself.
    ln_errors : mapping of condition to float
        Standard errors of their logarithms; NaN without degrees of freedom.
    scales : mapping of membrane to float
        What values of a membrane are divided by to be on the scale of the first (by name).
    s : float
        Residual standard deviation on the ln scale.
    df : int
    """

    reference: str
    fold_changes: Mapping[str, float]
    ln_errors: Mapping[str, float]
    scales: Mapping[str, float]
    s: float
    df: int


def align(values: Sequence[tuple[str, str, float]], reference: str) -> Aligned:
    """Return all conditions against a reference, whatever membrane they were on.

    Parameters
    ----------
    values : sequence of (membrane, condition, value)
        Values above zero.
    reference : str
        A condition.

    Raises
    ------
    NormalizationError
        If the reference is on no membrane, a value is not above zero, or membranes and conditions
        are not linked (R12).
    """
    require_values(values, reference)
    conditions = [condition for _, condition, _ in values]
    require_linked(values, reference)
    logs = [math.log(value) for _, _, value in values]
    fit = fit_blocks(logs, conditions, [membrane for membrane, _, _ in values])
    others = sorted(set(conditions) - {reference})
    contrasts = {condition: fit.difference(condition, reference) for condition in others}
    means = dict(zip(fit.cells, fit.means, strict=True))
    offsets: dict[str, list[float]] = {}
    for (membrane, condition, _), log in zip(values, logs, strict=True):
        offsets.setdefault(membrane, []).append(log - float(means[condition]))
    levels = {name: math.fsum(rest) / len(rest) for name, rest in sorted(offsets.items())}
    first = next(iter(levels.values()))
    return Aligned(
        reference=reference,
        fold_changes={condition: item.ratio for condition, item in contrasts.items()},
        ln_errors={condition: item.se for condition, item in contrasts.items()},
        scales={name: math.exp(level - first) for name, level in levels.items()},
        s=fit.s,
        df=fit.df,
    )


def require_values(values: Sequence[tuple[str, str, float]], reference: str) -> None:
    """Raise unless all values are above zero and the reference is among the conditions."""
    for membrane, condition, value in values:
        if not (math.isfinite(value) and value > 0):
            message = (
                f"{membrane}, {condition}: {value:g} has no logarithm; membranes are aligned by "
                f"values above zero. Leave this lane out."
            )
            raise NormalizationError(message)
    conditions = sorted({condition for _, condition, _ in values})
    if reference not in conditions:
        message = f"'{reference}' is on no membrane; choose one of {', '.join(conditions)}."
        raise NormalizationError(message)


def require_linked(values: Sequence[tuple[str, str, float]], reference: str) -> None:
    """Raise R12 unless shared membranes link every condition with the reference."""
    linked = {reference}
    held: dict[str, set[str]] = {}
    for membrane, condition, _ in values:
        held.setdefault(membrane, set()).add(condition)
    while reached := {
        condition
        for conditions in held.values()
        if conditions & linked
        for condition in conditions - linked
    }:
        linked |= reached
    apart = sorted({condition for _, condition, _ in values} - linked)
    if apart:
        raise NormalizationError(never_linked(reference, apart[0]))
