from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.errors import ImageReadError, LaneError, StudyError
from blotflux.flags import Flag
from blotflux.measure.result import LaneHints, Measurement
from blotflux.study import StudyRun, read_study, run_study

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.blot.model import Blot
    from blotflux.parameters import Parameters

Quantifier = Callable[..., Measurement]
Draw = Callable[[Sequence[Sequence[float]]], np.ndarray]


def run(folder: Path, quantifier: Quantifier) -> StudyRun:
    return run_study(read_study(folder / "study.toml"), quantifier=quantifier)


def edit(folder: Path, old: str, new: str, name: str = "study.toml") -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def codes(result: StudyRun) -> list[str]:
    return [str(finding.code) for finding in result.findings]


def volumes(result: StudyRun, target: str, membrane: str) -> list[float]:
    return [
        volume.volume
        for volume in result.volumes
        if (volume.target, volume.membrane) == (target, membrane)
    ]


def test_a_study_runs_from_pictures_to_an_answer(
    study_folder: Path, quantifier: Quantifier
) -> None:
    result = run(study_folder, quantifier)
    assert result.complete
    assert result.failures == ()
    assert len(result.images) == 6
    assert result.images[0].targets == {(1, 1): "LC3-I", (1, 2): "LC3-II"}
    assert result.images[0].analyzed == {"LC3-I", "LC3-II"}
    assert volumes(result, "LC3-II", "rep1") == pytest.approx(
        [10000, 31000, 20500, 59000], rel=0.01
    )
    (answer,) = result.results
    phi = next(row for row in answer.comparisons if row.quantity == "flux_ratio")
    assert phi.estimate == pytest.approx(1.8, abs=0.2)
    assert phi.n == 3


def test_shuffling_lanes_in_pictures_and_sheet_together_changes_no_estimate(
    study_folder: Path, shuffled_folder: Path, quantifier: Quantifier
) -> None:
    first, second = run(study_folder, quantifier), run(shuffled_folder, quantifier)
    assert volumes(first, "LC3-II", "rep1") != volumes(second, "LC3-II", "rep1")
    rows = [[row for r in result.results for row in r.comparisons] for result in (first, second)]
    assert len(rows[0]) > 5
    for one, other in zip(*rows, strict=True):
        assert (one.quantity, one.label) == (other.quantity, other.label)
        for name in ("estimate", "ci_low", "ci_high", "p_value"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9)


def test_an_unreadable_picture_leaves_its_membrane_out_and_says_so_first(
    study_folder: Path, quantifier: Quantifier
) -> None:
    (study_folder / "rep2_gapdh.tif").write_bytes(b"")
    result = run(study_folder, quantifier)
    assert not result.complete
    assert [failure.spec.file for failure in result.failures] == ["rep2_gapdh.tif"]
    assert result.left_out == ("rep2",)
    assert {volume.membrane for volume in result.volumes} == {"rep1", "rep3"}
    assert len(result.images) == 5
    first = result.findings[0]
    assert (first.code, first.image, first.membrane) == ("IMAGE_FAILED", "rep2_gapdh.tif", "rep2")
    assert "Membrane 'rep2' is left out of the analyses" in first.message
    assert result.provenance["failures"][0]["image"] == "rep2_gapdh.tif"


def test_no_readable_picture_at_all_gives_no_results(
    study_folder: Path, quantifier: Quantifier
) -> None:
    for path in study_folder.glob("*.tif"):
        path.write_bytes(b"")
    result = run(study_folder, quantifier)
    assert result.images == ()
    assert result.results == ()
    assert len(result.failures) == 6


def test_a_picture_that_cannot_be_measured_is_a_failure(
    study_folder: Path, quantifier: Quantifier
) -> None:
    def refuse(blot: Blot, parameters: Parameters, *, hints: LaneHints) -> Measurement:
        if blot.source.name == "rep1_lc3.tif":
            message = "rep1_lc3.tif: nothing but noise"
            raise ImageReadError(message)
        return quantifier(blot, parameters, hints=hints)

    result = run(study_folder, refuse)
    assert [failure.message for failure in result.failures] == ["nothing but noise"]


