"""What one measured blot is worth against its truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.accuracy.matching import (
    BAND_LANE_WIDTHS,
    Claim,
    LaneVerdict,
    judge_lanes,
    match_points,
    y_tolerance_px,
)
from blotflux.accuracy.volumes import Entry, VolumeScore, score_volumes
from blotflux.blot import LaneRole

if TYPE_CHECKING:
    from blotflux.blot import Band
    from blotflux.measure.result import Measurement
    from blotflux.synthetic import SyntheticBlot, TrueBand, TrueLane, Truth

__all__ = ["COUNTABLE", "BandCount", "BlotScore", "is_countable", "paired_entries", "score_blot"]

COUNTABLE = 6.0  # a band counts where its peak is this many times the noise


@dataclass(frozen=True, slots=True, kw_only=True)
class BandCount:
    """Bands found, missed and invented; F1 = 2 hits / (2 hits + missed + invented)."""

    hits: int
    missed: int
    invented: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlotScore:
    """Score of one picture.

    Attributes
    ----------
    lanes_exact : bool
        Every lane that has a countable band found once, and nothing else called a lane.
    lanes_missed, lanes_surplus : int
    bands : BandCount
    volumes : VolumeScore
    confidences : tuple of (float, bool)
        Confidence of each found lane and whether it is right; empty lanes are left out.
    polarity_right : bool
    """

    lanes_exact: bool
    lanes_missed: int
    lanes_surplus: int
    bands: BandCount
    volumes: VolumeScore
    confidences: tuple[tuple[float, bool], ...]
    polarity_right: bool


def score_blot(drawn: SyntheticBlot, measured: Measurement) -> BlotScore:
    """Return the score of a measured blot.

    Parameters
    ----------
    drawn : SyntheticBlot
    measured : Measurement
        Of ``drawn.image``, in its pixels.

    Returns
    -------
    BlotScore
    """
    truth = drawn.truth
    verdict = judge(drawn, measured)
    return BlotScore(
        lanes_exact=verdict.exact,
        lanes_missed=verdict.missed,
        lanes_surplus=len(verdict.surplus),
        bands=count_bands(truth, measured.bands),
        volumes=score_volumes(truth, pair_entries(truth, measured, verdict)),
        confidences=tuple(
            (lane.confidence, right)
            for lane, right in zip(measured.lanes, verdict.right, strict=True)
            if right is not None
        ),
        polarity_right=measured.blot.polarity is drawn.polarity,
    )


def judge(drawn: SyntheticBlot, measured: Measurement) -> LaneVerdict:
    """Return what became of the lanes of a drawn blot."""
    return judge_lanes(
        [claim_of(lane, drawn.truth, drawn.image.shape[0]) for lane in drawn.truth.lanes],
        [lane.x_at for lane in measured.lanes],
        pitch_px(drawn.truth),
    )


def paired_entries(drawn: SyntheticBlot, measured: Measurement) -> list[Entry]:
    """Return every lane's place in every row of a drawn blot with what was measured there."""
    return pair_entries(drawn.truth, measured, judge(drawn, measured))


def is_countable(band: TrueBand) -> bool:
    """Return whether a band is strong enough to have to be found."""
    return band.present and band.peak_over_noise >= COUNTABLE


def claim_of(lane: TrueLane, truth: Truth, rows_px: int) -> Claim:
    """Return a true lane as the scoring sees it."""
    y_px = tuple(b.y_px for b in truth.bands if b.lane == lane.number and is_countable(b))
    return Claim(x_at=lane.x_at, y_px=y_px or ((rows_px - 1) / 2,), required=bool(y_px))


def pitch_px(truth: Truth) -> float:
    """Return the usual distance of neighboring lanes; the width where there is one lane."""
    middle = [float(np.median(lane.track_x_px)) for lane in truth.lanes]
    if len(middle) < 2:
        return truth.lanes[0].width_px
    return float(np.median(np.diff(middle)))


def count_bands(truth: Truth, bands: tuple[Band, ...]) -> BandCount:
    """Return how many bands were found, missed and invented.

    A found band on a true one that is too faint to count is neither; nor is one in a ladder lane.
    """
    found = [band for band in bands if band.detected]
    present = [band for band in truth.bands if band.present]
    cost = np.zeros((len(present), len(found)))
    allowed = np.zeros(cost.shape, bool)
    for i, true in enumerate(present):
        for j, band in enumerate(found):
            off_x = abs(band.x_px - true.x_px) / (BAND_LANE_WIDTHS * true.width_px)
            off_y = abs(band.y_px - true.y_px) / y_tolerance_px(true.sigma_px)
            cost[i, j] = off_x + off_y + (0 if is_countable(true) else 10)
            allowed[i, j] = off_x <= 1 and off_y <= 1
    pairs = match_points(cost, allowed)
    hits = sum(is_countable(present[i]) for i, _ in pairs)
    taken = {j for _, j in pairs}
    invented = sum(j not in taken and not in_ladder(truth, found[j]) for j in range(len(found)))
    return BandCount(hits=hits, missed=sum(map(is_countable, present)) - hits, invented=invented)


def in_ladder(truth: Truth, band: Band) -> bool:
    """Return whether a found band lies in a ladder lane."""
    return any(
        abs(float(lane.x_at(band.y_px)) - band.x_px) <= 0.5 * lane.width_px
        for lane in truth.lanes
        if lane.role is LaneRole.LADDER
    )


def pair_entries(truth: Truth, measured: Measurement, verdict: LaneVerdict) -> list[Entry]:
    """Return every true entry of the rows with what was measured there, detected or not."""
    entries = []
    for number, index in enumerate(verdict.found_of, start=1):
        trues = [band for band in truth.bands if band.lane == number and band.row]
        lane = None if index is None else measured.lanes[index]
        bands = (
            []
            if lane is None
            else [b for b in measured.bands if (b.panel, b.lane) == (lane.panel, lane.number)]
        )
        cost = np.array([[abs(b.y_px - t.y_px) for b in bands] for t in trues])
        cost = cost.reshape(len(trues), len(bands))
        limits = np.array([y_tolerance_px(t.sigma_px) for t in trues])
        pairs = dict(match_points(cost, cost <= limits[:, None]))
        entries += [
            Entry(true=true, measured=bands[pairs[i]] if i in pairs else None)
            for i, true in enumerate(trues)
        ]
    return entries
