"""What the bands of each row have in common, as the joint fit left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.fitting.frozen import RowModel, roughness_of
from blotflux.measure.fitting.shapes import SHAPE_TERMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.measure.fitting.groups import GroupFit

__all__ = ["models_of"]


def models_of(group: GroupFit) -> tuple[RowModel, ...]:
    """Return what the bands of each row have in common, as the joint fit left it."""
    models: dict[int, RowModel] = {}
    for bundle, fitted in zip(group.fit.bundles, group.fit.states, strict=True):
        state = fitted.with_terms(SHAPE_TERMS)
        for z, zone in enumerate(bundle.zones):
            sigma = float(np.median(state.row_sigma[z]))
            haze = _haze(group, zone.members, sigma)
            for place, r in enumerate(zone.members):
                models[r] = RowModel(
                    log_sigma=float(state.rows[z, place, 0]),
                    shape=state.rows[z, place, 1:].copy(),
                    spread=state.spread[z, place].copy(),
                    haze=haze,
                    usual=group.rows[r].usual,
                )
    return tuple(models[r] for r in range(len(group.rows)))


def _haze(group: GroupFit, zone: Sequence[int], sigma: float) -> float:
    """Return the roughness of the median lane's background around some rows."""
    position = group.fit.position[:, list(zone)]
    pad = round(max(8 * sigma, 22.0))
    n = group.fit.background.shape[1]
    middle = np.rint(0.5 * (position.min(axis=1) + position.max(axis=1))).astype(int)
    half = int(np.ceil(float((position.max(axis=1) - position.min(axis=1)).max()) / 2)) + pad
    half = min(half, n // 2)
    start = np.clip(middle - half, 0, n - 2 * half)
    pieces = np.stack(
        [row[at : at + 2 * half] for row, at in zip(group.fit.background, start, strict=True)]
    )
    return float(np.median(roughness_of(pieces, float(1.0 / group.variance.min()), sigma)))
