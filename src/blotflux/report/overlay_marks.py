"""The marks of an overlay: tracks, boxes, names, doubts, and the legend that explains them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole
from blotflux.findings import Severity
from blotflux.flags import Flag
from blotflux.report.drawing import put_text, shorten
from blotflux.report.palette import (
    FAIL,
    INK,
    LADDER,
    LOW_CONFIDENCE,
    MUTED,
    SATURATED,
    TRACK,
    WARN,
    row_color,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from blotflux.blot import Band, Blot, Lane
    from blotflux.report.pictures import Picture

__all__ = [
    "draw_boxes",
    "draw_lane_heads",
    "draw_legend",
    "draw_masks",
    "draw_row_names",
    "draw_tracks",
    "lane_captions",
]

CAPTION_SIGNS = 26
DASHES = (0, (3.0, 2.2))


# ---------------------------------------------------------------- what lanes hold


def lane_captions(picture: Picture) -> dict[int, str]:
    """Return what the sheet says of each lane, short: treatment, dose, inhibitor; empty if none."""
    return {number: _caption(picture, number) for number in picture.samples}


def _caption(picture: Picture, number: int) -> str:
    sample = picture.samples[number]
    if sample.role in {LaneRole.LADDER, LaneRole.BLANK}:
        return str(sample.role)
    dose = f"{sample.dose} {sample.dose_unit}".strip()
    text = " ".join(part for part in (sample.treatment, dose) if part)
    if sample.inhibitor:
        text += f" + {sample.inhibitor}"
    return shorten(text, CAPTION_SIGNS)


def is_doubtful(lane: Lane) -> bool:
    """Whether a lane must stand out: its confidence is low."""
    return Flag.LOW_CONFIDENCE in lane.flags or lane.confidence < 0.5


def _is_ladder(picture: Picture, lane: Lane) -> bool:
    return picture.role_of(lane) == LaneRole.LADDER


def _ladders(picture: Picture) -> set[tuple[int, int]]:
    return {
        (lane.panel, lane.number) for lane in picture.measurement.lanes if _is_ladder(picture, lane)
    }


def _band_color(band: Band, ladders: set[tuple[int, int]]) -> str:
    return LADDER if (band.panel, band.lane) in ladders else row_color(band.row)


# ---------------------------------------------------------------- on the blot


def draw_masks(axes: Axes, blot: Blot) -> None:
    """Fill clipped pixels, and gray out those without a value."""
    from matplotlib.colors import to_rgba

    for mask, color, alpha in ((blot.saturated, SATURATED, 0.85), (blot.invalid, MUTED, 0.6)):
        if mask.any():
            layer = np.zeros((*blot.shape, 4), np.float32)
            layer[mask] = to_rgba(color, alpha)
            axes.imshow(layer, interpolation="nearest")


def draw_tracks(axes: Axes, picture: Picture, scale: float) -> None:
    """Draw both edges of each lane; those of doubtful lanes are dashed and stand out."""
    from matplotlib.patheffects import withStroke

    rim = [withStroke(linewidth=2.6, foreground="white", alpha=0.55)]
    for lane in picture.measurement.lanes:
        y = np.asarray(lane.track_y_px)
        doubtful = is_doubtful(lane)
        for side in (-0.5, 0.5):
            # A pixel inwards, so that the edges of touching lanes can be told apart.
            x = np.asarray(lane.track_x_px) + side * (lane.width_px - 2 / scale)
            axes.plot(
                x,
                y,
                color=LOW_CONFIDENCE if doubtful else TRACK,
                linewidth=2.0 if doubtful else 1.0,
                linestyle=DASHES if doubtful else "-",
                alpha=0.95 if doubtful else 0.7,
                path_effects=rim,
            )


def draw_boxes(axes: Axes, picture: Picture, scale: float) -> None:
    """Draw each band's box in the color of its row, dashed where nothing was detected."""
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    ladders = _ladders(picture)
    for band in picture.measurement.bands:
        box = band.box
        ladder = (band.panel, band.lane) in ladders
        axes.add_patch(
            Rectangle(
                (box.left - 0.5, box.top - 0.5),
                box.right - box.left,
                box.bottom - box.top,
                fill=False,
                edgecolor=_band_color(band, ladders),
                linewidth=1.2 if ladder else 2.0,
                linestyle="-" if band.detected else DASHES,
                path_effects=[withStroke(linewidth=3.6, foreground="white", alpha=0.8)],
            )
        )
    _draw_band_signs(axes, picture, scale)


def _draw_band_signs(axes: Axes, picture: Picture, scale: float) -> None:
    """Mark bands that findings are about, and bands that a person changed."""
    worst = _worst_by_band(picture)
    for band in picture.measurement.bands:
        x = band.box.right - 0.5
        y = band.box.top - 0.5
        severity = worst.get((band.panel, band.lane, band.row))
        if severity is not None:
            color = FAIL if severity is Severity.FAIL else WARN
            axes.plot(
                x,
                y,
                marker="^",
                markersize=10,
                color=color,
                markerfacecolor=color if severity is Severity.FAIL else "white",
                markeredgewidth=1.6,
                clip_on=False,
                zorder=5,
            )
        if band.edited:
            x = band.box.left + 4 / scale
            put_text(axes, x, y, "\u270e", size=14, color=INK, va="center", backed=True)


