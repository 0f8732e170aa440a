"""Weights on bands: ladder lanes are read, and every band is put on their curve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag
from blotflux.measure.ladders.calibration import calibrate
from blotflux.measure.ladders.landmarks import landmarks_at
from blotflux.measure.ladders.match import match_ladder
from blotflux.measure.ladders.presets import find_preset
from blotflux.measure.ladders.straighten import course_of_panel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from blotflux.blot import Band, Lane
    from blotflux.measure.ladders.calibration import Calibration
    from blotflux.measure.ladders.landmarks import Landmarks
    from blotflux.measure.ladders.match import LadderMatch
    from blotflux.measure.ladders.presets import LadderPreset
    from blotflux.measure.ladders.registration import Registration
    from blotflux.measure.result import Measurement

__all__ = ["LadderReading", "calibrate_measurement", "read_ladders"]

AIDED = (
    " Its bands alone could be read in more than one way; that the rows of the samples are the "
    "targets named decided, so their weights confirm the names less than they seem to."
)
FEWEST_SHARED = 3
"""Bands that two ladders must share for positions to be interpolated between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderReading:
    """A ladder lane with its weights.

    Attributes
    ----------
    panel : int
    x_px : float
        Where the lane is.
    y_px, kda : tuple of float
        Its bands from the top, in blot pixels.
    y_se_px : float
        Standard error of the positions as a whole: that of the registration, where the ladder is
        on another picture of the membrane.
    """

    panel: int = 1
    x_px: float
    y_px: tuple[float, ...]
    kda: tuple[float, ...]
    y_se_px: float = 0.0

    def moved(self, registration: Registration, *, panel: int = 1) -> LadderReading:
        """Return the ladder in the pixels of the picture that its own was registered to."""
        return replace(
            self,
            panel=panel,
            x_px=registration.x(self.x_px),
            y_px=tuple(registration.y(y_px) for y_px in self.y_px),
            y_se_px=float(np.hypot(registration.scale * self.y_se_px, registration.error_px)),
        )


def calibrate_measurement(
    measurement: Measurement,
    product: str,
    gel: str | None = None,
    *,
    readings: Sequence[LadderReading] | None = None,
    expected: Sequence[Sequence[float]] = (),
    origin_y_px: float | None = None,
    front_y_px: float | None = None,
) -> Measurement:
    """Return a measurement with a weight, its error and flags on every band.

    Parameters
    ----------
    measurement : Measurement
        Ladder lanes have the role. Without any that can be read the bands stay as they are.
    product, gel : str
        As in the study: ``"PageRuler Plus 26619"``, ``"MES"``. Without a gel the usual one is
        taken, which is a finding where it matters.
    readings : sequence of LadderReading, optional
        Ladders read on another picture of the membrane, in this blot's pixels; else they are read
        here.
    expected : sequence of sequence of float
        kDa of the targets that the picture names, from the top: one weight, or several between
        which it lies, or none. They help to read a ladder of which bands are missing.
    origin_y_px, front_y_px : float, optional
        Origin and front of the gel; with both `rf` is filled in.

    Raises
    ------
    RecipeError
        If the product or the gel is not known.
    """
    preset = find_preset(product)
    findings: tuple[Finding, ...] = ()
    if readings is None:
        readings, findings = read_ladders(measurement, preset, gel, expected=expected)
    bands = list(measurement.bands)
    for panel in sorted({reading.panel for reading in readings}):
        here = [reading for reading in readings if reading.panel == panel]
        curves = Curves(
            sorted(here, key=lambda reading: reading.x_px), course_of_panel(measurement, panel)
        )
        bands = [weighed(band, curves) if band.panel == panel else band for band in bands]
    bands = [placed(band, origin_y_px, front_y_px) for band in bands]
    return replace(measurement, bands=tuple(bands), findings=(*measurement.findings, *findings))


class Curves:
    """The calibration at any x of a panel: interpolated between ladders, the nearest outside.

    Positions are compared after the common course of the rows (tilt, smile) has been taken out.
    """

    def __init__(self, ladders: Sequence[LadderReading], course: Callable[[float], float]) -> None:
        self._ladders = tuple(ladders)
        self._course = course
        self._known: dict[float, Calibration] = {}
        self._by_one: dict[float, Calibration] = {}

    def straight(self, x_px: float, y_px: float) -> float:
        """Return a position with the course of the rows taken out."""
        return y_px - self._course(x_px)

    def at(self, x_px: float) -> Calibration:
        """Return the calibration at an x."""
        if x_px not in self._known:
            self._known[x_px] = self._between(x_px)
        return self._known[x_px]

    def _between(self, x_px: float) -> Calibration:
        for left, right in pairwise(self._ladders):
            shared = [kda for kda in left.kda if kda in right.kda]
            if left.x_px <= x_px <= right.x_px and len(shared) >= FEWEST_SHARED:
                share = (x_px - left.x_px) / (right.x_px - left.x_px)
                y_left, y_right = self._positions(left), self._positions(right)
                y_px = [(1 - share) * y_left[kda] + share * y_right[kda] for kda in shared]
                return calibrate(y_px, shared, rf_se=max(left.y_se_px, right.y_se_px))
        return self._alone(min(self._ladders, key=lambda ladder: abs(ladder.x_px - x_px)))

    def _alone(self, ladder: LadderReading) -> Calibration:
        """Return the calibration by one ladder, the same wherever it is the nearest."""
        if ladder.x_px not in self._by_one:
            positions = self._positions(ladder)
            self._by_one[ladder.x_px] = calibrate(
                list(positions.values()), list(positions), rf_se=ladder.y_se_px
            )
        return self._by_one[ladder.x_px]

    def _positions(self, ladder: LadderReading) -> dict[float, float]:
        return {
            kda: self.straight(ladder.x_px, y_px)
            for y_px, kda in zip(ladder.y_px, ladder.kda, strict=True)
        }


