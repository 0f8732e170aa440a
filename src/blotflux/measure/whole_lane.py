"""Total protein: the signal of a whole lane above what lies between the lanes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import median_filter

from blotflux.blot.model import Band, Box, LaneRole
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag
from blotflux.measure.fitting.specks import without_specks
from blotflux.measure.lanes.find import find_lanes
from blotflux.measure.noise import estimate_noise
from blotflux.measure.result import LaneHints, Measurement
from blotflux.measure.stripes import find_stripes
from blotflux.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from blotflux.blot.model import Blot, Lane
    from blotflux.measure.result import Noise

__all__ = ["find_stained_lanes", "quantify_whole_lanes"]

LEAST_GAP_PX = 3.0  # a gap between two lanes tells the background if it is at least as wide
SMOOTH_PX = 31  # along the migration: what lies between lanes changes slowly
MEDIAN_VARIANCE = 1.57  # variance of a median over that of a mean, for normal noise
LOWEST = 5.0  # percentile of a lane's own profile where no gap tells its background


def quantify_whole_lanes(
    blot: Blot,
    parameters: Parameters | None = None,
    *,
    hints: LaneHints | None = None,
    lanes: Sequence[Lane] | None = None,
) -> Measurement:
    """Return one entry per lane, row 1: the signal summed over the lane's length.

    Parameters
    ----------
    blot : Blot
        A stain of all proteins.
    parameters : Parameters, optional
    hints : LaneHints, optional
    lanes : sequence of Lane, optional
        Lanes drawn by a person; they are taken as they are.

    Raises
    ------
    LaneError
        The picture contradicts `hints`.

    Notes
    -----
    ``volume = sum over rows y of (sum over the lane's width of I(x, y)) - width * b(y)``, with b(y)
    the median of the gaps beside the lane, smoothed along the migration and interpolated across
    it. Ladders have no entry. Specks are taken out first.
    """
    parameters = parameters or Parameters()
    hints = hints or LaneHints()
    noise = estimate_noise(blot)
    found = tuple(lanes) if lanes is not None else find_stained_lanes(blot, noise, hints=hints)
    background = np.full(blot.shape, np.median(blot.signal), dtype=np.float32)
    bands: list[Band] = []
    findings: list[Finding] = []
    for number, members in groupby(found, key=lambda lane: lane.panel):
        panel = _Panel.of(blot, noise, tuple(members))
        if not panel.gaps:
            findings.append(_no_gap(number))
        for lane in panel.lanes:
            if not _is_ladder(lane, hints):
                level = _background(panel, lane)
                bands.append(_measure(panel, lane, level, parameters))
                _paint(background, panel, lane, level)
    return Measurement(
        blot=blot,
        lanes=found,
        bands=tuple(sorted(bands, key=lambda band: (band.panel, band.lane))),
        noise=noise,
        background=background,
        findings=tuple(findings),
    )


def find_stained_lanes(blot: Blot, noise: Noise, *, hints: LaneHints) -> tuple[Lane, ...]:
    """Return the lanes of a stain: its stripes where they are regular and as many as expected."""
    stripes = find_stripes(blot)
    if stripes and hints.slots and len(stripes) == len(hints.slots):
        return tuple(
            replace(lane, number=slot) for lane, slot in zip(stripes, hints.slots, strict=True)
        )
    if stripes and not hints.slots:
        return stripes
    return find_lanes(blot, noise, hints=hints)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Panel:
    """Lanes side by side, and what lies between them.

    Attributes
    ----------
    blot : Blot
    noise : Noise
    lanes : tuple of Lane
    signal : ndarray of float32, shape (rows, columns)
        Without specks.
    rows : ndarray of int
        Rows of the picture that the lanes run through.
    gaps : tuple of (ndarray, float)
        Course (x by row) and half width of the gaps beside and between the lanes.
    """

    blot: Blot
    noise: Noise
    lanes: tuple[Lane, ...]
    signal: NDArray[np.float32]
    rows: NDArray[np.intp]
    gaps: tuple[tuple[NDArray[np.float64], float], ...]

    @classmethod
    def of(cls, blot: Blot, noise: Noise, lanes: tuple[Lane, ...]) -> _Panel:
        """Return the panel of some lanes of a blot."""
        rows = _rows_of(lanes, blot.shape[0])
        narrowest = min(lane.width_px for lane in lanes)
        return cls(
            blot=blot,
            noise=noise,
            lanes=lanes,
            signal=without_specks(blot.signal, narrowest, noise.sigma),
            rows=rows,
            gaps=tuple(_gaps(lanes, rows, blot.shape[1])),
        )

    def columns(self, lane: Lane) -> NDArray[np.intp]:
        """Return the columns of a lane's pixels, shape (rows, width): one width for all lanes."""
        half = float(np.median([own.width_px for own in self.lanes])) / 2
        offsets = np.arange(-np.floor(half), np.floor(half) + 1)
        x = lane.x_at(self.rows.astype(np.float64))
        columns = np.rint(x[:, None] + offsets).astype(np.intp)
        return np.asarray(np.clip(columns, 0, self.signal.shape[1] - 1))

    def pixels(self, lane: Lane) -> NDArray[np.float64]:
        """Return a lane's pixels, straightened, shape (rows, width)."""
        pixels = self.signal[self.rows[:, None], self.columns(lane)]
        return np.asarray(pixels, dtype=np.float64)


def _is_ladder(lane: Lane, hints: LaneHints) -> bool:
    if hints.ladders is not None:
        return lane.number in hints.ladders
    return lane.role is LaneRole.LADDER


def _rows_of(lanes: Sequence[Lane], height: int) -> NDArray[np.intp]:
    """Return the rows of the picture that a panel's lanes run through."""
    top = min(lane.track_y_px[0] for lane in lanes)
    bottom = max(lane.track_y_px[-1] for lane in lanes)
    first, last = max(0, round(top)), min(height - 1, round(bottom))
    if last - first < 2:
        first, last = 0, height - 1
    return np.arange(first, last + 1, dtype=np.intp)


# ---------------------------------------------------------------- between the lanes


def _gaps(
    lanes: Sequence[Lane], rows: NDArray[np.intp], columns: int
) -> Iterator[tuple[NDArray[np.float64], float]]:
    """Yield the course (x by row) and half width of the gaps beside and between lanes."""
    ordered = sorted(lanes, key=lambda lane: float(lane.x_at(float(rows.mean()))))
    y = rows.astype(np.float64)
    edges = [
        (lane.x_at(y) - lane.width_px / 2, lane.x_at(y) + lane.width_px / 2) for lane in ordered
    ]
    margin = float(np.median([lane.width_px for lane in ordered])) / 3
    spans = [(right, left) for (_, right), (left, _) in pairwise(edges)]
    # Outside the first and last lane a little further off: what is a lane's edge is not sharp.
    spans.insert(0, (edges[0][0] - 1.3 * margin, edges[0][0] - 0.3 * margin))
    spans.append((edges[-1][1] + 0.3 * margin, edges[-1][1] + 1.3 * margin))
    for left, right in spans:
        width = float(np.median(right - left))
        inside = left.min() >= 0 and right.max() <= columns - 1
        if width >= LEAST_GAP_PX and inside:
            # The middle half: a lane's edges are not sharp.
            yield (left + right) / 2, max(width / 4, 1.0)


def _background(panel: _Panel, lane: Lane) -> NDArray[np.float64]:
    """Return the background per pixel in a lane, by row."""
    if not panel.gaps:
        profile = panel.pixels(lane).mean(axis=1)
        return np.full(panel.rows.size, float(np.percentile(profile, LOWEST)))
    x = float(lane.x_at(panel.rows.astype(np.float64)).mean())
    places = np.array([course.mean() for course, _ in panel.gaps])
    chosen = [*np.flatnonzero(places < x)[-1:], *np.flatnonzero(places >= x)[:1]]
    levels = [_gap_level(panel, *panel.gaps[int(index)]) for index in chosen]
    if len(levels) == 1:
        return levels[0]
    share = (x - places[chosen[0]]) / (places[chosen[1]] - places[chosen[0]])
    return np.asarray((1.0 - share) * levels[0] + share * levels[1])


def _gap_level(panel: _Panel, course: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    """Return the level of a gap by row."""
    offsets = np.arange(-np.floor(half), np.floor(half) + 1)
    columns = np.rint(course[:, None] + offsets).astype(np.intp)
    columns = np.clip(columns, 0, panel.signal.shape[1] - 1)
    level = np.median(panel.signal[panel.rows[:, None], columns], axis=1)
    return np.asarray(median_filter(level, SMOOTH_PX, mode="nearest"), dtype=np.float64)


def _no_gap(panel: int) -> Finding:
    return Finding(
        severity=Severity.WARN,
        code="NO_GAP_BETWEEN_LANES",
        panel=panel,
        message="No gap between or beside the lanes tells the background of total protein; the "
        f"lowest {LOWEST:.0f} % of each lane's own profile was taken (project default).",
    )


# ---------------------------------------------------------------- the lanes


def _measure(panel: _Panel, lane: Lane, level: NDArray[np.float64], parameters: Parameters) -> Band:
    """Return the entry of one lane."""
    blot, rows, noise = panel.blot, panel.rows, panel.noise
    pixels, columns = panel.pixels(lane), panel.columns(lane)
    above = pixels.sum(axis=1) - pixels.shape[1] * level
    volume = float(above.sum())
    error = _error(volume, pixels.shape, noise)
    box = Box(
        left=int(columns.min()),
        top=int(rows[0]),
        right=int(columns.max()) + 1,
        bottom=int(rows[-1]) + 1,
    )
    inside = blot.signal[box.top : box.bottom, box.left : box.right]
    weights = np.maximum(above, 0.0)
    y = float(np.average(rows, weights=weights)) if weights.sum() > 0 else float(rows.mean())
    saturated = int(np.count_nonzero(blot.saturated[rows[:, None], columns]))
    detected = volume > parameters.detection_snr * error
    flags = {
        Flag.SATURATED: saturated > 0,
        Flag.NEGATIVE_VOLUME: volume < 0,
        Flag.BELOW_DETECTION: not detected,
    }
    return Band(
        panel=lane.panel,
        lane=lane.number,
        row=1,
        x_px=float(lane.x_at(y)),
        y_px=y,
        box=box,
        total=float(inside.sum(dtype=np.float64)),
        background=float(level.sum()) * (box.right - box.left),
        volume=volume,
        volume_se=error,
        snr=volume / pixels.size / noise.sigma if noise.sigma > 0 else float("nan"),
        saturated_px=saturated,
        saturated_fraction=saturated / pixels.size,
        detected=detected,
        flags=tuple(str(flag) for flag, raised in flags.items() if raised),
    )


def _error(volume: float, shape: tuple[int, ...], noise: Noise) -> float:
    """Return one standard error: the lane's noise, and that of the background under it.

    The background of a row is a median of about a third of a lane's width, smoothed over
    `SMOOTH_PX` rows; smoothing moves its error from row to row without making the sum's smaller.
    """
    rows, width = shape
    pixel = noise.sigma**2 * noise.correlation
    own = pixel * rows * width
    background = MEDIAN_VARIANCE * pixel * rows * width**2 / max(width / 3, 1.0)
    return float(np.sqrt(own + background + noise.gain * max(volume, 0.0)))


def _paint(
    background: NDArray[np.float32], panel: _Panel, lane: Lane, level: NDArray[np.float64]
) -> None:
    """Paint a lane's background into the picture's."""
    background[panel.rows[:, None], panel.columns(lane)] = level[:, None]
