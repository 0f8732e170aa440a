"""Panels: separate membranes or framed strips in one picture.

A published panel is a page of one constant white with rectangles on it; frames are lines of
constant darkness along their whole length. A picture without such a page is one panel, however
many rows it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["PAGE_SLACK", "Panel", "find_panels"]

PAGE_SLACK = 0.004  # of the picture's range: values that count as the page's one white
PAGE_SHARE = 0.08  # of the pixels from which a picture has a page
OFF_PAGE = (0.03, 0.06, 0.1)  # of the range: membrane rather than page; more where JPEG has rung
LINE_LEVEL = 0.07  # of the range: a frame is darker than both its sides by this much ...
LINE_SPREAD = 0.08  # ... varies along its length by less than this and the noise ...
SPREAD_SD = 4.1  # between the second and the ninety-eighth percentile of noise
LINE_PX = 7  # ... and is thinner than this
LEAST_HEIGHT_PX = 7
LEAST_HEIGHT, LEAST_WIDTH = 0.05, 0.12  # of the picture
FULL = 0.8  # share of its width or height that a rectangle fills
RECTANGULAR = 0.9  # share of its rows that are full
STRAIGHT = 0.5  # of its width that must appear within two rows at its edges
RECTANGLES = 0.67  # share of the signal of all that is wide and high that lies in rectangles
SIDES = 0.8  # share of a strip's height along which its sides are off the page
MOST_FRAME_PX = 5  # to be cut off at a side
NARROWER = 0.35  # strips narrower than this share of the widest are headings
STACKED_WIDTH = 0.25  # of the picture
SAME_SPAN = 0.8  # overlap of spans from which strips share their lanes


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One membrane or strip, in pixels of the (reduced) picture; half-open.

    Attributes
    ----------
    left, top, right, bottom : int
    group : int
        Panels of one group show the same lanes.
    """

    left: int
    top: int
    right: int
    bottom: int
    group: int = 0

    def crop(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the panel's pixels."""
        return picture[self.top : self.bottom, self.left : self.right]


def find_panels(picture: NDArray[np.float32], *, slack: float = PAGE_SLACK) -> tuple[Panel, ...]:
    """Return the panels of a picture in reading order, at least one.

    Parameters
    ----------
    picture : ndarray of float32, shape (rows, columns)
        Signal; larger means more protein, so a white page has the smallest value.
    slack : float
        Share of the picture's range within which values count as the page's one white; 0 for a
        detector's own file, whose background may be as even but is never one value.
    """
    rows, columns = picture.shape
    whole = (Panel(left=0, top=0, right=columns, bottom=rows),)
    low, high, _, _ = cv2.minMaxLoc(picture)
    if high <= low:
        return whole
    page = np.count_nonzero(picture <= low + slack * (high - low))
    if page < PAGE_SHARE * picture.size:
        return whole
    relative = (picture - np.float32(low)) / np.float32(high - low)
    for off in OFF_PAGE:
        boxes, share = rectangles(relative, off)
        if share < RECTANGLES:
            continue  # bands on a white page, some of them as straight as strips
        strips = [strip for box in boxes for strip in split(relative, box, off)]
        widest = max((strip.right - strip.left for strip in strips), default=0)
        strips = [s for s in strips if s.right - s.left >= NARROWER * widest]
        panels = in_reading_order(grouped(strips))
        if len(panels) > 1 and (
            off == OFF_PAGE[0] or all(is_stacked(p, panels, columns) for p in panels)
        ):
            return panels
    return whole


def is_stacked(panel: Panel, panels: Sequence[Panel], columns: int) -> bool:
    """Return whether a panel is wide, and one of several of one span: bands are not."""
    several = sum(other.group == panel.group for other in panels) > 1
    return several and panel.right - panel.left >= STACKED_WIDTH * columns


def rectangles(relative: NDArray[np.float32], off: float) -> tuple[list[Panel], float]:
    """Return the rectangles that are not page, frames filled, writing taken off.

    With them the share of the signal of all that is wide and high enough that lies in them.

    Parameters
    ----------
    relative : ndarray of float32, shape (rows, columns)
        From 0, the page, to 1.
    off : float
        From where on a pixel is no page.
    """
    rows, columns = relative.shape
    mask = (relative > off).astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    high = max(LEAST_HEIGHT_PX, int(LEAST_HEIGHT * rows))
    wide = max(2 * LEAST_HEIGHT_PX, int(0.6 * LEAST_WIDTH * columns))
    opened = cv2.morphologyEx(filled, cv2.MORPH_OPEN, np.ones((high, wide), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(opened)
    wide_enough = [
        Panel(left=x, top=y, right=x + w, bottom=y + h)
        for x, y, w, h, _ in stats[1:].tolist()
        if w >= LEAST_WIDTH * columns
    ]
    tight = [tighten(mask, filled, box) for box in wide_enough]
    signal = [float(box.crop(relative).sum()) for box in wide_enough]
    inside = sum(s for s, box in zip(signal, tight, strict=True) if box is not None)
    return [box for box in tight if box is not None], inside / max(sum(signal), 1e-9)


def tighten(mask: NDArray[np.uint8], filled: NDArray[np.uint8], box: Panel) -> Panel | None:
    """Return the rectangle in a box without the writing that touches it; None if there is none.

    A rectangle has straight edges: within two rows its width is there. Bands that merge on a
    white page have not.
    """
    inside = filled[box.top : box.bottom, box.left : box.right]
    rows = np.flatnonzero(inside.mean(axis=1) >= FULL)
    if not len(rows) or len(rows) < RECTANGULAR * (rows[-1] - rows[0] + 1):
        return None
    inside = inside[rows[0] : rows[-1] + 1]
    columns = np.flatnonzero(inside.mean(axis=0) >= FULL)
    if not len(columns):
        return None
    left, right = box.left + int(columns[0]), box.left + int(columns[-1]) + 1
    top, bottom = box.top + int(rows[0]), box.top + int(rows[-1]) + 1
    share = np.pad(mask[:, left:right].mean(axis=1), 3)
    rise = (share[2:] - share[:-2])[max(0, top - 3) : top + 5].max()
    drop = (share[:-2] - share[2:])[bottom - 3 : bottom + 5].max()
    if min(rise, drop) < STRAIGHT:
        return None
    return Panel(left=left, top=top, right=right, bottom=bottom)


def split(relative: NDArray[np.float32], box: Panel, off: float) -> list[Panel]:
    """Return the strips of a rectangle: what lies between frame lines and white gaps."""
    inset = 3
    if box.right - box.left <= 2 * inset:
        return []
    inside = relative[box.top : box.bottom, box.left + inset : box.right - inset]
    low, high = np.percentile(inside, [2, 98], axis=1)
    grain = SPREAD_SD * noise_along(inside)
    # Merged bands may be dark nearly all along, too, but never up to the frame.
    line = (high - low < LINE_SPREAD + grain) & stands_out(low) & stands_out(high)
    gap = high < off + 0.5 * grain
    free = np.concatenate([[False], ~(line | gap), [False]])
    change = np.flatnonzero(np.diff(free)) + box.top
    strips = []
    for top, bottom in zip(change[::2], change[1::2], strict=True):
        if bottom - top < LEAST_HEIGHT_PX:
            continue
        strip = Panel(left=box.left, top=int(top), right=box.right, bottom=int(bottom))
        if has_sides(relative, strip, off):
            strips.append(without_frame(relative, strip))
    return strips


def stands_out(level: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where a level is higher than within `LINE_PX` on both sides, as in a thin line."""
    column = level.astype(np.float32)[:, None]
    ground = cv2.morphologyEx(column, cv2.MORPH_OPEN, np.ones((LINE_PX, 1), np.uint8))
    return np.asarray((column - ground)[:, 0] > LINE_LEVEL)


def noise_along(inside: NDArray[np.float32]) -> float:
    """Return the noise of a pixel, from what three neighbors in a row differ from a line."""
    bend = inside[:, 2:] - 2 * inside[:, 1:-1] + inside[:, :-2]
    return float(1.4826 * np.median(np.abs(bend)) / np.sqrt(6)) if bend.size else 0.0


def has_sides(relative: NDArray[np.float32], strip: Panel, off: float) -> bool:
    """Return whether both sides of a strip are off the page; those of writing are not."""
    sides = (
        relative[strip.top : strip.bottom, max(0, strip.left - 2) : strip.left + 4],
        relative[strip.top : strip.bottom, strip.right - 4 : strip.right + 2],
    )
    return all(np.mean(side.max(axis=1) > off) >= SIDES for side in sides)


def without_frame(relative: NDArray[np.float32], strip: Panel) -> Panel:
    """Return a strip without the frame at its sides and the blur of the lines beside it."""
    inside = relative[strip.top : strip.bottom, strip.left : strip.right]
    low, high = np.percentile(inside, [5, 95], axis=0)
    line = (high - low < 2 * LINE_SPREAD) & stands_out(low) & stands_out(high)
    left = int(np.max(np.flatnonzero(line[:MOST_FRAME_PX]), initial=-1)) + 1
    right = int(np.max(np.flatnonzero(line[::-1][:MOST_FRAME_PX]), initial=-1)) + 1
    trim = 1 if strip.bottom - strip.top > 2 * LEAST_HEIGHT_PX else 0
    return Panel(
        left=strip.left + left + (left > 0),
        top=strip.top + trim,
        right=strip.right - right - (right > 0),
        bottom=strip.bottom - trim,
    )


def grouped(strips: Sequence[Panel]) -> list[Panel]:
    """Return the strips, those of one horizontal span in one group."""
    spans: list[tuple[int, int]] = []
    result = []
    for strip in strips:
        group = next(
            (i for i, span in enumerate(spans) if overlap(span, strip) >= SAME_SPAN), len(spans)
        )
        if group == len(spans):
            spans.append((strip.left, strip.right))
        result.append(
            Panel(
                left=strip.left,
                top=strip.top,
                right=strip.right,
                bottom=strip.bottom,
                group=group,
            )
        )
    return result


def overlap(span: tuple[int, int], strip: Panel) -> float:
    """Return the common part of two spans over their union."""
    common = min(span[1], strip.right) - max(span[0], strip.left)
    union = max(span[1], strip.right) - min(span[0], strip.left)
    return common / union


def in_reading_order(panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """Return panels row by row, from left to right."""
    rest = sorted(panels, key=lambda panel: panel.top + panel.bottom)
    ordered: list[Panel] = []
    while rest:
        first = rest[0]
        row = [p for p in rest if p.top + p.bottom < 2 * first.bottom]
        ordered += sorted(row, key=lambda panel: panel.left)
        rest = [p for p in rest if p not in row]
    return tuple(ordered)
