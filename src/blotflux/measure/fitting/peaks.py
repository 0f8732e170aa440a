"""Peaks of lane profiles: where a lane may hold a band, and how wide it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.medians import median, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Peaks", "band_peaks", "filled_peaks", "find_peaks", "wide_peaks"]

# Widths at which bands are looked for, px: a factor 1.35 apart, so that the best of them is
# within 16 % of any band's own and loses less than 2 % of its response.
SCALES_PX = tuple(1.3 * 1.35**k for k in range(12))
SCALE_SLACK = 0.93
FITS = 4.5  # a band's width that many times over must fit into the profile
WIDEST_SCALE = 0.2  # of a lane's width, but at least 6 px; bands lie across their lanes
NARROWEST_SCALE = 0.015  # of a lane's width
WIDEST_BAND = 2.4  # times the scale of the strongest, which is found to 35 %; haze is wider
NARROWEST_BAND, SEVERAL = 0.45, 3  # times the usual width; so many narrow ones are a ladder
MIN_FILL = 0.35  # median part over mean part: a speck fills two of five parts at most
MIN_HEIGHT = 4.0  # a band's height over the noise of one pixel, below which nothing is a row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peaks:
    """Candidate bands of one panel, strongest first; all arrays have shape (peaks,).

    Attributes
    ----------
    lane : ndarray of int
        Index of the lane, from 0.
    y : ndarray
        Position along the profile, px from its top.
    sigma : ndarray
        Scale of the best response, px.
    score : ndarray
        Response of the second-derivative filter at that scale, in units of its noise.
    height : ndarray
        Peak height that a Gaussian of that width would have, counts.
    """

    lane: NDArray[np.intp]
    y: NDArray[np.float64]
    sigma: NDArray[np.float64]
    score: NDArray[np.float64]
    height: NDArray[np.float64]

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Peaks:
        """Return the peaks at `index`."""
        if index.dtype == np.bool_:
            index = index.nonzero()[0]
        return Peaks(
            lane=self.lane[index],
            y=self.y[index],
            sigma=self.sigma[index],
            score=self.score[index],
            height=self.height[index],
        )


def band_peaks(
    peaks: Peaks,
    pixel_noise: NDArray[np.float64],
    length: int,
    *,
    least: float = MIN_HEIGHT,
) -> Peaks:
    """Return the peaks that may be bands: not haze, not the edge, not noise.

    Parameters
    ----------
    peaks : Peaks
    pixel_noise : ndarray, shape (lanes,)
        Standard deviation of a pixel times the window's width: what one unit of height over noise
        is in the profile.
    length : int
        Rows of the profiles, px.
    least : float
        Smallest height in units of a pixel's noise.

    Notes
    -----
    Bands of one blot are of similar width; haze is several times wider. The widest scale that
    counts is `WIDEST_BAND` times that of the lanes' strongest peaks.
    """
    if not len(peaks.y):
        return peaks
    _, first = np.unique(peaks.lane, return_index=True)
    leaders = first[peaks.height[first] > 0.1 * median(peaks.height[first])]
    widest = WIDEST_BAND * quantile(peaks.sigma[leaders], 0.75)
    usual = quantile(peaks.sigma[leaders], 0.25)
    clear = peaks.height > least * pixel_noise[peaks.lane]
    inside = (peaks.y > 1.2 * peaks.sigma) & (peaks.y < length - 1 - 1.2 * peaks.sigma)
    return wide_peaks(peaks.take(clear & inside & (peaks.sigma <= widest)), usual)


def wide_peaks(peaks: Peaks, usual: float) -> Peaks:
    """Return the peaks as wide as bands are: a scratch across lanes is much narrower.

    Parameters
    ----------
    peaks : Peaks
    usual : float
        Width of the blot's bands, px. A ladder's may be narrow, but then several of them are.
    """
    narrow = peaks.sigma < NARROWEST_BAND * usual
    if not narrow.any():
        return peaks
    several = np.bincount(peaks.lane[narrow], minlength=int(peaks.lane.max()) + 1) >= SEVERAL
    return peaks.take(~narrow | several[peaks.lane])


def filled_peaks(peaks: Peaks, parts: NDArray[np.float64]) -> Peaks:
    """Return the peaks that fill their lane: specks and scratches lie in a part of it.

    Parameters
    ----------
    peaks : Peaks
    parts : ndarray, shape (lanes, parts, rows)
        Profiles of the parts of each lane's window, leveled.
    """
    if not len(peaks.y):
        return peaks
    share = np.empty(len(peaks.y))
    row = np.rint(peaks.y).astype(np.intp)
    for sigma in set(peaks.sigma.tolist()):
        same = (peaks.sigma == sigma).nonzero()[0]
        share[same] = fill_of(parts, peaks.lane[same], row[same], kernel_for(sigma))
    return peaks.take(share > MIN_FILL)


def fill_of(
    parts: NDArray[np.float64],
    lane: NDArray[np.intp],
    row: NDArray[np.intp],
    kernel: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return how evenly peaks fill their lanes: the median part over the mean."""
    half = len(kernel) // 2
    around = row[:, None] + np.arange(-half, half + 1)
    last = parts.shape[2] - 1
    inside = (around >= 0) & (around <= last)
    weight = np.where(inside, kernel, 0.0)
    pixels = parts[lane[:, None], :, np.minimum(np.maximum(around, 0), last)]
    response = np.matmul(weight[:, None, :], pixels)[:, 0]
    mean = response.sum(axis=1) / response.shape[1]
    response.partition(2, axis=1)
    return np.where(mean > 0, response[:, 2] / np.where(mean > 0, mean, 1.0), 0.0)


