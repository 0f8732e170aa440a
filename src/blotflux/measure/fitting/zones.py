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

    def index(self, n: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return the zone's place in profiles of `n` rows, clipped to them, and what is inside."""
        raw = self.start[:, None] + np.arange(self.length)
        return np.clip(raw, 0, n - 1), (raw >= 0) & (raw < n)


def make_zones(rows: Sequence[Row]) -> tuple[Zone, ...]:
    """Return the zones of rows that are ordered from the top."""
    groups: list[list[int]] = []
    for r, row in enumerate(rows):
        if groups:
            above = rows[groups[-1][-1]]
            apart = float(np.min(row.y - above.y))
            pad = max(PAD_SIGMAS * max(row.sigma, above.sigma), LEAST_PAD_PX)
            if apart < pad + TOUCH_SIGMAS * max(row.sigma, above.sigma):
                groups[-1].append(r)
                continue
        groups.append([r])
    return tuple(one_zone(rows, members) for members in groups)


def one_zone(rows: Sequence[Row], members: Sequence[int]) -> Zone:
    """Return the zone of some rows."""
    y = np.stack([rows[r].y for r in members])
    pad = max(PAD_SIGMAS * max(rows[r].sigma for r in members), LEAST_PAD_PX)
    half = int(np.ceil(float((y.max(axis=0) - y.min(axis=0)).max()) / 2 + pad))
    middle = np.rint(0.5 * (y.max(axis=0) + y.min(axis=0))).astype(np.intp)
    start = middle - half
    local = tuple(replace(rows[r], y=rows[r].y - start) for r in members)
    return Zone(members=tuple(members), rows=local, start=start, length=2 * half + 1)
