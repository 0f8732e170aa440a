"""The decision table, row by row."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from blotflux.analysis.decision import TABLE, Label, Readings, decide, redirect
from blotflux.analysis.statistics import State


def readings(
    kappa: str,
    pi: str,
    phi: str,
    *,
    inhibited: str = "UNK",
    kappa_upper: float = 0.5,
    phi_upper: float = 0.9,
) -> Readings:
    """Return readings by the names of their states."""
    return Readings(
        kappa=State(kappa),
        pi=State(pi),
        phi=State(phi),
        inhibited=State(inhibited),
        kappa_upper=kappa_upper,
        phi_upper=phi_upper,
        block_margin=0.25,
    )


@pytest.mark.parametrize(
    ("number", "given"),
    [
        ("1", readings("DOWN", "UP", "UP")),
        ("2", readings("DOWN", "UP", "EQ")),
        ("3", readings("DOWN", "UP", "DOWN", kappa_upper=0.2)),
        ("3", readings("DOWN", "UP", "UNK", kappa_upper=0.2)),
        ("4", readings("DOWN", "UP", "DOWN")),
        ("4", readings("DOWN", "UP", "DOWN", kappa_upper=0.25)),
        ("5", readings("DOWN", "UP", "UNK")),
        ("5", readings("DOWN", "UP", "UNK", kappa_upper=0.2, phi_upper=1.1)),
        ("6", readings("EQ", "UP", "UP")),
        ("6", readings("UP", "DOWN", "UP")),
        ("6b", readings("DOWN", "EQ", "UP")),
        ("7", readings("DOWN", "DOWN", "DOWN")),
        ("7", readings("DOWN", "UNK", "DOWN")),
        ("8", readings("EQ", "DOWN", "DOWN")),
        ("8", readings("UNK", "UNK", "DOWN", inhibited="DOWN")),
        ("9", readings("EQ", "UP", "DOWN", inhibited="DOWN")),
        ("9", readings("EQ", "EQ", "DOWN")),
        ("10", readings("EQ", "EQ", "EQ")),
        ("10", readings("UNK", "EQ", "EQ")),
        ("11", readings("UP", "DOWN", "EQ")),
        ("11", readings("UP", "DOWN", "UNK")),
        ("12", readings("UP", "EQ", "EQ")),
        ("12", readings("DOWN", "EQ", "EQ")),
        ("12", readings("UNK", "UNK", "UNK")),
    ],
)
def test_the_first_row_that_fits_is_taken(number: str, given: Readings) -> None:
    assert decide(given).number == number


def test_every_combination_of_states_has_a_row_and_every_row_a_combination() -> None:
    found = {
        decide(readings(kappa, pi, phi, inhibited=e, kappa_upper=upper)).number
        for kappa, pi, phi, e in product(State, repeat=4)
        for upper in (0.1, 0.5)
    }
    assert found == {row.number for row in TABLE}


T1_LEAVES = {"1": "6", "6": "6", "6b": "6"}
C1_LEAVES = {"1": "5", "2": "5", "8": "9", "3": "3", "4": "4", "5": "5", "7": "7", "9": "9"}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.number)
def test_saturation_leaves_what_its_direction_allows(row: object) -> None:
    number = row.number  # type: ignore[attr-defined]
    for treated, left in ((True, T1_LEAVES), (False, C1_LEAVES)):
        standing = redirect(row, treated_clipped=treated, control_clipped=not treated)  # type: ignore[arg-type]
        assert (standing.number if standing else None) == left.get(number)
    assert redirect(row, treated_clipped=False, control_clipped=False) is row  # type: ignore[arg-type]


def test_labels_are_spelled_as_they_are_named() -> None:
    assert all(label == label.name for label in Label)


def test_the_docs_name_every_label() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "lc3_flux.md").read_text(encoding="utf-8")
    assert [label for label in Label if f"`{label}`" not in page] == []
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert [row.number for row in TABLE] == [name for name in rows if name[0].isdigit()]