def test_lanes_that_disagree_stop_the_run_and_all_of_them_are_listed(
    study_folder: Path, quantifier: Quantifier, draw: Draw
) -> None:
    tifffile.imwrite(study_folder / "rep1_gapdh.tif", draw([[500, 480, 520]]))
    tifffile.imwrite(study_folder / "rep3_gapdh.tif", draw([[500, 480]]))
    with pytest.raises(StudyError, match="shows 3 lanes, membrane 'rep1' has 4 to show") as caught:
        run(study_folder, quantifier)
    first, second = caught.value.mistakes
    assert first.where == "rep1_gapdh.tif"
    assert "lane 4 is in doubt near x = 70 px" in first.message
    assert second.where == "rep3_gapdh.tif"


def test_a_lane_error_of_the_lane_finder_stops_the_run(
    study_folder: Path, quantifier: Quantifier
) -> None:
    def refuse(blot: Blot, parameters: Parameters, *, hints: LaneHints) -> Measurement:
        message = f"{blot.source.name}: 5 lanes, the sheet has 4"
        raise LaneError(message)

    with pytest.raises(StudyError, match=r"^rep1_lc3\.tif: 5 lanes, the sheet has 4") as caught:
        run(study_folder, refuse)
    assert len(caught.value.mistakes) == 6


def test_slots_are_what_the_lane_finder_is_told(
    study_folder: Path, quantifier: Quantifier, draw: Draw
) -> None:
    edit(study_folder, "rep1,1,vehicle,,1\n", "rep1,1,,,\nrep1,6,vehicle,,1\n", "lanes.csv")
    text = (study_folder / "lanes.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{line},{'ladder' if line.startswith('rep1,1') else ''}" for line in text[1:]]
    (study_folder / "lanes.csv").write_text("\n".join([f"{text[0]},role", *rows]), encoding="utf-8")
    tifffile.imwrite(study_folder / "rep1_gapdh.tif", draw([[500, 480, 505]]))
    edit(study_folder, 'targets = ["GAPDH"]', 'targets = ["GAPDH"]\nlanes = [3, 4, 6]')
    tifffile.imwrite(study_folder / "rep1_lc3.tif", draw([[1, 2, 3, 4, 5, 6]] * 2))
    told: dict[str, LaneHints] = {}

    def listen(blot: Blot, parameters: Parameters, *, hints: LaneHints) -> Measurement:
        told[blot.source.name] = hints
        return quantifier(blot, parameters, hints=hints)

    result = run(study_folder, listen)
    assert told["rep1_lc3.tif"].slots == (1, 2, 3, 4, 5, 6)
    assert told["rep1_lc3.tif"].optional == {1, 5}
    assert told["rep1_lc3.tif"].ladders == {1}
    assert told["rep1_lc3.tif"].rows == 2
    assert told["rep1_gapdh.tif"].slots == (3, 4, 6)
    assert told["rep2_lc3.tif"].optional == frozenset()
    finding = next(f for f in result.findings if f.code == "SLOT_NOT_IN_SHEET")
    assert (finding.membrane, finding.lane) == ("rep1", 5)
    assert {v.lane for v in result.volumes if v.membrane == "rep1"} == {2, 3, 4, 6}
    assert {v.lane for v in result.volumes if (v.membrane, v.target) == ("rep1", "GAPDH")} == {
        3,
        4,
        6,
    }


def test_an_excluded_lane_is_measured_and_listed(
    study_folder: Path, quantifier: Quantifier
) -> None:
    edit(
        study_folder,
        "replicate\nrep1,1,vehicle,,1",
        "replicate,exclude\nrep1,1,vehicle,,1,bubble",
        "lanes.csv",
    )
    result = run(study_folder, quantifier)
    finding = next(f for f in result.findings if f.code == "LANE_EXCLUDED")
    assert finding.lane == 1
    assert "the sheet's reason: bubble" in finding.message
    assert len(volumes(result, "LC3-II", "rep1")) == 4


