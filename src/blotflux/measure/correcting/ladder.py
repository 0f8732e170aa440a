"""A lane that became a ladder: its bands are found, as in the automatic measurement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.correcting.lane import Fitted, shared_out
from blotflux.measure.correcting.tabulate import MeasuredLane
from blotflux.measure.correcting.windows import profile_of
from blotflux.measure.densitometry import bands_of_group
from blotflux.measure.fitting.groups import ROW_HEIGHT, GroupTask, fit_group
from blotflux.measure.fitting.panel_fit import FAINT_SCORE
from blotflux.measure.fitting.peaks import band_peaks, filled_peaks, find_peaks
from blotflux.measure.fitting.profiles import profile_variance
from blotflux.measure.fitting.rows import link_rows

if TYPE_CHECKING:
    from blotflux.measure.correcting.tasks import PanelTask

__all__ = ["fit_new_ladder"]


def fit_new_ladder(task: PanelTask, index: int) -> MeasuredLane | None:
    """Return a lane measured as a ladder, by itself; None if it shows no band.

    Parameters
    ----------
    task : PanelTask
    index : int
        Of the lane in the panel.
    """
    lane, base = task.drawn[index], task.base
    window = task.windows.windows[index]
    profiles = profile_of(task.blot, base.signal, lane, window, (base.top, base.bottom))
    variance = profile_variance(profiles, base.noise)
    pixel_noise = np.maximum(base.noise.sigma * profiles.width_px, base.ripple / ROW_HEIGHT)
    peaks = find_peaks(
        profiles.value,
        np.broadcast_to(variance.min(axis=1, keepdims=True), variance.shape),
        lane.width_px,
        min_score=FAINT_SCORE,
    )
    peaks = band_peaks(peaks, pixel_noise, profiles.value.shape[1])
    peaks = filled_peaks(peaks, profiles.parts)
    group = fit_group(
        GroupTask(
            lanes=(lane,),
            signal=base.signal,
            profiles=profiles,
            variance=variance,
            pixel_noise=pixel_noise,
            shot=base.noise.gain * base.noise.correlation,
            promised=0,
        ),
        link_rows(peaks, profiles.x_px),
    )
    if group is None:
        return None
    noise, parameters = task.said
    bands, covariances = bands_of_group(task.blot, group, noise, parameters, first_row=1)
    fit = group.fit
    fitted = Fitted(
        value=profiles.value[0],
        background=fit.background[0],
        volume=fit.volume[0],
        position=fit.position[0],
        sigma=fit.sigma[0],
        height=fit.height[0],
        covariance=fit.covariance[0],
        curves=np.zeros((len(bands), fit.model.shape[1])),
        taken_over=np.zeros(len(bands), bool),
        spans=[(0, len(profiles.value[0]))],
    )
    fitted.curves = shared_out(fit.model[0], fitted, np.arange(len(bands)))
    return MeasuredLane(
        row_ids=(),
        bands=tuple(replace(band, edited=True) for band in bands),
        covariance=covariances[lane.panel, lane.number].matrix,
        fitted=fitted,
        profiles=profiles,
        kept=False,
    )
