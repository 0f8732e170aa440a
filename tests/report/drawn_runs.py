"""Runs made by hand: small drawn blots and the numbers of a worked LC3 flux example.

They let every part of the report be looked at without measuring or analyzing anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from blotflux.analysis.records import (
    AnalysisResult,
    Answer,
    Comparison,
    FluxRow,
    LaneSample,
    LC3FluxPlan,
    NormalizedValue,
    ReplicateValue,
    TargetVolume,
)
from blotflux.blot import Band, Blot, Box, ImageSource, Lane, LaneRole, Placement, Polarity
from blotflux.findings import Finding, Severity
from blotflux.measure.result import Measurement, Noise
from blotflux.parameters import Parameters
from blotflux.study.model import Failure, MeasuredImage, Study, StudyRun
from blotflux.study.schema import ImageSpec, TargetSpec

# LC3-II and GAPDH of vehicle, vehicle + BafA1, drug, drug + BafA1, one line per membrane.
LC3_II = (
    (10577, 38291, 23139, 58480),
    (7773, 20034, 14472, 48473),
    (7263, 14444, 15845, 41363),
)
GAPDH = (
    (38797, 43475, 41912, 35606),
    (35922, 33553, 39590, 37465),
    (45727, 32691, 51585, 42084),
)
CELLS = (("vehicle", ""), ("vehicle", "BafA1"), ("amitriptyline", ""), ("amitriptyline", "BafA1"))
MEMBRANES = ("rep1", "rep2", "rep3")
NAME = "lc3_flux LC3-II"
SHEET = (
    *("membrane", "lane", "treatment", "inhibitor", "replicate", "role", "dose", "dose_unit"),
    *("exclude", "passage"),
)


@dataclass(frozen=True, kw_only=True)
class Strip:
    """What to draw: volumes by row and lane, and where."""

    rows: tuple[tuple[float, ...], ...]
    y_px: tuple[float, ...]
    shape: tuple[int, int] = (120, 420)
    ceiling: float = float("inf")


def draw_blot(strip: Strip, *, name: str, seed: int = 1) -> Blot:
    """Return a blot with one Gaussian band per row and lane on a noisy background."""
    rows, columns = strip.shape
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    rng = np.random.default_rng(seed)
    signal = 200 + 0.05 * x + rng.normal(0, 3, strip.shape)
    for center_y, volumes in zip(strip.y_px, strip.rows, strict=True):
        for lane, volume in enumerate(volumes, 1):
            across = np.exp(-0.5 * ((x - lane_x(lane)) / 17) ** 6)
            along = np.exp(-0.5 * ((y - center_y - 0.01 * x) / 3.2) ** 2)
            band = across * along
            signal += volume * band / band.sum()
    saturated = signal >= strip.ceiling
    return Blot(
        signal=np.minimum(signal, strip.ceiling).astype(np.float32),
        saturated=saturated,
        invalid=np.zeros(strip.shape, bool),
        source=ImageSource(name=name, sha256="ab" * 32, format="tiff", dtype="uint16"),
        placement=Placement(file_shape=strip.shape, region=(0, 0, columns, rows)),
        polarity=Polarity.DARK_ON_LIGHT,
        polarity_confidence=0.99,
    )


def lane_x(lane: int) -> float:
    """Return the center of a lane."""
    return 45.0 + 65.0 * (lane - 1)


def measure_drawn(strip: Strip, blot: Blot) -> Measurement:
    """Return the measurement of a drawn blot, taken from what was drawn; lane 1 is a ladder."""
    rows, columns = strip.shape
    lanes = tuple(
        Lane(
            number=number,
            track_y_px=(0.0, rows - 1.0),
            track_x_px=(lane_x(number) - 2, lane_x(number) + 2),
            width_px=48.0,
            role=LaneRole.LADDER if number == 1 else LaneRole.SAMPLE,
            confidence=0.42 if number == 6 else 0.98,
            flags=("LOW_CONFIDENCE",) if number == 6 else (),
        )
        for number in range(1, 7)
    )
    bands = tuple(
        _drawn_band(blot, lane, row, y, volume)
        for lane in range(1, 6)
        for row, (y, volumes) in enumerate(zip(strip.y_px, strip.rows, strict=True), 1)
        for volume in (volumes[lane - 1],)
        if lane > 1
    )
    background = np.broadcast_to(200 + 0.05 * np.arange(columns), strip.shape)
    return Measurement(
        blot=blot,
        lanes=lanes,
        bands=bands,
        noise=Noise(sigma=3.0),
        background=background.astype(np.float32),
    )


def _drawn_band(blot: Blot, lane: int, row: int, y: float, volume: float) -> Band:
    x = lane_x(lane)
    y_px = y + 0.01 * x
    box = Box(left=int(x) - 24, top=int(y_px) - 9, right=int(x) + 25, bottom=int(y_px) + 10)
    cut = np.s_[box.top : box.bottom, box.left : box.right]
    saturated = int(blot.saturated[cut].sum())
    detected = volume > 1000
    return Band(
        lane=lane,
        row=row,
        x_px=x,
        y_px=y_px,
        box=box,
        total=float(blot.signal[cut].sum(dtype=np.float64)),
        background=210.0 * box.area_px,
        volume=float(volume) if detected else -35.25,
        volume_se=410.5,
        snr=volume / 900.0,
        saturated_px=saturated,
        saturated_fraction=saturated / 200,
        detected=detected,
        flags=(("SATURATED",) if saturated else ()) + (() if detected else ("BELOW_DETECTION",)),
    )


def order_of(membrane: int) -> tuple[int, ...]:
    """Return which cell each of the lanes 2 to 5 of a membrane holds."""
    return ((0, 1, 2, 3), (2, 0, 3, 1), (3, 1, 0, 2))[membrane]


def draw_images(*, ceiling: float = float("inf")) -> tuple[MeasuredImage, ...]:
    """Return the six pictures of the study, measured."""
    images = []
    for index, membrane in enumerate(MEMBRANES):
        order = order_of(index)
        lc3 = Strip(
            rows=(
                (60000.0, *(9000.0 + 1500 * cell for cell in order)),
                (0.0, *(float(LC3_II[index][cell]) for cell in order)),
            ),
            y_px=(42.0, 74.0),
            ceiling=ceiling,
        )
        gapdh = Strip(rows=((0.0, *(float(GAPDH[index][cell]) for cell in order)),), y_px=(55.0,))
        for kind, strip, names in (
            ("lc3", lc3, ("LC3-I", "LC3-II")),
            ("gapdh", gapdh, ("GAPDH",)),
        ):
            name = f"{membrane}_{kind}.tif"
            blot = draw_blot(strip, name=name, seed=10 * index + len(names))
            images.append(
                MeasuredImage(
                    spec=ImageSpec(
                        file=name,
                        membrane=membrane,
                        targets=tuple(TargetSpec(name=target) for target in names),
                    ),
                    measurement=measure_drawn(strip, blot),
                    targets={(1, row): target for row, target in enumerate(names, 1)},
                    analyzed=frozenset(names),
                    findings=_findings_of(name, membrane),
                    seconds=0.05,
                )
            )
    return tuple(images)


def _findings_of(name: str, membrane: str) -> tuple[Finding, ...]:
    if name != "rep2_lc3.tif":
        return ()
    return (
        Finding(
            severity=Severity.WARN,
            code="D-SNR",
            message="snr 8.1 is below 10 (project default)",
            image=name,
            membrane=membrane,
            panel=1,
            lane=3,
            target="LC3-II",
            value=8.1,
            threshold=10.0,
        ),
    )


def samples() -> tuple[LaneSample, ...]:
    """Return the sheet: a ladder, four lanes in another order on each membrane, one left out."""
    lines = []
    for index, membrane in enumerate(MEMBRANES):
        lines.append(LaneSample(membrane=membrane, lane=1, role="ladder"))
        for lane, cell in enumerate(order_of(index), 2):
            treatment, inhibitor = CELLS[cell]
            lines.append(
                LaneSample(
                    membrane=membrane,
                    lane=lane,
                    treatment=treatment,
                    inhibitor=inhibitor,
                    replicate=f"n{index + 1}",
                    dose="10" if treatment != "vehicle" else "",
                    dose_unit="uM" if treatment != "vehicle" else "",
                    extra={"passage": str(12 + index)},
                )
            )
    lines.append(
        LaneSample(
            membrane="rep1", lane=6, treatment="rapamycin", replicate="n1", exclude="bubble in lane"
        )
    )
    return tuple(sorted(lines, key=lambda line: (line.membrane, line.lane)))


def _row(quantity: str, estimate: float, low: float, high: float, **more: object) -> Comparison:
    base = Comparison(
        analysis=NAME,
        kind="lc3_flux",
        quantity=quantity,
        treatment="amitriptyline",
        control="vehicle",
        dose="10",
        inhibitor="BafA1",
        n=3,
        n_technical=12,
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        ci_level=0.95,
        df=6.0,
        margin=1.5,
        model="ln_y ~ 0 + C(cell) + C(block, Sum)",
        method="pooled_lognormal, 200000 draws",
    )
    return replace(base, **more)  # type: ignore[arg-type]


COMPARISONS = (
    _row(
        *("flux_ratio", 2.1846, 1.830, 2.609),
        ci90_low=1.893,
        ci90_high=2.523,
        p_value=5e-5,
        p_adjusted=5e-5,
        label="INDUCED_FLUX",
        flags=("STEADY_STATE_ASSUMED", "LYSOSOMOTROPIC_DRUG", "INHIBITOR_SATURATION_NOT_SHOWN"),
    ),
    _row("clearance_ratio", 1.1637, 0.918, 1.479, ci90_low=0.962, ci90_high=1.411),
    _row("pool_ratio", 1.8773, 1.677, 2.102, ci90_low=1.714, ci90_high=2.056),
    _row("inhibited_ratio", 2.0792, 1.857, 2.328),
    _row("difference_of_differences", 2.2699, 1.717, 2.845),
    _row("turnover_interaction", 1.1076, 0.943, 1.301, p_value=0.168),
)

ANSWER = Answer(
    analysis=NAME,
    treatment="amitriptyline",
    dose="10",
    inhibitor="BafA1",
    label="INDUCED_FLUX",
    text=(
        "amitriptyline 10: LC3-II flux is 2.18 times that of vehicle (95 % CI 1.83 to 2.61, n = 3 "
        "biological replicates). Formation and degradation are both up."
    ),
    caveats=(
        "Rates and transition times assume a steady state before the inhibitor.",
        "The drug accumulates in lysosomes, which perturbs LC3 by itself.",
        "No second inhibitor dose shows that more adds nothing.",
    ),
    headline=COMPARISONS[0],
)


def normalized(index: int, cell: int) -> tuple[float, float]:
    """Return the normalization factor and normalized LC3-II of one lane."""
    factor = GAPDH[index][cell] / float(np.exp(np.mean(np.log(GAPDH[index]))))
    return factor, LC3_II[index][cell] / factor


def result() -> AnalysisResult:
    """Return the worked example as an analysis' result."""
    values, replicates, flux = [], [], []
    for index, membrane in enumerate(MEMBRANES):
        cells = [normalized(index, cell)[1] for cell in range(4)]
        for lane, cell in enumerate(order_of(index), 2):
            factor, value = normalized(index, cell)
            values.append(
                NormalizedValue(
                    analysis=NAME,
                    membrane=membrane,
                    lane=lane,
                    target="LC3-II",
                    volume=float(LC3_II[index][cell]),
                    volume_se=410.5,
                    normalization_factor=factor,
                    normalized=value,
                    normalized_se=410.5 / factor,
                    used=True,
                )
            )
            replicates.append(_replicate(index, cell, value, cells[0 if cell % 2 == 0 else 1]))
        for first, treatment in ((0, "vehicle"), (2, "amitriptyline")):
            basal, inhibited = (cells[first + k] / cells[0] for k in (0, 1))
            flux.append(
                FluxRow(
                    analysis=NAME,
                    replicate=f"n{index + 1}",
                    treatment=treatment,
                    dose="" if first == 0 else "10",
                    inhibitor="BafA1",
                    inhibitor_h=4.0,
                    basal=basal,
                    inhibited=inhibited,
                    difference=inhibited - basal,
                    rate_per_h=(inhibited - basal) / 4,
                    ratio=inhibited / basal,
                    transition_time_h=4 / (inhibited / basal - 1),
                )
            )
    flux.append(_flux_of_all("vehicle", "", (1.0, 2.9161, 1.9161)))
    flux.append(_flux_of_all("amitriptyline", "10", (1.8773, 6.0633, 4.186)))
    return AnalysisResult(
        plan=LC3FluxPlan(control="vehicle", loading="GAPDH", inhibitor_hours=4.0),
        name=NAME,
        normalized=tuple(values),
        replicates=tuple(replicates),
        flux=tuple(flux),
        comparisons=COMPARISONS,
        answers=(ANSWER,),
        findings=(
            Finding(
                severity=Severity.WARN,
                code="D-LIN",
                message="No dilution series: linearity is unproven",
                analysis=NAME,
            ),
            Finding(
                severity=Severity.WARN,
                code="D-N",
                message="3 biological replicates; 4 or more are advised (project default)",
                analysis=NAME,
                value=3.0,
                threshold=4.0,
                used_in_label=True,
            ),
        ),
        methods=(
            "LC3-II was divided by GAPDH of the same lane; LC3-II over LC3-I is descriptive only.",
        ),
        sensitivity=(
            replace(COMPARISONS[0], method="background: local_border", estimate=2.11),
            replace(COMPARISONS[0], method="background: rolling_ball", estimate=2.25),
        ),
    )


