"""Where lanes and rows run in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.synthetic.scene import LaneSpec, Scene

__all__ = ["Place", "band_place", "lane_track", "row_y", "track_x"]

KNOTS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a lane meets a row, and how both run there (dy/dx of the row, dx/dy of the lane)."""

    x_px: float
    y_px: float
    row_slope: float
    lane_slope: float


def track_x(
    scene: Scene, lane: LaneSpec, y_px: float | NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the center line's x at `y_px`."""
    geometry = scene.geometry
    middle = (scene.rows_px - 1) / 2
    fraction = (np.asarray(y_px, np.float64) - middle) / max(middle, 1.0)
    tilt = np.tan(np.radians(geometry.tilt_degrees)) * (np.asarray(y_px) - middle)
    return np.asarray(lane.x_px + tilt + geometry.bend_px * (1 - fraction**2), dtype=np.float64)


def row_y(scene: Scene, y_px: float, x_px: float | NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the y at `x_px` of a row that crosses the middle column at `y_px`."""
    geometry = scene.geometry
    middle = (scene.columns_px - 1) / 2
    fraction = (np.asarray(x_px, np.float64) - middle) / max(middle, 1.0)
    tilt = -np.tan(np.radians(geometry.tilt_degrees)) * (np.asarray(x_px) - middle)
    depth = geometry.smile_top + (1 - geometry.smile_top) * y_px / scene.rows_px
    wave = geometry.wave_px * np.sin(2.2 * np.pi * fraction)
    smile = -geometry.smile_px * depth * fraction**2
    return np.asarray(y_px + tilt + smile + wave, dtype=np.float64)


def lane_track(scene: Scene, lane: LaneSpec) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the knots (y, x) of a lane's center line over the height of the picture."""
    y_px = np.linspace(0.0, scene.rows_px - 1.0, KNOTS)
    return y_px, track_x(scene, lane, y_px)


def band_place(scene: Scene, lane: LaneSpec, y_px: float) -> Place:
    """Return where a lane meets the row that crosses the middle column at `y_px`."""
    y = y_px
    for _ in range(6):  # both lines are nearly straight: this converges within 1e-6 px
        x = float(track_x(scene, lane, y))
        y = float(row_y(scene, y_px, x))
    ahead = float(row_y(scene, y_px, x + 1) - row_y(scene, y_px, x - 1)) / 2
    aside = float(track_x(scene, lane, y + 1) - track_x(scene, lane, y - 1)) / 2
    return Place(x_px=x, y_px=y, row_slope=ahead, lane_slope=aside)
