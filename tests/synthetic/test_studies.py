from __future__ import annotations

import csv
import io
import tomllib
from collections import defaultdict

import numpy as np
import pytest

from blotflux.synthetic import LC3_SCENARIOS, DrawnStudy, draw_lc3_study, draw_phospho_study


@pytest.fixture(scope="module")
def lc3() -> DrawnStudy:
    return draw_lc3_study("induced", 3)


@pytest.fixture(scope="module")
def phospho() -> DrawnStudy:
    return draw_phospho_study(3)


def sheet(study: DrawnStudy) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(study.lanes_csv)))


@pytest.mark.parametrize("name", ["lc3", "phospho"])
def test_study_sheet_and_pictures_agree(name: str, request: pytest.FixtureRequest) -> None:
    study: DrawnStudy = request.getfixturevalue(name)
    text = tomllib.loads(study.study_toml)
    assert text["blotflux"] == 1
    assert "drawn" in text["title"]
    assert {image["file"] for image in text["images"]} == set(study.blots)
    lanes = defaultdict(list)
    for line in sheet(study):
        lanes[line["membrane"]].append((int(line["lane"]), line["role"]))
    assert {image["membrane"] for image in text["images"]} == set(lanes)
    for image in text["images"]:
        truth = study.blots[image["file"]].truth
        expected = [(lane.number, str(lane.role)) for lane in truth.lanes]
        assert lanes[image["membrane"]] == expected


def test_lc3_pictures_show_the_targets_that_the_study_names(lc3: DrawnStudy) -> None:
    for image in tomllib.loads(lc3.study_toml)["images"]:
        assert list(lc3.blots[image["file"]].truth.rows) == image["targets"]


def test_phospho_pictures_show_the_targets_that_the_study_names(phospho: DrawnStudy) -> None:
    images = {image["file"]: image for image in tomllib.loads(phospho.study_toml)["images"]}
    assert images["trka_total.tif"]["targets"] == ["TrkA", "-"]
    assert images["erk_phospho.tif"]["targets"] == [
        {"name": "p-ERK1/2", "parts": ["p-ERK1", "p-ERK2"]}
    ]
    assert images["akt_strip.tif"]["strip_control_of"] == "p-Akt"
    assert phospho.blots["trka_total.tif"].truth.rows == ("TrkA", "immature TrkA")
    assert phospho.blots["erk_phospho.tif"].truth.rows == ("p-ERK1", "p-ERK2")


def cells(study: DrawnStudy) -> np.ndarray:
    """LC3-II over GAPDH, shape (replicate, condition), technical lanes averaged."""
    conditions = [(t, i) for t in ("vehicle", "amitriptyline") for i in ("", "BafA1")]
    logs: dict[tuple[int, int], list[float]] = defaultdict(list)
    for line in sheet(study):
        if line["role"] != "sample":
            continue
        key = line["membrane"], int(line["lane"])
        ratio = study.truth.volumes[(*key, "LC3-II")] / study.truth.volumes[(*key, "GAPDH")]
        condition = conditions.index((line["treatment"], line["inhibitor"]))
        logs[int(line["replicate"]) - 1, condition].append(np.log(ratio))
    return np.exp([[np.mean(logs[r, c]) for c in range(4)] for r in range(4)])


@pytest.mark.parametrize("scenario", LC3_SCENARIOS)
def test_true_volumes_hold_the_fluxes_that_the_scenario_states(scenario: str) -> None:
    study = draw_lc3_study(scenario, 5)
    c0, c1, t0, t1 = np.exp(np.log(cells(study)).mean(axis=0))
    flux = (t1 - t0) / (c1 - c0)
    assert flux == pytest.approx(study.truth.estimates["flux_ratio"], rel=1e-6)
    assert t0 / c0 == pytest.approx(study.truth.estimates["pool_ratio"], rel=1e-6)
    estimates = study.truth.estimates
    product = estimates["pool_ratio"] * estimates["clearance_ratio"]
    assert product == pytest.approx(estimates["flux_ratio"])


