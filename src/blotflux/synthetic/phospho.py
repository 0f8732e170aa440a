"""The sample study of phosphorylation: p-TrkA, p-Akt and p-ERK1/2, stripped and reprobed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import Polarity
from blotflux.synthetic.drawing import draw_blot
from blotflux.synthetic.gel import (
    AKT_ERK_GEL,
    LADDER_GEL,
    LADDER_NAME,
    Look,
    Slot,
    height_volume,
    membrane_scene,
)
from blotflux.synthetic.phospho_probes import GAPDH, MEMBRANES, Membrane, Probe
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

__all__ = ["draw_phospho_study"]

REPLICATES = 4
TREATMENTS = ("vehicle", "amitriptyline")
COLUMNS = (
    "membrane",
    "lane",
    "role",
    "treatment",
    "dose",
    "dose_unit",
    "time_h",
    "replicate",
    "sample",
)
TITLE = "TrkA, Akt and ERK1/2 phosphorylation, amitriptyline 500 nM 30 min (drawn)"
RESIDUAL = 0.025  # of the first signal that stripping left behind
SIGMA_PX = 4.2


PICTURES = ("phospho", "strip", "total", "gapdh")


def draw_phospho_study(seed: int = 1, *, lane_order_seed: int | None = None) -> DrawnStudy:
    """Return the sample study of phosphorylation.

    Vehicle or amitriptyline 500 nM for 30 min, 4 biological replicates side by side on each of
    three membranes (TrkA, Akt, ERK1/2). Every membrane was probed for the phosphorylated protein,
    stripped (with a picture that shows what was left), reprobed for the total protein, and then
    for GAPDH. It was put back into the imager slightly shifted and turned each time.

    Parameters
    ----------
    seed : int
        0 or more.
    lane_order_seed : int, optional
        Draws the order of the lanes; by default `seed` does.

    Returns
    -------
    DrawnStudy
    """
    rng = np.random.default_rng([seed, 47])
    order_seed = seed if lane_order_seed is None else lane_order_seed
    number = REPLICATES * len(TREATMENTS)
    blots: dict[str, SyntheticBlot] = {}
    sheet: list[dict[str, object]] = []
    volumes: dict[tuple[str, int, str], float] = {}
    for index, membrane in enumerate(MEMBRANES):
        lysates = draw_amounts(membrane, rng)
        order = order_of(number, order_seed, index)
        slots = [lysates[i] for i in order]
        sheet += sheet_rows(membrane.name, order)
        pictures = draw_pictures(membrane, slots, 1000 * seed + 10 * index, rng)
        for kind, blot in pictures.items():
            blots[f"{membrane.name}_{kind}.tif"] = blot
            if kind == "strip":
                continue
            volumes |= {
                (membrane.name, band.lane, band.name): band.volume
                for band in blot.truth.bands
                if band.row
            }
    return DrawnStudy(
        name="phospho",
        title=TITLE,
        blots=blots,
        study_toml=study_text(),
        lanes_csv=table_text(sheet),
        truth=StudyTruth(
            volumes=volumes,
            estimates={item.phospho: item.phospho_bands[0].fold for item in MEMBRANES},
            labels={f"phospho {item.phospho}": "INCREASED" for item in MEMBRANES},
        ),
    )


def draw_amounts(membrane: Membrane, rng: np.random.Generator) -> list[Slot]:
    """Return the lysates of a membrane: replicate by replicate, vehicle before drug.

    Phospho over total varies between replicates by 10 % (biology and assay), the total by 6 %,
    the load by 8 %.
    """
    shape = (REPLICATES, len(TREATMENTS))
    loading = centered(shape, 0.08, (0,), rng)
    total = centered(shape, 0.06, (0,), rng)
    gapdh = centered(shape, 0.03, (0,), rng)
    basal = np.exp(rng.normal(0, 0.12, REPLICATES))  # how active the cells of a replicate were
    ratio = centered(shape, 0.08, (0,), rng)
    small = np.exp(rng.normal(0, 0.03, (*shape, 2)))  # the two bands of a doublet differ a little
    slots = []
    for r in range(REPLICATES):
        for t, treatment in enumerate(TREATMENTS):
            amounts = {GAPDH.name: float(gapdh[r, t])}
            for j, band in enumerate(membrane.total_bands):
                amounts[band.name] = float(total[r, t] * small[r, 0, j])
            for j, band in enumerate(membrane.phospho_bands):
                fold = band.fold if treatment != "vehicle" else 1.0
                amounts[band.name] = float(
                    fold * basal[r] * ratio[r, t] * total[r, t] * small[r, 1, j]
                )
            slots.append(
                Slot(
                    sample=f"{membrane.name} {r + 1} {treatment}",
                    loading=float(loading[r, t]),
                    amounts=amounts,
                )
            )
    return slots


def rows_of(bands: tuple[Probe, ...], factor: float = 1.0) -> tuple[RowSpec, ...]:
    """Return the rows that an antibody shows, `factor` times as strong."""
    peak = Peak(sigma_px=SIGMA_PX * 0.9, form="skewed", strength=0.45)
    return tuple(
        RowSpec(
            name=band.name,
            y_px=AKT_ERK_GEL.y_of(band.kda),
            volume=factor * height_volume(band.height, peak),
            peak=peak,
            curvature_px=-0.7,
        )
        for band in bands
    )


def draw_pictures(
    membrane: Membrane, slots: list[Slot], seed: int, rng: np.random.Generator
) -> dict[str, SyntheticBlot]:
    """Return the pictures of one membrane in the order of probing."""
    geometry = Geometry(
        tilt_degrees=float(rng.uniform(-0.5, 0.5)),
        smile_px=float(rng.uniform(1, 5)),
        wave_px=float(rng.uniform(-1, 1)),
    )
    uneven_px = [float(value) for value in rng.normal(0, 1.5, len(slots))]
    rows = (
        rows_of(membrane.phospho_bands),
        rows_of(membrane.phospho_bands, RESIDUAL),
        rows_of(membrane.total_bands),
        rows_of((GAPDH,)),
    )
    blots = {}
    for step, kind in enumerate(PICTURES):
        look = Look(
            polarity=Polarity.DARK_ON_LIGHT,
            turn_degrees=float(rng.uniform(-1.0, 1.0)) if step else 0.0,
            shift_x_px=float(rng.uniform(-6, 6)) if step else 0.0,
            shift_y_px=float(rng.uniform(-6, 6)) if step else 0.0,
            ladder=5200.0 - 500 * step,
        )
        scene = membrane_scene(
            AKT_ERK_GEL, slots, rows[step], look, geometry=geometry, uneven_px=uneven_px
        )
        blots[kind] = draw_blot(scene, seed + step)
    return blots


def sheet_rows(membrane: str, order: list[int]) -> list[dict[str, object]]:
    """Return the lines of the sheet for one membrane."""
    rows: list[dict[str, object]] = [ladder_row(membrane, COLUMNS)]
    for slot, index in enumerate(order, start=2):
        replicate, treatment = divmod(index, len(TREATMENTS))
        drug = TREATMENTS[treatment] != "vehicle"
        rows.append(
            {
                "membrane": membrane,
                "lane": slot,
                "role": "sample",
                "treatment": TREATMENTS[treatment],
                "dose": 500 if drug else "",
                "dose_unit": "nM" if drug else "",
                "time_h": 0.5,
                "replicate": replicate + 1,
                "sample": f"rep{replicate + 1}-{TREATMENTS[treatment]}",
            }
        )
    return rows


def target_text(name: str, bands: tuple[Probe, ...]) -> str:
    """Return the ``targets`` of a picture; bands that nobody asked for are ``-``."""
    wanted = [band.name for band in bands]
    if name.endswith("1/2"):
        parts = ", ".join(f'"{part}"' for part in wanted)
        return f'[{{ name = "{name}", parts = [{parts}] }}]'
    return "[" + ", ".join(f'"{part}"' if part == name else '"-"' for part in wanted) + "]"


def study_text() -> str:
    """Return the text of the study file."""
    parts = [f'blotflux = 1\ntitle = "{TITLE}"\n\n[lanes]\nfile = "lanes.csv"\n']
    for item in MEMBRANES:
        pictures = (
            ("phospho", 1, f"targets = {target_text(item.phospho, item.phospho_bands)}"),
            ("strip", 1, f'strip_control_of = "{item.phospho}"'),
            ("total", 2, f"targets = {target_text(item.total, item.total_bands)}"),
            ("gapdh", 3, 'targets = ["GAPDH"]'),
        )
        for kind, probe, what in pictures:
            parts.append(
                f'\n[[images]]\nfile = "{item.name}_{kind}.tif"\nmembrane = "{item.name}"\n'
                f'{what}\nprobe = {probe}\nladder = "{LADDER_NAME}"\ngel = "{LADDER_GEL}"\n'
                'detection = "ecl"\n'
            )
    for item in MEMBRANES:
        parts.append(
            f'\n[[analyses]]\nkind = "phospho"\ntarget = "{item.phospho}"\n'
            f'total = "{item.total}"\ncontrol = "vehicle"\nloading = "GAPDH"\n'
        )
    return "".join(parts)
