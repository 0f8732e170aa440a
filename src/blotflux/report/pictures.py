"""What the report needs of one measured picture, whether it comes from a study or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blotflux.analysis.records import LaneSample
    from blotflux.blot import Band, Lane
    from blotflux.findings import Finding
    from blotflux.measure.result import Measurement
    from blotflux.study.model import StudyRun

__all__ = ["Picture", "pictures_of_measurements", "pictures_of_study"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One measured picture with the names that were given to what it shows.

    Attributes
    ----------
    measurement : Measurement
    membrane : str
        Empty without a study.
    targets : mapping of (panel, row) to str
        The target of each row that has one.
    findings : tuple of Finding
        Everything that was found about this picture; the measurement's own where not given.
    samples : mapping of lane number to LaneSample
        The sheet's line of each slot; empty without a study.
    """

    measurement: Measurement
    membrane: str = ""
    targets: Mapping[tuple[int, int], str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    samples: Mapping[int, LaneSample] = field(default_factory=dict)

    @property
    def image(self) -> str:
        """The text by which the user named the file."""
        return self.measurement.blot.source.name

    @property
    def title(self) -> str:
        """The name, with channel and page where they are not the first."""
        source = self.measurement.blot.source
        parts = [self.image or "(no name)"]
        if source.channel:
            parts.append(f"channel {source.channel}")
        if source.page:
            parts.append(f"page {source.page}")
        return ", ".join(parts)

    def role_of(self, lane: Lane) -> str:
        """Return what a lane holds: the sheet's word, else what the picture looks like."""
        sample = self.samples.get(lane.number)
        return sample.role if sample is not None else str(lane.role)

    def target_of(self, band: Band) -> str:
        """Return the target of a band's row; empty if nobody named it."""
        return self.targets.get((band.panel, band.row), "")


def pictures_of_study(run: StudyRun) -> tuple[Picture, ...]:
    """Return the pictures of a study's run, in its order."""
    lanes: dict[str, dict[int, LaneSample]] = {}
    for sample in run.study.samples:
        lanes.setdefault(sample.membrane, {})[sample.lane] = sample
    return tuple(
        Picture(
            measurement=item.measurement,
            membrane=item.spec.membrane,
            targets=item.targets,
            findings=item.findings,
            samples=lanes.get(item.spec.membrane, {}),
        )
        for item in run.images
    )


def pictures_of_measurements(items: Iterable[Measurement | Picture]) -> tuple[Picture, ...]:
    """Return pictures of measurements made without a study; pictures pass as they are."""
    return tuple(
        item
        if isinstance(item, Picture)
        else Picture(measurement=item, findings=(*item.blot.findings, *item.findings))
        for item in items
    )
