"""What a person does to rows of bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot.model import LaneRole
from blotflux.editing.actions.action import Action
from blotflux.editing.errors import EditError
from blotflux.measure.correcting import PlannedBand, PlannedRow

if TYPE_CHECKING:
    from blotflux.editing.desk import Desk
    from blotflux.measure.correcting import PlannedLane
    from blotflux.study.corrections import PlaneCorrections

__all__ = ["AddRow", "DeleteRow", "FindRows", "MergeRows", "NameRow", "SplitRow"]

LOOK_SIGMAS = 3.0  # how far around a band its width is looked at
LEAST_APART = 1.5  # sigmas between the bands of a doublet, at least


@dataclass(frozen=True, slots=True)
class AddRow(Action):
    """Draw a row of bands that was missed, through a place in one lane."""

    panel: int
    y_px: float
    lane: int

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Add a row at y = {self.y_px:.0f}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        lane = desk.lane(self.panel, self.lane)
        if not 0 <= self.y_px < desk.blot.shape[0]:
            message = f"y = {self.y_px:.0f} lies outside the picture"
            raise EditError(message)
        return desk.with_rows([*desk.plan.rows, self._row(desk, lane)])

    def _row(self, desk: Desk, lane: PlannedLane) -> PlannedRow:
        """Return a row that runs as the nearest one does."""
        ladder = lane.id if lane.role is LaneRole.LADDER else None
        group, rows = desk.group_of(lane), desk.rows_of(lane)
        if ladder is not None and group is None:
            message = f"lane {self.lane} became a ladder by hand; find the rows again first"
            raise EditError(message)
        own = {"id": desk.next_row_id(), "panel": self.panel, "lane": ladder}
        known = [row for row in rows if row.place is not None]
        if not known:
            return PlannedRow.model_validate({**own, "y_px": float(self.y_px)})
        heights = [desk.expected(row, lane) for row in known]
        at = int(np.argmin([abs(y - self.y_px) for y in heights]))
        nearest = known[at].planned
        offset = nearest.offset_px + self.y_px - heights[at]
        return PlannedRow.model_validate({**own, "like": nearest.like, "offset_px": offset})


@dataclass(frozen=True, slots=True)
class DeleteRow(Action):
    """Take a row away in all lanes."""

    panel: int
    row: int

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Delete row {self.row}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        gone = desk.row(self.panel, self.row)
        return desk.with_rows([row for row in desk.plan.rows if row.id != gone.id])


@dataclass(frozen=True, slots=True)
class SplitRow(Action):
    """Split the bands of a row into doublets; with `lane`, those of this lane only."""

    panel: int
    row: int
    lane: int | None = None

    def describe(self) -> str:
        """Return the menu's words for it."""
        where = "" if self.lane is None else f" of lane {self.lane}"
        return f"Split band {self.row}{where}" if where else f"Split row {self.row}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        row = desk.row(self.panel, self.row)
        return self._everywhere(desk, row) if self.lane is None else self._here(desk, row)

    def _everywhere(self, desk: Desk, row: PlannedRow) -> PlaneCorrections:
        """Return the corrections with two rows in place of one."""
        widths = [
            seen_sigma(desk, self.panel, band.lane, self.row)
            for band in desk.bands_of_row(self.panel, self.row)
            if band.detected
        ]
        if not widths:
            message = f"row {self.row} shows no band that could be split"
            raise EditError(message)
        seen = float(np.median(widths))
        sigma = min(typical_sigma(desk, self.panel, but=self.row) or np.inf, seen / 1.25)
        half = 0.5 * apart(seen, sigma)
        upper = PlannedRow.model_validate({**dict(row), **moved_by(row, -half), "sigma_px": sigma})
        lower = PlannedRow.model_validate(
            {
                **dict(row),
                **moved_by(row, half),
                "sigma_px": sigma,
                "id": desk.next_row_id(),
                "target": None,
            }
        )
        rows = [upper if own.id == row.id else own for own in desk.plan.rows]
        kept = [band for band in desk.plan.bands if band.row != row.id]
        return desk.with_rows([*rows, lower], kept)

    def _here(self, desk: Desk, row: PlannedRow) -> PlaneCorrections:
        """Return the corrections with one more row, and this lane's band split into the two."""
        number = self.lane or 0
        lane = desk.lane(self.panel, number)
        band = desk.band(self.panel, number, self.row)
        model = next(own.model for own in desk.rows_of(lane) if own.planned.id == row.id)
        distance = apart(seen_sigma(desk, self.panel, number, self.row), model.sigma)
        lower = PlannedRow.model_validate(
            {
                **dict(row),
                **moved_by(row, distance),
                "id": desk.next_row_id(),
                "target": None,
            }
        )
        said = [own for own in desk.plan.bands if (own.lane, own.row) != (lane.id, row.id)]
        halves = [
            PlannedBand(lane=lane.id, row=row.id, y_px=band.y_px - distance / 2),
            PlannedBand(lane=lane.id, row=lower.id, y_px=band.y_px + distance / 2),
        ]
        return desk.with_rows([*desk.plan.rows, lower], [*said, *halves])


