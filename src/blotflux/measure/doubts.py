"""What volumes may be wrong by beyond what the fit knows: windows, neighbors, tilt, response."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Blot
    from blotflux.measure.fitting.groups import GroupFit

__all__ = [
    "RESPONSE_DOUBT",
    "covariance_of_lane",
    "covariance_of_lanes",
    "relative_doubt",
    "response_doubt",
]

LEAK_DOUBT = 0.4  # share of the crosstalk that may be wrong: edges are softer here, sharper there
CAPTURE_DOUBT = 0.0012  # relative: what a window catches of a band varies a little between lanes
TILT_DOUBT = 0.0055  # relative, where a band falls by its sigma across its lane: parts are leveled
RESPONSE_DOUBT = 0.08  # relative: what a film's curve did to ratios within a row of drawn blots,
LEVEL_DOUBT, CURVE_DOUBT = 0.035, 0.20  # of bands of the usual volume, and per factor e from it
SHOULDER, SHOULDER_DOUBT = 0.45, 0.35  # share of the scale where curves flatten; doubt at its end
FAINT = 0.05  # of the usual volume, from which down bands are told from it no more


def relative_doubt(blot: Blot) -> float:
    """Return the part of every volume that may be wrong, whatever its size.

    A window catches a little more of one band than of another; and the gray values of files of 8
    bits need not be proportional to light.
    """
    response = RESPONSE_DOUBT if blot.source.is_coarse else 0.0
    return float(np.hypot(CAPTURE_DOUBT, response))


def response_doubt(blot: Blot, group: GroupFit) -> NDArray[np.float64]:
    """Return by how much the file's response may change volumes, relative to their rows'.

    Gray values of 8 bits need not be proportional to light. The curve of a film changes the ratio
    of two bands the more, the more unequal they are; bands of their row's usual volume hardly. And
    near the end of the scale, where it flattens, no band is as dark as it should be.

    Returns
    -------
    ndarray, shape (lanes, rows)
    """
    volume = group.fit.volume
    if not blot.source.is_coarse:
        return np.zeros(volume.shape)
    usual = np.array([row.usual for row in group.rows])
    away = np.abs(np.log(np.maximum(volume, FAINT * usual) / usual))
    doubt = np.hypot(LEVEL_DOUBT, CURVE_DOUBT * away)
    doubt = np.where(np.isfinite(doubt), doubt, RESPONSE_DOUBT)
    beyond = np.maximum(share_of_scale(blot, group) - SHOULDER, 0.0) / (1 - SHOULDER)
    return np.hypot(doubt, SHOULDER_DOUBT * np.minimum(beyond, 1.0))


def share_of_scale(blot: Blot, group: GroupFit) -> NDArray[np.float64]:
    """Return how much of the file's scale the peaks of bands take up, background included.

    Returns
    -------
    ndarray, shape (lanes, rows)
        Averages across the lanes.
    """
    fit, profiles = group.fit, group.profiles
    levels = 2**blot.source.bit_depth
    scale = levels - 1 if blot.unit == "counts" else np.log10(levels)
    at = np.clip(np.rint(fit.position), 0, fit.background.shape[1] - 1).astype(np.intp)
    peak = fit.height + np.take_along_axis(fit.background, at, axis=1)
    return np.asarray(peak / (profiles.left_px + profiles.right_px + 1)[:, None] / scale)


def covariance_of_lane(blot: Blot, group: GroupFit, lane: int) -> NDArray[np.float64]:
    """Return the covariance of a lane's volumes, widened for what the fit cannot know.

    That is crosstalk, capture, tilt and the file's response.
    """
    return np.asarray(covariance_of_lanes(blot, group)[lane])


def covariance_of_lanes(blot: Blot, group: GroupFit) -> NDArray[np.float64]:
    """Return the covariances of all lanes' volumes, shape (lanes, rows, rows)."""
    volume, profiles = group.fit.volume, group.profiles
    doubt = (LEAK_DOUBT * group.leak) ** 2
    lost = LEAK_DOUBT * group.lost[:, None]
    doubt += (lost**2 + CAPTURE_DOUBT**2 + response_doubt(blot, group) ** 2) * volume**2
    width_px = np.array([lane.width_px for lane in group.lanes])
    at = np.clip(np.rint(group.fit.position), 0, profiles.slope.shape[1] - 1).astype(np.intp)
    slope = np.take_along_axis(profiles.slope, at, axis=1)
    fall = slope * width_px[:, None] / group.fit.sigma
    doubt += (TILT_DOUBT * fall * volume) ** 2
    covariance = np.array(group.fit.covariance)
    row = np.arange(volume.shape[1])
    covariance[:, row, row] += doubt
    return covariance
