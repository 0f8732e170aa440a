"""Tests that a study may ask for in place of t, and their refusal where n is too small (R4)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from blotflux.analysis.refusals import bootstrap_unreliable, test_cannot_reach
from blotflux.analysis.statistics import Interval, State, classify, exp_interval, within_margin
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.analysis.fold.records import FoldChange, FoldChanges
    from blotflux.parameters import Parameters

__all__ = ["with_requested_test"]

LEAST_BOOTSTRAP = 10
SIGNIFICANT = 0.05
MOST_ENUMERATED = 16
"""Replicates up to which all changes of sign are enumerated; beyond, 65 536 are drawn."""

NAMES = {
    "wilcoxon": "Wilcoxon signed-rank test",
    "sign": "sign test",
    "permutation": "sign-flip permutation test",
}

ONLY_PAIRS = (
    "The test '{test}' is for one condition whose replicates hold their control as well; the "
    "default test was used."
)


def with_requested_test(
    changes: FoldChanges, test: str, parameters: Parameters
) -> tuple[FoldChanges, tuple[Finding, ...]]:
    """Return comparisons by the test that the study asks for, and why it is refused where it is.

    Parameters
    ----------
    changes : FoldChanges
        By the default test.
    test : str
        ``"t"`` leaves everything as it is.
    parameters : Parameters
    """
    if test == "t":
        return changes, ()
    items: list[FoldChange] = []
    findings: list[Finding] = []
    for item in changes.items:
        refusal = reason_to_refuse(changes, item, test)
        if item.p_value is None or refusal:
            items.append(item)
            findings += [refused(refusal, item)] if item.p_value is not None else []
        else:
            d = differences(changes, item)
            items.append(
                bootstrapped(item, d, parameters) if test == "bootstrap" else tested(item, d, test)
            )
    return replace(changes, items=tuple(items)), tuple(dict.fromkeys(findings))


def reason_to_refuse(changes: FoldChanges, item: FoldChange, test: str) -> str:
    """Return the words of a refusal; empty where the test can be made."""
    n = len(differences(changes, item))
    if item.family_size > 1 or not changes.blocks.blocked or n < item.n:
        return ONLY_PAIRS.format(test=test)
    if test == "bootstrap":
        return bootstrap_unreliable() if n < LEAST_BOOTSTRAP else ""
    smallest = 2.0 ** (1 - n)
    return "" if smallest < SIGNIFICANT else test_cannot_reach(n, smallest)


def refused(words: str, item: FoldChange) -> Finding:
    """Return the finding of a refusal."""
    return Finding(
        severity=Severity.WARN, code="R4", message=words, value=float(item.n), used_in_label=False
    )


def differences(changes: FoldChanges, item: FoldChange) -> NDArray[np.float64]:
    """Return ln(condition / control) of each block that holds both."""
    found: dict[str, dict[object, float]] = {}
    for value in changes.blocks.observations:
        found.setdefault(value.block, {})[value.condition] = value.ln_value
    return np.array(
        [
            cells[item.condition] - cells[item.control]
            for cells in found.values()
            if item.condition in cells and item.control in cells
        ]
    )


def tested(item: FoldChange, d: NDArray[np.float64], test: str) -> FoldChange:
    """Return a comparison with another p value; its interval and label stay those of t."""
    if test == "wilcoxon":
        p = float(stats.wilcoxon(d, method="exact" if len(d) <= 50 else "auto").pvalue)
    elif test == "sign":
        p = float(stats.binomtest(int((d > 0).sum()), int((d != 0).sum())).pvalue)
    else:
        p = sign_flip_p(d)
    method = f"{NAMES[test]} on ln ratios for p; interval and label by {item.method}"
    return replace(item, p_value=p, p_adjusted=p, method=method)


def sign_flip_p(d: NDArray[np.float64]) -> float:
    """Return the share of changes of sign whose mean is as far from 0 as the one found."""
    if len(d) <= MOST_ENUMERATED:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(d))))
    else:
        generator = np.random.Generator(np.random.PCG64(12345))
        signs = generator.choice((-1.0, 1.0), size=(2**MOST_ENUMERATED, len(d)))
        signs[0] = 1.0
    sums = np.abs(signs @ d)
    return float(np.mean(sums >= abs(d.sum()) * (1 - 1e-12)))


def bootstrapped(item: FoldChange, d: NDArray[np.float64], parameters: Parameters) -> FoldChange:
    """Return a comparison whose intervals, and label, are by the bootstrap (BCa, fixed seed)."""

    def interval(level: float) -> Interval:
        generator = np.random.Generator(np.random.PCG64(parameters.seed))
        found = stats.bootstrap(
            (d,), np.mean, confidence_level=level, n_resamples=10_000, rng=generator
        ).confidence_interval
        return exp_interval(Interval(float(found.low), float(found.high)))

    wide, narrow = interval(1 - parameters.alpha), interval(1 - 2 * parameters.alpha)
    state = classify(wide, narrow, parameters.equivalence_margin)
    moved = state in (State.UP, State.DOWN)
    return replace(
        item,
        wide=wide,
        narrow=narrow,
        state=state,
        within_margin=moved and within_margin(narrow, parameters.equivalence_margin),
        method=f"bootstrap (BCa, 10000 resamples, PCG64({parameters.seed})) of ln ratios for the "
        f"interval; p by {item.method}",
    )
