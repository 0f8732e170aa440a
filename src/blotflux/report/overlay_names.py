"""The names on an overlay: what each lane holds, its number, and the rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot import LaneRole
from blotflux.report.drawing import put_text, shorten
from blotflux.report.lane_roles import is_doubtful, is_ladder, ladders_of
from blotflux.report.palette import INK, LADDER, LOW_CONFIDENCE, row_color
from blotflux.report.spreading import spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from blotflux.analysis.records import LaneSample
    from blotflux.blot import Band, Lane
    from blotflux.report.pictures import Picture

__all__ = ["Captions", "draw_ladder_weights", "draw_lane_heads", "draw_row_names"]

CAPTION_SIGNS = 26
SIGN_PX, LINE_PX = 7.4, 16.0
"""Width of a sign and height of a line of a caption."""


def lane_captions(picture: Picture) -> dict[int, tuple[str, ...]]:
    """Return what the sheet says of each lane, in short lines: treatment, dose, inhibitor."""
    return {number: _caption(sample) for number, sample in picture.samples.items()}


def _caption(sample: LaneSample) -> tuple[str, ...]:
    if sample.role in {LaneRole.LADDER, LaneRole.BLANK}:
        return (str(sample.role),)
    lines = (
        sample.treatment,
        f"{sample.dose} {sample.dose_unit}".strip(),
        f"+ {sample.inhibitor}" if sample.inhibitor else "",
        "left out" if sample.exclude else "",
    )
    return tuple(shorten(line, CAPTION_SIGNS) for line in lines if line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Captions:
    """What stands above the lanes, and how: in lines if there is room, else upright.

    Attributes
    ----------
    lines : mapping of lane number to tuple of str
    upright : bool
    height_px : float
    """

    lines: dict[int, tuple[str, ...]]
    upright: bool = False
    height_px: float = 0.0

    @classmethod
    def of(cls, picture: Picture, scale: float) -> Captions:
        """Return the captions of a picture that is shown at `scale`."""
        lines = lane_captions(picture)
        if not any(lines.values()):
            return cls(lines={})
        widest = max(len(line) for text in lines.values() for line in text) * SIGN_PX
        if widest + 8 <= narrowest_pitch(picture) * scale:
            most = max(len(text) for text in lines.values())
            return cls(lines=lines, height_px=most * LINE_PX + 6)
        lines = {number: (shorten(" ".join(text), 34),) for number, text in lines.items()}
        longest = max(len(line) for text in lines.values() for line in text)
        return cls(lines=lines, upright=True, height_px=longest * SIGN_PX + 8)


def draw_lane_heads(axes: Axes, picture: Picture, scale: float) -> None:
    """Write each lane's number at its upper end, what it holds above that, and its doubt."""
    captions = Captions.of(picture, scale)
    upper_panels = _upper_panels(picture)
    pitch = narrowest_pitch(picture) * scale
    for lane in picture.measurement.lanes:
        x, y = lane.track_x_px[0], lane.track_y_px[0]
        on_top = lane.panel in upper_panels
        size = min(16.0, max(10.0, pitch * 0.4))
        _write_number(axes, lane, (x, -0.5 if on_top else y), size=size, inside=not on_top)
        text = captions.lines.get(lane.number, ())
        if text and on_top:
            put_text(
                axes,
                x,
                -0.5 - 28 / scale,
                "\n".join(text),
                size=12.5,
                color=LADDER if is_ladder(picture, lane) else INK,
                ha="center",
                va="bottom",
                rotation=90 if captions.upright else 0,
            )


def _write_number(
    axes: Axes, lane: Lane, place: tuple[float, float], *, size: float, inside: bool
) -> None:
    doubtful = is_doubtful(lane)
    put_text(
        axes,
        *place,
        f"{lane.number}?" if doubtful else str(lane.number),
        size=size,
        weight="bold",
        color=LOW_CONFIDENCE if doubtful else INK,
        ha="center",
        va="bottom",
        backed=inside,
    )


def _upper_panels(picture: Picture) -> set[int]:
    """Return the panels that have no other panel above them: their heads stand in the margin."""
    boxes = _panel_boxes(picture)
    return {
        panel
        for panel, (left, top, right, _) in boxes.items()
        if not any(
            other[1] < top and other[0] <= right and other[2] >= left for other in boxes.values()
        )
    }


