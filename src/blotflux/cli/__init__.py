"""The command line: one small file per command.

Nothing heavy is imported before a command runs, so that ``blotflux --help`` answers at once.
"""

from __future__ import annotations

from blotflux.cli.app import main

__all__ = ["main"]
