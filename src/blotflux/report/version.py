"""Which blotflux wrote a result."""

from __future__ import annotations

__all__ = ["package_version"]


def package_version() -> str:
    """Return the version of the installed package."""
    from blotflux import __version__

    return __version__
