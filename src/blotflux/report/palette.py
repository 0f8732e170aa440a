"""Colors that stay apart for every reader.

Rows of bands are told apart by color, so the colors must differ for people with deuteranopia and
protanopia too: every pair is at least 10 apart in CIEDE2000 as normal, deuteranopic and
protanopic readers see them (the tests simulate it), and each has a contrast of at least 3:1
against white.
"""

from __future__ import annotations

__all__ = [
    "EVIDENCE",
    "FAIL",
    "INFO",
    "INK",
    "LADDER",
    "LINE",
    "LOW_CONFIDENCE",
    "MUTED",
    "PAPER",
    "ROWS",
    "SATURATED",
    "SEVERITY",
    "TRACK",
    "WARN",
    "row_color",
]

ROWS: tuple[str, ...] = (
    "#056e95",
    "#a87e00",
    "#750040",
    "#00999a",
    "#c05368",
    "#2300b9",
    "#9f1e29",
    "#0594fe",
)
"""Colors of rows 1 to 8; they start again after that, and the row's number is always written."""

INK = "#16212b"
MUTED = "#5b6873"
LINE = "#d5dbe0"
PAPER = "#ffffff"
TRACK = "#5b6873"
LADDER = "#6b7680"
SATURATED = "#e5004c"
LOW_CONFIDENCE = "#c24e00"
EVIDENCE = "#7a1fd1"
FAIL = "#b00020"
WARN = "#8a5a00"
INFO = "#3c5a78"

SEVERITY: dict[str, str] = {"fail": FAIL, "warn": WARN, "info": INFO}


def row_color(row: int) -> str:
    """Return the color of a row of bands, numbered from 1."""
    return ROWS[(row - 1) % len(ROWS)]
