"""What was done, what was undone, and what of it is to be written into the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from blotflux.study.corrections import LogEntry, now, user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pydantic import BaseModel

    from blotflux.study.corrections import PlaneCorrections

__all__ = ["History", "Step", "difference"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """From one state of the corrections to the next."""

    text: str
    before: PlaneCorrections
    after: PlaneCorrections
    when: datetime

    def undone(self) -> Step:
        """Return the way back."""
        return Step(text=f"Undo: {self.text}", before=self.after, after=self.before, when=now())


@dataclass(slots=True, kw_only=True)
class History:
    """The steps that were made; those after `at` were undone and can be made again.

    Attributes
    ----------
    steps : list of Step
    at : int
    pending : list of Step
        Not yet in the log of the file: steps that were made and undone again leave no trace.
    """

    steps: list[Step] = field(default_factory=list)
    at: int = 0
    pending: list[Step] = field(default_factory=list)

    @property
    def undo_text(self) -> str:
        """What would be undone; empty if nothing."""
        return self.steps[self.at - 1].text if self.at else ""

    @property
    def redo_text(self) -> str:
        """What would be made again; empty if nothing."""
        return self.steps[self.at].text if self.at < len(self.steps) else ""

    def make(self, text: str, before: PlaneCorrections, after: PlaneCorrections) -> None:
        """Add a step; what had been undone is forgotten."""
        step = Step(text=text, before=before, after=after, when=now())
        del self.steps[self.at :]
        self.steps.append(step)
        self.at += 1
        self.pending.append(step)

    def undo(self) -> Step:
        """Return the step to take back, and count it as taken back."""
        self.at -= 1
        step = self.steps[self.at]
        if self.pending and self.pending[-1] is step:
            self.pending.pop()
        else:
            self.pending.append(step.undone())
        return step

    def redo(self) -> Step:
        """Return the step to make again, and count it as made."""
        step = self.steps[self.at]
        self.at += 1
        last = self.pending[-1] if self.pending else None
        if last is not None and last.before is step.after and last.after is step.before:
            self.pending.pop()
        else:
            self.pending.append(step)
        return step

    def entries(self, who: str = "") -> list[LogEntry]:
        """Return what is to be written into the log."""
        return [
            LogEntry(who=who or user(), when=step.when, what=step.text, before=old, after=new)
            for step in self.pending
            for old, new in [difference(step.before, step.after)]
        ]


def difference(
    before: PlaneCorrections, after: PlaneCorrections
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what differs, as it was and as it became."""
    old, new = {}, {}
    for name in ("polarity", "turn", "flip", "signed_off"):
        was, became = getattr(before, name), getattr(after, name)
        if was != became:
            old[name], new[name] = _plain(was), _plain(became)
    if before.plan is None or after.plan is None:
        return old, new
    for part, key in (("lanes", ("id",)), ("rows", ("id",)), ("bands", ("lane", "row"))):
        was, became = _changed(getattr(before.plan, part), getattr(after.plan, part), key)
        if was or became:
            old[part], new[part] = was, became
    if before.plan.background != after.plan.background:
        old["background"] = _plain(before.plan.background)
        new["background"] = _plain(after.plan.background)
    if before.plan.base != after.plan.base:
        old["base"], new["base"] = "found before", "found anew"
    return old, new


def _changed(
    before: Sequence[BaseModel], after: Sequence[BaseModel], key: tuple[str, ...]
) -> tuple[list[Any], list[Any]]:
    """Return the records that are only before, and only after."""
    was = {tuple(getattr(item, name) for name in key): item for item in before}
    became = {tuple(getattr(item, name) for name in key): item for item in after}
    return (
        [_plain(item) for place, item in was.items() if became.get(place) != item],
        [_plain(item) for place, item in became.items() if was.get(place) != item],
    )


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value