def kernel_for(sigma: float) -> NDArray[np.float32]:
    """Return the kernel of one scale; those of `SCALES_PX` were made beforehand."""
    kernel = KERNELS.get(sigma)
    return second_derivative_kernel(sigma) if kernel is None else kernel


def second_derivative_kernel(sigma: float) -> NDArray[np.float32]:
    """Return minus the second derivative of a Gaussian, sum 0, sum of squares 1."""
    half = int(np.ceil(4 * sigma))
    u = np.arange(-half, half + 1) / sigma
    kernel = (1 - u**2) * np.exp(-0.5 * u**2)
    kernel -= kernel.mean()
    return np.asarray(kernel / np.sqrt((kernel**2).sum()), dtype=np.float32)


def find_peaks(
    value: NDArray[np.float64],
    variance: NDArray[np.float64],
    lane_width_px: float,
    *,
    min_score: float = 5.0,
) -> Peaks:
    """Return the local maxima of the profiles in position and scale.

    Parameters
    ----------
    value, variance : ndarray, shape (lanes, rows)
        Profiles and the variance of their values.
    lane_width_px : float
        Typical width of a lane.
    min_score : float
        Smallest response in units of its noise.

    Notes
    -----
    The response at scale s, normalized by s**(3/2) on the second derivative, is largest for a
    Gaussian of sigma s (Lindeberg 1998, doi:10.1023/A:1008045108935), so the maximum over scales
    measures the band's width; fine scales keep the two bands of a doublet apart.
    """
    profiles = np.ascontiguousarray(value, dtype=np.float32)
    noise = np.sqrt(np.maximum(variance, 1e-12)).astype(np.float32)
    scales = scales_for(lane_width_px, profiles.shape[1])
    response = np.empty((len(scales), *profiles.shape), np.float32)
    for filtered, scale in zip(response, scales, strict=True):
        kernel = kernel_for(scale)[None, :]
        cv2.filter2D(profiles, cv2.CV_32F, kernel, filtered, borderType=cv2.BORDER_REFLECT_101)
    score = np.divide(response, noise)
    # With unit-norm kernels the 3/2-normalized response is the filter's divided by the scale.
    response /= np.array(scales, dtype=np.float32)[:, None, None]
    lane, y, k = local_maxima(response, score, min_score)
    return thin_out(lane, y, k, response, score, scales)


