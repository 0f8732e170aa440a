"""Amounts, rates and transition times of fitted cell means, with errors by the delta method."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the type of a dataclass field
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blotflux.analysis.flux.arms import Arm
from blotflux.analysis.flux.model import Quantity

if TYPE_CHECKING:
    from blotflux.analysis.conditions import Condition
    from blotflux.analysis.flux.judge import Case
    from blotflux.analysis.statistics import Fit

__all__ = ["Fields", "Gradients", "Side"]

Fields = dict[str, Any]
"""Numbers by the name of their column; None is an empty field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Vehicle or treatment of a case.

    Attributes
    ----------
    drug : Condition
    basal, inhibited : Arm
    effect : Quantity
        Whose field is `ratio`.
    """

    drug: Condition
    basal: Arm
    inhibited: Arm
    effect: Quantity

    @classmethod
    def control(cls, case: Case) -> Side:
        """Return the vehicle's side."""
        return cls(
            drug=case.question.control,
            basal=Arm.C0,
            inhibited=Arm.C1,
            effect=Quantity.EFFECT_CONTROL,
        )

    @classmethod
    def treated(cls, case: Case) -> Side:
        """Return the treatment's side."""
        return cls(
            drug=case.question.treated,
            basal=Arm.T0,
            inhibited=Arm.T1,
            effect=Quantity.EFFECT_TREATED,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradients:
    """Functions of the fitted cell means with their errors by the delta method.

    Amounts are relative to the vehicle without inhibitor (C0), whose error is in theirs.
    """

    fit: Fit
    cells: Mapping[Arm, Condition]
    side: Side

    def level(self, arm: Arm) -> float:
        """Return an arm's level relative to C0."""
        return self.fit.difference(self.cells[arm], self.cells[Arm.C0]).ratio

    def se(self, gradient: Mapping[Arm, float]) -> float | None:
        """Return the standard error of a function with this gradient by the arms' ln means."""
        if self.fit.df <= 0:
            return None
        weights: dict[object, float] = {}
        for arm, slope in gradient.items():
            weights[self.cells[arm]] = weights.get(self.cells[arm], 0.0) + slope
        return self.fit.contrast(weights).se

    def relative(self, *arms: Arm) -> bool:
        """Return whether arms are fitted and on one scale with C0."""
        if not {Arm.C0, *arms} <= set(self.cells):
            return False
        c0 = self.cells[Arm.C0]
        others = [self.cells[arm] for arm in arms if arm is not Arm.C0]
        return all(self.fit.estimable({cell: 1.0, c0: -1.0}) for cell in others)

    def amounts(self, hours: float) -> Fields:
        """Return basal and inhibited level, their difference and its rate."""
        found: Fields = {}
        basal, inhibited = self.side.basal, self.side.inhibited
        for name, arm in (("basal", basal), ("inhibited", inhibited)):
            if self.relative(arm):
                level = self.level(arm)
                found |= {name: level, f"{name}_se": self.se(slopes((arm, level)))}
        if self.relative(basal, inhibited):
            low, high = self.level(basal), self.level(inhibited)
            se = self.se(slopes((inhibited, high), (basal, -low)))
            found |= {
                "difference": high - low,
                "difference_se": se,
                "rate_per_h": (high - low) / hours,
                "rate_per_h_se": None if se is None else se / hours,
            }
        return found

    def effect(self) -> float:
        """Return inhibited over basal."""
        return self.fit.difference(
            self.cells[self.side.inhibited], self.cells[self.side.basal]
        ).ratio

    def ratio(self) -> Fields:
        """Return inhibited over basal with its error."""
        ratio = self.effect()
        slope = {self.side.inhibited: ratio, self.side.basal: -ratio}
        return {"ratio": ratio, "ratio_se": self.se(slope)}

    def transition(self, hours: float) -> Fields:
        """Return the transition time, hours / (ratio - 1), with its error.

        The time in which the whole pool turns over: steady state before the inhibitor, and a
        complete block by it, are assumed (Loos et al. 2014, doi:10.4161/15548627.2014.973338).
        """
        ratio = self.effect()
        slope = hours * ratio / (ratio - 1) ** 2
        return {
            "transition_time_h": hours / (ratio - 1),
            "transition_time_h_se": self.se({self.side.inhibited: -slope, self.side.basal: slope}),
        }


def slopes(*parts: tuple[Arm, float]) -> dict[Arm, float]:
    """Return a gradient by the ln means; C0, the unit, takes the opposite of all."""
    gradient: dict[Arm, float] = {}
    for arm, slope in parts:
        gradient[arm] = gradient.get(arm, 0.0) + slope
        gradient[Arm.C0] = gradient.get(Arm.C0, 0.0) - slope
    return gradient
