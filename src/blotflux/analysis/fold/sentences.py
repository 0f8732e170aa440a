"""The sentence of one fold change: treatment, estimate with interval, n, and what it means.

Every number is the table's, with three significant digits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.analysis.fold.labels import FoldLabel
from blotflux.analysis.fold.rows import place_words
from blotflux.analysis.numbers import three_digits
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from blotflux.analysis.fold.records import FoldChange
    from blotflux.analysis.records import Comparison

__all__ = ["fold_change_sentence"]


def fold_change_sentence(words: str, item: FoldChange, row: Comparison) -> str:
    """Return the answer to one comparison as the report prints it.

    Parameters
    ----------
    words : str
        The ratio, as ``p-Akt/Akt``.
    item : FoldChange
    row : Comparison
        The row that carries the label.
    """
    return SENTENCES[FoldLabel(row.label)](words, item, row)


def treatment(item: FoldChange) -> str:
    """Return what was done, in words."""
    return place_words(item.condition)


def control(item: FoldChange, row: Comparison) -> str:
    """Return what it is compared with, in words; its time is the treatment's own."""
    return replace(item.control, time_h=None).drug_words if item.control else row.control


def evidence(row: Comparison) -> str:
    """Return interval and n in brackets."""
    level = f"{100 * (row.ci_level or 0):.4g} % CI"
    return (
        f"({level} {three_digits(row.ci_low)} to {three_digits(row.ci_high)}; "
        f"n = {row.n} biological replicates)"
    )


def within(row: Comparison) -> str:
    """Return the addition for a change that is real but small."""
    if Flag.WITHIN_MARGIN not in row.flags:
        return ""
    return f" The change is smaller than {row.margin:g}-fold."


def increased(words: str, item: FoldChange, row: Comparison) -> str:
    """Return the sentence of INCREASED."""
    return (
        f"With {treatment(item)}, {words} rose to {three_digits(row.estimate)} times that of "
        f"{control(item, row)} {evidence(row)}.{within(row)}"
    )


def decreased(words: str, item: FoldChange, row: Comparison) -> str:
    """Return the sentence of DECREASED."""
    return (
        f"With {treatment(item)}, {words} fell to {three_digits(row.estimate)} times that of "
        f"{control(item, row)} {evidence(row)}.{within(row)}"
    )


def unchanged(words: str, item: FoldChange, row: Comparison) -> str:
    """Return the sentence of NO_CHANGE."""
    return (
        f"With {treatment(item)}, {words} stayed within {row.margin:g}-fold of "
        f"{control(item, row)}: {three_digits(row.estimate)} times {evidence(row)}; the interval "
        f"of the equivalence test is {three_digits(row.ci90_low)} to {three_digits(row.ci90_high)}."
    )


def imprecise(words: str, item: FoldChange, row: Comparison) -> str:
    """Return the sentence of INCONCLUSIVE_PRECISION."""
    return (
        f"It is open whether {treatment(item)} changes {words}: {three_digits(row.estimate)} times "
        f"that of {control(item, row)} {evidence(row)}. That includes no change and does not "
        f"exclude one of {row.margin:g}-fold."
    )


def stated(words: str, item: FoldChange, row: Comparison) -> str:
    """Return the estimate without any conclusion, and why there is none."""
    if item.bound or row.estimate is None:
        return f"With {treatment(item)}, {words}: {row.message}"
    bracket = f" {evidence(row)}" if row.ci_low is not None else ""
    return (
        f"With {treatment(item)}, {words} was {three_digits(row.estimate)} times that of "
        f"{control(item, row)}{bracket}. {row.message}"
    )


SENTENCES: Mapping[FoldLabel, Callable[[str, FoldChange, Comparison], str]] = {
    FoldLabel.INCREASED: increased,
    FoldLabel.DECREASED: decreased,
    FoldLabel.NO_CHANGE: unchanged,
    FoldLabel.INCONCLUSIVE_PRECISION: imprecise,
    FoldLabel.PROVISIONAL_N2: stated,
    FoldLabel.DESCRIPTIVE_ONLY: stated,
    FoldLabel.INCONCLUSIVE_SIGNAL: stated,
    FoldLabel.INCONCLUSIVE_DESIGN: stated,
}
