"""One thread for the numerical libraries.

The matrices of a blot are small: threads that wait for each other cost more time than they save,
and where several programs run at once, several times as much.
"""

from __future__ import annotations

import os

__all__ = ["ONE_THREAD", "prefer_one_thread"]

ONE_THREAD = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
)


def prefer_one_thread() -> None:
    """Let the numerical libraries use one thread, if nobody said how many.

    They read this when they are loaded: it has to be called before numpy is imported.
    """
    if not any(name in os.environ for name in ONE_THREAD):
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
