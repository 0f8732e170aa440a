"""All bands of one panel: profiles, rows and the joint fit, repeated until nothing is left over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import LaneRole
from blotflux.flags import Flag
from blotflux.measure.fitting.borders import inner_rows
from blotflux.measure.fitting.crosstalk import estimate_crosstalk, leaked_profiles, leaked_volumes
from blotflux.measure.fitting.doublets import Seen, part_rows
from blotflux.measure.fitting.lane_fit import LaneFit, fit_lanes
from blotflux.measure.fitting.peaks import MIN_HEIGHT, band_peaks, filled_peaks, find_peaks
from blotflux.measure.fitting.profiles import Profiles, profile_variance, sum_across
from blotflux.measure.fitting.rows import Row, link_rows
from blotflux.measure.fitting.specks import without_specks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Lane
    from blotflux.measure.fitting.peaks import Peaks
    from blotflux.measure.result import LaneHints, Noise

__all__ = ["GroupFit", "fit_panel"]

FAINT_SCORE = 5.0  # peaks below this are noise, whatever was promised
FAINT_HEIGHT = 2.0  # of a band in a promised row, over the noise of a pixel
FIRST, SETTLED = 3, 8  # Gauss-Newton steps before rows are judged, and where that leaves doubt
ROW_SCORE = 9.0  # a row needs one band this clear ...
FITTED_SCORE = 4.0  # ... and in the fit, where errors count misfit and overlap as well ...
SURE_SCORE, SURE_FITTED = 100.0, 1.5  # or a peak beyond doubt, and half a clear fit, ...
TALL = 0.3  # ... of this much of its lane's tallest band ...
ROW_HEIGHT = 4.5  # ... and this many times as high as a pixel's noise
RIPPLE = 0.012  # of the strong bands' height, in files of 8 bits
SMALL_PART = 0.4  # of the picture's height, up to which a panel's noise is looked at by itself
LONELY_BANDS = 3  # a lane with as many bands that no other lane has is a ladder
LADDER_BAND = 0.05  # of the score of the lane's clearest, that a ladder's bands have
APART = 1.6  # sigmas from a fitted band, within which what is left over is its shape
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


def fit_panel(
    blot: Blot, lanes: Sequence[Lane], noise: Noise, hints: LaneHints
) -> tuple[tuple[Lane, ...], tuple[GroupFit, ...]]:
    """Return one panel's lanes and fits: its sample lanes together, then every ladder by itself.

    Parameters
    ----------
    blot : Blot
    lanes : sequence of Lane
        Of one panel, from the left.
    noise : Noise
    hints : LaneHints
        `rows`: how many rows the targets promise.
    """
    width_px = np.array([lane.width_px for lane in lanes])
    noise = noise_in_lanes(blot, lanes, noise)
    signal = without_specks(blot.signal, float(width_px.min()), noise.sigma)
    profiles = sum_across(blot, signal, lanes, between=inner_rows(signal, noise.sigma))
    variance = profile_variance(profiles, noise)
    pixel_noise = np.maximum(
        noise.sigma * profiles.width_px, ripple_floor(blot, profiles) / ROW_HEIGHT
    )
    peaks = find_peaks(
        profiles.value,
        # A clipped top cannot be fitted, but there is no doubt that it is one.
        np.broadcast_to(variance.min(axis=1, keepdims=True), variance.shape),
        float(np.median(width_px)),
        min_score=FAINT_SCORE,
    )
    peaks = band_peaks(
        peaks,
        pixel_noise,
        profiles.value.shape[1],
        least=FAINT_HEIGHT if hints.rows else MIN_HEIGHT,
    )
    peaks = filled_peaks(peaks, profiles.parts)
    samples = lane_groups(lanes)[0]
    mine = only_lanes(peaks, samples)
    rows = link_rows(mine, profiles.x_px[samples])
    strongest = np.zeros(len(samples))
    np.maximum.at(strongest, mine.lane, mine.score)
    named = name_ladders(lanes, samples, rows, hints, strongest=strongest)
    same = all(a.role == b.role for a, b in zip(lanes, named, strict=True))
    groups = []
    for index in lane_groups(named):
        task = GroupTask(
            lanes=tuple(named[i] for i in index),
            signal=signal,
            profiles=profiles.take(index),
            variance=variance[index],
            pixel_noise=pixel_noise[index],
            shot=noise.gain * noise.correlation,
            promised=(hints.rows or 0) if named[index[0]].role != LaneRole.LADDER else 0,
        )
        if not (same and np.array_equal(index, samples)):
            rows = link_rows(only_lanes(peaks, index), task.profiles.x_px)
        fitted = fit_group(task, rows)
        if fitted is not None:
            groups.append(fitted)
    return named, tuple(groups)


def noise_in_lanes(blot: Blot, lanes: Sequence[Lane], noise: Noise) -> Noise:
    """Return the noise of a strip that is a small part of its picture.

    Writing and frames around the strips of a published panel pass for noise. Across the middle of
    a lane neither band nor background varies, so differences of pixels two apart show the noise of
    the strip itself.
    """
    top, bottom = int(lanes[0].track_y_px[0]), int(lanes[0].track_y_px[-1]) + 1
    if bottom - top > SMALL_PART * blot.shape[0]:
        return noise
    differences = []
    for lane in lanes:
        x, reach = float(lane.x_at(0.5 * (top + bottom))), max(2, int(0.25 * lane.width_px))
        core = blot.signal[top:bottom, max(0, int(x) - reach) : int(x) + reach + 1]
        differences.append((core[:, 2:] - core[:, :-2]).ravel())
    spread = 1.4826 * float(np.median(np.abs(np.concatenate(differences)))) / np.sqrt(2)
    if not 0 < spread < noise.sigma:
        return noise
    return replace(noise, sigma=spread, correlation=1.0)


def ripple_floor(blot: Blot, profiles: Profiles) -> float:
    """Return the height below which a file of 8 bits shows its coding rather than a band.

    Compression leaves ripples of about one percent beside strong bands, on pages that have no
    noise at all; a detector's own file has noise, and needs no such floor.
    """
    if blot.source.bit_depth > 8:
        return 0.0
    value = profiles.value
    return RIPPLE * float(np.quantile(value.max(axis=1) - np.median(value, axis=1), 0.75))


def name_ladders(
    lanes: Sequence[Lane],
    samples: NDArray[np.intp],
    rows: Sequence[Row],
    hints: LaneHints,
    *,
    strongest: NDArray[np.float64],
) -> tuple[Lane, ...]:
    """Return the lanes, those that share almost no row with any other named ladders.

    A lane with `LONELY_BANDS` or more clear bands of its own, half of all it has, while
    the other lanes have rows in common, holds other species than they do. What a person drew or
    a sheet says is left as it is.

    Parameters
    ----------
    lanes : sequence of Lane
    samples : ndarray of int
        Those not yet named ladders.
    rows : sequence of Row
        Of the samples.
    hints : LaneHints
    strongest : ndarray, shape (samples,)
        Score of each sample's clearest peak: beside it, dirt is no band of a ladder.
    """
    rows = [row for row in rows if row.score > ROW_SCORE]
    if len(samples) < 3 or lanes[samples[0]].role == LaneRole.LADDER:
        return tuple(lanes)
    if not rows:
        return tuple(lanes)
    seen = np.stack([row.seen for row in rows])
    own = np.array([row.score for row in rows])[:, None] > LADDER_BAND * strongest
    lonely = (seen & own & (seen.sum(axis=1, keepdims=True) == 1)).sum(axis=0)
    common = (seen.sum(axis=1) > 1).any()
    ladder = common & (lonely >= LONELY_BANDS) & (lonely >= 0.5 * seen.sum(axis=0))
    named = list(lanes)
    for i in samples[ladder]:
        if lanes[i].edited or (hints.slots and lanes[i].number not in hints.optional):
            continue
        named[i] = replace(
            lanes[i], role=LaneRole.LADDER, flags=(*lanes[i].flags, str(Flag.LADDER))
        )
    return tuple(named)


def told(lane: Lane, ladders: frozenset[int]) -> Lane:
    """Return the lane as what the sheet says it is: a ladder, or none."""
    if (lane.number in ladders) == (lane.role == LaneRole.LADDER):
        return lane
    if lane.number in ladders:
        return replace(lane, role=LaneRole.LADDER, flags=(*lane.flags, str(Flag.LADDER)))
    flags = tuple(flag for flag in lane.flags if flag != Flag.LADDER)
    return replace(lane, role=LaneRole.SAMPLE, flags=flags)


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


def lane_groups(lanes: Sequence[Lane]) -> list[NDArray[np.intp]]:
    """Return the indices of the sample lanes, then of each ladder."""
    ladder = np.array([lane.role == LaneRole.LADDER for lane in lanes])
    samples = [np.flatnonzero(~ladder)] if (~ladder).any() else []
    return samples + [np.array([i]) for i in np.flatnonzero(ladder)]


def only_lanes(peaks: Peaks, index: NDArray[np.intp]) -> Peaks:
    """Return the peaks of some lanes, their lanes counted within `index`."""
    place = np.full(max(int(index.max()), int(peaks.lane.max(initial=0))) + 1, -1)
    place[index] = np.arange(len(index))
    inside = peaks.take(place[peaks.lane] >= 0)
    return replace(inside, lane=place[inside.lane])


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
    rows, first = part_rows(rows, first, seen, refit)
    kept, more = worthy_rows(rows, first, task), overlooked_rows(first, task)
    if len(kept) < len(rows):  # half-way through, one row may still hide another
        settled = worthy_rows(rows, refit(rows), task)
        kept = settled if len(settled) > len(kept) else kept
    if not kept and not more:
        return None
    crosstalk = estimate_crosstalk(task.signal, task.profiles, first, task.width_px)
    variance = task.variance
    if not crosstalk.negligible:
        captured = (1 - crosstalk.to_left - crosstalk.to_right)[:, None]
        value = (value - leaked_profiles(first, crosstalk, task.profiles)) / captured
        variance = variance / captured**2
    if len(kept) == len(rows) and not more:
        rows = kept
        fit = fit_lanes(value, variance, rows, shot=task.shot, iterations=10, before=first)
    else:
        rows = tuple(sorted(kept + more, key=lambda row: float(np.median(row.y))))
        fit = fit_lanes(value, variance, rows, shot=task.shot)
    return GroupFit(
        lanes=task.lanes,
        rows=rows,
        fit=fit,
        profiles=task.profiles,
        value=value,
        variance=variance,
        leak=leaked_volumes(fit.volume, crosstalk),
        lost=crosstalk.to_left + crosstalk.to_right,
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
    # What stands out of the profile as the tallest of its lane do is no leftover of another band,
    # however little of its background can be seen.
    score = np.array([row.score for row in rows])
    tall = fit.height > TALL * fit.height.max(axis=1, keepdims=True)
    sure = tall & (score > SURE_SCORE) & (certainty > SURE_FITTED)
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
    near = around[peaks.lane, np.rint(peaks.y).astype(int)] if len(peaks.y) else np.zeros(0)
    apart = np.abs(peaks.y[:, None] - fit.position[peaks.lane]) / fit.sigma[peaks.lane]
    peaks = peaks.take((peaks.height > 2.5 * MISFIT_SHARE * near) & (apart.min(axis=1) > APART))
    peaks = filled_peaks(peaks, task.profiles.parts)
    return tuple(row for row in link_rows(peaks, task.profiles.x_px) if row.score > ROW_SCORE)
