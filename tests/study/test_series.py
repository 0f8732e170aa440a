"""A series of exposures bounds the exposures that may be analyzed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.study import read_study, run_study
from blotflux.synthetic import draw_lc3_study

if TYPE_CHECKING:
    from pathlib import Path

CEILING = 65_535


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One GAPDH membrane, exposed for 2 to 40 s; the longest exposures hit a detector's ceiling."""
    made = tmp_path_factory.mktemp("series")
    study = draw_lc3_study("induced", 7)
    signal = study.images["rep1_gapdh.tif"].astype(float)
    pedestal = float(np.median(signal))
    per_second = (signal - pedestal) / 10
    for seconds in (2, 5, 10, 40):
        noise = np.random.default_rng(seconds).normal(0, 15, signal.shape)
        exposed = 2000 + per_second * seconds + noise
        # A detector that bends: from 10 s on the brightest pixels lag behind.
        bent = np.where(exposed > 30_000, 30_000 + 0.3 * (exposed - 30_000), exposed)
        tifffile.imwrite(made / f"{seconds}s.tif", np.clip(bent, 0, CEILING).astype(np.uint16))
    rows = study.lanes_csv.splitlines()
    sheet = [rows[0], *(row for row in rows[1:] if row.startswith("rep1,"))]
    (made / "lanes.csv").write_text("\n".join(sheet), encoding="utf-8")
    return made


def findings(folder: Path, seconds: tuple[int, ...], use: int) -> list:
    images = "".join(
        f'[[images]]\nfile = "{s}s.tif"\nmembrane = "rep1"\ntargets = ["GAPDH"]\n'
        f"exposure_s = {s}\n" + ("use = true\n" if s == use else "")
        for s in seconds
    )
    text = f'blotflux = 1\n[lanes]\nfile = "lanes.csv"\n{images}'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    result = run_study(read_study(folder / "study.toml"))
    return [f for f in result.findings if f.code == "EXPOSURE_SERIES"]


def test_three_exposures_in_proportion_are_told_as_usable(folder: Path) -> None:
    (finding,) = findings(folder, (2, 5, 10), use=5)
    assert finding.severity == "info"
    assert "proportional to exposure from 2 to " in finding.message
    assert finding.value == 5


def test_an_exposure_beyond_the_usable_ones_is_warned_of(folder: Path) -> None:
    (finding,) = findings(folder, (2, 5, 10, 40), use=40)
    assert finding.severity == "warn"
    assert "the exposure analyzed, 40 s, is outside that in lanes" in finding.message


def test_two_exposures_are_no_series(folder: Path) -> None:
    assert findings(folder, (2, 10), use=10) == []
