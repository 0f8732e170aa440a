"""Optical density of films and stained gels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["optical_density"]

WHITE_PERCENTILE = 99.5


def optical_density(
    transmitted: NDArray[Any],
    *,
    dark: float = 0.0,
    white: float | None = None,
    valid: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Return the optical density of light that passed or returned from a stained layer.

    Parameters
    ----------
    transmitted : ndarray, shape (rows, columns)
        Light, linear, larger where there is less stain.
    dark, white : float
        Values without light and without stain; `white` is the 99.5 % point if not given.
    valid : ndarray of bool, shape (rows, columns), optional
        Pixels that `white` may be taken from.

    Returns
    -------
    ndarray of float64, shape (rows, columns)
        Zero where clear, larger where there is more stain, finite.

    Notes
    -----
    OD = -log10((I - I_dark) / (I_white - I_dark)). It assumes that values are linear in light; a
    pixel without light would be infinitely dense and is given the density of half a level.
    """
    light = np.asarray(transmitted, dtype=np.float64) - dark
    if white is None:
        chosen = light if valid is None or not valid.any() else light[valid]
        white = float(np.percentile(chosen, WHITE_PERCENTILE)) + dark
    span = max(white - dark, np.finfo(np.float64).tiny)
    floor = 0.5 * (1.0 if np.asarray(transmitted).dtype.kind in "ui" else span * 1e-5)
    return -np.log10(np.maximum(light, floor) / span)
