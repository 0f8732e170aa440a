"""What can go wrong while somebody corrects a blot."""

from __future__ import annotations

from blotflux.errors import BlotError
from blotflux.study.corrections import ImageChangedError

__all__ = ["EditError", "ImageChangedError"]


class EditError(BlotError):
    """An edit cannot be made; nothing was changed. The message is one line for the status bar."""
