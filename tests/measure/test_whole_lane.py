from __future__ import annotations

import numpy as np
import pytest

from blotflux.blot.model import Blot, Lane, LaneRole
from blotflux.measure.result import LaneHints
from blotflux.measure.whole_lane import quantify_whole_lanes

ROWS, PITCH, WIDTH = 240, 40, 26


def stained(
    amounts: list[float], *, gradient: float = 0.0, noise: float = 2.0, seed: int = 0, gap: int = 14
) -> tuple[Blot, tuple[Lane, ...], np.ndarray]:
    """A stain of all proteins: many bands over a smear, the more the larger the amount."""
    rng = np.random.default_rng(seed)
    pitch = WIDTH + gap
    columns = pitch * len(amounts) + 20
    y, x = np.mgrid[:ROWS, :columns]
    signal = 200.0 + gradient * x + 0.1 * gradient * y + rng.normal(0, noise, (ROWS, columns))
    pattern = 20 + sum(
        height * np.exp(-0.5 * ((np.arange(ROWS) - center) / 4) ** 2)
        for center, height in zip(range(15, ROWS, 17), rng.uniform(10, 120, 20), strict=False)
    )
    pattern[:5] = pattern[-5:] = 0
    lanes, truth = [], []
    for index, amount in enumerate(amounts):
        center = 10 + pitch * index + pitch // 2
        signal[:, center - WIDTH // 2 : center + WIDTH // 2 + 1] += amount * pattern[:, None]
        truth.append(amount * pattern.sum() * (WIDTH // 2 * 2 + 1))
        lanes.append(
            Lane(
                number=index + 1,
                track_y_px=(0.0, ROWS - 1.0),
                track_x_px=(float(center), float(center)),
                width_px=float(WIDTH),
            )
        )
    return Blot.from_signal(signal.astype(np.float32)), tuple(lanes), np.array(truth)


def volumes(blot: Blot, lanes: tuple[Lane, ...]) -> np.ndarray:
    return np.array([band.volume for band in quantify_whole_lanes(blot, lanes=lanes).bands])


def test_each_lane_has_one_entry_within_a_percent_of_the_truth() -> None:
    blot, lanes, truth = stained([1.0, 1.4, 0.7, 1.1])
    measurement = quantify_whole_lanes(blot, lanes=lanes)
    assert [(band.lane, band.row) for band in measurement.bands] == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert [band.volume for band in measurement.bands] == pytest.approx(truth, rel=0.01)
    assert all(band.detected for band in measurement.bands)
    box = measurement.bands[0].box
    assert (box.top, box.bottom) == (0, ROWS)
    total = blot.signal[box.top : box.bottom, box.left : box.right].sum(dtype=float)
    assert measurement.bands[0].total == pytest.approx(total)


def test_a_background_that_rises_across_the_membrane_is_taken_away() -> None:
    flat, lanes, truth = stained([1.0, 1.0, 1.0, 1.0])
    steep, _, _ = stained([1.0, 1.0, 1.0, 1.0], gradient=1.0)
    assert volumes(steep, lanes) == pytest.approx(truth, rel=0.02)
    assert volumes(flat, lanes) == pytest.approx(truth, rel=0.01)


def test_a_pedestal_changes_nothing_and_a_factor_scales() -> None:
    blot, lanes, _ = stained([1.0, 1.4, 0.7])
    first = volumes(blot, lanes)
    raised = Blot.from_signal(blot.signal + 500.0)
    scaled = Blot.from_signal(blot.signal * 2.0)
    assert volumes(raised, lanes) == pytest.approx(first, rel=1e-4)
    assert volumes(scaled, lanes) == pytest.approx(2 * first, rel=1e-6)


def test_the_error_covers_the_truth_of_an_empty_lane() -> None:
    scores = []
    for seed in range(30):
        blot, lanes, truth = stained([1.0, 0.0, 1.2], noise=4.0, seed=seed)
        band = quantify_whole_lanes(blot, lanes=lanes).bands[1]
        scores.append((band.volume - truth[1]) / band.volume_se)
    assert 0.4 < float(np.std(scores)) < 1.4
    assert abs(float(np.mean(scores))) < 0.5


def test_a_ladder_has_no_entry() -> None:
    blot, lanes, _ = stained([1.0, 1.4, 0.7])
    told = quantify_whole_lanes(blot, lanes=lanes, hints=LaneHints(ladders=frozenset({2})))
    assert [band.lane for band in told.bands] == [1, 3]
    seen = (lanes[0], lanes[1], Lane(**{**as_dict(lanes[2]), "role": LaneRole.LADDER}))
    assert [band.lane for band in quantify_whole_lanes(blot, lanes=seen).bands] == [1, 2]


def as_dict(lane: Lane) -> dict[str, object]:
    return {name: getattr(lane, name) for name in lane.__slots__}


def test_lanes_found_a_little_too_narrow_are_measured_over_the_same_width() -> None:
    blot, lanes, truth = stained([1.0, 1.0, 1.0])
    narrow = Lane(**{**as_dict(lanes[0]), "width_px": WIDTH - 4.0})
    ratios = volumes(blot, (narrow, *lanes[1:])) / truth
    assert ratios == pytest.approx(ratios[1], rel=0.01)


def test_lanes_without_gaps_take_their_own_lowest_level_and_say_so() -> None:
    blot, lanes, truth = stained([1.0, 1.4], gap=0)
    left, right = 10, 10 + 2 * WIDTH
    cropped = Blot.from_signal(blot.signal[:, left:right])
    moved = tuple(
        Lane(**{**as_dict(lane), "track_x_px": tuple(x - left for x in lane.track_x_px)})
        for lane in lanes
    )
    measurement = quantify_whole_lanes(cropped, lanes=moved)
    assert [finding.code for finding in measurement.findings] == ["NO_GAP_BETWEEN_LANES"]
    ratio = measurement.bands[1].volume / measurement.bands[0].volume
    assert ratio == pytest.approx(truth[1] / truth[0], rel=0.05)
