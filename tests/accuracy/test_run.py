from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from blotflux.accuracy import measure_accuracy, try_blot
from blotflux.accuracy.run import read_drawn
from blotflux.errors import LaneError
from blotflux.measure.result import Measurement, Noise
from blotflux.synthetic import draw_kind

if TYPE_CHECKING:
    from blotflux.blot import Blot


def blind(blot: Blot) -> Measurement:
    """A method that finds nothing."""
    return Measurement(
        blot=blot,
        lanes=(),
        bands=(),
        noise=Noise(sigma=1.0),
        background=np.zeros(blot.shape, np.float32),
    )


def refusing(_blot: Blot) -> Measurement:
    message = "drawn.tif: lanes cannot be told apart; name their number with lanes."
    raise LaneError(message)


def test_a_method_that_finds_nothing_scores_nothing() -> None:
    seen = []
    table = measure_accuracy(
        ("clean", "strip"),
        2,
        first_seed=5,
        measure=blind,
        progress=lambda kind, done: seen.append((kind, done)),
    )
    assert seen == [("clean", 1), ("clean", 2), ("strip", 1), ("strip", 2)]
    assert table.first_seed == 5
    for row in table.kinds:
        assert (row.images, row.failed) == (2, 0)
        assert row.lanes_exact_percent == row.band_f1 == 0
        assert row.volume_median_percent == 100


def test_a_picture_that_is_refused_counts_as_missed_and_says_why() -> None:
    trial = try_blot(draw_kind("clean", 1), refusing)
    assert trial.measured is None
    assert "lanes cannot be told apart" in trial.error
    table = measure_accuracy(("clean",), 1, first_seed=1, measure=refusing)
    assert (table.kinds[0].failed, table.kinds[0].band_f1) == (1, 0)
    assert table.kinds[0].volume_p90_percent == 100


def test_a_drawn_picture_is_read_like_any_file() -> None:
    for seed in (1, 2, 3):
        drawn = draw_kind("clean", seed)
        blot = read_drawn(drawn)
        assert blot.shape == drawn.image.shape
        if blot.polarity is drawn.polarity:
            apart = blot.signal - drawn.to_blot().signal
            assert np.ptp(apart) == 0  # the same picture, up to a constant


def test_at_least_one_picture_is_needed() -> None:
    with pytest.raises(ValueError, match="n_per_kind is 0; at least 1 picture"):
        measure_accuracy(("clean",), 0)
