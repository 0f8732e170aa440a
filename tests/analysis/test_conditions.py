"""Which lanes repeat one another, and which biological replicate they are of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from blotflux.analysis.blocks import Blocks, build_blocks, collapse_technical
from blotflux.analysis.conditions import Condition, assign_replicates, condition_of, lane_key
from blotflux.analysis.normalization import normalize
from blotflux.analysis.records import LaneSample, TargetVolume
from blotflux.analysis.scaling import common_sample


def lane(number: int, membrane: str = "m1", **sheet: Any) -> LaneSample:
    """Return a lane of the sheet."""
    return LaneSample(membrane=membrane, lane=number, **{"treatment": "vehicle", **sheet})


def test_a_condition_is_treatment_dose_time_inhibitor_and_its_dose() -> None:
    one = condition_of(
        lane(1, dose="10", dose_unit="uM", time_h=16.0, inhibitor="BafA1"), inhibitor_hours=4.0
    )
    assert one.inhibitor_h == 4.0
    assert one.words == "vehicle 10 uM, 16 h, with BafA1"
    assert one.drug == Condition(treatment="vehicle", dose="10", dose_unit="uM", time_h=16.0)
    assert one.drug.words == "vehicle 10 uM, 16 h, no inhibitor"
    for other in (
        lane(1, dose="11", dose_unit="uM", time_h=16.0, inhibitor="BafA1"),
        lane(1, dose="10", dose_unit="nM", time_h=16.0, inhibitor="BafA1"),
        lane(1, dose="10", dose_unit="uM", time_h=4.0, inhibitor="BafA1"),
        lane(1, dose="10", dose_unit="uM", time_h=16.0, inhibitor="CQ"),
        lane(1, dose="10", dose_unit="uM", time_h=16.0, inhibitor="BafA1", inhibitor_dose="1"),
        lane(1, dose="10", dose_unit="uM", time_h=16.0, inhibitor="BafA1", inhibitor_h=2.0),
        lane(1, dose="10", dose_unit="uM", time_h=16.0),
    ):
        assert condition_of(other, inhibitor_hours=4.0) != one


def test_hours_and_dose_of_no_inhibitor_mean_nothing() -> None:
    bare = condition_of(lane(1), inhibitor_hours=4.0)
    assert condition_of(lane(1, inhibitor_h=4.0, inhibitor_dose="x"), inhibitor_hours=2.0) == bare


def test_doses_are_ordered_as_numbers() -> None:
    doses = ["", "0.5", "2", "10", "100 nM", "high"]
    shuffled = [Condition(treatment="T", dose=dose) for dose in reversed(doses)]
    assert [item.dose for item in sorted(shuffled, key=lambda item: item.order)] == doses


def test_without_replicates_the_membrane_is_one_and_it_is_said() -> None:
    found = assign_replicates([lane(1), lane(2, treatment="T"), lane(1, "m2")])
    assert found.of_lane == {("m1", 1): "m1", ("m1", 2): "m1", ("m2", 1): "m2"}
    assert found.assumed
    assert [item.code for item in found.findings] == ["REPLICATE_ASSUMED"]


def test_lanes_that_the_sheet_numbers_as_technical_are_of_known_origin() -> None:
    unknown = assign_replicates([lane(1), lane(2)])
    known = assign_replicates([lane(1, technical="1"), lane(2, technical="2")])
    assert [item.code for item in unknown.findings] == ["REPLICATE_ASSUMED", "R2"]
    assert [item.code for item in known.findings] == ["REPLICATE_ASSUMED"]


def test_a_lane_without_replicate_repeats_its_membranes_only_one() -> None:
    found = assign_replicates(
        [
            lane(1, replicate="a"),
            lane(2),
            lane(1, "m2", replicate="a"),
            lane(2, "m2", replicate="b"),
            lane(3, "m2"),
            lane(1, "m3"),
        ]
    )
    assert found.of_lane == {
        ("m1", 1): "a",
        ("m1", 2): "a",
        ("m2", 1): "a",
        ("m2", 2): "b",
    }
    assert [(item.code, item.membrane, item.lane) for item in found.findings] == [
        ("R2", "m1", 2),
        ("R2", "m2", 3),
        ("R2", "m3", 1),
    ]


def test_ladders_references_and_excluded_lanes_are_no_replicates() -> None:
    found = assign_replicates(
        [
            lane(1, replicate="a"),
            lane(2, role="ladder"),
            lane(3, role="reference"),
            lane(4, exclude="smear"),
        ]
    )
    assert found.of_lane == {("m1", 1): "a"}
    assert found.findings == ()


# ---------------------------------------------------------------- from lanes to blocks


def observations(entries: list[tuple[str, str, str, float]]) -> Any:
    """Return technical means of (membrane, replicate, treatment, volume) lanes."""
    counts: dict[str, int] = {}
    samples, volumes = [], []
    for membrane, replicate, treatment, value in entries:
        counts[membrane] = counts.get(membrane, 0) + 1
        sample = lane(counts[membrane], membrane, replicate=replicate, treatment=treatment)
        samples.append(sample)
        for target, volume in (("T", value), ("L", 10.0)):
            volumes.append(
                TargetVolume(
                    membrane=membrane,
                    lane=sample.lane,
                    target=target,
                    volume=volume,
                    volume_se=0.1 * volume,
                )
            )
    return collapse_technical(
        normalize(samples, volumes, "T", "L").lanes,
        {lane_key(sample): condition_of(sample) for sample in samples},
        assign_replicates(samples).of_lane,
    )


def test_technical_lanes_become_one_geometric_mean_with_half_the_variance() -> None:
    (one,) = observations([("m1", "a", "V", 100.0), ("m1", "a", "V", 400.0)])
    assert one.ln_value == pytest.approx(5.298317)
    assert one.n_technical == 2
    assert one.ln_variance == pytest.approx((0.1**2 + 0.1**2) * 2 / 4)


def test_incomplete_membranes_of_one_replicate_do_not_mix_their_levels() -> None:
    entries = [
        ("m1", "a", "V", 100.0),
        ("m1", "a", "T", 200.0),
        ("m2", "a", "V", 5000.0),
        ("m2", "a", "U", 20000.0),
    ]
    blocks = build_blocks(observations(entries))
    values = {item.condition.treatment: item.ln_value for item in blocks.observations}
    assert values["T"] - values["V"] == pytest.approx(0.6931472)
    assert values["U"] - values["V"] == pytest.approx(1.3862944)
    assert {item.block for item in blocks.observations} == {"a"}


def test_membranes_that_nothing_links_stay_apart() -> None:
    entries = [("m1", "a", "V", 100.0), ("m1", "a", "T", 200.0), ("m2", "a", "U", 50.0)]
    blocks = build_blocks(observations(entries))
    assert blocks.split == ("a",)
    assert {item.block for item in blocks.observations} == {"a on m1", "a on m2"}


def test_replicates_with_one_condition_each_are_independent() -> None:
    blocks = build_blocks(observations([("m1", "a", "V", 100.0), ("m1", "b", "T", 200.0)]))
    assert not blocks.blocked
    assert {item.block for item in blocks.observations} == {"m1"}
    assert blocks.complete({item.condition for item in blocks.observations}) == ()


def one_scale(rng: np.random.Generator, references: int, n: int = 4) -> Blocks:
    """Return treated over vehicle 1, each on a membrane of its own, by noisy reference lanes."""
    sd, samples, volumes = 0.1, [], []
    for membrane, treatment in (("m1", "V"), ("m2", "T")):
        entries = [("sample", treatment, str(r)) for r in range(n)]
        entries += [("reference", "pool", "")] * references
        for number, (role, name, replicate) in enumerate(entries, start=1):
            samples.append(lane(number, membrane, role=role, treatment=name, replicate=replicate))
            place: dict[str, Any] = {"membrane": membrane, "lane": number}
            volumes.append(TargetVolume(target="T", volume=rng.lognormal(8, sd), **place))
            volumes.append(TargetVolume(target="L", volume=10.0, **place))
    return scaled(samples, volumes)


def scaled(samples: list[LaneSample], volumes: list[TargetVolume]) -> Blocks:
    """Return the blocks of a sheet whose membranes are put on one scale by reference lanes."""
    lanes = normalize(samples, volumes, "T", "L").lanes
    technical = collapse_technical(
        [item for item in lanes if item.sample.role == "sample"],
        {lane_key(sample): condition_of(sample) for sample in samples},
        assign_replicates(samples).of_lane,
    )
    return build_blocks(technical, common_sample(lanes))


def test_the_error_of_reference_lanes_is_in_every_contrast_across_membranes() -> None:
    blocks = one_scale(np.random.default_rng(1), references=2)
    fit = blocks.fit()
    v, t = blocks.conditions[::-1]
    contrast = fit.difference(t, v)
    assert blocks.cross_membrane
    assert contrast.se == pytest.approx(fit.s * np.sqrt(2 / 4 + 2 / 2))


def own_membranes(rng: np.random.Generator, references: int, n: int = 4) -> Blocks:
    """Return treated over vehicle 1, each lane of each replicate on a membrane of its own."""
    samples, volumes = [], []
    for replicate in range(n):
        for treatment in ("V", "T"):
            membrane = f"{replicate}{treatment}"
            entries = [("sample", treatment, str(replicate))]
            entries += [("reference", "pool", "")] * references
            for number, (role, name, r) in enumerate(entries, start=1):
                samples.append(lane(number, membrane, role=role, treatment=name, replicate=r))
                place: dict[str, Any] = {"membrane": membrane, "lane": number}
                volumes.append(TargetVolume(target="T", volume=rng.lognormal(8, 0.1), **place))
                volumes.append(TargetVolume(target="L", volume=10.0, **place))
    return scaled(samples, volumes)


@pytest.mark.parametrize("references", [1, 2])
def test_the_error_of_reference_lanes_is_not_counted_twice(references: int) -> None:
    rng = np.random.default_rng(references)
    covered = 0
    for _ in range(400):
        blocks = own_membranes(rng, references)
        v, t = blocks.conditions[::-1]
        assert blocks.cross_membrane
        interval = blocks.fit().difference(t, v).interval(0.95)
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= 0 <= interval.high
    assert 0.92 <= covered / 400 <= 0.975


@pytest.mark.parametrize("references", [1, 3])
def test_intervals_across_membranes_hold_the_truth(references: int) -> None:
    rng = np.random.default_rng(references)
    covered = 0
    for _ in range(400):
        blocks = one_scale(rng, references)
        v, t = blocks.conditions[::-1]
        interval = blocks.fit().difference(t, v).interval(0.95)
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= 0 <= interval.high
    assert 0.92 <= covered / 400 <= 0.98
