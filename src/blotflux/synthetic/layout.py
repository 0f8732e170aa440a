"""Random band shapes and the places of rows in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.synthetic.scene import RowSpec
from blotflux.synthetic.shapes import AcrossLane, Peak

if TYPE_CHECKING:
    from blotflux.synthetic.limits import Kind

__all__ = ["Placed", "lay_out_rows", "random_across", "random_peak"]

DOUBLET_PX = (13.0, 24.0)  # distance of the two bands of a doublet


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Rows that fit a picture of `height_px`."""

    height_px: int
    rows: tuple[RowSpec, ...]


def random_peak(sigma_px: float, rng: np.random.Generator) -> Peak:
    """Return a peak of any form whose standard deviation is `sigma_px`."""
    form = str(rng.choice(["gaussian", "skewed", "skewed", "flat", "heavy"]))
    span = {"gaussian": (0, 0), "skewed": (-1.3, 1.3), "flat": (0.6, 2.0), "heavy": (0.05, 0.25)}
    strength = float(rng.uniform(*span[form]))
    unit = Peak(sigma_px=1.0, form=form, strength=strength)  # type: ignore[arg-type]
    return Peak(sigma_px=sigma_px / unit.deviation_px, form=unit.form, strength=strength)


def random_across(limits: Kind, rng: np.random.Generator) -> AcrossLane:
    """Return a profile across the lane, of any form within `limits`."""
    return AcrossLane(
        form="soft_box" if rng.random() < 0.6 else "super_gaussian",
        softness=float(rng.uniform(*limits.softness)),
        slope=float(rng.normal(0, 0.05)),
        rim=float(rng.uniform(*limits.rim)),
    )


def lay_out_rows(
    number: int, height_px: int, swing_px: float, rng: np.random.Generator, doublet: bool
) -> Placed:
    """Return `number` rows from top to bottom, as many as fit, two of them a doublet if asked.

    Parameters
    ----------
    number : int
        1 or more.
    height_px : int
        Of the picture; grown where even one row with its `swing_px` does not fit.
    swing_px : float
        How far a row strays from its middle.
    doublet : bool
        Whether two neighboring rows are 13 to 24 px apart.
    """
    deviation = float(rng.uniform(2.8, 7.5))
    gap = float(rng.uniform(*DOUBLET_PX)) if doublet else 0.0
    if doublet:
        deviation = min(deviation, gap / float(rng.uniform(2.1, 4.2)))
    margin = swing_px + 4.5 * deviation + 3
    space = float(rng.uniform(5, 8)) * deviation + 6
    groups = number - 1 if doublet and number > 1 else number
    room = height_px - 2 * margin - gap
    groups = int(np.clip(groups, 1, max(1, 1 + int(room // space))))
    height = max(height_px, int(np.ceil(2 * margin + gap + (groups - 1) * space)))
    slack = height - 2 * margin - gap - (groups - 1) * space
    cuts = np.sort(rng.uniform(0, slack, groups))
    y = margin + cuts + space * np.arange(groups)
    twin = int(rng.integers(groups)) if doublet and number > 1 else -1
    rows: list[RowSpec] = []
    for index in range(groups):
        start = float(y[index]) + (gap if 0 <= twin < index else 0.0)
        curvature = float(rng.normal(0, 1.0))
        peak = random_peak(deviation * float(rng.uniform(0.85, 1.15)), rng)
        name = f"P{index + 1}"
        paired = index == twin
        names = [f"{name}-I", f"{name}-II"] if paired else [name]
        for step, label in enumerate(names):
            rows.append(
                RowSpec(
                    name=label,
                    y_px=start + step * gap,
                    volume=0.0,
                    peak=peak,
                    curvature_px=curvature,
                )
            )
    return Placed(height_px=height, rows=tuple(rows))
