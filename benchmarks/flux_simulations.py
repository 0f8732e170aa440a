"""Simulate LC3 flux studies, analyze them with the public function, and write the tables.

python benchmarks/flux_simulations.py              # all cells, hours; finished ones are kept
python benchmarks/flux_simulations.py --sets 300   # a quick look

A cell is one truth, one technical CV and one number of replicates. Finished cells are lines of
``--state``, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.lc3_flux import analyze_lc3_flux
from blotflux.analysis.records import LaneSample, LC3FluxPlan, TargetVolume
from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
PLAN = LC3FluxPlan(control="vehicle", loading="GAPDH", inhibitor_hours=4.0)
PARAMETERS = Parameters(monte_carlo_draws=20_000)
SEED = 20_240_607
BLOCK_SD = 0.5
ARMS = (("vehicle", ""), ("vehicle", "BafA1"), ("drug", ""), ("drug", "BafA1"))
REPLICATES = (3, 4, 5, 6)
CVS = (0.10, 0.15, 0.20, 0.30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is simulated: levels of C0, C1, T0, T1, the label they deserve, and unequal noise."""

    name: str
    cells: tuple[float, float, float, float]
    label: str
    inhibited_noise: float = 1.0

    @property
    def flux_ratio(self) -> float:
        """Return the true flux ratio."""
        c0, c1, t0, t1 = self.cells
        return (t1 - t0) / (c1 - c0)


TRUTHS = (
    Truth(name="induction, flux x2", cells=(1, 3, 2, 6), label="INDUCED_FLUX"),
    Truth(name="complete block, pool x5", cells=(1, 3, 5, 5.2), label="LATE_BLOCK_COMPLETE"),
    Truth(name="partial block, flux x0.6", cells=(1, 3, 1.5, 2.7), label="LATE_BLOCK_PARTIAL"),
    Truth(name="synthesis x0.4", cells=(1, 3, 0.4, 1.2), label="REDUCED_SYNTHESIS"),
    Truth(
        name="slowed, flux kept, pool x3",
        cells=(1, 3, 3, 5),
        label="SLOWED_CLEARANCE_FLUX_MAINTAINED",
    ),
    Truth(name="no effect", cells=(1, 3, 1, 3), label="NO_CHANGE"),
)
UNEQUAL = Truth(
    name="no effect, inhibitor lanes 3 times noisier",
    cells=(1, 3, 1, 3),
    label="NO_CHANGE",
    inhibited_noise=3.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Counts of one simulated cell."""

    truth: str
    cv: float
    n: int
    sets: int
    labels: dict[str, int]
    intervals: int
    covered: int
    flagged: int

    @property
    def key(self) -> tuple[str, float, int]:
        """Return what identifies the cell."""
        return self.truth, self.cv, self.n

    def share(self, labels: Iterable[str]) -> float:
        """Return the share of some labels."""
        return sum(self.labels.get(label, 0) for label in labels) / self.sets

    @property
    def wrong_direction(self) -> float:
        """Return the share of labels that claim a change, where the truth is none."""
        silent = ("NO_CHANGE", "INCONCLUSIVE_PRECISION", "INCONCLUSIVE_INHIBITOR")
        return 1 - self.share(silent)


def sheet(n: int) -> list[LaneSample]:
    """Return n membranes with the four arms."""
    return [
        LaneSample(
            membrane=f"m{block}",
            lane=lane,
            treatment=treatment,
            inhibitor=inhibitor,
            replicate=f"r{block}",
        )
        for block in range(n)
        for lane, (treatment, inhibitor) in enumerate(ARMS, start=1)
    ]


def draw(truth: Truth, cv: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return one study's LC3-II volumes, shape (n, 4): log-normal lanes, log-normal blocks."""
    noise = np.array([1.0, truth.inhibited_noise, 1.0, truth.inhibited_noise])
    sd = np.sqrt(np.log1p((cv * noise) ** 2))
    ln = np.log(truth.cells) + sd * rng.standard_normal((n, 4))
    return 1e4 * np.exp(ln + BLOCK_SD * rng.standard_normal((n, 1)))


def volumes_of(table: NDArray[np.float64]) -> list[TargetVolume]:
    """Return LC3-II as drawn and a loading control without noise of its own."""
    found = []
    for block, row in enumerate(table.tolist()):
        for lane, value in enumerate(row, start=1):
            membrane = f"m{block}"
            found.append(TargetVolume(membrane=membrane, lane=lane, target="LC3-II", volume=value))
            found.append(TargetVolume(membrane=membrane, lane=lane, target="GAPDH", volume=1e4))
    return found


def simulate(truth: Truth, cv: float, n: int, sets: int) -> Cell:
    """Return the counts of one cell."""
    rng = np.random.default_rng([SEED, *truth.name.encode(), round(1000 * cv), n])
    samples = sheet(n)
    labels: Counter[str] = Counter()
    intervals = covered = flagged = 0
    for _ in range(sets):
        volumes = volumes_of(draw(truth, cv, n, rng))
        (result,) = analyze_lc3_flux(PLAN, samples, volumes, PARAMETERS, suggest_replicates=False)
        row = next(item for item in result.comparisons if item.quantity == "flux_ratio")
        labels[str(row.label)] += 1
        flagged += bool({"MODEL_DEPENDENT", "HETEROSCEDASTIC"} & set(row.flags))
        if row.ci_low is not None and row.ci_high is not None:
            intervals += 1
            covered += row.ci_low <= truth.flux_ratio <= row.ci_high
    return Cell(
        truth=truth.name,
        cv=cv,
        n=n,
        sets=sets,
        labels=dict(labels),
        intervals=intervals,
        covered=covered,
        flagged=flagged,
    )


def wanted() -> Iterator[tuple[Truth, float, int]]:
    """Yield every cell: those that acceptance rests on first."""
    for n in REPLICATES:
        yield TRUTHS[0], 0.10, n
    for truth in (TRUTHS[-1], *TRUTHS[:-1]):
        for cv in CVS:
            for n in REPLICATES:
                yield truth, cv, n
    for cv in (0.10, 0.20):
        for n in (3, 4, 6):
            yield UNEQUAL, cv, n


def run(state: Path, sets: int) -> dict[tuple[str, float, int], Cell]:
    """Return all cells, simulating those that the state file does not hold."""
    cells: dict[tuple[str, float, int], Cell] = {}
    if state.is_file():
        for line in state.read_text(encoding="utf-8").splitlines():
            cell = Cell(**json.loads(line))
            if cell.sets == sets:
                cells[cell.key] = cell
    for truth, cv, n in wanted():
        if (truth.name, cv, n) in cells:
            continue
        cell = simulate(truth, cv, n, sets)
        cells[cell.key] = cell
        with state.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(cell)) + "\n")
        sys.stderr.write(f"{truth.name}, CV {cv:.0%}, n {n}: {cell.labels}\n")
    return cells


