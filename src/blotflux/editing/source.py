"""The picture that is corrected: where it is, how it is read, how it looks before anyone edits."""

from __future__ import annotations

import os
from collections.abc import Callable  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from blotflux.blot.read import read, read_planes
from blotflux.editing.errors import EditError
from blotflux.errors import LaneError, StudyError
from blotflux.measure.correcting.start import start
from blotflux.measure.result import LaneHints
from blotflux.output import sha256_of
from blotflux.parameters import Parameters
from blotflux.study.assign import assign_targets
from blotflux.study.correcting import (
    CorrectedPlane,
    corrected_assignment,
    corrected_lanes,
    nearest_row,
    oriented,
)
from blotflux.study.corrections import (
    Corrections,
    ImageChangedError,
    PlaneCorrections,
    corrections_path,
    find_corrections,
    read_corrections,
)
from blotflux.study.quantify_file import quantify_expected
from blotflux.study.schema import ImageSpec, TargetSpec
from blotflux.study.slots import require_slots, roles_from_sheet

if TYPE_CHECKING:
    from blotflux.analysis.records import LaneSample
    from blotflux.blot import Blot
    from blotflux.measure.correcting import Plan, PlannedRow
    from blotflux.measure.correcting.base import MeasuredBase
    from blotflux.measure.result import Measurement
    from blotflux.study.assign import Assignment

__all__ = ["Changed", "Found", "Source", "planes_of", "source_of_file"]

NO_MEMBRANE = "-"

Key = tuple[int, int]

