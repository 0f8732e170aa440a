"""One study for each label, and the sentence that the program prints for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.analysis.records import ExpressionPlan, LaneSample, LC3FluxPlan, TargetVolume
from blotflux.analysis.run import analyze
from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.records import AnalysisPlan, Answer

VECTORS = Path(__file__).parent.parent / "tests" / "data" / "vectors.json"

HEAD = """\
This page is written by `docs/make.py`, from studies that the program analyzes while it is written.

The volumes are of lanes in the order vehicle, vehicle with BafA1, drug, drug with BafA1 (flux;
BafA1 for the last 4 h), or vehicle, drug (fold changes); a membrane in each line is one biological
replicate, except where it is said otherwise. "drug" stands for the treatment as the sheet names
it.
The caveats that stand beside each sentence in the report are left out here.
"""

FLUX_CASES = (
    ("INDUCED_FLUX", "F1_induction", ""),
    ("INDUCED_FLUX", "F12_induction_with_T1_saturated", "LC3-II saturated in drug with BafA1"),
    ("INDUCED_FLUX", "F17_small_rise_within_margin", "ten replicates, a small rise"),
    ("INDUCED_FLUX", "F28_row6_accelerated", "clearance faster too"),
    ("INDUCED_WITH_IMPAIRED_CLEARANCE", "F7_induced_with_impaired_clearance", ""),
    ("SLOWED_CLEARANCE_FLUX_MAINTAINED", "F6_slowed_clearance_flux_maintained", ""),
    ("LATE_BLOCK_COMPLETE", "F2_late_block_complete", ""),
    ("LATE_BLOCK_PARTIAL", "F3_late_block_partial", ""),
    (
        "CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED",
        "F10_clearance_impaired_net_unresolved",
        "",
    ),
    ("FLUX_REDUCED_MIXED", "F26_row7_mixed", ""),
    ("REDUCED_SYNTHESIS", "F4_reduced_synthesis", ""),
    (
        "FLUX_REDUCED_STAGE_UNRESOLVED",
        "F20_reduced_synthesis_C1_saturated",
        "LC3-II saturated in vehicle with BafA1",
    ),
    ("NO_CHANGE", "F5_no_change", ""),
    ("FASTER_CLEARANCE_POOL_SHRUNK", "F27_row11_faster_clearance", ""),
    ("INCONCLUSIVE_PRECISION", "F8_underpowered", ""),
    ("INCONCLUSIVE_PRECISION", "F32_row12_clearance_reduced", ""),
    ("INCONCLUSIVE_DESIGN", "F13_missing_vehicle_inhibitor_arm", "no vehicle with BafA1"),
    ("DESCRIPTIVE_ONLY", "F14_one_biorep_three_technical", "three lanes of one replicate"),
    ("PROVISIONAL_N2", "F15_n2", ""),
    (
        "INCONCLUSIVE_SIGNAL",
        "F11_block_but_T1_saturated",
        "LC3-II saturated in drug with BafA1",
    ),
    ("INCONCLUSIVE_INHIBITOR", "F9_inhibitor_failed", ""),
    ("INHIBITOR_LOWERS_LC3II_IN_TREATED", "F16_inhibitor_lowers_in_treated", ""),
)

ARMS = {
    "C0": ("vehicle", ""),
    "C1": ("vehicle", "BafA1"),
    "T0": ("drug", ""),
    "T1": ("drug", "BafA1"),
}


@dataclass(frozen=True, kw_only=True)
class FoldCase:
    """Target volumes of vehicle and drug over an even loading control.

    A replicate in `clipped` is saturated in the drug's lane.
    """

    label: str
    rows: tuple[tuple[float, ...], ...]
    note: str = ""
    clipped: tuple[int, ...] = ()


FOLD_CASES = (
    FoldCase(label="INCREASED", rows=((1000, 2050), (850, 1650), (1200, 2500))),
    FoldCase(label="DECREASED", rows=((1000, 480), (850, 430), (1200, 600))),
    FoldCase(label="NO_CHANGE", rows=((1000, 1040), (850, 830), (1200, 1230), (950, 990))),
    FoldCase(label="INCONCLUSIVE_PRECISION", rows=((1000, 1500), (850, 700), (1200, 2100))),
    FoldCase(
        label="INCONCLUSIVE_SIGNAL",
        rows=((1000, 2050), (850, 1650), (1200, 2500)),
        note="saturated in one lane",
        clipped=(1,),
    ),
    FoldCase(label="INCONCLUSIVE_DESIGN", rows=((2050,), (1650,), (2500,)), note="no vehicle"),
    FoldCase(label="DESCRIPTIVE_ONLY", rows=((1000, 2050),)),
    FoldCase(label="PROVISIONAL_N2", rows=((1000, 2050), (850, 1650))),
)


def sentences_page() -> str:
    """Return the page."""
    parts = ["# What the program says, label by label\n", HEAD, "## LC3 flux\n"]
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    parts += [flux_section(label, note, vectors[name]["input"]) for label, name, note in FLUX_CASES]
    parts.append("## Fold changes (phospho, expression)\n")
    parts += [fold_section(case) for case in FOLD_CASES]
    return "\n".join(parts)


def section(label: str, note: str, lines: Sequence[str], answer: Answer) -> str:
    """Return one study with its sentence."""
    if answer.label != label:
        message = f"{label} was expected and {answer.label} came out: {answer.text}"
        raise ValueError(message)
    data = "\n".join(f"    {line}" for line in lines)
    title = f"### {label}" + (f" ({note})" if note else "")
    return f"{title}\n\n{data}\n\n> {answer.text}\n"


def flux_section(label: str, note: str, given: dict[str, Any]) -> str:
    """Return the section of one worked case."""
    replicates = given.get("replicate") or [
        f"r{i + 1}" for i in range(len(given["LC3_II_adj_volume"]))
    ]
    one = not isinstance(replicates, list)
    samples, volumes = [], []
    tables = zip(given["LC3_II_adj_volume"], given["GAPDH_adj_volume"], strict=True)
    for row, (lc3, loading) in enumerate(tables):
        for place, cell in enumerate(given["cells"]):
            if lc3[place] is None:
                continue
            treatment, inhibitor = ARMS[cell]
            key: dict[str, Any] = {
                "membrane": "m1" if one else f"m{row + 1}",
                "lane": (len(given["cells"]) * row if one else 0) + place + 1,
            }
            samples.append(
                LaneSample(
                    treatment=treatment,
                    inhibitor=inhibitor,
                    replicate=str(replicates) if one else str(replicates[row]),
                    **key,
                )
            )
            clipped = cell in given["saturated_cells"]
            volumes.append(
                TargetVolume(target="LC3-II", volume=lc3[place], saturated=clipped, **key)
            )
            volumes.append(TargetVolume(target="GAPDH", volume=loading[place], **key))
    plan = LC3FluxPlan(control="vehicle", loading="GAPDH", inhibitor_hours=4.0)
    lines = [f"LC3-II {a}   GAPDH {b}" for a, b in zip(*tables_of(given), strict=True)]
    return section(label, note, lines, answer_of(plan, samples, volumes))


def tables_of(given: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return both tables, a membrane a line."""
    names = ("LC3_II_adj_volume", "GAPDH_adj_volume")
    first, second = (
        [" ".join("-" if v is None else f"{v:.0f}" for v in row) for row in given[name]]
        for name in names
    )
    return first, second


def fold_section(case: FoldCase) -> str:
    """Return the section of one fold change."""
    samples, volumes = [], []
    for row, values in enumerate(case.rows):
        treatments = ("vehicle", "drug")[-len(values) :]
        for place, (treatment, value) in enumerate(zip(treatments, values, strict=True)):
            key: dict[str, Any] = {"membrane": f"m{row + 1}", "lane": place + 1}
            samples.append(LaneSample(treatment=treatment, replicate=f"r{row + 1}", **key))
            clipped = row in case.clipped and treatment == "drug"
            volumes.append(TargetVolume(target="p62", volume=value, saturated=clipped, **key))
            volumes.append(TargetVolume(target="GAPDH", volume=5000.0, **key))
    plan = ExpressionPlan(control="vehicle", target="p62", loading="GAPDH")
    lines = ["p62 " + " ".join(f"{value:g}" for value in row) for row in case.rows]
    return section(case.label, case.note, lines, answer_of(plan, samples, volumes))


def answer_of(
    plan: AnalysisPlan, samples: Sequence[LaneSample], volumes: Sequence[TargetVolume]
) -> Answer:
    """Return the one answer of a study."""
    (result,) = analyze([plan], samples, volumes, Parameters())
    (answer,) = result.answers
    return answer
