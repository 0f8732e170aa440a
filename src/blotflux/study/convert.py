"""From bands of pictures to the volumes of targets that the analyses take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.records import TargetVolume
from blotflux.blot.model import LaneRole
from blotflux.flags import Flag
from blotflux.measure.doubts import relative_doubt
from blotflux.study.schema import TOTAL_PROTEIN
from blotflux.study.valleys import valley_between

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from blotflux.analysis.records import LaneSample
    from blotflux.blot.model import Band
    from blotflux.measure.result import Measurement
    from blotflux.study.assign import Assignment, RowKey
    from blotflux.study.schema import ImageSpec, TargetSpec

__all__ = ["PictureVolumes", "is_saturated", "strip_control_name", "volumes_of_picture"]

# A band is a bound, not a value, from this many clipped pixels on, or this share of the pixels
# above half its height (rule D-SAT, project default).
SATURATED_PX = 3
SATURATED_FRACTION = 0.005

LOQ_IN_ERRORS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureVolumes:
    """One picture's volumes by target and lane; sums of rows are there beside their parts."""

    volumes: tuple[TargetVolume, ...]

    def of(self, target: str) -> tuple[TargetVolume, ...]:
        """Return a target's volumes, by lane."""
        return tuple(volume for volume in self.volumes if volume.target == target)


def is_saturated(band: Band) -> bool:
    """Tell whether a band's volume is a bound (rule D-SAT fails)."""
    return band.saturated_px >= SATURATED_PX or band.saturated_fraction >= SATURATED_FRACTION


def strip_control_name(target: str) -> str:
    """Return the name under which what stripping left of a target goes to the analyses."""
    return f"{target} (strip control)"


def volumes_of_picture(
    spec: ImageSpec,
    measurement: Measurement,
    assignment: Assignment,
    samples: Sequence[LaneSample],
) -> PictureVolumes:
    """Return the volume of each target in each lane that the sheet names and the picture shows.

    Ladders have none. Where a row could not be told, the volume is NaN and a flag says why.
    """
    return PictureVolumes(volumes=tuple(_Picture(spec, measurement, assignment).volumes(samples)))


