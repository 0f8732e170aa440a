"""The same bands under other background methods, to see whether the answer depends on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Box
from blotflux.parameters import (
    LaneMinimaBackground,
    LocalBorderBackground,
    RollingBallBackground,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from blotflux.blot import Band
    from blotflux.measure.result import Measurement
    from blotflux.parameters import Background, Parameters

__all__ = ["METHODS", "alternative_backgrounds", "with_alternatives", "with_background"]

BALL_SCALE = 4  # the rolling ball is rolled on a picture at least this many times smaller,
BALL_RADIUS = 15  # and so small that its radius is this many pixels: its cost grows as the square


def with_alternatives(measurement: Measurement, parameters: Parameters) -> Measurement:
    """Return the measurement with the volumes of all other background methods.

    Parameters
    ----------
    measurement : Measurement
    parameters : Parameters
        Its `background` is the method in use, which is left out of the alternatives.

    Notes
    -----
    The three methods are those of the usual programs: the median of a frame around the box, a
    line through the minima of the lane's profile beside the band, and a rolling ball. Each
    subtracts its background from the box's total; boxes of neighbors are cut at the midline.
    """
    used = parameters.background.method
    choices = (LocalBorderBackground(), LaneMinimaBackground(), RollingBallBackground())
    volumes: dict[str, tuple[float, ...]] = {
        choice.method: tuple(
            float(total - background)
            for total, background in alternative_backgrounds(measurement, choice)
        )
        for choice in choices
        if choice.method != used
    }
    return replace(measurement, alternatives=volumes)


def with_background(measurement: Measurement, background: Background) -> Measurement:
    """Return the measurement with volumes under a box method instead of the joint fit.

    The error is that of the joint fit's noise and background, at least: a box method knows no
    error of its own.
    """
    if background.method == "joint":
        return measurement
    sums = alternative_backgrounds(measurement, background)
    bands = tuple(
        replace(band, total=total, background=level, volume=total - level)
        for band, (total, level) in zip(measurement.bands, sums, strict=True)
    )
    return replace(measurement, bands=bands)


def alternative_backgrounds(
    measurement: Measurement, background: Background
) -> list[tuple[float, float]]:
    """Return total and background of every band under a box method, in counts·px."""
    method = METHODS[type(background)]
    boxes = separated_boxes(measurement)
    return method(measurement, boxes, background)


def separated_boxes(measurement: Measurement) -> list[Box]:
    """Return the bands' boxes, cut at the midline where those of one lane overlap."""
    of_lane: dict[tuple[int, int], list[Band]] = {}
    for band in measurement.bands:
        if band.detected:
            of_lane.setdefault((band.panel, band.lane), []).append(band)
    boxes = []
    for band in measurement.bands:
        top, bottom = band.box.top, band.box.bottom
        for other in of_lane.get((band.panel, band.lane), ()):
            middle = round(0.5 * (other.y_px + band.y_px))
            if band.y_px < other.y_px < band.y_px + 2 * (band.box.bottom - band.box.top):
                bottom = max(top + 1, min(bottom, middle))
            elif band.y_px - 2 * (band.box.bottom - band.box.top) < other.y_px < band.y_px:
                top = min(bottom - 1, max(top, middle))
        boxes.append(Box(left=band.box.left, top=top, right=band.box.right, bottom=bottom))
    return boxes


def box_pixels(measurement: Measurement, box: Box) -> NDArray[np.float32]:
    """Return the signal inside a box."""
    return measurement.blot.signal[box.top : box.bottom, box.left : box.right]


