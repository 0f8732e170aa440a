from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.errors import StudyError
from blotflux.study import read_study, run_study
from blotflux.study.ladders import suggest_ladder
from blotflux.synthetic import draw_lc3_study

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.study import StudyRun


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first membrane of the drawn LC3 study, with its ladder in lane 1."""
    folder = tmp_path_factory.mktemp("drawn")
    study = draw_lc3_study("induced", 7)
    for name in ("rep1_lc3.tif", "rep1_gapdh.tif"):
        tifffile.imwrite(folder / name, study.images[name])
    rows = study.lanes_csv.splitlines()
    sheet = [rows[0], *(row for row in rows[1:] if row.startswith("rep1,"))]
    (folder / "lanes.csv").write_text("\n".join(sheet), encoding="utf-8")
    return folder


def run(folder: Path, extra: str) -> StudyRun:
    (folder / "study.toml").write_text(
        'blotflux = 1\n[lanes]\nfile = "lanes.csv"\n[[images]]\nfile = "rep1_lc3.tif"\n'
        f'membrane = "rep1"\ntargets = ["LC3-I", "LC3-II"]\n{extra}',
        encoding="utf-8",
    )
    return run_study(read_study(folder / "study.toml"))


def weights(result: StudyRun) -> dict[str, float]:
    image = result.images[0]
    found: dict[str, list[float]] = {}
    for band in image.measurement.bands:
        name = image.targets.get((band.panel, band.row))
        if name and band.molecular_weight_kda is not None:
            found.setdefault(name, []).append(band.molecular_weight_kda)
    return {name: float(np.median(values)) for name, values in found.items()}


def test_rows_are_weighed_by_the_ladder_of_their_picture(drawn: Path) -> None:
    result = run(drawn, 'ladder = "PageRuler Plus 26619"\ngel = "Tris-glycine"\n')
    assert weights(result) == pytest.approx({"LC3-I": 18.0, "LC3-II": 16.0}, rel=0.06)
    (finding,) = [f for f in result.findings if f.code == "LADDER_READ"]
    assert (finding.image, finding.membrane, finding.lane) == ("rep1_lc3.tif", "rep1", 1)


def test_without_a_product_there_are_no_weights_and_it_is_said_what_it_could_be(
    drawn: Path,
) -> None:
    result = run(drawn, "")
    assert weights(result) == {}
    (finding,) = [f for f in result.findings if f.code == "LADDER_UNNAMED"]
    assert (finding.image, finding.membrane, finding.lane) == ("rep1_lc3.tif", "rep1", 1)
    assert finding.severity == "info"
    assert "'PageRuler Plus Prestained 10-250 (26619/26620/26621)'" in finding.message


def test_only_ladders_that_nobody_named_and_that_show_enough_are_guessed_at(drawn: Path) -> None:
    (image,) = run(drawn, 'ladder = "PageRuler Plus 26619"\ngel = "Tris-glycine"\n').images
    assert list(suggest_ladder([image])) == []
    unnamed = replace(image, spec=image.spec.model_copy(update={"ladder": None, "gel": None}))
    assert [finding.lane for finding in suggest_ladder([unnamed])] == [1]
    seen = [band for band in image.measurement.bands if band.lane == 1 and band.detected]
    few = tuple(b for b in image.measurement.bands if b.lane != 1) + tuple(seen[:4])
    bare = replace(unnamed, measurement=replace(image.measurement, bands=few))
    assert list(suggest_ladder([bare])) == []


def test_a_gel_that_nobody_named_is_said_to_be_assumed(drawn: Path) -> None:
    result = run(drawn, 'ladder = "PageRuler Plus 26619"\n')
    assert "GEL_ASSUMED" in {finding.code for finding in result.findings}


def test_the_ladder_may_be_on_another_picture_of_the_same_size(drawn: Path) -> None:
    result = run(
        drawn,
        'ladder = "PageRuler Plus 26619"\ngel = "Tris-glycine"\nladder_image = "rep1_gapdh.tif"\n',
    )
    assert weights(result) == pytest.approx({"LC3-I": 18.0, "LC3-II": 16.0}, rel=0.12)
    assert "rep1_gapdh.tif" in {entry["file"] for entry in result.provenance["inputs"]}


def test_a_cropped_ladder_picture_is_laid_over_by_what_both_show(drawn: Path) -> None:
    cropped = tifffile.imread(drawn / "rep1_gapdh.tif")[25:, 12:]
    tifffile.imwrite(drawn / "marker.tif", cropped)
    extra = 'ladder = "PageRuler Plus 26619"\ngel = "Tris-glycine"\nladder_image = "marker.tif"\n'
    result = run(drawn, extra)
    assert weights(result) == pytest.approx({"LC3-I": 18.0, "LC3-II": 16.0}, rel=0.06)
    (finding,) = [f for f in result.findings if f.code == "LADDER_REGISTERED"]
    assert finding.severity == "info"
    assert finding.value is not None
    assert finding.value < 3


def test_a_picture_of_another_size_that_shows_nothing_in_common_gives_no_weights(
    drawn: Path,
) -> None:
    noise = np.random.default_rng(1).normal(1000, 10, (300, 200))
    tifffile.imwrite(drawn / "marker.tif", noise.astype(np.uint16))
    extra = 'ladder = "PageRuler Plus 26619"\ngel = "MES"\nladder_image = "marker.tif"\n'
    result = run(drawn, extra)
    assert weights(result) == {}
    (finding,) = [f for f in result.findings if f.code == "LADDER_NOT_READ"]
    assert "marker.tif" in finding.message
    assert "has another size than this picture" in finding.message


def test_a_ladder_picture_without_ladder_gives_no_weights_and_says_so(drawn: Path) -> None:
    shape = tifffile.imread(drawn / "rep1_lc3.tif").shape
    noise = np.random.default_rng(1).normal(1000, 10, shape)
    tifffile.imwrite(drawn / "blank.tif", noise.astype(np.uint16))
    extra = 'ladder = "PageRuler Plus 26619"\ngel = "MES"\nladder_image = "blank.tif"\n'
    result = run(drawn, extra)
    (finding,) = [f for f in result.findings if f.code == "LADDER_NOT_READ"]
    assert "no lane of blank.tif could be read as 'PageRuler Plus" in finding.message


def test_a_ladder_picture_that_cannot_be_read_stops_the_run(drawn: Path) -> None:
    (drawn / "bad.tif").write_bytes(b"no image")
    extra = 'ladder = "PageRuler Plus 26619"\ngel = "MES"\nladder_image = "bad.tif"\n'
    with pytest.raises(StudyError, match=r"^bad\.tif: is not an image"):
        run(drawn, extra)
