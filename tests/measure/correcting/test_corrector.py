"""A plan measured: untouched it is the automatic result, touched it is near it."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from blotflux.blot import Blot, LaneRole, Polarity
from blotflux.measure.correcting import Corrector, PlannedBand, measure_corrected, start_plan
from blotflux.measure.correcting.painted import Painted
from blotflux.measure.correcting.spread import spread_lanes
from blotflux.measure.fitting.frozen import fit_frozen
from blotflux.measure.pipeline import quantify
from blotflux.measure.result import LaneHints
from blotflux.parameters import Parameters
from blotflux.synthetic import draw_kind

RECIPE = Parameters()


def drawn(seed):
    made = draw_kind("typical", seed)
    light = made.polarity == Polarity.LIGHT_ON_DARK
    signal = made.image.astype(np.float32)
    clipped = made.image >= made.ceiling if light else made.image <= 0
    return made, Blot.from_signal(signal if light else made.ceiling - signal, saturated=clipped)


@pytest.fixture(scope="module", params=[3, 4, 11])
def started(request):
    _, blot = drawn(request.param)
    measured = quantify(blot)
    plan = start_plan(blot, RECIPE, measured.lanes, LaneHints())
    return measured, plan, Corrector(blot, RECIPE, plan)


def with_lane(plan, lane_id, **update):
    lanes = tuple(
        lane.model_copy(update=update) if lane.id == lane_id else lane for lane in plan.lanes
    )
    return plan.model_copy(update={"lanes": lanes})


def shifted(plan, lane_id, dx):
    x_px = tuple(x + dx for x in plan.lane(lane_id).track_x_px)
    return with_lane(plan, lane_id, track_x_px=x_px)


def test_a_plan_that_nobody_changed_is_the_automatic_result(started):
    measured, plan, corrector = started
    seen = corrector.measure(plan).measurement
    assert seen.bands == measured.bands
    assert seen.lanes == measured.lanes
    assert np.array_equal(seen.background, measured.background)
    for key, own in measured.covariances.items():
        assert np.array_equal(own.matrix, seen.covariances[key].matrix)


def test_what_is_kept_for_speed_changes_no_digit(started):
    measured, plan, corrector = started
    for lane_id in range(1, 6):
        moved = shifted(plan, lane_id, 1.25)
        kept = corrector.measure(moved).measurement
        anew = measure_corrected(measured.blot, RECIPE, moved)
        assert kept.bands == anew.bands
        assert np.array_equal(kept.background, anew.background)


def test_a_lane_fitted_alone_where_it_was_agrees_with_the_joint_fit(started):
    measured, plan, corrector = started
    off = []
    for lane in plan.lanes:
        if lane.role is LaneRole.LADDER:
            continue
        # A millionth of a pixel: the same pixels, but no longer the lane that was found.
        again = corrector.measure(shifted(plan, lane.id, 1e-6)).measurement
        off += [
            (new.volume - old.volume) / old.volume_se
            for old, new in zip(measured.bands, again.bands, strict=True)
            if old.lane == lane.number
        ]
    assert np.median(np.abs(off)) < 0.5
    assert np.quantile(np.abs(off), 0.95) < 1.5


def test_a_lane_beyond_the_reach_of_a_moved_one_is_untouched(started):
    measured, plan, corrector = started
    moved = corrector.measure(shifted(plan, 3, 2.0)).measurement
    number = plan.lane(3).number
    for old, new in zip(measured.bands, moved.bands, strict=True):
        if abs(old.lane - number) > 1:
            assert old == new


def test_without_one_of_two_neighbors_the_other_takes_no_more_than_was_there(started):
    measured, plan, corrector = started
    close = next(
        ((a, b) for a in measured.bands for b in measured.bands
         if (a.lane, a.row + 1) == (b.lane, b.row) and "OVERLAPS_NEIGHBOR" in b.flags
         and a.detected and b.detected and b.y_px - a.y_px < 6 * a.sigma_y_px),
        None,
    )  # fmt: skip
    if close is None:
        pytest.skip("no two bands of this blot overlap")
    upper, lower = close
    lane_id = next(lane.id for lane in plan.lanes if lane.number == lower.lane)
    said = PlannedBand(lane=lane_id, row=lower.row - 1, absent=True)
    left = corrector.measure(plan.model_copy(update={"bands": (said,)})).measurement
    alone = next(b for b in left.bands if (b.lane, b.row) == (upper.lane, upper.row))
    assert alone.volume < 1.2 * (upper.volume + lower.volume)


def test_the_sheet_says_what_is_a_ladder(started):
    _, plan, corrector = started
    seen = corrector.measure(plan, ladders=frozenset({2})).measurement
    roles = {lane.number: lane.role for lane in seen.lanes}
    assert roles[2] is LaneRole.LADDER
    assert roles[1] is not LaneRole.LADDER


def count_fits(monkeypatch, run):
    """Return how many stretches were fitted by each call while something ran."""
    counts = []

    def counted(tasks):
        counts.append(len(tasks))
        return fit_frozen(tasks)

    for module in ("panel", "lane"):
        monkeypatch.setattr(f"blotflux.measure.correcting.{module}.fit_frozen", counted)
    run()
    return counts


def test_what_was_said_of_one_lane_lets_the_others_be_as_they_were_kept(started, monkeypatch):
    _, plan, _ = started
    corrector = Corrector(started[0].blot, RECIPE, plan)
    everywhere = plan.model_copy(
        update={"rows": (plan.rows[0].model_copy(update={"offset_px": 0.5}), *plan.rows[1:])}
    )
    corrector.measure(everywhere)
    sample = next(lane for lane in plan.lanes if lane.role is not LaneRole.LADDER)
    said = PlannedBand(lane=sample.id, row=plan.rows[0].id, absent=True)
    again = everywhere.model_copy(update={"bands": (said,)})
    assert sum(count_fits(monkeypatch, lambda: corrector.measure(again))) <= 1


def test_a_full_store_makes_no_edit_measure_what_it_does_not_touch(started, monkeypatch):
    monkeypatch.setattr("blotflux.measure.correcting.kept.MOST_KEPT", 1)
    measured, plan, _ = started
    corrector = Corrector(measured.blot, RECIPE, plan)
    moved = plan
    for lane in plan.lanes:
        moved = shifted(moved, lane.id, 0.75)
    corrector.measure(moved)
    named = with_lane(moved, plan.lanes[0].id, name="vehicle")
    assert count_fits(monkeypatch, lambda: corrector.measure(named)) == []
    assert corrector.measure(moved).measurement.bands == (
        measure_corrected(measured.blot, RECIPE, moved).bands
    )


def test_lanes_far_from_each_other_are_fitted_once(monkeypatch):
    made, blot = drawn(3)
    rows = LaneHints(rows=len(made.scene.rows))
    found = [lane for lane in quantify(blot).lanes if lane.role is not LaneRole.LADDER]
    # Between any two one is missing.
    lanes = tuple(replace(lane, number=n) for n, lane in enumerate(found[::2], start=1))
    plan = start_plan(blot, RECIPE, lanes, rows)
    corrector = Corrector(blot, RECIPE, plan)
    moved = plan
    for one in plan.lanes:
        moved = shifted(moved, one.id, 0.75)
    counts = count_fits(monkeypatch, lambda: corrector.measure(moved))
    assert len(counts) == 1  # all side by side, and nothing again in the light of neighbors


def test_the_background_is_painted_when_it_is_looked_at(started):
    _, plan, corrector = started
    before = corrector.base.measurement.background.copy()
    number = next(lane.number for lane in plan.lanes if lane.id == 3)
    moved = corrector.measure(shifted(plan, 3, 2.0)).measurement
    assert isinstance(moved.background, Painted)
    assert moved.background.shape == before.shape
    assert moved.background.dtype == before.dtype
    lane = next(lane for lane in moved.lanes if lane.number == number)
    y = round(sum(lane.track_y_px) / len(lane.track_y_px))
    x = round(float(lane.x_at(y)))
    level = corrector.measure(shifted(plan, 3, 2.0)).lanes[lane.panel, number]
    per_px = level.fitted.background[y - level.profiles.top] / level.profiles.width_px[0]
    assert moved.background[y, x] == pytest.approx(per_px, rel=1e-6)
    assert np.array_equal(corrector.base.measurement.background, before)
    assert type(pickle.loads(pickle.dumps(moved.background))) is np.ndarray


@pytest.mark.parametrize("seed", [3, 4, 11])
def test_as_many_lanes_as_were_drawn_are_laid_out_over_them(seed):
    made, blot = drawn(seed)
    lanes = spread_lanes(blot, len(made.truth.lanes), (0.0, blot.shape[0] - 1.0))
    middle = blot.shape[0] / 2
    pitch = np.median(np.diff([float(lane.x_at(middle)) for lane in lanes]))
    off = [
        abs(float(lane.x_at(middle)) - true.x_px)
        for lane, true in zip(lanes, made.scene.lanes, strict=True)
    ]
    assert np.median(off) < 0.3 * pitch


def test_a_lane_that_stays_is_seen_as_the_joint_fit_saw_it():
    # Its windows catch 98 % of what is in the lanes, of the level under the bands too: the profile
    # and its background must be in one scale.
    made = draw_kind("clean", 3)
    light = made.polarity == Polarity.LIGHT_ON_DARK
    signal = made.image.astype(np.float32)
    blot = Blot.from_signal(65_000 + (signal if light else made.ceiling - signal))
    plan = start_plan(blot, RECIPE, quantify(blot).lanes, LaneHints())
    corrector = Corrector(blot, RECIPE, plan)
    assert corrector.base.panels[1].samples.fit.lost.max() > 0.01
    for lane in corrector.measure(plan).lanes.values():
        fitted = lane.fitted
        left = fitted.value - fitted.background - fitted.curves.sum(axis=0)
        assert abs(np.median(left)) < 0.001 * np.median(fitted.value)
