"""Which seeds are for tuning, and which are looked at once."""

from __future__ import annotations

__all__ = ["HELD_OUT_SEED", "TUNE_SEEDS"]

TUNE_SEEDS = range(10_000)
"""Blots of these seeds may be looked at, and any number in the program tuned on them."""

HELD_OUT_SEED = 1_000_000
"""Blots from here on are kept back: score them to report a figure, never to choose a number."""
