"""The blot in napari's canvas: layers that show the session.

Layers are only ever written to, never read: what they show comes from the session, so painting on
them or deleting them changes no number.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot import LaneRole
from napari_blotflux.grips import handles_of
from napari_blotflux.labels import LaneTexts, names_of
from napari_blotflux.marks import (
    Segments,
    band_marks,
    box_outline,
    lane_marks,
    lane_outline,
    rgba,
)
from napari_blotflux.pictures import (
    blot_layers,
    contrast_of,
    is_of_file,
    is_of_place,
    is_picture_of,
    saturated_layer,
    shows_ours,
)
from napari_blotflux.pointer import REACH_SCREEN_PX, Pointer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.layers import Layer
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from blotflux.editing import Change, EditSession
    from napari_blotflux.controller import Controller
    from napari_blotflux.grips import Selection

__all__ = ["LAYERS", "Canvas"]

LAYERS = ("blot: lanes", "blot: bands", "blot: selection", "blot: names")

CHOSEN = "#ffd400"
"""The selection's yellow: on a gray blot nothing else is yellow."""

LINE_SCREEN_PX = 2.0
THUMBNAIL_LINES = 32
"""Of a layer's lines, those in its picture in the list: napari draws it anew with every change,
line by line, and a thousand lines take longer than all the rest of showing an edit."""

ROOM = 0.92
"""Of the canvas, what the blot fills at first."""


