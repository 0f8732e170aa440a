"""What speaks for and against each lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.quick import clamp, middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.boundaries import Boundaries
    from blotflux.measure.lanes.pieces import Pieces
    from blotflux.measure.lanes.search import Found
    from blotflux.measure.lanes.tracks import Tracks

__all__ = ["LaneFeatures", "boundary_evidence", "describe_lanes"]

NEIGHBORS = 3  # lanes on either side with which a band may be in line
ROW_SLOPE = 0.08
ROW_HEIGHTS = 0.6
BOX_TOLERANCE = 0.3  # of the logarithm of the width
FAINTEST_SHARE = 0.003
FEWEST_INNER = 3  # lanes between the outermost two from which these are compared with them
FEW_BANDS = 3  # outermost lanes with more may be ladders
OFFSET = np.linspace(-0.85, 0.85, 35)  # lane widths from the center, where boundaries are sought
ASIDE, INSIDE = 0.35, 0.28  # lane widths from which and up to which a boundary is ...
LEFT = slice(0, np.count_nonzero(OFFSET < -ASIDE))  # ... the left one, the right one, or inside
RIGHT = slice(len(OFFSET) - np.count_nonzero(OFFSET > ASIDE), len(OFFSET))
INNER = slice(np.count_nonzero(OFFSET <= -INSIDE), np.count_nonzero(OFFSET < INSIDE))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaneFeatures:
    """Features of the lanes of one panel; arrays of shape (lanes,).

    Attributes
    ----------
    signal : ndarray
        Of the clearest band over its noise, natural logarithm, 0 to 5.7; 0 without any band.
    contrast : ndarray
        Of the strongest band over that of the usual lane, logarithm, at most 0.
    boxes, aligned, astray : ndarray
        Number of bands with two edges a lane width apart; in line with bands of other lanes; in
        line with none.
    crowded : ndarray
        By how much the next lane is nearer than the pitch, in pitches.
    odd_pitch : ndarray
        Distance to the better neighbor from a whole number of pitches, in pitches.
    edge, inner : ndarray
        Evidence of the weaker boundary, and of a boundary inside, 0 to 1.
    border : ndarray
        Share of the lane outside the picture.
    outer : ndarray
        Logarithm of the faintest inner lane's contrast over that of an outermost lane with at most
        three bands; 0 for other lanes.
    odd_height : ndarray
        Extent of the strongest band along the migration against the usual, absolute logarithm.
    certainty : ndarray
        Probability of the partition into lanes.
    """

    signal: NDArray[np.float64]
    contrast: NDArray[np.float64]
    boxes: NDArray[np.float64]
    aligned: NDArray[np.float64]
    astray: NDArray[np.float64]
    crowded: NDArray[np.float64]
    odd_pitch: NDArray[np.float64]
    edge: NDArray[np.float64]
    inner: NDArray[np.float64]
    border: NDArray[np.float64]
    outer: NDArray[np.float64]
    odd_height: NDArray[np.float64]
    certainty: NDArray[np.float64]


def describe_lanes(tracks: Tracks, found: Found) -> LaneFeatures:
    """Return the features of all lanes."""
    pieces, count = tracks.pieces, len(tracks.x)
    columns = found.boundaries.columns
    contrast = np.zeros(count)
    np.maximum.at(contrast, pieces.lane, pieces.contrast)
    signal = np.ones(count)
    np.maximum.at(signal, pieces.lane, pieces.signal)
    usual = middle(contrast[contrast > 0]) if (contrast > 0).any() else 1.0
    faint = np.log(clamp(contrast / usual, FAINTEST_SHARE, 1))
    aligned = count_by_lane(pieces, align(pieces, tracks.x), count)
    crowded, odd_pitch = pitch_doubts(tracks.x)
    edge, inner = boundary_evidence(tracks.x, tracks.width, found.boundaries)
    half = tracks.width / 2
    outside = np.maximum(0, half - tracks.x) + np.maximum(0, tracks.x + half - columns)
    return LaneFeatures(
        signal=np.log(clamp(signal, 1, 300)),
        contrast=faint,
        boxes=count_by_lane(pieces, is_box(pieces, tracks.width), count),
        aligned=aligned,
        astray=np.bincount(pieces.lane, minlength=count) - aligned,
        crowded=crowded,
        odd_pitch=odd_pitch,
        edge=edge,
        inner=inner,
        border=outside / tracks.width,
        outer=outer_faintness(faint, pieces),
        odd_height=odd_heights(pieces, contrast),
        certainty=np.full(count, found.certainty),
    )


def count_by_lane(pieces: Pieces, chosen: NDArray[np.bool_], count: int) -> NDArray[np.float64]:
    """Return how many of the chosen pieces each lane has."""
    return np.bincount(pieces.lane[chosen], minlength=count).astype(np.float64)


def odd_heights(pieces: Pieces, contrast: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how unusual the extent of each lane's strongest band is; 0 without a band."""
    height = np.zeros(len(contrast))
    best = pieces.contrast >= contrast[pieces.lane]
    height[pieces.lane[best]] = pieces.height[best]
    known = height > 0
    if not known.any():
        return height
    usual = middle(height[known])
    return np.abs(np.log(np.where(known, height, usual) / usual))


