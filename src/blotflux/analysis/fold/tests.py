"""Which test a design gets, and its result.

========================================  =====================================================
conditions linked by replicates           ``ln(ratio) ~ condition + replicate``; one condition
                                          against the control: with two conditions in all the
                                          paired t test on ln ratios; several: Dunnett on the
                                          blocked residual
independent samples, several membranes    ``ln(ratio) ~ condition + membrane``, the same tests
independent samples, one membrane         one condition: Welch's t on ln; several: Dunnett
========================================  =====================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.analysis.multiplicity import Dunnett
from blotflux.analysis.paired import paired_contrast, welch_contrast
from blotflux.analysis.statistics import ROUNDING, Interval, exp_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.blocks import Blocks
    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.statistics import Contrast, Fit

__all__ = ["Tested", "control_is_one", "is_plain", "model_text", "several_tests", "single_test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The test of one condition against its control.

    Attributes
    ----------
    contrast : Contrast
        On the ln scale.
    wide, narrow : Interval
        Of the fold change, at 1 - alpha and 1 - 2 alpha.
    p_value, p_adjusted : float
    method : str
    """

    contrast: Contrast
    wide: Interval
    narrow: Interval
    p_value: float
    p_adjusted: float
    method: str


def single_test(
    blocks: Blocks, fit: Fit, pair: tuple[Condition, Condition], *, alpha: float
) -> Tested:
    """Return the test of a condition that has its control to itself."""
    contrast, method = single_contrast(blocks, fit, pair)
    return Tested(
        contrast=contrast,
        wide=contrast.ratio_interval(1 - alpha),
        narrow=contrast.ratio_interval(1 - 2 * alpha),
        p_value=contrast.p_value,
        p_adjusted=contrast.p_value,
        method=method,
    )


def several_tests(
    blocks: Blocks, fit: Fit, treated: Sequence[Condition], control: Condition, *, alpha: float
) -> dict[Condition, Tested]:
    """Return the tests of all conditions that share a control.

    Independent samples on one membrane have no block; Dunnett then has the pooled variance of
    the groups (with one condition Welch's test does without that assumption).
    """
    if len(treated) == 1:
        return {treated[0]: single_test(blocks, fit, (treated[0], control), alpha=alpha)}
    family = Dunnett(fit=fit, control=control, treated=tuple(treated))
    plain = is_plain(blocks)
    wide, narrow = family.critical(1 - alpha), family.critical(1 - 2 * alpha)
    method = "Dunnett on ln values" if plain else "Dunnett on the blocked residual of ln values"
    return {
        condition: Tested(
            contrast=contrast,
            wide=exp_interval(contrast.with_critical(wide)),
            narrow=exp_interval(contrast.with_critical(narrow)),
            p_value=contrast.p_value,
            p_adjusted=family.p_value(contrast),
            method=method,
        )
        for condition, contrast in zip(treated, family.contrasts, strict=True)
    }


def single_contrast(
    blocks: Blocks, fit: Fit, pair: tuple[Condition, Condition]
) -> tuple[Contrast, str]:
    """Return ln(condition / control) with its error, and what it is called."""
    condition, control = pair
    if not is_plain(blocks):
        two = blocks.blocked and len(blocks.conditions) == 2
        return (
            fit.difference(condition, control),
            "paired t on ln ratios" if two else "t of the blocked fit on ln values",
        )
    treated, untreated = ln_values(blocks, condition), ln_values(blocks, control)
    if control_is_one(blocks, control):
        return paired_contrast(treated), "one-sample t on ln ratios"
    return welch_contrast(treated, untreated), "Welch's t on ln values"


def is_plain(blocks: Blocks) -> bool:
    """Return whether samples are independent and lie on one membrane."""
    return not blocks.blocked and len({item.block for item in blocks.observations}) == 1


def ln_values(blocks: Blocks, condition: Condition) -> list[float]:
    """Return the ln values of a condition, by replicate."""
    found = [item for item in blocks.observations if item.condition == condition]
    return [item.ln_value for item in sorted(found, key=lambda item: item.replicate)]


def control_is_one(blocks: Blocks, control: Condition) -> bool:
    """Return whether someone set the control to 1 in every replicate beforehand (refusal R3).

    Such folds are ratios within pairs already, so the control's column holds no information and
    only the logarithms of the folds can be tested.
    """
    values = ln_values(blocks, control)
    return len(values) > 1 and max(map(abs, values)) < ROUNDING


def model_text(words: str, blocks: Blocks) -> str:
    """Return the formula of the model, in the words of the sheet."""
    if blocks.blocked:
        return f"ln({words}) ~ condition + replicate"
    return f"ln({words}) ~ condition" + ("" if is_plain(blocks) else " + membrane")
