"""Lanes that share their rows: which rows there are, and the joint fit of their bands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.fitting.crosstalk import (
    estimate_crosstalk,
    leaked_volumes,
    without_crosstalk,
)
from blotflux.measure.fitting.doublets import Seen, part_rows
from blotflux.measure.fitting.joining import join_rows
from blotflux.measure.fitting.lane_fit import LaneFit, fit_lanes
from blotflux.measure.fitting.peaks import band_peaks, filled_peaks, find_peaks, wide_peaks
from blotflux.measure.fitting.rows import Row, link_rows, stands_apart
from blotflux.measure.fitting.shapes import FEW_TERMS, SHAPE_TERMS
from blotflux.measure.medians import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot import Lane
    from blotflux.measure.fitting.profiles import Profiles

__all__ = ["ROW_HEIGHT", "ROW_SCORE", "GroupFit", "GroupTask", "fit_group"]

FIRST, SETTLED = 3, 8  # Gauss-Newton steps before rows are judged, and where that leaves doubt
ROW_SCORE = 9.0  # a row needs one band this clear ...
FITTED_SCORE = 4.0  # ... and in the fit, where errors count misfit and overlap as well ...
SURE_SCORE, SURE_FITTED = 100.0, 1.5  # or a peak beyond doubt, and half a clear fit, ...
TALL, SEVERAL = 0.3, 3  # ... of this much of its lane's tallest band, or seen in so many lanes ...
ROW_HEIGHT = 4.5  # ... and this many times as high as a pixel's noise
SHARING = 3  # lanes that together show more of their rows' shapes than one does
CERTAIN = 3.0  # standard errors of a volume that counts when the usual one is asked for
APART = 1.6  # sigmas from a fitted band, within which what is left over is its shape
WORSE = 1.5  # times the misfit of the first fit, that the last one cannot have
CLEAR_APART = 2.6  # sigmas, up to which ...
LEFT_OVER, LEFT_BESIDE = 0.1, 0.3  # ... more of the band nearby must be left over to be another
CLIPPED = 1e3  # times the usual variance: values with clipped pixels
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
    value, variance : ndarray, shape (lanes, n)
        What was fitted, the neighbors' light taken out, and the variance of its values.
    leak : ndarray, shape (lanes, rows)
        What the neighbors' bands had added to each volume before it was taken out, counts·px.
    lost : ndarray, shape (lanes,)
        Share of each lane's bands that lay outside its window.
    """

    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    fit: LaneFit
    profiles: Profiles
    value: NDArray[np.float64]
    variance: NDArray[np.float64]
    leak: NDArray[np.float64]
    lost: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupTask:
    """What is known of lanes that share their rows, before they are fitted."""

    lanes: tuple[Lane, ...]
    signal: NDArray[np.float32]
    profiles: Profiles
    variance: NDArray[np.float64]
    pixel_noise: NDArray[np.float64]
    shot: float
    promised: int

    @property
    def width_px(self) -> NDArray[np.float64]:
        """Widths of the lanes as found."""
        return np.array([lane.width_px for lane in self.lanes])


def fit_group(task: GroupTask, rows: tuple[Row, ...]) -> GroupFit | None:
    """Return the fit of lanes that share their rows; None if there is no band.

    The first fit shows which rows are worth their place, which were overlooked and how much the
    lanes leak into each other; the second measures.
    """
    rows = clear_or_promised(rows, task.promised)
    if not rows:
        return None
    value = task.profiles.value
    first = fit_lanes(value, task.variance, rows, shot=task.shot, iterations=FIRST)
    seen = Seen(
        value=value,
        variance=task.variance,
        x_px=task.profiles.x_px,
        pixel_noise=task.pixel_noise,
    )
    refit = partial(fit_lanes, value, task.variance, shot=task.shot, iterations=SETTLED)
    terms = SHAPE_TERMS if len(task.lanes) >= SHARING else FEW_TERMS
    rows, first = part_rows(rows, first, seen, refit)
    kept, more = worthy_rows(rows, first, task), overlooked_rows(first, task)
    if len(kept) < len(rows):  # half-way through, one row may still hide another
        settled = worthy_rows(rows, refit(rows), task)
        kept = settled if len(settled) > len(kept) else kept
    kept = join_rows(kept, first if len(kept) == len(rows) else None, seen, refit)
    more = tuple(row for row in more if stands_apart(row, kept))
    if not kept and not more:
        return None
    crosstalk = estimate_crosstalk(task.signal, task.profiles, first, task.width_px)
    variance = task.variance
    if not crosstalk.negligible:
        value = without_crosstalk(value, first, crosstalk, task.profiles)
        variance = variance / crosstalk.captured[:, None] ** 2
    if len(kept) == len(rows) and not more:
        fit = fit_lanes(
            value, variance, kept, shot=task.shot, iterations=10, terms=terms, before=first
        )
        if (fit.misfit > WORSE * first.misfit).any():  # the first was on its way to nowhere
            fit = fit_lanes(value, variance, rows, shot=task.shot, terms=terms)
        rows = kept
    else:
        rows = tuple(sorted(kept + more, key=lambda row: float(np.median(row.y))))
        rows = join_rows(rows, None, seen, refit)  # the corners of a flat band are left over both
        fit = fit_lanes(value, variance, rows, shot=task.shot, terms=terms)
    return GroupFit(
        lanes=task.lanes,
        rows=with_usual_volumes(rows, fit),
        fit=fit,
        profiles=task.profiles,
        value=value,
        variance=variance,
        leak=leaked_volumes(fit.volume, crosstalk),
        lost=1 - crosstalk.captured,
    )


