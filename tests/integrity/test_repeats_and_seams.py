"""Lanes that share their noise, columns where pictures meet: hits on both, else silence."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from blotflux.blot import Blot, Lane
from blotflux.blot.read import read
from blotflux.integrity import find_repeated_lanes, find_seams, screen
from blotflux.integrity.blocks import BREAK_Z, find_block_break
from blotflux.integrity.steps import relative_steps
from blotflux.measure.lanes.find import find_lanes
from blotflux.measure.noise import estimate_noise
from blotflux.measure.result import Measurement, Noise
from blotflux.synthetic import KINDS, draw_kind

WIDTH, HEIGHT, PITCH = 360, 140, 60


@pytest.fixture
def plain():
    """Six lanes of one band each on noise that is blurred a little, as that of cameras is."""
    generator = np.random.default_rng(4)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    signal = np.full((HEIGHT, WIDTH), 500.0)
    for lane in range(6):
        across = np.exp(-(((x - (lane + 0.5) * PITCH) / 22) ** 8))
        signal += 4000 * (1 + 0.2 * lane) * across * np.exp(-0.5 * ((y - 70) / 5) ** 2)
    noise = cv2.GaussianBlur(generator.normal(0, 1, signal.shape), (0, 0), 0.8)
    return np.round(signal + 30 * noise / noise.std())


def lanes_of(count=6):
    return tuple(
        Lane(
            number=k + 1,
            track_y_px=(0.0, float(HEIGHT - 1)),
            track_x_px=((k + 0.5) * PITCH, (k + 0.5) * PITCH),
            width_px=50.0,
        )
        for k in range(count)
    )


def pairs(signal):
    found = find_repeated_lanes(Blot.from_signal(signal, name="x.tif"), lanes_of())
    return [item.finding for item in found]


def copied(signal, change=lambda patch: patch, shift=(0, 0)):
    """Put lane 2 where lane 5 is."""
    out = signal.copy()
    patch = change(signal[5:135, 62:118].copy())
    top, left = 5 + shift[0], 242 + shift[1]
    out[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
    return out


def brighter(patch):
    return np.median(patch) + 1.2 * (patch - np.median(patch))


def noisier(patch):
    return patch + np.random.default_rng(8).normal(0, 20, patch.shape)


def test_lanes_of_the_same_shape_are_not_the_same_lane(plain):
    assert pairs(plain) == []


@pytest.mark.parametrize(
    ("change", "shift"),
    [
        (lambda patch: patch, (0, 0)),
        (lambda patch: patch[:, ::-1], (0, 0)),
        (lambda patch: patch, (2, -3)),
        (brighter, (0, 0)),
        (noisier, (0, 0)),
        (lambda patch: noisier(brighter(patch[:, ::-1])), (1, 2)),
    ],
    ids=["as it is", "mirrored", "shifted", "brighter", "noisier", "all of it"],
)
def test_a_copied_lane_is_seen_whatever_was_done_to_it(plain, change, shift):
    (finding,) = pairs(copied(plain, change, shift))
    assert finding.code == "D-DUP"
    assert finding.severity == "warn"
    assert "Possible duplicated image region" in finding.message
    assert "lane 2 (panel 1, x 71 to 109, y 4 to 135)" in finding.message
    assert "lane 5" in finding.message
    assert (finding.lane, finding.image) == (2, "x.tif")


def test_clipped_lanes_are_not_judged(plain):
    flat = np.where(plain < 900, 0.0, plain)
    assert pairs(copied(flat)) == []


def test_small_lanes_are_not_judged(plain):
    small = [replace(lane, width_px=8.0) for lane in lanes_of()]
    assert find_repeated_lanes(Blot.from_signal(copied(plain)), small) == ()


def spliced(signal, cut=150, gap=60):
    left, right = signal[:, :cut], signal[:, cut + gap :]
    level = np.median(left[:, -6:]) - np.median(right[:, :6])
    return np.hstack([left, right + level])


def test_a_seam_with_matched_background_is_seen_where_it_is(plain):
    assert find_seams(Blot.from_signal(plain), lanes_of()) == ()
    (evidence,) = find_seams(Blot.from_signal(spliced(plain), name="x.tif"), lanes_of(5))
    assert evidence.finding.code == "D-SEAM"
    assert abs(evidence.boxes[0].left + 2 - 150) <= 1
    assert "A vertical seam was seen at x 148 to 151, y 0 to 139" in evidence.finding.message


def test_a_scratch_is_no_seam(plain):
    scratched = plain.copy()
    scratched[:, 200] += 400
    assert find_seams(Blot.from_signal(scratched), lanes_of()) == ()


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_scratch_over_a_part_of_the_height_is_no_seam(plain, width):
    scratched = plain.copy()
    scratched[60:, 200 : 200 + width] += 400
    assert find_seams(Blot.from_signal(scratched), lanes_of()) == ()


def test_what_lies_beside_the_lanes_is_not_judged(plain):
    edge = spliced(plain, cut=15, gap=9)
    assert find_seams(Blot.from_signal(edge), lanes_of()) == ()
    assert find_seams(Blot.from_signal(spliced(plain)), ()) == ()


def test_the_kinks_of_an_enlarged_picture_are_no_seams(plain):
    large = cv2.resize(plain, None, fx=6.1, fy=6.1, interpolation=cv2.INTER_LINEAR)
    lanes = [
        replace(
            lane,
            track_x_px=tuple(6.1 * x for x in lane.track_x_px),
            track_y_px=tuple(6.1 * y for y in lane.track_y_px),
        )
        for lane in lanes_of()
    ]
    assert find_seams(Blot.from_signal(large), lanes) == ()


def as_jpeg(signal, quality):
    eight_bit = np.clip(np.round(signal / signal.max() * 255), 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", eight_bit, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE).astype(np.float64)


@pytest.mark.parametrize("gap", [42, 61])
def test_blocks_out_of_step_are_seen_where_they_are(plain, gap):
    generator = np.random.default_rng(3)
    faint = plain / 40 + generator.normal(0, 3, plain.shape)
    joined = spliced(as_jpeg(faint, 50), cut=170, gap=gap)
    seams = find_seams(Blot.from_signal(joined, name="x.tif"), lanes_of(5))
    messages = [seam.finding.message for seam in seams]
    assert seams, messages
    assert all(abs((seam.boxes[0].left + seam.boxes[0].right) / 2 - 170) <= 9 for seam in seams)


def test_parts_of_one_jpeg_in_step_raise_no_suspicion(plain):
    generator = np.random.default_rng(3)
    faint = as_jpeg(plain / 40 + generator.normal(0, 3, plain.shape), 50)
    steps = relative_steps(Blot.from_signal(faint), np.ones(faint.shape, bool), 1)
    assert find_block_break(steps) is None
    joined = spliced(faint, cut=170, gap=61)
    steps = relative_steps(Blot.from_signal(joined), np.ones(joined.shape, bool), 1)
    column, score = find_block_break(steps)
    assert abs(column - 170) <= 8
    assert score > BREAK_Z


def test_the_blocks_of_a_jpeg_are_no_seams(plain):
    lossy = as_jpeg(plain, 70)
    assert find_seams(Blot.from_signal(lossy), lanes_of()) == ()


@pytest.mark.parametrize("shape", [(10, 360), (140, 40)])
def test_pictures_too_small_for_statistics_are_not_judged(plain, shape):
    assert find_seams(Blot.from_signal(plain[: shape[0], : shape[1]]), lanes_of()) == ()


def test_places_are_those_of_the_file(plain, tmp_path):
    path = tmp_path / "x.png"
    cv2.imwrite(str(path), spliced(plain).astype(np.uint16))
    (evidence,) = find_seams(read(path, region=(20, 0, 270, 140)), lanes_of(4))
    assert "x 148 to 151" in evidence.finding.message


def test_both_are_findings_of_one_measurement(plain):
    blot = Blot.from_signal(spliced(copied(plain), cut=180, gap=20))
    moved = tuple(
        replace(lane, track_x_px=tuple(x - 20 * (lane.number > 3) for x in lane.track_x_px))
        for lane in lanes_of()
    )
    measurement = screen(
        Measurement(
            blot=blot,
            lanes=moved,
            bands=(),
            noise=Noise(sigma=1.0),
            background=np.zeros(blot.shape, np.float32),
        )
    )
    assert {finding.code for finding in measurement.findings} == {"D-DUP", "D-SEAM"}
    (pair, *rest) = (mark for mark in measurement.marks if mark.code == "D-DUP")
    assert [mark.number for mark in (pair, *rest)] == [1, 1]
    seams = [mark for mark in measurement.marks if mark.code == "D-SEAM"]
    assert [mark.number for mark in seams] == [*range(2, 2 + len(seams))]
    assert any(abs(mark.box.left + 2 - 180) <= 1 for mark in seams)


@pytest.mark.parametrize("kind", list(KINDS))
def test_drawn_blots_raise_no_suspicion(kind):
    for seed in range(3):
        drawn = draw_kind(kind, seed)
        signal = drawn.image.astype(np.float64)
        blot = Blot.from_signal(signal if drawn.polarity == "light_on_dark" else -signal)
        lanes = find_lanes(blot, estimate_noise(blot))
        assert find_repeated_lanes(blot, lanes) == (), seed
        assert find_seams(blot, lanes) == (), seed


def test_real_blots_raise_no_suspicion(real_blots):
    suspected = []
    for path in sorted([*real_blots.glob("*.tif"), *real_blots.glob("*.png")]):
        blot = read(path)
        lanes = find_lanes(blot, estimate_noise(blot))
        if find_repeated_lanes(blot, lanes) or find_seams(blot, lanes):
            suspected.append(path.name)
    assert not suspected
