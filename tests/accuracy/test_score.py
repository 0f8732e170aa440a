from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blotflux.accuracy import score_blot
from blotflux.accuracy.score import is_countable
from blotflux.blot import Band, LaneRole, Polarity
from blotflux.measure.result import Measurement

if TYPE_CHECKING:
    from blotflux.synthetic import SyntheticBlot

Alter = Callable[[Callable[[Band], Band]], Measurement]


def shifted(measured: Measurement, lane: int, by_px: float) -> Measurement:
    """Return the measurement with one lane's track moved sideways."""
    lanes = tuple(
        replace(entry, track_x_px=tuple(x + by_px for x in entry.track_x_px))
        if entry.number == lane
        else entry
        for entry in measured.lanes
    )
    return replace(measured, lanes=lanes)


def pitch_of(drawn: SyntheticBlot) -> float:
    return float(np.median(np.diff([lane.x_at(100.0) for lane in drawn.truth.lanes])))


def test_the_drawn_blot_holds_what_these_tests_need(typical: SyntheticBlot) -> None:
    truth = typical.truth
    assert [lane.role for lane in truth.lanes].count(LaneRole.LADDER) == 1
    assert any(lane.empty for lane in truth.lanes)
    assert any(not band.present for band in truth.bands)
    assert sum(is_countable(band) for band in truth.bands) > 15


def test_a_perfect_measurement_has_a_perfect_score(
    typical: SyntheticBlot, perfect: Measurement
) -> None:
    score = score_blot(typical, perfect)
    assert score.lanes_exact
    assert score.polarity_right
    assert score.bands.hits == sum(is_countable(band) for band in typical.truth.bands)
    assert score.bands.missed == score.bands.invented == 0
    assert max(score.volumes.errors_percent) == pytest.approx(0, abs=1e-9)
    assert len(score.volumes.doublet_percent) > 3
    assert max(score.volumes.doublet_percent) == pytest.approx(0, abs=1e-9)
    assert set(score.volumes.absent_percent) == {0.0}
    assert all(score.volumes.covered)
    assert not any(score.volumes.absent_detected)
    assert all(right for _, right in score.confidences)


def test_a_missed_lane_makes_the_picture_wrong(
    typical: SyntheticBlot, perfect: Measurement
) -> None:
    lanes = tuple(lane for lane in perfect.lanes if lane.number != 2)
    score = score_blot(typical, replace(perfect, lanes=lanes))
    assert (score.lanes_exact, score.lanes_missed, score.lanes_surplus) == (False, 1, 0)


def test_a_doubled_lane_makes_the_picture_wrong_and_one_of_the_two(
    typical: SyntheticBlot, perfect: Measurement
) -> None:
    double = replace(
        perfect.lanes[2], number=99, track_x_px=tuple(x + 2 for x in perfect.lanes[2].track_x_px)
    )
    score = score_blot(typical, replace(perfect, lanes=(*perfect.lanes, double)))
    assert (score.lanes_exact, score.lanes_missed, score.lanes_surplus) == (False, 0, 1)
    assert [right for _, right in score.confidences].count(False) == 1


def test_empty_lanes_count_neither_way(typical: SyntheticBlot, perfect: Measurement) -> None:
    empty = {lane.number for lane in typical.truth.lanes if lane.empty}
    kept = tuple(lane for lane in perfect.lanes if lane.number not in empty)
    score = score_blot(typical, replace(perfect, lanes=kept))
    assert score.lanes_exact
    assert len(score.confidences) == len(kept)


def test_a_lane_is_right_within_its_share_of_the_pitch(
    typical: SyntheticBlot, perfect: Measurement
) -> None:
    pitch = pitch_of(typical)
    assert score_blot(typical, shifted(perfect, 2, 0.33 * pitch)).lanes_exact
    wrong = score_blot(typical, shifted(perfect, 2, 0.37 * pitch))
    assert (wrong.lanes_missed, wrong.lanes_surplus) == (1, 1)


def test_missed_and_invented_bands_are_counted(
    typical: SyntheticBlot, perfect: Measurement, altered: Alter
) -> None:
    total = sum(is_countable(band) for band in typical.truth.bands)
    blind = altered(lambda band: replace(band, detected=False))
    assert score_blot(typical, blind).bands.missed == total
    lane = next(x for x in typical.truth.lanes if x.role is LaneRole.SAMPLE and not x.empty)
    ghost = replace(perfect.bands[0], x_px=float(lane.x_at(20.0)), y_px=20.0, detected=True)
    haunted = score_blot(typical, replace(perfect, bands=(*perfect.bands, ghost)))
    assert (haunted.bands.hits, haunted.bands.invented) == (total, 1)


