"""Measurements made up from the truth, so that the scoring is tested without a measuring method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blotflux.blot import Band, Box, Lane, LaneRole
from blotflux.measure.result import Measurement, Noise
from blotflux.synthetic import draw_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from blotflux.synthetic import SyntheticBlot, TrueBand


def perfect_band(true: TrueBand) -> Band:
    """What a flawless method would report of a true entry, twice as large in its own units."""
    x, y = round(true.x_px), round(true.y_px)
    return Band(
        lane=true.lane,
        row=true.row or 99,
        x_px=true.x_px,
        y_px=true.y_px,
        box=Box(left=x - 5, top=y - 5, right=x + 5, bottom=y + 5),
        total=2 * true.volume,
        background=0.0,
        volume=2 * true.volume,
        volume_se=1.0 + 0.01 * true.volume,
        snr=true.peak_over_noise,
        sigma_y_px=true.sigma_px,
        detected=true.present,
    )


def perfect_measurement(drawn: SyntheticBlot) -> Measurement:
    """What a flawless method would report of a drawn blot."""
    lanes = tuple(
        Lane(
            number=lane.number,
            track_y_px=lane.track_y_px,
            track_x_px=lane.track_x_px,
            width_px=lane.width_px,
            role=lane.role,
            confidence=0.97,
        )
        for lane in drawn.truth.lanes
    )
    return Measurement(
        blot=drawn.to_blot(),
        lanes=lanes,
        bands=tuple(perfect_band(band) for band in drawn.truth.bands),
        noise=Noise(sigma=drawn.truth.noise_sigma),
        background=np.zeros(drawn.image.shape, np.float32),
    )


def has_everything(drawn: SyntheticBlot) -> bool:
    """Whether a blot has a ladder, an empty lane, absent and faint bands and a doublet."""
    truth = drawn.truth
    in_rows = [band for band in truth.bands if band.row]
    return (
        any(lane.role is LaneRole.LADDER for lane in truth.lanes)
        and any(lane.empty for lane in truth.lanes)
        and any(band.row == 1 and not band.present for band in in_rows)
        and any(band.present and band.peak_over_noise < 6 for band in truth.bands)
        and any(name.endswith("-II") for name in truth.rows)
        and sum(band.peak_over_noise > 20 for band in in_rows) > 30
    )


@pytest.fixture(scope="session")
def typical() -> SyntheticBlot:
    """A typical blot that has everything that is to be scored."""
    return next(
        blot for blot in (draw_kind("typical", i) for i in range(45, 200)) if has_everything(blot)
    )


@pytest.fixture(scope="session")
def flawless() -> Callable[[TrueBand], Band]:
    """From a true band to what a flawless method reports of it."""
    return perfect_band


@pytest.fixture
def perfect(typical: SyntheticBlot) -> Measurement:
    return perfect_measurement(typical)


@pytest.fixture
def altered(perfect: Measurement) -> Callable[[Callable[[Band], Band]], Measurement]:
    """Return the perfect measurement with every band changed."""

    def change(alter: Callable[[Band], Band]) -> Measurement:
        return replace(perfect, bands=tuple(alter(band) for band in perfect.bands))

    return change
