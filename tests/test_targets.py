"""The target list: spellings, phosphorylated forms, weights."""

from __future__ import annotations

import pytest

from blotflux.errors import BandError
from blotflux.targets import (
    find_target,
    is_phospho,
    nearest_name,
    normalize_name,
    read_targets,
    require_target,
)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("LC3-II", "LC3-II"),
        ("lc3 ii", "LC3-II"),
        ("LC3B‑II", "LC3-II"),  # noqa: RUF001 - the hyphen that word processors put there
        ("GAPDH", "GAPDH"),
        ("β-Actin", "beta-actin"),
        ("p62", "p62/SQSTM1"),
        ("pERK", "p-ERK1/2"),
        ("p-Akt (S473)", "Akt / p-Akt"),
        ("phospho-Akt Ser473", "Akt / p-Akt"),
        ("p-ERK1/2 (Thr202/Tyr204)", "p-ERK1/2"),
        ("p-GSK3β (S9)", "GSK3b"),
        ("p-p70 S6K (T389)", "p70 S6K"),
    ],
)
def test_targets_are_found_however_they_are_spelled(spelling: str, name: str) -> None:
    target = find_target(spelling)
    assert target is not None
    assert target.name == name


def test_every_listed_spelling_finds_its_own_target() -> None:
    for target in read_targets():
        for spelling in (target.name, *target.aliases):
            assert find_target(spelling) == target


def test_the_kinase_perk_is_not_phosphorylated_erk() -> None:
    assert find_target("pERK") is not None
    assert find_target("PERK") is None


def test_p62_is_not_a_phosphorylated_protein() -> None:
    assert [is_phospho(name) for name in ("p-Akt", "pERK1/2", "phospho-Akt")] == [True] * 3
    assert [is_phospho(name) for name in ("p62", "PERK", "p70 S6K", "Akt")] == [False] * 4


def test_sums_name_their_members_in_the_order_of_the_rows() -> None:
    assert require_target("p-ERK1/2").members == ("p-ERK1", "p-ERK2")
    assert require_target("GAPDH").members == ()


def test_deviation_is_zero_within_the_apparent_weights_and_relative_beyond() -> None:
    erk = require_target("ERK1/2")
    assert erk.deviation(43.0) == 0.0
    assert erk.deviation(44 * 1.1) == pytest.approx(0.1)
    assert erk.deviation(42 * 0.9) == pytest.approx(0.1)


def test_an_unknown_target_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BandError, match="'GAPHD' is not in the target list; did you mean 'GAPDH'"):
        require_target("GAPHD")
    with pytest.raises(BandError, match="use a listed name, or give its weight"):
        require_target("qqqqqqq")
    assert nearest_name("qqqqqqq", ("GAPDH",)) == ""


def test_names_are_compared_without_case_spaces_and_hyphens() -> None:
    assert normalize_name(" LC3 - ii") == normalize_name("lc3‑II") == "lc3ii"  # noqa: RUF001
