"""The decision table: from the states of kappa, pi and phi to one label, as data.

Every threshold behind the states is a project default, fixed before the data are seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from blotflux.analysis.flux.model import Quantity
from blotflux.analysis.statistics import State

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TABLE", "Label", "Readings", "Row", "decide", "redirect"]


class Label(StrEnum):
    """The conclusion of one comparison; spelled as in ``comparisons.csv``."""

    # table rows
    INDUCED_WITH_IMPAIRED_CLEARANCE = "INDUCED_WITH_IMPAIRED_CLEARANCE"
    SLOWED_CLEARANCE_FLUX_MAINTAINED = "SLOWED_CLEARANCE_FLUX_MAINTAINED"
    LATE_BLOCK_COMPLETE = "LATE_BLOCK_COMPLETE"
    LATE_BLOCK_PARTIAL = "LATE_BLOCK_PARTIAL"
    CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED = "CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED"
    INDUCED_FLUX = "INDUCED_FLUX"
    FLUX_REDUCED_MIXED = "FLUX_REDUCED_MIXED"
    REDUCED_SYNTHESIS = "REDUCED_SYNTHESIS"
    FLUX_REDUCED_STAGE_UNRESOLVED = "FLUX_REDUCED_STAGE_UNRESOLVED"
    NO_CHANGE = "NO_CHANGE"
    FASTER_CLEARANCE_POOL_SHRUNK = "FASTER_CLEARANCE_POOL_SHRUNK"
    INCONCLUSIVE_PRECISION = "INCONCLUSIVE_PRECISION"
    # gates
    INCONCLUSIVE_DESIGN = "INCONCLUSIVE_DESIGN"
    DESCRIPTIVE_ONLY = "DESCRIPTIVE_ONLY"
    PROVISIONAL_N2 = "PROVISIONAL_N2"
    INCONCLUSIVE_SIGNAL = "INCONCLUSIVE_SIGNAL"
    INCONCLUSIVE_INHIBITOR = "INCONCLUSIVE_INHIBITOR"
    INHIBITOR_LOWERS_LC3II_IN_TREATED = "INHIBITOR_LOWERS_LC3II_IN_TREATED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What the table looks at.

    Attributes
    ----------
    kappa, pi, phi, inhibited : State
        Of clearance, pool, flux and inhibited ratio.
    kappa_upper, phi_upper : float
        Upper ends of the equivalence test's intervals (U90).
    block_margin : float
        Clearance ratio below which a late block counts as complete.
    """

    kappa: State
    pi: State
    phi: State
    inhibited: State
    kappa_upper: float
    phi_upper: float
    block_margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    number : str
    kappa, pi, phi : frozenset of State
        States that fit.
    extra : function of Readings to bool, optional
        What else must hold.
    label : Label
    named : tuple of Quantity
        The states that the label rests on; the unpooled intervals must agree with them.
    """

    number: str
    kappa: frozenset[State]
    pi: frozenset[State]
    phi: frozenset[State]
    extra: Callable[[Readings], bool] | None = None
    label: Label
    named: tuple[Quantity, ...] = ()

    def fits(self, readings: Readings) -> bool:
        """Return whether the row holds."""
        return (
            readings.kappa in self.kappa
            and readings.pi in self.pi
            and readings.phi in self.phi
            and (self.extra is None or self.extra(readings))
        )


def blocked_completely(readings: Readings) -> bool:
    """Return whether clearance is all but lost and net flux is down."""
    return readings.kappa_upper < readings.block_margin and readings.phi_upper < 1


def some_clearance_left(readings: Readings) -> bool:
    """Return whether a complete block is not shown."""
    return readings.kappa_upper >= readings.block_margin


def formation_down(readings: Readings) -> bool:
    """Return whether less is formed: the pool is down, or the inhibited level is and no pool up."""
    return readings.pi is State.DOWN or (
        readings.inhibited is State.DOWN and readings.pi is not State.UP
    )


ANY = frozenset(State)
UP, DOWN, EQ = frozenset({State.UP}), frozenset({State.DOWN}), frozenset({State.EQ})
OPEN = frozenset({State.EQ, State.UNK})
NOT_DOWN, NOT_UP = ANY - DOWN, ANY - UP
DOWN_OR_UNK = DOWN | frozenset({State.UNK})
KAPPA, PI, PHI = Quantity.CLEARANCE, Quantity.POOL, Quantity.FLUX

TABLE: tuple[Row, ...] = (
    Row(
        number="1",
        kappa=DOWN,
        pi=UP,
        phi=UP,
        label=Label.INDUCED_WITH_IMPAIRED_CLEARANCE,
        named=(KAPPA, PI, PHI),
    ),
    Row(
        number="2",
        kappa=DOWN,
        pi=UP,
        phi=EQ,
        label=Label.SLOWED_CLEARANCE_FLUX_MAINTAINED,
        named=(KAPPA, PI),
    ),
    Row(
        number="3",
        kappa=DOWN,
        pi=UP,
        phi=DOWN_OR_UNK,
        extra=blocked_completely,
        label=Label.LATE_BLOCK_COMPLETE,
        named=(KAPPA, PI),
    ),
    Row(
        number="4",
        kappa=DOWN,
        pi=UP,
        phi=DOWN,
        extra=some_clearance_left,
        label=Label.LATE_BLOCK_PARTIAL,
        named=(KAPPA, PI, PHI),
    ),
    Row(
        number="5",
        kappa=DOWN,
        pi=UP,
        phi=frozenset({State.UNK}),
        label=Label.CLEARANCE_IMPAIRED_NET_FLUX_UNRESOLVED,
        named=(KAPPA, PI),
    ),
    Row(number="6", kappa=NOT_DOWN, pi=ANY, phi=UP, label=Label.INDUCED_FLUX, named=(PHI,)),
    Row(number="6b", kappa=DOWN, pi=NOT_UP, phi=UP, label=Label.INDUCED_FLUX, named=(KAPPA, PHI)),
    Row(
        number="7",
        kappa=DOWN,
        pi=NOT_UP,
        phi=DOWN,
        label=Label.FLUX_REDUCED_MIXED,
        named=(KAPPA, PHI),
    ),
    Row(
        number="8",
        kappa=NOT_DOWN,
        pi=ANY,
        phi=DOWN,
        extra=formation_down,
        label=Label.REDUCED_SYNTHESIS,
        named=(PHI,),
    ),
    Row(
        number="9",
        kappa=NOT_DOWN,
        pi=ANY,
        phi=DOWN,
        label=Label.FLUX_REDUCED_STAGE_UNRESOLVED,
        named=(PHI,),
    ),
    Row(number="10", kappa=OPEN, pi=EQ, phi=EQ, label=Label.NO_CHANGE),
    Row(
        number="11",
        kappa=UP,
        pi=DOWN,
        phi=OPEN,
        label=Label.FASTER_CLEARANCE_POOL_SHRUNK,
        named=(KAPPA, PI),
    ),
    Row(number="12", kappa=ANY, pi=ANY, phi=ANY, label=Label.INCONCLUSIVE_PRECISION),
)

BY_NUMBER = {row.number: row for row in TABLE}

TREATED_CLIPPED = dict.fromkeys(("1", "6", "6b"), "6")
"""T1 is a lower bound, so phi is at least what it seems: only a rise stands, as induced flux."""

CONTROL_CLIPPED = {"1": "5", "2": "5", "8": "9"} | {
    number: number for number in ("3", "4", "5", "7", "9")
}
"""C1 is a lower bound, so phi and kappa are at most what they seem: only a fall stands."""


def decide(readings: Readings) -> Row:
    """Return the first row that fits; the last one fits always."""
    return next(row for row in TABLE if row.fits(readings))


def redirect(row: Row, *, treated_clipped: bool, control_clipped: bool) -> Row | None:
    """Return what is left of a row when an inhibited lane is saturated; None: nothing is.

    Parameters
    ----------
    row : Row
    treated_clipped, control_clipped : bool
        LC3-II is saturated in a used lane of T1 or of C1. Both at once never get here (gate G2).
    """
    for clipped, standing in (
        (treated_clipped, TREATED_CLIPPED),
        (control_clipped, CONTROL_CLIPPED),
    ):
        if clipped:
            number = standing.get(row.number)
            return None if number is None else BY_NUMBER[number]
    return row
