"""Which part of an earlier run holds which picture, in a temporary file that SQLite keeps."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from blotflux.batch.layout import IMAGES, PARTS, part_keys, part_path, remove_part
from blotflux.batch.parts import only_images, read_part, write_part
from blotflux.batch.recipe import Digest, part_key
from blotflux.batch.sources import name_number

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.batch.sharding import Shard

__all__ = ["EarlierParts"]


class EarlierParts:
    """The pictures of an earlier run; memory does not grow with their number."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._base = sqlite3.connect("")
        self._base.execute("CREATE TABLE held (name INTEGER, part TEXT, newer INTEGER DEFAULT 0)")
        for key in sorted(part_keys(directory), key=self._age):
            names = read_part(directory, IMAGES.name, key, columns=["image"])["image"].to_pylist()
            rows = ((name_number(name), key) for name in names)
            self._base.executemany("INSERT INTO held (name, part) VALUES (?, ?)", rows)
        self._base.execute("CREATE INDEX by_name ON held (name)")

    def _age(self, key: str) -> int:
        return part_path(self._directory, IMAGES.name, key).stat().st_mtime_ns

    def parts_of(self, shard: Shard) -> tuple[str, ...]:
        """Return the parts that hold pictures of a shard."""
        found: dict[str, None] = {}
        for item in shard.items:
            rows = self._base.execute(
                "SELECT part FROM held WHERE name = ?", (name_number(item.name),)
            )
            found.update((key, None) for (key,) in rows)
        return tuple(found)

    def is_now_in(self, shard: Shard, key: str) -> None:
        """Note that the pictures of a shard are in a part now, and in no other."""
        numbers = ((name_number(item.name), key) for item in shard.items)
        self._base.executemany("UPDATE held SET newer = 1 WHERE name = ? AND part <> ?", numbers)

    def prune(self) -> None:
        """Remove from earlier parts what is in newer ones; other pictures keep their rows."""
        # Of two parts that a run left when it was killed while pruning, the younger one counts.
        self._base.execute(
            "UPDATE held SET newer = 1 WHERE newer = 0 AND EXISTS (SELECT 1 FROM held AS other "
            "WHERE other.name = held.name AND other.newer = 0 AND other.rowid > held.rowid)"
        )
        parts = self._base.execute("SELECT part FROM held GROUP BY part HAVING max(newer) = 1")
        for (key,) in parts.fetchall():
            self._prune(key)

    def _prune(self, key: str) -> None:
        rows = self._base.execute("SELECT name FROM held WHERE part = ? AND newer = 1", (key,))
        gone = {number for (number,) in rows}
        images = read_part(self._directory, IMAGES.name, key)
        left = [row for row in images.to_pylist() if name_number(row["image"]) not in gone]
        if left:
            names = [row["image"] for row in left]
            tables = {
                table: only_images(read_part(self._directory, table, key), names) for table in PARTS
            }
            pictures = [(row["image"], Digest(row["sha256"], row["beside_sha256"])) for row in left]
            write_part(self._directory, part_key(left[0]["recipe"], pictures), tables)
        remove_part(self._directory, key)
