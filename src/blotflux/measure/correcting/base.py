"""The automatic measurement that corrections start from, with what measuring again needs of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot.model import LaneRole
from blotflux.measure.correcting.models import models_of
from blotflux.measure.correcting.plan import BaseRow
from blotflux.measure.correcting.windows import Windows, windows_of
from blotflux.measure.densitometry import box_heights
from blotflux.measure.fitting.borders import inner_rows
from blotflux.measure.fitting.panel_fit import fit_panel, noise_in_lanes, ripple_floor
from blotflux.measure.fitting.profiles import covered_rows
from blotflux.measure.fitting.specks import without_specks
from blotflux.measure.noise import estimate_noise
from blotflux.measure.pipeline import tabulate
from blotflux.measure.result import LaneHints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Band, Blot, Lane
    from blotflux.measure.correcting.plan import Base
    from blotflux.measure.fitting.frozen import RowModel
    from blotflux.measure.fitting.groups import GroupFit
    from blotflux.measure.result import Measurement, Noise
    from blotflux.parameters import Parameters

__all__ = ["GroupBase", "MeasuredBase", "PanelBase", "hints_of", "measure_base"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupBase:
    """Lanes that share their rows, as the joint fit left them.

    Attributes
    ----------
    fit : GroupFit
    lane_ids, row_ids : tuple of int
        Of the fit's lanes and rows.
    models : tuple of RowModel
        What each row's bands have in common.
    zones : tuple of frozenset of int
        Ids of the rows that were fitted together.
    heights : mapping of row id to int
        Of the rows' boxes.
    x_px : ndarray, shape (lanes,)
        Where the lanes are at the height at which they are compared.
    heights_px : ndarray, shape (rows, lanes)
        Where each row is expected in each lane, blot px.
    """

    fit: GroupFit
    lane_ids: tuple[int, ...]
    row_ids: tuple[int, ...]
    models: tuple[RowModel, ...]
    zones: tuple[frozenset[int], ...]
    heights: Mapping[int, int]
    x_px: NDArray[np.float64]
    heights_px: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelBase:
    """One panel of the automatic measurement.

    Attributes
    ----------
    number : int
    lane_ids : tuple of int
    lanes : tuple of Lane
    noise : Noise
        Of the panel.
    signal : ndarray of float32, shape (rows, columns)
        The picture without specks.
    top, bottom : int
        The rows of the picture that the profiles cover.
    ripple : float
        See `ripple_floor`.
    windows : Windows
        Of the lanes.
    samples : GroupBase or None
        None if no band was found.
    ladders : mapping of lane id to GroupBase
    """

    number: int
    lane_ids: tuple[int, ...]
    lanes: tuple[Lane, ...]
    noise: Noise
    signal: NDArray[np.float32]
    top: int
    bottom: int
    ripple: float
    windows: Windows
    samples: GroupBase | None
    ladders: Mapping[int, GroupBase]

    @property
    def middle_px(self) -> float:
        """The height at which lanes are compared."""
        return float(self.top + (self.bottom - self.top) // 2)

    @property
    def groups(self) -> tuple[GroupBase, ...]:
        """The samples, then the ladders."""
        own = () if self.samples is None else (self.samples,)
        return (*own, *self.ladders.values())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredBase:
    """The automatic measurement of one blot.

    Attributes
    ----------
    base : Base
    blot : Blot
    noise : Noise
    panels : mapping of number to PanelBase
    measurement : Measurement
        With the joint fit's background.
    bands : mapping of lane id to mapping of row id to Band
    rows : tuple of BaseRow
        As this program finds them on the recorded lanes.
    """

    base: Base
    blot: Blot
    noise: Noise
    panels: Mapping[int, PanelBase]
    measurement: Measurement
    bands: Mapping[int, Mapping[int, Band]]
    rows: tuple[BaseRow, ...]


def hints_of(base: Base) -> LaneHints:
    """Return hints under which the roles of the recorded lanes stay as they are."""
    return LaneHints(slots=tuple(lane.number for lane in base.lanes), rows=base.promised)


def measure_base(blot: Blot, parameters: Parameters, base: Base) -> MeasuredBase:
    """Return the automatic measurement on the recorded lanes."""
    noise = estimate_noise(blot)
    hints = hints_of(base)
    fits: list[tuple[Sequence[Lane], Sequence[GroupFit]]] = []
    panels: dict[int, PanelBase] = {}
    rows: list[BaseRow] = []
    recorded = sorted(base.lanes, key=lambda lane: lane.key)
    for number, of_panel in groupby(recorded, key=lambda lane: lane.panel):
        members = list(of_panel)
        lanes, groups = fit_panel(blot, [lane.lane() for lane in members], noise, hints)
        fits.append((lanes, groups))
        ids = {lane.key: lane.id for lane in members}
        prepared = _Prepared.of(blot, lanes, noise)
        panels[number] = _panel(prepared, lanes, groups, ids, len(rows))
        for group in panels[number].groups:
            rows += _rows(number, group, panels[number].top)
    measurement = tabulate(blot, noise, fits, parameters)
    return MeasuredBase(
        base=base,
        blot=blot,
        noise=noise,
        panels=panels,
        measurement=measurement,
        bands=_bands_by_id(measurement, panels),
        rows=tuple(rows),
    )


def _rows(panel: int, group: GroupBase, top: int) -> list[BaseRow]:
    ladder = group.fit.lanes[0].role is LaneRole.LADDER
    heights = np.median(group.fit.fit.position, axis=0) + top
    return [
        BaseRow(
            id=row_id,
            panel=panel,
            lane=group.lane_ids[0] if ladder else None,
            y_px=float(y),
        )
        for row_id, y in zip(group.row_ids, heights, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prepared:
    """A panel's pixels, as `fit_panel` prepares them."""

    blot: Blot
    signal: NDArray[np.float32]
    noise: Noise
    top: int
    bottom: int

    @property
    def middle_px(self) -> float:
        return float(self.top + (self.bottom - self.top) // 2)

    @classmethod
    def of(cls, blot: Blot, lanes: Sequence[Lane], noise: Noise) -> _Prepared:
        own = noise_in_lanes(blot, lanes, noise)
        signal = without_specks(blot.signal, min(lane.width_px for lane in lanes), own.sigma)
        top, bottom = covered_rows(len(signal), lanes, inner_rows(signal, own.sigma))
        return cls(blot=blot, signal=signal, noise=own, top=top, bottom=bottom)


def _panel(
    prepared: _Prepared,
    lanes: Sequence[Lane],
    groups: Sequence[GroupFit],
    ids: Mapping[tuple[int, int], int],
    first_row: int,
) -> PanelBase:
    samples, ladders = None, {}
    for group in groups:
        made = _group(group, prepared, ids, first_row)
        first_row += len(group.rows)
        if group.lanes[0].role is LaneRole.LADDER:
            ladders[made.lane_ids[0]] = made
        else:
            samples = made
    profiles = groups[0].profiles if groups else None
    return PanelBase(
        number=lanes[0].panel,
        lane_ids=tuple(ids[lane.panel, lane.number] for lane in lanes),
        lanes=tuple(lanes),
        noise=prepared.noise,
        signal=prepared.signal,
        top=prepared.top,
        bottom=prepared.bottom,
        ripple=ripple_floor(prepared.blot, profiles) if profiles is not None else 0.0,
        windows=windows_of(lanes, prepared.top, prepared.bottom),
        samples=samples,
        ladders=ladders,
    )


def _group(
    group: GroupFit,
    prepared: _Prepared,
    ids: Mapping[tuple[int, int], int],
    first_row: int,
) -> GroupBase:
    row_ids = tuple(range(first_row, first_row + len(group.rows)))
    heights = box_heights(group)
    return GroupBase(
        fit=group,
        lane_ids=tuple(ids[lane.panel, lane.number] for lane in group.lanes),
        row_ids=row_ids,
        models=models_of(group),
        zones=tuple(frozenset(row_ids[r] for r in zone.members) for zone in group.fit.zones),
        heights=dict(zip(row_ids, heights, strict=True)),
        x_px=np.array([float(lane.x_at(prepared.middle_px)) for lane in group.lanes]),
        heights_px=np.stack([row.y for row in group.rows]) + group.profiles.top,
    )


def _bands_by_id(
    measurement: Measurement, panels: Mapping[int, PanelBase]
) -> dict[int, dict[int, Band]]:
    lanes: dict[tuple[int, int], int] = {}
    rows: dict[tuple[int, int], int] = {}
    for panel in panels.values():
        for lane, lane_id in zip(panel.lanes, panel.lane_ids, strict=True):
            lanes[lane.panel, lane.number] = lane_id
        row_ids = [row_id for group in panel.groups for row_id in group.row_ids]
        rows |= {(panel.number, number): row_id for number, row_id in enumerate(row_ids, start=1)}
    bands: dict[int, dict[int, Band]] = {lane_id: {} for lane_id in lanes.values()}
    for band in measurement.bands:
        bands[lanes[band.panel, band.lane]][rows[band.panel, band.row]] = band
    return bands
