"""One picture while somebody corrects it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.editing.change import Change, compare
from blotflux.editing.desk import Desk
from blotflux.editing.errors import EditError
from blotflux.editing.history import History
from blotflux.editing.recovery import Keeper
from blotflux.editing.source import Changed, Source, source_of_file
from blotflux.editing.view import LaneProfile, VolumeGrid, profile_of_lane, volume_grid
from blotflux.errors import OutputError
from blotflux.integrity import screen
from blotflux.measure.correcting import Corrector
from blotflux.measure.image_quality import check_image
from blotflux.measure.sensitivity import with_alternatives
from blotflux.output import sha256_of
from blotflux.report.pictures import Picture
from blotflux.report.tables import bands_table, lanes_table
from blotflux.study.corrections import (
    Corrections,
    ImageChangedError,
    corrections_path,
    write_corrections,
)
from blotflux.study.slots import roles_from_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from blotflux.blot import Blot
    from blotflux.editing.actions import Action
    from blotflux.editing.recovery import Recovery
    from blotflux.findings import Finding
    from blotflux.measure.correcting import Corrected, Plan, PlannedLane
    from blotflux.measure.correcting.base import MeasuredBase
    from blotflux.measure.result import Measurement
    from blotflux.study.assign import Assignment
    from blotflux.study.corrections import PlaneCorrections, SignOff

__all__ = ["EditSession"]

Key = tuple[int, int]

MOST_PICTURES = 4  # read and measured ways of one file that are kept for undo


class EditSession:
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
        self.source = source
        self._blots: dict[Any, Blot] = {}
        self._correctors: list[tuple[Any, Corrector]] = []
        self._history = History()
        self._doubts: dict[int, str] = {}
        saved = source.corrections(changed)
        stored = None if saved is None else self._stored(saved)
        self._set_aside = changed == "discard" and saved is None and source.sidecar().is_file()
        self._from_file = stored is not None
        self._first = self._settled(source.first())
        plane = self._first if stored is None else self._settled(stored)
        self._plane = self._saved = plane
        self._automatic = self._measured(self._first).measurement
        self._corrected = self._measured(plane)
        self._assignment = source.names(self.measurement, plane)
        self._keeper: Keeper | None = None
        self.recovery: Recovery | None = None
        if source.blot is None:
            self._keeper = Keeper(source.path, plane.place, sha256_of(source.path))
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

    def _stored(self, saved: Corrections) -> PlaneCorrections | None:
        """Return the corrections of this channel, page and region."""
        first = self.source.first()
        plane = saved.plane(first.channel, first.page, first.region)
        return plane or saved.plane(first.channel, first.page)

    # ------------------------------------------------------------ what is there

    @property
    def path(self) -> Path:
        """The picture's file."""
        return self.source.path

    @property
    def name(self) -> str:
        """The text by which the user named the file."""
        return self.source.spec.file

    @property
    def channel(self) -> int:
        """From 0."""
        return self._plane.channel

    @property
    def page(self) -> int:
        """From 0."""
        return self._plane.page

    @property
    def blot(self) -> Blot:
        """The picture as it is read now."""
        return self._corrected.measurement.blot

    @property
    def plane(self) -> PlaneCorrections:
        """The corrections as they are now."""
        return self._plane

    @property
    def plan(self) -> Plan:
        """What is measured now."""
        return _plan_of(self._plane)

    @property
    def automatic(self) -> Measurement:
        """The result that nobody corrected."""
        return self._automatic

    @property
    def measurement(self) -> Measurement:
        """The result now."""
        return self._corrected.measurement

    @property
    def corrected(self) -> Corrected:
        """The result now, with the curves behind it."""
        return self._corrected

    @property
    def targets(self) -> Mapping[Key, str]:
        """The target of each row that has one."""
        return self._assignment.targets if self._assignment is not None else {}

    @property
    def assignment(self) -> Assignment | None:
        """The names of the rows, and what was doubtful about them."""
        return self._assignment

    @property
    def lane_names(self) -> dict[Key, str]:
        """The lanes' names: as a person gave them, else as the sheet says."""
        sheet = {sample.lane: sample for sample in self.source.samples}
        names = {}
        for lane in self.plan.lanes:
            sample = sheet.get(lane.number)
            words = () if sample is None else (sample.treatment, sample.inhibitor)
            names[lane.key] = lane.name or " + ".join(word for word in words if word)
        return names

    @property
    def excluded(self) -> dict[Key, str]:
        """The lanes that are left out of inference, and why."""
        return {lane.key: lane.exclude for lane in self.plan.lanes if lane.exclude}

    @property
    def notice(self) -> str:
        """What in the lanes contradicts the study; empty if nothing does."""
        return self.source.contradiction(self.measurement) or self._doubts.get(id(self._plane), "")

    @property
    def signed_off(self) -> SignOff | None:
        """Who found the picture right, and when."""
        return self._plane.signed_off

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed about the picture as it is now."""
        known = roles_from_sheet(self.measurement, self.source.samples)
        checked = screen(check_image(known))
        named = self._assignment.findings if self._assignment is not None else ()
        return tuple(dict.fromkeys((*self.blot.findings, *checked.findings, *named)))

    def state_of_lane(self, panel: int, lane: int) -> PlannedLane:
        """Return what is set for a lane."""
        return self._desk().lane(panel, lane)

    # ------------------------------------------------------------ what is shown

    def profile(self, panel: int, lane: int) -> LaneProfile:
        """Return a lane's profile with its fitted bands."""
        return profile_of_lane(self._corrected, panel, lane, self.targets)

    def volumes(self) -> VolumeGrid:
        """Return the volumes of all lanes and rows."""
        return volume_grid(self._corrected)

    def table(self) -> pd.DataFrame:
        """Return ``bands.csv`` of this picture."""
        return bands_table([self._picture()])

    def lanes_table(self) -> pd.DataFrame:
        """Return ``lanes.csv`` of this picture."""
        return lanes_table([self._picture()])

    def _picture(self) -> Picture:
        return Picture(
            measurement=self.measurement,
            membrane=self.source.membrane,
            targets=self.targets,
            samples={sample.lane: sample for sample in self.source.samples},
        )

    def complete(self) -> Measurement:
        """Return the result with the volumes of the other background methods beside it."""
        if self.plan.base.whole_lane:
            return self.measurement
        used = self.plan.background or self.source.parameters.background
        recipe = self.source.parameters.model_copy(update={"background": used})
        return with_alternatives(self.measurement, recipe)

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
        after = self._settled(action.apply(self._desk()))
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
            corrector=self._corrector(self._plane),
            corrected=self._corrected,
            targets=self.targets,
        )

    def _go_to(self, plane: PlaneCorrections, text: str, started: float) -> Change:
        """Measure other corrections and take them."""
        old, corrected = self._corrected.measurement, self._measured(plane)
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

    # ------------------------------------------------------------ measuring

    def _read(self, plane: PlaneCorrections) -> Blot:
        key = (plane.polarity, plane.turn, plane.flip)
        if key not in self._blots:
            if len(self._blots) >= MOST_PICTURES:
                self._blots.pop(next(iter(self._blots)))
            blot = self.source.read(plane)
            self._blots[key] = self._blots[str(blot.polarity), plane.turn, plane.flip] = blot
        return self._blots[key]

    def _settled(self, plane: PlaneCorrections) -> PlaneCorrections:
        """Return the corrections with a plan: where there is none, everything is found."""
        if plane.plan is not None:
            return plane
        blot = self._read(plane)
        found = self.source.find(blot, plane)
        if found.base is not None:
            self._keep(blot, found.plane, found.base)
        self._doubts[id(found.plane)] = found.notice
        return found.plane

    def _corrector(self, plane: PlaneCorrections) -> Corrector:
        """Return what measures plans of the same picture and base."""
        blot, plan = self._read(plane), _plan_of(plane)
        for base, corrector in self._correctors:
            if corrector.blot is blot and (base is plan.base or base == plan.base):
                return corrector
        return self._keep(blot, plane)

    def _keep(
        self, blot: Blot, plane: PlaneCorrections, base: MeasuredBase | None = None
    ) -> Corrector:
        plan = _plan_of(plane)
        made = Corrector(blot, self.source.parameters, plan, base=base)
        self._correctors = [*self._correctors[-MOST_PICTURES + 1 :], (plan.base, made)]
        return made

    def forget(self) -> None:
        """Let go of what former edits left for speed; for measuring how long one takes."""
        for _, corrector in self._correctors:
            corrector.forget()
        self._measured(self._plane)

    def _measured(self, plane: PlaneCorrections) -> Corrected:
        ladders = self.source.hints.ladders
        return self._corrector(plane).measure(_plan_of(plane), ladders=ladders)

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
        path = self.sidecar
        if self._set_aside and self._is_of_another():
            _set_aside(path)
        self._set_aside = False
        known = self.source.corrections("keep") or Corrections(
            image=self.path.name, sha256=sha256_of(self.path)
        )
        made = known.with_entries(self._plane, self._history.entries(who))
        path = self._write(made, path)
        self._saved, self._from_file = self._plane, True
        self._history.pending.clear()
        self.recovery = None
        if self._keeper is not None:
            self._keeper.drop()
        return path

    def _is_of_another(self) -> bool:
        """Whether what is saved is still of another version of the image."""
        try:
            self.source.corrections("refuse")
        except ImageChangedError:
            return True
        return False

    def _write(self, made: Corrections, path: Path) -> Path:
        try:
            write_corrections(made, path)
        except OutputError:
            folder = self.source.study_folder
            if folder is None or path != corrections_path(self.path):
                raise
            parts = [part for part in Path(self.name).parts if part not in ("..", "/")]
            path = corrections_path(folder.joinpath("corrections", *parts))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_corrections(made, path)
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
        before, after = self._plane, self._settled(self.recovery.plane)
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


def _plan_of(plane: PlaneCorrections) -> Plan:
    if plane.plan is None:
        message = "nothing has been measured yet"
        raise EditError(message)
    return plane.plan


def _set_aside(path: Path) -> None:
    """Rename corrections of another version of the image: nothing that was saved is lost."""
    number = 1
    while (aside := path.with_name(f"{path.name}.old-{number}")).exists():
        number += 1
    path.rename(aside)
