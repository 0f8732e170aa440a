"""Pictures whose truth is known, and files built byte by byte from the documented formats."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The builders lie beside the tests; importlib mode does not put this folder on the path.
sys.path.insert(0, str(Path(__file__).parent))

from blot_drawings import draw_bands


@pytest.fixture
def bands():
    """Five bands in a row, counts from 200 (membrane) to about 20000, uint16, light on dark."""
    return draw_bands()
