"""What people type into cells: numbers, and words that mean less or more than they seem to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NO_INHIBITOR", "WITHOUT_UNIT", "doubtful_words", "holds_number", "number_of"]

NO_INHIBITOR = frozenset({"none", "no", "-", "0"})

# What an inhibitor is dissolved in is no inhibitor; taken for one it would be an arm of its own.
SOLVENTS = frozenset(
    {"control", "ctrl", "dmso", "ethanol", "etoh", "h2o", "pbs", "solvent", "vehicle", "water"}
)

# Said in the column of reasons these mean that the lane stays, or a reason that nobody wrote.
NO_REASON = frozenset({"no", "n", "false", "0", "none", "-", "keep"})

WITHOUT_UNIT = "; type the number without its unit and without separators of thousands"


def number_of(text: str, *, decimal_comma: bool) -> float | None:
    """Return the finite number that a cell holds, or None."""
    plain = text.replace(",", ".") if decimal_comma and "." not in text else text
    try:
        value = float(plain.replace("_", "?"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def holds_number(text: str) -> bool:
    """Return whether a cell begins with a number, with something else beside it."""
    return text.lstrip("+-")[:1].isdigit()


def doubtful_words(inhibitor: str, exclude: str) -> Iterator[tuple[str, str]]:
    """Yield column and complaint for words that would silently mean something else."""
    if inhibitor.casefold() in SOLVENTS:
        yield (
            "inhibitor",
            f"inhibitor '{inhibitor}' is a solvent or a control, not an inhibitor; leave the cell "
            "empty or write none where there was no inhibitor",
        )
    if exclude.casefold() in NO_REASON:
        yield (
            "exclude",
            f"exclude '{exclude}' would leave the lane out; leave the cell empty to keep the lane, "
            "or write the reason",
        )
