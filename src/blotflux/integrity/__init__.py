"""Screening of pictures for what cannot be where it is: repeated noise, seams, copied regions.

What was seen and where, never why; every finding comes with the boxes that show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.integrity.copies import Copy, find_copies, with_copies
from blotflux.integrity.evidence import Evidence, with_evidence
from blotflux.integrity.repeats import find_repeated_lanes
from blotflux.integrity.seams import find_seams

if TYPE_CHECKING:
    from blotflux.measure.result import Measurement

__all__ = [
    "Copy",
    "Evidence",
    "find_copies",
    "find_repeated_lanes",
    "find_seams",
    "screen",
    "with_copies",
]


def screen(measurement: Measurement) -> Measurement:
    """Return a measurement with the findings of repeated lanes and of seams, and their places."""
    blot = measurement.blot
    evidence = (*find_repeated_lanes(blot, measurement.lanes), *find_seams(blot, measurement.lanes))
    return with_evidence(measurement, evidence)
