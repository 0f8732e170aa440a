"""The exact words of refusals that no analysis of ours can come to say, and of those that can."""

from __future__ import annotations

import pytest

from blotflux.analysis import refusals


def test_a_test_that_cannot_become_significant_is_refused_with_its_smallest_p() -> None:
    assert refusals.test_cannot_reach(3, 0.25) == (
        "With n=3 this test cannot reach p<0.05 (smallest possible p=0.25)."
    )


def test_bootstrap_intervals_of_few_replicates_are_refused() -> None:
    assert refusals.bootstrap_unreliable() == (
        "Bootstrap intervals are unreliable for n<10; t-based interval used."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            refusals.is_a_bound(3, "LC3-II"),
            "Lane 3 (LC3-II) is a bound, not a value; it is excluded",
        ),
        (
            refusals.never_linked("a", "b"),
            "Conditions a and b are never linked by a shared membrane.",
        ),
        (refusals.untold("m1"), "LC3-I and LC3-II cannot be told apart on m1; assign the bands in"),
        (refusals.excluded_afterwards("x"), "Lane excluded by user after analysis; reason: x"),
        (refusals.semi_quantitative("JPEG"), "The image is semi-quantitative (JPEG); p-values are"),
        (refusals.no_p_from_one_replicate(6), "No p-value: all 6 lanes come from one biological"),
    ],
)
def test_refusals_name_what_they_are_about(text: str, words: str) -> None:
    assert text.startswith(words)
    assert "\n" not in text