class _Picture:
    """One picture's bands by row and lane."""

    def __init__(self, spec: ImageSpec, measurement: Measurement, assignment: Assignment) -> None:
        self.spec = spec
        self.measurement = measurement
        self.assignment = assignment
        self.rows: Mapping[str, RowKey] = {name: key for key, name in assignment.targets.items()}
        self.expected_kda = {target.name: target.kda for target in spec.targets}
        self.bands = {
            (band.panel, band.row, band.lane): index for index, band in enumerate(measurement.bands)
        }
        self.shown = {lane.number for lane in measurement.lanes}
        # Nothing at all is what good stripping leaves: no band beside the ladder's.
        ladders = {lane.number for lane in measurement.lanes if lane.role is LaneRole.LADDER}
        self.stripped_bare = bool(spec.strip_control_of) and not any(
            band.detected for band in measurement.bands if band.lane not in ladders
        )

    def volumes(self, samples: Sequence[LaneSample]) -> Iterator[TargetVolume]:
        """Yield every target's volume in every lane."""
        for target in self.spec.targets:
            for name, rows in _sums_and_parts(target):
                for sample in samples:
                    if sample.role == "ladder":
                        continue
                    if self.stripped_bare:
                        yield self._nothing(name, sample)
                    elif sample.lane in self.shown:
                        yield self._volume(name, rows, sample)

    def _nothing(self, name: str, sample: LaneSample) -> TargetVolume:
        """Return the volume of a target that stripping took away whole."""
        return TargetVolume(
            membrane=sample.membrane,
            lane=sample.lane,
            target=strip_control_name(name),
            strip_control_of=name,
            volume=0.0,
            detected=False,
            image=self.spec.file,
            detection=self.spec.detection or "",
            probe=self.spec.probe,
            flags=(str(Flag.BELOW_DETECTION),),
        )

    def _volume(self, name: str, rows: Sequence[str], sample: LaneSample) -> TargetVolume:
        keys = [self.rows.get(row) for row in rows]
        found = [
            self.bands[(*key, sample.lane)]
            for key in keys
            if key is not None and (*key, sample.lane) in self.bands
        ]
        complete = len(found) == len(rows)
        bands = [self.measurement.bands[index] for index in found] if complete else []
        return TargetVolume(
            membrane=sample.membrane,
            lane=sample.lane,
            target=strip_control_name(name) if self.spec.strip_control_of else name,
            strip_control_of=name if self.spec.strip_control_of else "",
            volume=sum(band.volume for band in bands) if bands else math.nan,
            volume_se=self._error(bands),
            saturated=any(is_saturated(band) for band in bands),
            saturated_px=sum(band.saturated_px for band in bands),
            saturated_fraction=max((band.saturated_fraction for band in bands), default=0.0),
            detected=any(band.detected for band in bands),
            loq=self._loq(bands),
            snr=float(np.mean([band.snr for band in bands])) if bands else math.nan,
            image=self.spec.file,
            detection=self.spec.detection or "",
            probe=self.spec.probe,
            semi_quantitative=self.measurement.blot.source.semi_quantitative,
            no_linear_original=self.spec.no_linear_original,
            alternatives=self._alternatives(found) if complete else {},
            valley=self._valley(bands) if name != TOTAL_PROTEIN else None,
            parts=tuple(rows) if len(rows) > 1 else (),
            molecular_weight_kda=bands[0].molecular_weight_kda if len(bands) == 1 else None,
            expected_kda=self.expected_kda.get(name),
            named_by_hand=self.assignment.by_hand and None not in keys,
            flags=self._flags(bands, complete=complete),
        )

    def _error(self, bands: Sequence[Band]) -> float:
        """Return the standard error of the sum of some rows of a lane, overlap included."""
        if not bands:
            return math.nan
        covariance = self.measurement.covariances.get((bands[0].panel, bands[0].lane))
        rows = [band.row for band in bands]
        if len(bands) == 1:
            return bands[0].volume_se
        same_panel = len({band.panel for band in bands}) == 1
        if covariance is None or not same_panel or not set(rows) <= set(covariance.rows):
            return math.hypot(*(band.volume_se for band in bands))
        at = [covariance.rows.index(row) for row in rows]
        return math.sqrt(max(float(covariance.matrix[np.ix_(at, at)].sum()), 0.0))

    def _loq(self, bands: Sequence[Band]) -> float | None:
        """Return 10 standard errors at zero signal: what the lane's noise alone would give."""
        if not bands:
            return None
        return LOQ_IN_ERRORS * math.hypot(*(self._error_at_zero(band) for band in bands))

    def _error_at_zero(self, band: Band) -> float:
        """Return the error that the band would have without its own light.

        Not less than that of a matched filter over the lane's width in the noise of the empty
        membrane, ``sigma**2 * correlation * width * 2 * sqrt(pi) * sigma_y``.
        """
        noise = self.measurement.noise
        own = noise.gain * max(band.volume, 0.0)
        own += (relative_doubt(self.measurement.blot) * band.volume) ** 2
        width_px = band.box.right - band.box.left
        sigma_y_px = band.sigma_y_px if math.isfinite(band.sigma_y_px) else 0.0
        pixels = width_px * 2.0 * math.sqrt(math.pi) * sigma_y_px
        least = noise.sigma**2 * noise.correlation * pixels
        return math.sqrt(max(band.volume_se**2 - own, least, 0.0))

    def _alternatives(self, indices: Sequence[int]) -> dict[str, float]:
        return {
            method: sum(volumes[index] for index in indices)
            for method, volumes in self.measurement.alternatives.items()
        }

    def _valley(self, bands: Sequence[Band]) -> float | None:
        """Return the worst valley between these bands and their neighbors in the lane."""
        valleys = [
            valley_between(self.measurement, band, neighbor)
            for band in bands
            for neighbor in self._neighbors(band)
        ]
        known = [valley for valley in valleys if valley is not None]
        return max(known) if known else None

    def _neighbors(self, band: Band) -> Iterator[Band]:
        for row in (band.row - 1, band.row + 1):
            index = self.bands.get((band.panel, row, band.lane))
            if index is not None:
                yield self.measurement.bands[index]

    def _flags(self, bands: Sequence[Band], *, complete: bool) -> tuple[str, ...]:
        flag: Flag | None = self.assignment.flag
        flags = {flag for band in bands for flag in band.flags}
        if flag is not None and (not complete or not self.assignment.unnamed):
            flags.add(str(flag))
        return tuple(sorted(flags))


def _sums_and_parts(target: TargetSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each name of a target with the rows that it is the sum of."""
    for name in target.names:
        yield name, target.rows if name == target.name else (name,)
