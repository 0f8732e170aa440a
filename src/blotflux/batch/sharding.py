"""Pictures cut into shards, so that one more picture changes one shard and not all that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain, islice
from typing import TYPE_CHECKING

from blotflux.batch.sources import Item, name_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Shard", "cut", "look_ahead"]

LOOK_AHEAD = 6_400
"""Pictures looked at before the first shard is cut; more than that means shards of full size."""

FULL_SIZE = 200
SMALLEST = 4
FEWEST_SHARDS = 64
"""So that the last shards of a small run do not leave processes without work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Some pictures that one process measures and writes together.

    Attributes
    ----------
    items : tuple of Item
    earlier : tuple of str
        Keys of parts of an earlier run that hold some of these pictures.
    """

    items: tuple[Item, ...]
    earlier: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Hash of the names, without their content."""
        digest = blake2b(digest_size=16)
        for item in self.items:
            digest.update(item.name.encode() + b"\0")
        return digest.hexdigest()

    def with_earlier(self, parts: Iterable[str]) -> Shard:
        """Return the shard that knows where an earlier run has its pictures."""
        return replace(self, earlier=tuple(parts))


def look_ahead(items: Iterable[Item]) -> tuple[int | None, int, Iterator[Item]]:
    """Return how many pictures there are (None: many), the size of shards, and the pictures."""
    stream = iter(items)
    first = list(islice(stream, LOOK_AHEAD))
    if len(first) == LOOK_AHEAD:
        return None, FULL_SIZE, chain(first, stream)
    return len(first), max(SMALLEST, len(first) // FEWEST_SHARDS), iter(first)


def cut(items: Iterable[Item], size: int) -> Iterator[Shard]:
    """Yield shards of about `size` pictures, between half and twice of it but for the last.

    A shard ends where the hash of a name says so, so the ends stay where they are when pictures
    are added elsewhere.
    """
    held: list[Item] = []
    for item in items:
        held.append(item)
        ends = len(held) >= size // 2 and name_number(item.name) % (size - size // 2) == 0
        if ends or len(held) >= 2 * size:
            yield Shard(items=tuple(held))
            held = []
    if held:
        yield Shard(items=tuple(held))
