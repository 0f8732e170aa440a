"""Which row of bands is which target: by weight where a ladder tells it, else by order."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot.model import LaneRole
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag
from blotflux.study.schema import NOBODY
from blotflux.study.spelling import quoted
from blotflux.targets import find_target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.measure.result import Measurement
    from blotflux.study.schema import TargetSpec

__all__ = ["Assignment", "FoundRow", "RowKey", "assign_targets", "expected_weights", "find_rows"]

RowKey = tuple[int, int]

# A row is taken for a target by weight if it is no further from it than the rule D-MW allows
# (project default).
MOST_DEVIATION = 0.25
# Of two rows that fit equally well, the stronger is the target; worth 2 % of weight at most.
STRENGTH_BONUS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """A row of bands in the sample lanes of one picture.

    Attributes
    ----------
    key : (panel, row)
    strength : float
        Sum of the positive volumes of its detected bands.
    kda : float or None
        Median weight of its bands; None without a ladder.
    """

    key: RowKey
    strength: float
    kda: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Names of rows, and what was doubtful about them.

    Attributes
    ----------
    targets : mapping of (panel, row) to str
        Rows that nobody wants are not in it.
    flag : Flag or None
        Carried by every volume of the picture.
    unnamed : tuple of str
        Rows that are named in the study and could not be told in the picture.
    by_hand : bool
        Whether a person gave the names.
    """

    targets: Mapping[RowKey, str] = field(default_factory=dict)
    flag: Flag | None = None
    unnamed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    by_hand: bool = False


def find_rows(measurement: Measurement) -> tuple[FoundRow, ...]:
    """Return the rows that sample lanes share, from the top, panel by panel."""
    ladders = {
        (lane.panel, lane.number) for lane in measurement.lanes if lane.role is LaneRole.LADDER
    }
    strength: dict[RowKey, float] = {}
    weights: dict[RowKey, list[float]] = {}
    for band in measurement.bands:
        if (band.panel, band.lane) in ladders:
            continue
        key = (band.panel, band.row)
        counts = band.detected and math.isfinite(band.volume)
        strength[key] = strength.get(key, 0.0) + (max(band.volume, 0.0) if counts else 0.0)
        if band.molecular_weight_kda is not None:
            weights.setdefault(key, []).append(band.molecular_weight_kda)
    return tuple(
        FoundRow(
            key=key,
            strength=strength[key],
            kda=float(np.median(weights[key])) if key in weights else None,
        )
        for key in sorted(strength)
    )


def assign_targets(measurement: Measurement, targets: Sequence[TargetSpec]) -> Assignment:
    """Return the target of each row that has one.

    With a ladder, and a weight for every name, rows go to names by weight, in order. Else, if as
    many rows were found as named, by order; if more, the strongest, in order, which is a
    `TARGET_BY_STRENGTH`; if fewer, no row is named: `TARGET_AMBIGUOUS` until a person does it.
    """
    rows = find_rows(measurement)
    names = tuple(row for target in targets for row in target.rows)
    by_weight = _by_weight(rows, targets)
    if by_weight is not None:
        return by_weight
    if len(rows) == len(names):
        return Assignment(targets=_in_order(rows, names))
    wanted = tuple(name for name in names if name != NOBODY)
    if len(rows) < len(names):
        return _too_few(rows, names, wanted)
    return _strongest(rows, names)


def _in_order(rows: Sequence[FoundRow], names: Sequence[str]) -> dict[RowKey, str]:
    return {row.key: name for row, name in zip(rows, names, strict=True) if name != NOBODY}


def _strongest(rows: Sequence[FoundRow], names: Sequence[str]) -> Assignment:
    """Return the rows that explain the most signal, in order."""
    ranked = sorted(rows, key=lambda row: (-row.strength, row.key))[: len(names)]
    taken = sorted(ranked, key=lambda row: row.key)
    total = sum(row.strength for row in rows)
    share = sum(row.strength for row in taken) / total if total > 0 else 0.0
    finding = Finding(
        severity=Severity.WARN,
        code=Flag.TARGET_BY_STRENGTH,
        value=share,
        message=f"{len(rows)} rows of bands were found and {len(names)} named ({quoted(names)}): "
        f"taken are rows {', '.join(str(row.key[1]) for row in taken)} with {share:.0%} of the "
        'signal, in order; look at the overlay, or name every row ("-" for one nobody wants).',
    )
    return Assignment(
        targets=_in_order(taken, names), flag=Flag.TARGET_BY_STRENGTH, findings=(finding,)
    )


