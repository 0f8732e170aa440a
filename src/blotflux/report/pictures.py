"""What the report needs of one measured picture, whether it comes from a study or not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from blotflux.measure.result import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeAlias

    from blotflux.analysis.records import LaneSample
    from blotflux.blot import Band, Lane
    from blotflux.findings import Finding
    from blotflux.study.model import StudyRun
    from blotflux.study.quantify import QuantifiedImage

    Measured: TypeAlias = "Measurement | QuantifiedImage | Picture"

__all__ = ["Measured", "Picture", "pictures_of_quantify", "pictures_of_study"]


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


def pictures_of_quantify(items: Iterable[Measured]) -> tuple[Picture, ...]:
    """Return pictures of what was measured without a study; pictures pass as they are."""
    return tuple(_picture(item) for item in items)


def _picture(item: Measured) -> Picture:
    if isinstance(item, Picture):
        return item
    if isinstance(item, Measurement):
        return Picture(
            measurement=item, findings=_named(item, (*item.blot.findings, *item.findings))
        )
    findings = _named(item.measurement, item.findings)
    return Picture(measurement=item.measurement, targets=item.targets, findings=findings)


def _named(measurement: Measurement, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the picture that they are about."""
    source = measurement.blot.source
    return tuple(
        replace(finding, image=source.name, channel=source.channel, page=source.page)
        for finding in findings
    )
