"""Applies corrections made by hand to a picture that is about to be measured, or was."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blotflux.blot.model import Lane, LaneRole
from blotflux.errors import Mistake, StudyError
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag
from blotflux.measure.correcting import measure_corrected
from blotflux.measure.sensitivity import with_alternatives
from blotflux.output import sha256_of
from blotflux.study.assign import Assignment, find_rows
from blotflux.study.corrections import find_corrections, read_corrections
from blotflux.study.schema import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from blotflux.blot.model import Blot
    from blotflux.measure.result import LaneHints, Measurement
    from blotflux.parameters import Parameters
    from blotflux.study.corrections import LaneCorrection, PlaneCorrections, RowCorrection
    from blotflux.study.model import Study
    from blotflux.study.schema import ImageSpec

__all__ = [
    "CorrectedPlane",
    "corrected_assignment",
    "corrected_lanes",
    "load_plane",
    "load_planes_of",
    "measure_plane",
    "nearest_row",
    "oriented",
    "with_exclusions",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedPlane:
    """What a person set for one picture, and the name of the file that holds it."""

    name: str
    plane: PlaneCorrections


def load_plane(
    directory: Path,
    file: str,
    *,
    channel: int | None,
    page: int | None,
    region: tuple[int, int, int, int] | None = None,
    study_folder: Path | None = None,
) -> CorrectedPlane | None:
    """Return the corrections of one channel, page and region of an image, or None.

    Raises
    ------
    StudyError
        If there are some that cannot be taken (see `read_corrections`), or of other regions only.
    """
    planes = load_planes_of(directory, file, channel=channel, page=page, study_folder=study_folder)
    if not planes:
        return None
    own = next((one for one in planes if one.plane.region == region), None)
    # Before there were regions, positions were those of the whole file.
    whole = next(
        (one for one in planes if one.plane.region is None and one.plane.plan is None), None
    )
    if own is None and whole is None:
        regions = "; ".join(
            "the whole picture" if one.plane.region is None else str(list(one.plane.region))
            for one in planes
        )
        message = (
            f"corrects {regions}, and the study takes "
            f"{'the whole picture' if region is None else list(region)}; give the study that "
            "region, or correct this one too (blotflux edit)"
        )
        raise StudyError([Mistake(where=planes[0].name, message=message)])
    return own or whole


def load_planes_of(
    directory: Path,
    file: str,
    *,
    channel: int | None,
    page: int | None,
    study_folder: Path | None = None,
) -> tuple[CorrectedPlane, ...]:
    """Return the corrections of all regions of one channel and page of an image.

    Raises
    ------
    StudyError
        If there are some that cannot be taken; see `read_corrections`.
    """
    found = find_corrections(directory, file, study_folder=study_folder)
    image = directory / file
    if found is None or not image.is_file():
        return ()
    path, name = found
    corrections = read_corrections(path, name, sha256=sha256_of(image))
    planes = corrections.planes_of(channel or 0, page or 0)
    return tuple(CorrectedPlane(name=name, plane=plane) for plane in planes)


def oriented(spec: ImageSpec, corrected: CorrectedPlane) -> ImageSpec:
    """Return an entry with the polarity and orientation that were set by hand.

    Raises
    ------
    StudyError
        If the study sets another one.
    """
    plane = corrected.plane
    update: dict[str, object] = {}
    for key, own, unset in (
        ("polarity", plane.polarity, "auto"),
        ("turn", plane.turn, 0),
        ("flip", plane.flip or None, None),
    ):
        said = getattr(spec, key)
        if own in (unset, said):
            continue
        if said != unset:
            message = f"{key} is '{own}' here and '{said}' in the study; take one of them out"
            raise StudyError([Mistake(where=corrected.name, message=message)])
        update[key] = own
    return spec.model_copy(update=update) if update else spec


def corrected_lanes(
    plane: PlaneCorrections, blot: Blot, hints: LaneHints | None = None
) -> tuple[Lane, ...] | None:
    """Return the lanes that a person left, in the blot's pixels; None if they are to be found.

    Of a region only the lanes in it; what holds a ladder is the sheet's to say where there is one.
    """
    if plane.lanes is None:
        return None
    lanes = [_lane_of(lane, blot, hints) for lane in plane.lanes if _is_shown(lane, blot)]
    panels = {panel: at for at, panel in enumerate(sorted({lane.panel for lane in lanes}), start=1)}
    numbered = [replace(lane, panel=panels[lane.panel]) for lane in lanes]
    return tuple(sorted(numbered, key=lambda lane: (lane.panel, lane.number)))


def measure_plane(
    plane: PlaneCorrections, blot: Blot, parameters: Parameters, hints: LaneHints | None = None
) -> Measurement | None:
    """Return a blot measured as a person left it; None if the corrections hold no plan.

    What holds a ladder is the sheet's to say where there is one. The other background methods are
    beside it, as in an automatic measurement.
    """
    if plane.plan is None:
        return None
    ladders = None if hints is None else hints.ladders
    measured = measure_corrected(blot, parameters, plane.plan, ladders=ladders)
    if plane.plan.base.whole_lane:
        return measured
    used = plane.plan.background or parameters.background
    return with_alternatives(measured, parameters.model_copy(update={"background": used}))


def _is_shown(lane: LaneCorrection, blot: Blot) -> bool:
    """Tell whether the middle of a lane lies in the blot's region of the file."""
    left, top, width, height = blot.placement.region
    middle = len(lane.track_x_px) // 2
    x, y = lane.track_x_px[middle], lane.track_y_px[middle]
    return left - 0.5 <= x < left + width - 0.5 and top - 0.5 <= y < top + height - 0.5


