"""Names as people type them: cleaned, compared and, where mistyped, the nearest valid one found."""

from __future__ import annotations

import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["clean", "clean_all", "did_you_mean", "fold", "near_duplicates", "nearest", "quoted"]

MICRO, MU = "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"

# Letters that keyboards, spreadsheets and word processors put in place of each other.
LOOK_ALIKES = str.maketrans({MU: "u", "\N{EN DASH}": "-", "\N{MINUS SIGN}": "-", "\N{HYPHEN}": "-"})

# Text of these keys names a file, where every letter counts.
FILE_KEYS = frozenset({"file", "ladder_image"})


def clean(text: str) -> str:
    """Return a name as it is kept: no spaces at the ends, one letter for micro and mu."""
    return text.replace(MU, MICRO).strip().strip("\N{ZERO WIDTH NO-BREAK SPACE}\u200b").strip()


def clean_all(value: Any, *, key: str = "") -> Any:
    """Return a value of a study file with every name in it cleaned; file names stay as typed."""
    if isinstance(value, str):
        return value if key in FILE_KEYS else clean(value)
    if isinstance(value, list):
        return [clean_all(item, key=key) for item in value]
    if isinstance(value, dict):
        return {name: clean_all(item, key=name) for name, item in value.items()}
    return value


def fold(name: str) -> str:
    """Return what two names share that differ only in case, spaces or look-alike letters."""
    plain = unicodedata.normalize("NFKC", name).casefold().translate(LOOK_ALIKES)
    return "".join(letter for letter in plain if not letter.isspace() and letter != "\u200b")


def near_duplicates(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return pairs (first seen, later) of different names that `fold` to the same."""
    first: dict[str, str] = {}
    pairs = []
    for name in dict.fromkeys(names):
        seen = first.setdefault(fold(name), name)
        if seen != name:
            pairs.append((seen, name))
    return tuple(pairs)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return the allowed name that `name` was probably meant to be, or empty text."""
    by_fold = {fold(candidate): candidate for candidate in allowed}
    found = get_close_matches(fold(name), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""


def quoted(names: Sequence[str], *, at_most: int = 12) -> str:
    """Return names as a list for a message: ``'a', 'b' and 3 more``."""
    shown = ", ".join(f"'{name}'" for name in names[:at_most])
    more = len(names) - at_most
    return f"{shown} and {more} more" if more > 0 else shown


def did_you_mean(name: str, allowed: Sequence[str], *, what: str = "allowed") -> str:
    """Return the end of a message about a wrong name: the nearest valid one, or all of them."""
    candidate = nearest(name, allowed)
    if candidate:
        return f"did you mean '{candidate}'?"
    return f"{what}: {quoted(allowed)}" if allowed else f"{what}: none"
