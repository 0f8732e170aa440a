"""Rules on one band: D-SAT, D-SNR, D-LOD, D-NEG, D-GHOST."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.quality.context import DEFAULT, about
from blotflux.analysis.volumes import RELIABLE_SNR, loq_of
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from blotflux.analysis.quality.context import Scene
    from blotflux.analysis.records import TargetVolume

__all__ = [
    "DetectionLimits",
    "check_detection",
    "check_ghost",
    "check_negative",
    "check_saturation",
    "check_snr",
    "detection_limits",
    "limits_by_blanks",
]

SATURATED_PX, SATURATED_FRACTION = 3, 0.005
GOOD_SNR = 10.0
FEWEST_BLANKS = 12
LOQ_SIGMAS, LOB_SIGMAS = 10.0, 1.645


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionLimits:
    """Limits from blank regions of one size on one membrane, counts·px.

    ``lob = mean + 1.645 sd`` (blank), ``lod = lob + 1.645 sd`` (detection; a faint band is taken
    to vary as a blank does) and ``loq = mean + 10 sd`` (quantification).
    """

    mean: float
    sd: float
    lob: float
    lod: float
    loq: float


def detection_limits(blanks: ArrayLike) -> DetectionLimits:
    """Return the limits of blank, detection and quantification of some blank volumes.

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    values = np.asarray(blanks, dtype=np.float64)
    if values.size < 2:
        message = f"Limits of detection need at least two blanks; got {values.size}."
        raise ValueError(message)
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    lob = mean + LOB_SIGMAS * sd
    return DetectionLimits(
        mean=mean, sd=sd, lob=lob, lod=lob + LOB_SIGMAS * sd, loq=mean + LOQ_SIGMAS * sd
    )


def limits_by_blanks(scene: Scene) -> dict[tuple[str, str], DetectionLimits]:
    """Return the limits of each target and membrane that has twelve blank lanes or more."""
    blank = {(lane.membrane, lane.lane) for lane in scene.lanes("blank")}
    found: dict[tuple[str, str], list[float]] = {}
    for target in scene.volumes.targets():
        for volume in scene.volumes.of(target):
            if (volume.membrane, volume.lane) in blank and math.isfinite(volume.volume):
                found.setdefault((target, volume.membrane), []).append(volume.volume)
    return {
        key: detection_limits(values)
        for key, values in found.items()
        if len(values) >= FEWEST_BLANKS
    }


def check_saturation(scene: Scene) -> Iterator[Finding]:
    """D-SAT: clipped pixels; three of them, or 0.5 % above half maximum, make a bound."""
    for volume in scene.in_use():
        if volume.saturated:
            found = about(volume, Severity.FAIL, "D-SAT", saturated_text(volume))
            yield replace(
                found,
                value=float(volume.saturated_px),
                threshold=float(SATURATED_PX),
                used_in_label=True,
            )
        elif volume.saturated_px > 0:
            text = f"{volume.saturated_px} saturated pixel(s) (limit 1, {DEFAULT})."
            found = about(volume, Severity.WARN, "D-SAT", text)
            yield replace(found, value=float(volume.saturated_px), threshold=1.0)


def saturated_text(volume: TargetVolume) -> str:
    """Return how it is known that a band is saturated, and what that makes of it."""
    if not volume.saturated_px:
        how = "Its top is a plateau" if volume.image else "Given as saturated"
        return f"{how}: the value is a lower bound."
    return (
        f"{volume.saturated_px} saturated pixels ({100 * volume.saturated_fraction:.3g} % "
        f"of the band): the value is a lower bound (limit {SATURATED_PX} pixels or "
        f"{100 * SATURATED_FRACTION:g} %, {DEFAULT})."
    )


def check_snr(scene: Scene) -> Iterator[Finding]:
    """D-SNR: signal to noise per pixel below 10, and below 3, where a band is not detected."""
    for volume in scene.in_use():
        if not volume.snr < GOOD_SNR:
            continue
        failed = volume.snr < RELIABLE_SNR
        limit = RELIABLE_SNR if failed else GOOD_SNR
        source = "a vendor's convention" if failed else DEFAULT
        text = f"Signal to noise {volume.snr:.3g} is below {limit:g} ({source})" + (
            "; not detected." if failed else "."
        )
        severity = Severity.FAIL if failed else Severity.WARN
        found = about(volume, severity, "D-SNR", text)
        yield replace(found, value=volume.snr, threshold=limit, used_in_label=failed)


def check_detection(scene: Scene) -> Iterator[Finding]:
    """D-LOD: below the limit of quantification, and of detection."""
    by_blanks = limits_by_blanks(scene)
    for volume in scene.in_use():
        limits = limits_of(volume, by_blanks.get((volume.target, volume.membrane)))
        if volume.below_loq is True:
            text = "Given as below the limit of quantification: not detected."
            yield replace(about(volume, Severity.FAIL, "D-LOD", text), used_in_label=True)
        elif limits is not None and volume.volume < limits.loq:
            failed = volume.volume < limits.lod
            name, limit = ("detection", limits.lod) if failed else ("quantification", limits.loq)
            text = f"Volume {volume.volume:.4g} is below the limit of {name}, {limit:.4g}."
            severity = Severity.FAIL if failed else Severity.WARN
            yield replace(
                about(volume, severity, "D-LOD", text),
                value=volume.volume,
                threshold=limit,
                used_in_label=True,
            )


def limits_of(volume: TargetVolume, blanks: DetectionLimits | None) -> DetectionLimits | None:
    """Return a band's limits: by blanks, else by its own error at zero signal."""
    if blanks is not None:
        return blanks
    loq = loq_of(volume)
    if loq is None:
        return None
    sd = loq / LOQ_SIGMAS
    lob = LOB_SIGMAS * sd
    return DetectionLimits(mean=0.0, sd=sd, lob=lob, lod=2 * lob, loq=loq)


def check_negative(scene: Scene) -> Iterator[Finding]:
    """D-NEG: a volume below zero, or of nothing at all, is said and is not detected."""
    for volume in scene.in_use():
        if volume.volume <= 0:
            what = f"{volume.volume:.4g} is below zero" if volume.volume < 0 else "is zero"
            text = f"Volume {what}: no band, or a background set too high; not detected."
            found = about(volume, Severity.FAIL, "D-NEG", text)
            yield replace(found, value=volume.volume, threshold=0.0, used_in_label=True)


def check_ghost(scene: Scene) -> Iterator[Finding]:
    """D-GHOST: a hollow band, whose center is fainter than its rim, is not proportional."""
    for volume in scene.in_use():
        if Flag.GHOST in volume.flags:
            text = (
                "Ghosting/over-abundance: the band's center is below 0.9 of its rim; the lane "
                "leaves inference."
            )
            found = about(volume, Severity.FAIL, "D-GHOST", text)
            yield replace(found, threshold=0.9, used_in_label=True)
