"""What was measured for former edits, by everything that it depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Kept"]

MOST_KEPT = 2048  # results that are young


class Kept:
    """A store of results that lets go of those which nobody asks for any more.

    Results are young or old. Once there are many young ones they become the old ones, and those
    that were old are gone; what is asked for is young again. So an edit never has to measure what
    it did not touch because the store was full.
    """

    def __init__(self) -> None:
        self._young: dict[Any, Any] = {}
        self._old: dict[Any, Any] = {}

    def __contains__(self, key: Any) -> bool:
        return key in self._young or key in self._old

    def __getitem__(self, key: Any) -> Any:
        """Return a result; from now on it is young."""
        if key not in self._young:
            self._young[key] = self._old[key]
        return self._young[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._young[key] = value

    def update(self, results: Iterable[tuple[Any, Any]]) -> None:
        """Keep some results."""
        self._young.update(results)

    def setdefault(self, key: Any, value: Any) -> Any:
        """Return a result; where there is none, `value`, which is kept."""
        if key not in self:
            self._young[key] = value
        return self[key]

    def age(self) -> None:
        """Make room, if it is time to."""
        if len(self._young) > MOST_KEPT:
            self._young, self._old = {}, self._young

    def clear(self) -> None:
        """Let go of everything."""
        self._young, self._old = {}, {}
