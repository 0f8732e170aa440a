"""The profile of the selected lane: data, background, each fitted band, residual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt, QTimer
from qtpy.QtGui import QColor, QFont, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QWidget

from blotflux.report.palette import row_color
from napari_blotflux.docks.readable import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.editing import LaneProfile
    from napari_blotflux.controller import Controller

__all__ = ["Plot", "ProfileWidget", "side_by_side"]

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 64.0, 10.0, 22.0, 34.0
LABEL_GAP = 6.0
LABEL_HEIGHT, LEADER = 15.0, 5.0
"""Of a band's name above the plot, and the line from it to the middle of its band."""
RESIDUAL_SHARE = 0.24
"""Of the plot's height, what the residuals get."""


class ProfileWidget(QWidget):
    """Draws what the session's profile of the selected lane holds.

    Parameters
    ----------
    controller : Controller
    """

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self.controller = controller
        self.setObjectName("blotflux_profile")
        self.setMinimumHeight(170)
        self.profile: LaneProfile | None = None
        # Drawn once, when the hand and the table are done.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        for signal in (controller.opened, controller.changed, controller.selected):
            signal.connect(self.schedule)

    def schedule(self, *args: object) -> None:
        """Take the profile anew as soon as nothing else is to be done."""
        del args
        self._timer.start(0)

    def showEvent(self, event: Any) -> None:
        """Take the profile that was not taken while nobody saw it."""
        super().showEvent(event)
        self.schedule()

    def refresh(self) -> None:
        """Take the profile anew and draw it, where somebody sees it."""
        if not self.isVisible():
            return
        session, chosen = self.controller.session, self.controller.selection
        self.profile = None
        if session is not None and chosen.lane is not None:
            self.profile = session.profile(chosen.panel, chosen.lane)
        self.update()

    def paintEvent(self, event: Any) -> None:
        """Draw."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self.palette().color(self.foregroundRole())
        if self.profile is None or not len(self.profile.y_px):
            painter.setPen(QPen(ink))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Select a lane")
        else:
            Plot(painter, self.rect(), ink, self.profile, self.controller.selection.row).draw()
        painter.end()


class Plot:
    """One drawing of one profile."""

    def __init__(
        self, painter: QPainter, rect: Any, ink: QColor, profile: LaneProfile, row: int | None
    ) -> None:
        self.painter, self.ink, self.profile, self.row = painter, ink, profile, row
        inner = QRectF(rect).adjusted(MARGIN_LEFT, MARGIN_TOP, -MARGIN_RIGHT, -MARGIN_BOTTOM)
        split = inner.top() + inner.height() * (1 - RESIDUAL_SHARE)
        self.upper = QRectF(inner.left(), inner.top(), inner.width(), split - inner.top() - 6)
        self.lower = QRectF(inner.left(), split + 6, inner.width(), inner.bottom() - split - 6)
        self.span = float(profile.y_px[0]), float(max(profile.y_px[-1], profile.y_px[0] + 1))
        fitted = [profile.background + band.curve for band in profile.bands]
        values = np.concatenate([profile.data, profile.background, *fitted])
        self.range = _range(values)
        self.residual = _range(np.concatenate([profile.residual, [0.0]]))

    def draw(self) -> None:
        """Draw axes, limits, bands, background, data, residual."""
        self._axes()
        for band in self.profile.bands:
            self._band(band)
        self._names()
        profile, muted = self.profile, QColor(self.ink)
        muted.setAlpha(150)
        self._line(self.upper, self.range, profile.y_px, profile.background, QPen(muted, 1.2))
        self._line(self.upper, self.range, profile.y_px, profile.data, QPen(self.ink, 1.4))
        self._line(self.lower, self.residual, profile.y_px, profile.residual, QPen(muted, 1.0))

    def _band(self, band: Any) -> None:
        color = readable(row_color(band.row)).color()
        fill = QColor(row_color(band.row)).lighter(125)
        fill.setAlpha(150 if band.row == self.row else 80)
        y_px, base = self.profile.y_px, self.profile.background
        top = self._points(self.upper, self.range, y_px, base + band.curve)
        floor = self._points(self.upper, self.range, y_px, base)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(fill)
        self.painter.drawPolygon(QPolygonF([*top, *reversed(floor)]))
        style = Qt.PenStyle.SolidLine if band.detected else Qt.PenStyle.DashLine
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(QPen(color, 1.6, style))
        self.painter.drawPolyline(QPolygonF(top))
        self._limits(band, color)

    def _limits(self, band: Any, color: QColor) -> None:
        self.painter.setPen(QPen(color, 1.0, Qt.PenStyle.DotLine))
        for y in (band.low_px, band.high_px):
            x = self._x(self.upper, y)
            self.painter.drawLine(QPointF(x, self.upper.top()), QPointF(x, self.upper.bottom()))

    def _names(self) -> None:
        """Write the bands' names above them, each joined to its band."""
        for band, (name, box) in zip(self.profile.bands, self.name_boxes(), strict=True):
            self.painter.setPen(readable(row_color(band.row)).color())
            self.painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
            middle = self._x(self.upper, (band.low_px + band.high_px) / 2)
            foot = QPointF(box.center().x(), self.upper.top() - LEADER)
            self.painter.drawLine(foot, QPointF(middle, self.upper.top()))

    def name_boxes(self) -> list[tuple[str, QRectF]]:
        """Return the bands' names and where they stand: side by side where bands coincide."""
        bands, room = self.profile.bands, self.upper
        metrics = self.painter.fontMetrics()
        names = [band.target or f"row {band.row}" for band in bands]
        widths = [metrics.horizontalAdvance(name) + 2.0 for name in names]
        if sum(widths) + LABEL_GAP * (len(bands) - 1) > room.width():
            widest = (room.width() + LABEL_GAP) / len(bands) - LABEL_GAP
            end = Qt.TextElideMode.ElideRight
            names = [metrics.elidedText(name, end, max(0, int(widest) - 2)) for name in names]
            widths = [min(metrics.horizontalAdvance(name) + 2.0, widest) for name in names]
        middles = [self._x(room, (band.low_px + band.high_px) / 2) for band in bands]
        lefts = side_by_side(middles, widths, (room.left(), room.right()), gap=LABEL_GAP)
        top = room.top() - LEADER - LABEL_HEIGHT
        return [
            (name, QRectF(left, top, width, LABEL_HEIGHT))
            for name, left, width in zip(names, lefts, widths, strict=True)
        ]

    def _axes(self) -> None:
        painter = self.painter
        faint = QColor(self.ink)
        faint.setAlpha(60)
        font = QFont(painter.font())
        font.setPointSizeF(max(7.0, font.pointSizeF() * 0.85))
        painter.setFont(font)
        for rect, span in ((self.upper, self.range), (self.lower, self.residual)):
            painter.setPen(QPen(faint, 1))
            painter.drawRect(rect)
            painter.setPen(self.ink)
            for value in _ticks(span, 4 if rect is self.upper else 2):
                y = self._y(rect, span, value)
                box = QRectF(0, y - 8, MARGIN_LEFT - 6, 16)
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, flags, f"{value:.4g}")
        for value in _ticks(self.span, 7):
            x = self._x(self.lower, value)
            box = QRectF(x - 30, self.lower.bottom() + 1, 60, 15)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, f"{value:.4g}")
        below = QRectF(self.lower.left(), self.lower.bottom() + 15, self.lower.width(), 16)
        unit = self.profile.unit
        text = f"px down the lane · {unit}, residual below"
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        zero = self._y(self.lower, self.residual, 0.0)
        painter.setPen(QPen(faint, 1))
        painter.drawLine(QPointF(self.lower.left(), zero), QPointF(self.lower.right(), zero))

    # ------------------------------------------------------------ from numbers to the screen

    def _x(self, rect: QRectF, y_px: float) -> float:
        low, high = self.span
        return float(rect.left() + rect.width() * (y_px - low) / (high - low))

    @staticmethod
    def _y(rect: QRectF, span: tuple[float, float], value: float) -> float:
        return float(rect.bottom() - rect.height() * (value - span[0]) / (span[1] - span[0]))

    def _points(
        self,
        rect: QRectF,
        span: tuple[float, float],
        y_px: NDArray[np.floating],
        values: NDArray[np.floating],
    ) -> list[QPointF]:
        step = max(1, int(len(y_px) / max(rect.width(), 1.0)))
        return [
            QPointF(self._x(rect, float(y)), self._y(rect, span, float(value)))
            for y, value in zip(y_px[::step], values[::step], strict=True)
        ]

    def _line(
        self,
        rect: QRectF,
        span: tuple[float, float],
        y_px: NDArray[np.floating],
        values: NDArray[np.floating],
        pen: QPen,
    ) -> None:
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawPolyline(QPolygonF(self._points(rect, span, y_px, values)))


