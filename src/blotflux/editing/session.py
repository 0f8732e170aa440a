"""One picture while somebody corrects it: edits, their undo, and what keeps them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from blotflux.editing.change import Change, compare
from blotflux.editing.current import CurrentPicture
from blotflux.editing.desk import Desk
from blotflux.editing.errors import EditError
from blotflux.editing.history import History
from blotflux.editing.recovery import Keeper
from blotflux.editing.saving import save_corrections
from blotflux.editing.source import Changed, Source, source_of_file
from blotflux.output import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.blot import Blot
    from blotflux.editing.actions import Action
    from blotflux.editing.recovery import Recovery
    from blotflux.measure.correcting import PlannedLane
    from blotflux.study.corrections import Corrections, PlaneCorrections

__all__ = ["EditSession"]


class EditSession(CurrentPicture):
    """One channel and page of one picture, as it is corrected.

    Parameters
    ----------
    source : Source
    changed : {"refuse", "discard", "keep"}
        What becomes of corrections of another version of the image; see `Source.corrections`.

    Raises
    ------
    ImageReadError
        If the picture cannot be read.
    ImageChangedError
        If its corrections were made on another version of it.
    StudyError
        If they cannot be taken.
    """

    def __init__(self, source: Source, *, changed: Changed = "refuse") -> None:
        saved = source.corrections(changed)
        stored = None if saved is None else _stored(source, saved)
        super().__init__(source, stored)
        self._saved = self._plane
        self._from_file = stored is not None
        self._set_aside = changed == "discard" and saved is None and source.sidecar().is_file()
        self._history = History()
        self._keeper: Keeper | None = None
        self.recovery: Recovery | None = None
        if source.blot is None:
            self._keeper = Keeper(source.path, self._plane.place, sha256_of(source.path))
            self.recovery = self._keeper.find()

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        changed: Changed = "refuse",
        **options: Any,
    ) -> EditSession:
        """Return a session of a file that is in no study.

        Parameters
        ----------
        path : Path or str
        changed : {"refuse", "discard", "keep"}
        **options
            As in `source_of_file`: name, channel, page, region, targets, parameters.
        """
        return cls(source_of_file(path, **options), changed=changed)

    @classmethod
    def of_blot(cls, blot: Blot, **options: Any) -> EditSession:
        """Return a session of a picture in memory; it cannot be saved."""
        source = source_of_file(blot.source.name or "blot", **options)
        return cls(replace(source, blot=blot))

    def state_of_lane(self, panel: int, lane: int) -> PlannedLane:
        """Return what is set for a lane."""
        return self._desk().lane(panel, lane)

    # ------------------------------------------------------------ doing and undoing

    def apply(self, action: Action) -> Change:
        """Do something; return what it changed.

        Raises
        ------
        EditError
            If it cannot be done; nothing is changed then.
        """
        started = time.process_time()
        before = self._plane
        after = self._measurer.settled(action.apply(self._desk()))
        change = self._go_to(after, action.describe(), started)
        self._history.make(action.describe(), before, after)
        self._autosave()
        return change

    def undo(self) -> Change:
        """Take the last action back; return what that changed.

        Raises
        ------
        EditError
            If there is none.
        """
        if not self.undo_text:
            message = "there is nothing to undo"
            raise EditError(message)
        started = time.process_time()
        step = self._history.undo()
        change = self._go_to(step.before, f"Undo: {step.text}", started)
        self._autosave()
        return change

    def redo(self) -> Change:
        """Do again what was taken back last; return what that changed.

        Raises
        ------
        EditError
            If there is nothing.
        """
        if not self.redo_text:
            message = "there is nothing to do again"
            raise EditError(message)
        started = time.process_time()
        step = self._history.redo()
        change = self._go_to(step.after, f"Redo: {step.text}", started)
        self._autosave()
        return change

    @property
    def undo_text(self) -> str:
        """What would be undone; empty if nothing."""
        return self._history.undo_text

    @property
    def redo_text(self) -> str:
        """What would be done again; empty if nothing."""
        return self._history.redo_text

    def _desk(self) -> Desk:
        return Desk(
            blot=self.blot,
            parameters=self.source.parameters,
            hints=self.source.hints,
            plane=self._plane,
            first=self._first,
            corrector=self._measurer.corrector(self._plane),
            corrected=self._corrected,
            targets=self.targets,
        )

    def _go_to(self, plane: PlaneCorrections, text: str, started: float) -> Change:
        """Measure other corrections and take them."""
        old, corrected = self._corrected.measurement, self._measurer.measured(plane)
        assignment = self.source.names(corrected.measurement, plane)
        names = (self.targets, {} if assignment is None else assignment.targets)
        self._plane, self._corrected, self._assignment = plane, corrected, assignment
        lanes, rows, structure = compare(old, self.measurement)
        renamed = {
            key
            for key in names[0].keys() | names[1].keys()
            if names[0].get(key) != names[1].get(key)
        }
        return Change(
            text=text,
            lanes=lanes,
            rows=rows | renamed,
            image=self.measurement.blot is not old.blot,
            structure=structure,
            cpu_s=time.process_time() - started,
        )

    def forget(self) -> None:
        """Let go of what former edits left for speed; for measuring how long one takes."""
        self._measurer.forget()
        self._measurer.measured(self._plane)

    # ------------------------------------------------------------ keeping

    @property
    def dirty(self) -> bool:
        """Whether there is something to save."""
        return self._plane is not self._saved and self._plane != self._saved

    @property
    def corrections_used(self) -> bool:
        """Whether corrections were read, or made since."""
        return self._from_file or self._plane != self._first

    @property
    def sidecar(self) -> Path:
        """The file that holds the corrections, or will."""
        return self.source.sidecar()

    def save(self, who: str = "") -> Path:
        """Write the corrections beside the picture; return their file.

        Where that folder cannot be written to and there is a study, they go to its folder of
        corrections.

        Raises
        ------
        EditError
            If the picture is not in a file.
        OutputError
            If nothing can be written.
        """
        if self.source.blot is not None:
            message = "this picture is not in a file; save it first"
            raise EditError(message)
        entries = self._history.entries(who)
        path = save_corrections(self.source, self._plane, entries, starts_anew=self._set_aside)
        self._set_aside = False
        self._saved, self._from_file = self._plane, True
        self._history.pending.clear()
        self.recovery = None
        if self._keeper is not None:
            self._keeper.drop()
        return path

    def _autosave(self) -> None:
        if self._keeper is None:
            return
        if self.dirty:
            self._keeper.keep(self._plane, [step.text for step in self._history.pending])
        else:
            self._keeper.drop()

    def recover(self) -> Change:
        """Take the edits that were never saved.

        Raises
        ------
        EditError
            If there are none.
        """
        if self.recovery is None:
            message = "there are no unsaved edits to recover"
            raise EditError(message)
        started = time.process_time()
        before, after = self._plane, self._measurer.settled(self.recovery.plane)
        change = self._go_to(after, "Recover unsaved edits", started)
        self._history.make(change.text, before, after)
        self.recovery = None
        return change

    def discard_recovery(self) -> None:
        """Let the edits go that were never saved."""
        self.recovery = None
        if self._keeper is not None:
            self._keeper.drop()

    def postpone_recovery(self) -> None:
        """Go on without the edits that were never saved; the next session is offered them."""
        self.recovery = None
        if self._keeper is not None:
            self._keeper.set_aside()

    def close(self, *, keep_recovery: bool = False) -> None:
        """End the session; unsaved edits are kept for recovery only if wanted."""
        if self._keeper is None:
            return
        if not keep_recovery and self.recovery is None:
            self._keeper.drop()
        self._keeper.close()


def _stored(source: Source, saved: Corrections) -> PlaneCorrections | None:
    """Return the corrections of this channel, page and region."""
    first = source.first()
    plane = saved.plane(first.channel, first.page, first.region)
    return plane or saved.plane(first.channel, first.page)
