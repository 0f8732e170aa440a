"""Replicates in the shape that statistics programs paste: conditions across, replicates down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.report.reading import NO_BREAK
from blotflux.report.wording import condition_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blotflux.analysis.records import AnalysisResult

__all__ = ["Block", "prism_blocks"]

Entry = tuple[str, str, float | None]
"""Replicate, condition, value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One quantity: a row per replicate, a column per condition.

    Attributes
    ----------
    title : str
    conditions, replicates : tuple of str
    values : tuple of tuple
        By replicate and condition; None where there is none.
    """

    title: str
    conditions: tuple[str, ...]
    replicates: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]


def prism_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    """Return the blocks of an analysis: the values of each quantity, and over the control.

    For flux the amounts with and without inhibitor of each replicate come first.
    """
    blocks = [_flux_block(result)] if result.flux else []
    for quantity in dict.fromkeys(row.quantity for row in result.replicates):
        rows = [row for row in result.replicates if row.quantity == quantity]
        names = [_with_inhibitor(condition_words(row), row.inhibitor) for row in rows]
        for ending, values in (
            ("", [row.value for row in rows]),
            (" over control", [row.value_over_control for row in rows]),
        ):
            entries = zip((row.replicate for row in rows), names, values, strict=True)
            blocks.append(_block(f"{quantity}{ending}", entries))
    return tuple(block for block in blocks if block.replicates)


def _with_inhibitor(words: str, inhibitor: str) -> str:
    """Return a condition in plain words, as another program takes them."""
    plain = words.replace(NO_BREAK, " ")
    return f"{plain} + {inhibitor}" if inhibitor else plain


def _flux_block(result: AnalysisResult) -> Block:
    entries: list[Entry] = []
    for row in result.flux:
        if row.replicate:
            words = condition_words(row)
            entries.append((row.replicate, _with_inhibitor(words, ""), row.basal))
            entries.append(
                (row.replicate, _with_inhibitor(words, row.inhibitor or "inhibitor"), row.inhibited)
            )
    return _block(f"{result.plan.target}, control without inhibitor = 1", entries)


def _block(title: str, entries: Iterable[Entry]) -> Block:
    listed = list(entries)
    cells = {(replicate, condition): value for replicate, condition, value in listed}
    replicates = tuple(dict.fromkeys(replicate for replicate, _, _ in listed))
    conditions = tuple(dict.fromkeys(condition for _, condition, _ in listed))
    return Block(
        title=title,
        conditions=conditions,
        replicates=replicates,
        values=tuple(
            tuple(cells.get((replicate, condition)) for condition in conditions)
            for replicate in replicates
        ),
    )
