"""Weights on the bands of a measured blot: one ladder, two, none; tilt and smile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blotflux.blot import Band, Blot, Box, Lane, LaneRole
from blotflux.errors import RecipeError
from blotflux.flags import Flag
from blotflux.measure.ladders.presets import find_preset
from blotflux.measure.ladders.straighten import course_of_rows
from blotflux.measure.ladders.weights import LadderReading, calibrate_measurement
from blotflux.measure.result import Measurement, Noise

LADDER = "PageRuler Plus"
KDA = np.array(find_preset(LADDER).weights("MES"))


def migrated(kda: float | np.ndarray) -> np.ndarray:
    """Return the y of a weight on a made-up gel."""
    return np.asarray(30 + 560 * np.exp(-((np.asarray(kda) / 55.0) ** 0.6)))


def band(lane: int, row: int, x: float, y: float, **more: float) -> Band:
    return Band(
        lane=lane,
        row=row,
        x_px=x,
        y_px=y,
        box=Box(left=0, top=0, right=1, bottom=1),
        total=0.0,
        background=0.0,
        volume=1000.0,
        volume_se=1.0,
        snr=50.0,
        sigma_y_px=3.0,
        **more,
    )


def blot_of(
    samples_kda: tuple[float, ...], *, ladders: tuple[int, ...] = (1,), lanes: int = 9, bend=None
) -> Measurement:
    """Return a measurement with ladders in some lanes and rows of some weights in the others."""
    shift = bend or (lambda _: 0.0)
    made_lanes, bands = [], []
    for number in range(1, lanes + 1):
        x = 40.0 * number
        is_ladder = number in ladders
        made_lanes.append(
            Lane(
                number=number,
                track_y_px=(0.0, 600.0),
                track_x_px=(x, x),
                width_px=30.0,
                role=LaneRole.LADDER if is_ladder else LaneRole.SAMPLE,
            )
        )
        weights = tuple(KDA) if is_ladder else samples_kda
        first = len(samples_kda) + 1 if is_ladder else 1
        bands += [
            band(number, first + i, x, float(migrated(kda)) + shift(x))
            for i, kda in enumerate(weights)
        ]
    blot = Blot.from_signal(np.zeros((640, 40 * lanes + 40)))
    return Measurement(
        blot=blot,
        lanes=tuple(made_lanes),
        bands=tuple(bands),
        noise=Noise(sigma=1.0),
        background=np.zeros(blot.shape, np.float32),
    )


def weights_of(measurement: Measurement, row: int) -> list[float]:
    return [
        b.molecular_weight_kda
        for b in measurement.bands
        if b.row == row and b.molecular_weight_kda is not None
    ]


def test_bands_get_the_weights_at_which_they_were_put() -> None:
    found = calibrate_measurement(blot_of((62.0, 37.0, 16.0)), LADDER, "MES")
    for row, kda in ((1, 62.0), (2, 37.0), (3, 16.0)):
        assert weights_of(found, row) == pytest.approx([kda] * 8, rel=0.03)
    errors = [b.molecular_weight_se_kda for b in found.bands if b.row == 1]
    assert all(error >= 0.05 * 60 for error in errors)
    (read,) = [f for f in found.findings if f.code == "LADDER_READ"]
    assert "PageRuler Plus" in read.message
    assert "R2 of a straight line 0.9" in read.message


def test_a_band_beyond_the_ladder_is_flagged_as_extrapolated() -> None:
    found = calibrate_measurement(blot_of((289.0, 37.0)), LADDER, "MES")
    flags = {b.row: set(b.flags) for b in found.bands if b.lane == 2}
    assert Flag.MW_EXTRAPOLATED in flags[1]
    assert Flag.MW_EXTRAPOLATED not in flags[2]


@pytest.mark.parametrize(
    "bend",
    [lambda x: 0.05 * x, lambda x: -0.05 * x, lambda x: 20 * ((x - 200) / 160) ** 2],
    ids=["tilted down", "tilted up", "smiling"],
)
def test_tilt_and_smile_do_not_move_weights_across_the_membrane(bend) -> None:
    found = calibrate_measurement(blot_of((62.0, 37.0, 16.0), bend=bend), LADDER, "MES")
    for row, kda in ((1, 62.0), (2, 37.0), (3, 16.0)):
        assert weights_of(found, row) == pytest.approx([kda] * 8, rel=0.05)


def test_between_two_ladders_positions_are_interpolated() -> None:
    tilted = blot_of((), ladders=(1, 9), bend=lambda x: 0.08 * (x - 40))
    middle = band(5, 20, 200.0, float(migrated(37.0)) + 0.08 * 160)
    left = band(1, 20, 40.0, float(migrated(37.0)))
    found = calibrate_measurement(
        replace(tilted, bands=(*tilted.bands, middle, left)), LADDER, "MES"
    )
    assert weights_of(found, 20) == pytest.approx([37.0, 37.0], rel=0.03)


def test_a_ladder_on_another_picture_brings_its_error() -> None:
    plain = blot_of((37.0,), ladders=())
    readings = [LadderReading(x_px=0.0, y_px=tuple(migrated(KDA)), kda=tuple(KDA), y_se_px=8.0)]
    found = calibrate_measurement(plain, LADDER, "MES", readings=readings)
    exact = calibrate_measurement(
        plain,
        LADDER,
        "MES",
        readings=[LadderReading(x_px=0.0, y_px=readings[0].y_px, kda=tuple(KDA))],
    )
    assert weights_of(found, 1) == pytest.approx(weights_of(exact, 1))
    assert found.bands[0].molecular_weight_se_kda > exact.bands[0].molecular_weight_se_kda


def test_without_a_ladder_lane_bands_stay_as_they_are() -> None:
    plain = blot_of((37.0,), ladders=())
    found = calibrate_measurement(plain, LADDER, "MES")
    assert found.bands == plain.bands
    assert found.findings == ()


def test_a_lane_that_is_no_such_ladder_is_said() -> None:
    measured = blot_of((37.0,))
    few = tuple(b for b in measured.bands if b.lane != 1 or b.row < 4)
    found = calibrate_measurement(replace(measured, bands=few), LADDER, "MES")
    (finding,) = found.findings
    assert (finding.code, finding.severity, finding.lane) == ("LADDER_NOT_READ", "warn", 1)
    assert weights_of(found, 1) == []


def test_a_gel_that_nobody_named_is_said_where_it_matters() -> None:
    found = calibrate_measurement(blot_of((37.0,)), LADDER)
    assert any(f.code == "GEL_ASSUMED" and "tris_glycine" in f.message for f in found.findings)
    with pytest.raises(RecipeError, match="Gel 'jelly' is not known"):
        calibrate_measurement(blot_of((37.0,)), LADDER, "jelly")


def test_rf_is_there_only_when_origin_and_front_are_known() -> None:
    measured = blot_of((37.0,))
    assert {b.rf for b in calibrate_measurement(measured, LADDER, "MES").bands} == {None}
    found = calibrate_measurement(measured, LADDER, "MES", origin_y_px=30.0, front_y_px=630.0)
    lane = [b for b in found.bands if b.lane == 2]
    assert lane[0].rf == pytest.approx((float(migrated(37.0)) - 30) / 600)


def test_one_lane_that_runs_elsewhere_does_not_bend_the_course() -> None:
    row = [(float(x), 100 + 0.1 * x) for x in range(0, 400, 40)]
    row[3] = (row[3][0], row[3][1] + 30)
    course = course_of_rows([row])
    assert course(360.0) - course(0.0) == pytest.approx(36.0, abs=0.5)
    assert course_of_rows([row[:2]])(500.0) == 0.0


def test_the_rows_of_the_samples_read_a_ladder_that_its_bands_leave_open() -> None:
    measured = blot_of((62.0, 37.0, 16.0))
    kept = {4 + index for index in range(6)}
    few = tuple(b for b in measured.bands if b.lane != 1 or b.row in kept)
    measured = replace(measured, bands=few)
    alone = calibrate_measurement(measured, LADDER, "MES")
    assert [f.code for f in alone.findings] == ["LADDER_NOT_READ"]
    found = calibrate_measurement(
        measured, LADDER, "MES", expected=[(62.0,), (37.0,), (14.0, 18.0)]
    )
    (read,) = found.findings
    assert read.code == "LADDER_READ"
    assert "190, 115, 80, 70, 50, 30 kDa" in read.message
    assert "could be read in more than one way" in read.message
    assert weights_of(found, 1) == pytest.approx([62.0] * 8, rel=0.05)