def _replicate(index: int, cell: int, value: float, control: float) -> ReplicateValue:
    treatment, inhibitor = CELLS[cell]
    return ReplicateValue(
        analysis=NAME,
        kind="lc3_flux",
        quantity="LC3-II",
        replicate=f"n{index + 1}",
        treatment=treatment,
        dose="" if treatment == "vehicle" else "10",
        inhibitor=inhibitor,
        value=value,
        value_over_control=value / control,
    )


def _flux_of_all(treatment: str, dose: str, values: tuple[float, float, float]) -> FluxRow:
    basal, inhibited, difference = values
    return FluxRow(
        analysis=NAME,
        replicate="",
        treatment=treatment,
        dose=dose,
        inhibitor="BafA1",
        inhibitor_h=4.0,
        basal=basal,
        inhibited=inhibited,
        difference=difference,
        rate_per_h=difference / 4,
        ratio=inhibited / basal,
        transition_time_h=4 / (inhibited / basal - 1),
        flags=("STEADY_STATE_ASSUMED",),
    )


def volumes() -> tuple[TargetVolume, ...]:
    """Return what the analysis took."""
    return tuple(
        TargetVolume(membrane=membrane, lane=lane, target=target, volume=float(table[index][cell]))
        for index, membrane in enumerate(MEMBRANES)
        for lane, cell in enumerate(order_of(index), 2)
        for target, table in (("LC3-II", LC3_II), ("GAPDH", GAPDH))
    )