def scales_for(lane_width_px: float, length: int) -> list[float]:
    """Return the widths at which bands are looked for in profiles of `length` rows."""
    low, high = NARROWEST_SCALE * lane_width_px, max(6.0, WIDEST_SCALE * lane_width_px)
    return [s for s in SCALES_PX if low <= s <= high and FITS * s < length] or [SCALES_PX[0]]


def local_maxima(
    normalized: NDArray[np.float32], score: NDArray[np.float32], min_score: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return lane, position and scale index of the maxima in position and scale."""
    rising = normalized[:, :, 1:] > normalized[:, :, :-1]
    best = rising[:, :, :-1] & ~rising[:, :, 1:]
    best &= score[:, :, 1:-1] > min_score
    k, place = np.divmod(best.ravel().nonzero()[0], best.shape[1] * best.shape[2])
    lane, y = np.divmod(place, best.shape[2])
    y += 1
    value = normalized[k, lane, y]
    for step in (-1, 1):  # a little slack: a neighboring band may tip the balance of scales
        beside = np.minimum(np.maximum(k + step, 0), len(normalized) - 1)
        value_beside = normalized[beside, lane, y]
        keep = (value >= SCALE_SLACK * value_beside) | (beside == k)
        k, lane, y, value = k[keep], lane[keep], y[keep], value[keep]
    return lane, y, k


def thin_out(
    lane: NDArray[np.intp],
    y: NDArray[np.intp],
    k: NDArray[np.intp],
    normalized: NDArray[np.float32],
    score: NDArray[np.float32],
    scales: list[float],
) -> Peaks:
    """Return one peak per band: a weaker maximum within reach of a stronger one is dropped."""
    strength = normalized[k, lane, y]
    order = np.argsort(-strength, kind="stable")
    lane, y, k, strength = lane[order], y[order], k[order], strength[order]
    sigma = np.array(scales)[k]
    keep = np.zeros(len(lane), bool)
    taken: dict[int, list[tuple[float, float]]] = {}
    for i, (place, at, width) in enumerate(
        zip(lane.tolist(), y.tolist(), sigma.tolist(), strict=True)
    ):
        others = taken.setdefault(place, [])
        # Two bands are told apart from 1.6 sigma of the stronger on; a wide maximum that
        # swallows an accepted narrow one is the sum of several bands.
        swallowed = 0.9 * width
        for other, reach in others:
            away = abs(at - other)
            if away <= reach or away <= swallowed:
                break
        else:
            others.append((at, 1.6 * width))
            keep[i] = True
    lane, y, k, sigma = lane[keep], y[keep], k[keep], sigma[keep]
    # A Gaussian of height h and width s gives h * s**0.5 * 0.5 * (9/16*pi)**0.25 / ... at its own
    # scale; the constant 0.9447 was computed from the filter itself.
    height = normalized[k, lane, y] * np.sqrt(sigma) * HEIGHT_OVER_RESPONSE
    return Peaks(
        lane=lane,
        y=y.astype(np.float64),
        sigma=sigma,
        score=score[k, lane, y].astype(np.float64),
        height=height.astype(np.float64),
    )


def height_over_response() -> float:
    """Return height / (normalized response * sqrt(sigma)) of a Gaussian at its own scale."""
    sigma = 8.0
    kernel = second_derivative_kernel(sigma)
    half = len(kernel) // 2
    gaussian = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    return float(1.0 / (float(kernel @ gaussian) / sigma * np.sqrt(sigma)))


HEIGHT_OVER_RESPONSE = height_over_response()
KERNELS = {sigma: second_derivative_kernel(sigma) for sigma in SCALES_PX}