def test_parts_are_summed_with_their_covariance(study_folder: Path, quantifier: Quantifier) -> None:
    edit(
        study_folder,
        'targets = ["LC3-I", "LC3-II"]',
        'targets = [{ name = "LC3", parts = ["LC3-I", "LC3-II"] }]',
    )

    def correlated(blot: Blot, parameters: Parameters, *, hints: LaneHints) -> Measurement:
        measurement = quantifier(blot, parameters, hints=hints)
        if len(measurement.covariances[1, 1].rows) < 2:
            return measurement
        matrix = np.array([[400.0, -150.0], [-150.0, 400.0]])
        covariances = {k: replace(c, matrix=matrix) for k, c in measurement.covariances.items()}
        return replace(measurement, covariances=covariances)

    result = run(study_folder, correlated)
    by_target = {v.target: v for v in result.volumes if (v.membrane, v.lane) == ("rep1", 2)}
    total = by_target["LC3"]
    assert total.volume == pytest.approx(by_target["LC3-I"].volume + by_target["LC3-II"].volume)
    assert total.volume_se == pytest.approx(math.sqrt(400 + 400 - 300))
    assert total.alternatives["local_border"] == pytest.approx(1.01 * total.volume)
    assert by_target["LC3-I"].volume_se == 20.0


def test_the_clearest_unsaturated_exposure_is_taken_and_the_choice_is_listed(
    study_folder: Path, quantifier: Quantifier, draw: Draw
) -> None:
    tifffile.imwrite(study_folder / "rep1_gapdh_long.tif", 2 * draw([[510, 480, 520, 505]]) - 1600)
    edit(
        study_folder,
        "[[analyses]]",
        '[[images]]\nfile = "rep1_gapdh_long.tif"\nmembrane = "rep1"\ntargets = ["GAPDH"]\n'
        "exposure_s = 60\n\n[[analyses]]",
    )
    result = run(study_folder, quantifier)
    finding = next(f for f in result.findings if f.code == "EXPOSURE_CHOSEN")
    assert (finding.image, finding.membrane, finding.target) == (
        "rep1_gapdh_long.tif",
        "rep1",
        "GAPDH",
    )
    assert "not from rep1_gapdh.tif (0 saturated" in finding.message
    assert volumes(result, "GAPDH", "rep1")[0] == pytest.approx(102000, rel=0.01)
    assert result.images[1].analyzed == frozenset()
    assert result.images[-1].analyzed == {"GAPDH"}

    def clip(blot: Blot, parameters: Parameters, *, hints: LaneHints) -> Measurement:
        measurement = quantifier(blot, parameters, hints=hints)
        if blot.source.name != "rep1_gapdh_long.tif":
            return measurement
        bands = tuple(
            replace(band, saturated_px=3 if band.lane == 2 else 0) for band in measurement.bands
        )
        return replace(measurement, bands=bands)

    clipped = run(study_folder, clip)
    assert volumes(clipped, "GAPDH", "rep1")[0] == pytest.approx(51000, rel=0.01)
    finding = next(f for f in clipped.findings if f.code == "EXPOSURE_CHOSEN")
    assert "not from rep1_gapdh_long.tif, 60 s (1 saturated" in finding.message

    edit(study_folder, "exposure_s = 60", "use = true")
    chosen = run(study_folder, clip)
    assert volumes(chosen, "GAPDH", "rep1")[0] == pytest.approx(102000, rel=0.01)
    assert any(v.saturated for v in chosen.volumes)
    edit(study_folder, "use = true", "use = false")
    unused = run(study_folder, quantifier)
    assert "EXPOSURE_CHOSEN" not in codes(unused)
    assert volumes(unused, "GAPDH", "rep1")[0] == pytest.approx(51000, rel=0.01)


def test_rows_that_nobody_can_tell_have_no_volume_and_a_flag_says_why(
    study_folder: Path, quantifier: Quantifier, draw: Draw
) -> None:
    tifffile.imwrite(study_folder / "rep1_lc3.tif", draw([[100, 310, 205, 590]]))
    result = run(study_folder, quantifier)
    assert all(math.isnan(volume) for volume in volumes(result, "LC3-II", "rep1"))
    flags = {v.flags for v in result.volumes if (v.membrane, v.target) == ("rep1", "LC3-II")}
    assert flags == {(str(Flag.TARGET_AMBIGUOUS),)}
    finding = next(f for f in result.findings if f.code == "TARGET_AMBIGUOUS")
    assert (finding.image, finding.membrane) == ("rep1_lc3.tif", "rep1")
    assert result.complete