def local_border(
    measurement: Measurement, boxes: list[Box], background: Background
) -> list[tuple[float, float]]:
    """Return sums with the median of a frame around each box, other boxes left out."""
    width = background.width_px if isinstance(background, LocalBorderBackground) else 3
    signal = measurement.blot.signal
    taken = np.zeros(signal.shape, bool)
    for band, box in zip(measurement.bands, boxes, strict=True):
        if band.detected:
            taken[box.top : box.bottom, box.left : box.right] = True
    sums = []
    for box in boxes:
        frame = (
            slice(max(0, box.top - width), box.bottom + width),
            slice(max(0, box.left - width), box.right + width),
        )
        outside = ~taken[frame]
        inner_top, inner_left = box.top - frame[0].start, box.left - frame[1].start
        outside[
            inner_top : inner_top + box.bottom - box.top,
            inner_left : inner_left + box.right - box.left,
        ] = False
        pixels = signal[frame][outside]
        if not len(pixels):  # closed in by neighbors on all sides
            pixels = box_pixels(measurement, box).min(axis=0)
        total = float(box_pixels(measurement, box).sum(dtype=np.float64))
        sums.append((total, float(np.median(pixels)) * box.area_px))
    return sums


def lane_minima(
    measurement: Measurement, boxes: list[Box], background: Background
) -> list[tuple[float, float]]:
    """Return sums with a line through the profile's minima above and below each band."""
    del background
    signal = measurement.blot.signal
    sums = []
    for box in boxes:
        reach = max(4, box.bottom - box.top)
        top, bottom = max(0, box.top - reach // 2), min(len(signal), box.bottom + reach // 2)
        profile = signal[top:bottom, box.left : box.right].sum(axis=1, dtype=np.float64)
        smooth = np.convolve(np.pad(profile, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
        middle = (box.top + box.bottom) // 2 - top
        upper = int(np.argmin(smooth[: max(1, middle)]))
        lower = middle + int(np.argmin(smooth[middle:]))
        y = np.arange(box.top - top, box.bottom - top)
        line = np.interp(y, [upper, max(lower, upper + 1)], [smooth[upper], smooth[lower]])
        inside = profile[box.top - top : box.bottom - top]
        sums.append((float(inside.sum()), float(line.sum())))
    return sums


def rolling_ball(
    measurement: Measurement, boxes: list[Box], background: Background
) -> list[tuple[float, float]]:
    """Return sums with the background under a ball rolled below the whole picture."""
    heights = background.radius_heights if isinstance(background, RollingBallBackground) else 2.0
    tallest = max((box.bottom - box.top for box in boxes), default=1)
    surface = ball_surface(measurement.blot.signal, heights * tallest)
    return [
        (
            float(box_pixels(measurement, box).sum(dtype=np.float64)),
            float(surface[box.top : box.bottom, box.left : box.right].sum(dtype=np.float64)),
        )
        for box in boxes
    ]


def ball_surface(signal: NDArray[np.float32], radius_px: float) -> NDArray[np.float32]:
    """Return the background below a ball, on a smaller picture as other programs do for speed."""
    from skimage.restoration import rolling_ball as roll  # half a second to import

    rows, columns = signal.shape
    # The time grows with the square of the radius: a thin picture with one tall box must not hang.
    radius_px = min(radius_px, min(rows, columns))
    scale = max(BALL_SCALE, round(radius_px / BALL_RADIUS))
    scale = max(1, min(scale, min(rows, columns) // 16))
    size = (max(1, columns // scale), max(1, rows // scale))
    small = cv2.resize(cv2.GaussianBlur(signal, (0, 0), 1.0), size, interpolation=cv2.INTER_AREA)
    # The ball's height is measured in the signal's own range, so that its unit does not matter.
    span = max(float(np.ptp(small)), 1e-12)
    ball = roll(small * (255.0 / span), radius=max(2.0, radius_px / scale)) * (span / 255.0)
    return np.asarray(
        cv2.resize(ball.astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR)
    )


METHODS: dict[type, Callable[..., list[tuple[float, float]]]] = {
    LocalBorderBackground: local_border,
    LaneMinimaBackground: lane_minima,
    RollingBallBackground: rolling_ball,
}
