"""What was seen, and the boxes that show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.findings import Finding, Severity
from blotflux.measure.result import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Blot, Box
    from blotflux.measure.result import Measurement

__all__ = ["VIEWS", "Evidence", "found", "place_of", "turned", "with_evidence"]

VIEWS = {
    "as it is": (False, False),
    "mirrored": (False, True),
    "upside down": (True, False),
    "turned by 180 degrees": (True, True),
}
"""How a copy may lie: whether its rows and its columns run the other way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A finding and the boxes, in blot pixels, that show it."""

    finding: Finding
    boxes: tuple[Box, ...]


def turned(patch: NDArray[np.float32], view: str) -> NDArray[np.float32]:
    """Return a patch as it is in one of the `VIEWS`."""
    flip_rows, flip_columns = VIEWS[view]
    return np.ascontiguousarray(patch[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1])


def with_evidence(measurement: Measurement, evidence: Sequence[Evidence]) -> Measurement:
    """Return a measurement with findings and, numbered by finding, the marks that show them."""
    first = len({mark.number for mark in measurement.marks}) + 1
    marks = tuple(
        Mark(box=box, code=item.finding.code, number=number)
        for number, item in enumerate(evidence, start=first)
        for box in item.boxes
    )
    findings = tuple(item.finding for item in evidence)
    return replace(
        measurement,
        findings=(*measurement.findings, *findings),
        marks=(*measurement.marks, *marks),
    )


def place_of(blot: Blot, box: Box) -> str:
    """Return where a box lies in the file, as ``x 3 to 9, y 0 to 20``."""
    x0, y0 = blot.placement.to_file(box.left, box.top)
    x1, y1 = blot.placement.to_file(box.right - 1, box.bottom - 1)
    left, right = sorted((round(x0), round(x1)))
    top, bottom = sorted((round(y0), round(y1)))
    return f"x {left} to {right}, y {top} to {bottom}"


def found(
    blot: Blot,
    code: str,
    message: str,
    *,
    value: float,
    threshold: float,
    panel: int | None = None,
    lane: int | None = None,
) -> Finding:
    """Return a warning about a picture."""
    return Finding(
        severity=Severity.WARN,
        code=code,
        message=message,
        image=blot.source.name,
        channel=blot.source.channel,
        page=blot.source.page,
        panel=panel,
        lane=lane,
        value=value,
        threshold=threshold,
    )
