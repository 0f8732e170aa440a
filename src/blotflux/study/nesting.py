"""How deep tables and lists of a file may stand in each other."""

from __future__ import annotations

__all__ = ["is_deep"]

MOST_NESTED = 16  # far more than a study or a file of corrections has


def is_deep(data: object) -> bool:
    """Return whether tables and lists are nested more deeply than in any file of ours.

    What goes through such data calls itself once for each level, and Python allows some hundred.
    """
    layer = [data]
    for _ in range(MOST_NESTED):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(item, dict | list) for item in layer)