def test_extra_bands_in_a_ladder_lane_are_free(
    typical: SyntheticBlot, perfect: Measurement
) -> None:
    ladder = next(x for x in typical.truth.lanes if x.role is LaneRole.LADDER)
    ghost = replace(
        perfect.bands[0],
        lane=ladder.number,
        x_px=float(ladder.x_at(20.0)),
        y_px=20.0,
        detected=True,
    )
    assert score_blot(typical, replace(perfect, bands=(*perfect.bands, ghost))).bands.invented == 0


def test_a_faint_band_counts_neither_way(typical: SyntheticBlot, perfect: Measurement) -> None:
    faint = [b for b in typical.truth.bands if b.present and not is_countable(b)]
    assert faint
    without = tuple(
        replace(band, detected=False)
        if (band.lane, band.row) in {(b.lane, b.row) for b in faint}
        else band
        for band in perfect.bands
    )
    assert (
        score_blot(typical, replace(perfect, bands=without)).bands
        == score_blot(typical, perfect).bands
    )


def test_a_band_is_right_within_its_tolerances(typical: SyntheticBlot, altered: Alter) -> None:
    near = altered(lambda band: replace(band, y_px=band.y_px + 4.5))
    far = altered(lambda band: replace(band, y_px=band.y_px + 16))
    aside = altered(lambda band: replace(band, x_px=band.x_px + 0.45 * 60))
    total = sum(is_countable(band) for band in typical.truth.bands)
    assert score_blot(typical, near).bands.hits == total
    assert score_blot(typical, far).bands.hits < 0.5 * total
    assert score_blot(typical, aside).bands.hits < total


def test_one_factor_per_row_is_free_and_a_factor_on_a_band_is_not(
    typical: SyntheticBlot, altered: Alter
) -> None:
    rows = altered(lambda band: replace(band, volume=band.volume * (1 + band.row)))
    assert max(score_blot(typical, rows).volumes.errors_percent) == pytest.approx(0, abs=1e-9)
    key = next((b.lane, b.row) for b in typical.truth.bands if b.row and b.peak_over_noise > 20)
    one = altered(
        lambda band: (
            replace(band, volume=1.3 * band.volume) if (band.lane, band.row) == key else band
        )
    )
    errors = sorted(score_blot(typical, one).volumes.errors_percent)
    assert errors[-1] == pytest.approx(30, abs=1e-6)
    assert errors[-2] == pytest.approx(0, abs=1e-6)


def test_a_band_without_a_positive_volume_counts_as_all_wrong(
    typical: SyntheticBlot, altered: Alter
) -> None:
    for value in (-5.0, 0.0, float("nan")):
        first = next(b for b in typical.truth.bands if b.row and b.peak_over_noise > 20)
        bad = altered(
            lambda band, value=value, first=first: (
                replace(band, volume=value)
                if (band.lane, band.row) == (first.lane, first.row)
                else band
            )
        )
        errors = score_blot(typical, bad).volumes.errors_percent
        assert sorted(errors)[-2:] == pytest.approx([0, 100], abs=1e-6)


def test_signal_where_there_is_no_band_is_a_share_of_the_strongest(
    typical: SyntheticBlot, altered: Alter
) -> None:
    absent = [b for b in typical.truth.bands if b.row == 1 and not b.present]
    strongest = max(b.volume for b in typical.truth.bands if b.row == 1)
    assert absent
    places = {(b.lane, b.row) for b in absent}
    noisy = altered(
        lambda band: (
            replace(band, volume=-0.04 * strongest, detected=True)
            if (band.lane, band.row) in places
            else band
        )
    )
    volumes = score_blot(typical, noisy).volumes
    assert max(volumes.absent_percent) == pytest.approx(2.0)  # perfect volumes are twice the true
    assert sum(volumes.absent_detected) == len(absent)


def test_intervals_that_are_too_short_do_not_cover(typical: SyntheticBlot, altered: Alter) -> None:
    def bias(se: float) -> float:
        rng = np.random.default_rng(1)
        measured = altered(
            lambda band: replace(
                band,
                volume=band.volume * (1 + 0.05 * rng.standard_normal()),
                volume_se=se * band.volume,
            )
        )
        return float(np.mean(score_blot(typical, measured).volumes.covered))

    assert bias(0.05) > 0.85
    assert bias(0.005) < 0.4


def test_the_wrong_polarity_is_noticed(typical: SyntheticBlot, perfect: Measurement) -> None:
    other = next(p for p in Polarity if p is not typical.polarity)
    turned = replace(perfect, blot=replace(perfect.blot, polarity=other))
    assert not score_blot(typical, turned).polarity_right
