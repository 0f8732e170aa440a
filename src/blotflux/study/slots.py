"""Slots of a membrane: which a picture should show, and whether it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot.model import LaneRole
from blotflux.errors import LaneError
from blotflux.findings import Finding, Severity
from blotflux.measure.result import LaneHints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blotflux.analysis.records import LaneSample
    from blotflux.blot.model import Lane
    from blotflux.measure.result import Measurement
    from blotflux.study.model import Study
    from blotflux.study.schema import ImageSpec

__all__ = [
    "ADVICE",
    "hints_for",
    "renumber_panels",
    "require_slots",
    "roles_from_sheet",
    "slot_findings",
]

# A ladder is often dark in chemiluminescence, and a blank shows nothing.
OPTIONAL_ROLES = frozenset({"ladder", "blank"})


ADVICE = (
    "mend the number, say which lanes the picture shows, or correct the lanes by hand "
    "(blotflux edit)"
)


def hints_for(spec: ImageSpec, samples: Sequence[LaneSample]) -> LaneHints:
    """Return what the study knows of a picture's lanes before anyone looks.

    Parameters
    ----------
    spec : ImageSpec
    samples : sequence of LaneSample
        The sheet's lines of the picture's membrane.
    """
    highest = max(sample.lane for sample in samples)
    named = {sample.lane for sample in samples}
    slots = spec.slots(highest)
    dark = {sample.lane for sample in samples if sample.role in OPTIONAL_ROLES}
    # Nobody says what is in a slot that the sheet skips, and little is left after stripping.
    unnamed = set(slots) if spec.strip_control_of else set(slots) - named
    return LaneHints(
        slots=slots,
        optional=frozenset(slots) & frozenset(dark | unnamed),
        rows=None if spec.is_total_protein else len(spec.rows),
        panels_share_lanes=True,
        whole_lane=spec.is_total_protein,
        ladders=frozenset(sample.lane for sample in samples if sample.role == "ladder"),
    )


def require_slots(measurement: Measurement, hints: LaneHints, *, expected: str) -> None:
    """Check that each panel shows the slots that it should.

    Parameters
    ----------
    measurement : Measurement
    hints : LaneHints
    expected : str
        Who says how many there are, as ``membrane 'rep1' has``.

    Raises
    ------
    LaneError
        With the picture, both counts and the x of the first lane in doubt, pixels of the file.
    """
    needed = set(hints.slots) - hints.optional
    for panel in sorted({lane.panel for lane in measurement.lanes}):
        lanes = [lane for lane in measurement.lanes if lane.panel == panel]
        found = {lane.number for lane in lanes}
        missing = sorted(needed - found)
        if missing or found - set(hints.slots):
            doubtful = missing[0] if missing else min(found - set(hints.slots))
            x_px = _where(measurement, lanes, doubtful)
            message = (
                f"{measurement.blot.source.name}: shows {len(found)} lanes, {expected} "
                f"{len(hints.slots)} to show; lane {doubtful} is in doubt near x = {x_px:.0f} px; "
                f"{ADVICE}"
            )
            raise LaneError(message)


def _where(measurement: Measurement, lanes: Sequence[Lane], number: int) -> float:
    """Return the x at which a slot should be, in pixels of the file."""
    rows = measurement.blot.signal.shape[0]
    middle = (rows - 1) / 2
    numbers = np.array([lane.number for lane in lanes], dtype=float)
    xs = np.array([float(lane.x_at(middle)) for lane in lanes])
    order = np.argsort(numbers)
    x = float(np.interp(number, numbers[order], xs[order]))
    if numbers.size > 1 and not numbers.min() <= number <= numbers.max():
        pitch, start = np.polyfit(numbers, xs, 1)
        x = float(start + pitch * number)
    return measurement.blot.placement.to_file(x, middle)[0]


def roles_from_sheet(measurement: Measurement, samples: Sequence[LaneSample]) -> Measurement:
    """Return the measurement with the sheet's word on what each lane holds."""
    roles = {sample.lane: LaneRole(sample.role) for sample in samples}
    lanes = tuple(
        replace(lane, role=roles.get(lane.number, lane.role)) for lane in measurement.lanes
    )
    return replace(measurement, lanes=lanes)


def renumber_panels(measurement: Measurement, offset: int) -> Measurement:
    """Return the measurement with its panels counted on from `offset`.

    Two regions of one file are panels of that file: image, channel, page, panel, lane and row are
    together the key of the tables.
    """
    if offset == 0:
        return measurement
    return replace(
        measurement,
        lanes=tuple(replace(lane, panel=lane.panel + offset) for lane in measurement.lanes),
        bands=tuple(replace(band, panel=band.panel + offset) for band in measurement.bands),
        covariances={
            (panel + offset, lane): covariance
            for (panel, lane), covariance in measurement.covariances.items()
        },
        findings=tuple(
            finding if finding.panel is None else replace(finding, panel=finding.panel + offset)
            for finding in measurement.findings
        ),
        named=None
        if measurement.named is None
        else {(panel + offset, row): name for (panel, row), name in measurement.named.items()},
    )


def slot_findings(study: Study) -> Iterator[Finding]:
    """Yield what the report must say of slots: those that nobody named, and excluded lanes."""
    for membrane in study.membranes:
        samples = study.lanes_of(membrane)
        named = {sample.lane for sample in samples}
        skipped = sorted(set(range(1, max(named) + 1)) - named)
        if skipped and study.images:
            listed = ", ".join(str(slot) for slot in skipped)
            yield Finding(
                severity=Severity.INFO,
                code="SLOT_NOT_IN_SHEET",
                membrane=membrane,
                lane=skipped[0] if len(skipped) == 1 else None,
                message=f"The sheet says nothing of slot {listed} of membrane '{membrane}': "
                "measured and left out of the analysis.",
            )
        for sample in samples:
            if sample.exclude:
                yield Finding(
                    severity=Severity.INFO,
                    code="LANE_EXCLUDED",
                    membrane=membrane,
                    lane=sample.lane,
                    message=f"Lane {sample.lane} of membrane '{membrane}' is shown and left out "
                    f"of inference; the sheet's reason: {sample.exclude}.",
                )
