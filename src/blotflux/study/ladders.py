"""Weights on the bands of a picture, from its own ladders or those of another picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.blot.model import LaneRole
from blotflux.errors import ImageReadError, Mistake, StudyError
from blotflux.findings import Finding, Severity
from blotflux.measure.presets import find_preset
from blotflux.measure.registration import Registration, register
from blotflux.measure.result import LaneHints
from blotflux.measure.weights import calibrate_measurement, read_ladders
from blotflux.study.pictures import read_picture

if TYPE_CHECKING:
    from blotflux.measure.result import Measurement
    from blotflux.measure.weights import LadderReading
    from blotflux.study.measuring import Job

__all__ = ["weigh"]

UNMOVED_ERROR = 0.01
"""Error, as a share of the height, of pictures that are taken as unmoved (project default)."""


def weigh(measurement: Measurement, job: Job) -> Measurement:
    """Return a picture with weights on its bands, where the study names the ladder's product.

    A `ladder_image` is laid over the picture by what both show; the error of that is in the
    weights.

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
    registration = _lay_over(measurement, picture)
    if registration is None:
        rows, columns = picture.blot.shape
        return (), (
            _unread(
                f"{spec.ladder_image} ({columns} x {rows} px) has another size than this picture, "
                f"and nothing that both show lays one over the other",
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
        tuple(reading.moved(registration, panel=panel) for panel in panels for reading in readings),
        (
            *(finding for finding in findings if finding.code != "LADDER_NOT_READ"),
            _laid_over(registration, spec.ladder_image or ""),
        ),
    )


def _lay_over(measurement: Measurement, picture: Measurement) -> Registration | None:
    """Return how the ladder's picture lies on this one; None if nobody can tell.

    Pictures of one size that show nothing in common are taken as unmoved, with an error of 1 % of
    their height.
    """
    found = register(measurement.blot, picture.blot)
    if found is not None or picture.blot.shape != measurement.blot.shape:
        return found
    error = UNMOVED_ERROR * measurement.blot.shape[0]
    return Registration(scale=1.0, dx_px=0.0, dy_px=0.0, error_px=error, clarity=0.0)


def _laid_over(registration: Registration, name: str) -> Finding:
    """Return how the ladder's picture was laid over this one."""
    how = (
        f"by what both show: scale {registration.scale:.4g}, shift {registration.dx_px:.1f} and "
        f"{registration.dy_px:.1f} px"
        if registration.clarity > 0
        else "as if the membrane had not moved, because they show nothing in common"
    )
    return Finding(
        severity=Severity.INFO if registration.clarity > 0 else Severity.WARN,
        code="LADDER_REGISTERED",
        value=registration.error_px,
        message=f"{name} was laid over this picture {how}; error {registration.error_px:.2g} px.",
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
