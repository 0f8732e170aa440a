"""From a partition to the lanes that are reported: gaps filled, doubtful lanes taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.confidence import judge_lanes
from blotflux.measure.lanes.features import boundary_evidence
from blotflux.measure.lanes.gaps import fill_gaps
from blotflux.measure.lanes.quick import middle
from blotflux.measure.lanes.tracks import refine_tracks
from blotflux.measure.lanes.unclaimed import overlooked_lanes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.confidence import Opinion
    from blotflux.measure.lanes.gaps import Filled
    from blotflux.measure.lanes.search import Found
    from blotflux.measure.lanes.tracks import Tracks

__all__ = ["Completed", "complete"]

DOUBTFUL = 0.35  # lanes less probable are not reported
BELIEVED = 0.5  # lanes that were looked for in gaps must be this probable
KEPT = 0.45  # less probable lanes are taken out before gaps are filled again
STRAY = 0.2  # lane widths that an empty lane may be off its place
LEAST_SIGNAL = 10.0  # standard deviations of a lane's clearest band, summed along the migration ...
LEAST_SHARE = 0.5  # ... or this share of the usual lane's, where the noise is overrated: if so ...
SURE, MANY = 0.8, 4  # ... many lanes are so probable
CERTAIN, LEAST_IF_CERTAIN = 0.95, 0.7  # lanes more probable than that need less
POSSIBLE = 0.2  # of two halves of a lane one must be this probable
BOUNDED = 0.3  # evidence of the weaker boundary of a lane that was overlooked
SAME = 0.35  # lane widths by which a lane may move when others are put beside it
CROWDED = 0.75  # pitches: of two lanes nearer than this, one or both improbable, one is made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Completed:
    """Lanes with opinions on them; arrays of shape (lanes,).

    Attributes
    ----------
    tracks : Tracks
    opinions : tuple of Opinion
    shown : ndarray of bool
        To be reported.
    empty : ndarray of bool
        Reported though it shows no band, as the pitch says that it is there.
    """

    tracks: Tracks
    opinions: tuple[Opinion, ...]
    shown: NDArray[np.bool_]
    empty: NDArray[np.bool_]


def complete(found: Found, *, published: bool) -> Completed:
    """Return the lanes of a partition with those in its gaps.

    Lanes are put into gaps, doubtful ones taken out, and the gaps that these leave filled anew: a
    lane in the wrong place is replaced by one where the pitch expects it, if bands agree.

    Parameters
    ----------
    found : Found
    published : bool
        Whether lanes come from strips of a page: these are so small that bands are nearly all
        there is, and nothing tells the noise.
    """
    first = refine_tracks(found.ridges, found.slant, found.x, np.full(len(found.x), found.width))
    lanes = settle(found, first, first.x)
    probable = lanes.probability >= KEPT
    if lanes.filled.added.any() or not probable.all():
        kept = without_doubtful(lanes.tracks.x, lanes.probability)
        lanes = settle(found, lanes.tracks, kept, lanes.opinions)
    seen = are_seen(lanes, published=published)
    more = overlooked_lanes(lanes.tracks, found.ridges, seen)
    more = more[are_bounded(more, lanes.tracks, found)]
    if len(more):
        wider = settle(found, lanes.tracks, np.concatenate([lanes.tracks.x[seen], more]))
        also = are_seen(wider, published=published)
        if all_there(wider.tracks, also, lanes.tracks, seen):
            lanes, seen = wider, also
    tracks, filled = lanes.tracks, lanes.filled
    in_place = np.abs(tracks.x - filled.x) < STRAY * tracks.width
    empty = filled.added & filled.certain & in_place & ~seen
    if seen.any():  # what lies beyond the outermost lanes is none
        empty &= (tracks.x > tracks.x[seen].min()) & (tracks.x < tracks.x[seen].max())
    return Completed(tracks=tracks, opinions=lanes.opinions, shown=seen | empty, empty=empty)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """Lanes with those in their gaps, and opinions on them."""

    tracks: Tracks
    filled: Filled
    opinions: tuple[Opinion, ...]

    @property
    def probability(self) -> NDArray[np.float64]:
        """Of each lane."""
        return np.array([opinion.probability for opinion in self.opinions])


def settle(
    found: Found,
    tracks: Tracks,
    x: NDArray[np.float64],
    opinions: tuple[Opinion, ...] | None = None,
) -> Settled:
    """Return lanes at `x` and in its gaps; `tracks` with its `opinions` if nothing is new."""
    filled = fill_gaps(np.sort(x), middle(tracks.width))
    if not np.array_equal(filled.x, np.sort(tracks.x)):
        width = np.full(len(filled.x), found.width)
        tracks, opinions = refine_tracks(found.ridges, found.slant, filled.x, width), None
    if opinions is None:
        opinions = judge_lanes(tracks, found)
    return Settled(tracks=tracks, filled=filled, opinions=opinions)


def are_seen(lanes: Settled, *, published: bool) -> NDArray[np.bool_]:
    """Return which lanes are probable and show a clear band."""
    probability, filled = lanes.probability, lanes.filled
    least = np.where(filled.added & ~filled.certain, BELIEVED, DOUBTFUL)
    signal = clearest(lanes.tracks)
    clear = signal >= lowest_signal(signal, probability)
    return np.asarray((probability >= least) & (published | clear))


def are_bounded(x: NDArray[np.float64], tracks: Tracks, found: Found) -> NDArray[np.bool_]:
    """Return which centers of lanes have boundaries on both sides as clear as any inside.

    Halfway between two lanes of one long band lies their boundary, and no lane.
    """
    width = np.full(len(x), middle(tracks.width))
    edge, inner = boundary_evidence(x, width, found.boundaries)
    return (edge >= inner) & (edge > BOUNDED)


def all_there(
    now: Tracks, seen: NDArray[np.bool_], before: Tracks, known: NDArray[np.bool_]
) -> bool:
    """Return whether all known lanes are still seen, and more."""
    if np.count_nonzero(seen) <= np.count_nonzero(known):
        return False
    away = np.abs(before.x[known][:, None] - now.x[seen]).min(axis=1)
    return bool((away < SAME * middle(before.width)).all())


def without_doubtful(
    x: NDArray[np.float64], probability: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probable lanes, and one in place of two that crowd each other for no good.

    Such two are the halves of a lane wider than the others, which would be lost with both.
    """
    probable = probability >= KEPT
    if not probable.any():
        return x
    order = np.argsort(x, kind="stable")
    x, probability, probable = x[order], probability[order], probable[order]
    pitch = middle(np.diff(x[probable])) if np.count_nonzero(probable) > 1 else 0.0
    kept: list[float] = []
    i = 0
    while i < len(x):
        near = x[i : i + 2]
        halves = len(near) == 2 and near[1] - near[0] < CROWDED * pitch
        if halves and POSSIBLE <= probability[i : i + 2].max() < KEPT:
            kept.append(float(near.mean()))
            i += 2
            continue
        if probable[i]:
            kept.append(float(x[i]))
        i += 1
    return np.array(kept)


def lowest_signal(
    signal: NDArray[np.float64], probability: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the signal of the clearest band that each lane must show; lanes from the left."""
    sure = signal[probability >= SURE]
    usual = LEAST_SIGNAL
    if len(sure) >= MANY:
        usual = min(LEAST_SIGNAL, LEAST_SHARE * middle(sure))
    lowest = np.where(probability >= CERTAIN, LEAST_IF_CERTAIN * usual, usual)
    plain = np.flatnonzero((probability >= SURE) & (signal >= usual))
    if len(plain):  # a faint lane between others is no stray one
        between = slice(int(plain[0]), int(plain[-1]) + 1)
        lowest[between][probability[between] >= BELIEVED] = LEAST_SHARE * usual
    return lowest


def clearest(tracks: Tracks) -> NDArray[np.float64]:
    """Return the signal of each lane's clearest band over its noise."""
    highest = np.zeros(len(tracks.x))
    np.maximum.at(highest, tracks.pieces.lane, tracks.pieces.signal)
    return highest
