from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blotflux.accuracy.real import Annotation, MarkedLane, read_annotations, score_real
from blotflux.blot import Band, Blot, Box, Lane
from blotflux.measure.result import Measurement, Noise

if TYPE_CHECKING:
    from pathlib import Path

X = (50.0, 110.0, 170.0, 230.0)
Y = 60.0


def lane(number: int, x: float, panel: int = 1) -> Lane:
    return Lane(
        number=number, panel=panel, track_y_px=(0.0, 119.0), track_x_px=(x, x), width_px=45.0
    )


def band(number: int, x: float, y: float = Y) -> Band:
    return Band(
        lane=number, row=1, x_px=x, y_px=y, box=Box(left=0, top=0, right=9, bottom=9),
        total=1.0, background=0.0, volume=1.0, volume_se=0.1, snr=9.0, sigma_y_px=4.0,
    )  # fmt: skip


def measured(lanes: tuple[Lane, ...], bands: tuple[Band, ...] = ()) -> Measurement:
    return Measurement(
        blot=Blot.from_signal(np.zeros((120, 300))),
        lanes=lanes,
        bands=bands,
        noise=Noise(sigma=1.0),
        background=np.zeros((120, 300), np.float32),
    )


ALL_LANES = tuple(lane(i, x) for i, x in enumerate(X, start=1))
ALL_BANDS = tuple(band(i, x) for i, x in enumerate(X, start=1))
KNOWN = Annotation(
    name="a.tif",
    polarities=frozenset({"light_on_dark"}),
    lanes=tuple(MarkedLane(x_px=x, y_px=(Y,)) for x in X),
    complete=True,
)


def test_all_lanes_and_bands_found_is_exactly_right() -> None:
    score = score_real(KNOWN, measured(ALL_LANES, ALL_BANDS))
    assert score.lanes_exact
    assert (score.bands, score.bands_found) == (4, 4)
    assert score.polarity_right


def test_missed_and_surplus_lanes_are_counted() -> None:
    score = score_real(KNOWN, measured((*ALL_LANES[1:], lane(9, 290.0)), ALL_BANDS[1:]))
    assert (score.lanes_missed, score.lanes_surplus, score.lanes_exact) == (1, 1, False)
    assert score.bands_found == 3


def test_a_lane_without_a_band_may_be_found_or_not() -> None:
    blank = replace(KNOWN, lanes=(*KNOWN.lanes[:3], MarkedLane(x_px=X[3], y_px=())))
    assert score_real(blank, measured(ALL_LANES)).lanes_exact
    assert score_real(blank, measured(ALL_LANES[:3])).lanes_exact
    assert score_real(blank, measured(ALL_LANES[:3])).lanes == 3


def test_a_ladder_that_was_marked_may_be_found_or_not() -> None:
    with_ladder = replace(KNOWN, ladders_x_px=(285.0,))
    assert score_real(with_ladder, measured((*ALL_LANES, lane(5, 288.0)))).lanes_exact
    assert not score_real(KNOWN, measured((*ALL_LANES, lane(5, 288.0)))).lanes_exact


def test_an_authors_list_may_leave_lanes_out() -> None:
    boxes = tuple(MarkedLane(x_px=x, y_px=(Y,), width_px=50.0) for x in (50.0, 110.0, 230.0, 290.0))
    author = replace(KNOWN, lanes=boxes, complete=False)
    lanes = tuple(lane(i, x) for i, x in enumerate((50, 110, 170, 230, 290, 350), start=1))
    assert score_real(author, measured(lanes)).lanes_exact  # 170 in the gap, 350 outside
    doubled = (*lanes, lane(9, 80.0))
    assert score_real(author, measured(doubled)).lanes_surplus == 1


def test_stacked_strips_may_each_report_the_lanes() -> None:
    both = (*ALL_LANES, *(lane(i, x + 1, panel=2) for i, x in enumerate(X, start=1)))
    assert score_real(KNOWN, measured(both)).lanes_exact
    twice = (*ALL_LANES, lane(9, X[0] + 4))
    assert score_real(KNOWN, measured(twice)).lanes_surplus == 1


def test_bands_must_be_near_in_both_directions_and_detected() -> None:
    far = tuple(band(i, x, Y + 10) for i, x in enumerate(X, start=1))
    assert score_real(KNOWN, measured(ALL_LANES, far)).bands_found == 0
    aside = tuple(band(i, x + 25) for i, x in enumerate(X, start=1))
    assert score_real(KNOWN, measured(ALL_LANES, aside)).bands_found == 0
    unseen = tuple(replace(b, detected=False) for b in ALL_BANDS)
    assert score_real(KNOWN, measured(ALL_LANES, unseen)).bands_found == 0


def test_a_complete_list_is_preferred_to_an_authors(tmp_path: Path) -> None:
    entries = {
        "b.tif": {
            "polarity": "light_on_dark",
            "polarity_if_photometric_tag_honoured": "dark_on_light",
            "lanes": [{"x": 20.0, "bands_y": [5.0, 9.0]}, {"x": 60.0, "bands_y": []}],
            "author_lanes": [{"x": 1.0, "bands_y": [2.0], "box": [0, 0, 9, 9]}],
            "marker_lanes_x": [90],
        },
        "a.tif": {
            "polarity": "dark_on_light",
            "author_lanes": [{"x": 30.0, "bands_y": [2.0], "box": [10, 0, 49, 9]}],
        },
    }
    (tmp_path / "annotations.json").write_text(json.dumps(entries), encoding="utf-8")
    first, second = read_annotations(tmp_path)
    assert (first.name, first.complete, first.lanes[0].width_px) == ("a.tif", False, 40.0)
    assert (second.complete, len(second.lanes), second.pitch_px) == (True, 2, 40.0)
    assert second.polarities == {"light_on_dark", "dark_on_light"}
    assert second.ladders_x_px == (90.0,)


def test_the_annotated_folder_can_be_read(real_blots: Path) -> None:
    annotations = read_annotations(real_blots)
    assert len(annotations) > 10
    for annotation in annotations:
        assert (real_blots / annotation.name).is_file()
        assert annotation.pitch_px > 5
    assert sum(len(entry.lanes) for entry in annotations) == pytest.approx(340, abs=60)