def _worst_by_band(picture: Picture) -> dict[tuple[int, int, int], Severity]:
    """Return the worst warning or failure about each band, by panel, lane and row."""
    row_of = {target: key for key, target in picture.targets.items()}
    worst: dict[tuple[int, int, int], Severity] = {}
    for finding in picture.findings:
        place = row_of.get(finding.target)
        if finding.lane is None or place is None or finding.severity is Severity.INFO:
            continue
        key = (place[0] if finding.panel is None else finding.panel, finding.lane, place[1])
        if worst.get(key) is not Severity.FAIL:
            worst[key] = finding.severity
    return worst


# ---------------------------------------------------------------- names


def draw_lane_heads(axes: Axes, picture: Picture, scale: float) -> None:
    """Write each lane's number at its upper end, what it holds above that, and its doubt."""
    captions = lane_captions(picture)
    upper_panels = _upper_panels(picture)
    pitch = _narrowest_pitch(picture) * scale
    for lane in picture.measurement.lanes:
        x, y = lane.track_x_px[0], lane.track_y_px[0]
        on_top = lane.panel in upper_panels
        size = min(16.0, max(10.0, pitch * 0.4))
        _write_number(axes, lane, (x, -0.5 if on_top else y), size=size, inside=not on_top)
        text = captions.get(lane.number, "")
        if text and on_top:
            put_text(
                axes,
                x,
                -0.5 - 30 / scale,
                text,
                size=12.5,
                color=LADDER if _is_ladder(picture, lane) else INK,
                ha="center",
                va="bottom",
                rotation=90,
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


def _narrowest_pitch(picture: Picture) -> float:
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


def _first_bands(picture: Picture) -> list[Band]:
    """Return the leftmost band of each row of samples, from the top."""
    ladders = _ladders(picture)
    first: dict[tuple[int, int], Band] = {}
    for band in picture.measurement.bands:
        key = (band.panel, band.row)
        if (band.panel, band.lane) in ladders:
            continue
        if key not in first or band.box.left < first[key].box.left:
            first[key] = band
    return sorted(first.values(), key=lambda band: (band.box.top, band.panel, band.row))


def spread(wanted: list[float], gap: float) -> list[float]:
    """Return places at least `gap` apart, as near to the ascending wanted ones as can be.

    Neighbors that are too close are pooled and put around their common middle.

    >>> spread([10.0, 11.0, 50.0], 6.0)
    [7.5, 13.5, 50.0]
    """
    groups: list[list[float]] = []  # sum of wanted places less their offsets, count
    for place in wanted:
        groups.append([place, 1.0])
        while len(groups) > 1 and _end(groups[-2], gap) > _start(groups[-1], gap):
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    places: list[float] = []
    for group in groups:
        start = _start(group, gap) + gap / 2
        places.extend(start + gap * index for index in range(int(group[1])))
    return places


def _start(group: list[float], gap: float) -> float:
    return group[0] / group[1] - gap * group[1] / 2


def _end(group: list[float], gap: float) -> float:
    return group[0] / group[1] + gap * group[1] / 2


# ---------------------------------------------------------------- legend


def draw_legend(figure: Figure, left_px: float, y_px: float, picture: Picture) -> None:
    """Explain, in one line below the blot, the marks that are on it."""
    width, height = figure.get_size_inches() * figure.dpi
    x = left_px
    for sign, color, text in _legend_entries(picture):
        for part, part_color, weight in ((sign, color, "bold"), (text, MUTED, "normal")):
            written = put_text(
                figure,
                x / width,
                y_px / height,
                part,
                size=12.5,
                color=part_color,
                weight=weight,
                va="center",
            )
            x = written.get_window_extent().x1 + (5 if part is sign else 18)


def _legend_entries(picture: Picture) -> list[tuple[str, str, str]]:
    measurement = picture.measurement
    severities = set(_worst_by_band(picture).values())
    entries = [
        (bool(measurement.bands), "\u25ad", INK, "summed pixels, by row"),
        (any(not band.detected for band in measurement.bands), "\u2504", INK, "nothing detected"),
        (bool(measurement.blot.saturated.any()), "\u25a0", SATURATED, "saturated"),
        (bool(measurement.blot.invalid.any()), "\u25a0", MUTED, "no value"),
        (any(map(is_doubtful, measurement.lanes)), "?", LOW_CONFIDENCE, "lane of low confidence"),
        (Severity.FAIL in severities, "\u25b2", FAIL, "failed a check"),
        (Severity.WARN in severities, "\u25b3", WARN, "warning"),
        (any(band.edited for band in measurement.bands), "\u270e", INK, "changed by hand"),
    ]
    return [(sign, color, text) for shown, sign, color, text in entries if shown]
