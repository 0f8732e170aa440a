"""Bands whose pixels appear twice, in one picture or in two."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blotflux.blot import Blot
from blotflux.integrity import find_copies, with_copies
from blotflux.measure.pipeline import quantify

if TYPE_CHECKING:
    from blotflux.measure.result import Measurement

ROWS, COLUMNS, LANES = 160, 420, 6


def picture(*, seed: int = 1) -> np.ndarray:
    """Return six lanes with one broad band each."""
    y, x = np.mgrid[:ROWS, :COLUMNS].astype(float)
    signal = np.full(x.shape, 500.0)
    for lane in range(LANES):
        inside = 1 / (1 + np.exp((abs(x - 45 - 65 * lane) - 22) / 1.5))
        signal += 4000 * inside * np.exp(-(((y - 80) / 7) ** 2) / 2)
    return signal + np.random.default_rng(seed).normal(0, 12, signal.shape)


def measured(signal: np.ndarray, name: str = "a.tif") -> Measurement:
    return quantify(Blot.from_signal(signal.astype(np.float32), name=name))


def test_bands_that_look_alike_are_no_duplicates() -> None:
    assert find_copies([measured(picture())]) == ()
    assert find_copies([measured(picture()), measured(picture(seed=2), "b.tif")]) == ()


def pasted(*, gain: float = 1.0) -> np.ndarray:
    """Return a picture whose fifth lane is a copy of its second."""
    signal = picture()
    signal[40:120, 270:345] = 500 + gain * (signal[40:120, 75:150] - 500)
    return signal


@pytest.mark.parametrize("gain", [1.0, 1.7])
def test_a_lane_that_was_pasted_is_found_whatever_its_contrast(gain: float) -> None:
    (copy,) = find_copies([measured(pasted(gain=gain))])
    finding = copy.finding
    assert (finding.code, finding.severity, finding.lane) == ("D-DUP", "fail", 2)
    assert "possible duplicated image region" in finding.message
    assert "lane 5" in finding.message
    assert "in the same picture" in finding.message


def test_a_picture_that_is_used_for_two_membranes_is_found() -> None:
    one = measured(picture(), "rep1.tif")
    again = replace(one, blot=replace(one.blot, source=replace(one.blot.source, name="rep2.tif")))
    found = find_copies([one, again])
    assert len(found) == LANES
    assert all("in rep2.tif" in copy.finding.message for copy in found)
    marked = with_copies([one, again], found)
    for measurement in marked:
        assert [mark.number for mark in measurement.marks] == [*range(1, LANES + 1)]
        for mark, band in zip(measurement.marks, measurement.bands, strict=True):
            assert mark.box.left < band.x_px < mark.box.right
            assert mark.box.top < band.y_px < mark.box.bottom


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (np.s_[:, ::-1], "are, mirrored, those"),
        (np.s_[::-1], "are, upside down, those"),
        (np.s_[::-1, ::-1], "are, turned by 180 degrees, those"),
    ],
)
def test_a_picture_that_was_turned_over_is_found(view: tuple[slice, slice], words: str) -> None:
    one = measured(picture(), "rep1.tif")
    found = find_copies([one, measured(picture()[view], "rep2.tif")])
    assert len(found) >= LANES // 2
    assert all(words in copy.finding.message for copy in found)


def test_the_same_picture_measured_twice_is_no_duplicate() -> None:
    one = measured(picture())
    assert find_copies([one, one]) == ()


def test_flat_areas_are_no_duplicates() -> None:
    flat = np.clip(picture(), 0, 1500)
    assert find_copies([measured(flat)]) == ()
