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

__all__ = ["Band", "Blot", "Box", "ImageSource", "Lane", "LaneRole", "Placement", "Polarity"]
