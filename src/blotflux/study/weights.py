"""Molecular weights of bands, from the ladder lanes of the same picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot.model import LaneRole
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag
from blotflux.measure.ladder_match import match_ladder
from blotflux.measure.presets import find_preset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blotflux.blot.model import Band, Lane
    from blotflux.measure.ladder import Calibration
    from blotflux.measure.ladder_match import LadderMatch
    from blotflux.measure.result import Measurement

__all__ = ["weigh_bands"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ladder:
    """One ladder lane, read."""

    lane: Lane
    match: LadderMatch

    @property
    def calibration(self) -> Calibration:
        return self.match.calibration


def weigh_bands(measurement: Measurement, product: str, gel: str | None) -> Measurement:
    """Return the measurement with a weight on each band, as the picture's ladders tell it.

    Parameters
    ----------
    measurement : Measurement
        Ladder lanes have the role; bands of several ladders are interpolated between them along x.
    product, gel : str
        As in the study: ``"PageRuler Plus 26619"``, ``"MES"``; no gel means the usual one, which
        is a finding.

    Raises
    ------
    RecipeError
        If the product or the gel is not known.
    """
    lanes = [lane for lane in measurement.lanes if lane.role is LaneRole.LADDER]
    ladders: list[_Ladder] = []
    findings = list(_gel_assumed(product, gel)) if lanes else []
    for lane in lanes:
        match = _read(measurement, lane, product, gel)
        if match is None:
            findings.append(_unread(lane, product))
        else:
            ladders.append(_Ladder(lane=lane, match=match))
            findings.append(_was_read(lane, match))
    bands = tuple(_weighed(band, ladders) for band in measurement.bands)
    return replace(measurement, bands=bands, findings=(*measurement.findings, *findings))


def _read(
    measurement: Measurement, lane: Lane, product: str, gel: str | None
) -> LadderMatch | None:
    """Return the reading of one ladder lane, or None."""
    bands = [
        band
        for band in measurement.bands
        if (band.panel, band.lane) == (lane.panel, lane.number) and band.detected
    ]
    heights = [band.volume / max(band.sigma_y_px, 1.0) for band in bands]
    return match_ladder([band.y_px for band in bands], heights, product, gel)


def _weighed(band: Band, ladders: Sequence[_Ladder]) -> Band:
    """Return a band with its weight and the weight's error, by the ladders of its panel."""
    own = [ladder for ladder in ladders if ladder.lane.panel == band.panel]
    if not own or not np.isfinite(band.y_px):
        return band
    shares = _shares([float(ladder.lane.x_at(band.y_px)) for ladder in own], band.x_px)
    at = np.array([band.y_px])
    logs = [float(np.log10(ladder.calibration.weight_kda(at)[0])) for ladder in own]
    errors = [float(ladder.calibration.error_kda(at)[0]) for ladder in own]
    outside = any(
        share > 0 and bool(ladder.calibration.is_extrapolated(at)[0])
        for share, ladder in zip(shares, own, strict=True)
    )
    flags = {*band.flags, *([str(Flag.MW_EXTRAPOLATED)] if outside else [])}
    return replace(
        band,
        molecular_weight_kda=float(10.0 ** np.dot(shares, logs)),
        molecular_weight_se_kda=float(np.dot(shares, errors)),
        flags=tuple(sorted(flags)),
    )


def _shares(ladder_x: Sequence[float], x: float) -> list[float]:
    """Return how much each ladder counts at `x`: linear between two, the nearest outside."""
    order = sorted(range(len(ladder_x)), key=lambda index: ladder_x[index])
    places = [ladder_x[index] for index in order]
    shares = [0.0] * len(ladder_x)
    position = float(np.interp(x, places, np.arange(len(places), dtype=float)))
    left = min(int(position), len(places) - 1)
    right = min(left + 1, len(places) - 1)
    shares[order[right]] += position - left
    shares[order[left]] += 1.0 - (position - left)
    return shares


# ---------------------------------------------------------------- what to say of it


def _gel_assumed(product: str, gel: str | None) -> Iterator[Finding]:
    preset = find_preset(product)
    if gel is None and preset.needs_gel():
        yield Finding(
            severity=Severity.WARN,
            code="GEL_ASSUMED",
            message=f"The weights of '{preset.name}' depend on the gel, which the study does not "
            f"name: {preset.system_of(None)} was assumed; write gel = one of "
            f"{', '.join(preset.gels)}.",
        )


def _unread(lane: Lane, product: str) -> Finding:
    return Finding(
        severity=Severity.WARN,
        code="LADDER_NOT_READ",
        panel=lane.panel,
        lane=lane.number,
        message=f"The bands of lane {lane.number} could not be read as '{product}': no weights "
        "from it, rows are named by their order.",
    )


def _was_read(lane: Lane, match: LadderMatch) -> Finding:
    calibration = match.calibration
    loo = calibration.loo_percent
    error = f"; leave-one-out error up to {loo:.1f} %" if np.isfinite(loo) else ""
    weights = ", ".join(f"{kda:g}" for kda in match.kda)
    return Finding(
        severity=Severity.INFO,
        code="LADDER_READ",
        panel=lane.panel,
        lane=lane.number,
        value=loo if np.isfinite(loo) else None,
        message=f"Lane {lane.number} is '{match.preset.name}' ({match.system}): {weights} kDa"
        f"{error}.",
    )
