"""The measuring method against a few drawn blots, as a guard; the tables are made by benchmarks/.

Tolerances in words: on a few blots of each kind nearly all lanes are exactly right and nearly all
bands found, half of the volumes are within a percent or two of their row, and absent bands near 0.
"""

from __future__ import annotations

import pytest

from blotflux.accuracy import KindAccuracy, measure_accuracy
from blotflux.accuracy.saturation import measure_saturation

BLOTS = 3
FIRST_SEED = 300
F1 = {"clean": 0.97, "typical": 0.95, "hard": 0.88, "strip": 0.95}
LANES_PERCENT = {"clean": 100, "typical": 66, "hard": 33, "strip": 66}
MEDIAN_PERCENT = {"clean": 0.6, "typical": 1.2, "hard": 2.4, "strip": 2.4}


@pytest.fixture(scope="module", params=MEDIAN_PERCENT)
def accuracy(request: pytest.FixtureRequest) -> KindAccuracy:
    return measure_accuracy((request.param,), BLOTS, first_seed=FIRST_SEED).kinds[0]


def test_lanes_and_bands_are_found(accuracy: KindAccuracy) -> None:
    assert accuracy.failed == 0
    assert accuracy.polarity_percent == 100
    assert accuracy.lanes_exact_percent >= LANES_PERCENT[accuracy.kind]
    assert accuracy.band_f1 >= F1[accuracy.kind]


def test_volumes_are_right_within_their_row(accuracy: KindAccuracy) -> None:
    assert accuracy.volumes > 20
    assert accuracy.volume_median_percent <= MEDIAN_PERCENT[accuracy.kind]
    assert accuracy.volume_p90_percent <= 15
    if accuracy.doublets > 10:
        assert accuracy.doublet_median_percent <= 8
    if accuracy.absent > 10:
        assert accuracy.absent_p90_percent <= 4


def test_most_intervals_cover_the_truth(accuracy: KindAccuracy) -> None:
    assert accuracy.coverage_percent >= 75


def test_clipped_bands_are_measured_from_their_flanks() -> None:
    bins = [entry for entry in measure_saturation(5, FIRST_SEED) if entry.high <= 0.34]
    assert sum(entry.bands for entry in bins) > 5
    for entry in bins:
        if entry.bands > 3:
            assert abs(entry.bias_percent) <= 5
