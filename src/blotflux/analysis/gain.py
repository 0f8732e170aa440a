"""Whether a loading control takes noise away or adds its own (cv_gain)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from blotflux.analysis.blocks import build_blocks, collapse_technical
from blotflux.analysis.normalization import cv_gain
from blotflux.analysis.numbers import three_digits
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.analysis.conditions import Condition, LaneKey
    from blotflux.analysis.normalization import LaneValue
    from blotflux.analysis.scaling import Scale

__all__ = ["gain_findings"]

GAIN_WARN = 1.2
"""cv_gain above which the loading control is said to add noise (project default)."""


def gain_findings(
    analysis: str,
    used: Sequence[LaneValue],
    conditions: Mapping[LaneKey, Condition],
    replicates: Mapping[LaneKey, str],
    scales: Mapping[str, Scale] | None = None,
    *,
    target: str = "",
) -> list[Finding]:
    """Return how much noise the loading control adds or takes away.

    From the residual spread of raw and of normalized volumes once condition and replicate are
    removed; nothing where there are no degrees of freedom.

    Parameters
    ----------
    used : sequence of LaneValue
        Lanes in inference, over the loading control.
    conditions, replicates : mapping of LaneKey
    scales : mapping of membrane to Scale, optional
    target : str
        What is normalized, where an analysis normalizes several.
    """
    spreads = []
    for values in ([lane.raw() for lane in used], used):
        technical = collapse_technical(values, conditions, replicates)
        fit = build_blocks(technical, scales).fit() if technical else None
        spreads.append(fit.s if fit is not None and fit.df > 0 else math.nan)
    gain = cv_gain(*spreads)
    if not math.isfinite(gain):
        return []
    noisy = gain > GAIN_WARN
    words = "adds more noise than it removes" if noisy else "does not add noise beyond the limit"
    return [
        Finding(
            severity=Severity.WARN if noisy else Severity.INFO,
            code="CV_GAIN",
            message=f"The loading control {words}: CV of normalized over CV of raw volumes is "
            f"{three_digits(gain)} (limit {GAIN_WARN:g}, project default).",
            analysis=analysis,
            target=target,
            value=gain,
            threshold=GAIN_WARN,
        )
    ]
