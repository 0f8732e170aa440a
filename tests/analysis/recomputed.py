"""The method computed once more, from its formulas alone: numpy and scipy, nothing of blotflux.

Studies are drawn as tables, written as a person would write them, and run through the public
face; what comes back is held against the functions below.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import integrate, optimize, stats

import blotflux as bf

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass
class Sheet:
    """Lanes and volumes of a study, and the way through the program."""

    lanes: list[dict[str, Any]] = field(default_factory=list)
    volumes: list[dict[str, Any]] = field(default_factory=list)

    def lane(self, membrane: str, targets: dict[str, float], **columns: object) -> None:
        """Add one lane with a volume for each target."""
        number = 1 + sum(lane["membrane"] == membrane for lane in self.lanes)
        self.lanes.append({"membrane": membrane, "lane": number, **columns})
        self.volumes += [
            {"membrane": membrane, "lane": number, "target": name, "volume": repr(float(value))}
            for name, value in targets.items()
        ]

    def run(self, folder: Path, *analyses: str) -> bf.api.StudyAnswer:
        """Return the answer of the program."""
        write(folder / "lanes.csv", self.lanes)
        write(folder / "volumes.csv", self.volumes)
        head = 'blotflux = 1\ntitle = "t"\n[lanes]\nfile = "lanes.csv"\n'
        entries = "".join(f"[[analyses]]\n{text}\n" for text in analyses)
        text = f'{head}[volumes]\nfile = "volumes.csv"\n{entries}'
        (folder / "study.toml").write_text(text, encoding="utf-8")
        return bf.read_study(folder / "study.toml").run()


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a table with every column that some row has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(rows)


def row_of(table: pd.DataFrame, **where: object) -> pd.Series:
    """Return the one row of a table with some values."""
    chosen = table
    for name, value in where.items():
        chosen = chosen[chosen[name] == value]
    assert len(chosen) == 1, chosen
    return chosen.iloc[0]


# ---------------------------------------------------------------- models


@dataclass
class Model:
    """Least squares of ln values on cells and blocks, by dummy columns."""

    cells: list[str]
    means: np.ndarray
    inverse: np.ndarray
    s: float
    df: int

    def contrast(self, weights: dict[str, float]) -> tuple[float, float]:
        """Return a contrast of cell means and its standard error."""
        vector = np.array([weights.get(cell, 0.0) for cell in self.cells])
        return float(vector @ self.means), self.s * float(np.sqrt(vector @ self.inverse @ vector))


def least_squares(rows: list[tuple[str, str, float]], *, blocked: bool = True) -> Model:
    """Return the model of rows (cell, block, ln value), blocks coded to add up to zero."""
    cells = sorted({cell for cell, _, _ in rows})
    blocks = sorted({block for _, block, _ in rows}) if blocked else ["all"]
    design = np.zeros((len(rows), len(cells) + len(blocks) - 1))
    for i, (cell, block, _) in enumerate(rows):
        design[i, cells.index(cell)] = 1
        if len(blocks) > 1:
            place = blocks.index(block)
            if place == len(blocks) - 1:
                design[i, len(cells) :] = -1
            else:
                design[i, len(cells) + place] = 1
    y = np.array([value for _, _, value in rows])
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    rest = y - design @ beta
    df = len(rows) - design.shape[1]
    k = len(cells)
    return Model(cells, beta[:k], inverse[:k, :k], float(np.sqrt(rest @ rest / df)), df)


def t_answer(estimate: float, se: float, df: float, level: float = 0.95) -> dict[str, float]:
    """Return what a t test gives, as a fold change."""
    half, narrow = (stats.t.ppf(0.5 + x / 2, df) * se for x in (level, 2 * level - 1))
    return {
        "estimate": float(np.exp(estimate)),
        "ci_low": float(np.exp(estimate - half)),
        "ci_high": float(np.exp(estimate + half)),
        "ci90_low": float(np.exp(estimate - narrow)),
        "ci90_high": float(np.exp(estimate + narrow)),
        "df": float(df),
        "p_value": float(2 * stats.t.sf(abs(estimate / se), df)),
    }


def welch(treated: np.ndarray, control: np.ndarray) -> dict[str, float]:
    """Return Welch's test of ln values."""
    a, b = treated.var(ddof=1) / len(treated), control.var(ddof=1) / len(control)
    df = (a + b) ** 2 / (a**2 / (len(treated) - 1) + b**2 / (len(control) - 1))
    return t_answer(treated.mean() - control.mean(), np.sqrt(a + b), df)


def dunnett_coverage(limit: float, k: int, df: int) -> float:
    """Return P(all of k equicorrelated (0.5) |t| within a limit), by two plain grids."""

    z = np.linspace(-9, 9, 601)
    weight = stats.norm.pdf(z) * (z[1] - z[0])
    scale = np.sqrt(df)
    u = np.linspace(0, stats.chi.ppf(1 - 1e-13, df) / scale, 2001)
    root = np.sqrt(0.5)
    upper = stats.norm.cdf((limit * u[:, None] - root * z) / root)
    lower = stats.norm.cdf((-limit * u[:, None] - root * z) / root)
    given = (upper - lower) ** k @ weight
    return float(integrate.simpson(given * stats.chi.pdf(u * scale, df) * scale, x=u))


def dunnett_critical(level: float, k: int, df: int) -> float:
    """Return the half width of a simultaneous interval in standard errors."""
    return float(optimize.brentq(lambda c: dunnett_coverage(c, k, df) - level, 1.5, 12, xtol=1e-8))


