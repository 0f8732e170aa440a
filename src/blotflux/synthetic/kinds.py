"""Six kinds of blots, from clean to film and uneven, drawn at random within stated limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.synthetic.drawing import draw_blot
from blotflux.synthetic.limits import Kind
from blotflux.synthetic.random_scene import compose

if TYPE_CHECKING:
    from blotflux.synthetic.scene import Scene
    from blotflux.synthetic.truth import SyntheticBlot

__all__ = ["KINDS", "draw_kind", "scene_of_kind"]

KINDS: dict[str, Kind] = {
    "clean": Kind(),
    "typical": Kind(
        tilt_degrees=2.0,
        smile_px=9.0,
        wave_px=2.0,
        uneven=0.03,
        fold=30.0,
        jump_px=1.0,
        rare=0.12,
        absent=0.14,
        doublet=0.7,
        ladder=0.6,
        empty=0.35,
        haze=0.03,
        streak=0.008,
        haze_noise=40.0,
        specks=(0, 3),
    ),
    "hard": Kind(
        lane_fill=(0.86, 0.97),
        tilt_degrees=4.0,
        smile_px=14.0,
        bend_px=10.0,
        wave_px=4.0,
        uneven=0.04,
        fold=30.0,
        jump_px=1.6,
        rare=0.12,
        absent=0.14,
        doublet=0.7,
        ladder=0.5,
        empty=0.3,
        saturated=0.5,
        haze=0.06,
        streak=0.025,
        haze_noise=80.0,
        specks=(5, 30),
        scratches=(1, 2),
        bubbles=(0, 2),
        pen_marks=(0, 2),
    ),
    "strip": Kind(
        columns_px=(480, 1300),
        rows_px=(90, 190),
        lane_fill=(0.7, 0.93),
        rows=(1, 2),
        tilt_degrees=1.0,
        smile_px=5.0,
        wave_px=1.5,
        uneven=0.03,
        fold=12.0,
        margin=(0.1, 1.2),
        jump_px=0.8,
        absent=0.1,
        doublet=0.65,
        empty=0.25,
        haze=0.03,
        streak=0.006,
        haze_noise=40.0,
        specks=(0, 2),
    ),
    "film": Kind(
        lane_fill=(0.65, 0.9),
        tilt_degrees=1.5,
        smile_px=6.0,
        wave_px=1.5,
        uneven=0.03,
        fold=8.0,
        absent=0.1,
        doublet=0.6,
        empty=0.2,
        haze=0.02,
        haze_noise=40.0,
        specks=(0, 4),
        pen_marks=(0, 1),
        jump_px=0.8,
        film=True,
    ),
    # Bands dense at their ends or in their middle, and a smile that changes down the gel.
    "uneven": Kind(
        tilt_degrees=2.0,
        smile_px=30.0,
        smile_top=(-0.6, 0.6),
        wave_px=3.0,
        uneven=0.03,
        softness=(0.03, 0.2),
        rim=(-0.8, 2.0),
        fold=30.0,
        jump_px=1.0,
        rare=0.12,
        absent=0.14,
        doublet=0.7,
        ladder=0.4,
        empty=0.35,
        haze=0.03,
        streak=0.008,
        haze_noise=40.0,
        specks=(0, 6),
    ),
}


def draw_kind(kind: str, seed: int) -> SyntheticBlot:
    """Return a blot of a kind.

    Parameters
    ----------
    kind : str
        ``clean``, ``typical``, ``hard``, ``strip``, ``film`` or ``uneven``.
    seed : int
        0 or more; the same kind and seed give the same pixels.

    Returns
    -------
    SyntheticBlot

    Raises
    ------
    ValueError
        The kind is unknown.

    Examples
    --------
    >>> blot = draw_kind("clean", 1)
    >>> blot.image.dtype
    dtype('uint16')
    """
    return draw_blot(scene_of_kind(kind, seed), seed)


def scene_of_kind(kind: str, seed: int) -> Scene:
    """Return the scene that `draw_kind` draws; same arguments and errors."""
    if kind not in KINDS:
        message = f"Unknown kind {kind!r}; choose one of {', '.join(KINDS)}."
        raise ValueError(message)
    limits = KINDS[kind]
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    return compose(limits, rng)