def _too_few(rows: Sequence[FoundRow], names: Sequence[str], wanted: tuple[str, ...]) -> Assignment:
    several = len(names) > 1
    advice = (
        "name the rows that are there, or correct them by hand (blotflux edit)"
        if several
        else "if it is there, draw it by hand (blotflux edit)"
    )
    finding = Finding(
        severity=Severity.FAIL,
        code=Flag.TARGET_AMBIGUOUS if several else "TARGET_NOT_FOUND",
        target=wanted[0] if len(wanted) == 1 else "",
        value=float(len(rows)),
        threshold=float(len(names)),
        message=f"{len(rows)} rows of bands were found, {len(names)} are named "
        f"({quoted(names)}): none is measured until a person says which is which; {advice}.",
    )
    flag = Flag.TARGET_AMBIGUOUS if several else Flag.NOT_MEASURED
    return Assignment(flag=flag, unnamed=wanted, findings=(finding,))


# ---------------------------------------------------------------- by weight


def _by_weight(rows: Sequence[FoundRow], targets: Sequence[TargetSpec]) -> Assignment | None:
    """Return names by weight, or None where weights do not tell them.

    The names are in order from the top and so are the rows: of all ways to pick a row for each
    name without crossing, the one with the smallest sum of deviations.
    """
    names = [name for target in targets for name in target.rows if name != NOBODY]
    expected = expected_weights(targets)
    weighed = [row for row in rows if row.kda is not None]
    if not names or not weighed or not all(expected):
        return None
    total = sum(row.strength for row in weighed) or 1.0
    cost = np.array(
        [
            [_deviation(row, weights) - STRENGTH_BONUS * row.strength / total for row in weighed]
            for weights in expected
        ]
    )
    picked = _pick_in_order(cost) if len(weighed) >= len(names) else None
    if picked is not None:
        return Assignment(
            targets={weighed[at].key: name for name, at in zip(names, picked, strict=True)}
        )
    return _by_weight_in_part(weighed, names, np.isfinite(cost))


def _by_weight_in_part(
    rows: Sequence[FoundRow], names: Sequence[str], possible: np.ndarray
) -> Assignment | None:
    """Return the names that have a row, where each row can be one target only.

    A lone LC3 band could be either of two, and stays without a name.
    """
    if len(rows) >= len(names) or np.any(possible.sum(axis=0) > 1) or not possible.any():
        return None
    if np.any(possible.sum(axis=1) > 1):
        return None
    targets = {rows[j].key: names[i] for i, j in zip(*np.nonzero(possible), strict=True)}
    absent = tuple(name for name in names if name not in targets.values())
    finding = Finding(
        severity=Severity.FAIL,
        code="TARGET_NOT_FOUND",
        target=absent[0] if len(absent) == 1 else "",
        message=f"No row of bands lies at the weight of {quoted(absent)}; look at the overlay, "
        "and draw the row by hand if it is there (blotflux edit).",
    )
    return Assignment(targets=targets, flag=Flag.NOT_MEASURED, unnamed=absent, findings=(finding,))


def expected_weights(targets: Sequence[TargetSpec]) -> list[tuple[float, ...]]:
    """Return the apparent weights of all rows that are wanted, from the top; empty if unknown."""
    return [
        _expected(name, target.kda) for target in targets for name in target.rows if name != NOBODY
    ]


def _expected(name: str, kda: float | None) -> tuple[float, ...]:
    """Return the apparent weights of a name; empty if nobody knows them."""
    if kda is not None:
        return (kda,)
    target = find_target(name)
    return () if target is None else target.apparent_kda


def _deviation(row: FoundRow, weights: tuple[float, ...]) -> float:
    """Return |observed / expected - 1|, infinite where it is too far to be the target."""
    kda = row.kda if row.kda is not None else math.nan
    nearest = min(max(kda, min(weights)), max(weights))
    deviation = abs(kda / nearest - 1.0)
    return deviation if deviation <= MOST_DEVIATION else math.inf


def _pick_in_order(cost: np.ndarray) -> list[int] | None:
    """Return a rising choice of columns, one per row of `cost`, with the least sum."""
    names, rows = cost.shape
    best = np.full((names + 1, rows + 1), np.inf)
    best[0] = 0.0
    for i in range(1, names + 1):
        for j in range(i, rows + 1):
            best[i, j] = min(best[i, j - 1], best[i - 1, j - 1] + cost[i - 1, j - 1])
    if not np.isfinite(best[names, rows]):
        return None
    picked = []
    i, j = names, rows
    while i > 0:
        if best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            picked.append(j - 1)
            i, j = i - 1, j - 1
    return picked[::-1]