def weighed(band: Band, curves: Curves) -> Band:
    """Return a band with its weight, the weight's error, and a flag outside the ladder."""
    if not np.isfinite(band.y_px):
        return band
    curve = curves.at(band.x_px)
    y_px = curves.straight(band.x_px, band.y_px)
    flags = set(band.flags)
    if curve.is_extrapolated(y_px):
        flags.add(str(Flag.MW_EXTRAPOLATED))
    return replace(
        band,
        molecular_weight_kda=float(curve.weight_kda(y_px)),
        molecular_weight_se_kda=float(curve.error_kda(y_px)),
        flags=tuple(sorted(flags)),
    )


def placed(band: Band, origin_y_px: float | None, front_y_px: float | None) -> Band:
    """Return a band with its Rf, where origin and front are known."""
    if origin_y_px is None or front_y_px is None or not np.isfinite(band.y_px):
        return band
    return replace(band, rf=(band.y_px - origin_y_px) / (front_y_px - origin_y_px))


# ---------------------------------------------------------------- reading ladder lanes


def read_ladders(
    measurement: Measurement,
    preset: LadderPreset,
    gel: str | None = None,
    *,
    expected: Sequence[Sequence[float]] = (),
) -> tuple[tuple[LadderReading, ...], tuple[Finding, ...]]:
    """Return the ladder lanes of a picture with their weights, and what is to be said of them."""
    lanes = [lane for lane in measurement.lanes if lane.role is LaneRole.LADDER]
    findings = list(gel_assumed(preset, gel)) if lanes else []
    readings = []
    for lane in lanes:
        bands = [
            band
            for band in measurement.bands
            if (band.panel, band.lane) == (lane.panel, lane.number) and band.detected
        ]
        heights = tuple(band.volume / max(band.sigma_y_px, 1.0) for band in bands)
        landmarks = landmarks_at(measurement, lane, expected)
        match = matched(tuple(band.y_px for band in bands), heights, (preset.name, gel), landmarks)
        findings.append(not_read(lane, preset) if match is None else was_read(lane, match))
        if match is not None:
            readings.append(reading_of(lane, bands, match))
    return tuple(readings), tuple(findings)


@lru_cache(maxsize=256)
def matched(
    y_px: tuple[float, ...],
    heights: tuple[float, ...],
    ladder: tuple[str, str | None],
    landmarks: Landmarks | None,
) -> LadderMatch | None:
    """Return a ladder lane's reading; a lane that nobody touched is read once."""
    return match_ladder(y_px, heights, *ladder, landmarks=landmarks)


def reading_of(lane: Lane, bands: Sequence[Band], match: LadderMatch) -> LadderReading:
    """Return a matched lane as positions and weights."""
    used = [bands[index] for index in match.indices]
    return LadderReading(
        panel=lane.panel,
        x_px=float(np.mean([band.x_px for band in used])),
        y_px=tuple(band.y_px for band in used),
        kda=match.kda,
    )


def gel_assumed(preset: LadderPreset, gel: str | None) -> Iterator[Finding]:
    """Yield a WARN where the weights depend on a gel that nobody named."""
    if (gel is None or not gel.strip()) and preset.needs_gel():
        yield Finding(
            severity=Severity.WARN,
            code="GEL_ASSUMED",
            message=(
                f"The weights of '{preset.name}' depend on the gel, which the study does not "
                f"name: {preset.system_of(None)} was assumed; write gel = one of "
                f"{', '.join(preset.gels)}."
            ),
        )


def not_read(lane: Lane, preset: LadderPreset) -> Finding:
    """Return the finding for a ladder lane that does not fit the product."""
    return Finding(
        severity=Severity.WARN,
        code="LADDER_NOT_READ",
        panel=lane.panel,
        lane=lane.number,
        message=(
            f"The bands of lane {lane.number} could not be read as '{preset.name}': no weights "
            f"from it, rows are named by their order."
        ),
    )


def was_read(lane: Lane, match: LadderMatch) -> Finding:
    """Return the finding for a ladder lane that was read."""
    calibration = match.calibration
    loo = calibration.loo_percent
    known = bool(np.isfinite(loo))
    return Finding(
        severity=Severity.INFO,
        code="LADDER_READ",
        panel=lane.panel,
        lane=lane.number,
        value=loo if known else None,
        message=(
            f"Lane {lane.number} is '{match.preset.name}' ({match.system}): "
            f"{', '.join(f'{kda:g}' for kda in match.kda)} kDa"
            + (f"; leave-one-out error up to {loo:.2g} %" if known else "")
            + f"; R2 of a straight line {calibration.r_squared:.3f}."
            + (AIDED if match.aided else "")
        ),
    )
