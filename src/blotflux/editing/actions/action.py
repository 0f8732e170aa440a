"""An action: one thing that a person does, with the words for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blotflux.editing.desk import Desk
    from blotflux.study.corrections import PlaneCorrections

__all__ = ["Action"]


@dataclass(frozen=True, slots=True)
class Action(ABC):
    """One thing that a person does to a blot.

    An action turns the corrections of one picture into others; both are immutable, so that
    undoing it is to take the former ones again, and nothing can be lost on the way.
    """

    @abstractmethod
    def describe(self) -> str:
        """Return the menu's words for it, as "Move lane 3"."""

    @abstractmethod
    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action.

        Raises
        ------
        EditError
            If it cannot be done.
        """