def moved_by(row: PlannedRow, dy_px: float) -> dict[str, float]:
    """Return a row's place further down."""
    if row.y_px is not None:
        return {"y_px": row.y_px + dy_px}
    return {"offset_px": row.offset_px + dy_px}


def apart(seen: float, sigma: float) -> float:
    """Return the distance of two equal bands that together look as wide as `seen`, px.

    Two Gaussians a distance d apart have the variance ``sigma**2 + d**2 / 4``.
    """
    return max(LEAST_APART * sigma, 2 * float(np.sqrt(max(seen**2 - sigma**2, 0.0))))


def seen_sigma(desk: Desk, panel: int, lane: int, row: int) -> float:
    """Return how wide a band looks by itself, whatever its row's width, px."""
    own = desk.corrected.lanes[panel, lane]
    at = next(
        place
        for place, row_id in enumerate(own.row_ids)
        if row_id == desk.corrected.row_ids[panel, row]
    )
    fitted = own.fitted
    others = fitted.curves.sum(axis=0) - fitted.curves[at]
    light = fitted.value - fitted.background - others
    position, sigma = fitted.position[at], fitted.sigma[at]
    y = np.arange(len(light))
    weight = np.where(np.abs(y - position) < LOOK_SIGMAS * sigma, np.maximum(light, 0.0), 0.0)
    total = float(weight.sum())
    if total <= 0:
        return float(sigma)
    middle = float((weight * y).sum()) / total
    return float(np.sqrt((weight * (y - middle) ** 2).sum() / total))


def typical_sigma(desk: Desk, panel: int, *, but: int) -> float | None:
    """Return the median width of the detected bands of other rows; None without any."""
    widths = [
        band.sigma_y_px
        for band in desk.corrected.measurement.bands
        if band.panel == panel and band.row != but and band.detected
    ]
    return float(np.median(widths)) if widths else None


@dataclass(frozen=True, slots=True)
class MergeRows(Action):
    """Say that two rows are one."""

    panel: int
    row: int
    other: int

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Merge rows {self.row} and {self.other}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        kept, gone = desk.row(self.panel, self.row), desk.row(self.panel, self.other)
        if kept.id == gone.id or kept.lane != gone.lane:
            message = f"rows {self.row} and {self.other} cannot be merged: choose two of one group"
            raise EditError(message)
        ys = {band.lane: band.y_px for band in desk.bands_of_row(self.panel, self.row)}
        pairs = [
            (band.y_px - ys[band.lane], band.sigma_y_px)
            for band in desk.bands_of_row(self.panel, self.other)
            if band.lane in ys
        ]
        distance = float(np.median([dy for dy, _ in pairs]))
        sigma = float(np.nanmedian([width for _, width in pairs]))
        wide = float(np.hypot(sigma if np.isfinite(sigma) else abs(distance), distance / 2))
        merged = PlannedRow.model_validate(
            {
                **dict(kept),
                **moved_by(kept, distance / 2),
                "sigma_px": wide,
                "target": kept.target or gone.target,
            }
        )
        rows = [merged if row.id == kept.id else row for row in desk.plan.rows if row.id != gone.id]
        bands = [band for band in desk.plan.bands if band.row not in (kept.id, gone.id)]
        return desk.with_rows(rows, bands)


@dataclass(frozen=True, slots=True)
class NameRow(Action):
    """Say which target a row is; "-": nobody wants it, "": it has no name."""

    panel: int
    row: int
    target: str

    def describe(self) -> str:
        """Return the menu's words for it."""
        return f"Name row {self.row}"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        own = desk.row(self.panel, self.row)
        target = " ".join(self.target.split())
        # From now on a person names the rows: the names that they see are kept.
        seen = {desk.corrected.row_ids.get(key): name for key, name in desk.targets.items()}
        named = []
        for row in desk.plan.rows:
            name = row.target if row.target is not None else seen.get(row.id)
            if row.id == own.id:
                name = target or None
            elif target not in ("", "-") and row.panel == own.panel and name == target:
                name = None  # one row of a panel has the name
            named.append(row.model_copy(update={"target": name}))
        return desk.with_rows(named)


@dataclass(frozen=True, slots=True)
class FindRows(Action):
    """Find rows and bands anew on the lanes as they are now."""

    def describe(self) -> str:
        """Return the menu's words for it."""
        return "Find rows again"

    def apply(self, desk: Desk) -> PlaneCorrections:
        """Return the corrections after the action."""
        lanes = sorted(desk.plan.lanes, key=lambda lane: lane.key)
        if not lanes:
            message = "there are no lanes; draw them first"
            raise EditError(message)
        return desk.started([lane.lane() for lane in lanes])
