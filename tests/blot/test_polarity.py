"""Polarity: bands come out larger, whatever surrounds them and whichever way they were stored."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from blot_drawings import draw_bands
from build_tiff import Page, build_tiff
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.blot.framing import find_framing, reduce_picture
from blotflux.blot.polarity import CUES, estimate_polarity, measure_cues
from blotflux.blot.read import read
from blotflux.synthetic import KINDS, draw_kind


def as_unit(values):
    return (values / values.max()).astype(np.float64)


def strip_filled_by_bands():
    """Draw a crop so tight that bands cover more than half of it."""
    return as_unit(draw_bands(rows=22, columns=200, lanes=6).astype(float))


def on_white_page():
    page = np.ones((140, 320))
    page[40:100, 80:240] = 0.85 - 0.6 * as_unit(draw_bands())
    return 1 - page


def black_strips_on_white_page():
    page = np.ones((200, 300))
    for top in (30, 110):
        page[top : top + 60, 70:230] = 0.05 + 0.8 * as_unit(draw_bands())
    cv2.putText(page8 := (page * 255).astype(np.uint8), "Actin", (5, 70), 0, 0.5, 0, 1)
    return page8 / 255.0


def film_with_black_border():
    film = 0.9 - 0.7 * as_unit(draw_bands(rows=200, columns=300))
    scan = np.zeros((240, 340))
    scan[10:210, 0:300] = film
    return 1 - scan


def one_small_band_in_a_glow():
    y, x = np.mgrid[:300, :400]
    glow = 0.5 * np.exp(-((x - 80) ** 2 + (y - 60) ** 2) / 2e4)
    band = np.exp(-(((x - 250) / 15) ** 8) - 0.5 * ((y - 200) / 3) ** 2)
    return glow + band + np.random.default_rng(1).normal(0, 0.02, x.shape)


HARD = (
    strip_filled_by_bands,
    on_white_page,
    black_strips_on_white_page,
    film_with_black_border,
    one_small_band_in_a_glow,
)


@pytest.mark.parametrize("draw", HARD, ids=lambda draw: draw.__name__)
@pytest.mark.parametrize("inverted", [False, True], ids=["light bands", "dark bands"])
def test_hard_surroundings_do_not_hide_the_polarity(draw, inverted):
    values = -draw() if inverted else draw()
    found = estimate_polarity(values)
    assert found.polarity == ("dark_on_light" if inverted else "light_on_dark")
    assert found.confidence > 0.8


@pytest.mark.parametrize("kind", list(KINDS))
def test_drawn_blots_of_every_kind_are_read_right_and_so_are_their_negatives(kind):
    for seed in range(8):
        drawn = draw_kind(kind, seed)
        values = drawn.image.astype(np.float64)
        assert estimate_polarity(values).polarity == drawn.polarity, seed
        assert estimate_polarity(-values).polarity != drawn.polarity, seed


def test_all_real_blots_and_their_negatives_are_read_right(real_blots):
    annotations = json.loads((real_blots / "annotations.json").read_text(encoding="utf-8"))
    wrong = []
    for name, entry in annotations.items():
        if not (real_blots / name).is_file():
            continue
        shown = entry.get("polarity_if_photometric_tag_honoured") or entry["polarity"]
        blot = read(real_blots / name)
        values = blot.signal if blot.polarity == "light_on_dark" else -blot.signal
        for factor in (1, -1):
            found = estimate_polarity(factor * values).polarity
            if (found == shown) != (factor == 1):
                wrong.append((name, factor))
    assert not wrong


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e6), offset=st.floats(-1e4, 1e4))
def test_brightness_and_contrast_do_not_change_the_answer(seed, scale, offset):
    values = draw_kind("strip", seed).image.astype(np.float64)
    plain, changed = estimate_polarity(values), estimate_polarity(values * scale + offset * scale)
    assert plain.polarity == changed.polarity
    assert plain.confidence == pytest.approx(changed.confidence, abs=0.02)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_every_cue_changes_its_sign_in_the_negative(seed):
    image = reduce_picture(draw_kind("typical", seed).image.astype(np.float64))
    positive, negative = measure_cues((image,)), measure_cues((1 - image,))
    assert set(positive) == set(CUES)
    for name in CUES:
        assert positive[name] == pytest.approx(-negative[name], abs=0.02), name


def test_noise_alone_is_not_called_sure():
    values = np.random.default_rng(3).normal(100, 5, (200, 300))
    assert estimate_polarity(values).confidence < 0.9


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 3)])
def test_tiny_and_flat_pictures_give_an_answer(shape):
    assert 0.5 <= estimate_polarity(np.zeros(shape)).confidence <= 1


def test_a_page_is_told_from_a_clipped_background():
    page = find_framing(reduce_picture(black_strips_on_white_page()))
    assert page.page_is_light
    assert len(page.regions) == 2
    clipped = np.minimum(1.0, 1.1 - as_unit(draw_bands()))
    assert not find_framing(reduce_picture(clipped)).regions


def test_an_unsure_polarity_is_a_finding(tmp_path):
    noise = np.random.default_rng(5).integers(90, 110, (64, 64)).astype(np.uint8)
    path = tmp_path / "noise.tif"
    path.write_bytes(build_tiff(Page(noise)))
    blot = read(path)
    assert blot.polarity_confidence < 0.8
    (finding,) = [f for f in blot.findings if f.code == "POLARITY"]
    assert finding.severity == "warn"
    assert finding.image == path.as_posix()


def test_a_polarity_that_is_given_is_taken_and_a_contradiction_said(tmp_path, bands):
    path = tmp_path / "blot.tif"
    path.write_bytes(build_tiff(Page(bands)))
    agreed = read(path, polarity="light_on_dark")
    assert agreed.polarity_confidence == 1
    assert not [f for f in agreed.findings if f.code == "POLARITY"]
    against = read(path, polarity="dark_on_light")
    np.testing.assert_array_equal(against.signal, 65535.0 - bands)
    (finding,) = [f for f in against.findings if f.code == "POLARITY"]
    assert "but the picture looks light on dark" in finding.message
