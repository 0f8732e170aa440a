"""From a fit to the bands of the tables: boxes, sums, volumes, errors and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import Band, Box
from blotflux.flags import Flag
from blotflux.measure.result import LaneCovariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot
    from blotflux.measure.fitting.panel_fit import GroupFit
    from blotflux.measure.result import Noise
    from blotflux.parameters import Parameters

__all__ = ["bands_of_group", "covariance_of_lane", "relative_doubt"]

BOX_SIGMAS = 3.0  # half the height of a box: 99.46 % of a Gaussian band lies inside
LEAST_HEIGHT = 2.0  # of a detected band, in standard deviations of a pixel
LEAK_DOUBT = 0.4  # share of the crosstalk that may be wrong: edges are softer here, sharper there
CAPTURE_DOUBT = 0.0012  # relative: what a window catches of a band varies a little between lanes
TILT_DOUBT = 0.0055  # relative, where a band falls by its sigma across its lane: parts are leveled
RESPONSE_DOUBT = 0.08  # relative: what a film's curve did to ratios within a row of drawn blots
OVERLAP_SIGMAS = 6.0  # two bands nearer than this many mean sigmas overlap


def relative_doubt(blot: Blot) -> float:
    """Return the part of every volume that may be wrong, whatever its size.

    A window catches a little more of one band than of another; and the gray values of files of 8
    bits need not be proportional to light.
    """
    response = RESPONSE_DOUBT if blot.source.bit_depth <= 8 else 0.0
    return float(np.hypot(CAPTURE_DOUBT, response))


def covariance_of_lane(blot: Blot, group: GroupFit, lane: int) -> NDArray[np.float64]:
    """Return the covariance of a lane's volumes, widened for what the fit cannot know.

    That is crosstalk, capture, tilt and the file's response.
    """
    volume, profiles = group.fit.volume[lane], group.profiles
    doubt = (LEAK_DOUBT * group.leak[lane]) ** 2
    doubt += (LEAK_DOUBT * group.lost[lane] * volume) ** 2 + (relative_doubt(blot) * volume) ** 2
    fall = profiles.slope[lane] * group.lanes[lane].width_px / group.fit.sigma[lane]
    doubt += (TILT_DOUBT * fall * volume) ** 2
    return np.asarray(group.fit.covariance[lane] + np.diag(doubt))


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
    rows = len(group.rows)
    heights = box_heights(group)
    for i, lane in enumerate(group.lanes):
        covariance = covariance_of_lane(blot, group, i)
        key = (lane.panel, lane.number)
        numbers = tuple(range(first_row, first_row + rows))
        covariances[key] = LaneCovariance(rows=numbers, matrix=covariance)
        error = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
        for r in range(rows):
            box = place_box(blot, group, i, r, heights[r])
            bands.append(
                measured_band(
                    blot,
                    group,
                    (i, r),
                    box,
                    noise,
                    parameters,
                    row=numbers[r],
                    error=float(error[r]),
                )
            )
    return bands, covariances


def box_heights(group: GroupFit) -> list[int]:
    """Return one height per row: 3 sigma to both sides of its widest typical band."""
    return [
        max(3, 2 * int(np.ceil(BOX_SIGMAS * float(np.median(group.fit.sigma[:, r])))) + 1)
        for r in range(len(group.rows))
    ]


def place_box(blot: Blot, group: GroupFit, lane: int, row: int, height: int) -> Box:
    """Return the box of one band: the lane's whole window, `height` high, inside the picture."""
    rows, columns = blot.shape
    y = group.profiles.top + float(group.fit.position[lane, row])
    x = float(group.lanes[lane].x_at(y))
    half = 0.5 * float(group.profiles.width_px[lane])
    top = round(y) - height // 2
    left, right = round(x - half), round(x + half) + 1
    return Box(
        left=max(0, min(left, columns - 1)),
        top=max(0, min(top, rows - 1)),
        right=max(1, min(right, columns)),
        bottom=max(1, min(top + height, rows)),
    )


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
    fit, lane = group.fit, group.lanes[i]
    pixels = blot.signal[box.top : box.bottom, box.left : box.right]
    total = float(pixels.sum(dtype=np.float64))
    y0 = box.top - group.profiles.top
    window = fit.background[i, max(0, y0) : max(0, y0) + box.bottom - box.top]
    background = float(window.sum()) * (box.right - box.left) / float(group.profiles.width_px[i])
    volume = float(fit.volume[i, r])
    y = group.profiles.top + float(fit.position[i, r])
    saturated_px, saturated_fraction = count_saturated(blot, box)
    detected = bool(
        error > 0
        and volume > parameters.detection_snr * error
        and fit.height[i, r] > LEAST_HEIGHT * noise.sigma * group.profiles.width_px[i]
    )
    return Band(
        panel=lane.panel,
        lane=lane.number,
        row=row,
        x_px=float(lane.x_at(y)),
        y_px=y,
        box=box,
        total=total,
        background=background,
        volume=volume,
        volume_se=error,
        snr=(total - background) / box.area_px / noise.sigma if noise.sigma > 0 else float("nan"),
        saturated_px=saturated_px,
        saturated_fraction=saturated_fraction,
        sigma_y_px=float(fit.sigma[i, r]),
        detected=detected,
        flags=band_flags(blot, group, which, box, detected=detected, saturated=saturated_px > 0),
    )


def count_saturated(blot: Blot, box: Box) -> tuple[int, float]:
    """Return saturated pixels in the box and their share of the pixels above half its height."""
    mask = blot.saturated[box.top : box.bottom, box.left : box.right]
    count = int(np.count_nonzero(mask))
    if not count:
        return 0, 0.0
    pixels = blot.signal[box.top : box.bottom, box.left : box.right]
    half = 0.5 * (float(pixels.max()) + float(np.median(pixels)))
    return count, count / max(1, int(np.count_nonzero(pixels >= half)))


def band_flags(
    blot: Blot,
    group: GroupFit,
    which: tuple[int, int],
    box: Box,
    *,
    detected: bool,
    saturated: bool,
) -> tuple[str, ...]:
    """Return the flags of one band."""
    i, r = which
    rows, _ = blot.shape
    fit = group.fit
    position, sigma = fit.position[i].tolist(), fit.sigma[i].tolist()
    reach = BOX_SIGMAS * sigma[r]
    y = group.profiles.top + position[r]
    overlaps = any(
        abs(at - position[r]) < OVERLAP_SIGMAS * 0.5 * (wide + sigma[r])
        for k, (at, wide) in enumerate(zip(position, sigma, strict=True))
        if k != r
    )
    flags = {
        Flag.SATURATED: saturated,
        Flag.NEGATIVE_VOLUME: fit.volume[i, r] < 0,
        Flag.BELOW_DETECTION: not detected,
        Flag.TOUCHES_EDGE: y - reach < 0 or y + reach > rows - 1,
        Flag.ROW_BY_PROMISE: group.rows[r].promised,
        Flag.OVERLAPS_NEIGHBOR: overlaps,
    }
    return tuple(str(flag) for flag, raised in flags.items() if raised)
