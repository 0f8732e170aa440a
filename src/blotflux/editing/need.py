"""How much a picture needs a person's look, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.findings import Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from blotflux.editing.session import EditSession

__all__ = ["need_of"]

WEIGHTS = {Severity.FAIL: 10.0, Severity.WARN: 2.0, Severity.INFO: 0.0}


def need_of(session: EditSession) -> tuple[float, tuple[str, ...]]:
    """Return how much a picture needs a look, more is more, and the reasons, the worst first.

    A contradiction with the study weighs 50, a failed rule 10, a warning 2; a lane weighs its
    doubt (1 less its confidence), ten times that where it is below one half; a band without value
    because of saturation or overlap weighs nothing: no look mends it.
    """
    reasons: list[tuple[float, str]] = []
    if session.notice:
        reasons.append((50.0, session.notice))
    named = session.assignment.findings if session.assignment is not None else ()
    for finding in (*session.blot.findings, *session.measurement.findings, *named):
        if weight := WEIGHTS[finding.severity]:
            reasons.append((weight, finding.message))
    for lane in session.measurement.lanes:
        doubt = 1.0 - lane.confidence
        low = Flag.LOW_CONFIDENCE in lane.flags
        if doubt > 0:
            words = f"lane {lane.number} is certain to {lane.confidence:.0%}"
            reasons.append((10.0 * doubt if low else doubt, f"{words}: {lane.reason}"))
    if not session.measurement.bands:
        reasons.append((50.0, "no band was found"))
    reasons.sort(key=lambda pair: -pair[0])
    told = tuple(text for weight, text in reasons if weight >= 1.0)
    return sum(weight for weight, _ in reasons), told
