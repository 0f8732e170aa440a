from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from blotflux.report.palette import PAPER, ROWS, row_color

# How a color looks to readers without one kind of cone, in linear RGB (Machado, Oliveira and
# Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1).
VISION = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}


def rgb(color: str) -> np.ndarray:
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def linear(color: np.ndarray) -> np.ndarray:
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def seen(color: str, vision: str) -> np.ndarray:
    light = np.clip(VISION[vision] @ linear(rgb(color)), 0, 1)
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return rgb2lab(shown)


def test_the_simulation_makes_red_and_green_alike() -> None:
    red, green = "#c00000", "#5f7a00"
    far = float(deltaE_ciede2000(seen(red, "normal"), seen(green, "normal")))
    near = float(deltaE_ciede2000(seen(red, "deuteranopia"), seen(green, "deuteranopia")))
    assert near < far / 3


@pytest.mark.parametrize("vision", VISION)
def test_any_two_of_the_first_eight_rows_are_told_apart(vision: str) -> None:
    assert len(ROWS) == 8
    for first, second in combinations(ROWS, 2):
        apart = float(deltaE_ciede2000(seen(first, vision), seen(second, vision)))
        assert apart >= 10, (first, second, vision, apart)


@pytest.mark.parametrize("color", ROWS)
def test_every_row_is_legible_on_white(color: str) -> None:
    luminance = [float(linear(rgb(c)) @ [0.2126, 0.7152, 0.0722]) for c in (color, PAPER)]
    assert (luminance[1] + 0.05) / (luminance[0] + 0.05) >= 3


def test_colors_start_again_after_the_eighth_row() -> None:
    assert row_color(9) == row_color(1) != row_color(2)
