"""A small study of drawn strips, and a stand-in for measuring that knows where the bands are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.blot.model import Band, Blot, Box, Lane, LaneRole
from blotflux.measure.result import LaneCovariance, LaneHints, Measurement, Noise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from blotflux.parameters import Parameters

PITCH_PX, ROW_PX, HALF_PX = 20, 30, 6
AREA_PX = (2 * HALF_PX + 1) ** 2

SHEET = """membrane,lane,treatment,inhibitor,replicate
rep1,1,vehicle,,1
rep1,2,vehicle,BafA1,1
rep1,3,ami,,1
rep1,4,ami,BafA1,1
rep2,1,vehicle,,2
rep2,2,vehicle,BafA1,2
rep2,3,ami,,2
rep2,4,ami,BafA1,2
rep3,1,vehicle,,3
rep3,2,vehicle,BafA1,3
rep3,3,ami,,3
rep3,4,ami,BafA1,3
"""

IMAGES = "\n".join(
    f"""[[images]]
file = "rep{n}_lc3.tif"
membrane = "rep{n}"
targets = ["LC3-I", "LC3-II"]

[[images]]
file = "rep{n}_gapdh.tif"
membrane = "rep{n}"
targets = ["GAPDH"]
"""
    for n in (1, 2, 3)
)

ANALYSES = """[[analyses]]
kind = "lc3_flux"
target = "LC3-II"
loading = "GAPDH"
control = "vehicle"
inhibitor_hours = 4.0
"""

STUDY = f"""blotflux = 1
title = "small"

[lanes]
file = "lanes.csv"

{IMAGES}
{ANALYSES}"""

LC3_II = {1: (100, 310, 205, 590), 2: (90, 260, 190, 600), 3: (110, 340, 215, 610)}


def draw_strip(volumes: Sequence[Sequence[float]]) -> np.ndarray:
    """Return a picture whose box sums over 100 are `volumes` by row and lane, in 100 counts·px."""
    rows, lanes = len(volumes), len(volumes[0])
    picture = np.full((ROW_PX * rows, PITCH_PX * lanes), 100.0)
    for row, values in enumerate(volumes):
        for lane, value in enumerate(values):
            top, left = ROW_PX * row + ROW_PX // 2 - HALF_PX, PITCH_PX * lane + 4
            picture[top : top + 2 * HALF_PX + 1, left : left + 2 * HALF_PX + 1] += (
                100 * value / AREA_PX
            )
    return np.rint(picture * 16).astype(np.uint16)


def grid_quantify(
    blot: Blot, parameters: Parameters, *, hints: LaneHints | None = None
) -> Measurement:
    """Measure a drawn strip: lanes and rows lie on a grid, whose size the picture has."""
    rows = blot.signal.shape[0] // ROW_PX
    lanes = blot.signal.shape[1] // PITCH_PX
    numbers = hints.slots[:lanes] if hints and hints.slots else tuple(range(1, lanes + 1))
    signal = blot.signal / 16
    tracks, bands, covariances = [], [], {}
    for lane, number in enumerate(numbers):
        x = PITCH_PX * lane + 10.0
        tracks.append(
            Lane(number=number, track_y_px=(0.0,), track_x_px=(x,), width_px=14.0, confidence=0.99)
        )
        for row in range(rows):
            y = ROW_PX * row + ROW_PX // 2
            box = Box(left=int(x) - 6, top=y - 6, right=int(x) + 7, bottom=y + 7)
            total = float(signal[box.top : box.bottom, box.left : box.right].sum())
            bands.append(
                Band(
                    lane=number,
                    row=row + 1,
                    x_px=x,
                    y_px=float(y),
                    box=box,
                    total=total,
                    background=100.0 * AREA_PX,
                    volume=total - 100.0 * AREA_PX,
                    volume_se=20.0,
                    snr=(total / AREA_PX - 100.0) / 0.05,
                    sigma_y_px=4.0,
                    saturated_px=int(blot.saturated[box.top : box.bottom].sum() > 10**9),
                    detected=total > 101.0 * AREA_PX,
                )
            )
        covariances[1, number] = LaneCovariance(
            rows=tuple(range(1, rows + 1)), matrix=400.0 * np.eye(rows)
        )
    return Measurement(
        blot=blot,
        lanes=tuple(tracks),
        bands=tuple(sorted(bands, key=lambda band: (band.panel, band.lane, band.row))),
        noise=Noise(sigma=0.05),
        background=np.full(blot.signal.shape, 1600.0, np.float32),
        covariances=covariances,
        alternatives={"local_border": tuple(band.volume * 1.01 for band in bands)},
    )


@pytest.fixture
def quantifier() -> Callable[..., Measurement]:
    return grid_quantify


@pytest.fixture
def study_folder(tmp_path: Path) -> Path:
    """A folder with a study that has no mistake: three membranes, two strips each."""
    write_study(tmp_path, {})
    return tmp_path


def write_study(folder: Path, orders: Mapping[int, Sequence[int]]) -> None:
    """Write the small study; `orders` moves the lanes of a membrane in pictures and sheet alike."""
    lines = SHEET.splitlines()
    written = [lines[0]]
    for n, volumes in LC3_II.items():
        order = orders.get(n, range(4))
        for place, lane in enumerate(order, start=1):
            cells = lines[1 + 4 * (n - 1) + lane].split(",")
            written.append(",".join([cells[0], str(place), *cells[2:]]))
        lc3_i = (300, 280, 310, 290)
        gapdh = (500 + 10 * n, 480, 520, 505)
        pictures = {"lc3": (lc3_i, volumes), "gapdh": (gapdh,)}
        for name, rows in pictures.items():
            shuffled = [[row[lane] for lane in order] for row in rows]
            tifffile.imwrite(folder / f"rep{n}_{name}.tif", draw_strip(shuffled))
    (folder / "lanes.csv").write_text("\n".join(written) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")


@pytest.fixture
def shuffled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study with the lanes of each membrane in another order."""
    folder = tmp_path_factory.mktemp("shuffled")
    write_study(folder, {1: (2, 0, 3, 1), 2: (3, 2, 1, 0), 3: (1, 3, 0, 2)})
    return folder


@pytest.fixture
def draw() -> Callable[[Sequence[Sequence[float]]], np.ndarray]:
    return draw_strip


@pytest.fixture
def ladder_role() -> LaneRole:
    return LaneRole.LADDER
