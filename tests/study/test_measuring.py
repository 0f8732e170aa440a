from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile

from blotflux.errors import StudyError
from blotflux.measure.result import LaneHints, Measurement
from blotflux.parameters import Parameters
from blotflux.study import measuring, read_study, run_study
from blotflux.study.measuring import Job, measure_pictures
from blotflux.study.schema import ImageSpec, TargetSpec
from blotflux.synthetic import draw_lc3_study

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.blot.model import Blot
    from blotflux.study import StudyRun

Quantifier = Callable[..., Measurement] if TYPE_CHECKING else Any


def write_drawn(folder: Path) -> Path:
    """Write the first membrane of the drawn LC3 study."""
    drawn = draw_lc3_study("induced", 1)
    for name in ("rep1_lc3.tif", "rep1_gapdh.tif"):
        tifffile.imwrite(folder / name, drawn.images[name])
    rows = drawn.lanes_csv.splitlines()
    sheet = [rows[0], *(row for row in rows[1:] if row.startswith("rep1,"))]
    (folder / "lanes.csv").write_text("\n".join(sheet), encoding="utf-8")
    parts = drawn.study_toml.split("[[images]]")
    analyses = drawn.study_toml[drawn.study_toml.index("[[analyses]]") :]
    text = "[[images]]".join(parts[:3]) + analyses
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def numbers(run: StudyRun) -> list[tuple[object, ...]]:
    return [
        (image.spec.file, band.panel, band.lane, band.row, band.volume, band.volume_se, band.flags)
        for image in run.images
        for band in image.measurement.bands
    ] + [(v.target, v.lane, v.volume, v.loq, tuple(v.alternatives.items())) for v in run.volumes]


def test_two_processes_give_the_numbers_of_one_to_the_last_digit(tmp_path: Path) -> None:
    study = read_study(write_drawn(tmp_path))
    one, two = run_study(study), run_study(study, workers=2)
    assert len(numbers(one)) > 40
    assert numbers(one) == numbers(two)
    assert one.provenance == two.provenance
    assert [f.message for f in one.findings] == [f.message for f in two.findings]


def test_a_cluster_gives_the_numbers_of_one_process_to_the_last_digit(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="dask is not installed (blotflux[batch])")
    study = read_study(write_drawn(tmp_path))
    one, afar = run_study(study), run_study(study, workers=2, dask="local")
    assert len(numbers(one)) > 40
    assert numbers(one) == numbers(afar)
    assert one.provenance == afar.provenance


def jobs(folder: Path, quantifier: Quantifier) -> tuple[Job, ...]:
    for name in ("a.tif", "b.tif", "c.tif"):
        tifffile.imwrite(folder / name, np.full((30, 80), 900, np.uint16))
    return tuple(
        Job(
            directory=folder,
            spec=ImageSpec(file=name, membrane="m", targets=(TargetSpec(name="T"),)),
            hints=LaneHints(slots=(1, 2, 3, 4)),
            parameters=Parameters(),
            quantifier=quantifier,
        )
        for name in ("a.tif", "b.tif", "c.tif")
    )


def test_a_picture_that_ends_its_process_twice_costs_that_picture_alone(
    tmp_path: Path, quantifier: Quantifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_processes(tasks, work, engine, tell):  # type: ignore[no-untyped-def]
        for task in tasks:
            ends = task[1].spec.file == "b.tif"
            if ends:
                assert work.lost(task, 1) is None  # to be measured again
            yield task, work.lost(task, 2) if ends else measuring.measure(task[1])

    monkeypatch.setattr(measuring, "carry", on_processes)
    seen: list[str] = []
    outcomes = measure_pictures(
        jobs(tmp_path, quantifier),
        workers=2,
        progress=lambda done, total, name: seen.append(f"{done}/{total}"),
    )
    assert [bool(outcome.measurement) for outcome in outcomes] == [True, False, True]
    assert outcomes[1].failure.startswith("measuring it ended its process twice (out of memory")
    assert seen == ["1/3", "2/3", "3/3"]


@pytest.mark.parametrize("error", [MemoryError(), OSError(5, "Input/output error")])
def test_a_machine_that_fails_is_a_failure_of_the_picture(tmp_path: Path, error: Exception) -> None:
    def fail(blot: Blot, parameters: Parameters, *, hints: LaneHints) -> Measurement:
        raise error

    (first, *_) = measure_pictures(jobs(tmp_path, fail))
    assert first.failure in ("MemoryError", "[Errno 5] Input/output error")
    assert first.mistakes == ()


def test_a_mistake_of_ours_is_not_hidden(tmp_path: Path) -> None:
    def fail(blot: Blot, parameters: Parameters, *, hints: LaneHints) -> Measurement:
        message = "a bug"
        raise TypeError(message)

    with pytest.raises(TypeError, match="a bug"):
        measure_pictures(jobs(tmp_path, fail))


def test_no_pictures_are_no_outcomes() -> None:
    assert measure_pictures(()) == ()


def test_a_mirrored_picture_is_an_error_that_says_so(tmp_path: Path) -> None:
    study = read_study(write_drawn(tmp_path))
    picture = tifffile.imread(tmp_path / "rep1_gapdh.tif")
    tifffile.imwrite(tmp_path / "rep1_gapdh.tif", picture[:, ::-1])
    with pytest.raises(
        StudyError,
        match=r"lane 9 looks like a ladder, which the sheet has in 1: .*mirrored \(flip\)",
    ):
        run_study(study)


def test_a_ladder_cropped_away_leaves_the_numbers_of_the_other_lanes(tmp_path: Path) -> None:
    study = read_study(write_drawn(tmp_path))
    whole = run_study(study)
    centers = [float(lane.x_at(200)) for lane in whole.images[1].measurement.lanes]
    picture = tifffile.imread(tmp_path / "rep1_gapdh.tif")
    cut = round((centers[0] + centers[1]) / 2)
    tifffile.imwrite(tmp_path / "rep1_gapdh.tif", picture[:, cut:])
    cropped = run_study(study)
    assert [lane.number for lane in cropped.images[1].measurement.lanes] == list(range(2, 10))
    before = {v.lane: v.volume for v in whole.volumes if v.target == "GAPDH"}
    after = {v.lane: v.volume for v in cropped.volumes if v.target == "GAPDH"}
    assert after == pytest.approx(before, rel=0.02)
