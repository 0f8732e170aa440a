"""Volumes by lane and target, and what makes one a bound instead of a value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from blotflux.errors import NormalizationError
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from blotflux.analysis.conditions import LaneKey
    from blotflux.analysis.records import TargetVolume

__all__ = ["RELIABLE_SNR", "VolumeTable", "is_below_loq", "loq_of", "relative_error"]

RELIABLE_SNR = 3.0
"""Signal to noise per pixel below which a band counts as not detected (D-SNR)."""

LOQ_IN_ERRORS = 10.0
"""Limit of quantification in standard errors of a volume at zero signal."""


class VolumeTable:
    """Volumes found by target, membrane and lane.

    Raises
    ------
    NormalizationError
        If a target has two volumes in one lane.
    """

    def __init__(self, volumes: Iterable[TargetVolume]) -> None:
        self._by_target: dict[str, dict[LaneKey, TargetVolume]] = {}
        for volume in volumes:
            lanes = self._by_target.setdefault(volume.target, {})
            key = (volume.membrane, volume.lane)
            if key in lanes:
                message = (
                    f"{volume.membrane} lane {volume.lane}: two volumes of {volume.target}; "
                    f"one is allowed, mark the picture to analyze with 'use = true'."
                )
                raise NormalizationError(message)
            lanes[key] = volume

    def find(self, target: str, key: LaneKey) -> TargetVolume | None:
        """Return the volume of a target in a lane, or None."""
        return self._by_target.get(target, {}).get(key)

    def membranes(self, target: str) -> frozenset[str]:
        """Return the membranes on which a target was measured."""
        return frozenset(membrane for membrane, _ in self._by_target.get(target, {}))

    def targets(self) -> tuple[str, ...]:
        """Return all targets, sorted."""
        return tuple(sorted(self._by_target))

    def of(self, target: str) -> Iterator[TargetVolume]:
        """Yield the volumes of a target, by membrane and lane."""
        lanes = self._by_target.get(target, {})
        return (lanes[key] for key in sorted(lanes))


def is_below_loq(volume: TargetVolume) -> bool:
    """Return whether a volume is not quantifiable ("ND", rule ND).

    It is where the volume is not above zero; else what was given with volumes from elsewhere
    counts; else it is below the lane's limit of quantification or its `snr` below `RELIABLE_SNR`.
    """
    if not volume.volume > 0:
        return True
    if volume.below_loq is not None:
        return volume.below_loq
    limit = loq_of(volume)
    return (limit is not None and volume.volume < limit) or volume.snr < RELIABLE_SNR


def loq_of(volume: TargetVolume) -> float | None:
    """Return the limit of quantification of a lane, counts·px; None if nothing tells it.

    Volumes from elsewhere have no limit of their own. Where they are not above zero their
    standard error is one at zero signal, so that ten of it are the limit.
    """
    if volume.loq is not None and math.isfinite(volume.loq) and volume.loq > 0:
        return volume.loq
    without_signal = volume.below_loq is True or not volume.volume > 0
    if without_signal and math.isfinite(volume.volume_se) and volume.volume_se > 0:
        return LOQ_IN_ERRORS * volume.volume_se
    return None


def relative_error(volume: TargetVolume) -> float:
    """Return volume_se / volume; NaN where either is unknown or the volume is not above zero."""
    return volume.volume_se / volume.volume if volume.volume > 0 else math.nan


def failed_quality(volume: TargetVolume) -> bool:
    """Return whether a QC rule took the lane's volume out of inference."""
    return Flag.QC_FAIL in volume.flags