def _lane_of(lane: LaneCorrection, blot: Blot, hints: LaneHints | None) -> Lane:
    knots = sorted(
        (
            blot.placement.from_file(x, y)
            for x, y in zip(lane.track_x_px, lane.track_y_px, strict=True)
        ),
        key=lambda knot: knot[1],
    )
    role = lane.role
    if hints is not None and hints.ladders is not None:
        role = LaneRole.LADDER if lane.number in hints.ladders else LaneRole.SAMPLE
    return Lane(
        number=lane.number,
        panel=lane.panel,
        track_x_px=tuple(x for x, _ in knots),
        track_y_px=tuple(y for _, y in knots),
        width_px=lane.width_px,
        role=role,
        confidence=lane.confidence,
        reason="set by hand" if lane.edited else "left as found by hand",
        edited=lane.edited,
        flags=(str(Flag.LADDER),) if role is LaneRole.LADDER else (),
    )


# ---------------------------------------------------------------- names of rows


def corrected_assignment(
    measurement: Measurement, plane: PlaneCorrections, names: Sequence[str]
) -> Assignment | None:
    """Return the targets that a person gave to rows; None if they named none.

    Parameters
    ----------
    measurement : Measurement
    plane : PlaneCorrections
    names : sequence of str
        The rows that the study names, from the top.
    """
    if plane.plan is not None:
        return _planned_assignment(measurement, names)
    if not plane.rows:
        return None
    targets: dict[tuple[int, int], str] = {}
    findings = []
    for row in plane.rows:
        key = nearest_row(measurement, row)
        if key is None:
            findings.append(_lost(row))
        elif row.target != NOBODY:
            targets[key] = row.target
    absent = tuple(name for name in names if name not in (*targets.values(), NOBODY))
    return Assignment(
        targets=targets,
        flag=Flag.NOT_MEASURED if absent else None,
        unnamed=absent,
        findings=tuple(findings),
        by_hand=True,
    )


def _planned_assignment(measurement: Measurement, names: Sequence[str]) -> Assignment | None:
    """Return the targets of a plan's rows; None if nobody named any."""
    if measurement.named is None:
        return None
    targets = {key: name for key, name in measurement.named.items() if name != NOBODY}
    absent = tuple(name for name in names if name not in (*targets.values(), NOBODY))
    return Assignment(
        targets=targets,
        flag=Flag.NOT_MEASURED if absent else None,
        unnamed=absent,
        by_hand=True,
    )


def nearest_row(measurement: Measurement, row: RowCorrection) -> tuple[int, int] | None:
    """Return the row of which a band lies at the place that was named."""
    x, y = measurement.blot.placement.from_file(row.x_px, row.y_px)
    keys = {found.key for found in find_rows(measurement)}
    near = [
        (math.hypot((band.x_px - x) * 0.1, band.y_px - y), band)
        for band in measurement.bands
        if (band.panel, band.row) in keys and abs(band.y_px - y) <= band.box.bottom - band.box.top
    ]
    if not near:
        return None
    best = min(near, key=lambda pair: pair[0])[1]
    return best.panel, best.row


def _lost(row: RowCorrection) -> Finding:
    return Finding(
        severity=Severity.WARN,
        code="CORRECTION_NOT_APPLIED",
        panel=row.panel,
        target="" if row.target == NOBODY else row.target,
        message=f"The row that was named '{row.target}' by hand at x = {row.x_px:.0f}, y = "
        f"{row.y_px:.0f} px was not found again; name it anew (blotflux edit).",
    )


# ---------------------------------------------------------------- excluded lanes


def with_exclusions(study: Study, planes: Sequence[CorrectedPlane | None]) -> Study:
    """Return the study with the lanes excluded that were so on its pictures.

    Parameters
    ----------
    study : Study
    planes : sequence of CorrectedPlane or None
        One for each picture of the study.
    """
    reasons = dict(_exclusions(study, planes))
    samples = tuple(
        replace(sample, exclude=sample.exclude or reasons.get((sample.membrane, sample.lane), ""))
        for sample in study.samples
    )
    return replace(study, samples=samples) if reasons else study


def _exclusions(
    study: Study, planes: Sequence[CorrectedPlane | None]
) -> Iterator[tuple[tuple[str, int], str]]:
    for spec, corrected in zip(study.images, planes, strict=True):
        if corrected is None:
            continue
        plan = corrected.plane.plan
        for lane in (corrected.plane.lanes or ()) if plan is None else plan.lanes:
            if lane.exclude:
                yield (spec.membrane, lane.number), f"{lane.exclude} ({spec.file})"
