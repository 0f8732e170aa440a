"""Lanes that the rows of bands do not show but the pitch does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Filled", "fill_gaps"]

MOST_MISSING = 2  # lanes in one gap; wider gaps are meant
MOST_TENTATIVE = 4  # the same, of lanes that must show a band
TOLERANCE = 0.18  # pitches by which a gap may differ from a whole number
LOOSE = 0.35  # the same, of lanes that must show a band
NEIGHBORS = 3  # gaps on either side that say what the pitch is
FEWEST = 4  # lanes that say what the pitch is
NARROWEST = 0.75  # of the pitch everywhere: two lanes closer, and one of them wrong, are no pitch
ROOM = 0.85  # lane widths that a lane put into a gap needs
APART = 2  # lanes on each side of a gap: a ladder stands apart, with nothing missing before it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Filled:
    """Lanes, and why each is there; arrays of shape (lanes,).

    Attributes
    ----------
    x : ndarray
        Centers, ascending.
    added : ndarray of bool
        Put into a gap.
    certain : ndarray of bool
        There even if it shows no band: not added, or added because gaps are whole pitches.
    """

    x: NDArray[np.float64]
    added: NDArray[np.bool_]
    certain: NDArray[np.bool_]


def fill_gaps(x: NDArray[np.float64], width: float) -> Filled:
    """Return the lanes with those that may stand in gaps of several pitches.

    Parameters
    ----------
    x : ndarray, shape (lanes,)
        Centers, ascending.
    width : float
        Usual width of lanes.
    """
    place = x.tolist()
    gap = [right - left for left, right in itertools.pairwise(place)]
    centers, added, certain = place[:1], [False], [True]
    for index, wide in enumerate(gap):
        missing, sure = missing_lanes(gap, index, width)
        step = wide / (missing + 1)
        centers += [place[index] + step * (i + 1) for i in range(missing)] + [place[index + 1]]
        added += [True] * missing + [False]
        certain += [sure] * missing + [True]
    return Filled(x=np.array(centers), added=np.array(added), certain=np.array(certain))


def missing_lanes(gap: list[float], index: int, width: float) -> tuple[int, bool]:
    """Return how many lanes may be missing in a gap, and whether they are there for certain."""
    near = sorted(gap[max(0, index - NEIGHBORS) : index + NEIGHBORS + 1])
    everywhere = sorted(gap)[len(gap) // 4]
    pitch = max(near[len(near) // 4], NARROWEST * everywhere)  # gaps are the larger ones
    number = min(round(gap[index] / pitch), int(gap[index] / (ROOM * width)))
    missing = number - 1
    off = abs(gap[index] / pitch - number)
    if missing < 1 or missing > MOST_TENTATIVE or off > LOOSE:
        return 0, False
    apart = min(index + 1, len(gap) - index) < APART
    regular = len(gap) + 1 >= FEWEST and off * missing <= TOLERANCE
    return missing, regular and missing <= MOST_MISSING and not apart
