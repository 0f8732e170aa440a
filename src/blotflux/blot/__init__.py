"""What is on a membrane, and how it comes out of a file."""

from __future__ import annotations

from blotflux.blot.model import (
    Band,
    Blot,
    Box,
    ImageSource,
    Lane,
    LaneRole,
    Placement,
    Polarity,
)
from blotflux.blot.read import read, read_planes

__all__ = [
    "Band",
    "Blot",
    "Box",
    "ImageSource",
    "Lane",
    "LaneRole",
    "Placement",
    "Polarity",
    "read",
    "read_planes",
]
