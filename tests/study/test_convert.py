from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from blotflux.analysis.records import LaneSample
from blotflux.blot.model import Band, Blot, Box, Lane
from blotflux.measure.doubts import relative_doubt
from blotflux.measure.result import Measurement, Noise
from blotflux.study.assign import Assignment
from blotflux.study.convert import is_saturated, volumes_of_picture
from blotflux.study.schema import ImageSpec, TargetSpec
from blotflux.study.valleys import valley_between

BOX = Box(left=15, top=10, right=26, bottom=31)


def band(row: int, y_px: float, **changes: object) -> Band:
    values: dict[str, object] = {
        "lane": 1,
        "row": row,
        "x_px": 20.0,
        "y_px": y_px,
        "box": BOX,
        "total": 900.0,
        "background": 100.0,
        "volume": 800.0,
        "volume_se": 20.0,
        "snr": 30.0,
        "sigma_y_px": 4.0,
    }
    return Band(**{**values, **changes})  # type: ignore[arg-type]  # plain keywords


def doublet(separation_px: float, second: float = 1.0) -> Measurement:
    """Two bands of sigma 4 px, one below the other, in one lane."""
    y = np.arange(80.0)
    profile = np.exp(-0.5 * ((y - 30) / 4) ** 2)
    profile += second * np.exp(-0.5 * ((y - 30 - separation_px) / 4) ** 2)
    signal = np.zeros((80, 40), np.float32) + 50
    signal[:, 12:29] += (100 * profile[:, None]).astype(np.float32)
    return Measurement(
        blot=Blot.from_signal(signal),
        lanes=(Lane(number=1, track_y_px=(0.0, 79.0), track_x_px=(20.0, 20.0), width_px=16.0),),
        bands=(band(1, 30.0), band(2, 30.0 + separation_px)),
        noise=Noise(sigma=1.0, gain=0.5, correlation=1.5),
        background=np.full((80, 40), 50, np.float32),
    )


SPEC = ImageSpec(
    file="a.tif",
    membrane="m",
    targets=(TargetSpec(name="A"), TargetSpec(name="B")),
    detection="ecl",
    probe=2,
    no_linear_original=True,
)
NAMED = Assignment(targets={(1, 1): "A", (1, 2): "B"})
SAMPLE = LaneSample(membrane="m", lane=1, treatment="t")


@pytest.mark.parametrize(
    ("separation_px", "expected"), [(30.0, 0.0), (14.0, 0.43), (10.0, 0.88), (6.0, 1.0)]
)
def test_the_valley_between_two_bands_is_over_the_smaller_peak(
    separation_px: float, expected: float
) -> None:
    measurement = doublet(separation_px)
    first, second = measurement.bands
    assert valley_between(measurement, first, second) == pytest.approx(expected, abs=0.06)
    assert valley_between(measurement, second, first) == valley_between(measurement, first, second)


def test_a_band_that_was_not_detected_has_no_valley() -> None:
    measurement = doublet(20)
    first, second = measurement.bands
    assert valley_between(measurement, first, replace(second, detected=False)) is None
    assert valley_between(measurement, first, replace(first, row=2)) is None


def test_a_volume_carries_what_the_analyses_need_to_know() -> None:
    (first, second) = volumes_of_picture(SPEC, doublet(20), NAMED, [SAMPLE]).volumes
    assert (first.target, first.volume, first.volume_se) == ("A", 800.0, 20.0)
    assert (first.image, first.detection, first.probe) == ("a.tif", "ecl", 2)
    assert first.no_linear_original
    assert first.valley == second.valley == pytest.approx(0.09, abs=0.05)
    assert not first.saturated


def test_a_volume_says_where_the_study_wants_its_band_and_where_it_runs() -> None:
    measurement = doublet(20)
    weighed = replace(
        measurement, bands=(band(1, 30.0, molecular_weight_kda=50.0), measurement.bands[1])
    )
    spec = SPEC.model_copy(update={"targets": (TargetSpec(name="A", kda=37.0), SPEC.targets[1])})
    (first, second) = volumes_of_picture(spec, weighed, NAMED, [SAMPLE]).volumes
    assert (first.expected_kda, first.molecular_weight_kda) == (37.0, 50.0)
    assert second.expected_kda is None


def test_only_a_row_that_a_person_named_is_named_by_hand() -> None:
    def by_hand(assignment: Assignment) -> list[bool]:
        volumes = volumes_of_picture(SPEC, doublet(20), assignment, [SAMPLE]).volumes
        return [volume.named_by_hand for volume in volumes]

    assert by_hand(NAMED) == [False, False]
    assert by_hand(replace(NAMED, by_hand=True)) == [True, True]
    lost = Assignment(targets={(1, 1): "A"}, unnamed=("B",), by_hand=True)
    assert by_hand(lost) == [True, False]


def test_the_limit_of_quantification_leaves_out_what_the_bands_own_light_adds() -> None:
    measurement = doublet(20)
    least = 1.0**2 * 1.5 * 11 * 2 * math.sqrt(math.pi) * 4.0
    strong = replace(measurement, bands=(band(1, 30.0, volume=400.0), measurement.bands[1]))
    volumes = volumes_of_picture(SPEC, strong, NAMED, [SAMPLE])
    (first,) = volumes.of("A")
    assert least > 20.0**2 - 0.5 * 400
    assert first.loq == pytest.approx(10 * math.sqrt(least))
    noisy = replace(measurement, bands=(band(1, 30.0, volume_se=40.0), measurement.bands[1]))
    (first,) = volumes_of_picture(SPEC, noisy, NAMED, [SAMPLE]).of("A")
    light = 0.5 * 800 + (relative_doubt(measurement.blot) * 800) ** 2
    assert first.loq == pytest.approx(10 * math.sqrt(40.0**2 - light))


@pytest.mark.parametrize(
    ("pixels", "fraction", "expected"),
    [(0, 0.0, False), (2, 0.004, False), (3, 0.004, True), (1, 0.005, True)],
)
def test_a_band_is_a_bound_from_three_clipped_pixels_or_half_a_percent_on(
    pixels: int, fraction: float, expected: bool
) -> None:
    assert is_saturated(band(1, 30, saturated_px=pixels, saturated_fraction=fraction)) is expected


def test_ladders_and_slots_that_are_not_shown_have_no_volume() -> None:
    samples = [
        replace(SAMPLE, role="ladder"),
        replace(SAMPLE, lane=2),
    ]
    assert volumes_of_picture(SPEC, doublet(20), NAMED, samples).volumes == ()


def test_parts_without_a_common_covariance_add_their_variances() -> None:
    spec = SPEC.model_copy(update={"targets": (TargetSpec(name="S", parts=("A", "B")),)})
    volumes = volumes_of_picture(spec, doublet(20), NAMED, [SAMPLE])
    (total,) = volumes.of("S")
    assert total.volume == 1600.0
    assert total.volume_se == pytest.approx(math.hypot(20.0, 20.0))
    assert [volume.target for volume in volumes.volumes] == ["S", "A", "B"]


def test_a_sum_with_a_part_missing_has_no_volume() -> None:
    spec = SPEC.model_copy(update={"targets": (TargetSpec(name="S", parts=("A", "B")),)})
    volumes = volumes_of_picture(spec, doublet(20), Assignment(targets={(1, 1): "A"}), [SAMPLE])
    assert math.isnan(volumes.of("S")[0].volume)
    assert volumes.of("A")[0].volume == 800.0