def test_a_strip_control_gives_volumes_under_a_name_of_their_own(
    study_folder: Path, quantifier: Quantifier, draw: Draw
) -> None:
    tifffile.imwrite(study_folder / "rep1_strip.tif", draw([[5, 6, 7, 8]]))
    edit(
        study_folder,
        "[[analyses]]",
        '[[images]]\nfile = "rep1_strip.tif"\nmembrane = "rep1"\nstrip_control_of = "GAPDH"\n\n'
        "[[analyses]]",
    )
    result = run(study_folder, quantifier)
    strip = [v for v in result.volumes if v.strip_control_of]
    assert [v.target for v in strip] == ["GAPDH (strip control)"] * 4
    assert [v.volume for v in strip] == pytest.approx([500, 600, 700, 800], rel=0.05)
    assert result.images[-1].targets == {(1, 1): "GAPDH"}
    assert len(volumes(result, "GAPDH", "rep1")) == 4


def test_two_regions_of_one_file_are_panels_of_it(
    study_folder: Path, quantifier: Quantifier, draw: Draw
) -> None:
    both = np.vstack([draw([[510, 480, 520, 505]]), draw([[520, 490, 530, 515]])])
    tifffile.imwrite(study_folder / "both.tif", both)
    edit(study_folder, '"rep2_gapdh.tif"', '"both.tif"\nregion = [0, 0, 80, 30]')
    edit(study_folder, '"rep1_gapdh.tif"', '"both.tif"\nregion = [0, 30, 80, 30]')
    result = run(study_folder, quantifier)
    panels = {
        image.spec.membrane: {band.panel for band in image.measurement.bands}
        for image in result.images
        if image.spec.file == "both.tif"
    }
    assert panels == {"rep2": {1}, "rep1": {2}}
    assert volumes(result, "GAPDH", "rep1")[0] == pytest.approx(52000, rel=0.01)
    assert volumes(result, "GAPDH", "rep2")[0] == pytest.approx(51000, rel=0.01)


def test_progress_counts_every_picture(study_folder: Path, quantifier: Quantifier) -> None:
    seen: list[tuple[int, int, str]] = []
    run_study(
        read_study(study_folder / "study.toml"),
        quantifier=quantifier,
        progress=lambda done, total, name: seen.append((done, total, name)),
    )
    assert [done for done, _, _ in seen] == [1, 2, 3, 4, 5, 6]
    assert {total for _, total, _ in seen} == {6}
    assert seen[0][2] == "rep1_lc3.tif"


def test_provenance_names_every_input_with_its_hash_and_no_time_or_path(
    study_folder: Path, quantifier: Quantifier
) -> None:
    first, second = run(study_folder, quantifier), run(study_folder, quantifier)
    assert first.provenance == second.provenance
    inputs = {entry["file"]: entry["sha256"] for entry in first.provenance["inputs"]}
    assert len(inputs) == 8
    assert all(len(digest) == 64 for digest in inputs.values())
    assert str(study_folder) not in str(first.provenance)
    assert first.provenance["parameters"]["equivalence_margin"] == 1.5
    assert first.provenance["seeds"] == {"monte_carlo": 12345}
    assert {"blotflux", "python", "numpy", "opencv-python-headless"} <= set(
        first.provenance["versions"]
    )
    assert "unknown" not in first.provenance["versions"].values()
    assert first.timings["total_s"] > 0


def test_an_input_outside_the_folder_is_read_and_named(
    study_folder: Path, quantifier: Quantifier
) -> None:
    nested = study_folder / "nested"
    nested.mkdir()
    for name in ("study.toml", "lanes.csv"):
        (study_folder / name).rename(nested / name)
    for path in study_folder.glob("*.tif"):
        edit(nested, f'"{path.name}"', f'"../{path.name}"')
    result = run(nested, quantifier)
    assert codes(result).count("OUTSIDE_STUDY") == 6
