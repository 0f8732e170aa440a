"""Corrections by hand, measured: one path for every command and for the window.

Only what a person touched is measured again; everything else is the automatic result, to the bit.
"""

from __future__ import annotations

from blotflux.measure.correcting.corrector import Corrected, Corrector, measure_corrected
from blotflux.measure.correcting.plan import (
    Base,
    BaseRow,
    Plan,
    PlannedBand,
    PlannedLane,
    PlannedRow,
)
from blotflux.measure.correcting.start import start_plan

__all__ = [
    "Base",
    "BaseRow",
    "Corrected",
    "Corrector",
    "Plan",
    "PlannedBand",
    "PlannedLane",
    "PlannedRow",
    "measure_corrected",
    "start_plan",
]