def _left_panels(picture: Picture) -> set[int]:
    """Return the panels that have no other panel at their left: their rows' names stand there."""
    boxes = _panel_boxes(picture)
    return {
        panel
        for panel, (left, top, _, bottom) in boxes.items()
        if not any(
            other[0] < left and other[1] <= bottom and other[3] >= top for other in boxes.values()
        )
    }


def _panel_boxes(picture: Picture) -> dict[int, tuple[float, float, float, float]]:
    """Return left, top, right and bottom of the lanes of each panel."""
    corners: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for lane in picture.measurement.lanes:
        ends = ((lane.track_x_px[i], lane.track_y_px[i]) for i in (0, -1))
        corners[lane.panel].extend(ends)
    boxes = {}
    for panel, points in corners.items():
        xs, ys = zip(*points, strict=True)
        boxes[panel] = (min(xs), min(ys), max(xs), max(ys))
    return boxes


def narrowest_pitch(picture: Picture) -> float:
    """Return the smallest distance between neighboring lanes of a panel, in blot pixels."""
    by_panel: dict[int, list[float]] = defaultdict(list)
    for lane in picture.measurement.lanes:
        by_panel[lane.panel].append(lane.track_x_px[0])
    gaps = [gap for xs in by_panel.values() for gap in np.diff(sorted(xs))]
    return float(min(gaps, default=picture.measurement.blot.shape[1]))


def draw_row_names(axes: Axes, picture: Picture, scale: float) -> None:
    """Name the rows in their colors: at the left, tied to the row's first band.

    Rows of a panel that has another panel at its left are named on the blot, above their first
    band.
    """
    outer = _left_panels(picture)
    firsts = _first_bands(picture)
    at_left = [band for band in firsts if band.panel in outer]
    wanted = [_middle(band) for band in at_left]
    for band, y in zip(at_left, spread(wanted, 19 / scale), strict=True):
        edge = -0.5 - 12 / scale
        color = row_color(band.row)
        options: dict[str, Any] = {"weight": "bold", "color": color, "ha": "right", "va": "center"}
        put_text(axes, edge, y, _row_words(picture, band), size=14, **options)
        axes.plot(
            (edge + 3 / scale, -0.5, band.box.left - 0.5),
            (y, _middle(band), _middle(band)),
            color=color,
            linewidth=1.0,
            alpha=0.8,
            clip_on=False,
        )
    for band in firsts:
        if band.panel not in outer:
            place = (band.box.left - 0.5, band.box.top - 0.5 - 2 / scale)
            options = {"weight": "bold", "color": row_color(band.row), "va": "bottom", "size": 12}
            put_text(axes, *place, _row_words(picture, band), backed=True, **options)


def _middle(band: Band) -> float:
    return (band.box.top + band.box.bottom - 1) / 2


def _row_words(picture: Picture, band: Band) -> str:
    target = picture.target_of(band)
    return shorten(f"{band.row}  {target}" if target else f"row {band.row}", 16)


def draw_ladder_weights(axes: Axes, picture: Picture, scale: float) -> None:
    """Write the known weight of each ladder band beside it, in kDa."""
    ladders = ladders_of(picture)
    for band in picture.measurement.bands:
        weight = band.molecular_weight_kda
        if weight is None or (band.panel, band.lane) not in ladders:
            continue
        put_text(
            axes,
            band.box.left - 0.5 - 4 / scale,
            _middle(band),
            f"{weight:.3g}",
            size=11.5,
            color=LADDER,
            ha="right",
            va="center",
            backed=True,
            clip_on=True,
        )


def _first_bands(picture: Picture) -> list[Band]:
    """Return the leftmost band of each row of samples, from the top."""
    ladders = ladders_of(picture)
    first: dict[tuple[int, int], Band] = {}
    for band in picture.measurement.bands:
        key = (band.panel, band.row)
        if (band.panel, band.lane) in ladders:
            continue
        if key not in first or band.box.left < first[key].box.left:
            first[key] = band
    return sorted(first.values(), key=lambda band: (_middle(band), band.panel, band.row))
