"""Lane factors, normalized values, their errors, and joining by lysate."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.analysis.normalization import cv_gain, normalize
from blotflux.analysis.records import LaneSample, TargetVolume
from blotflux.analysis.scaling import common_sample, membrane_mean
from blotflux.analysis.volumes import VolumeTable, is_below_loq, loq_of
from blotflux.errors import NormalizationError

volumes_ = st.floats(1e2, 1e6)


def lane(number: int, membrane: str = "m1", **sheet: Any) -> LaneSample:
    """Return a lane of the sheet."""
    return LaneSample(membrane=membrane, lane=number, **{"treatment": "vehicle", **sheet})


def volume(
    number: int, target: str, value: float, membrane: str = "m1", **more: Any
) -> TargetVolume:
    """Return a volume."""
    return TargetVolume(membrane=membrane, lane=number, target=target, volume=value, **more)


def blot(
    v: list[float], loading: list[float], **more: Any
) -> tuple[list[LaneSample], list[TargetVolume]]:
    """Return one membrane with a target T and a loading control L."""
    samples = [lane(i + 1) for i in range(len(v))]
    found = [volume(i + 1, "T", value, **more) for i, value in enumerate(v)]
    found += [volume(i + 1, "L", value, **more) for i, value in enumerate(loading)]
    return samples, found


def test_factors_are_relative_to_the_geometric_mean_of_the_membrane() -> None:
    samples, found = blot([100.0, 200.0, 300.0], [1.0, 2.0, 4.0])
    lanes = normalize(samples, found, "T", "L").lanes
    assert [item.factor for item in lanes] == pytest.approx([0.5, 1.0, 2.0])
    assert [item.normalized for item in lanes] == pytest.approx([200.0, 200.0, 150.0])


@given(st.lists(st.tuples(volumes_, volumes_), min_size=2, max_size=8), st.floats(0.01, 100))
@settings(max_examples=50, deadline=None)
def test_loading_a_lane_more_changes_its_normalized_value_by_one_common_factor(
    lanes_: list[tuple[float, float]], factor: float
) -> None:
    v, loading = map(list, zip(*lanes_, strict=True))
    plain = normalize(*blot(v, loading), "T", "L").lanes
    v[0] *= factor
    loading[0] *= factor
    fuller = normalize(*blot(v, loading), "T", "L").lanes
    ratios = [a.normalized / b.normalized for a, b in zip(fuller, plain, strict=True)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-9)


def test_lanes_that_failed_or_are_no_samples_are_not_in_the_mean() -> None:
    samples, found = blot([100.0] * 6, [2.0, 2.0, 2.0, 50.0, 70.0, 90.0])
    samples[3] = lane(4, role="ladder", treatment="")
    samples[4] = lane(5, exclude="bubble")
    found[-1] = volume(6, "L", 90.0, flags=("QC_FAIL",))
    lanes = {item.key[1]: item for item in normalize(samples, found, "T", "L").lanes}
    assert set(lanes) == {1, 2, 3, 5, 6}
    assert [lanes[number].factor for number in (1, 2, 3)] == pytest.approx([1.0] * 3)
    assert [lanes[number].usable for number in (1, 2, 3, 5, 6)] == [True] * 3 + [False] * 2
    assert lanes[5].flags == ("EXCLUDED", "NO_LOADING_CONTROL")
    assert lanes[6].flags == ("QC_FAIL", "NO_LOADING_CONTROL")
    assert lanes[5].normalized == pytest.approx(100 / 35)


def test_errors_of_target_and_control_add_on_the_ln_scale() -> None:
    samples, found = blot([1000.0, 1000.0], [100.0, 100.0])
    found = [
        volume(item.lane, item.target, item.volume, volume_se=se * item.volume)
        for item, se in zip(found, (0.08, 0.08, 0.06, 0.06), strict=True)
    ]
    value = normalize(samples, found, "T", "L").lanes[0]
    assert value.normalized_se / value.normalized == pytest.approx(0.1)
    assert value.ln_variance == pytest.approx(0.08**2 + 0.06**2)


def test_the_error_of_a_value_at_zero_is_that_of_its_volume() -> None:
    samples, found = blot([0.0, -50.0], [100.0, 100.0], volume_se=10.0)
    lanes = normalize(samples, found, "T", "L").lanes
    assert lanes[0].normalized_se == pytest.approx(10.0)
    assert lanes[1].normalized == pytest.approx(-50.0)
    assert lanes[1].normalized_se == pytest.approx(math.hypot(10.0, 5.0))
    assert all(item.below_loq for item in lanes)


def test_unknown_errors_stay_unknown() -> None:
    value = normalize(*blot([1000.0, 900.0], [100.0, 90.0]), "T", "L").lanes[0]
    assert math.isnan(value.normalized_se)
    assert math.isnan(value.ln_variance)


def test_several_controls_are_joined_by_the_geometric_mean_of_their_factors() -> None:
    samples, found = blot([100.0, 100.0], [1.0, 4.0], volume_se=0.1)
    found += [volume(1, "M", 9.0, volume_se=0.9), volume(2, "M", 1.0, volume_se=0.1)]
    both = normalize(samples, found, "T", ("L", "M")).lanes
    assert [item.factor for item in both] == pytest.approx([np.sqrt(0.5 * 3), np.sqrt(2 / 3)])
    assert both[1].normalized_se / both[1].normalized == pytest.approx(
        math.hypot(0.1 / 100, math.hypot(0.1 / 4, 0.1) / 2)
    )


def test_a_lane_without_one_of_its_controls_has_no_factor() -> None:
    samples, found = blot([100.0, 100.0], [1.0, 4.0])
    found.append(volume(1, "M", 9.0))
    lanes = normalize(samples, found, "T", ("L", "M")).lanes
    assert [item.usable for item in lanes] == [True, False]
    assert "NO_LOADING_CONTROL" in lanes[1].flags
    assert math.isnan(lanes[1].normalized)


def test_a_saturated_control_is_not_in_the_mean_and_is_told() -> None:
    samples, found = blot([100.0] * 3, [2.0, 2.0, 80.0])
    found[-1] = volume(3, "L", 80.0, saturated=True)
    lanes = normalize(samples, found, "T", "L").lanes
    assert [item.factor for item in lanes] == pytest.approx([1.0, 1.0, 40.0])
    assert [item.loading_saturated for item in lanes] == [False, False, True]
    found = [
        volume(item.lane, "L", item.volume, saturated=True) if item.target == "L" else item
        for item in found
    ]
    every = normalize(samples, found, "T", "L").lanes
    assert all(item.loading_saturated for item in every)
    assert np.prod([item.factor for item in every]) == pytest.approx(1.0)


def test_a_control_that_was_not_measured_is_a_finding_and_no_crash() -> None:
    samples, found = blot([100.0, 100.0], [])
    result = normalize(samples, found, "T", "L")
    assert [item.usable for item in result.lanes] == [False, False]
    (told,) = result.findings
    assert (told.severity, told.code) == ("fail", "NO_LOADING_CONTROL")
    assert "L was not measured" in told.message


def sister_gel(*, named: bool = True) -> tuple[list[LaneSample], list[TargetVolume]]:
    """Return a target on one gel and its control on another, in another order of lanes."""
    lysates = ("a", "b", "c")
    samples = [lane(i + 1, sample=name if named else "") for i, name in enumerate(lysates)]
    samples += [
        lane(i + 1, "gel2", sample=name if named else "")
        for i, name in enumerate(reversed(lysates))
    ]
    samples.append(lane(4, "gel2", sample="c" if named else ""))
    found = [volume(i + 1, "T", 100.0) for i in range(3)]
    found += [volume(i + 1, "L", value, "gel2") for i, value in enumerate((4.0, 2.0, 1.0))]
    found.append(volume(4, "L", 9.0, "gel2"))
    return samples, found


def test_a_control_on_a_sister_gel_is_joined_by_lysate() -> None:
    result = normalize(*sister_gel(), "T", "L")
    lysate = np.array([1.0, 2.0, 6.0])  # c is there twice: sqrt(4 * 9)
    assert [item.factor for item in result.lanes] == pytest.approx(
        (lysate / np.exp(np.log(lysate).mean())).tolist()
    )
    assert all("CROSS_MEMBRANE" in item.flags and item.usable for item in result.lanes)
    assert [item.code for item in result.findings] == ["CROSS_MEMBRANE"]
    assert "gel2" in result.findings[0].message


def test_a_control_on_a_sister_gel_without_lysates_is_refused() -> None:
    result = normalize(*sister_gel(named=False), "T", "L")
    assert not any(item.usable for item in result.lanes)
    (told,) = result.findings
    assert "'sample'" in told.message
    assert "gel2" in told.message


def test_all_lanes_take_their_control_from_one_other_membrane() -> None:
    samples, found = sister_gel()
    samples.append(lane(1, "gel3", sample="a"))
    found.append(volume(1, "L", 700.0, "gel3"))
    factors = [item.factor for item in normalize(samples, found, "T", "L").lanes]
    assert factors == pytest.approx(
        [item.factor for item in normalize(*sister_gel(), "T", "L").lanes]
    )


def test_volumes_that_were_joined_before_keep_the_mark() -> None:
    samples, found = blot([100.0, 100.0], [1.0, 2.0], membrane_measured="other")
    assert all("CROSS_MEMBRANE" in item.flags for item in normalize(samples, found, "T", "L").lanes)


def test_two_volumes_of_one_target_in_one_lane_are_an_error() -> None:
    found = [volume(1, "T", 1.0), volume(1, "T", 2.0)]
    with pytest.raises(NormalizationError, match="m1 lane 1: two volumes of T"):
        VolumeTable(found)


def test_a_volume_that_is_no_number_is_shown_and_not_used() -> None:
    samples, found = blot([math.nan, 100.0], [1.0, 1.0])
    lanes = normalize(samples, found, "T", "L").lanes
    assert [item.usable for item in lanes] == [False, True]
    assert lanes[0].flags == ("NOT_MEASURED",)
    assert not lanes[0].below_loq


@pytest.mark.parametrize(
    ("more", "below"),
    [
        ({"value": 0.0}, True),
        ({"value": -1.0, "below_loq": False}, True),
        ({"value": 5.0}, False),
        ({"value": 5.0, "loq": 6.0}, True),
        ({"value": 7.0, "loq": 6.0}, False),
        ({"value": 5.0, "loq": 6.0, "below_loq": False}, False),
        ({"value": 7.0, "loq": 6.0, "below_loq": True}, True),
        ({"value": 7.0, "snr": 2.9}, True),
        ({"value": 7.0, "snr": 3.1}, False),
    ],
)
def test_what_is_given_decides_before_the_limit_and_zero_before_all(
    more: dict[str, Any], below: bool
) -> None:
    assert is_below_loq(volume(1, "T", more.pop("value"), **more)) == below


def test_the_limit_of_a_volume_from_elsewhere_is_ten_errors_at_zero_signal() -> None:
    assert loq_of(volume(1, "T", -3.0, volume_se=2.0)) == pytest.approx(20.0)
    assert loq_of(volume(1, "T", 8.0, volume_se=2.0, below_loq=True)) == pytest.approx(20.0)
    assert loq_of(volume(1, "T", 800.0, volume_se=2.0)) is None
    assert loq_of(volume(1, "T", -3.0)) is None


def test_reference_lanes_scale_their_membrane_with_their_error() -> None:
    samples, found = [], []
    for membrane, factor in (("m1", 1.0), ("m2", 3.0)):
        for number, role in ((1, "sample"), (2, "reference"), (3, "reference")):
            samples.append(lane(number, membrane, role=role))
            found.append(
                volume(
                    number, "T", 100.0 * factor * number, membrane, volume_se=10 * factor * number
                )
            )
            found.append(volume(number, "L", 10.0, membrane, volume_se=0.0))
    scales = common_sample(normalize(samples, found, "T", "L").lanes)
    assert scales["m2"].ln_value - scales["m1"].ln_value == pytest.approx(np.log(3))
    assert scales["m1"].n_lanes == 2
    assert scales["m1"].ln_variance == pytest.approx(2 * 0.1**2 / 4)


def test_membranes_are_scaled_by_the_conditions_they_share() -> None:
    values = {"m1": {"V": 1.0, "A": 2.0, "B": 9.0}, "m2": {"V": 2.0, "A": 3.0}}
    variances = {"m1": {"V": 0.02, "A": 0.02}, "m2": {"V": 0.02, "A": 0.02}}
    scales = membrane_mean(values, variances)
    assert scales["m2"].ln_value - scales["m1"].ln_value == pytest.approx(1.0)
    assert scales["m1"].ln_variance == pytest.approx(0.01)
    with pytest.raises(NormalizationError, match="share no condition; they cannot be put on one"):
        membrane_mean({"m1": {"V": 1.0}, "m2": {"A": 1.0}})


def test_a_control_that_adds_noise_has_a_gain_above_one() -> None:
    assert cv_gain(0.1, 0.1) == pytest.approx(1.0)
    assert cv_gain(0.1, 0.3) > 3
    assert math.isnan(cv_gain(0.0, 0.3))
