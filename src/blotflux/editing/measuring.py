"""Reading and measuring one picture in every way in which somebody corrects it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blotflux.editing.errors import EditError
from blotflux.measure.correcting import Corrector

if TYPE_CHECKING:
    from blotflux.blot import Blot
    from blotflux.editing.source import Source
    from blotflux.measure.correcting import Corrected, Plan
    from blotflux.measure.correcting.base import MeasuredBase
    from blotflux.study.corrections import PlaneCorrections

__all__ = ["Measurer", "plan_of"]

MOST_PICTURES = 4  # read and measured ways of one file that are kept for undo


class Measurer:
    """Measures corrections of one picture; what it has read and measured is kept for undo.

    Parameters
    ----------
    source : Source
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._blots: dict[Any, Blot] = {}
        self._correctors: list[tuple[Any, Corrector]] = []
        self._doubts: dict[int, str] = {}

    def read(self, plane: PlaneCorrections) -> Blot:
        """Return the picture as some corrections say that it is read."""
        key = (plane.polarity, plane.turn, plane.flip)
        if key not in self._blots:
            if len(self._blots) >= MOST_PICTURES:
                self._blots.pop(next(iter(self._blots)))
            blot = self._source.read(plane)
            self._blots[key] = self._blots[str(blot.polarity), plane.turn, plane.flip] = blot
        return self._blots[key]

    def settled(self, plane: PlaneCorrections) -> PlaneCorrections:
        """Return the corrections with a plan: where there is none, everything is found."""
        if plane.plan is not None:
            return plane
        blot = self.read(plane)
        found = self._source.find(blot, plane)
        if found.base is not None:
            self._keep(blot, found.plane, found.base)
        self._doubts[id(found.plane)] = found.notice
        return found.plane

    def doubt_of(self, plane: PlaneCorrections) -> str:
        """Return what contradicted the study when the plan was found; empty if nothing did."""
        return self._doubts.get(id(plane), "")

    def corrector(self, plane: PlaneCorrections) -> Corrector:
        """Return what measures plans of the same picture and base."""
        blot, plan = self.read(plane), plan_of(plane)
        for base, corrector in self._correctors:
            if corrector.blot is blot and (base is plan.base or base == plan.base):
                return corrector
        return self._keep(blot, plane)

    def _keep(
        self, blot: Blot, plane: PlaneCorrections, base: MeasuredBase | None = None
    ) -> Corrector:
        plan = plan_of(plane)
        made = Corrector(blot, self._source.parameters, plan, base=base)
        self._correctors = [*self._correctors[-MOST_PICTURES + 1 :], (plan.base, made)]
        return made

    def measured(self, plane: PlaneCorrections) -> Corrected:
        """Return what some corrections give."""
        ladders = self._source.hints.ladders
        return self.corrector(plane).measure(plan_of(plane), ladders=ladders)

    def forget(self) -> None:
        """Let go of what former edits left for speed."""
        for _, corrector in self._correctors:
            corrector.forget()


def plan_of(plane: PlaneCorrections) -> Plan:
    """Return the plan of corrections that have one.

    Raises
    ------
    EditError
        If they have none.
    """
    if plane.plan is None:
        message = "nothing has been measured yet"
        raise EditError(message)
    return plane.plan
