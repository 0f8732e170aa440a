"""One picture without a study: read, corrected, measured, named."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from blotflux.blot.model import LaneRole
from blotflux.blot.read import read, read_planes
from blotflux.measure.lanes.find import find_lanes
from blotflux.measure.noise import estimate_noise
from blotflux.measure.pipeline import quantify
from blotflux.measure.result import LaneHints
from blotflux.measure.sensitivity import with_alternatives
from blotflux.measure.whole_lane import find_stained_lanes, quantify_whole_lanes
from blotflux.parameters import Parameters
from blotflux.study.assign import assign_targets
from blotflux.study.correcting import (
    CorrectedPlane,
    corrected_assignment,
    corrected_lanes,
    load_planes_of,
    measure_plane,
    oriented,
)
from blotflux.study.numbering import number_lanes
from blotflux.study.schema import TOTAL_PROTEIN, ImageSpec, TargetSpec
from blotflux.study.slots import renumber_panels, require_slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from blotflux.blot.model import Blot, Lane
    from blotflux.findings import Finding
    from blotflux.measure.result import Measurement

    Quantifier = Callable[..., Measurement]

__all__ = [
    "QuantifiedImage",
    "QuantifyOptions",
    "Task",
    "quantify_expected",
    "quantify_file",
    "quantify_fully",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantifyOptions:
    """What the user says of all pictures; nothing has to be said.

    Attributes
    ----------
    lanes : int or None
        How many lanes each picture shows.
    targets : tuple of str
        Rows from the top; ``"-"`` for one that nobody wants.
    polarity : str
    channel, page : int or None
        From 0; None: all of them, each by itself.
    parameters : Parameters
    """

    lanes: int | None = None
    targets: tuple[str, ...] = ()
    polarity: Literal["auto", "dark_on_light", "light_on_dark"] = "auto"
    channel: int | None = None
    page: int | None = None
    parameters: Parameters = field(default_factory=Parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantifiedImage:
    """One channel and page of a picture, measured, and named where targets were given."""

    measurement: Measurement
    targets: Mapping[tuple[int, int], str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    corrections: str = ""


def quantify_fully(
    blot: Blot,
    parameters: Parameters,
    *,
    hints: LaneHints | None = None,
    lanes: Sequence[Lane] | None = None,
) -> Measurement:
    """Return a blot measured, and again under the other background methods.

    Lanes get the numbers of the slots that `hints` expects. A stain of all proteins is summed over
    each lane's whole length.

    Raises
    ------
    LaneError
        The lanes found contradict the slots expected.
    """
    measured = quantify_expected(blot, parameters, hints=hints, lanes=lanes)
    if hints is not None and hints.whole_lane:
        return measured
    return with_alternatives(measured, parameters)


def quantify_expected(
    blot: Blot,
    parameters: Parameters,
    *,
    hints: LaneHints | None = None,
    lanes: Sequence[Lane] | None = None,
) -> Measurement:
    """Return a blot measured as `quantify_fully` does, by the background method in use alone."""
    hints = hints or LaneHints()
    seen = None
    if lanes is None and hints.slots:
        lanes, seen = _find_slots(blot, parameters, hints)
    if hints.whole_lane:
        return quantify_whole_lanes(blot, parameters, hints=hints, lanes=lanes)
    if seen is None or not _as_expected(seen, lanes or (), hints):
        seen = quantify(blot, parameters, hints=hints, lanes=lanes)
    return seen


def _as_expected(seen: Measurement, lanes: Sequence[Lane], hints: LaneHints) -> bool:
    """Tell whether a blot looks as expected, as most do: then it need not be measured again."""
    ladders = hints.ladders or frozenset()
    return [lane.number for lane in seen.lanes] == [lane.number for lane in lanes] and all(
        (lane.number in ladders) == (lane.role is LaneRole.LADDER) for lane in seen.lanes
    )


def _find_slots(
    blot: Blot, parameters: Parameters, hints: LaneHints
) -> tuple[tuple[Lane, ...], Measurement]:
    """Return the lanes of a blot with the numbers of their slots, and the blot as it looks.

    How it looks, and not what is expected, must tell whether a lane is a ladder: a picture may be
    mirrored, a sheet wrong.
    """
    find = find_stained_lanes if hints.whole_lane else find_lanes
    found = find(blot, estimate_noise(blot), hints=hints)
    seen = quantify(blot, parameters, hints=LaneHints(rows=hints.rows), lanes=found)
    looks = [lane.role is LaneRole.LADDER for lane in seen.lanes]
    return number_lanes(found, blot, hints, looks_like_ladder=looks), seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to be measured, and how.

    Attributes
    ----------
    path : Path
    name : str
        As the user named it.
    options : QuantifyOptions
    quantifier : callable
        As in `quantify_images`.
    ignore_corrections : bool
    directory : Path
        The folder that a relative `name` starts from.
    """

    path: Path
    name: str
    options: QuantifyOptions
    quantifier: Quantifier
    ignore_corrections: bool
    directory: Path = Path()

    @property
    def hints(self) -> LaneHints:
        """What the options say of the lanes."""
        lanes = self.options.lanes
        return LaneHints(
            slots=tuple(range(1, lanes + 1)) if lanes else (),
            rows=None
            if TOTAL_PROTEIN in self.options.targets
            else len(self.options.targets) or None,
            whole_lane=TOTAL_PROTEIN in self.options.targets,
        )

    @property
    def targets(self) -> tuple[TargetSpec, ...]:
        """What the options say of the rows."""
        return tuple(TargetSpec(name=target) for target in self.options.targets)


