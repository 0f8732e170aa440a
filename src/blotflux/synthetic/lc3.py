"""The sample study of LC3 turnover, in five scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import Polarity
from blotflux.synthetic.drawing import draw_blot
from blotflux.synthetic.gel import (
    LADDER_GEL,
    LADDER_NAME,
    LC3_GEL,
    Look,
    Slot,
    height_volume,
    membrane_scene,
)
from blotflux.synthetic.scenarios import LC3_SCENARIOS, LC3Scenario
from blotflux.synthetic.scene import Geometry, RowSpec
from blotflux.synthetic.shapes import Peak
from blotflux.synthetic.study import (
    DrawnStudy,
    StudyTruth,
    centered,
    ladder_row,
    order_of,
    table_text,
)

if TYPE_CHECKING:
    from blotflux.synthetic.truth import SyntheticBlot

__all__ = ["draw_lc3_study"]

REPLICATES = 4
TECHNICAL = 2
CELLS = (("vehicle", ""), ("vehicle", "BafA1"), ("amitriptyline", ""), ("amitriptyline", "BafA1"))
COLUMNS = (
    "membrane",
    "lane",
    "role",
    "treatment",
    "dose",
    "dose_unit",
    "time_h",
    "inhibitor",
    "inhibitor_dose",
    "inhibitor_h",
    "replicate",
    "technical",
    "sample",
)
TITLE = "LC3 turnover, SH-SY5Y, amitriptyline 10 uM 16 h, bafilomycin A1 100 nM last 4 h (drawn)"


LC3_ROWS = (
    RowSpec(
        name="LC3-I",
        y_px=LC3_GEL.y_of(18.0),
        volume=height_volume(5200, Peak(sigma_px=4.0)),
        peak=Peak(sigma_px=4.0, form="skewed", strength=-0.5),
        curvature_px=-0.8,
    ),
    RowSpec(
        name="LC3-II",
        y_px=LC3_GEL.y_of(16.0),
        volume=height_volume(5200, Peak(sigma_px=4.0)),
        peak=Peak(sigma_px=3.6, form="skewed", strength=0.5),
        curvature_px=-0.8,
    ),
)
GAPDH_ROW = RowSpec(
    name="GAPDH",
    y_px=LC3_GEL.y_of(37.0),
    volume=height_volume(21000, Peak(sigma_px=5.5)),
    peak=Peak(sigma_px=4.2, form="flat", strength=1.2),
    curvature_px=1.2,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LC3Lane:
    """One lane's lysate: cell of the design, technical repeat, load and amounts."""

    cell: int
    technical: int
    loading: float
    lc3_i: float
    lc3_ii: float
    gapdh: float


def draw_lc3_study(
    scenario: str = "induced", seed: int = 1, *, lane_order_seed: int | None = None
) -> DrawnStudy:
    """Return the sample study of LC3 turnover.

    SH-SY5Y cells, vehicle or amitriptyline 10 µM for 16 h, with or without bafilomycin A1 100 nM
    for the last 4 h; 4 biological replicates, one membrane each, two technical lanes per
    condition; one picture of LC3 and one of GAPDH per membrane.

    Parameters
    ----------
    scenario : str
        ``induced``, ``blocked``, ``partial``, ``reduced`` or ``unchanged``.
    seed : int
        0 or more.
    lane_order_seed : int, optional
        Draws the order of the lanes on each membrane; by default `seed` does. Another order moves
        the same lysates to other slots, in pictures and sheet together: volumes stay.

    Returns
    -------
    DrawnStudy

    Raises
    ------
    ValueError
        The scenario is unknown.
    """
    if scenario not in LC3_SCENARIOS:
        message = f"Unknown scenario {scenario!r}; choose one of {', '.join(LC3_SCENARIOS)}."
        raise ValueError(message)
    truth = LC3_SCENARIOS[scenario]
    rng = np.random.default_rng([seed, 31, list(LC3_SCENARIOS).index(scenario)])
    lysates = draw_lysates(truth, rng)
    order_seed = seed if lane_order_seed is None else lane_order_seed
    blots: dict[str, SyntheticBlot] = {}
    sheet: list[dict[str, object]] = []
    volumes: dict[tuple[str, int, str], float] = {}
    for number in range(1, REPLICATES + 1):
        order = order_of(len(CELLS) * TECHNICAL, order_seed, number)
        lanes = [lysates[number - 1][index] for index in order]
        pictures = draw_membrane(lanes, number, seed, rng)
        blots |= pictures
        sheet += sheet_rows(lanes, number)
        for blot in pictures.values():
            volumes |= {
                (f"rep{number}", band.lane, band.name): band.volume
                for band in blot.truth.bands
                if band.row
            }
    return DrawnStudy(
        name="lc3_turnover",
        title=TITLE,
        blots=blots,
        study_toml=study_text(),
        lanes_csv=table_text(sheet),
        truth=StudyTruth(
            volumes=volumes,
            estimates={
                "flux_ratio": truth.flux_ratio,
                "pool_ratio": truth.pool_ratio,
                "clearance_ratio": truth.flux_ratio / truth.pool_ratio,
            },
            labels={"lc3_flux LC3-II": truth.label},
        ),
    )


