"""All bands of one panel: profiles, rows and the joint fit, repeated until nothing is left over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import LaneRole
from blotflux.measure.crosstalk import estimate_crosstalk, leaked_profiles
from blotflux.measure.fit import LaneFit, fit_lanes
from blotflux.measure.peaks import band_peaks, filled_peaks, find_peaks
from blotflux.measure.profiles import (
    LaneStrips,
    Profiles,
    cut_strips,
    profile_variance,
    sum_across,
)
from blotflux.measure.specks import without_specks
from blotflux.measure.rows import Row, link_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane
    from blotflux.measure.peaks import Peaks
    from blotflux.measure.result import LaneHints, Noise

__all__ = ["GroupFit", "fit_panel"]

ROW_SCORE = 9.0  # a row needs one band this clear ...
ROW_HEIGHT = 4.5  # ... and this many times as high as a pixel's noise
MISFIT_SHARE = 0.04  # residual bumps below this share of a band nearby are its shape, not a band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupFit:
    """The fit of lanes that share their rows: a panel's samples, or one ladder.

    Attributes
    ----------
    lanes : tuple of Lane
    rows : tuple of Row
        From the top.
    fit : LaneFit
    profiles : Profiles
        Of `lanes` alone.
    variance : ndarray, shape (lanes, n)
    misfit : ndarray, shape (lanes, rows)
        Root of the reduced chi-square around each band, at least 1.
    """

    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    fit: LaneFit
    profiles: Profiles
    variance: NDArray[np.float64]
    misfit: NDArray[np.float64]


def fit_panel(
    blot: Blot, lanes: Sequence[Lane], noise: Noise, hints: LaneHints
) -> tuple[LaneStrips, tuple[GroupFit, ...]]:
    """Return the fits of one panel: its sample lanes together, then every ladder by itself.

    Parameters
    ----------
    blot : Blot
    lanes : sequence of Lane
        Of one panel, from the left.
    noise : Noise
    hints : LaneHints
        `rows`: how many rows the targets promise.
    """
    narrowest = min(lane.width_px for lane in lanes)
    blot = replace(blot, signal=without_specks(blot.signal, narrowest, noise.sigma))
    strips = cut_strips(blot, lanes)
    profiles = sum_across(strips)
    variance = profile_variance(profiles, noise)
    shot = noise.gain * noise.correlation
    pixel_noise = noise.sigma * profiles.width_px
    peaks = find_peaks(profiles.value, variance)
    peaks = band_peaks(peaks, pixel_noise, profiles.value.shape[1])
    peaks = filled_peaks(peaks, strips.signal, 0.5 * np.array([lane.width_px for lane in lanes]))
    groups = []
    for index in lane_groups(lanes):
        task = GroupTask(
            lanes=tuple(lanes[i] for i in index),
            strips=take_strips(strips, index),
            profiles=take_lanes(profiles, index),
            variance=variance[index],
            pixel_noise=pixel_noise[index],
            shot=shot,
        )
        fitted = fit_group(task, only_lanes(peaks, index))
        if fitted is not None:
            groups.append(fitted)
    return strips, tuple(groups)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupTask:
    """What is known of lanes that share their rows, before they are fitted."""

    lanes: tuple[Lane, ...]
    strips: LaneStrips
    profiles: Profiles
    variance: NDArray[np.float64]
    pixel_noise: NDArray[np.float64]
    shot: float

    @property
    def x_px(self) -> NDArray[np.float64]:
        """Centers of the lanes at half height."""
        return self.strips.center_px[:, self.strips.center_px.shape[1] // 2]

    @property
    def width_px(self) -> NDArray[np.float64]:
        """Widths of the lanes as found."""
        return np.array([lane.width_px for lane in self.lanes])


def take_strips(strips: LaneStrips, index: NDArray[np.intp]) -> LaneStrips:
    """Return the strips of some lanes."""
    if len(index) == len(strips.slope):
        return strips
    return replace(
        strips,
        signal=strips.signal[index],
        usable=strips.usable[index],
        saturated=strips.saturated[index],
        weight=strips.weight[index],
        center_px=strips.center_px[index],
        slope=strips.slope[index],
    )


def lane_groups(lanes: Sequence[Lane]) -> list[NDArray[np.intp]]:
    """Return the indices of the sample lanes, then of each ladder."""
    ladder = np.array([lane.role == LaneRole.LADDER for lane in lanes])
    samples = [np.flatnonzero(~ladder)] if (~ladder).any() else []
    return samples + [np.array([i]) for i in np.flatnonzero(ladder)]


def take_lanes(profiles: Profiles, index: NDArray[np.intp]) -> Profiles:
    """Return the profiles of some lanes."""
    return replace(
        profiles,
        value=profiles.value[index],
        usable=profiles.usable[index],
        width_px=profiles.width_px[index],
    )


def only_lanes(peaks: Peaks, index: NDArray[np.intp]) -> Peaks:
    """Return the peaks of some lanes, their lanes counted within `index`."""
    place = np.full(max(int(index.max()), int(peaks.lane.max(initial=0))) + 1, -1)
    place[index] = np.arange(len(index))
    inside = peaks.take(place[peaks.lane] >= 0)
    return replace(inside, lane=place[inside.lane])


def fit_group(task: GroupTask, peaks: Peaks) -> GroupFit | None:
    """Return the fit of lanes that share their rows; None if there is no band.

    The first fit shows which rows are worth their place, which were overlooked and how much the
    lanes leak into each other; the second measures.
    """
    rows = tuple(row for row in link_rows(peaks, task.x_px) if row.score > ROW_SCORE)
    if not rows:
        return None
    value = task.profiles.value
    fit = fit_lanes(value, task.variance, rows, shot=task.shot, iterations=5)
    rows = worthy_rows(rows, fit, task) + overlooked_rows(fit, task)
    if not rows:
        return None
    rows = tuple(sorted(rows, key=lambda row: float(np.median(row.y))))
    crosstalk = estimate_crosstalk(task.strips, fit, task.width_px)
    captured = np.ones(len(task.lanes))
    if not crosstalk.negligible:
        value = value - leaked_profiles(fit, crosstalk, task.strips)
        captured = 1 - crosstalk.to_left - crosstalk.to_right
    value = value / captured[:, None]
    variance = task.variance / captured[:, None] ** 2
    fit = fit_lanes(value, variance, rows, shot=task.shot)
    profiles = replace(task.profiles, value=value)
    return GroupFit(
        lanes=task.lanes,
        rows=rows,
        fit=fit,
        profiles=profiles,
        variance=variance,
        misfit=misfit_of(profiles, variance, fit, task.shot),
    )


def height_of(fit: LaneFit) -> NDArray[np.float64]:
    """Return the height of every band, shape (lanes, rows)."""
    return np.asarray(fit.bands.max(axis=2))


def worthy_rows(rows: tuple[Row, ...], fit: LaneFit, task: GroupTask) -> tuple[Row, ...]:
    """Return the rows of which at least one band is clear and high enough, at their fitted places."""
    error = np.sqrt(np.maximum(np.diagonal(fit.covariance, axis1=1, axis2=2), 1e-300))
    clear = (fit.volume / error > ROW_SCORE) & (
        height_of(fit) > ROW_HEIGHT * task.pixel_noise[:, None]
    )
    kept = []
    for r, row in enumerate(rows):
        if clear[:, r].any():
            kept.append(replace(row, y=fit.position[:, r], sigma=float(np.median(fit.sigma[:, r]))))
    return tuple(kept)


def overlooked_rows(fit: LaneFit, task: GroupTask) -> tuple[Row, ...]:
    """Return rows of clear peaks that the fit left over."""
    model = fit.bands.sum(axis=1)
    residual = task.profiles.value - fit.background - model
    scatter = 1.4826 * np.median(np.abs(residual), axis=1, keepdims=True)
    # Around a strong band its imperfect shape is left over too: count a share of it as noise.
    reach = 2 * int(np.ceil(3 * float(np.median(fit.sigma)))) + 1
    around = cv2.dilate(np.maximum(model, 0.0), np.ones((1, reach), np.uint8))
    noise = np.maximum(task.variance, scatter**2) + (MISFIT_SHARE * around) ** 2
    peaks = find_peaks(residual, noise, min_score=ROW_SCORE)
    peaks = band_peaks(peaks, task.pixel_noise, residual.shape[1])
    near = around[peaks.lane, np.rint(peaks.y).astype(int)] if len(peaks.y) else np.zeros(0)
    peaks = peaks.take(peaks.height > 2.5 * MISFIT_SHARE * near)
    peaks = filled_peaks(peaks, task.strips.signal, 0.5 * task.width_px)
    return tuple(row for row in link_rows(peaks, task.x_px) if row.score > ROW_SCORE)


def misfit_of(
    profiles: Profiles, variance: NDArray[np.float64], fit: LaneFit, shot: float
) -> NDArray[np.float64]:
    """Return how much worse the model fits around each band than the noise explains, at least 1."""
    model = fit.bands.sum(axis=1)
    squared = (profiles.value - fit.background - model) ** 2
    squared /= variance + shot * np.maximum(model, 0.0)
    y = np.arange(squared.shape[1])
    inside = np.abs(y - fit.position[..., None]) < 3 * fit.sigma[..., None]
    count = np.maximum(inside.sum(axis=2), 1)
    return np.sqrt(np.maximum((inside * squared[:, None, :]).sum(axis=2) / count, 1.0))
