"""The label of a fold change: what may be said of it, first hit wins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from blotflux.analysis.statistics import State

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LEAST_REPLICATES", "Evidence", "FoldLabel", "fold_change_label"]

LEAST_REPLICATES = 3
"""Biological replicates that a label and a p value need (project default)."""


class FoldLabel(StrEnum):
    """The conclusion on one fold change; spelled as in ``comparisons.csv``."""

    INCREASED = "INCREASED"
    DECREASED = "DECREASED"
    NO_CHANGE = "NO_CHANGE"
    INCONCLUSIVE_PRECISION = "INCONCLUSIVE_PRECISION"
    INCONCLUSIVE_SIGNAL = "INCONCLUSIVE_SIGNAL"
    INCONCLUSIVE_DESIGN = "INCONCLUSIVE_DESIGN"
    DESCRIPTIVE_ONLY = "DESCRIPTIVE_ONLY"
    PROVISIONAL_N2 = "PROVISIONAL_N2"


LABEL_OF_STATE: Mapping[State, FoldLabel] = {
    State.UP: FoldLabel.INCREASED,
    State.DOWN: FoldLabel.DECREASED,
    State.EQ: FoldLabel.NO_CHANGE,
    State.UNK: FoldLabel.INCONCLUSIVE_PRECISION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a label rests on.

    Attributes
    ----------
    linked : bool
        Treated and control lanes exist, and replicates or shared membranes link them.
    n_planned : int
        Biological replicates with lanes of both, saturated and undetected ones included.
    n : int
        Those with a value in both.
    bounded : bool
        One side is not quantifiable in half of its replicates or more.
    state : State
    """

    linked: bool
    n_planned: int
    n: int
    bounded: bool
    state: State


def fold_change_label(evidence: Evidence) -> FoldLabel:
    """Return the label of ``phospho_over_total`` and ``target_over_loading``."""
    if not evidence.linked or evidence.n_planned == 0:
        return FoldLabel.INCONCLUSIVE_DESIGN
    if evidence.n_planned == 1:
        return FoldLabel.DESCRIPTIVE_ONLY
    if evidence.n_planned < LEAST_REPLICATES:
        return FoldLabel.PROVISIONAL_N2
    if evidence.bounded or evidence.n < LEAST_REPLICATES:
        return FoldLabel.INCONCLUSIVE_SIGNAL
    return LABEL_OF_STATE[evidence.state]
