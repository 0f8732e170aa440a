"""What the README promises is so."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

import blotflux
from blotflux.analysis.numbers import three_digits, with_error
from blotflux.cli.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_commands_of_the_readme_exist() -> None:
    commands = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback is not None
    }
    named = set(re.findall(r"^(?:\$ )?blotflux ([a-z-]+)", README, flags=re.MULTILINE))
    assert {"quantify", "new", "check", "run"} <= named
    assert named <= commands


def test_the_python_names_of_the_readme_exist() -> None:
    names = set(re.findall(r"\bbf\.([a-z_]+)", README))
    assert {"read", "quantify", "read_study"} <= names
    assert names <= set(blotflux.__all__)


def test_the_numbers_of_the_worked_example_are_those_of_the_sample_study() -> None:
    table = pd.read_csv(ROOT / "sample_blots" / "lc3_turnover" / "expected" / "comparisons.csv")
    (row,) = table[table["quantity"] == "flux_ratio"].itertuples()
    text = " ".join(README.split())
    assert f"{row.label}: amitriptyline" in text
    assert f"flux is {three_digits(row.estimate)} times that of vehicle" in text
    assert (
        f"(95 % CI {three_digits(row.ci_low)} to {three_digits(row.ci_high)}; n = {row.n})" in text
    )


def test_the_fluxes_of_the_worked_example_are_those_of_the_sample_study() -> None:
    table = pd.read_csv(ROOT / "sample_blots" / "lc3_turnover" / "expected" / "flux.csv")
    rows = [row for row in table.itertuples() if pd.isna(row.replicate)]
    assert len(rows) == 2
    text = " ".join(README.split())
    for row in rows:
        amounts = f"LC3-II {three_digits(row.basal)} to {three_digits(row.inhibited)}"
        flux = with_error(row.difference, row.difference_se)
        assert f"16 h: {amounts} with inhibitor, flux {flux}" in text


def test_every_local_link_of_the_pages_leads_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
