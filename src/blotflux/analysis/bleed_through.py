"""Two-color blots: each channel's share of the other's signal, and its removal (D-XTALK)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.analysis.parts import doublet_pairs
from blotflux.analysis.records import PhosphoPlan
from blotflux.analysis.volumes import VolumeTable
from blotflux.errors import NormalizationError
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from blotflux.analysis.records import AnalysisPlan, TargetVolume

__all__ = ["Unmixed", "unmix", "without_bleed_through"]

MOST_BLEED = 0.02
"""Share of one color in the other's channel above which it is said (project default)."""

MOST_CONDITION = 10.0
"""Condition number above which the colors are not told apart (project default)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unmixed:
    """Signals with the other colors taken out.

    Attributes
    ----------
    signals : ndarray of float64, shape (channels, bands)
    findings : tuple of Finding
        D-XTALK where a channel holds more than 2 % of another's color.
    """

    signals: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()


def unmix(bleed: ArrayLike, signals: ArrayLike) -> Unmixed:
    """Return signals of several channels with bleed-through removed: q = M**-1 S.

    Parameters
    ----------
    bleed : array_like, shape (channels, channels)
        ``M[i, j]`` is the signal in channel i of a lane that holds color j alone, over that in
        channel j; 1 on the diagonal.
    signals : array_like, shape (channels, bands)

    Raises
    ------
    NormalizationError
        If the channels cannot be told apart (condition number above 10).
    ValueError
        If the matrix is not square, or its diagonal is not 1.
    """
    matrix = np.asarray(bleed, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.all(np.diag(matrix) == 1):
        message = "Bleed-through is a square matrix with 1 on its diagonal."
        raise ValueError(message)
    condition = float(np.linalg.cond(matrix))
    if condition > MOST_CONDITION:
        message = (
            f"The channels cannot be told apart: condition number {condition:.3g} of the "
            f"bleed-through (limit {MOST_CONDITION:g}, project default). Use other dyes or filters."
        )
        raise NormalizationError(message)
    return Unmixed(
        signals=np.asarray(np.linalg.solve(matrix, np.asarray(signals)), dtype=np.float64),
        findings=crosstalk(matrix),
    )


def crosstalk(matrix: NDArray[np.float64], names: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Return a WARN for each channel that holds more than 2 % of another's color."""
    words = names or [f"channel {number}" for number in range(len(matrix))]
    return tuple(
        Finding(
            severity=Severity.WARN,
            code="D-XTALK",
            message=(
                f"{100 * matrix[i, j]:.3g} % of the color of {words[j]} shows in that of "
                f"{words[i]} (limit {100 * MOST_BLEED:g} %, project default)."
            ),
            channel=i,
            value=float(matrix[i, j]),
            threshold=MOST_BLEED,
        )
        for i in range(len(matrix))
        for j in range(len(matrix))
        if i != j and abs(matrix[i, j]) > MOST_BLEED
    )


def without_bleed_through(
    plans: Sequence[AnalysisPlan], volumes: Sequence[TargetVolume]
) -> tuple[tuple[TargetVolume, ...], tuple[Finding, ...]]:
    """Return volumes with the other color taken out, where a plan says how much of it there is.

    Lanes in which only one of the two was measured stay as they are. Sums of rows and the rows
    themselves are corrected alike, each with its partner.

    Raises
    ------
    NormalizationError
        If the channels cannot be told apart.
    """
    table = VolumeTable(volumes)
    found = {(v.target, v.membrane, v.lane): v for v in volumes}
    findings: list[Finding] = []
    for plan in plans:
        if not isinstance(plan, PhosphoPlan) or plan.bleed_through is None:
            continue
        matrix = np.array([[1.0, plan.bleed_through[0]], [plan.bleed_through[1], 1.0]])
        findings += [
            replace(finding, target=plan.target, channel=None)
            for finding in crosstalk(matrix, (plan.target, plan.total))
        ]
        for target, total in doublet_pairs(plan, table):
            for volume in table.of(target):
                partner = table.find(total, (volume.membrane, volume.lane))
                if partner is not None:
                    for one in separated(matrix, volume, partner):
                        found[one.target, one.membrane, one.lane] = one
    return tuple(found.values()), tuple(findings)


def separated(
    matrix: NDArray[np.float64], target: TargetVolume, total: TargetVolume
) -> tuple[TargetVolume, TargetVolume]:
    """Return two volumes of one lane with each other's color taken out; their errors add up."""
    signals = np.array([[target.volume], [total.volume]])
    volumes = unmix(matrix, signals).signals[:, 0]
    errors = np.sqrt(np.linalg.inv(matrix) ** 2 @ np.square([target.volume_se, total.volume_se]))
    methods = sorted(set(target.alternatives) & set(total.alternatives))
    others = {
        name: unmix(
            matrix, np.array([[target.alternatives[name]], [total.alternatives[name]]])
        ).signals[:, 0]
        for name in methods
    }
    first, second = (
        replace(
            one,
            volume=float(volumes[i]),
            volume_se=float(errors[i]),
            alternatives={name: float(values[i]) for name, values in others.items()},
        )
        for i, one in enumerate((target, total))
    )
    return first, second
