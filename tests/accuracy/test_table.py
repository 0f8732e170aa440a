from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from blotflux.accuracy import AccuracyTable, render, score_blot
from blotflux.accuracy.table import calibrate, summarize

if TYPE_CHECKING:
    from blotflux.measure.result import Measurement
    from blotflux.synthetic import SyntheticBlot


def test_a_kind_is_the_sum_of_its_pictures(typical: SyntheticBlot, perfect: Measurement) -> None:
    good = score_blot(typical, perfect)
    bad = score_blot(typical, replace(perfect, lanes=perfect.lanes[1:], bands=()))
    row = summarize("typical", [good, good, bad], seconds=[0.01, 0.02, 0.03])
    assert row.images == 3
    assert row.lanes_exact_percent == pytest.approx(200 / 3)
    assert row.band_f1 == pytest.approx(2 * 2 / (2 * 2 + 1))  # two of three found, none invented
    assert row.volume_median_percent == pytest.approx(0, abs=1e-9)
    assert row.volume_p90_percent == 100
    assert row.coverage_percent == 100
    assert row.seconds == 0.02


def test_lanes_are_counted_by_their_confidence() -> None:
    bins = calibrate([(0.95, True), (1.0, False), (0.9, True), (0.6, True), (0.49, False)])
    assert [(entry.low, entry.lanes, entry.right) for entry in bins] == [
        (0.9, 3, 2),
        (0.5, 1, 1),
        (0.0, 1, 0),
    ]


def test_a_printed_table_has_a_column_per_kind_and_says_where_it_comes_from(
    typical: SyntheticBlot, perfect: Measurement
) -> None:
    score = score_blot(typical, perfect)
    kinds = tuple(summarize(kind, [score]) for kind in ("clean", "hard"))
    table = AccuracyTable(
        kinds=kinds, confidence=calibrate(score.confidences), first_seed=7, version="9.9"
    )
    lines = render(table).splitlines()
    assert lines[0].split() == ["clean", "hard"]
    assert "100.0" in next(line for line in lines if line.startswith("lanes exactly right"))
    assert lines[-1] == "blotflux 9.9, drawn blots from seed 7."
    marked = render(table, markdown=True).splitlines()
    assert marked[0].startswith("| ")
    assert set(marked[1]) == {"|", "-"}


def test_what_was_not_there_is_a_dash_and_no_number(
    typical: SyntheticBlot, perfect: Measurement
) -> None:
    empty = replace(score_blot(typical, perfect).volumes, doublet_percent=())
    row = summarize("strip", [replace(score_blot(typical, perfect), volumes=empty)])
    assert math.isnan(row.doublet_median_percent)
    table = AccuracyTable(kinds=(row,), confidence=(), first_seed=0, version="1")
    line = next(x for x in render(table).splitlines() if x.startswith("ratio of two bands"))
    assert line.split()[-1] == "-"
