"""A shard as a dask task; light to import, as the scheduler imports it too."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blotflux.batch.shard import Done, Job
    from blotflux.batch.sharding import Shard

__all__ = ["pack", "process_packed"]


def pack(shard: Shard, job: Job) -> bytes:
    """Return a shard and its job as bytes that the scheduler passes on unopened."""
    return pickle.dumps((shard, job))


def process_packed(packed: bytes) -> Done:
    """Measure a packed shard; as `blotflux.batch.shard.process_shard`."""
    from blotflux.batch.shard import process_shard

    shard, job = pickle.loads(packed)
    return process_shard(shard, job)
