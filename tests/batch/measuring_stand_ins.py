"""Measuring functions that are light, slow or deadly; other processes import them from here."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from blotflux.measure.pipeline import quantify


def light(blot, parameters, *, hints=None, lanes=None):
    """Measure once, without the other background methods."""
    return quantify(blot, parameters, hints=hints, lanes=lanes)


def slow(blot, parameters, *, hints=None, lanes=None):
    """Measure in at least a fifth of a second."""
    time.sleep(0.2)
    return quantify(blot, parameters, hints=hints, lanes=lanes)


def stuck(blot, parameters, *, hints=None, lanes=None):
    """Never come back from the pictures named ``stuck``."""
    if blot.source.name.endswith("stuck.tif"):
        time.sleep(3600)
    return quantify(blot, parameters, hints=hints, lanes=lanes)


def deadly(blot, parameters, *, hints=None, lanes=None):
    """End the process on the pictures named ``poison``, and the first time ``blot05`` comes."""
    mark = os.environ.get("BLOTFLUX_TEST_MARK")
    innocent = "blot05" in blot.source.name and mark is not None and not Path(mark).exists()
    if innocent:
        Path(mark).touch()
    if innocent or blot.source.name.endswith("poison.tif"):
        os.kill(os.getpid(), signal.SIGKILL)
    return quantify(blot, parameters, hints=hints, lanes=lanes)