def holm(p_values: list[float]) -> list[float]:
    """Return Holm's adjusted p values by their definition."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


# ---------------------------------------------------------------- normalization


def normalized(target: np.ndarray, controls: list[np.ndarray]) -> np.ndarray:
    """Return the lanes of one membrane over the geometric mean of the controls' factors."""
    factors = [control / np.exp(np.log(control).mean()) for control in controls]
    joined = np.exp(np.mean([np.log(factor) for factor in factors], axis=0))
    return target / joined


# ---------------------------------------------------------------- LC3 flux

ARMS = ("C0", "C1", "T0", "T1")


def flux(model: Model, arms: tuple[str, str, str, str], *, alpha: float = 0.05) -> dict[str, Any]:
    """Return phi, kappa, dD by fiducial draws from the model's cells, and the log contrasts."""
    places = [model.cells.index(arm) for arm in arms]
    means = model.means[places]
    generator = np.random.Generator(np.random.PCG64(12345))
    sigma = model.s * np.sqrt(model.df / generator.chisquare(model.df, 200_000))
    z = generator.standard_normal((200_000, 4))
    root = np.linalg.cholesky(model.inverse[np.ix_(places, places)])
    c0, c1, t0, t1 = np.exp(means - means[0] + (z @ root.T) * sigma[:, None]).T
    draws = {
        "flux_ratio": (t1 - t0) / (c1 - c0),
        "clearance_ratio": (t1 / t0 - 1) / (c1 / c0 - 1),
        "difference_of_differences": ((t1 - t0) - (c1 - c0)) / np.median(c0),
    }
    x = np.exp(means - means[0])
    points = {
        "flux_ratio": (x[3] - x[2]) / (x[1] - x[0]),
        "clearance_ratio": (x[3] / x[2] - 1) / (x[1] / x[0] - 1),
        "difference_of_differences": (x[3] - x[2]) - (x[1] - x[0]),
    }
    found: dict[str, Any] = {}
    for name, values in draws.items():
        ends = 100 * np.array([alpha / 2, 1 - alpha / 2, alpha, 1 - alpha])
        low, high, low90, high90 = np.percentile(values, ends)
        no_change = 0.0 if name == "difference_of_differences" else 1.0
        tail = min(np.mean(values < no_change), np.mean(values > no_change))
        found[name] = {
            "estimate": points[name],
            "ci_low": low,
            "ci_high": high,
            "ci90_low": low90,
            "ci90_high": high90,
            "p_value": max(2 * tail, 1 / 200_000),
        }
    for name, (up, down) in {
        "pool_ratio": (2, 0),
        "inhibited_ratio": (3, 1),
        "inhibitor_effect_control": (1, 0),
        "inhibitor_effect_treated": (3, 2),
    }.items():
        contrast = model.contrast({arms[up]: 1.0, arms[down]: -1.0})
        found[name] = t_answer(*contrast, model.df, 1 - alpha)
    found["states"] = {
        name: state(found[name]) for name in ("flux_ratio", "clearance_ratio", "pool_ratio")
    } | {"inhibited_ratio": state(found["inhibited_ratio"])}
    gate = model.contrast({arms[1]: 1.0, arms[0]: -1.0})
    found["gate"] = gate[0] - stats.t.ppf(1 - alpha / 10, model.df) * gate[1] > 0
    return found


def state(answer: dict[str, float], margin: float = 1.5) -> str:
    """Return UP, DOWN, EQ or UNK of a ratio."""
    if answer["ci_low"] > 1:
        return "UP"
    if answer["ci_high"] < 1:
        return "DOWN"
    inside = 1 / margin < answer["ci90_low"] and answer["ci90_high"] < margin
    return "EQ" if inside else "UNK"


def flux_label(found: dict[str, Any]) -> str:
    """Return the label of complete, unsaturated, quantified cells."""
    states = found["states"]
    k, p = states["clearance_ratio"], states["pool_ratio"]
    f, e = states["flux_ratio"], states["inhibited_ratio"]
    lost = found["clearance_ratio"]["ci90_high"] < 0.25
    below = found["flux_ratio"]["ci90_high"] < 1
    late, less = k == "DOWN" and p == "UP", p == "DOWN" or (e == "DOWN" and p != "UP")
    rows = [
        (not found["gate"], "INCONCLUSIVE_INHIBITOR"),
        (found["inhibitor_effect_treated"]["ci_high"] < 1, "INHIBITOR_LOWERS_LC3II_IN_TREATED"),
        (late and f == "UP", "INDUCED_WITH_IMPAIRED_CLEARANCE"),
        (late and f == "EQ", "SLOWED_CLEARANCE_FLUX_MAINTAINED"),
        (late and lost and below, "LATE_BLOCK_COMPLETE"),
        (late and f == "DOWN" and not lost, "LATE_BLOCK_PARTIAL"),
        (late and f == "UNK", "CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED"),
        (f == "UP", "INDUCED_FLUX"),
        (k == "DOWN" and p != "UP" and f == "DOWN", "FLUX_REDUCED_MIXED"),
        (k != "DOWN" and f == "DOWN" and less, "REDUCED_SYNTHESIS"),
        (k != "DOWN" and f == "DOWN", "FLUX_REDUCED_STAGE_UNRESOLVED"),
        (k in ("EQ", "UNK") and p == f == "EQ", "NO_CHANGE"),
        (k == "UP" and p == "DOWN" and f in ("EQ", "UNK"), "FASTER_CLEARANCE_POOL_SHRUNK"),
    ]
    return next((label for holds, label in rows if holds), "INCONCLUSIVE_PRECISION")
