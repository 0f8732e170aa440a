"""The error of a volume that is a sum over a box, background subtracted."""

from __future__ import annotations

import math

__all__ = ["box_volume_se"]


def box_volume_se(
    box_px: int,
    background_px: int,
    sigma: float,
    *,
    volume: float = 0.0,
    gain: float = 0.0,
    correlation: float = 1.0,
) -> float:
    """Return one standard error of ``sum(box) - mean(background) * box_px``, counts·px.

    ``Var = gain * max(volume, 0) + f N s**2 + f N**2 s**2 / N_B``: shot noise of the band, noise
    of the box's pixels, and the error of the background mean, which counts once per pixel of the
    box.

    Parameters
    ----------
    box_px, background_px : int
        Pixels in the box, N, and behind the background, N_B; at least 1.
    sigma : float
        Noise of a pixel without band, s.
    volume : float
        The band's own volume, for its shot noise.
    gain : float
        Counts per unit of variance; 0 if unknown.
    correlation : float
        f, variance of a sum over a box, over that of independent pixels; at least 1.

    Examples
    --------
    >>> round(box_volume_se(640, 400, 12.0), 1)
    489.5
    """
    pixels = sigma**2 * correlation * (box_px + box_px**2 / background_px)
    return math.sqrt(gain * max(volume, 0.0) + pixels)