def draw_run(*, ceiling: float = float("inf"), failed: bool = False) -> StudyRun:
    """Return a study's run; `failed` takes the last membrane's GAPDH picture away."""
    images = draw_images(ceiling=ceiling)
    failures: tuple[Failure, ...] = ()
    if failed:
        *kept, last = images
        images = tuple(kept)
        message = "rep3_gapdh.tif: the file ends in the middle of the picture; copy it again"
        failures = (Failure(spec=last.spec, message=message),)
    answer = result()
    return StudyRun(
        study=Study(
            path=Path("study.toml"),
            title="LC3 turnover, SH-SY5Y, amitriptyline 10 uM 16 h",
            sheet_name="lanes.csv",
            images=tuple(item.spec for item in images),
            analyses=(answer.plan,),
            parameters=Parameters(),
            samples=samples(),
            sheet_columns=SHEET,
        ),
        images=images,
        volumes=volumes(),
        results=(answer,),
        findings=(*(found for item in images for found in item.findings), *answer.findings),
        failures=failures,
        left_out=("rep3",) if failed else (),
        provenance={
            "versions": {"blotflux": "0.1.0", "numpy": "2.4.0"},
            "inputs": {"rep1_lc3.tif": "ab" * 32},
        },
        timings={"measure_s": 0.3},
    )
