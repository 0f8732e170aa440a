"""Tasks that other processes do; they import them from here."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def double(task, step):
    """Return twice a number, in as many steps."""
    for _ in range(task):
        step()
    return 2 * task


def refuse(task, step):
    """Fail on the number 3."""
    if task == 3:
        message = "three is too many"
        raise ValueError(message)
    return task


def die(task, step):
    """End the process on the number 3."""
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def die_once(task, step):
    """End the process if the file ``task`` is not there yet, and make it."""
    if not Path(task).exists():
        Path(task).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def wait_for_file(task, step):
    """Say by ``task.begun`` that it has begun, and return once the file ``task`` is there."""
    Path(f"{task}.begun").touch()
    while not Path(task).exists():
        time.sleep(0.05)
    return task


def threads(task, step):
    """Return how many threads libraries may use here."""
    return os.environ["OMP_NUM_THREADS"]
