"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