# ---------------------------------------------------------------- the page


def percent(value: float) -> str:
    """Return a share as a whole percentage with one decimal."""
    return f"{100 * value:.1f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def grid(
    cells: dict[tuple[str, float, int], Cell], truth: Truth, value: str, numbers: tuple[int, ...]
) -> list[list[str]]:
    """Return one row per CV with a value for each number of replicates."""
    rows = []
    for cv in CVS:
        found = [cells[truth.name, cv, n] for n in numbers if (truth.name, cv, n) in cells]
        if found:
            rows.append([f"{cv:.0%}", *(percent(measure(cell, truth, value)) for cell in found)])
    return rows


def measure(cell: Cell, truth: Truth, value: str) -> float:
    """Return one measure of a cell."""
    if value == "label":
        return cell.share([truth.label])
    if value == "covered":
        return cell.covered / cell.intervals
    return cell.wrong_direction if value == "wrong" else cell.flagged / cell.sets


def page(cells: dict[tuple[str, float, int], Cell], sets: int) -> str:
    """Return docs/simulations.md."""
    head = ["CV", *(f"n = {n}" for n in REPLICATES)]
    parts = [
        "# Does the flux analysis keep its promises?",
        f"Simulated LC3 studies, {sets} for each cell, analyzed by "
        "`blotflux.analysis.lc3_flux.analyze_lc3_flux`, the function that every study runs. "
        f"Levels of C0, C1, T0, T1 as given; log-normal lanes with the CV given, log-normal "
        f"membranes (SD {BLOCK_SD} of ln), a loading control without noise of its own, "
        f"{PARAMETERS.monte_carlo_draws} fiducial draws, seed {SEED} with the cell's name, CV "
        f"and n. All figures are percentages; one standard error of a percentage p is "
        f"100·sqrt(p(1-p)/{sets}), at most {percent(0.5 / np.sqrt(sets))}.",
        "Made by `python benchmarks/flux_simulations.py`.",
        "## Wrong direction where nothing happens",
        "Share of studies without any effect whose label claims one (the gates included).",
        table(head, grid(cells, TRUTHS[-1], "wrong", REPLICATES)),
        "## Coverage of the 95 % interval of the flux ratio",
        "Of the studies whose flux ratio is shown (gate G3 passed).",
    ]
    for truth in TRUTHS:
        parts += [
            f"{truth.name} (flux ratio {truth.flux_ratio:.3g}):",
            table(head, grid(cells, truth, "covered", REPLICATES)),
        ]
    parts.append("## The right label")
    for truth in TRUTHS:
        parts += [
            f"{truth.name} {truth.cells}, `{truth.label}`:",
            table(head, grid(cells, truth, "label", REPLICATES)),
        ]
    numbers = (3, 4, 6)
    parts += [
        "## Where lanes differ in noise",
        "No effect, and lanes with inhibitor three times as noisy as the others: share of wrong "
        "directions, then of studies that are flagged `MODEL_DEPENDENT` or `HETEROSCEDASTIC`. "
        "The model assumes equal spread. With so few replicates the flags see only a part of "
        "such studies: an inhibitor that makes lanes noisier is not to be trusted for a label.",
        table(
            ["CV", *(f"n = {n}, wrong" for n in numbers)], grid(cells, UNEQUAL, "wrong", numbers)
        ),
        table(
            ["CV", *(f"n = {n}, flagged" for n in numbers)],
            grid(cells, UNEQUAL, "flagged", numbers),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def power_data(cells: dict[tuple[str, float, int], Cell]) -> list[dict[str, object]]:
    """Return the share of right labels of every cell, for the report's methods paragraph."""
    return [
        {
            "truth": truth.name,
            "label": truth.label,
            "cv": cv,
            "n": n,
            "sets": cells[truth.name, cv, n].sets,
            "share": round(cells[truth.name, cv, n].share([truth.label]), 4),
        }
        for truth in TRUTHS
        for cv in CVS
        for n in REPLICATES
        if (truth.name, cv, n) in cells
    ]


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=1500, help="studies for each cell")
    parser.add_argument("--state", type=Path, default=ROOT / "flux_simulations.jsonl")
    parser.add_argument("-o", type=Path, default=ROOT / "docs" / "simulations.md")
    parser.add_argument(
        "--data", type=Path, default=ROOT / "src" / "blotflux" / "data" / "flux_power.json"
    )
    given = parser.parse_args()
    cells = run(given.state, given.sets)
    given.o.write_text(page(cells, given.sets), encoding="utf-8")
    rows = ",\n ".join(json.dumps(row) for row in power_data(cells))
    given.data.write_text(f"[\n {rows}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
