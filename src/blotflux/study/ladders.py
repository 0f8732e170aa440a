"""Weights on the bands of a picture, from its own ladders or those of another picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.blot.model import LaneRole
from blotflux.errors import ImageReadError, Mistake, StudyError
from blotflux.findings import Finding, Severity
from blotflux.measure.ladders.match import rank_presets
from blotflux.measure.ladders.presets import find_preset, read_presets
from blotflux.measure.ladders.registration import Registration, register
from blotflux.measure.ladders.weights import calibrate_measurement, read_ladders
from blotflux.measure.result import LaneHints
from blotflux.study.assign import expected_weights
from blotflux.study.pictures import read_picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from blotflux.blot.model import Band, Lane
    from blotflux.measure.ladders.weights import LadderReading
    from blotflux.measure.result import Measurement
    from blotflux.study.measuring import Job
    from blotflux.study.model import MeasuredImage

__all__ = ["suggest_ladder", "weigh"]

UNMOVED_ERROR = 0.01
"""Error, as a share of the height, of pictures that are taken as unmoved (project default)."""

FEWEST_TO_SUGGEST = 5
"""Bands of a lane from which on products can be told apart (project default)."""

MOST_SUGGESTED = 4
"""Products named at most: makers sell one set of weights under several names."""

LESS_LIKELY = 3.0
"""Natural log of how much less likely than the best a product is that is still named."""


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
        return calibrate_measurement(
            measurement, spec.ladder, spec.gel, expected=expected_weights(spec.targets)
        )
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


# ---------------------------------------------------------------- ladders that nobody named


def suggest_ladder(images: Iterable[MeasuredImage]) -> Iterator[Finding]:
    """Yield which products the clearest ladder looks like, of the pictures that name none.

    One lane of the study is enough, and no weight follows from it: a person names the product.
    """
    lanes = [
        (image, lane, bands)
        for image in images
        if image.spec.ladder is None
        for lane in image.measurement.lanes
        if lane.role is LaneRole.LADDER
        and len(bands := _bands_of(image.measurement, lane)) >= FEWEST_TO_SUGGEST
    ]
    if not lanes:
        return
    image, lane, bands = max(lanes, key=lambda entry: len(entry[2]))
    names = _likely_products(bands)
    if names:
        source = image.measurement.blot.source
        yield Finding(
            severity=Severity.INFO,
            code="LADDER_UNNAMED",
            image=image.spec.file,
            channel=source.channel,
            page=source.page,
            membrane=image.spec.membrane,
            panel=lane.panel,
            lane=lane.number,
            message=f"Lane {lane.number} is a ladder and the study does not say which, so there "
            f"are no weights; by its bands it could be {' or '.join(names)}; if you know that it "
            "is, write ladder = the product's name.",
        )


def _bands_of(measurement: Measurement, lane: Lane) -> list[Band]:
    return [
        band
        for band in measurement.bands
        if (band.panel, band.lane) == (lane.panel, lane.number) and band.detected
    ]


def _likely_products(bands: list[Band]) -> list[str]:
    """Return the products that the bands fit, the most likely first."""
    heights = [band.volume / max(band.sigma_y_px, 1.0) for band in bands]
    ranked = rank_presets([band.y_px for band in bands], heights, read_presets())
    near = [match for match in ranked if match.evidence >= ranked[0].evidence - LESS_LIKELY]
    return [f"'{match.preset.name}'" for match in near[:MOST_SUGGESTED]]
