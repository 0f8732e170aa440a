"""Which found lane is which true lane, and which found band is which true band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = [
    "BAND_LANE_WIDTHS",
    "LANE_PITCHES",
    "Claim",
    "LaneVerdict",
    "judge_lanes",
    "match_points",
    "y_tolerance_px",
]

LANE_PITCHES = 0.35  # a lane is right within this share of the pitch
BAND_LANE_WIDTHS = 0.4  # a band is right within this share of its lane's width ...
BAND_Y_PX = 5.0  # ... and within this, or
BAND_SIGMAS = 2.0  # this many of its own widths, whichever is more


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A true lane as the scoring sees it.

    Attributes
    ----------
    x_at : callable
        Center line: x at y, px.
    y_px : tuple of float
        Where the lane is compared: at its bands, or at mid height where it has none.
    required : bool
        Whether missing it is a mistake. Lanes without a countable band are not required, and
        finding them is no mistake either.
    """

    x_at: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    y_px: tuple[float, ...]
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneVerdict:
    """What became of the lanes of one picture.

    Attributes
    ----------
    found_of : tuple of int or None
        For each true lane the index of the found lane that is it.
    missed : int
        Required lanes that no found lane is.
    surplus : tuple of int
        Found lanes that are no lane, or a lane that another found lane is already.
    right : tuple of bool or None
        For each found lane whether it is right; None where it does not count (an empty lane).
    """

    found_of: tuple[int | None, ...]
    missed: int
    surplus: tuple[int, ...]
    right: tuple[bool | None, ...]

    @property
    def exact(self) -> bool:
        """Whether nothing is missed, doubled or invented."""
        return not self.missed and not self.surplus


def judge_lanes(
    claims: Sequence[Claim],
    found: Sequence[Callable[[NDArray[np.float64]], NDArray[np.float64]]],
    pitch_px: float,
) -> LaneVerdict:
    """Return what became of the lanes.

    Parameters
    ----------
    claims : sequence of Claim
        The true lanes.
    found : sequence of callable
        Center lines of the found lanes: x at y, px.
    pitch_px : float
        Distance of neighboring true lanes.
    """
    distance = np.full((len(claims), len(found)), np.inf)
    for i, claim in enumerate(claims):
        y = np.asarray(claim.y_px, np.float64)
        for j, track in enumerate(found):
            distance[i, j] = float(np.median(np.abs(track(y) - claim.x_at(y))))
    allowed = distance <= LANE_PITCHES * pitch_px
    # Required lanes are served first: an empty neighbor must not take their lane away.
    urgency = np.array([0.0 if claim.required else pitch_px for claim in claims])
    pairs = match_points(distance + urgency[:, None], allowed)
    found_of: list[int | None] = [None] * len(claims)
    right: list[bool | None] = [False] * len(found)
    for i, j in pairs:
        found_of[i] = j
        right[j] = True if claims[i].required else None
    missed = sum(claim.required and found_of[i] is None for i, claim in enumerate(claims))
    surplus = tuple(j for j, verdict in enumerate(right) if verdict is False)
    return LaneVerdict(found_of=tuple(found_of), missed=missed, surplus=surplus, right=tuple(right))


def match_points(
    cost: NDArray[np.float64], allowed: NDArray[np.bool_]
) -> tuple[tuple[int, int], ...]:
    """Return pairs (row, column): as many allowed ones as possible, at the least total cost."""
    if cost.size == 0 or not allowed.any():
        return ()
    forbidden = 1e3 * (float(cost[allowed].max()) + 1.0) * max(cost.shape)
    rows, columns = linear_sum_assignment(np.where(allowed, cost, forbidden))
    return tuple((int(i), int(j)) for i, j in zip(rows, columns, strict=True) if allowed[i, j])


def y_tolerance_px(sigma_px: float) -> float:
    """Return how far from a band of this width a found one may lie along the migration."""
    return max(BAND_Y_PX, BAND_SIGMAS * sigma_px)
