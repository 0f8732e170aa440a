"""The marks of an overlay: tracks, boxes, doubts, and the legend that explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.findings import Severity
from blotflux.report.drawing import put_text
from blotflux.report.lane_roles import band_color, is_doubtful, ladders_of
from blotflux.report.palette import (
    EVIDENCE,
    FAIL,
    INK,
    LOW_CONFIDENCE,
    MUTED,
    SATURATED,
    TRACK,
    WARN,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from blotflux.blot import Blot
    from blotflux.report.pictures import Picture

__all__ = ["draw_boxes", "draw_evidence", "draw_legend", "draw_masks", "draw_tracks"]

DASHES = (0, (3.0, 2.2))
DOTS = (0, (1.0, 1.0))


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

    ladders = ladders_of(picture)
    for band in picture.measurement.bands:
        box = band.box
        ladder = (band.panel, band.lane) in ladders
        axes.add_patch(
            Rectangle(
                (box.left - 0.5, box.top - 0.5),
                box.right - box.left,
                box.bottom - box.top,
                fill=False,
                edgecolor=band_color(band, ladders),
                linewidth=1.2 if ladder else 2.0,
                linestyle="-" if band.detected else DASHES,
                path_effects=[withStroke(linewidth=3.6, foreground="white", alpha=0.8)],
            )
        )
    _draw_band_signs(axes, picture, scale)


def draw_evidence(axes: Axes, picture: Picture, scale: float) -> None:
    """Draw where findings about places show; those of one finding have its number."""
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    for mark in picture.measurement.marks:
        box = mark.box
        axes.add_patch(
            Rectangle(
                (box.left - 0.5, box.top - 0.5),
                box.right - box.left,
                box.bottom - box.top,
                fill=False,
                edgecolor=EVIDENCE,
                linewidth=2.2,
                linestyle=DOTS,
                path_effects=[withStroke(linewidth=4.0, foreground="white", alpha=0.8)],
            )
        )
        put_text(
            axes,
            box.left + 4 / scale,
            box.bottom - 0.5 - 4 / scale,
            f"{mark.code} {mark.number}",
            size=12,
            color=EVIDENCE,
            weight="bold",
            va="bottom",
            backed=True,
        )


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
        (bool(measurement.marks), "\u25a1", EVIDENCE, "place of the finding named there"),
        (any(band.edited for band in measurement.bands), "\u270e", INK, "changed by hand"),
    ]
    return [(sign, color, text) for shown, sign, color, text in entries if shown]
