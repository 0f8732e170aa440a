"""Thousands to millions of pictures, quantified into one data set.

The pictures are cut into shards; each shard is measured by one process, which writes one Parquet
part per table (``bands/``, ``lanes/``, ``qc/``, ``images/``). A part is there completely or not at
all, and is named by the content of its pictures, the parameters and the version, so a part can
never be mistaken for that of another picture, and a run that was stopped goes on where it was.

- `blotflux.batch.sources` walks folders, globs and lists,
- `blotflux.batch.sharding` cuts what it finds into shards,
- `blotflux.batch.shard` measures and writes one shard, the same way everywhere,
- `blotflux.engine` carries shards to processes of this machine or of a cluster,
- `blotflux.batch.lock` lets one run at a time write to a data set,
- `blotflux.batch.run` puts them together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blotflux.batch.run import BatchRequest, run_batch
    from blotflux.batch.summary import Summary

__all__ = ["BatchRequest", "Summary", "run_batch"]

_PLACES = {
    "BatchRequest": "blotflux.batch.run",
    "Summary": "blotflux.batch.summary",
    "run_batch": "blotflux.batch.run",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for."""
    if name not in _PLACES:
        message = f"module '{__name__}' has no attribute '{name}'"
        raise AttributeError(message)
    return getattr(import_module(_PLACES[name]), name)
