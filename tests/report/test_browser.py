"""The report in a real browser: nothing leaves the page, nothing overflows, the answer is first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from blotflux.findings import Finding, Severity
from blotflux.report import write_quantify, write_study

if TYPE_CHECKING:
    from pathlib import Path

LONG = "a_very_long_name_without_any_place_to_break_it_" * 4

OVERFLOWING = """
(() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > wide + 0.5)
    .map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40));
})()
"""

CLIPPED = """
[...document.querySelectorAll('td, th, p, h1, h2, h3, li, dd, dt')]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
  .map(e => e.tagName + ' ' + e.textContent.slice(0, 40))
"""

VISIBLE = """
(selector => [...document.querySelectorAll(selector)].map(e => {
  const box = e.getBoundingClientRect();
  return [e.innerText, box.top >= 0 && box.bottom <= innerHeight && box.height > 0];
}))
"""


def many_answers(run: Any, number: int) -> Any:
    """Return the run with the same analysis several times, under other names."""
    result = run.results[0]
    results = tuple(
        replace(
            result,
            name=f"analysis {index}",
            answers=(replace(result.answers[0], analysis=f"analysis {index}"),),
        )
        for index in range(number)
    )
    return replace(run, results=results)


@pytest.fixture(scope="module")
def reports(drawn, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of several kinds, written once."""
    folder = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("blotflux.analysis.run.analyze", lambda *_: (drawn.result(),))
        run = drawn.draw_run(ceiling=330)
        run = replace(run, images=run.images[:2])
        write_study(run, folder / "study")
        write_study(many_answers(replace(run, images=()), 3), folder / "three")
        write_study(many_answers(replace(run, images=()), 6), folder / "six")
        write_study(worded_at_length(drawn), folder / "long")
        write_quantify([item.measurement for item in run.images], folder / "quantify")
    return {path.name: path / "report.html" for path in folder.iterdir()}


def worded_at_length(drawn) -> Any:
    """Return a run whose names are far too long, with many findings and a failed picture."""
    run = drawn.draw_run(failed=True)
    findings = tuple(
        Finding(
            severity=list(Severity)[index % 3],
            code="D-SNR",
            message=f"{LONG} {index}",
            image=LONG,
            membrane=LONG,
            lane=index,
            target=LONG,
            used_in_label=index == 3,
        )
        for index in range(12)
    )
    result = run.results[0]
    rows = tuple(replace(row, treatment=LONG, model=LONG) for row in result.comparisons)
    flux = tuple(replace(row, treatment=LONG, replicate=LONG) for row in result.flux)
    spoilt = replace(result, comparisons=rows, flux=flux)
    return replace(
        run,
        images=(),
        study=replace(run.study, title=LONG),
        results=(spoilt,),
        findings=findings,
        provenance={"inputs": [{"file": LONG, "sha256": "ab" * 32}]},
    )


KINDS = ["study", "three", "six", "long", "quantify"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_request_leaves_the_page_and_nothing_complains(
    browser: Any, reports: dict[str, Path], kind: str
) -> None:
    browser.open(reports[kind], width=1280, height=800)
    assert browser.requests() == []
    assert browser.complaints() == []
    images = browser.value("[...document.images].map(i => [i.complete, i.naturalWidth > 0])")
    assert all(all(state) for state in images)


def test_the_browser_reports_requests_and_complaints(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text("<img src='http://127.0.0.1:9/x.png'><script>oops()</script>", encoding="utf-8")
    browser.open(page, width=1280, height=800)
    assert browser.requests() == ["http://127.0.0.1:9/x.png"]
    assert any("oops" in text for text in browser.complaints())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [1280, 640])
def test_nothing_overflows_on_the_screen(
    browser: Any, reports: dict[str, Path], kind: str, width: int
) -> None:
    browser.open(reports[kind], width=width, height=800)
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    assert browser.value(OVERFLOWING) == []
    assert browser.value(CLIPPED) == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_overflows_on_a4(browser: Any, reports: dict[str, Path], kind: str) -> None:
    # The width between the margins of an A4 page, in CSS pixels.
    browser.open(reports[kind], width=round((210 - 2 * 14) / 25.4 * 96), height=1000)
    browser.call("Emulation.setEmulatedMedia", media="print")
    try:
        assert browser.value(OVERFLOWING) == []
        assert browser.value(CLIPPED) == []
    finally:
        browser.call("Emulation.setEmulatedMedia", media="")
    assert browser.pdf().startswith(b"%PDF")


@pytest.mark.parametrize(("kind", "answers"), [("study", 1), ("three", 3)])
def test_answer_interval_n_label_and_worst_finding_need_no_scrolling(
    browser: Any, reports: dict[str, Path], kind: str, answers: int
) -> None:
    browser.open(reports[kind], width=1280, height=800)
    for selector, words in (
        (".answer .sentence", "2.18 times"),
        (".answer .interval", "CI 1.83 to 2.61, n\u202f=\u202f3"),
        (".answer .chip", "Flux induced"),
        (".answer .worst", "warn"),
    ):
        found = browser.value(f"{VISIBLE}('{selector}')")
        assert len(found) == answers
        assert all(words in text and visible for text, visible in found), (selector, found)


def test_many_answers_are_close_together(browser: Any, reports: dict[str, Path]) -> None:
    browser.open(reports["six"], width=1280, height=800)
    shown = browser.value(f"{VISIBLE}('.answer .sentence')")
    assert len(shown) == 6
    assert sum(visible for _, visible in shown) >= 4


def test_the_list_of_findings_is_filtered_without_a_network(
    browser: Any, reports: dict[str, Path]
) -> None:
    browser.open(reports["long"], width=1280, height=800)
    rows = "[...document.querySelectorAll('.qc tbody tr')].filter(e => e.offsetHeight > 0).length"
    counts = {}
    for name in ("only-all", "only-warn", "only-fail", "only-used"):
        browser.value(f"document.getElementById('{name}').click()")
        counts[name] = browser.value(rows)
    assert counts == {"only-all": 12, "only-warn": 8, "only-fail": 4, "only-used": 1}


def test_what_is_missing_is_the_first_thing_on_the_page(
    browser: Any, reports: dict[str, Path]
) -> None:
    browser.open(reports["long"], width=1280, height=800)
    assert browser.value("document.body.innerText").startswith("1 of 1 pictures could not")
    found = browser.value(f"{VISIBLE}('.missing')")
    assert [visible for _, visible in found] == [True]
