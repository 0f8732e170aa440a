"""The mouse on the blot: a click selects, a drag moves what is selected, a tool adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_blotflux.grips import grip_at, place_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.layers import Layer

    from napari_blotflux.canvas import Canvas
    from napari_blotflux.grips import Grip

__all__ = ["REACH_SCREEN_PX", "Pointer"]

REACH_SCREEN_PX = 6.0
"""How near the pointer must be to take hold of something."""

DRAG_SCREEN_PX = 3.0
"""A shorter way between press and release is a click."""


class Pointer:
    """Makes of the mouse's events what the controller is asked for.

    Parameters
    ----------
    canvas : Canvas
        Shows what a drag would do.

    Attributes
    ----------
    tool : {"", "lane", "band"}
        What the next click adds; empty: it selects.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.tool = ""
        self._dragging = False

    def listen(self, layer: Layer) -> None:
        """Follow the mouse where a layer is the active one."""
        if self._on_press not in layer.mouse_drag_callbacks:
            layer.mouse_drag_callbacks.append(self._on_press)
            layer.mouse_move_callbacks.append(self._on_hover)

    def _reach(self) -> float:
        return REACH_SCREEN_PX / self.canvas.zoom

    def _grip(self, y: float, x: float) -> Grip | None:
        if self.canvas.session is None:
            return None
        chosen = self.canvas.controller.selection
        return grip_at(self.canvas.session.measurement, chosen, y, x, reach_px=self._reach())

    def _on_hover(self, layer: Layer, event: Any) -> None:
        """Show by the pointer what a drag would take hold of."""
        if self._dragging or self.canvas.session is None:
            return
        if self.tool:
            layer.cursor = "cross"
            return
        layer.cursor = "pointing" if self._grip(*_point(layer, event)) else "standard"

    def _on_press(self, layer: Layer, event: Any) -> Iterator[None]:
        """Drag what is selected, select by a click, add with a tool."""
        if event.button != 1 or self.canvas.session is None:
            return
        start = _point(layer, event)
        grip = None if self.tool else self._grip(*start)
        if grip is not None or self.tool:
            layer.mouse_pan = False
        try:
            yield
            end = start
            while event.type == "mouse_move":
                end = _point(layer, event)
                if grip is not None:
                    self._dragging = True
                    self.canvas.draw_chosen(
                        list(grip.preview(end[0] - start[0], end[1] - start[1]))
                    )
                yield
            end = _point(layer, event)
        finally:
            layer.mouse_pan = True
            self._dragging = False
        self._on_release(grip, start, end)

    def _on_release(
        self, grip: Grip | None, start: tuple[float, float], end: tuple[float, float]
    ) -> None:
        dy, dx = end[0] - start[0], end[1] - start[1]
        if max(abs(dy), abs(dx)) * self.canvas.zoom >= DRAG_SCREEN_PX:
            if grip is not None and self.canvas.controller.apply(grip.action(dy, dx)) is None:
                self.canvas.mark_selection()
        elif self.tool:
            self._use_tool(*start)
        elif self.canvas.session is not None:
            self.canvas.controller.select(place_at(self.canvas.session.measurement, *start))

    def _use_tool(self, y: float, x: float) -> None:
        tool, self.tool = self.tool, ""
        if tool == "lane":
            self.canvas.controller.add_lane(x, self._panel_at(y))
        elif tool == "band":
            self.canvas.controller.add_band(y, x)

    def _panel_at(self, y: float) -> int:
        """Return the panel whose lanes lie nearest above or below a point; 1 without lanes."""
        lanes = self.canvas.session.measurement.lanes if self.canvas.session else ()
        nearest = min(
            lanes,
            key=lambda lane: max(lane.track_y_px[0] - y, y - lane.track_y_px[-1], 0.0),
            default=None,
        )
        return 1 if nearest is None else nearest.panel

    def add_here(self, tool: str) -> None:
        """Add a lane or a band where the pointer is."""
        y, x = self.canvas.viewer.cursor.position[-2:]
        self.tool = tool
        self._use_tool(float(y), float(x))


def _point(layer: Layer, event: Any) -> tuple[float, float]:
    y, x = layer.world_to_data(event.position)[-2:]
    return float(y), float(x)
