"""Overlays: each picture with what was measured drawn on it, to be checked at a glance.

The blot is shown as it was measured (turned, flipped and cropped as the study says), bands dark on
light whatever the file's polarity. The gray levels are stretched for the eye; nothing is measured
on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.report.drawing import new_figure, put_text, save, shorten
from blotflux.report.overlay_marks import (
    draw_boxes,
    draw_evidence,
    draw_legend,
    draw_masks,
    draw_tracks,
)
from blotflux.report.overlay_names import (
    Captions,
    draw_ladder_weights,
    draw_lane_heads,
    draw_row_names,
)
from blotflux.report.palette import INK, LINE, MUTED
from blotflux.report.pictures import pictures_of_quantify

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from blotflux.blot import Blot
    from blotflux.report.drawing import Drawing
    from blotflux.report.pictures import Measured, Picture

__all__ = ["Layout", "display_gray", "draw_overlay", "layout_of"]

SHOWN_WIDTH_PX, SHOWN_HEIGHT_PX = 1060, 900
"""The blot is scaled to fit into this; small panels are enlarged, so that text has room."""

LARGEST_SCALE = 5.0
SIDE_PX, EDGE_PX, TITLE_PX, NUMBER_PX, LEGEND_PX = 150, 24, 46, 30, 40
DISPLAY_GAMMA = 0.75
PNG_SCALE = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things are on the page, in pixels of the page.

    Attributes
    ----------
    scale : float
        Pixels of the page per pixel of the blot.
    width_px, height_px : float
        Of the page.
    left_px, top_px : float
        Of the blot on the page, from the page's upper left corner.
    shown_px : (float, float)
        Width and height of the blot on the page.
    """

    scale: float
    width_px: float
    height_px: float
    left_px: float
    top_px: float
    shown_px: tuple[float, float]


def draw_overlay(item: Measured) -> Drawing:
    """Return a picture with its lanes, bands, rows and doubts drawn on it, as PNG and SVG.

    Lanes are tracks with their numbers; boxes are the pixels that ``total`` sums, colored by row
    and named at the side, dashed where nothing was detected. Clipped pixels are filled, lanes of
    low confidence carry a question mark, findings about a band a triangle; places that repeat or do
    not fit together are framed and named after their finding.
    """
    (picture,) = pictures_of_quantify([item])
    layout = layout_of(picture)
    figure = new_figure(layout.width_px, layout.height_px)
    axes = _blot_axes(figure, layout, picture.measurement.blot)
    draw_masks(axes, picture.measurement.blot)
    draw_tracks(axes, picture, layout.scale)
    draw_boxes(axes, picture, layout.scale)
    draw_evidence(axes, picture, layout.scale)
    draw_row_names(axes, picture, layout.scale)
    draw_ladder_weights(axes, picture, layout.scale)
    draw_lane_heads(axes, picture, layout.scale)
    _write_title(figure, layout, picture)
    draw_legend(figure, layout.left_px, LEGEND_PX / 2 - 4, picture)
    return save(figure, png_scale=PNG_SCALE)


def layout_of(picture: Picture) -> Layout:
    """Return where the parts of a picture's overlay go."""
    rows, columns = picture.measurement.blot.shape
    scale = min(SHOWN_WIDTH_PX / columns, SHOWN_HEIGHT_PX / rows, LARGEST_SCALE)
    shown = (columns * scale, rows * scale)
    top = TITLE_PX + NUMBER_PX + Captions.of(picture, scale).height_px
    width = max(SIDE_PX + shown[0] + EDGE_PX, 760)
    return Layout(
        scale=scale,
        width_px=width,
        height_px=top + shown[1] + LEGEND_PX,
        left_px=SIDE_PX,
        top_px=top,
        shown_px=shown,
    )


def display_gray(blot: Blot) -> NDArray[np.uint8]:
    """Return the blot for the eye: bands dark on light, shape (rows, columns).

    The faintest hundredth is white, the strongest 0.2 % are black; in between a slight gamma lifts
    weak bands. For display only.
    """
    low, high = np.percentile(blot.signal, (1.0, 99.8))
    span = max(float(high - low), 1e-12)
    strength = np.clip((blot.signal - low) / span, 0.0, 1.0) ** DISPLAY_GAMMA
    gray: NDArray[np.uint8] = np.rint(255.0 * (1.0 - strength)).astype(np.uint8)
    return gray


def _blot_axes(figure: Figure, layout: Layout, blot: Blot) -> Axes:
    """Put the blot on the page and return axes in its pixels."""
    width, height = layout.shown_px
    bottom = layout.height_px - layout.top_px - height
    axes = figure.add_axes(
        (
            layout.left_px / layout.width_px,
            bottom / layout.height_px,
            width / layout.width_px,
            height / layout.height_px,
        )
    )
    # An SVG holds the blot's own pixels; the PNG is smoothed to its size.
    smooth = "bicubic" if layout.scale * PNG_SCALE > 1 else "antialiased"
    axes.imshow(display_gray(blot), cmap="gray", vmin=0, vmax=255, interpolation=smooth)
    rows, columns = blot.shape
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_color(LINE)
    return axes


def _write_title(figure: Figure, layout: Layout, picture: Picture) -> None:
    """Write the picture's name and what was found above it."""
    y = 1 - 26 / layout.height_px
    x = layout.left_px / layout.width_px
    blot = picture.measurement.blot
    membrane = f"{picture.membrane}: " if picture.membrane else ""
    title = shorten(f"{membrane}{picture.title}", 62)
    put_text(figure, x, y, title, size=17, weight="bold", color=INK, va="center")
    certain = "" if blot.polarity_confidence >= 0.9 else f" ({blot.polarity_confidence:.0%})"
    summary = f"{_counts(picture)}, {str(blot.polarity).replace('_', ' ')}{certain}"
    right = (layout.left_px + layout.shown_px[0]) / layout.width_px
    wide = layout.shown_px[0] > 900
    put_text(
        figure,
        right if wide else x,
        y if wide else 1 - 45 / layout.height_px,
        summary,
        size=13,
        color=MUTED,
        va="center",
        ha="right" if wide else "left",
    )


def _counts(picture: Picture) -> str:
    """Return how many lanes, rows and detected bands there are, in words."""
    measurement = picture.measurement
    panels = len({lane.panel for lane in measurement.lanes})
    lanes = len({(lane.panel, lane.number) for lane in measurement.lanes})
    detected = sum(band.detected for band in measurement.bands)
    parts = [f"{panels} panels"] if panels > 1 else []
    parts.append(f"{lanes} lane{'' if lanes == 1 else 's'}")
    parts.append(f"{detected} of {len(measurement.bands)} places with a band")
    return ", ".join(parts)
