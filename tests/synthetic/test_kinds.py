from __future__ import annotations

import numpy as np
import pytest

from blotflux.blot import LaneRole, Polarity
from blotflux.synthetic import KINDS, Camera, Film, draw_bands, draw_kind, scene_of_kind

SEEDS = range(100, 103)


@pytest.mark.parametrize("kind", KINDS)
def test_blots_of_a_kind_stay_within_its_limits(kind: str) -> None:
    limits = KINDS[kind]
    for seed in SEEDS:
        scene = scene_of_kind(kind, seed)
        assert limits.lanes[0] <= len(scene.lanes) <= limits.lanes[1]
        assert limits.rows_px[0] <= scene.rows_px <= limits.rows_px[1]
        assert abs(scene.geometry.tilt_degrees) <= limits.tilt_degrees
        assert scene.geometry.smile_px <= limits.smile_px
        assert abs(scene.geometry.bend_px) <= limits.bend_px
        assert limits.specks[0] <= scene.artefacts.specks <= limits.specks[1]
        assert isinstance(scene.detector, Film if limits.film else Camera)
        x = [lane.x_px for lane in scene.lanes]
        assert min(np.diff(x)) > 0
        assert x[0] > 0
        assert x[-1] < scene.columns_px


@pytest.mark.parametrize("kind", KINDS)
def test_all_bands_of_a_kind_lie_in_the_picture(kind: str) -> None:
    for seed in SEEDS:
        scene = scene_of_kind(kind, seed)
        volume = sum(band.volume for band in draw_kind(kind, seed).truth.bands)
        assert draw_bands(scene, seed).sum() == pytest.approx(volume, rel=5e-3)


def test_hard_lanes_nearly_touch_and_typical_ones_do_not() -> None:
    def fill(kind: str) -> list[float]:
        fills = []
        for seed in SEEDS:
            lanes = scene_of_kind(kind, seed).lanes
            pitch = np.median(np.diff([lane.x_px for lane in lanes]))
            fills.append(float(np.median([lane.width_px for lane in lanes]) / pitch))
        return fills

    assert min(fill("hard")) > 0.84
    assert max(fill("typical")) < 0.9


def test_a_kind_has_what_its_name_promises_in_some_pictures() -> None:
    blots = [draw_kind("typical", seed) for seed in range(20)]
    roles = [lane.role for blot in blots for lane in blot.truth.lanes]
    assert LaneRole.LADDER in roles
    assert any(lane.empty for blot in blots for lane in blot.truth.lanes)
    assert {blot.polarity for blot in blots} == set(Polarity)
    absent = [not band.present for blot in blots for band in blot.truth.bands if band.row]
    assert 0.08 < np.mean(absent) < 0.3
    gaps = [
        lower.y_px - upper.y_px
        for blot in blots
        for upper in blot.truth.bands
        for lower in blot.truth.bands
        if upper.lane == lower.lane and lower.row == upper.row + 1 and upper.row
    ]
    assert min(gaps) > 10
    assert sum(12 <= gap <= 25 for gap in gaps) > 20


def test_some_hard_blots_are_saturated_and_no_clean_one_is() -> None:
    def clipped(kind: str) -> list[bool]:
        return [
            any(band.clipped_height > 0 for band in draw_kind(kind, seed).truth.bands)
            for seed in range(10)
        ]

    assert 1 <= sum(clipped("hard")) <= 9
    assert not any(clipped("clean"))


def test_strips_are_low_and_film_has_eight_bits() -> None:
    for seed in SEEDS:
        assert 90 <= draw_kind("strip", seed).image.shape[0] <= 190
        film = draw_kind("film", seed)
        assert film.image.dtype == np.uint8
        assert film.ceiling == 255


def test_a_kind_and_a_seed_are_one_picture() -> None:
    assert np.array_equal(draw_kind("hard", 7).image, draw_kind("hard", 7).image)
    assert draw_kind("hard", 7).image.shape != draw_kind("hard", 8).image.shape


def test_an_unknown_kind_is_refused_with_the_choice() -> None:
    with pytest.raises(ValueError, match=r"Unknown kind 'easy'; choose one of clean, typical"):
        draw_kind("easy", 1)
