"""QC findings: one row of ``qc.csv`` each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Severity"]


class Severity(StrEnum):
    """How bad a finding is; FAIL removes a lane from inference, never from view."""

    INFO = "info"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One QC finding. Field names are the columns of ``qc.csv``.

    Attributes
    ----------
    severity : Severity
    code : str
        Rule, as ``D-SAT`` or ``EXPOSURE_CHOSEN``.
    message : str
        One line; names the value, the threshold, and "project default" where the threshold is one.
    analysis, image, membrane, target : str
        Empty where the finding is not about one.
    channel, page, panel, lane : int or None
    value, threshold : float or None
    used_in_label : bool
        Whether the finding took part in choosing a label.
    """

    severity: Severity
    code: str
    message: str
    analysis: str = ""
    image: str = ""
    channel: int | None = None
    page: int | None = None
    panel: int | None = None
    membrane: str = ""
    lane: int | None = None
    target: str = ""
    value: float | None = None
    threshold: float | None = None
    used_in_label: bool = False
