"""Parts of the data set: Parquet files of a fixed schema, each complete or absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from blotflux.batch.layout import PARTS, part_path, unfinished_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from blotflux.report.columns import Table

__all__ = ["only_images", "read_part", "schema_of", "to_arrow", "write_part"]

_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


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


def to_arrow(table: Table, data: pd.DataFrame) -> pa.Table:
    """Return a DataFrame as an Arrow table of the table's schema; NaN is a missing value."""
    return pa.Table.from_pandas(data, schema=schema_of(table), preserve_index=False)


def write_part(directory: Path, key: str, tables: Mapping[str, pa.Table]) -> None:
    """Write the part of each table; that of `IMAGES` last.

    Raises
    ------
    OSError
        If the disk does not take it; nothing half-written has a part's name then.
    """
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
