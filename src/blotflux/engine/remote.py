"""A task on a dask worker; light to import, as the scheduler imports it too."""

from __future__ import annotations

import pickle
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["do_packed", "pack"]

_ONE_AT_A_TIME = threading.Lock()


def pack(do: Callable[..., Any], task: object) -> bytes:
    """Return a task and what is to be done with it as bytes; the scheduler passes them on."""
    return pickle.dumps((do, task))


def do_packed(packed: bytes) -> Any:
    """Do a packed task.

    One at a time in a process, however many threads a worker has: a task that ends its process
    must not take another one with it.
    """
    do, task = pickle.loads(packed)
    with _ONE_AT_A_TIME:
        return do(task, _nothing)


def _nothing() -> None:
    """Take no notice of a step: they are not told from afar."""
