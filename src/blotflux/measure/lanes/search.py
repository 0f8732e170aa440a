"""From a picture of one panel, or of strips that share their lanes, to lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.boundaries import Boundaries, find_evidence
from blotflux.measure.lanes.choice import choose
from blotflux.measure.lanes.column_sums import ColumnSums
from blotflux.measure.lanes.leaning import estimate_slant
from blotflux.measure.lanes.levels import levels_of
from blotflux.measure.lanes.plausible import no_specks, plausible_ridges
from blotflux.measure.lanes.proposals import Proposal, on_grid, propose
from blotflux.measure.lanes.quick import middle
from blotflux.measure.lanes.ridges import Ridges, find_ridges, join_ridges
from blotflux.measure.lanes.skirts import add_skirts
from blotflux.measure.lanes.slant import Slant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Found", "View", "search"]

FIRST_SMOOTH_PX = 2.0
SHORTEST_WIDTHS = 0.4  # ridges shorter than this share of a lane are specks
FAINTEST_VIEW = 0.1  # of the strongest view: from here views count the same
WIDER = 1.2  # bands reach beyond the box that fits them best


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A panel's pixels and where they lie among those of its group."""

    picture: NDArray[np.float32]
    left: int = 0
    top: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """The ridges of one view: those that can be bands, and these with their skirts."""

    ridges: Ridges
    witnesses: Ridges


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


def search(views: Sequence[View], sigma: float) -> Found | None:
    """Return the lanes that one panel, or strips of the same lanes, show; None without a band.

    Parameters
    ----------
    views : sequence of View
        The panel, or the strips that share their lanes.
    sigma : float
        Standard deviation of a pixel without band.
    """
    columns = max(view.left + view.picture.shape[1] for view in views)
    rows = max(view.top + view.picture.shape[0] for view in views)
    seen = see(views, sigma)
    if not seen:
        return None
    ridges = join_ridges([sight.ridges for sight in seen])
    slant = Slant(middle=(rows - 1) / 2, half=rows / 2)
    levels = [levels_of(sight.witnesses) for sight in seen]
    grids = {1: levels}
    if len(views) == 1:  # strips were cut one by one: there is no common lean
        evidence = find_evidence(on_grid(grids, 2)[0], FIRST_SMOOTH_PX / 2)
        slant = estimate_slant(evidence, rows, columns, step=2)
    height = typical_height(ridges)
    proposals = propose(grids, slant, columns, height)
    if not proposals:
        return None
    best, certainty = choose(proposals, ridges, slant, height)
    width = middle(best.partition.cover)
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


def see(views: Sequence[View], sigma: float) -> list[Sight]:
    """Return the ridges of each view that has any, in the group's pixels, on one scale."""
    sums = [ColumnSums(view.picture) for view in views]
    found = [
        plausible_ridges(find_ridges(view.picture, sigma, columns), view.picture, sigma)
        for view, columns in zip(views, sums, strict=True)
    ]
    highest = [float(ridges.strength.max()) if len(ridges) else 0.0 for ridges in found]
    seen = []
    for view, columns, ridges, strongest in zip(views, sums, found, highest, strict=True):
        if not len(ridges):
            continue
        # Strips are shown at contrasts of their own: each counts the same, unless nearly blank.
        scale = max(highest) / max(strongest, FAINTEST_VIEW * max(highest))
        witnesses = add_skirts(columns, sigma, no_specks(ridges))
        seen.append(
            Sight(
                ridges=ridges.move(view.left, view.top, scale),
                witnesses=witnesses.move(view.left, view.top, scale),
            )
        )
    return seen


def typical_height(ridges: Ridges) -> float:
    """Return the usual extent of bands along the migration, pixels."""
    weight = ridges.strength * ridges.length
    return WIDER * float(np.exp(np.average(np.log(ridges.height), weights=weight)))
