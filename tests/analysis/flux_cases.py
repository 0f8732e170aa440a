"""Studies as the analyses take them, built from tables of volumes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.analysis.lc3_flux import analyze_lc3_flux
from blotflux.analysis.records import LaneSample, LC3FluxPlan, TargetVolume
from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from blotflux.analysis.records import AnalysisResult, Comparison, FluxRow

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "vectors.json").read_text(encoding="utf-8")
)
PLAN = LC3FluxPlan(control="vehicle", loading="GAPDH", inhibitor_hours=4.0)
FAST = Parameters(monte_carlo_draws=20_000)

ARMS: dict[str, tuple[str, str]] = {
    "C0": ("vehicle", ""),
    "C1": ("vehicle", "BafA1"),
    "T0": ("T", ""),
    "T1": ("T", "BafA1"),
    **{
        f"{drug}{arm}": (drug, inhibitor)
        for drug in "AB"
        for arm, inhibitor in (("0", ""), ("1", "BafA1"))
    },
}
"""Treatment and inhibitor of each cell."""

Study = tuple[list[LaneSample], list[TargetVolume]]


def study(
    lc3: Sequence[Sequence[float | None]],
    loading: Sequence[Sequence[float | None]] | None = None,
    *,
    cells: Sequence[str] = ("C0", "C1", "T0", "T1"),
    saturated: Iterable[tuple[int, str]] = (),
    sheet: Mapping[str, Any] | None = None,
) -> Study:
    """Return one membrane per row with one lane per cell; None is a lane that was lost."""
    clipped = set(saturated)
    samples, volumes = [], []
    for row, values in enumerate(lc3):
        for place, (cell, value) in enumerate(zip(cells, values, strict=True)):
            treatment, inhibitor = ARMS[cell]
            lane = LaneSample(
                membrane=f"m{row + 1}",
                lane=place + 1,
                treatment=treatment,
                inhibitor=inhibitor,
                **{"replicate": f"r{row + 1}", **(sheet or {})},
            )
            samples.append(lane)
            control = 40_000.0 if loading is None else loading[row][place]
            volumes += lane_volumes(lane, value, control, saturated=(row, cell) in clipped)
    return samples, volumes


def lane_volumes(
    lane: LaneSample, lc3: float | None, loading: float | None, *, saturated: bool = False
) -> list[TargetVolume]:
    """Return the volumes of one lane; none where it was lost."""
    if lc3 is None or loading is None:
        return []
    place: dict[str, Any] = {"membrane": lane.membrane, "lane": lane.lane}
    return [
        TargetVolume(target="LC3-II", volume=float(lc3), saturated=saturated, **place),
        TargetVolume(target="GAPDH", volume=float(loading), **place),
    ]


def analyze(
    given: Study,
    parameters: Parameters = FAST,
    plan: LC3FluxPlan = PLAN,
    *,
    suggest_replicates: bool = False,
) -> AnalysisResult:
    """Return the one result of a study with one inhibitor; without planning, which takes time."""
    (result,) = analyze_lc3_flux(plan, *given, parameters, suggest_replicates=suggest_replicates)
    return result


def row_of(result: AnalysisResult, quantity: str, treatment: str = "T") -> Comparison:
    """Return one row of ``comparisons.csv``."""
    (row,) = [
        row for row in result.comparisons if row.quantity == quantity and row.treatment == treatment
    ]
    return row


def headline(result: AnalysisResult, treatment: str = "T") -> Comparison:
    """Return the row with the label."""
    return row_of(result, "flux_ratio", treatment)


def flux_of(result: AnalysisResult, treatment: str = "T", replicate: str = "") -> FluxRow:
    """Return one row of ``flux.csv``."""
    (row,) = [
        row for row in result.flux if row.treatment == treatment and row.replicate == replicate
    ]
    return row


def noisy_cells(
    means: Sequence[float], n: int, cv: float, seed: int, *, block_sd: float = 0.5
) -> np.ndarray:
    """Return log-normal values, shape (n, cells), with a common factor per block."""
    rng = np.random.default_rng(seed)
    sd = np.sqrt(np.log1p(cv**2))
    ln = np.log(means) + rng.normal(0, sd, (n, len(means))) + rng.normal(0, block_sd, (n, 1))
    return np.exp(ln) * 1e4


SINGLE = [name for name in VECTORS if name[0] == "F" and not name.startswith(("F13", "F14", "F19"))]
"""Worked cases of one treatment in a complete sheet."""


def vector_study(case: dict[str, Any]) -> Study:
    """Return the study of one case."""
    saturated = {
        (row, cell)
        for cell in case.get("saturated_cells", [])
        for row in range(len(case["LC3_II_adj_volume"]))
    } | {(row, cell) for row, cell in case.get("saturated_lanes", [])}
    return study(
        case["LC3_II_adj_volume"],
        case["GAPDH_adj_volume"],
        cells=case["cells"],
        saturated=saturated,
    )


class Builder:
    """A study built lane by lane; lanes of a membrane are numbered in order."""

    def __init__(self) -> None:
        self.samples: list[LaneSample] = []
        self.volumes: list[TargetVolume] = []

    def lane(
        self, membrane: str, lc3: float | None, loading: float = 40_000.0, **sheet: Any
    ) -> None:
        """Add a lane with LC3-II and GAPDH; `targets` adds others, `volume` changes LC3-II's."""
        targets: dict[str, float] = sheet.pop("targets", {})
        changes: dict[str, Any] = sheet.pop("volume", {})
        number = 1 + sum(sample.membrane == membrane for sample in self.samples)
        self.samples.append(LaneSample(membrane=membrane, lane=number, **sheet))
        place: dict[str, Any] = {"membrane": membrane, "lane": number}
        if lc3 is not None:
            self.volumes += [
                TargetVolume(**({"target": "LC3-II", "volume": lc3, **place} | changes)),
                TargetVolume(target="GAPDH", volume=loading, **place),
            ]
        self.volumes += [
            TargetVolume(target=name, volume=value, **place) for name, value in targets.items()
        ]

    @property
    def study(self) -> Study:
        """Return sheet and volumes."""
        return self.samples, self.volumes


def cell(name: str) -> dict[str, str]:
    """Return treatment and inhibitor of a cell, as the sheet has them."""
    treatment, inhibitor = ARMS[name]
    return {"treatment": treatment, "inhibitor": inhibitor}


def messages(result: AnalysisResult, code: str) -> list[str]:
    """Return the messages of findings with a code."""
    return [item.message for item in result.findings if item.code == code]
