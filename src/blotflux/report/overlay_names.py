"""The names on an overlay: what each lane holds, its number, and the rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    tops: dict[int, float] = {}
    spans: dict[int, tuple[float, float]] = {}
    for lane in picture.measurement.lanes:
        x = lane.track_x_px[0]
        left, right = spans.get(lane.panel, (x, x))
        spans[lane.panel] = min(left, x), max(right, x)
        tops[lane.panel] = min(tops.get(lane.panel, np.inf), lane.track_y_px[0])
    return {
        panel
        for panel, (left, right) in spans.items()
        if not any(
            tops[other] < tops[panel] and spans[other][0] <= right and spans[other][1] >= left
            for other in spans
        )
    }


def narrowest_pitch(picture: Picture) -> float:
    """Return the smallest distance between neighboring lanes of a panel, in blot pixels."""
    by_panel: dict[int, list[float]] = defaultdict(list)
    for lane in picture.measurement.lanes:
        by_panel[lane.panel].append(lane.track_x_px[0])
    gaps = [gap for xs in by_panel.values() for gap in np.diff(sorted(xs))]
    return float(min(gaps, default=picture.measurement.blot.shape[1]))


def draw_row_names(axes: Axes, picture: Picture, scale: float) -> None:
    """Name the rows at the left, in their colors, each tied to the row's first band."""
    firsts = _first_bands(picture)
    wanted = [(band.box.top + band.box.bottom - 1) / 2 for band in firsts]
    places = spread(wanted, 19 / scale)
    for band, wanted_y, y in zip(firsts, wanted, places, strict=True):
        color = row_color(band.row)
        target = picture.target_of(band)
        text = shorten(f"{band.row}  {target}" if target else f"row {band.row}", 16)
        edge = -0.5 - 12 / scale
        put_text(axes, edge, y, text, size=14, weight="bold", color=color, ha="right", va="center")
        axes.plot(
            (edge + 3 / scale, -0.5, band.box.left - 0.5),
            (y, wanted_y, wanted_y),
            color=color,
            linewidth=1.0,
            alpha=0.8,
            clip_on=False,
        )


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
            (band.box.top + band.box.bottom - 1) / 2,
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
    return sorted(first.values(), key=lambda band: (band.box.top, band.panel, band.row))
