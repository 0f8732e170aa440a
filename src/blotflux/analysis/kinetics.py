"""LC3-II over time: formation at a constant rate, clearance in proportion to the pool.

``dL/dt = s - k L``. At steady state ``L = s / k``; with the last step fully blocked L grows by
``s t``. The functions show what the flux analysis assumes, and where a reading of a single ratio
goes wrong: a drug that slows clearance for 16 h fills the pool, so that LC3-II with inhibitor is
higher than in vehicle (E > 1) while the flux has fallen (phi < 1).
"""

from __future__ import annotations

import math

__all__ = ["pool_after", "steady_pool"]


def steady_pool(formation: float, clearance_per_h: float) -> float:
    """Return the pool at steady state, s / k, in the unit of formation x h."""
    return formation / clearance_per_h


def pool_after(
    start: float, hours: float, *, formation: float, clearance_per_h: float = 0.0
) -> float:
    """Return the pool after some time.

    Parameters
    ----------
    start : float
        Pool at the beginning.
    hours : float
        At least 0.
    formation : float
        s, pool units per hour.
    clearance_per_h : float
        k, 1/h; 0 is a complete block.

    Examples
    --------
    A drug slows clearance from 0.5 to 0.02 per hour for 16 h, with an inhibitor in the last 4 h:

    >>> pool = pool_after(1.0, 12, formation=0.5, clearance_per_h=0.02)
    >>> without = pool_after(pool, 4, formation=0.5, clearance_per_h=0.02)
    >>> blocked = pool_after(pool, 4, formation=0.5)
    >>> vehicle = steady_pool(0.5, 0.5), pool_after(1.0, 4, formation=0.5)
    >>> phi = (blocked - without) / (vehicle[1] - vehicle[0])
    >>> round(phi, 3), round(blocked / vehicle[1], 2)
    (0.274, 2.71)
    """
    if clearance_per_h == 0:
        return start + formation * hours
    steady = steady_pool(formation, clearance_per_h)
    return steady + (start - steady) * math.exp(-clearance_per_h * hours)
