from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotflux.blot.model import Band, Blot, Box, Lane, LaneRole
from blotflux.findings import Severity
from blotflux.flags import Flag
from blotflux.measure.result import Measurement, Noise
from blotflux.study.assign import assign_targets, find_rows
from blotflux.study.schema import TargetSpec

BOX = Box(left=0, top=0, right=5, bottom=5)


def measured(
    rows: list[float], *, lanes: int = 3, kda: list[float | None] | None = None, panel: int = 1
) -> Measurement:
    """A picture whose rows have these strengths in each lane, from the top."""
    weights = kda or [None] * len(rows)
    bands = [
        Band(
            panel=panel,
            lane=lane,
            row=row,
            x_px=10.0 * lane,
            y_px=10.0 * row,
            box=BOX,
            total=strength,
            background=0.0,
            volume=strength,
            volume_se=1.0,
            snr=50.0,
            molecular_weight_kda=weight,
        )
        for lane in range(1, lanes + 1)
        for row, (strength, weight) in enumerate(zip(rows, weights, strict=True), start=1)
    ]
    tracks = [
        Lane(
            number=n, panel=panel, track_y_px=(0.0, 50.0), track_x_px=(10.0 * n,) * 2, width_px=8.0
        )
        for n in range(1, lanes + 1)
    ]
    return Measurement(
        blot=Blot.from_signal(np.ones((60, 60))),
        lanes=tuple(tracks),
        bands=tuple(bands),
        noise=Noise(sigma=1.0),
        background=np.zeros((60, 60), np.float32),
    )


def named(*names: str) -> tuple[TargetSpec, ...]:
    return tuple(TargetSpec(name=name) for name in names)


def test_as_many_rows_as_names_go_in_order() -> None:
    assignment = assign_targets(measured([5, 9, 2]), named("A", "-", "B"))
    assert assignment.targets == {(1, 1): "A", (1, 3): "B"}
    assert assignment.flag is None
    assert assignment.findings == ()


def test_more_rows_than_names_take_the_strongest_in_order_and_say_so() -> None:
    assignment = assign_targets(measured([5, 1, 9, 2]), named("A", "B"))
    assert assignment.targets == {(1, 1): "A", (1, 3): "B"}
    assert assignment.flag is Flag.TARGET_BY_STRENGTH
    (finding,) = assignment.findings
    assert finding.severity is Severity.WARN
    assert finding.code == "TARGET_BY_STRENGTH"
    assert finding.value == pytest.approx(14 / 17)
    assert "taken are rows 1, 3 with 82% of the signal" in finding.message


def test_a_lone_band_of_two_that_are_named_is_none_of_them() -> None:
    assignment = assign_targets(measured([5]), named("LC3-I", "LC3-II"))
    assert assignment.targets == {}
    assert assignment.flag is Flag.TARGET_AMBIGUOUS
    assert assignment.unnamed == ("LC3-I", "LC3-II")
    (finding,) = assignment.findings
    assert finding.severity is Severity.FAIL
    assert finding.code == "TARGET_AMBIGUOUS"
    assert "1 rows of bands were found, 2 are named ('LC3-I', 'LC3-II')" in finding.message


def test_a_single_target_without_a_row_is_not_measured() -> None:
    assignment = assign_targets(measured([]), named("GAPDH"))
    assert assignment.targets == {}
    assert assignment.flag is Flag.NOT_MEASURED
    assert assignment.findings[0].code == "TARGET_NOT_FOUND"
    assert assignment.findings[0].target == "GAPDH"


def test_parts_are_rows_of_their_own() -> None:
    spec = (TargetSpec(name="p-ERK1/2", parts=("p-ERK1", "p-ERK2")),)
    assert assign_targets(measured([5, 9]), spec).targets == {(1, 1): "p-ERK1", (1, 2): "p-ERK2"}


def test_weights_tell_rows_apart_that_order_and_strength_would_not() -> None:
    rows = measured([9, 8, 3, 7], kda=[90.0, 55.0, 36.0, 20.0])
    targets = named("GAPDH")
    assert assign_targets(rows, targets).targets == {(1, 3): "GAPDH"}
    assert assign_targets(rows, targets).flag is None
    assert assign_targets(measured([9, 8, 3, 7]), targets).targets == {(1, 1): "GAPDH"}


