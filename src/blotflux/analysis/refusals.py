"""What the analyses refuse to say, and the exact words they use.

The texts are part of the method: they are tested word by word, and shown as they are here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CONTROL_SET_TO_ONE",
    "DOUBLE_NORMALIZATION",
    "ONE_REPLICATE",
    "TWO_REPLICATES",
    "bootstrap_unreliable",
    "excluded_afterwards",
    "is_a_bound",
    "never_linked",
    "no_p_from_one_replicate",
    "semi_quantitative",
    "test_cannot_reach",
    "untold",
]

ONE_REPLICATE = (
    "One biological replicate: values are shown, no confidence interval, p-value or "
    "interpretation is given."
)
TWO_REPLICATES = (
    "Two biological replicates: estimates only; interpretation label withheld (minimum 3)."
)
CONTROL_SET_TO_ONE = (
    "The control was set to 1 in every replicate and has no variance; a two-sample test is "
    "invalid. Using the paired test on log ratios instead."
)
DOUBLE_NORMALIZATION = (
    "P/T already cancels loading on the same membrane; use P/L and T/L for loading-corrected "
    "amounts"
)


def no_p_from_one_replicate(lanes: int) -> str:
    """Return refusal R1."""
    return (
        f"No p-value: all {lanes} lanes come from one biological replicate. Technical replicates "
        f"measure assay noise, not reproducibility."
    )


def test_cannot_reach(n: int, p: float) -> str:
    """Return refusal R4 for rank and permutation tests."""
    return f"With n={n} this test cannot reach p<0.05 (smallest possible p={p:g})."


def bootstrap_unreliable() -> str:
    """Return refusal R4 for the bootstrap."""
    return "Bootstrap intervals are unreliable for n<10; t-based interval used."


def is_a_bound(lane: int, target: str) -> str:
    """Return refusal R9."""
    return f"Lane {lane} ({target}) is a bound, not a value; it is excluded from inference."


def semi_quantitative(reason: str) -> str:
    """Return refusal R10."""
    return (
        f"The image is semi-quantitative ({reason}); p-values are withheld unless you confirm "
        f"that no linear original exists (no_linear_original = true)."
    )


def never_linked(a: str, b: str) -> str:
    """Return refusal R12."""
    return f"Conditions {a} and {b} are never linked by a shared membrane."


def excluded_afterwards(reason: str) -> str:
    """Return what R13 prints for a lane that was dropped after results were seen."""
    return f"Lane excluded by user after analysis; reason: {reason}"


def untold(membrane: str) -> str:
    """Return refusal R14."""
    return f"LC3-I and LC3-II cannot be told apart on {membrane}; assign the bands in the editor."


def bound_findings(analysis: str, lanes: Iterable[tuple[str, int, str]]) -> tuple[Finding, ...]:
    """Return an R9 finding for each membrane, lane and target."""
    return tuple(
        Finding(
            severity=Severity.WARN,
            code="R9",
            message=is_a_bound(lane, target),
            analysis=analysis,
            membrane=membrane,
            lane=lane,
            target=target,
        )
        for membrane, lane, target in sorted(set(lanes))
    )
