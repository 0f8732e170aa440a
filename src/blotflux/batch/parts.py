"""Parts of the data set: Parquet files of a fixed schema, each complete or absent."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from blotflux.batch.layout import IMAGES, PARTS, part_path, unfinished_path
from blotflux.report.frames import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from blotflux.report.columns import Table

__all__ = ["only_images", "read_part", "schema_of", "to_arrow", "write_part"]

_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


@functools.cache
def schema_of(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table; units and meanings are in the fields' metadata."""
    return pa.schema(
        [
            pa.field(
                column.name,
                _TYPES[column.kind],
                metadata={"unit": column.unit, "meaning": column.meaning},
            )
            for column in table.columns
        ]
    )


def to_arrow(table: Table, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return rows as an Arrow table of the table's schema, sorted by its key."""
    schema = schema_of(table)
    values = columns(table, rows)
    return pa.table(
        [pa.array(values[field.name], field.type, from_pandas=True) for field in schema],
        schema=schema,
    )


def write_part(
    directory: Path, key: str, tables: Mapping[str, pa.Table], *, anew: bool = False
) -> None:
    """Write the part of each table; that of `IMAGES` last.

    Parameters
    ----------
    directory : Path
    key : str
    tables : mapping of name to Arrow table
    anew : bool
        Whether an earlier run wrote the part, with other rows for pictures that it gave up.

    Raises
    ------
    OSError
        If the disk does not take it; nothing half-written has a part's name then.
    """
    if anew:  # what is there is incomplete from here on, until the last table is written
        part_path(directory, IMAGES.name, key).unlink(missing_ok=True)
    for name in PARTS:
        path = part_path(directory, name, key)
        path.parent.mkdir(exist_ok=True)
        unfinished = unfinished_path(path)
        try:
            pq.write_table(tables[name], unfinished, compression="zstd")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def read_part(
    directory: Path, table: str, key: str, *, columns: Sequence[str] | None = None
) -> pa.Table:
    """Return one part of one table."""
    with part_path(directory, table, key).open("rb") as file:
        return pq.read_table(file, columns=columns)


def only_images(data: pa.Table, names: Sequence[str], *, invert: bool = False) -> pa.Table:
    """Return the rows of some pictures, or of all others."""
    chosen = pc.is_in(data["image"], value_set=pa.array(names, pa.string()))
    return data.filter(pc.invert(chosen) if invert else chosen)
