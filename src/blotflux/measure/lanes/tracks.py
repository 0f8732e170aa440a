"""The exact course of lanes, from the edges of all their bands together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.pieces import cut_pieces
from blotflux.measure.lanes.quick import clamp, middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.pieces import Pieces
    from blotflux.measure.lanes.ridges import Ridges
    from blotflux.measure.lanes.slant import Slant

__all__ = ["Tracks", "centers", "refine_tracks"]

TRIMMED = 3.0  # residuals beyond this many typical ones hardly count
FIRM_LEAN, FIRM_BEND, FIRM_FAN = 0.02, 0.01, 0.02  # of the height: change that needs evidence
FEWEST_WIDTHS = 2.0  # lanes' own widths count as much as the panel's from so many bands
WIDTH_RANGE = 1.25
FEWEST_TIED = 5  # lanes from which a lane is tied to the middle between its neighbors ...
TIE = 0.05  # ... this firmly, a band with two edges being 1 ...
ODD_GAP = 1.6  # ... unless it is this many pitches from one
HALF_WIDTH_RANGE = (0.25, 0.85)  # edges elsewhere are not the band's


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tracks:
    """Where lanes run, in pixels of the reduced picture.

    Attributes
    ----------
    x, width : ndarray, shape (lanes,)
        Straightened center and full width at half height.
    slant : Slant
        The common course.
    fan : float
        By how much lanes spread: relative change of their distances from `hub` per half height.
    hub : float
    pieces : Pieces
    """

    x: NDArray[np.float64]
    width: NDArray[np.float64]
    slant: Slant
    fan: float
    hub: float
    pieces: Pieces

    def at(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the lanes' x at `y`, shape (lanes, len(y))."""
        spread = self.fan * (np.asarray(y) - self.slant.middle) / self.slant.half
        return np.asarray(
            self.x[:, None] + self.slant.shift(y) + (self.x - self.hub)[:, None] * spread
        )


def refine_tracks(
    ridges: Ridges, slant: Slant, x: NDArray[np.float64], width: NDArray[np.float64]
) -> Tracks:
    """Return lanes fitted to the edges of their bands.

    Centers between two edges, or half a lane width from one where the other touches a stronger
    neighbor, are fitted by one x per lane and a common lean, bend and fan, which move from their
    first estimate only as far as the bands demand.

    Parameters
    ----------
    ridges : Ridges
    slant : Slant
        First estimate.
    x, width : ndarray, shape (lanes,)
        First estimate.
    """
    pieces = cut_pieces(ridges, slant, x, width)
    if not len(pieces):
        hub = float(x.mean())
        return Tracks(x=x, width=width, slant=slant, fan=0.0, hub=hub, pieces=pieces)
    return fit_course(pieces, slant, x, fit_widths(pieces, width))


def fit_widths(pieces: Pieces, width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lanes' widths: each between that of its own bands and that of the panel."""
    own = pieces.left + pieces.right
    known = np.isfinite(own)
    if not known.any():
        return width
    usual = float(np.log(middle(own[known])))
    lane = pieces.lane[known]
    number = np.bincount(lane, minlength=len(width))
    odd = clamp(np.log(own[known]) - usual, -np.log(WIDTH_RANGE), np.log(WIDTH_RANGE))
    total = np.bincount(lane, odd, minlength=len(width))
    return np.asarray(np.exp(usual + total / (number + FEWEST_WIDTHS)), np.float64)


def fit_course(
    pieces: Pieces, slant: Slant, x: NDArray[np.float64], width: NDArray[np.float64]
) -> Tracks:
    """Return the lanes' course by robust least squares."""
    offset, trust = centers(pieces, width)
    good = trust > 0
    lane, y = pieces.lane[good], pieces.y[good]
    offset, trust = offset[good], trust[good]
    hub = float(x.mean())
    down = (y - slant.middle) / slant.half
    count, bands, extent = len(x), len(lane), max(float(x.max() - x.min()), 1.0)
    design = np.zeros((bands + 3 + count, count + 3))
    design[np.arange(bands), lane] = 1
    design[:bands, count] = down
    design[:bands, count + 1] = down**2 - 1 / 3
    design[:bands, count + 2] = down * (x[lane] - hub) / extent
    usual = middle(width)
    for index, firm in enumerate((FIRM_LEAN, FIRM_BEND, FIRM_FAN)):
        design[bands + index, count + index] = 0.05 * usual / (firm * 2 * slant.half)
    ties = design[bands + 3 :, :count]
    np.fill_diagonal(ties, 1e-3)
    target = np.concatenate([offset, np.zeros(3), midway(ties, x)])
    weight = np.concatenate([trust, np.ones(3 + count)])
    solution = np.zeros(count + 3)
    for _ in range(2):
        weighted = design * weight[:, None]
        solution = np.linalg.solve(design.T @ weighted, weighted.T @ target)
        residual = np.abs(target - design @ solution)[:bands]
        spread = middle(residual) if bands else 0.0
        typical = max(1.4826 * spread, 0.01 * usual)
        weight[:bands] = trust / (1 + (residual / (TRIMMED * typical)) ** 2) ** 2
    moved = replace(
        slant,
        lean=slant.lean + float(solution[count]) / slant.half,
        bend=slant.bend + float(solution[count + 1]),
    )
    return Tracks(
        x=x + solution[:count],
        width=width,
        slant=moved,
        fan=float(solution[count + 2]) / extent,
        hub=hub,
        pieces=pieces,
    )


def midway(rows: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tie each lane between two equally near ones to their middle, in place; return the targets.

    Lanes whose bands show no edges stay where the pitch puts them.
    """
    target = np.zeros(len(x))
    if len(x) < FEWEST_TIED:
        return target
    gap = x[1:] - x[:-1]
    pitch = middle(gap)
    tied = 1 + np.flatnonzero(np.maximum(gap[:-1], gap[1:]) < ODD_GAP * pitch)
    rows[tied, tied] = TIE
    rows[tied, tied - 1] = rows[tied, tied + 1] = -0.5 * TIE
    target[tied] = TIE * (0.5 * (x[tied - 1] + x[tied + 1]) - x[tied])
    return target


def centers(
    pieces: Pieces, width: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far each band's middle lies from its lane's, and how much to trust it."""
    usual = width[pieces.lane]
    low, high = (usual * share for share in HALF_WIDTH_RANGE)
    has_left = (pieces.left > low) & (pieces.left < high)
    has_right = (pieces.right > low) & (pieces.right < high)
    has_both = has_left & has_right
    middle = np.where(
        has_both,
        (pieces.right - pieces.left) / 2,
        np.where(has_left, usual / 2 - pieces.left, pieces.right - usual / 2),
    )
    trust = np.where(has_both, 1.0, np.where(has_left | has_right, 0.3, 0.0))
    trust *= np.minimum(1, pieces.signal / 10)
    return np.where(trust > 0, middle, 0.0), trust
