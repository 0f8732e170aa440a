"""What the report's page shows, as plain records of text: no drawing, no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.findings import Finding, Severity
from blotflux.report.wording import place_words

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ORDER",
    "AnalysisSection",
    "AnswerCard",
    "BlotFigure",
    "Glyph",
    "Page",
    "QcLine",
    "TableView",
    "qc_lines",
    "worst_first",
]

ORDER = {Severity.FAIL: 0, Severity.WARN: 1, Severity.INFO: 2}
"""How severities are sorted: the worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table as it is read: headings and cells as text.

    Attributes
    ----------
    headings : tuple of str
    rows : tuple of tuple of str
    numeric : tuple of bool
        Which columns hold numbers and stand at the right.
    strong : tuple of int
        Rows that stand out.
    caption : str
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    strong: tuple[int, ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """A small picture of one interval, in hundredths of its width.

    Attributes
    ----------
    estimate, low, high : float or None
        Where they lie; None where there is none. Ends beyond the picture are arrows.
    one : float
        Where no change lies.
    band : (float, float) or None
        The equivalence margin.
    ticks : tuple of (float, str)
    """

    estimate: float | None
    low: float | None
    high: float | None
    one: float
    band: tuple[float, float] | None
    cut_low: bool = False
    cut_high: bool = False
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QcLine:
    """One finding as it is read."""

    severity: str
    code: str
    where: str
    message: str
    used_in_label: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCard:
    """The answer of one treatment in one analysis.

    Attributes
    ----------
    kicker : str
        Analysis and comparison.
    sentence : str
    label, label_text, label_kind : str
        As in the table; in words; ``change``, ``same`` or ``open``.
    estimate, interval, n : str
        Of the headline quantity, rounded; `estimate` is empty where there is none, `interval`
        says so.
    symbol, quantity : str
    worst : QcLine or None
        The worst finding that concerns the analysis.
    more : str
        How many findings of which kind there are besides, in words.
    marks : tuple of str
        Doubts that the whole result must be read with.
    """

    kicker: str
    anchor: str
    sentence: str
    label: str
    label_text: str
    label_kind: str
    estimate: str
    interval: str
    n: str
    symbol: str
    quantity: str
    glyph: Glyph | None = None
    worst: QcLine | None = None
    more: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisSection:
    """Everything about one analysis."""

    anchor: str
    title: str
    summary: str
    figure: str = ""
    figure_words: str = ""
    tables: tuple[TableView, ...] = ()
    messages: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    flags: tuple[tuple[str, str], ...] = ()
    marks: tuple[str, ...] = ()
    with_excluded: TableView | None = None
    sensitivity: TableView | None = None
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlotFigure:
    """One picture with what was measured on it."""

    title: str
    facts: str
    picture: str
    words: str
    findings: tuple[QcLine, ...] = ()
    tables: tuple[TableView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page.

    Attributes
    ----------
    title, lead : str
        What was studied; how much of it there is.
    banner : str
        What must be known before anything is read; empty if nothing.
    missing : tuple of str
        What is not there because a picture failed; the page's first lines.
    provenance : tuple of TableView
        Versions, inputs with their digests, corrections.
    """

    title: str
    kind: str
    lead: str
    version: str
    banner: str = ""
    missing: tuple[str, ...] = ()
    answers: tuple[AnswerCard, ...] = ()
    overview: TableView | None = None
    analyses: tuple[AnalysisSection, ...] = ()
    blots: tuple[BlotFigure, ...] = ()
    qc: tuple[QcLine, ...] = ()
    excluded: TableView | None = None
    excluded_words: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    parameters: TableView | None = None
    provenance: tuple[TableView, ...] = ()

    @property
    def qc_counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        return {str(key): sum(line.severity == key for line in self.qc) for key in Severity}


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings once each: the worst first, those that chose a label before the others."""
    return sorted(
        dict.fromkeys(findings),
        key=lambda item: (
            *(ORDER[item.severity], not item.used_in_label, item.code, item.analysis),
            *(item.membrane, item.image, -1 if item.lane is None else item.lane, item.message),
        ),
    )


def qc_lines(findings: Iterable[Finding], *, analysis: str = "") -> tuple[QcLine, ...]:
    """Return findings as they are read, the worst first.

    Parameters
    ----------
    findings : iterable of Finding
    analysis : str
        The analysis that they are shown with, and that need not be named again.
    """
    return tuple(
        QcLine(
            severity=str(finding.severity),
            code=finding.code,
            where=place_words(finding) or finding.analysis.removeprefix(analysis),
            message=finding.message,
            used_in_label=finding.used_in_label,
        )
        for finding in worst_first(findings)
    )