def test_a_weight_that_is_given_wins_over_the_list() -> None:
    rows = measured([9, 8], kda=[55.0, 36.0])
    assert assign_targets(rows, (TargetSpec(name="GAPDH", kda=54),)).targets == {(1, 1): "GAPDH"}


def test_lc3_is_told_by_order_although_its_lower_band_is_the_heavier_protein() -> None:
    rows = measured([9, 8, 7], kda=[37.0, 17.2, 15.1])
    assert assign_targets(rows, named("LC3-I", "LC3-II")).targets == {
        (1, 2): "LC3-I",
        (1, 3): "LC3-II",
    }


def test_of_two_rows_that_fit_alike_the_stronger_is_taken() -> None:
    rows = measured([1, 90], kda=[37.3, 36.6])
    assert assign_targets(rows, named("GAPDH")).targets == {(1, 2): "GAPDH"}


def test_weights_that_fit_no_name_fall_back_on_order() -> None:
    rows = measured([9, 8], kda=[250.0, 200.0])
    assert assign_targets(rows, named("GAPDH", "LC3-I")).targets == {
        (1, 1): "GAPDH",
        (1, 2): "LC3-I",
    }


def test_a_name_that_nobody_knows_the_weight_of_falls_back_on_order() -> None:
    rows = measured([9, 8], kda=[37.0, 17.0])
    assert assign_targets(rows, named("my protein", "GAPDH")).targets == {
        (1, 1): "my protein",
        (1, 2): "GAPDH",
    }


def test_a_row_at_its_weight_is_named_although_another_is_missing() -> None:
    assignment = assign_targets(measured([9], kda=[37.0]), named("p62", "GAPDH"))
    assert assignment.targets == {(1, 1): "GAPDH"}
    assert assignment.unnamed == ("p62",)
    assert assignment.flag is Flag.NOT_MEASURED
    assert "No row of bands lies at the weight of 'p62'" in assignment.findings[0].message


def test_a_lone_lc3_band_with_a_ladder_is_still_none_of_them() -> None:
    assignment = assign_targets(measured([9], kda=[16.0]), named("LC3-I", "LC3-II"))
    assert assignment.flag is Flag.TARGET_AMBIGUOUS


def test_ladders_and_undetected_bands_lend_no_strength_to_a_row() -> None:
    measurement = measured([5, 1])
    bands = tuple(
        replace(band, volume=1e6, detected=False) if band.row == 2 else band
        for band in measurement.bands
    )
    assert [row.strength for row in find_rows(replace(measurement, bands=bands))] == [15, 0]
    lanes = (replace(measurement.lanes[0], role=LaneRole.LADDER), *measurement.lanes[1:])
    assert [row.strength for row in find_rows(replace(measurement, lanes=lanes))] == [10, 2]


def test_rows_of_framed_strips_count_on_from_panel_to_panel() -> None:
    first, second = measured([5]), measured([7], panel=2)
    both = replace(first, lanes=first.lanes + second.lanes, bands=first.bands + second.bands)
    assert assign_targets(both, named("A", "B")).targets == {(1, 1): "A", (2, 1): "B"}


@given(
    strengths=st.lists(st.floats(0.1, 100), min_size=1, max_size=6, unique=True),
    count=st.integers(1, 6),
)
def test_named_rows_are_in_order_and_no_stronger_one_is_left_out(
    strengths: list[float], count: int
) -> None:
    assignment = assign_targets(measured(strengths), named(*(f"T{i}" for i in range(count))))
    if count > len(strengths):
        assert assignment.targets == {}
        return
    rows = [row for _, row in assignment.targets]
    assert rows == sorted(rows)
    assert list(assignment.targets.values()) == [f"T{i}" for i in range(count)]
    left = [s for row, s in enumerate(strengths, start=1) if row not in rows]
    # Two lanes are summed, and numbers that differ in the last digit may then be one.
    assert not left or max(left) <= min(strengths[row - 1] for row in rows) * (1 + 1e-12)
