"""One lane fitted with rows that stay as they are: what measuring again after an edit needs.

The joint fit learns from all lanes what the bands of a row have in common. After a person moved a
lane or a band, that lane alone is fitted, by the same model with the same priors, whose centers
no longer move. So an edit changes what it touches and nothing else, and a lane's numbers do not
depend on which other lanes are measured again with it.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.background import STIFFNESS, pieces_of, splines_for
from blotflux.measure.fitting.fit import ZoneData, fit_zones
from blotflux.measure.fitting.state import State, bands_at_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["FrozenTask", "LaneBands", "RowModel", "fit_frozen", "roughness_of"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowModel:
    """What the bands of a row have in common, as the joint fit left it.

    Attributes
    ----------
    log_sigma : float
    shape : ndarray, shape (SHAPE_TERMS,)
    spread : ndarray, shape (1 + SHAPE_TERMS,)
        How far log width and shape terms of single bands differ from the row's.
    haze : float
        Roughness of the median lane's background around the row; see `roughness_of`.
    usual : float
        Volume of the row's usual band, counts·px; NaN where that is not known.
    """

    log_sigma: float
    shape: NDArray[np.float64]
    spread: NDArray[np.float64]
    haze: float
    usual: float = math.nan

    @property
    def sigma(self) -> float:
        """Standard deviation of a band, px."""
        return math.exp(self.log_sigma)

    @property
    def terms(self) -> NDArray[np.float64]:
        """The log width and the shape terms, shape (1 + SHAPE_TERMS,)."""
        return np.concatenate([[self.log_sigma], self.shape])

    def widened(self, sigma_px: float) -> RowModel:
        """Return the model with another width."""
        return replace(self, log_sigma=float(np.log(sigma_px)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneBands:
    """The bands of one lane and zone: R rows, n profile values.

    Attributes
    ----------
    volume, position, sigma, height : ndarray, shape (R,)
        As in `LaneFit`; positions count from the profile's start.
    covariance : ndarray, shape (R, R)
        Of the volumes.
    curves : ndarray, shape (R, n)
        Each band.
    background : ndarray, shape (n,)
    """

    volume: NDArray[np.float64]
    position: NDArray[np.float64]
    sigma: NDArray[np.float64]
    height: NDArray[np.float64]
    covariance: NDArray[np.float64]
    curves: NDArray[np.float64]
    background: NDArray[np.float64]


def roughness_of(
    background: NDArray[np.float64], weight: float, sigma: float
) -> NDArray[np.float64]:
    """Return how much rougher backgrounds are than their penalty expects, shape (lanes,).

    Parameters
    ----------
    background : ndarray, shape (lanes, n)
    weight : float
        One over the variance of a profile value.
    sigma : float
        Of the bands, px.
    """
    splines = splines_for([background.shape[1]], [sigma])
    basis, penalty = splines.basis[0], splines.penalty[0]
    coefficients = np.linalg.lstsq(basis, background.T, rcond=None)[0].T
    stiffness = STIFFNESS * weight * float((basis**2).sum(axis=0).mean())
    rank = max(1, len(penalty) - 2)
    rough = ((coefficients @ penalty) * coefficients).sum(axis=1)
    return np.asarray(stiffness * rough / rank)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrozenTask:
    """One lane's stretch to be fitted at rows that stay as they are: R rows, n profile values.

    Attributes
    ----------
    value, variance : ndarray, shape (n,)
        Profile of the stretch and the variance of its values.
    y : ndarray, shape (R,)
        Where each row is expected, counted from the stretch's start.
    models : sequence of RowModel
        Of the same rows.
    shot : float
        Variance that each unit of band signal adds.
    """

    value: NDArray[np.float64]
    variance: NDArray[np.float64]
    y: NDArray[np.float64]
    models: Sequence[RowModel]
    shot: float = 0.0

    @property
    def sigma(self) -> float:
        """What is typical of its bands, px."""
        return statistics.median(model.sigma for model in self.models)

    @property
    def form(self) -> tuple[int, int, int, float]:
        """What tasks that are fitted side by side have in common: the sizes of their arrays."""
        n = len(self.value)
        return len(self.y), n, pieces_of(n, self.sigma), self.shot


def fit_frozen(tasks: Sequence[FrozenTask]) -> list[LaneBands]:
    """Return the bands of each task.

    Tasks of one form are fitted side by side, which takes little longer than one of them; each
    comes out as it would alone, to the bit.
    """
    alike: dict[tuple[int, int, int, float], list[int]] = {}
    for place, task in enumerate(tasks):
        alike.setdefault(task.form, []).append(place)
    made: dict[int, LaneBands] = {}
    for places in alike.values():
        made |= zip(places, _fit_alike([tasks[place] for place in places]), strict=True)
    return [made[place] for place in range(len(tasks))]


def _fit_alike(tasks: Sequence[FrozenTask]) -> list[LaneBands]:
    """Return the bands of tasks of one form."""
    lengths = [len(task.value) for task in tasks]
    data = ZoneData(
        value=np.stack([task.value for task in tasks])[:, None],
        variance=np.stack([task.variance for task in tasks])[:, None],
        length=np.array(lengths),
        splines=splines_for(lengths, [task.sigma for task in tasks]),
    )
    haze = np.array([[max(model.haze for model in task.models)] for task in tasks])
    fits = fit_zones(data, start_at(tasks), shot=tasks[0].shot, rows_fixed=True, haze=haze)
    return [
        LaneBands(
            volume=fits.state.volume[z, 0],
            position=fits.state.position[z, 0],
            sigma=fits.state.sigma[z, 0],
            height=fits.curves[z, 0].max(axis=1),
            covariance=fits.covariance[z, 0],
            curves=fits.curves[z, 0],
            background=fits.background[z, 0],
        )
        for z in range(len(tasks))
    ]


def start_at(tasks: Sequence[FrozenTask]) -> State:
    """Return bands of the rows' shapes at the rows' places, their volumes not yet known."""
    place = np.array([task.y for task in tasks], dtype=np.float64)[:, None]
    rows = np.array([[model.terms for model in task.models] for task in tasks])
    spread = np.array([[model.spread for model in task.models] for task in tasks])
    return bands_at_rows(place, rows, spread)
