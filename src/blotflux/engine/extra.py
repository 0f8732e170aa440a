"""Packages that only large runs need."""

from __future__ import annotations

from importlib.util import find_spec

from blotflux.errors import OutputError

__all__ = ["require_extra"]


def require_extra(*packages: str) -> None:
    """Check that packages of the extra ``batch`` are installed.

    Raises
    ------
    OutputError
        If one is not; the message says how to install it.
    """
    for package in packages:
        if find_spec(package) is None:
            message = (
                f"{package} is needed for this and not installed: pip install 'blotflux[batch]'"
            )
            raise OutputError(message)
