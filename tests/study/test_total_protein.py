from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.study import read_study, run_study
from blotflux.study.quantify import QuantifyOptions, quantify_images

if TYPE_CHECKING:
    from pathlib import Path

AMOUNTS = (1.0, 1.4, 0.8, 1.1, 0.9, 1.25, 0.7, 1.0)


@pytest.fixture
def stain(tmp_path: Path) -> Path:
    """A stain of all proteins in eight lanes: one pattern of bands, more or less of it."""
    rng = np.random.default_rng(8)
    rows, pitch, half = 240, 40, 13
    picture = 200 + rng.normal(0, 2, (rows, pitch * len(AMOUNTS) + 20))
    y = np.arange(rows)
    pattern = 20 + sum(
        height * np.exp(-0.5 * ((y - center) / 4) ** 2)
        for center, height in zip(range(15, rows, 17), rng.uniform(10, 120, 14), strict=True)
    )
    for index, amount in enumerate(AMOUNTS):
        center = 10 + pitch * index + pitch // 2
        picture[:, center - half : center + half + 1] += amount * pattern[:, None]
    tifffile.imwrite(tmp_path / "stain.tif", picture.astype(np.uint16))
    return tmp_path


def test_total_protein_is_one_volume_per_lane_in_proportion_to_the_load(stain: Path) -> None:
    sheet = ["membrane,lane,treatment", *(f"m,{n},t" for n in range(1, 9))]
    (stain / "lanes.csv").write_text("\n".join(sheet), encoding="utf-8")
    (stain / "study.toml").write_text(
        'blotflux = 1\n[lanes]\nfile = "lanes.csv"\n[[images]]\nfile = "stain.tif"\n'
        'membrane = "m"\ntargets = ["total_protein"]\npolarity = "light_on_dark"\n',
        encoding="utf-8",
    )
    run = run_study(read_study(stain / "study.toml"))
    assert run.images[0].targets == {(1, 1): "total_protein"}
    volumes = np.array([v.volume for v in run.volumes])
    assert [(v.lane, v.target, v.valley) for v in run.volumes] == [
        (n, "total_protein", None) for n in range(1, 9)
    ]
    assert volumes / volumes.mean() == pytest.approx(np.array(AMOUNTS) / np.mean(AMOUNTS), rel=0.02)


def test_total_protein_can_be_asked_for_without_a_study(
    stain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stain)
    options = QuantifyOptions(targets=("total_protein",), polarity="light_on_dark")
    (image,) = quantify_images(["stain.tif"], options).images
    assert image.targets == {(1, 1): "total_protein"}
    assert [band.row for band in image.measurement.bands] == [1] * 8
