from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blotflux.blot import LaneRole, Polarity
from blotflux.synthetic import (
    Artefacts,
    Background,
    Camera,
    ExtraBand,
    Film,
    Geometry,
    Irregularity,
    LaneSpec,
    Peak,
    RowSpec,
    Scene,
    draw_bands,
    draw_blot,
)

SHAPE = (240, 360)
ROW = RowSpec(name="P", y_px=120.0, volume=2e6, peak=Peak(sigma_px=4.0))


def scene(**changes: object) -> Scene:
    lanes = tuple(
        LaneSpec(x_px=60.0 + 80 * i, width_px=50.0, amounts={"P": amount})
        for i, amount in enumerate((1.0, 0.5, 0.0, 2.0))
    )
    plain = Scene(rows_px=SHAPE[0], columns_px=SHAPE[1], lanes=lanes, rows=(ROW,))
    return replace(plain, **changes)


def test_volumes_are_the_sum_of_the_noiseless_bands() -> None:
    drawn = draw_blot(scene(), seed=3)
    bands = draw_bands(scene(), seed=3)
    assert [band.volume for band in drawn.truth.bands] == [2e6, 1e6, 0.0, 4e6]
    assert bands.sum() == pytest.approx(7e6, rel=5e-3)
    for band in drawn.truth.bands:
        alone = bands[:, int(band.x_px) - 39 : int(band.x_px) + 40].sum()
        assert alone == pytest.approx(band.volume, rel=5e-3, abs=1.0)


def test_irregular_bands_keep_their_volumes() -> None:
    rough = Irregularity(
        y_px=1, sigma_fraction=0.1, width_fraction=0.05, curvature_px=2, unevenness=0.2, slope=0.2
    )
    plain, uneven = draw_bands(scene(), 5), draw_bands(scene(irregularity=rough), 5)
    assert np.abs(plain - uneven).max() > 0.05 * plain.max()
    assert uneven.sum() == pytest.approx(7e6, rel=5e-3)


def test_the_same_seed_draws_the_same_pixels_and_another_one_does_not() -> None:
    first, again, other = (draw_blot(scene(), seed) for seed in (1, 1, 2))
    assert np.array_equal(first.image, again.image)
    assert first.truth == again.truth
    assert not np.array_equal(first.image, other.image)
    assert [b.volume for b in first.truth.bands] == [b.volume for b in other.truth.bands]


def test_bands_lie_where_the_truth_says_however_the_gel_lies() -> None:
    bent = Geometry(tilt_degrees=3.0, smile_px=10.0, bend_px=8.0, wave_px=2.0)
    drawn = draw_blot(scene(geometry=bent), seed=1)
    bands = draw_bands(scene(geometry=bent), seed=1)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    ys = [band.y_px for band in drawn.truth.bands]
    assert max(ys) - min(ys) > 8  # the rows do stray
    for band, lane in zip(drawn.truth.bands, drawn.truth.lanes, strict=True):
        assert float(lane.x_at(band.y_px)) == pytest.approx(band.x_px, abs=0.05)
        if not band.present:
            continue
        near = bands * (np.abs(x - band.x_px) < 40)
        assert float((near * x).sum() / near.sum()) == pytest.approx(band.x_px, abs=0.6)
        middle = near * (np.abs(x - band.x_px) < 3)
        assert float((middle * y).sum() / middle.sum()) == pytest.approx(band.y_px, abs=0.5)


def test_dark_on_light_is_the_negative_of_light_on_dark() -> None:
    light = draw_blot(scene(), seed=4)
    dark = draw_blot(scene(polarity=Polarity.DARK_ON_LIGHT), seed=4)
    assert np.array_equal(light.image, 65535 - dark.image)
    assert np.array_equal(light.to_blot().signal, dark.to_blot().signal)


def test_noise_is_as_large_as_the_truth_says() -> None:
    for blur in (0.0, 0.7):
        camera = Camera(read_noise=40.0, gain=2.0, blur_px=blur)
        drawn = draw_blot(scene(detector=camera, background=Background(level=500.0)), seed=1)
        corner = drawn.image[:60, :].astype(float)
        assert corner.std() == pytest.approx(drawn.truth.noise_sigma, rel=0.03)
        assert corner.mean() == pytest.approx(900.0, abs=2.0)