def is_box(pieces: Pieces, width: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether bands have two edges about a lane width apart."""
    seen = (pieces.left + pieces.right) / width[pieces.lane]
    off = np.abs(np.log(np.where(np.isfinite(seen), seen, 9.0)))
    return np.asarray(off < BOX_TOLERANCE)


def align(pieces: Pieces, x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether each band is in line with one of a lane nearby."""
    lane, place = pieces.lane.astype(np.int16), x[pieces.lane]
    away = np.abs(lane[:, None] - lane)
    in_line = pieces.ridge[:, None] == pieces.ridge
    in_line &= away == 1
    drop = np.abs(pieces.y[:, None] - pieces.y)
    slack = ROW_SLOPE * np.abs(place[:, None] - place)
    slack += ROW_HEIGHTS * np.minimum(pieces.height[:, None], pieces.height)
    in_line |= (drop < slack) & (away <= NEIGHBORS) & (away > 0)
    return np.asarray(in_line.any(axis=1))


def outer_faintness(contrast: NDArray[np.float64], pieces: Pieces) -> NDArray[np.float64]:
    """Return by how much outermost lanes with few bands are fainter than any inner lane."""
    result = np.zeros(len(contrast))
    if len(contrast) < FEWEST_INNER + 2:
        return result
    bands = np.bincount(pieces.lane, minlength=len(contrast))
    inner = contrast[1:-1].min()
    for end in (0, -1):
        if bands[end] <= FEW_BANDS:
            result[end] = max(0.0, inner - contrast[end])
    return result


def pitch_doubts(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how crowded lanes are, and how far from a whole number of pitches they stand."""
    if len(x) < 3:
        return np.zeros(len(x)), np.zeros(len(x))
    gap = x[1:] - x[:-1]
    relative = gap / np.partition(gap, len(gap) // 4)[len(gap) // 4]  # gaps are the wide ones
    crowd = np.zeros(len(x) + 1)  # to the left of each lane, and to the right of the last
    crowd[1:-1] = np.maximum(0, 1 - relative)
    odd = np.full(len(x) + 1, np.inf)
    odd[1:-1] = np.abs(relative - np.maximum(np.rint(relative), 1))
    return np.maximum(crowd[:-1], crowd[1:]), np.minimum(odd[:-1], odd[1:])


def boundary_evidence(
    x: NDArray[np.float64], width: NDArray[np.float64], boundaries: Boundaries
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the evidence at the weaker edge of each lane and inside, 0 to 1."""
    value = boundaries.edge_at(x[:, None] + OFFSET * width[:, None])
    edge = np.minimum(value[:, LEFT].max(axis=1), value[:, RIGHT].max(axis=1))
    return edge, value[:, INNER].max(axis=1)
