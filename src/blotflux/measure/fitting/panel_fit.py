"""All bands of one panel: profiles, rows and the joint fit, repeated until nothing is left over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole
from blotflux.flags import Flag
from blotflux.measure.fitting.borders import inner_rows
from blotflux.measure.fitting.groups import ROW_HEIGHT, ROW_SCORE, GroupFit, GroupTask, fit_group
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

__all__ = ["fit_panel"]

FAINT_SCORE = 5.0  # peaks below this are noise, whatever was promised
FAINT_HEIGHT = 2.0  # of a band in a promised row, over the noise of a pixel
RIPPLE = 0.012  # of the strong bands' height, in files of 8 bits
SMALL_PART = 0.4  # of the picture's height, up to which a panel's noise is looked at by itself
LONELY_BANDS = 3  # a lane with as many bands that no other lane has is a ladder
LADDER_BAND = 0.05  # of the score of the lane's clearest, that a ladder's bands have


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
    if not blot.source.is_coarse:
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
