"""Numbers as people read them."""

from __future__ import annotations

import pytest

from blotflux.analysis.numbers import three_digits, with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (4.4088, 0.2013, "4.41 ± 0.20 (SE)"),
        (2.0077, 0.1077, "2.01 ± 0.11 (SE)"),
        (4.4088, 0.0996, "4.41 ± 0.10 (SE)"),
        (-1.644, 2.345, "-1.6 ± 2.3 (SE)"),
        (812.3, 45.6, "812 ± 46 (SE)"),
        (2.0, None, "2.00"),
        (2.0, 0.0, "2.00"),
    ],
)
def test_a_number_and_its_error_end_at_the_same_decimal(
    value: float, error: float | None, text: str
) -> None:
    assert with_error(value, error) == text


def test_zeros_at_the_end_are_digits_too() -> None:
    assert [three_digits(value) for value in (1.0, 0.2, 12.04, 99.96, 0.0)] == [
        "1.00",
        "0.200",
        "12.0",
        "100",
        "0.00",
    ]
    assert three_digits(None) == "unknown"
