"""What does not belong on a membrane: specks, scratches, bubbles, pen marks, a film's border."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.special import expit

from blotflux.synthetic.background import smooth_noise
from blotflux.synthetic.geometry import band_place
from blotflux.synthetic.truth import is_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.synthetic.scene import Scene

__all__ = ["draw_artefacts"]

FINE = 16  # OpenCV draws lines in sixteenths of a pixel
FINE_BITS = 4


def draw_artefacts(scene: Scene, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the artefacts of a scene, shape (rows, columns), counts; negative: light taken."""
    spec = scene.artefacts
    total = np.zeros((scene.rows_px, scene.columns_px))
    for _ in range(spec.specks):
        add_speck(total, spec.height * rng.uniform(0.15, 1.0), rng)
    for _ in range(spec.scratches):
        add_scratch(total, spec.height * rng.uniform(0.1, 0.5) * rng.choice([-0.3, 1.0]), rng)
    for _ in range(spec.bubbles):
        add_bubble(total, spec.height * rng.uniform(0.05, 0.2), scene, rng)
    for _ in range(spec.pen_marks):
        add_pen_mark(total, spec.height * rng.uniform(0.5, 1.0), rng)
    if spec.border_px:
        add_border(total, spec.height, spec.border_px, rng)
    return total


def add_speck(total: NDArray[np.float64], height: float, rng: np.random.Generator) -> None:
    """Add a grain of dust or a hot spot, 1 to 5 px across."""
    rows, columns = total.shape
    y, x = rng.uniform(0, rows), rng.uniform(0, columns)
    sigma_y, sigma_x = rng.uniform(0.5, 2.2, 2)
    reach = 9
    top, left = max(0, int(y) - reach), max(0, int(x) - reach)
    v = np.arange(top, min(rows, int(y) + reach + 1))[:, None] - y
    u = np.arange(left, min(columns, int(x) + reach + 1))[None, :] - x
    spot = height * np.exp(-0.5 * ((v / sigma_y) ** 2 + (u / sigma_x) ** 2))
    total[top : top + v.shape[0], left : left + u.shape[1]] += spot


def add_stroke(
    total: NDArray[np.float64], points: NDArray[np.float64], height: float, width_px: float
) -> None:
    """Add a line of `width_px` through `points` (x, y)."""
    layer = np.zeros(total.shape, np.float32)
    fixed = np.round(points * FINE).astype(np.int32)[:, None, :]
    cv2.polylines(layer, [fixed], False, 1.0, max(1, round(width_px)), cv2.LINE_8, FINE_BITS)
    total += height * cv2.GaussianBlur(layer, (0, 0), 0.7)


def add_scratch(total: NDArray[np.float64], height: float, rng: np.random.Generator) -> None:
    """Add a thin, slightly bent line in any direction."""
    rows, columns = total.shape
    angle = rng.uniform(0, np.pi)
    length = rng.uniform(0.3, 0.9) * min(rows, columns)
    t = np.linspace(-0.5, 0.5, 12)
    bow = rng.uniform(-0.06, 0.06) * length * (1 - 4 * t**2)
    x = rng.uniform(0.1, 0.9) * columns + length * t * np.cos(angle) - bow * np.sin(angle)
    y = rng.uniform(0.1, 0.9) * rows + length * t * np.sin(angle) + bow * np.cos(angle)
    add_stroke(total, np.stack([x, y], axis=1), height, 1.0)


def add_bubble(
    total: NDArray[np.float64], height: float, scene: Scene, rng: np.random.Generator
) -> None:
    """Add a transfer bubble: a shallow disk with a brighter rim, away from the bands."""
    rows, columns = total.shape
    radius = rng.uniform(5, 14)
    places = [
        band_place(scene, lane, row.y_px)
        for lane in scene.lanes
        if is_sample(lane.role)
        for row in scene.rows
    ]
    centers = rng.uniform(0, 1, (20, 2)) * [columns, rows]
    if places:
        taken = np.array([(place.x_px, place.y_px) for place in places])
        distance = np.abs(centers[:, None, 1] - taken[None, :, 1]).min(axis=1)
        centers = centers[np.argsort(-distance)]
    x, y = centers[0]
    v, u = np.ogrid[:rows, :columns]
    r = np.hypot(v - y, u - x)
    rim = np.exp(-0.5 * ((r - radius) / 1.2) ** 2)
    total += height * (rim - 0.4 * expit(radius - r))


def add_pen_mark(total: NDArray[np.float64], height: float, rng: np.random.Generator) -> None:
    """Add a handwritten stroke or tick near an edge of the picture."""
    rows, columns = total.shape
    x0 = rng.uniform(0.03, 0.97) * columns
    y0 = rows * rng.choice([rng.uniform(0.02, 0.07), rng.uniform(0.93, 0.98)])
    steps = rng.normal(0, [5.0, 3.0], (rng.integers(3, 7), 2))
    points = np.array([x0, y0]) + np.cumsum(steps, axis=0)
    add_stroke(total, points, height, rng.uniform(1.5, 3.0))


def add_border(
    total: NDArray[np.float64], height: float, border_px: float, rng: np.random.Generator
) -> None:
    """Add the dark, slightly uneven edges of a film, on two to four sides."""
    rows, columns = total.shape
    sides = rng.permutation(4)[: rng.integers(2, 5)]
    y, x = np.arange(rows)[:, None], np.arange(columns)[None, :]
    distances = (y, rows - 1 - y, x, columns - 1 - x)
    for side in sides:
        along = (1, columns) if side < 2 else (rows, 1)
        width = border_px * rng.uniform(0.3, 1.0) * (0.7 + 0.3 * smooth_noise(along, 200, rng))
        total += height * expit((width - distances[side]) / 1.5)
