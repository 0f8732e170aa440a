"""Weights on the bands of a picture, from its own ladders or those of another picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.blot.model import LaneRole
from blotflux.errors import ImageReadError, Mistake, StudyError
from blotflux.findings import Finding, Severity
from blotflux.measure.presets import find_preset
from blotflux.measure.result import LaneHints
from blotflux.measure.weights import calibrate_measurement, read_ladders
from blotflux.study.pictures import read_picture

if TYPE_CHECKING:
    from blotflux.measure.result import Measurement
    from blotflux.measure.weights import LadderReading
    from blotflux.study.measuring import Job

__all__ = ["weigh"]


def weigh(measurement: Measurement, job: Job) -> Measurement:
    """Return a picture with weights on its bands, where the study names the ladder's product.

    A `ladder_image` must be of the same size: taken without moving the membrane, as instruments
    take the visible-light picture beside the chemiluminescent one.

    Raises
    ------
    StudyError
        If the ladder's picture cannot be read: without it rows would be named in another way.
    """
    spec = job.spec
    if spec.ladder is None:
        return measurement
    if spec.ladder_image is None:
        return calibrate_measurement(measurement, spec.ladder, spec.gel)
    readings, findings = _read_other(measurement, job)
    weighed = measurement
    if readings:
        weighed = calibrate_measurement(measurement, spec.ladder, spec.gel, readings=readings)
    return replace(weighed, findings=(*weighed.findings, *findings))


def _read_other(
    measurement: Measurement, job: Job
) -> tuple[tuple[LadderReading, ...], tuple[Finding, ...]]:
    """Return the ladders of the other picture, for every panel of this one."""
    spec = job.spec
    picture = _measure_other(job)
    rows, columns = picture.blot.shape
    if picture.blot.shape != measurement.blot.shape:
        return (), (
            _unread(
                f"{spec.ladder_image} ({columns} x {rows} px) has another size than this picture",
                "export both without cropping",
            ),
        )
    told = [lane for lane in picture.lanes if lane.role is LaneRole.LADDER] or picture.lanes
    ladders = {(lane.panel, lane.number) for lane in told}
    lanes = tuple(
        replace(lane, role=LaneRole.LADDER) if (lane.panel, lane.number) in ladders else lane
        for lane in picture.lanes
    )
    preset = find_preset(spec.ladder or "")
    readings, findings = read_ladders(replace(picture, lanes=lanes), preset, spec.gel)
    if not readings:
        why = f"no lane of {spec.ladder_image} could be read as '{preset.name}'"
        return (), (_unread(why, "check the product and the picture"),)
    panels = sorted({lane.panel for lane in measurement.lanes})
    return (
        tuple(replace(reading, panel=panel) for panel in panels for reading in readings),
        tuple(finding for finding in findings if finding.code != "LADDER_NOT_READ"),
    )


def _measure_other(job: Job) -> Measurement:
    spec = job.spec
    name = spec.ladder_image or ""
    update = {"file": name, "channel": None, "page": None, "polarity": "auto"}
    try:
        blot = read_picture(job.directory, spec.model_copy(update=update))
    except ImageReadError as error:
        message = " ".join(str(error).split()).removeprefix(f"{name}: ")
        raise StudyError([Mistake(where=name, message=message)]) from None
    return job.quantifier(blot, job.parameters, hints=LaneHints())


def _unread(why: str, advice: str) -> Finding:
    return Finding(
        severity=Severity.WARN,
        code="LADDER_NOT_READ",
        message=f"The ladder gives no weights: {why}; rows are named by their order; {advice}.",
    )