def side_by_side(
    middles: Sequence[float],
    widths: Sequence[float],
    room: tuple[float, float],
    *,
    gap: float = 0.0,
) -> list[float]:
    """Return the left ends of labels that do not cover each other, each as near as can be.

    Parameters
    ----------
    middles : sequence of float
        Where each would be centered if it were alone.
    widths : sequence of float
    room : (float, float)
        Between which all of them lie, where it is wide enough for them.
    gap : float
        Between any two.
    """
    order = sorted(range(len(middles)), key=lambda i: middles[i])
    # Less the width of all labels before it, labels side by side have one place: their mean.
    before, blocks = 0.0, []
    for i in order:
        blocks.append([middles[i] - widths[i] / 2 - before, 1])
        before += widths[i] + gap
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            place, count = blocks.pop()
            own, members = blocks[-1]
            blocks[-1] = [(own * members + place * count) / (members + count), members + count]
    last = max(room[0], room[1] - (before - gap))
    places = [min(max(place, room[0]), last) for place, count in blocks for _ in range(int(count))]
    lefts, before = [0.0] * len(order), 0.0
    for i, place in zip(order, places, strict=True):
        lefts[i] = place + before
        before += widths[i] + gap
    return lefts


def _range(values: NDArray[np.floating]) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    room = 0.06 * (high - low) or max(abs(high), 1.0)
    return low - room, high + room


def _ticks(span: tuple[float, float], count: int) -> list[float]:
    """Return round numbers within a span, about `count` of them."""
    width = span[1] - span[0]
    rough = width / max(count, 1)
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = np.ceil(span[0] / step) * step
    return [float(value) for value in np.arange(first, span[1], step) + 0.0]