def draw_lysates(truth: LC3Scenario, rng: np.random.Generator) -> list[list[LC3Lane]]:
    """Return the lanes of each replicate; conditions in order, technical lanes together.

    LC3-II over GAPDH varies between replicates by 5 % (biology) and between lanes by 5 %
    (transfer, antibody); the load by 7 %.
    """
    shape = (REPLICATES, len(CELLS), TECHNICAL)
    biology = centered((REPLICATES, len(CELLS), 1), 0.05, (0,), rng)
    lane = centered(shape, 0.05, (0, 2), rng)
    loading = centered(shape, 0.07, (0, 2), rng)
    gapdh = centered(shape, 0.03, (0, 2), rng)
    first = centered(shape, 0.08, (0, 2), rng)
    block = np.exp(rng.normal(0, 0.15, REPLICATES))
    block = np.minimum(block, 1.25)  # keeps the strongest bands below the camera's ceiling
    return [
        [
            LC3Lane(
                cell=cell,
                technical=technical + 1,
                loading=float(loading[r, cell, technical]),
                gapdh=float(gapdh[r, cell, technical]),
                lc3_i=float(truth.lc3_i[cell] * block[r] * first[r, cell, technical]),
                lc3_ii=float(
                    truth.lc3_ii[cell]
                    * block[r]
                    * biology[r, cell, 0]
                    * lane[r, cell, technical]
                    * gapdh[r, cell, technical]
                ),
            )
            for cell in range(len(CELLS))
            for technical in range(TECHNICAL)
        ]
        for r in range(REPLICATES)
    ]


def draw_membrane(
    lanes: list[LC3Lane], number: int, seed: int, rng: np.random.Generator
) -> dict[str, SyntheticBlot]:
    """Return the two pictures of one membrane; GAPDH was taken after the membrane was moved."""
    geometry = Geometry(
        tilt_degrees=float(rng.uniform(-0.7, 0.7)),
        smile_px=float(rng.uniform(1, 5)),
        wave_px=float(rng.uniform(-1.2, 1.2)),
    )
    uneven_px = [float(value) for value in rng.normal(0, 1.5, len(lanes))]
    slots = [
        Slot(
            sample=f"rep{number} {lane.cell} {lane.technical}",
            loading=lane.loading,
            amounts={"LC3-I": lane.lc3_i, "LC3-II": lane.lc3_ii, "GAPDH": lane.gapdh},
        )
        for lane in lanes
    ]
    light = Polarity.LIGHT_ON_DARK
    moved = Look(
        polarity=light,
        turn_degrees=float(rng.uniform(-0.4, 0.4)),
        shift_x_px=float(rng.uniform(-5, 5)),
        shift_y_px=float(rng.uniform(-5, 5)),
        ladder=4500.0,
    )
    pictures = (
        ("lc3", LC3_ROWS, Look(polarity=light)),
        ("gapdh", (GAPDH_ROW,), moved),
    )
    return {
        f"rep{number}_{name}.tif": draw_blot(
            membrane_scene(LC3_GEL, slots, rows, look, geometry=geometry, uneven_px=uneven_px),
            seed=1000 * seed + 10 * number + index,
        )
        for index, (name, rows, look) in enumerate(pictures)
    }


def sheet_rows(lanes: list[LC3Lane], number: int) -> list[dict[str, object]]:
    """Return the lines of the sheet for one membrane."""
    membrane = f"rep{number}"
    rows: list[dict[str, object]] = [ladder_row(membrane, COLUMNS)]
    for slot, lane in enumerate(lanes, start=2):
        treatment, inhibitor = CELLS[lane.cell]
        drug = treatment != "vehicle"
        rows.append(
            {
                "membrane": membrane,
                "lane": slot,
                "role": "sample",
                "treatment": treatment,
                "dose": 10 if drug else "",
                "dose_unit": "uM" if drug else "",
                "time_h": 16,
                "inhibitor": inhibitor,
                "inhibitor_dose": "100 nM" if inhibitor else "",
                "inhibitor_h": 4 if inhibitor else "",
                "replicate": number,
                "technical": lane.technical,
                "sample": f"{membrane}-{lane.cell + 1}",
            }
        )
    return rows


def study_text() -> str:
    """Return the text of the study file."""
    parts = [f'blotflux = 1\ntitle = "{TITLE}"\n\n[lanes]\nfile = "lanes.csv"\n']
    for number in range(1, REPLICATES + 1):
        for name, targets in (("lc3", '["LC3-I", "LC3-II"]'), ("gapdh", '["GAPDH"]')):
            parts.append(
                f'\n[[images]]\nfile = "rep{number}_{name}.tif"\nmembrane = "rep{number}"\n'
                f'targets = {targets}\nladder = "{LADDER_NAME}"\ngel = "{LADDER_GEL}"\n'
                'detection = "ecl"\n'
            )
    parts.append(
        '\n[[analyses]]\nkind = "lc3_flux"\ntarget = "LC3-II"\nloading = "GAPDH"\n'
        'control = "vehicle"\ninhibitor_hours = 4.0\n'
    )
    return "".join(parts)
