"""An end for what takes too long, even where Python itself does not get a turn any more."""

from __future__ import annotations

import faulthandler
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

__all__ = ["SECONDS_PER_PICTURE", "time_limit"]

SECONDS_PER_PICTURE = 600.0
"""A picture that takes longer than this (reading and measuring it) is given up.

A hundred times what the largest picture of a camera takes, so that a machine that is merely busy
does not lose pictures.
"""


@contextmanager
def time_limit(seconds: float, note: IO[bytes]) -> Iterator[None]:
    """End this process if the block takes longer; to be used in a process made for the purpose.

    A thread of the interpreter's own watches the time. It needs no turn of Python, so a decoder
    that never comes back is ended too.

    Parameters
    ----------
    seconds : float
        0: no limit.
    note : binary file
        With a descriptor; gets the place where the program was, so that it is empty unless the
        time was over.
    """
    if not seconds:
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True, file=note.fileno())
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
