"""Zones: rows near each other, with the stretch of every lane's profile that bears on them.

Bands far apart do not feel each other, so a lane is fitted zone by zone. A zone follows its rows
through the smile: in every lane it begins at that lane's own height.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.fitting.rows import Row

__all__ = ["Zone", "make_zones"]

PAD_SIGMAS = 8.0  # of background on both sides of a zone's outer rows
LEAST_PAD_PX = 22.0
TOUCH_SIGMAS = 4.5  # a band reaches this far
TOGETHER_SIGMAS = 3.0  # rows closer than that may be parts of each other


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Zone:
    """Rows that are fitted together.

    Attributes
    ----------
    members : tuple of int
        Indices of the rows, from the top.
    rows : tuple of Row
        The same rows, heights counted from each lane's `start`.
    start : ndarray of int, shape (lanes,)
        Where the zone begins in each lane's profile; may be negative.
    length : int
        Of the zone, px.
    """

    members: tuple[int, ...]
    rows: tuple[Row, ...]
    start: NDArray[np.intp]
    length: int


def make_zones(rows: Sequence[Row]) -> tuple[Zone, ...]:
    """Return the zones of rows that are ordered from the top."""
    groups: list[list[int]] = []
    for r, row in enumerate(rows):
        if groups:
            above = rows[groups[-1][-1]]
            apart = float(np.min(row.y - above.y))
            wider = max(row.sigma, above.sigma)
            if apart < padding(wider) + TOUCH_SIGMAS * wider:
                groups[-1].append(r)
                continue
        groups.append([r])
    return tuple(one_zone(rows, members) for members in groups)


def padding(sigma: float) -> float:
    """Return how much background belongs to a row of some width, px on each side."""
    return max(PAD_SIGMAS * sigma, LEAST_PAD_PX)


def outer_padding(rows: Sequence[Row], members: Sequence[int]) -> float:
    """Return the padding of the first member, or of the widest that runs together with it."""
    outer = rows[members[0]]
    near = [
        max(row.sigma, outer.sigma)
        for row in (rows[r] for r in members)
        if np.min(np.abs(row.y - outer.y)) < TOGETHER_SIGMAS * max(row.sigma, outer.sigma)
    ]
    return padding(max(near))


def one_zone(rows: Sequence[Row], members: Sequence[int]) -> Zone:
    """Return the zone of some rows."""
    # Each end by its own rows: a wide row below must not reach for a strong one above.
    y = np.stack([rows[r].y for r in members])
    above, below = outer_padding(rows, members), outer_padding(rows, members[::-1])
    span = float((y.max(axis=0) - y.min(axis=0)).max())
    half = int(np.ceil(0.5 * (span + above + below)))
    middle = 0.5 * (y.max(axis=0) + y.min(axis=0) + below - above)
    start = np.rint(middle).astype(np.intp) - half
    local = tuple(replace(rows[r], y=rows[r].y - start) for r in members)
    return Zone(members=tuple(members), rows=local, start=start, length=2 * half + 1)