class Canvas:
    """Shows the controller's session in a viewer.

    Parameters
    ----------
    viewer : napari.Viewer
    controller : Controller
    """

    def __init__(self, viewer: Viewer, controller: Controller) -> None:
        self._viewer = weakref.ref(viewer)
        self.controller = controller
        self.pointer = Pointer(self)
        self._layers: dict[str, Layer] = {}
        self._drawn: dict[str, Segments] = {}
        self._texts = LaneTexts(places=np.zeros((0, 2)), texts=[], colors=[])
        controller.opened.connect(self.show)
        controller.drawn.connect(self.follow)
        controller.selected.connect(self.mark_selection)
        controller.gone_to.connect(self.center_on)
        viewer.scene.camera.events.zoom.connect(self._scale_lines)

    @property
    def viewer(self) -> Viewer:
        """The viewer.

        Raises
        ------
        RuntimeError
            If it was closed.
        """
        viewer = self._viewer()
        if viewer is None:
            message = "the napari window of this blot was closed"
            raise RuntimeError(message)
        return viewer

    @property
    def session(self) -> EditSession | None:
        """The open session."""
        return self.controller.session

    # ------------------------------------------------------------ showing

    def show(self) -> None:
        """Show the open session: its picture, its marks; nothing if none is open."""
        self._remove_own()
        session = self.session
        if session is None:
            return
        self._add_picture()
        width = LINE_SCREEN_PX / self.zoom
        names = LAYERS
        empty = np.zeros((0, 2, 2), np.float32)
        for name in names[:3]:
            layer = self.viewer.add_vectors(
                empty, name=name, vector_style="line", edge_width=width, opacity=1.0
            )
            layer._max_vectors_thumbnail = THUMBNAIL_LINES
            self._layers[name] = layer
        self._texts = LaneTexts(places=np.zeros((0, 2)), texts=[], colors=[])
        self._layers[names[3]] = self.viewer.add_points(
            np.zeros((0, 2)), name=names[3], size=1, face_color="transparent",
            border_color="transparent",
        )  # fmt: skip
        for layer in self._layers.values():
            self.pointer.listen(layer)
        self.draw_lanes()
        self.draw_bands()
        self.viewer.reset_view()
        self.viewer.scene.camera.zoom *= ROOM  # for the names around the blot
        self._write(names_of(session, zoom=self.zoom))  # their distance is one on the screen
        self._scale_lines()
        self.viewer.layers.selection.active = self._layers[LAYERS[1]]

    def _add_picture(self) -> None:
        """Show the session's picture; the reader may have added it, and others of its file."""
        session = self.session
        if session is None:
            return
        blot, place = session.blot, _place_of(session)
        layers = list(self.viewer.layers)
        shown = next((layer for layer in layers if is_picture_of(layer, place)), None)
        for layer in layers:
            if layer is not shown and is_of_place(layer, place):
                self.viewer.layers.remove(layer)  # marks of the picture as it was read before
            elif is_of_file(layer, place[0]):
                layer.visible = layer is shown
        if shown is None:
            data, options, _ = blot_layers(blot, path=place[0])[0]
            shown = self.viewer.add_image(data, **options)
        elif shown.data is not blot.signal:
            shown.data = blot.signal
            shown.contrast_limits = contrast_of(blot)
        self.pointer.listen(shown)
        if blot.saturated.any():
            data, options, _ = saturated_layer(blot, shown.name, place[0])
            self.viewer.add_image(data, **options)

    def _remove_own(self) -> None:
        """Remove the marks, and the pictures of other files than the open session's."""
        path = None if self.session is None else str(self.session.path)
        for layer in list(self.viewer.layers):
            other = shows_ours(layer) and (path is None or not is_of_file(layer, path))
            if other or layer in self._layers.values():
                self.viewer.layers.remove(layer)
        self._layers.clear()
        self._drawn.clear()

    @property
    def zoom(self) -> float:
        """Screen pixels per pixel of the blot."""
        return max(float(self.viewer.scene.camera.zoom), 1e-6)

    def _scale_lines(self, event: Any = None) -> None:
        """Keep lines of one width on the screen."""
        del event
        for name, factor in zip(LAYERS[:3], (1.0, 1.0, 1.5), strict=True):
            layer = self._layers.get(name)
            width = factor * LINE_SCREEN_PX / self.zoom
            if layer is not None and abs(layer.edge_width / width - 1) > 0.05:
                layer.edge_width = width

    # ------------------------------------------------------------ drawing

    def follow(self, change: Change) -> None:
        """Draw what a change touched."""
        if change.image:
            self.show()
            return
        self.draw_lanes()
        self.draw_bands()

    def draw_lanes(self) -> None:
        """Draw the lanes' edges, numbers and names, and the rows' names."""
        session = self.session
        if session is None:
            return
        measurement = session.measurement
        width = measurement.blot.shape[1]
        self._draw(LAYERS[0], lane_marks(measurement.lanes, session.excluded, width_px=width))
        self._write(names_of(session, zoom=self.zoom))

    def _write(self, names: LaneTexts) -> None:
        """Write texts at their places; as in `_draw`, only what is not as it was."""
        layer = self._layer(LAYERS[3])
        if layer is None:
            return
        before, self._texts = self._texts, names
        if len(layer.data) != len(names.texts):
            layer.data = np.zeros((0, 2))
            layer.data = names.places
        elif not np.array_equal(before.places, names.places):
            layer.data = names.places
        if (before.texts, before.colors) != (names.texts, names.colors):
            layer.text = {
                "string": names.texts or "",
                "color": np.array([rgba(color) for color in names.colors]).reshape(-1, 4),
                "size": 10,
                "anchor": "center",
            }

    def draw_bands(self) -> None:
        """Draw the outlines of bands."""
        session = self.session
        if session is None:
            return
        measurement = session.measurement
        ladders = {
            (lane.panel, lane.number) for lane in measurement.lanes if lane.role is LaneRole.LADDER
        }
        width = measurement.blot.shape[1]
        self._draw(LAYERS[1], band_marks(measurement.bands, ladders, width_px=width))

    def mark_selection(self, selection: Selection | None = None) -> None:
        """Draw the selected lane with its handles, and the selected band."""
        del selection
        lane, band = self.controller.lane, self.controller.band
        lines = []
        if lane is not None:
            lines += list(lane_outline(lane))
            size = REACH_SCREEN_PX / self.zoom
            lines += [_square(y, x, size) for y, x in handles_of(lane)]
        if band is not None:
            lines.append(box_outline(band))
        self.draw_chosen(lines)

    def draw_chosen(self, lines: Sequence[NDArray[np.float64]]) -> None:
        """Draw lines in the color of what is selected, in place of those before."""
        self._draw(LAYERS[2], Segments.join(Segments.along(line, CHOSEN) for line in lines))

    def _draw(self, name: str, segments: Segments) -> None:
        """Write segments to a layer; whatever is as it was is left alone: it costs a refresh."""
        layer = self._layer(name)
        if layer is None:
            return
        before = self._drawn.get(name)
        if before is None or len(before.vectors) != len(segments.vectors):
            layer.edge_color = CHOSEN  # napari cannot keep colors of another count
            before = None
        if before is None or not np.array_equal(before.vectors, segments.vectors):
            layer.data = segments.vectors
        recolored = before is None or not np.array_equal(before.colors, segments.colors)
        if recolored and len(segments.vectors):
            layer.edge_color = segments.colors
        self._drawn[name] = segments

    def _layer(self, name: str) -> Any:
        """Return one of the own layers, or None where the user has deleted it."""
        layer = self._layers.get(name)
        return layer if layer is not None and layer in self.viewer.layers else None

    def center_on(self, y: float, x: float) -> None:
        """Move the view to a point."""
        self.viewer.scene.camera.center = (0.0, y, x)


def _place_of(session: EditSession) -> tuple[str, int, int]:
    return str(session.path), session.channel, session.page


def _square(y: float, x: float, half: float) -> NDArray[np.float64]:
    corners = [(-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1)]
    return np.array([(y + half * dy, x + half * dx) for dy, dx in corners])
