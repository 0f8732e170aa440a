"""The whole of measuring a blot on one page: noise, lanes, rows, joint fit, bands."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from blotflux.flags import Flag
from blotflux.measure.densitometry import bands_of_group
from blotflux.measure.fitting.panel_fit import fit_panel
from blotflux.measure.lanes.find import find_lanes
from blotflux.measure.medians import median
from blotflux.measure.noise import estimate_noise
from blotflux.measure.result import LaneHints, Measurement
from blotflux.measure.sensitivity import with_background
from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Band, Blot, Lane
    from blotflux.measure.fitting.groups import GroupFit
    from blotflux.measure.result import LaneCovariance, Noise

__all__ = ["flag_lane", "quantify", "tabulate"]

LEVEL_PX = 1e4  # pixels that are looked at for the level of what is in no lane


def quantify(
    blot: Blot,
    parameters: Parameters | None = None,
    *,
    hints: LaneHints | None = None,
    lanes: Sequence[Lane] | None = None,
) -> Measurement:
    """Return every band of a blot: found, fitted, with its error.

    Parameters
    ----------
    blot : Blot
    parameters : Parameters, optional
    hints : LaneHints, optional
        What is known of the lanes before looking.
    lanes : sequence of Lane, optional
        Lanes drawn by a person; they are taken as they are.

    Returns
    -------
    Measurement
        Without lanes or bands where nothing was found.

    Raises
    ------
    LaneError
        The picture contradicts `hints`.
    """
    parameters = parameters or Parameters()
    hints = hints or LaneHints()
    noise = estimate_noise(blot)
    found = tuple(lanes) if lanes is not None else find_lanes(blot, noise, hints=hints)
    fits = [
        fit_panel(blot, tuple(members), noise, hints)
        for _, members in groupby(found, key=lambda lane: lane.panel)
    ]
    return with_background(tabulate(blot, noise, fits, parameters), parameters.background)


def tabulate(
    blot: Blot,
    noise: Noise,
    fits: Sequence[tuple[Sequence[Lane], Sequence[GroupFit]]],
    parameters: Parameters,
) -> Measurement:
    """Return the bands of all panels' fits; rows are numbered from 1 in each panel."""
    of_lane: dict[tuple[int, int], list[Band]] = {}
    covariances: dict[tuple[int, int], LaneCovariance] = {}
    background = np.full(blot.shape, usual_level(blot.signal), dtype=np.float32)
    named: list[Lane] = []
    for panel, groups in fits:
        named += panel
        first_row = 1
        for group in groups:
            more, covariance = bands_of_group(blot, group, noise, parameters, first_row=first_row)
            for band in more:
                of_lane.setdefault((band.panel, band.lane), []).append(band)
            covariances |= covariance
            first_row += len(group.rows)
            paint_background(background, group)
    bands = [band for own in of_lane.values() for band in own]
    bands.sort(key=attrgetter("panel", "lane", "row"))
    return Measurement(
        blot=blot,
        lanes=tuple(
            flag_lane(lane, of_lane.get((lane.panel, lane.number), ()), parameters)
            for lane in named
        ),
        bands=tuple(bands),
        noise=noise,
        background=background,
        covariances=covariances,
    )


def flag_lane(lane: Lane, bands: Sequence[Band], parameters: Parameters) -> Lane:
    """Return the lane with the flags that its confidence and its bands give it."""
    flags = set(lane.flags)
    if lane.confidence < parameters.lane_confidence_low:
        flags.add(Flag.LOW_CONFIDENCE)
    key = (lane.panel, lane.number)
    if not any(band.detected for band in bands if (band.panel, band.lane) == key):
        flags.add(Flag.EMPTY_LANE)
    if not flags:
        return lane
    return replace(lane, flags=tuple(sorted(str(flag) for flag in flags)))


def usual_level(signal: NDArray[np.float32]) -> float:
    """Return the median of a thinned picture: what is shown where no lane is."""
    step = max(1, int(np.sqrt(signal.size / LEVEL_PX)))
    return float(median(signal[::step, ::step]))


def paint_background(background: NDArray[np.float32], group: GroupFit) -> None:
    """Paint the fitted background of a group's lanes, interpolated between them."""
    top, rows = group.profiles.top, group.fit.background.shape[1]
    heights = np.array([0.0, top + rows / 2])
    at_top, middle = np.array([lane.x_at(heights) for lane in group.lanes]).T
    order = np.argsort(at_top)
    x, width_px = middle[order], group.profiles.width_px
    half = 0.5 * float(median(width_px))
    left = max(0, int(x[0] - half))
    right = min(background.shape[1], int(x[-1] + half) + 1)
    if right <= left:
        return
    # Between lanes 2 and 3, a third of the way, two thirds are lane 2's and one third lane 3's.
    lane = np.arange(len(x), dtype=np.float64)
    place = np.interp(np.arange(left, right), x, lane)
    share = np.maximum(0.0, 1.0 - np.abs(place - lane[:, None])).astype(np.float32)
    per_px = (group.fit.background[order] / width_px[order, None]).astype(np.float32)
    np.matmul(per_px.T, share, out=background[top : top + rows, left:right])
