"""The kinds of drawn blots, as options name them."""

from __future__ import annotations

from blotflux.errors import RecipeError
from blotflux.synthetic import KINDS

__all__ = ["kinds_of"]


def kinds_of(name: str) -> tuple[str, ...]:
    """Return the kinds that ``--kind`` means.

    Raises
    ------
    RecipeError
        The kind is unknown.
    """
    if name == "all":
        return tuple(KINDS)
    if name not in KINDS:
        message = f"--kind {name}: unknown; choose one of {', '.join(KINDS)}, all"
        raise RecipeError(message)
    return (name,)
