"""From a fit to the bands of the tables: boxes, sums, volumes, errors and flags."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Band, Box
from blotflux.flags import Flag
from blotflux.measure.doubts import covariance_of_lanes, response_doubt
from blotflux.measure.medians import median
from blotflux.measure.result import LaneCovariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane
    from blotflux.measure.fitting.groups import GroupFit
    from blotflux.measure.result import Noise
    from blotflux.parameters import Parameters

__all__ = ["bands_of_group"]

BOX_SIGMAS = 3.0  # half the height of a box: 99.46 % of a Gaussian band lies inside
CLIPPED_ACROSS = 0.4  # share of a box's columns: specks are narrower
PEAK_SNR = 1 / 3  # of the usual, where the lane has a peak of its own: haze hardly ever makes one
LEAST_HEIGHT = 2.0  # of a detected band, in standard deviations of a pixel
OVERLAP_SIGMAS = 6.0  # two bands nearer than this many mean sigmas overlap


def bands_of_group(
    blot: Blot,
    group: GroupFit,
    noise: Noise,
    parameters: Parameters,
    *,
    first_row: int,
) -> tuple[list[Band], dict[tuple[int, int], LaneCovariance]]:
    """Return the bands of a group, rows numbered from `first_row`, and their covariances."""
    bands: list[Band] = []
    covariances: dict[tuple[int, int], LaneCovariance] = {}
    numbers = tuple(range(first_row, first_row + len(group.rows)))
    heights = box_heights(group)
    covariance = covariance_of_lanes(blot, group)
    errors = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)).tolist()
    for i, lane in enumerate(group.lanes):
        covariances[lane.panel, lane.number] = LaneCovariance(rows=numbers, matrix=covariance[i])
        fitted = fitted_lane(blot, group, i)
        bands += [
            band_of_lane(
                blot,
                fitted,
                r,
                fitted.box(blot, r, heights[r]),
                noise,
                parameters,
                row=numbers[r],
                error=errors[i][r],
            )
            for r in range(len(numbers))
        ]
    return bands, covariances


def box_heights(group: GroupFit) -> list[int]:
    """Return one height per row: 3 sigma to both sides of its widest typical band."""
    reach = np.ceil(BOX_SIGMAS * median(group.fit.sigma, axis=0))
    return [max(3, 2 * int(half) + 1) for half in reach.tolist()]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedLane:
    """The fit of one lane as plain numbers, which are faster to work with one by one.

    Attributes
    ----------
    lane : Lane
    width_px : float
        Of its window.
    top : int
        Row of the picture where the profile begins.
    background : ndarray, shape (n,)
    x, y : list of float
        Where each row's band is in the picture.
    volume, sigma, height : list of float
        Of each row's band.
    response : list of float
        By how much the file's response may change each volume, relative to its row's.
    overlaps, promised, peaks : list of bool
        Whether the band overlaps another one of the lane; whether its row was promised; whether
        there was a peak before anything was fitted.
    """

    lane: Lane
    width_px: float
    top: int
    background: NDArray[np.float64]
    x: list[float]
    y: list[float]
    volume: list[float]
    sigma: list[float]
    height: list[float]
    response: list[float]
    overlaps: list[bool]
    promised: list[bool]
    peaks: list[bool]

    def box(self, blot: Blot, row: int, height: int) -> Box:
        """Return the box of one band, inside the picture."""
        rows, columns = blot.shape
        x, half = self.x[row], 0.5 * self.width_px
        top = round(self.y[row]) - height // 2
        left, right = round(x - half), round(x + half) + 1
        return Box(
            left=max(0, min(left, columns - 1)),
            top=max(0, min(top, rows - 1)),
            right=max(1, min(right, columns)),
            bottom=max(1, min(top + height, rows)),
        )


def fitted_lane(blot: Blot, group: GroupFit, lane: int) -> FittedLane:
    """Return what the fit of a group says of one of its lanes."""
    fit, profiles = group.fit, group.profiles
    position, sigma = fit.position[lane], fit.sigma[lane]
    y = profiles.top + position
    distance = np.abs(position[:, None] - position)
    near = distance < OVERLAP_SIGMAS * 0.5 * (sigma[:, None] + sigma)
    return FittedLane(
        lane=group.lanes[lane],
        width_px=float(profiles.left_px[lane] + profiles.right_px[lane] + 1),
        top=profiles.top,
        background=fit.background[lane],
        x=group.lanes[lane].x_at(y).tolist(),
        y=y.tolist(),
        volume=fit.volume[lane].tolist(),
        sigma=sigma.tolist(),
        height=fit.height[lane].tolist(),
        response=response_doubt(blot, group)[lane].tolist(),
        overlaps=(near.sum(axis=1) > 1).tolist(),  # every band is near itself
        promised=[row.promised for row in group.rows],
        peaks=[bool(row.seen[lane]) for row in group.rows],
    )


def place_box(blot: Blot, group: GroupFit, lane: int, row: int, height: int) -> Box:
    """Return the box of one band: the lane's whole window, `height` high, inside the picture."""
    return fitted_lane(blot, group, lane).box(blot, row, height)


