"""The methods paragraph of an LC3 flux analysis: the model, its formula and every threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.flux.expected_power import expected_power_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.flux.answers import Report
    from blotflux.analysis.flux.arms import InhibitorGroup
    from blotflux.analysis.flux.inputs import Inputs

__all__ = ["methods_text"]

LEAST_REPLICATES = 3


def methods_text(
    inputs: Inputs, group: InhibitorGroup, reports: Sequence[Report], *, assumed: bool
) -> tuple[str, ...]:
    """Return the sentences of the methods paragraph.

    Parameters
    ----------
    assumed : bool
        The membrane was taken as the biological replicate.
    """
    parameters = inputs.parameters
    controls = " and ".join(inputs.loading)
    texts = [
        f"{inputs.plan.target} was divided by the lane factor of {controls}, relative to the "
        f"geometric mean of the membrane's lanes; technical lanes were averaged first "
        f"(geometric mean).",
        f"Flux is the increase by {group.inhibitor or 'the inhibitor'} over {group.hours:g} h; "
        f"flux ratio phi = (T1 - T0) / (C1 - C0), clearance ratio kappa = (T1/T0 - 1) / "
        f"(C1/C0 - 1), pool ratio pi = T0 / C0, with C the vehicle, T the treatment, 0 without "
        f"and 1 with inhibitor.",
        *model_texts(reports),
        f"phi, kappa and the difference of differences have generalized-fiducial Monte-Carlo "
        f"intervals ({parameters.monte_carlo_draws} draws, PCG64, seed {parameters.seed}); the "
        f"other ratios have t intervals on the ln scale.",
        f"Thresholds, all project defaults fixed before the data are seen: alpha "
        f"{parameters.alpha:g}, equivalence margin {parameters.equivalence_margin:g}-fold, "
        f"complete block below a clearance ratio of {parameters.block_margin:g}; several "
        f"treatments of one vehicle share alpha (Bonferroni).",
        "Rates and transition times assume a steady state before the inhibitor and a complete "
        "block by it.",
    ]
    if assumed:
        texts.append("The sheet names no biological replicates; each membrane was taken as one.")
    return tuple(texts)


def model_texts(reports: Sequence[Report]) -> list[str]:
    """Return each model once, with its residual CV and degrees of freedom."""
    texts = []
    for report in reports:
        fit = report.case.fit
        if fit is not None and fit.df > 0:
            cv = 100 * float(np.sqrt(np.expm1(fit.s**2)))
            model = report.comparisons[0].model
            texts.append(f"Model {model}; residual CV {cv:.3g} % on {fit.df} df.")
            if report.case.selection.n >= LEAST_REPLICATES and cv > 0:
                texts.append(expected_power_text(report.case.selection.n, cv / 100))
    return list(dict.fromkeys(texts))