def test_clipped_bands_say_by_how_much() -> None:
    plain = draw_blot(scene(), seed=1)
    strongest = plain.truth.band(4, "P")
    assert strongest.clipped_height == 0
    ceiling = round(400 + 0.7 * strongest.peak)
    clipped = draw_blot(scene(detector=Camera(ceiling=ceiling)), seed=1)
    assert clipped.truth.band(4, "P").clipped_height == pytest.approx(0.3, abs=0.01)
    assert clipped.truth.band(2, "P").clipped_height == 0
    assert clipped.truth.band(4, "P").volume == strongest.volume
    blot = clipped.to_blot()
    assert clipped.image.max() == ceiling
    rows, columns = np.nonzero(blot.saturated)
    assert len(rows) > 50
    assert np.all(np.abs(columns - strongest.x_px) < 35)


def test_a_dark_picture_is_saturated_at_zero() -> None:
    camera = Camera(ceiling=4000)
    dark = draw_blot(scene(detector=camera, polarity=Polarity.DARK_ON_LIGHT), seed=1)
    assert np.array_equal(dark.to_blot().saturated, dark.image == 0)
    assert dark.to_blot().saturated.any()


def test_a_ladder_lane_has_its_own_bands_and_no_entry_in_the_rows() -> None:
    bands = tuple(
        ExtraBand(y_px=y, volume=4e5, peak=Peak(sigma_px=3.0)) for y in (40.0, 90.0, 190.0)
    )
    ladder = LaneSpec(x_px=40.0, width_px=40.0, role=LaneRole.LADDER, extra=bands)
    drawn = draw_blot(scene(lanes=(ladder, *scene().lanes[1:])), seed=1)
    own = [band for band in drawn.truth.bands if band.lane == 1]
    assert [band.row for band in own] == [0, 0, 0]
    assert [band.y_px for band in own] == pytest.approx([40, 90, 190])
    with pytest.raises(KeyError, match="lane 1 has no entry in row 'P'"):
        drawn.truth.band(1, "P")


def test_a_lane_without_bands_is_empty() -> None:
    assert [lane.empty for lane in draw_blot(scene(), 1).truth.lanes] == [False, False, True, False]


def test_artefacts_and_background_change_the_picture_and_not_the_truth() -> None:
    dirty = Artefacts(specks=10, scratches=2, bubbles=1, pen_marks=2, height=9000.0)
    cloudy = Background(level=500, gradient=800, haze=900, haze_scale_px=60, lane_haze=500)
    plain = draw_blot(scene(), 2)
    for changed in (scene(artefacts=dirty), scene(background=cloudy)):
        drawn = draw_blot(changed, 2)
        apart = np.abs(drawn.image.astype(float) - plain.image)
        assert apart.max() > 10 * plain.truth.noise_sigma
        assert [b.volume for b in drawn.truth.bands] == [b.volume for b in plain.truth.bands]


def test_film_is_dark_on_light_eight_bit_and_not_linear() -> None:
    film = Film(half_signal=2000.0, contrast=1.4, grain=1.0)
    drawn = draw_blot(scene(detector=film), seed=1)
    assert drawn.image.dtype == np.uint8
    assert drawn.polarity is Polarity.DARK_ON_LIGHT
    one, half, _none, two = drawn.truth.bands
    assert two.volume == 2 * one.volume == 4 * half.volume
    assert two.peak < 1.4 * one.peak  # the film is nearly black already
    assert drawn.truth.noise_sigma == pytest.approx(1.0, abs=0.6)


def test_a_film_border_darkens_the_edges() -> None:
    film = Film()
    framed = scene(detector=film, artefacts=Artefacts(height=60000.0, border_px=12.0))
    plain, dark = draw_blot(scene(detector=film), 1).image, draw_blot(framed, 1).image
    edges = np.ones(SHAPE, bool)
    edges[3:-3, 3:-3] = False
    assert plain[edges].min() > 200
    assert dark[edges].min() < 60


def test_a_sample_keeps_its_irregularities_in_another_slot() -> None:
    rough = Irregularity(sigma_fraction=0.1, unevenness=0.2, slope=0.2)
    named = tuple(replace(lane, sample=f"s{i}") for i, lane in enumerate(scene().lanes))
    swapped = (replace(named[1], x_px=60.0), replace(named[0], x_px=140.0), *named[2:])
    here = draw_bands(scene(irregularity=rough, lanes=named), 1)
    there = draw_bands(scene(irregularity=rough, lanes=swapped), 1)
    assert np.allclose(here[:, 20:100], there[:, 100:180], atol=1e-6 * here.max())


def test_pictures_cannot_be_changed() -> None:
    drawn = draw_blot(scene(), 1)
    with pytest.raises(ValueError, match="read-only"):
        drawn.image[0, 0] = 1
