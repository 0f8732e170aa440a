"""What a person does to the whole picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from blotflux.editing.actions.action import Action
from blotflux.editing.errors import EditError
from blotflux.parameters import Background  # noqa: TC001 - read by dataclass users at run time
from blotflux.study.corrections import SignOff as Signed
from blotflux.study.corrections import now, user

if TYPE_CHECKING:
    from blotflux.editing.desk import Desk
    from blotflux.study.corrections import PlaneCorrections

__all__ = [
    "SetBackground",
    "SetOrientation",
    "SetPolarity",
    "SignOff",
    "StartOver",
    "WithdrawSignOff",
]


def anew(desk: Desk, **update: object) -> PlaneCorrections:
    """Return corrections of which nothing is left but how the picture is read."""
    return desk.plane.model_copy(update={"plan": None, "signed_off": None, **update})


@dataclass(frozen=True, slots=True)
class SetPolarity(Action):
    """Say whether bands are dark or light; everything is found anew."""

    polarity: Literal["dark_on_light", "light_on_dark"]

    def describe(self) -> str:
        """Return the menu's words for it."""
        words = "Dark bands" if self.polarity == "dark_on_light" else "Light bands"
        return f"{words} in the file"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        if self.polarity not in ("dark_on_light", "light_on_dark"):
            message = f"'{self.polarity}' is no polarity; choose dark_on_light or light_on_dark"
            raise EditError(message)
        return anew(desk, polarity=self.polarity)


@dataclass(frozen=True, slots=True)
class SetOrientation(Action):
    """Turn the picture clockwise, then flip it; everything is found anew."""

    turn: Literal[0, 90, 180, 270] = 0
    flip: Literal["", "horizontal", "vertical"] = ""

    def describe(self) -> str:
        """Return the menu's words for it."""
        words = [f"turn by {self.turn}°"] if self.turn else []
        words += [f"flip {self.flip}ly"] if self.flip else []
        return " and ".join(words).capitalize() or "Turn back"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        if self.turn not in (0, 90, 180, 270) or self.flip not in ("", "horizontal", "vertical"):
            message = "a picture is turned by 0, 90, 180 or 270 degrees and flipped or not"
            raise EditError(message)
        return anew(desk, turn=self.turn, flip=self.flip)


@dataclass(frozen=True, slots=True)
class SetBackground(Action):
    """Choose the background method of this picture."""

    background: Background | None

    def describe(self) -> str:
        """Return the menu's words for it."""
        name = "of the recipe" if self.background is None else self.background.method
        return f"Background {name.replace('_', ' ')}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        return desk.with_plan(background=self.background)


@dataclass(frozen=True, slots=True)
class SignOff(Action):
    """Say that the picture looks right; any later edit takes that back."""

    who: str = ""

    def describe(self) -> str:
        """Return the menu's words for it."""
        return "Looks right"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        signed = Signed(who=self.who.strip() or user(), when=now())
        return desk.plane.model_copy(update={"signed_off": signed})


@dataclass(frozen=True, slots=True)
class WithdrawSignOff(Action):
    """Take back that the picture looks right."""

    def describe(self) -> str:
        """Return the menu's words for it."""
        return "Does not look right"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        return desk.plane.model_copy(update={"signed_off": None})


@dataclass(frozen=True, slots=True)
class StartOver(Action):
    """Go back to the automatic result; everything set by hand is taken back."""

    def describe(self) -> str:
        """Return the menu's words for it."""
        return "Back to the automatic result"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        return desk.first
