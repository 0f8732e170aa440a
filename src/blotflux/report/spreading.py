"""Places for names that must not lie on one another."""

from __future__ import annotations

__all__ = ["spread"]


def spread(wanted: list[float], gap: float) -> list[float]:
    """Return places at least `gap` apart, as near to the ascending wanted ones as can be.

    Neighbors that are too close are pooled and put around their common middle.

    >>> spread([10.0, 11.0, 50.0], 6.0)
    [7.5, 13.5, 50.0]
    """
    groups: list[list[float]] = []  # sum of wanted places less their offsets, count
    for place in wanted:
        groups.append([place, 1.0])
        while len(groups) > 1 and _end(groups[-2], gap) > _start(groups[-1], gap):
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    places: list[float] = []
    for group in groups:
        start = _start(group, gap) + gap / 2
        places.extend(start + gap * index for index in range(int(group[1])))
    return places


def _start(group: list[float], gap: float) -> float:
    return group[0] / group[1] - gap * group[1] / 2


def _end(group: list[float], gap: float) -> float:
    return group[0] / group[1] + gap * group[1] / 2
