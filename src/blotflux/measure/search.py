"""From a picture of one panel, or of strips that share their lanes, to lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.boundaries import Boundaries, find_evidence, pool
from blotflux.measure.choice import Proposal, choose
from blotflux.measure.partition import find_partitions
from blotflux.measure.plausible import plausible_ridges
from blotflux.measure.ridges import find_ridges
from blotflux.measure.skirts import add_skirts
from blotflux.measure.slant import Slant, estimate_slant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.ridges import Ridges

__all__ = ["Found", "search"]

FIRST_SMOOTH_PX = 2.0
SMOOTH_WIDTHS = 0.09  # smoothing across the lanes, of a lane's width
SMOOTH_LIMITS_PX = (0.8, 12.0)
NARROWEST_PX, NARROWEST_HEIGHTS = 5.0, 0.7
OCTAVES, STEPS = 8, 4  # of lane widths that are tried
SHORTEST_WIDTHS = 0.4  # ridges shorter than this share of a lane are specks
WIDER = 1.2  # bands reach beyond the box that fits them best


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Lanes of one panel, in pixels of the reduced picture.

    Attributes
    ----------
    x : ndarray, shape (lanes,)
        Straightened centers.
    width : float
        Typical width covered by bands.
    certainty : float
        Probability of the partition.
    slant : Slant
    ridges : Ridges
        Long enough to be bands of such lanes.
    boundaries : Boundaries
    proposals : tuple of Proposal
        What was weighed.
    band_height : float
    """

    x: NDArray[np.float64]
    width: float
    certainty: float
    slant: Slant
    ridges: Ridges
    boundaries: Boundaries
    proposals: tuple[Proposal, ...]
    band_height: float


def search(picture: NDArray[np.float32], sigma: float) -> Found | None:
    """Return the lanes of a picture, None where nothing looks like a band.

    Parameters
    ----------
    picture : ndarray of float32, shape (rows, columns)
        Signal; larger means more protein.
    sigma : float
        Standard deviation of a pixel without band.
    """
    rows, columns = picture.shape
    ridges = plausible_ridges(find_ridges(picture, sigma))
    if not len(ridges):
        return None
    slant = estimate_slant(find_evidence(ridges, FIRST_SMOOTH_PX), rows, columns)
    height = typical_height(ridges)
    witnesses = add_skirts(picture, sigma, ridges)
    proposals: list[Proposal] = []
    for octave in NARROWEST_PX * 2.0 ** np.arange(OCTAVES):
        widths = octave * 2.0 ** (np.arange(STEPS) / STEPS)
        widths = widths[(widths >= NARROWEST_HEIGHTS * height) & (widths < 1.05 * columns)]
        if len(widths):
            proposals += propose(witnesses, slant, columns, widths)
    if not proposals:
        return None
    best, certainty = choose(proposals, ridges, slant, height)
    width = float(np.median(best.partition.cover))
    long = ridges.length > SHORTEST_WIDTHS * width
    return Found(
        x=best.partition.x,
        width=width,
        certainty=certainty,
        slant=slant,
        ridges=ridges.keep(long) if long.any() else ridges,
        boundaries=best.boundaries,
        proposals=tuple(proposals),
        band_height=height,
    )


def typical_height(ridges: Ridges) -> float:
    """Return the usual extent of bands along the migration, pixels."""
    weight = ridges.strength * ridges.length
    return WIDER * float(np.exp(np.average(np.log(ridges.height), weights=weight)))


def propose(
    ridges: Ridges, slant: Slant, columns: int, widths: NDArray[np.float64]
) -> list[Proposal]:
    """Return the partitions for lane widths of one octave."""
    smooth = float(np.clip(SMOOTH_WIDTHS * np.sqrt(widths[0] * widths[-1]), *SMOOTH_LIMITS_PX))
    long = ridges.length > SHORTEST_WIDTHS * widths[0]
    if not long.any():
        return []
    boundaries = pool(find_evidence(ridges.keep(long), smooth), slant, columns, smooth)
    return [
        Proposal(partition=partition, boundaries=boundaries)
        for partition in find_partitions(boundaries, widths)
    ]
