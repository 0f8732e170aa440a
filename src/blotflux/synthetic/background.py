"""Signal that is in no band: level, gradient, haze, smears along the lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.synthetic.geometry import track_x

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.synthetic.scene import Scene

__all__ = ["draw_background", "smooth_noise"]


def smooth_noise(
    shape: tuple[int, int], scale_px: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a cloudy field, shape (rows, columns), from 0 up; 95 % of it lies below 1."""
    step = max(2.0, scale_px / 2)
    coarse = (int(shape[0] / step) + 4, int(shape[1] / step) + 4)
    clouds = cv2.GaussianBlur(rng.standard_normal(coarse), (0, 0), 1.0)
    field = cv2.resize(clouds, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    field = np.asarray(field, np.float64) - float(field.min())
    return field / max(float(np.quantile(field, 0.95)), 1e-12)


def draw_background(scene: Scene, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the background of a scene, shape (rows, columns), counts."""
    spec = scene.background
    shape = (scene.rows_px, scene.columns_px)
    total = np.full(shape, spec.level, np.float64)
    if spec.gradient:
        angle = rng.uniform(0, 2 * np.pi)
        y = np.linspace(-0.5, 0.5, shape[0])[:, None]
        x = np.linspace(-0.5, 0.5, shape[1])[None, :]
        total += spec.gradient * (0.5 + 0.7 * (np.cos(angle) * x + np.sin(angle) * y))
    if spec.haze:
        total += spec.haze * smooth_noise(shape, spec.haze_scale_px, rng)
    return total + draw_smears(scene, rng)


def draw_smears(scene: Scene, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return what the lanes leave behind along their way, shape (rows, columns), counts."""
    total = np.zeros((scene.rows_px, scene.columns_px))
    y_px = np.arange(scene.rows_px, dtype=np.float64)
    for lane in scene.lanes:
        height = lane.streak + scene.background.lane_haze * lane.loading * rng.uniform(0.3, 1.0)
        course = smooth_noise((scene.rows_px, 1), scene.rows_px / 4, rng)[:, 0]
        if height <= 0:
            continue
        reach = (lane.across.reach + 0.2) * lane.width_px
        track = track_x(scene, lane, y_px)
        left = max(0, int(track.min() - reach))
        right = min(scene.columns_px, int(track.max() + reach) + 1)
        x = np.arange(left, right)[None, :]
        across = lane.across.relative((x - track[:, None]) / (1.05 * lane.width_px))
        total[:, left:right] += height * course[:, None] * across
    return total
