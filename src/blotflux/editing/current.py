"""One picture as it is corrected now: what is there, and what is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.editing.measuring import Measurer, plan_of
from blotflux.editing.view import LaneProfile, VolumeGrid, profile_of_lane, volume_grid
from blotflux.integrity import screen
from blotflux.measure.image_quality import check_image
from blotflux.measure.sensitivity import with_alternatives
from blotflux.report.pictures import Picture
from blotflux.report.tables import bands_table, lanes_table
from blotflux.study.slots import roles_from_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from blotflux.blot import Blot
    from blotflux.editing.source import Source
    from blotflux.findings import Finding
    from blotflux.measure.correcting import Corrected, Plan
    from blotflux.measure.result import Measurement
    from blotflux.study.assign import Assignment
    from blotflux.study.corrections import PlaneCorrections, SignOff

__all__ = ["CurrentPicture"]

Key = tuple[int, int]


class CurrentPicture:
    """One channel and page of one picture under some corrections; they can be looked at only.

    Parameters
    ----------
    source : Source
    stored : PlaneCorrections or None
        Corrections to start from; None: the picture as it was found.
    """

    def __init__(self, source: Source, stored: PlaneCorrections | None) -> None:
        self.source = source
        self._measurer = Measurer(source)
        self._first = self._measurer.settled(source.first())
        self._plane = self._first if stored is None else self._measurer.settled(stored)
        self._automatic = self._measurer.measured(self._first).measurement
        self._corrected = self._measurer.measured(self._plane)
        self._assignment = source.names(self.measurement, self._plane)

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
        return plan_of(self._plane)

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
        return self.source.contradiction(self.measurement) or self._measurer.doubt_of(self._plane)

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
