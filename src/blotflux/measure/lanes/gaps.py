"""Lanes that the rows of bands do not show but the pitch does."""

from __future__ import annotations

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
    gap = np.diff(x)
    centers, added, certain = [x[:1]], [np.zeros(1, bool)], [np.ones(1, bool)]
    for index, wide in enumerate(gap.tolist()):
        near = np.sort(gap[max(0, index - NEIGHBORS) : index + NEIGHBORS + 1])
        pitch = float(near[len(near) // 4])  # gaps are the larger ones
        number = min(round(wide / pitch), int(wide / (ROOM * width)))
        off = abs(wide / pitch - number)
        missing = max(0, number - 1) if off <= LOOSE and number <= MOST_TENTATIVE + 1 else 0
        sure = len(x) >= FEWEST and off * missing <= TOLERANCE and missing <= MOST_MISSING
        sure &= min(index + 1, len(gap) - index) >= APART
        centers.append(np.linspace(x[index], x[index + 1], missing + 2)[1:])
        added.append(np.arange(missing + 1) < missing)
        certain.append(np.arange(missing + 1) >= (0 if sure else missing))
    return Filled(
        x=np.concatenate(centers), added=np.concatenate(added), certain=np.concatenate(certain)
    )
