"""One file in the window: its channels and pages, each with its own corrections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.editing import EditSession

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.editing.source import Changed

__all__ = ["OpenFile", "Place", "title_of"]

Place = tuple[int, int]
"""Channel and page, from 0."""


def title_of(place: Place, places: tuple[Place, ...]) -> str:
    """Return what tells a channel and page from the others of their file; empty if there are none.

    Both count from 0, as in the tables and in a study.
    """
    parts = [
        f"{name} {place[at]}"
        for at, name in enumerate(("channel", "page"))
        if len({other[at] for other in places}) > 1
    ]
    return " · ".join(parts)


@dataclass(slots=True, kw_only=True, eq=False)
class OpenFile:
    """A file that is in no study, and the sessions of what of it was looked at.

    Attributes
    ----------
    path : Path
    places : tuple of (int, int)
        Channel and page of every picture in it.
    changed : {"refuse", "discard", "keep"}
        What becomes of corrections of another version of the image.
    sessions : dict of (int, int) to EditSession
    """

    path: Path
    places: tuple[Place, ...] = ()
    changed: Changed = "refuse"
    sessions: dict[Place, EditSession] = field(default_factory=dict)

    def open(self, place: Place) -> EditSession:
        """Return the session of one channel and page; the first time, it is measured.

        Raises
        ------
        ImageChangedError
            If there are corrections of another version of the image and nobody said what is to
            become of them.
        BlotError
            If it cannot be read.
        """
        if place not in self.sessions:
            several = len(self.places) > 1
            channel, page = place if several else (None, None)
            made = EditSession.open(self.path, channel=channel, page=page, changed=self.changed)
            self.sessions[place] = made
        return self.sessions[place]

    @property
    def unsaved(self) -> tuple[str, ...]:
        """Names of the pictures with edits that were not saved."""
        return tuple(
            f"{self.path.name} {title_of(place, self.places)}".strip()
            for place, session in sorted(self.sessions.items())
            if session.dirty
        )

    def save(self) -> Path | None:
        """Save every picture with unsaved edits; return the file of corrections if there were any.

        Raises
        ------
        BlotError
            If it cannot be written.
        """
        written = [session.save() for session in self.sessions.values() if session.dirty]
        return written[-1] if written else None

    def close(self) -> None:
        """End all sessions."""
        for session in self.sessions.values():
            session.close()
