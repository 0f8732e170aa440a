"""Studies of the worked vectors, analyzed: from tables of volumes to everything of the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from blotflux.analysis.records import LaneSample, LC3FluxPlan, PhosphoPlan, TargetVolume
from blotflux.analysis.run import analyze
from blotflux.parameters import Parameters
from blotflux.study.model import Study, StudyRun

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "vectors.json").read_text(encoding="utf-8")
)
FLUX = sorted(
    name
    for name, case in VECTORS.items()
    if "LC3_II_adj_volume" in case.get("input", {}) and name.startswith("F")
)
PARAMETERS = Parameters(monte_carlo_draws=20_000)


def flux_run(name: str) -> StudyRun:
    """Return the run of one of the worked flux cases."""
    given = VECTORS[name]["input"]
    cells = given.get("cells", ["C0", "C1", "T0", "T1"])
    clipped = {tuple(lane) for lane in given.get("saturated_lanes", [])}
    everywhere = set(given.get("saturated_cells", []))
    samples, volumes = [], []
    tables = {"LC3-II": given["LC3_II_adj_volume"], "GAPDH": given["GAPDH_adj_volume"]}
    rows = range(1, len(tables["GAPDH"]) + 1)
    membranes = given.get("membrane", [f"m{row}" for row in rows])
    replicates = given.get("replicate", [f"r{row}" for row in rows])
    for row, membrane in enumerate(membranes):
        for place, cell in enumerate(cells):
            treated = cell[0] != "C"
            sample = LaneSample(
                membrane=membrane,
                lane=1 + place + len(cells) * membranes[:row].count(membrane),
                treatment=f"drug {cell[0]}" if treated else "vehicle",
                inhibitor="BafA1" if cell[1] == "1" else "",
                replicate=str(replicates[row]),
                dose="10" if treated else "",
                dose_unit="uM" if treated else "",
            )
            samples.append(sample)
            for target, table in tables.items():
                value = table[row][place]
                if value is not None:
                    volumes.append(
                        TargetVolume(
                            membrane=sample.membrane,
                            lane=sample.lane,
                            target=target,
                            volume=float(value),
                            saturated=target == "LC3-II"
                            and (cell in everywhere or (row, cell) in clipped),
                        )
                    )
    plan = LC3FluxPlan(control="vehicle", loading="GAPDH", inhibitor_hours=4.0)
    return analyzed(name, (plan,), samples, volumes)


PROTEINS = (("pTrkA", "TrkA"), ("pAkt", "Akt"), ("pERKsum", "ERKsum"))


def phospho_run() -> StudyRun:
    """Return the run of the worked phospho cases: three targets on three membranes."""
    tables: dict[str, np.ndarray] = {}
    for phospho, total in PROTEINS:
        given = VECTORS[f"P_{phospho}_over_{total}"]["input"]
        for name, side in ((phospho, "numerator"), (total, "denominator")):
            tables[name] = sum(np.array(given["data"][part]) for part in given[side])
    samples = [
        LaneSample(
            membrane=f"m{row}", lane=lane, treatment=treatment, replicate=f"r{row}", time_h=0.5
        )
        for row in (1, 2, 3)
        for lane, treatment in enumerate(("vehicle", "amitriptyline"), 1)
    ]
    volumes = [
        TargetVolume(membrane=f"m{row}", lane=lane, target=target, volume=float(value))
        for target, table in tables.items()
        for row, values in enumerate(table, 1)
        for lane, value in enumerate(values, 1)
    ]
    plans = tuple(
        PhosphoPlan(target=phospho, total=total, control="vehicle") for phospho, total in PROTEINS
    )
    return analyzed("phospho", plans, samples, volumes)


def analyzed(
    title: str,
    plans: tuple[Any, ...],
    samples: list[LaneSample],
    volumes: list[TargetVolume],
) -> StudyRun:
    """Return the run of a study of volumes."""
    results = analyze(plans, samples, volumes, PARAMETERS)
    return StudyRun(
        study=Study(
            path=Path("study.toml"),
            title=title,
            sheet_name="lanes.csv",
            volumes_name="volumes.csv",
            analyses=plans,
            parameters=PARAMETERS,
            samples=tuple(samples),
            volumes=tuple(volumes),
            sheet_columns=("membrane", "lane", "treatment", "inhibitor", "replicate"),
        ),
        volumes=tuple(volumes),
        results=results,
        findings=tuple(finding for result in results for finding in result.findings),
    )