def quantify_file(task: Task) -> Iterator[QuantifiedImage]:
    """Yield each channel and page of a file, measured."""
    options = task.options
    blots = read_planes(
        task.path,
        name=task.name,
        channel=options.channel,
        page=options.page,
        polarity=options.polarity,
    )
    for blot in blots:
        planes: tuple[CorrectedPlane, ...] = ()
        if not task.ignore_corrections:
            planes = load_planes_of(
                task.directory, task.name, channel=blot.source.channel, page=blot.source.page
            )
        if any(one.plane.region is not None for one in planes):
            yield from _quantify_regions(task, blot, planes)
        else:
            yield _quantify_plane(task, blot, planes[0] if planes else None)


def _quantify_regions(
    task: Task, blot: Blot, planes: Sequence[CorrectedPlane]
) -> Iterator[QuantifiedImage]:
    """Yield the regions that a person looked at; their panels are counted in reading order."""
    offset = 0
    for one in sorted(planes, key=lambda one: (one.plane.region or (0, 0))[1::-1]):
        image = _quantify_plane(task, blot, one)
        yield replace(
            image,
            measurement=renumber_panels(image.measurement, offset),
            targets={(panel + offset, row): name for (panel, row), name in image.targets.items()},
        )
        offset += max((lane.panel for lane in image.measurement.lanes), default=0)


def _quantify_plane(task: Task, blot: Blot, corrected: CorrectedPlane | None) -> QuantifiedImage:
    """Return one channel and page, measured, and named where somebody gave names."""
    told: dict[str, Any] = {"hints": task.hints}
    by_hand = None
    if corrected is not None:
        blot = _read_again(task, blot, corrected)
        by_hand = measure_plane(corrected.plane, blot, task.options.parameters)
        lanes = corrected_lanes(corrected.plane, blot)
        told |= {} if lanes is None else {"lanes": lanes}
    measurement = by_hand or task.quantifier(blot, task.options.parameters, **told)
    if task.options.lanes and measurement.lanes:
        require_slots(measurement, task.hints, expected="--lanes says")
    assignment = None
    if corrected is not None:
        assignment = corrected_assignment(measurement, corrected.plane, task.options.targets)
    if assignment is None and task.targets:
        assignment = assign_targets(measurement, task.targets)
    return QuantifiedImage(
        measurement=measurement,
        targets=assignment.targets if assignment else {},
        findings=(
            *blot.findings,
            *measurement.findings,
            *(assignment.findings if assignment else ()),
        ),
        corrections=corrected.name if corrected is not None else "",
    )


def _read_again(task: Task, blot: Blot, corrected: CorrectedPlane) -> Blot:
    """Return the blot with the polarity and orientation that were set by hand."""
    spec = ImageSpec(
        file=task.name,
        membrane="-",
        targets=(TargetSpec(name="-"),),
        polarity=task.options.polarity,
        channel=blot.source.channel,
        page=blot.source.page,
    )
    by_hand = oriented(spec, corrected)
    region = corrected.plane.region
    if by_hand == spec and region is None:
        return blot
    return read(
        task.path,
        name=task.name,
        channel=blot.source.channel,
        page=blot.source.page,
        polarity=by_hand.polarity,
        region=region,
        turn=by_hand.turn,
        flip=by_hand.flip,
    )