def test_replicates_differ_as_real_ones_do(lc3: DrawnStudy) -> None:
    logs = np.log(cells(lc3))
    residual = logs - logs.mean(axis=0) - logs.mean(axis=1, keepdims=True) + logs.mean()
    deviation = np.sqrt((residual**2).sum() / 9)
    assert 0.02 < deviation < 0.12


def test_another_lane_order_moves_lysates_and_leaves_their_volumes() -> None:
    here, there = (draw_lc3_study("partial", 2, lane_order_seed=seed) for seed in (1, 2))
    assert here.lanes_csv != there.lanes_csv
    assert here.study_toml == there.study_toml

    def volumes(study: DrawnStudy) -> dict[tuple[str, ...], float]:
        return {
            (line["sample"], line["technical"], target): study.truth.volumes[
                line["membrane"], int(line["lane"]), target
            ]
            for line in sheet(study)
            if line["role"] == "sample"
            for target in ("LC3-I", "LC3-II", "GAPDH")
        }

    assert volumes(here) == pytest.approx(volumes(there), rel=1e-12)


def test_lanes_are_in_another_order_on_every_membrane(lc3: DrawnStudy) -> None:
    orders = defaultdict(list)
    for line in sheet(lc3):
        orders[line["membrane"]].append((line["treatment"], line["inhibitor"], line["technical"]))
    assert len({tuple(order) for order in orders.values()}) == 4


def test_no_picture_of_a_study_is_saturated_and_every_band_can_be_measured() -> None:
    for study in (*(draw_lc3_study(s, 1) for s in LC3_SCENARIOS), draw_phospho_study(1)):
        for name, blot in study.blots.items():
            in_rows = [band for band in blot.truth.bands if band.row]
            assert max(band.clipped_height for band in blot.truth.bands) == 0
            strip = "strip" in name
            assert min(band.peak_over_noise for band in in_rows) > (2 if strip else 25), name


def test_stripping_left_little(phospho: DrawnStudy) -> None:
    for membrane in ("trka", "akt", "erk"):
        before = phospho.blots[f"{membrane}_phospho.tif"].truth.bands
        after = phospho.blots[f"{membrane}_strip.tif"].truth.bands
        shares = [b.volume / a.volume for a, b in zip(before, after, strict=True) if a.row]
        assert max(shares) < 0.05


def test_the_reprobe_is_shifted_and_turned_a_little(phospho: DrawnStudy) -> None:
    for membrane in ("trka", "akt", "erk"):
        first = phospho.blots[f"{membrane}_phospho.tif"].scene
        for kind in ("strip", "total", "gapdh"):
            scene = phospho.blots[f"{membrane}_{kind}.tif"].scene
            turn = scene.geometry.tilt_degrees - first.geometry.tilt_degrees
            shift = scene.lanes[0].x_px - first.lanes[0].x_px
            assert 0 < abs(turn) <= 1.5
            assert 0 < abs(shift) <= 6


def test_phospho_over_total_rises_as_the_study_states(phospho: DrawnStudy) -> None:
    for total, target in (("TrkA", "p-TrkA"), ("Akt", "p-Akt")):
        logs: dict[str, list[float]] = defaultdict(list)
        for line in sheet(phospho):
            key = line["membrane"], int(line["lane"])
            if (*key, total) in phospho.truth.volumes:
                volumes = phospho.truth.volumes
                ratio = volumes[(*key, target)] / volumes[(*key, total)]
                logs[line["treatment"]].append(np.log(ratio))
        fold = np.exp(np.mean(logs["amitriptyline"]) - np.mean(logs["vehicle"]))
        assert fold == pytest.approx(phospho.truth.estimates[target], rel=0.06)
        assert phospho.truth.labels[f"phospho {target}"] == "INCREASED"


def test_an_unknown_scenario_is_refused_with_the_choice() -> None:
    with pytest.raises(ValueError, match=r"Unknown scenario 'up'; choose one of induced, blocked"):
        draw_lc3_study("up", 1)


def test_a_seed_is_one_study(phospho: DrawnStudy) -> None:
    again, other = draw_phospho_study(3), draw_phospho_study(4)
    assert again.lanes_csv == phospho.lanes_csv
    for name, image in phospho.images.items():
        assert np.array_equal(image, again.images[name])
        assert not np.array_equal(image, other.images[name])
