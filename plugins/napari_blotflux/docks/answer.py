"""The dock "Answer": what the study says now, in words and numbers."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QTextBrowser

from blotflux.report.palette import SEVERITY
from napari_blotflux.window import window_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari.viewer import Viewer

    from blotflux.analysis.records import Comparison
    from blotflux.study.model import StudyRun

__all__ = ["AnswerDock", "answer_html"]


class AnswerDock(QTextBrowser):
    """Every analysis' sentences and estimates; they follow each edit.

    Parameters
    ----------
    napari_viewer : napari.Viewer
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.setObjectName("blotflux_answer")
        self.setMinimumHeight(120)
        self.setHtml("<p>The study's answer appears here once its images are measured.</p>")
        window_of(napari_viewer).studies.answered.connect(self.show_answer)

    def show_answer(self, run: StudyRun) -> None:
        """Show what a study's images say now."""
        place = self.verticalScrollBar().value()
        self.setHtml(answer_html(run))
        self.verticalScrollBar().setValue(place)


def answer_html(run: StudyRun) -> str:
    """Return the answers of a study as a short page."""
    return "".join(_parts(run))


def _parts(run: StudyRun) -> Iterator[str]:
    for failure in run.failures:
        yield f"<p style='color:{SEVERITY['fail']}'>{html.escape(failure.message)}</p>"
    for result in run.results:
        yield f"<h3>{html.escape(result.name)}</h3>"
        for answer in result.answers:
            text = html.escape(answer.text).replace("\n", "<br>")
            yield f"<p><b>{html.escape(str(answer.label))}</b> {text}</p>"
        yield _table(result.comparisons)
    if not run.results:
        yield "<p>No analysis could be carried out.</p>"


def _table(rows: Sequence[Comparison]) -> str:
    if not rows:
        return ""
    head = "<tr><th align=left>quantity</th><th align=left>treatment</th><th>estimate</th>"
    lines = [head + "<th>interval</th><th>n</th></tr>"]
    for row in rows:
        interval = f"{_number(row.ci_low)} to {_number(row.ci_high)}"
        lines.append(
            f"<tr><td>{html.escape(row.quantity)}</td><td>{html.escape(row.treatment)}</td>"
            f"<td align=right>{_number(row.estimate)}</td><td align=right>{interval}</td>"
            f"<td align=right>{row.n}</td></tr>"
        )
    return f"<table cellspacing=6>{''.join(lines)}</table>"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