def measured_band(
    blot: Blot,
    group: GroupFit,
    which: tuple[int, int],
    box: Box,
    noise: Noise,
    parameters: Parameters,
    *,
    row: int,
    error: float,
) -> Band:
    """Return one band of the tables."""
    i, r = which
    fitted = fitted_lane(blot, group, i)
    return band_of_lane(blot, fitted, r, box, noise, parameters, row=row, error=error)


def band_of_lane(
    blot: Blot,
    fitted: FittedLane,
    r: int,
    box: Box,
    noise: Noise,
    parameters: Parameters,
    *,
    row: int,
    error: float,
) -> Band:
    """Return the band of a lane's row `r`, which is called `row` in the tables."""
    width, height = box.right - box.left, box.bottom - box.top
    total = sum_of(blot.signal[box.top : box.bottom, box.left : box.right])
    y0 = max(0, box.top - fitted.top)
    background = sum_of(fitted.background[y0 : y0 + height]) * width / fitted.width_px
    volume = fitted.volume[r]
    saturated_px, saturated_fraction, across = count_saturated(blot, box)
    # A film's curve changes how much there is, but not whether there is anything.
    seen = error**2 - (fitted.response[r] * volume) ** 2
    # What is clipped across its lane is there, however little is known of how much it is.
    least_snr = parameters.detection_snr * (PEAK_SNR if fitted.peaks[r] else 1.0)
    clear = seen > 0 and volume > least_snr * math.sqrt(seen)
    detected = (
        (clear or across > CLIPPED_ACROSS)
        and volume > 0
        and fitted.height[r] > LEAST_HEIGHT * noise.sigma * fitted.width_px
    )
    return Band(
        panel=fitted.lane.panel,
        lane=fitted.lane.number,
        row=row,
        x_px=fitted.x[r],
        y_px=fitted.y[r],
        box=box,
        total=total,
        background=background,
        volume=volume,
        volume_se=error,
        snr=(total - background) / box.area_px / noise.sigma if noise.sigma > 0 else float("nan"),
        saturated_px=saturated_px,
        saturated_fraction=saturated_fraction,
        sigma_y_px=fitted.sigma[r],
        detected=detected,
        flags=band_flags(blot, fitted, r, detected=detected, saturated=saturated_px > 0),
    )


def sum_of(values: NDArray[np.float32] | NDArray[np.float64]) -> float:
    """Return the sum in double precision; of so few values numpy's own takes three times as long.

    A slice of the picture is summed where it lies.
    """
    return float(cv2.sumElems(values)[0]) if values.size else 0.0


def count_saturated(blot: Blot, box: Box) -> tuple[int, float, float]:
    """Return how much of a box is saturated.

    Returns
    -------
    count : int
        Saturated pixels.
    share : float
        Theirs of the pixels above half the box's height.
    across : float
        Share of the columns that have one.
    """
    mask = blot.saturated[box.top : box.bottom, box.left : box.right]
    count = int(np.count_nonzero(mask))
    if not count:
        return 0, 0.0, 0.0
    pixels = blot.signal[box.top : box.bottom, box.left : box.right]
    half = 0.5 * (float(pixels.max()) + float(median(pixels)))
    share = count / max(1, int(np.count_nonzero(pixels >= half)))
    return count, share, float(mask.any(axis=0).mean())


def band_flags(
    blot: Blot, fitted: FittedLane, r: int, *, detected: bool, saturated: bool
) -> tuple[str, ...]:
    """Return the flags of one band."""
    y, reach = fitted.y[r], BOX_SIGMAS * fitted.sigma[r]
    flags = (
        (Flag.SATURATED, saturated),
        (Flag.NEGATIVE_VOLUME, fitted.volume[r] < 0),
        (Flag.BELOW_DETECTION, not detected),
        (Flag.TOUCHES_EDGE, y - reach < 0 or y + reach > blot.signal.shape[0] - 1),
        (Flag.ROW_BY_PROMISE, fitted.promised[r]),
        (Flag.OVERLAPS_NEIGHBOR, fitted.overlaps[r]),
    )
    return tuple([str(flag) for flag, raised in flags if raised])