Changed = Literal["refuse", "discard", "keep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One channel, page and region of a file, and what is known of it.

    Attributes
    ----------
    file : Path
    directory : Path
        That ``spec.file`` starts from, where its corrections are looked for.
    spec : ImageSpec
        As in a study; of a file that is in none, what the user said.
    hints : LaneHints
    parameters : Parameters
    samples : tuple of LaneSample
        The sheet's lines of the membrane; empty without a study.
    study_folder : Path or None
    weigh : callable or None
        Puts weights on the bands of a measurement, where a ladder tells them.
    blot : Blot or None
        The picture itself where it is not in a file.
    """

    file: Path
    directory: Path = Path()
    spec: ImageSpec
    hints: LaneHints = field(default_factory=LaneHints)
    parameters: Parameters = field(default_factory=Parameters)
    samples: tuple[LaneSample, ...] = ()
    study_folder: Path | None = None
    weigh: Callable[[Measurement], Measurement] | None = None
    blot: Blot | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.file

    @property
    def membrane(self) -> str:
        """The membrane's name; empty without a study."""
        return "" if self.spec.membrane == NO_MEMBRANE else self.spec.membrane

    def first(self) -> PlaneCorrections:
        """Return corrections in which nothing is corrected."""
        return PlaneCorrections(
            channel=self.spec.channel or 0,
            page=self.spec.page or 0,
            region=self.spec.region,
            polarity=self.spec.polarity,
            turn=self.spec.turn,
            flip=self.spec.flip or "",
        )

    def read(self, plane: PlaneCorrections) -> Blot:
        """Return the picture as the corrections say that it is read.

        Raises
        ------
        EditError
            If the study says otherwise.
        ImageReadError
            If the file cannot be read.
        """
        if self.blot is not None:
            same = (plane.polarity, plane.turn, plane.flip) == ("auto", 0, "")
            if same or plane.polarity == str(self.blot.polarity):
                return self.blot
            message = "this picture is not in a file: it cannot be turned or read otherwise"
            raise EditError(message)
        try:
            spec = oriented(self.spec, CorrectedPlane(name=self.spec.file, plane=plane))
        except StudyError as error:
            raise EditError(error.mistakes[0].message) from None
        if spec.turn != plane.turn or (spec.flip or "") != plane.flip:
            message = "the study says how this picture is turned; change it there"
            raise EditError(message)
        return read(
            self.path,
            name=spec.file,
            channel=plane.channel if self.spec.channel is not None else None,
            page=plane.page if self.spec.page is not None else None,
            polarity=spec.polarity,
            detection=spec.detection,
            region=spec.region,
            turn=spec.turn,
            flip=spec.flip,
        )

    def find(self, blot: Blot, plane: PlaneCorrections) -> Found:
        """Return how a picture looks by itself: lanes of version 1 if there are some, else found.

        A picture that contradicts the study's lanes is shown as it looks, with the contradiction
        as a notice: it is opened to be mended.
        """
        drawn = corrected_lanes(plane, blot, self.hints)
        notice, hints = "", self.hints
        try:
            seen = quantify_expected(blot, self.parameters, hints=hints, lanes=drawn)
        except LaneError as error:
            notice, hints = str(error), LaneHints(rows=hints.rows, whole_lane=hints.whole_lane)
            seen = quantify_expected(blot, self.parameters, hints=hints, lanes=drawn)
        plan, base = start(blot, self.parameters, seen.lanes, hints)
        if plane.lanes is not None:
            reasons = {(lane.panel, lane.number): lane.exclude for lane in plane.lanes}
            lanes = tuple(
                lane.model_copy(update={"exclude": reasons.get(lane.key, "")})
                for lane in plan.lanes
            )
            plan = plan.model_copy(update={"lanes": lanes})
        if plane.rows and base is not None:
            plan = plan.model_copy(update={"rows": _named(plan, base, plane)})
        update = {"plan": plan, "polarity": str(blot.polarity), "lanes": None, "rows": ()}
        return Found(plane=plane.model_copy(update=update), base=base, notice=notice)

    def names(self, measurement: Measurement, plane: PlaneCorrections) -> Assignment | None:
        """Return the targets of the rows; None where nobody named any."""
        known = roles_from_sheet(measurement, self.samples) if self.samples else measurement
        by_hand = corrected_assignment(known, plane, self.spec.rows)
        if by_hand is not None or not self.spec.targets:
            return by_hand
        if self.weigh is not None:
            known = self.weigh(known)
        return assign_targets(known, self.spec.targets)

    def contradiction(self, measurement: Measurement) -> str:
        """Return what in the lanes contradicts the study; empty if nothing does."""
        if not measurement.lanes or not self.hints.slots:
            return ""
        try:
            require_slots(measurement, self.hints, expected=f"membrane '{self.spec.membrane}' has")
        except LaneError as error:
            return str(error).removeprefix(f"{self.spec.file}: ")
        return ""

    # ------------------------------------------------------------ the sidecar

    def sidecar(self) -> Path:
        """Return the file that holds the corrections, or will."""
        name = str(self.path) if self.study_folder is None else self.spec.file
        found = find_corrections(self.directory, name, study_folder=self.study_folder)
        return corrections_path(self.path) if found is None else found[0]

    def sidecar_name(self) -> str:
        """Return the name of the file that holds the corrections; empty where there is none yet."""
        name = str(self.path) if self.study_folder is None else self.spec.file
        found = find_corrections(self.directory, name, study_folder=self.study_folder)
        return "" if found is None else found[1]

    def corrections(self, changed: Changed = "refuse") -> Corrections | None:
        """Return what was saved, or None.

        Parameters
        ----------
        changed : {"refuse", "discard", "keep"}
            What becomes of corrections of another version of the image: an error; left out; or
            taken as they are.

        Raises
        ------
        ImageChangedError
            If there are some of another version, and nobody said what is to become of them.
        """
        path = self.sidecar()
        if self.blot is not None or not path.is_file():
            return None
        sha256 = sha256_of(self.path)
        try:
            return read_corrections(path, path.name, sha256=sha256)
        except ImageChangedError as error:
            if changed == "refuse":
                raise
            if changed == "discard" or error.corrections is None:
                return None
            return error.corrections.model_copy(update={"sha256": sha256})


def _named(plan: Plan, base: MeasuredBase, plane: PlaneCorrections) -> tuple[PlannedRow, ...]:
    """Return a plan's rows with the names that version 1 gave to places."""
    numbers: dict[int, Key] = {}
    for panel in {row.panel for row in plan.rows}:
        own = sorted(row.id for row in plan.rows if row.panel == panel)
        numbers |= {row_id: (panel, place) for place, row_id in enumerate(own, start=1)}
    names = {nearest_row(base.measurement, row): row.target for row in plane.rows}
    return tuple(row.model_copy(update={"target": names.get(numbers[row.id])}) for row in plan.rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A picture as it looks by itself.

    Attributes
    ----------
    plane : PlaneCorrections
        With the plan of what was found, and nothing corrected.
    base : MeasuredBase or None
        What that plan starts from, measured; None for a stain of all proteins.
    notice : str
        What contradicts the study; empty if nothing does.
    """

    plane: PlaneCorrections
    base: MeasuredBase | None
    notice: str


def planes_of(path: Path | str) -> tuple[tuple[int, int], ...]:
    """Return channel and page of every blot in a file."""
    blots = read_planes(Path(path), name=Path(path).name)
    return tuple((blot.source.channel, blot.source.page) for blot in blots)


def source_of_file(
    path: Path | str,
    *,
    name: str | None = None,
    channel: int | None = None,
    page: int | None = None,
    region: tuple[int, int, int, int] | None = None,
    targets: tuple[str, ...] = (),
    parameters: Parameters | None = None,
) -> Source:
    """Return a file that is in no study."""
    spec = ImageSpec(
        file=name or str(path).replace(os.sep, "/"),
        membrane=NO_MEMBRANE,
        # An entry of a study names rows; a file by itself need not.
        targets=tuple(TargetSpec(name=target) for target in targets or ("-",)),
        channel=channel,
        page=page,
        region=region,
    )
    if not targets:
        spec = spec.model_copy(update={"targets": ()})
    hints = replace(LaneHints(), rows=len(targets) or None)
    return Source(file=Path(path), spec=spec, hints=hints, parameters=parameters or Parameters())