def with_usual_volumes(rows: tuple[Row, ...], fit: LaneFit) -> tuple[Row, ...]:
    """Return the rows with the median volume of their certain bands."""
    certain = fit.volume > CERTAIN * np.sqrt(np.diagonal(fit.covariance, axis1=1, axis2=2))
    return tuple(
        replace(row, usual=float(median(fit.volume[certain[:, r], r])))
        if certain[:, r].any()
        else row
        for r, row in enumerate(rows)
    )


def clear_or_promised(rows: tuple[Row, ...], promised: int) -> tuple[Row, ...]:
    """Return the clear rows, and as many of the faint ones as the targets promise beyond them."""
    clear = [row for row in rows if row.score > ROW_SCORE]
    faint = sorted((row for row in rows if row.score <= ROW_SCORE), key=lambda row: -row.score)
    more = faint[: max(0, promised - len(clear))]
    return tuple(sorted(clear + more, key=lambda row: float(np.median(row.y))))


def worthy_rows(rows: tuple[Row, ...], fit: LaneFit, task: GroupTask) -> tuple[Row, ...]:
    """Return the rows that hold a clear band, at their fitted places."""
    error = np.sqrt(np.maximum(np.diagonal(fit.covariance, axis1=1, axis2=2), 1e-300))
    certainty = fit.volume / error
    # What stands out of the profile as the tallest of its lane do, or shows in several lanes, is no
    # leftover of another band, however little of its background can be seen.
    score = np.array([row.score for row in rows])
    tall = fit.height > TALL * fit.height.max(axis=1, keepdims=True)
    own = np.stack([row.seen for row in rows], axis=1)
    own &= own.sum(axis=0) >= SEVERAL
    sure = (tall | own) & (score > SURE_SCORE) & (certainty > SURE_FITTED)
    clear = (certainty > FITTED_SCORE) | sure
    clear &= fit.height > ROW_HEIGHT * task.pixel_noise[:, None]
    worthy: NDArray[np.bool_] = np.asarray(np.any(clear, axis=0))
    # Of the others, the best are kept as far as the targets promise rows.
    best = np.argsort(-certainty.max(axis=0), kind="stable")
    faint = [int(r) for r in best if not worthy[r]][: max(0, task.promised - int(worthy.sum()))]
    return tuple(
        replace(
            row,
            y=fit.position[:, r],
            sigma=float(np.median(fit.sigma[:, r])),
            promised=not worthy[r],
        )
        for r, row in enumerate(rows)
        if worthy[r] or r in faint
    )


def overlooked_rows(fit: LaneFit, task: GroupTask) -> tuple[Row, ...]:
    """Return rows of clear peaks that the fit left over."""
    model = fit.model
    residual = task.profiles.value - fit.background - model
    scatter = 1.4826 * np.median(np.abs(residual[:, ::2]), axis=1, keepdims=True)
    # Around a strong band its imperfect shape is left over too: count a share of it as noise.
    reach = 2 * int(np.ceil(3 * float(np.median(fit.sigma)))) + 1
    around = cv2.dilate(np.maximum(model, 0.0), np.ones((1, reach), np.uint8))
    noise = np.maximum(task.variance, scatter**2) + (MISFIT_SHARE * around) ** 2
    peaks = find_peaks(residual, noise, float(np.median(task.width_px)), min_score=ROW_SCORE)
    peaks = band_peaks(peaks, task.pixel_noise, residual.shape[1])
    peaks = wide_peaks(peaks, float(np.median(fit.sigma)))
    near = around[peaks.lane, np.rint(peaks.y).astype(int)] if len(peaks.y) else np.zeros(0)
    apart = np.abs(peaks.y[:, None] - fit.position[peaks.lane]) / fit.sigma[peaks.lane]
    apart = apart.min(axis=1)
    share = np.where(apart > CLEAR_APART, LEFT_OVER, LEFT_BESIDE)
    clipped = (task.variance > CLIPPED * task.variance.min(axis=1, keepdims=True)).view(np.uint8)
    hidden = cv2.dilate(clipped, np.ones((1, reach), np.uint8)) > 0
    in_sight = (
        ~hidden[peaks.lane, np.rint(peaks.y).astype(int)] if len(peaks.y) else np.zeros(0, bool)
    )
    peaks = peaks.take((peaks.height > share * near) & (apart > APART) & in_sight)
    peaks = filled_peaks(peaks, task.profiles.parts)
    return tuple(row for row in link_rows(peaks, task.profiles.x_px) if row.score > ROW_SCORE)
