"""Two-color blots: each channel's share of the other's signal, and its removal (D-XTALK)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.errors import NormalizationError
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Unmixed", "unmix"]

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


def crosstalk(matrix: NDArray[np.float64]) -> tuple[Finding, ...]:
    """Return a WARN for each channel that holds more than 2 % of another's color."""
    return tuple(
        Finding(
            severity=Severity.WARN,
            code="D-XTALK",
            message=(
                f"{100 * matrix[i, j]:.3g} % of the color of channel {j} shows in channel {i} "
                f"(limit {100 * MOST_BLEED:g} %, project default)."
            ),
            channel=i,
            value=float(matrix[i, j]),
            threshold=MOST_BLEED,
        )
        for i in range(len(matrix))
        for j in range(len(matrix))
        if i != j and abs(matrix[i, j]) > MOST_BLEED
    )
