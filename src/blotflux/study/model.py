"""What a study is, and what running it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blotflux.analysis.linear_range import LinearRange
    from blotflux.analysis.records import AnalysisPlan, AnalysisResult, LaneSample, TargetVolume
    from blotflux.findings import Finding
    from blotflux.measure.result import Measurement
    from blotflux.parameters import Parameters
    from blotflux.study.schema import ImageSpec

__all__ = ["Failure", "MeasuredImage", "Study", "StudyRun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study, read and free of mistakes.

    Attributes
    ----------
    path : Path
        The study file.
    title : str
    sheet_name, volumes_name : str
        The files as the study names them; `volumes_name` is empty where pictures are measured.
    images : tuple of ImageSpec
        In the order of the file; empty where volumes come from elsewhere.
    analyses : tuple of AnalysisPlan
    parameters : Parameters
    samples : tuple of LaneSample
        The sheet, sorted by membrane and lane.
    volumes : tuple of TargetVolume
        Volumes from elsewhere; empty where pictures are measured.
    ranges_name : str
        The file of linear ranges as the study names it; empty where it names none.
    ranges : tuple of LinearRange
        What that file holds, saved by ``blotflux linear-range``.
    sheet_columns : tuple of str
        The columns that the sheet has, ours and others, in its order.
    findings : tuple of Finding
        What was noticed while reading, without being a mistake.
    sha256 : mapping of file name to hexadecimal digest
        Of the study file, the sheet, the volumes and the linear ranges, as read.
    """

    path: Path
    title: str = ""
    sheet_name: str
    volumes_name: str = ""
    images: tuple[ImageSpec, ...] = ()
    analyses: tuple[AnalysisPlan, ...] = ()
    parameters: Parameters
    samples: tuple[LaneSample, ...] = ()
    volumes: tuple[TargetVolume, ...] = ()
    ranges_name: str = ""
    ranges: tuple[LinearRange, ...] = ()
    sheet_columns: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def directory(self) -> Path:
        """The folder that file names in the study start from."""
        return self.path.parent

    @property
    def membranes(self) -> tuple[str, ...]:
        """The membranes of the sheet, in its order of first appearance."""
        return tuple(dict.fromkeys(sample.membrane for sample in self.samples))

    def lanes_of(self, membrane: str) -> tuple[LaneSample, ...]:
        """Return the sheet's lines of one membrane, by lane."""
        return tuple(sample for sample in self.samples if sample.membrane == membrane)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredImage:
    """One picture of a study, measured and named.

    Attributes
    ----------
    spec : ImageSpec
    measurement : Measurement
        Lanes are numbered by the membrane's slots; panels are unique within the file, channel and
        page.
    targets : mapping of (panel, row) to str
        The target of each row that has one: the part's name where a target has parts.
    analyzed : frozenset of str
        The targets (sums and parts) whose volumes the analyses take from this picture.
    findings : tuple of Finding
        The reader's, the measurement's and the assignment's, each naming picture and membrane.
    corrections : str
        The file that corrections were taken from; empty if none.
    seconds : float
        Time that measuring took.
    """

    spec: ImageSpec
    measurement: Measurement
    targets: Mapping[tuple[int, int], str] = field(default_factory=dict)
    analyzed: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    corrections: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A picture that could not be read or measured, and why."""

    spec: ImageSpec
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRun:
    """Everything that running a study gave.

    Attributes
    ----------
    study : Study
    images : tuple of MeasuredImage
        In the order of the study file, without those that failed.
    volumes : tuple of TargetVolume
        What the analyses took, of all membranes; those that failed are not there.
    results : tuple of AnalysisResult
    findings : tuple of Finding
        All of the run's: study, pictures, choice of exposures, analyses; in this order.
    failures : tuple of Failure
        Pictures that could not be read or measured.
    left_out : tuple of str
        Membranes that are in no analysis because one of their pictures failed.
    provenance : mapping
        What ``run.json`` holds, without the timings.
    timings : mapping of str to float
        Seconds.
    """

    study: Study
    images: tuple[MeasuredImage, ...] = ()
    volumes: tuple[TargetVolume, ...] = ()
    results: tuple[AnalysisResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    failures: tuple[Failure, ...] = ()
    left_out: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every picture was read and measured."""
        return not self.failures
