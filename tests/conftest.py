"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A loaded machine is slow and right; and what CI finds must be found again by whoever looks.
settings.register_profile("person", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "person")

REAL_BLOTS = "BLOTFLUX_REAL_BLOTS"


@pytest.fixture(scope="session")
def real_blots() -> Path:
    """The folder of annotated real blots, which are not part of the project."""
    folder = os.environ.get(REAL_BLOTS)
    if not folder:
        pytest.skip(f"{REAL_BLOTS} is not set: it names a folder of annotated real blots")
    path = Path(folder)
    if not (path / "annotations.json").is_file():
        pytest.fail(f"{REAL_BLOTS}={folder}: annotations.json is not there")
    return path
