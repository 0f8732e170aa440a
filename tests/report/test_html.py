from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from blotflux.errors import NormalizationError
from blotflux.findings import Finding, Severity
from blotflux.parameters import Parameters, RollingBallBackground
from blotflux.report.answers import findings_about, glyph_of
from blotflux.report.blots import volume_tables
from blotflux.report.forest import forest_span
from blotflux.report.html import render
from blotflux.report.methods import parameters_table, provenance_tables
from blotflux.report.pictures import pictures_of_quantify
from blotflux.report.quantify_page import quantify_page
from blotflux.report.reading import with_units
from blotflux.report.sections import comparison_table, sensitivity_table
from blotflux.report.study_page import results_with_excluded, study_page
from blotflux.report.wording import number_words

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}"


class Collector(HTMLParser):
    """What a page is made of: its tags, its attributes, its visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._hidden = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._hidden += tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture
def unexcluded(drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the drawn result in the place of an analysis of the volumes."""
    monkeypatch.setattr("blotflux.analysis.run.analyze", lambda *_: (drawn.result(),))


@pytest.fixture
def page(drawn, unexcluded: None) -> Collector:
    return Collector(render(study_page(drawn.draw_run())))


def test_the_first_words_are_what_was_studied_and_the_answer(page: Collector) -> None:
    answer = page.text.index("LC3-II flux is 2.18 times that of vehicle")
    assert page.text.index("LC3 turnover, SH-SY5Y") < answer < page.text.index("Quantity")


def test_interval_n_label_and_the_worst_finding_stand_beside_the_answer(page: Collector) -> None:
    first = page.text[: page.text.index("LC3-II over GAPDH, compared with vehicle")]
    assert "95 % CI 1.83 to 2.61, n = 3" in first
    assert "Flux induced" in first
    assert "INDUCED_FLUX" in first
    assert "3 biological replicates; 4 or more are advised" in first


def test_every_number_of_the_sentence_is_a_number_of_the_table(drawn, page: Collector) -> None:
    answer = drawn.ANSWER
    sentence = answer.text.removeprefix("amitriptyline 10: LC3-II")
    numbers = [float(text) for text in re.findall(r"\d+(?:\.\d+)?", sentence)]
    row = answer.headline
    table = [row.estimate, row.ci_low, row.ci_high, float(row.n), 100 * row.ci_level]
    shown = [float(number_words(value)) for value in table]
    assert len(numbers) == 5
    assert all(number in shown for number in numbers)
    assert answer.text in page.text


def test_a_page_runs_no_script_and_loads_nothing(page: Collector) -> None:
    assert "script" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    loaded = [value for name, value in page.attributes if name == "src"]
    assert all(value.startswith("data:") for value in loaded)
    links = [value for name, value in page.attributes if name == "href"]
    assert all(value.startswith("#") or value == "data:," for value in links)
    policy = next(value for name, value in page.attributes if "default-src" in value)
    assert "default-src 'none'" in policy


def test_every_link_leads_somewhere(page: Collector) -> None:
    ids = {value for name, value in page.attributes if name == "id"}
    links = {value[1:] for name, value in page.attributes if name == "href" and value[0] == "#"}
    assert links <= ids


def hostile_run(drawn) -> Any:
    run = drawn.draw_run()
    result = run.results[0]
    spoilt = replace(
        result,
        name=ATTACK,
        plan=result.plan.model_copy(update={"name": ATTACK}),
        answers=(replace(result.answers[0], text=ATTACK, treatment=ATTACK, caveats=(ATTACK,)),),
        comparisons=tuple(
            replace(row, treatment=ATTACK, message=ATTACK, model=ATTACK, flags=(ATTACK,))
            for row in result.comparisons
        ),
        flux=tuple(replace(row, treatment=ATTACK, replicate=ATTACK) for row in result.flux),
        methods=(ATTACK,),
    )
    finding = Finding(severity=Severity.FAIL, code=ATTACK, message=ATTACK, membrane=ATTACK)
    return replace(
        run,
        study=replace(run.study, title=ATTACK),
        results=(spoilt,),
        findings=(finding,),
        left_out=(ATTACK,),
        failures=drawn.draw_run(failed=True).failures,
        provenance={"versions": {ATTACK: ATTACK}, "images": [{"image": ATTACK}]},
    )


def test_hostile_text_is_text(drawn, unexcluded: None) -> None:
    run = hostile_run(drawn)
    calm = Collector(render(study_page(drawn.draw_run(failed=True))))
    page = Collector(render(study_page(run)))
    assert set(page.tags) <= set(calm.tags) | {"b", "dl", "dt", "dd"}
    assert "script" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.text.count("alert(1)") > 10
    assert "49" not in page.text.split(ATTACK)[0]


def test_bytes_that_are_no_text_do_not_break_the_page(drawn, unexcluded: None) -> None:
    run = drawn.draw_run()
    text = render(study_page(replace(run, study=replace(run.study, title="a\udcffb\x00c"))))
    assert "a\\udcffb c" in text
    text.encode("utf-8")


def test_drawn_blots_say_so_before_anything_else(drawn, unexcluded: None) -> None:
    run = drawn.draw_run()
    title = f"{run.study.title} (drawn)"
    page = Collector(render(study_page(replace(run, study=replace(run.study, title=title)))))
    assert page.text.startswith("Drawn, not measured. These blots were drawn from made-up")
    assert "say nothing about the drugs" in page.text
    assert "(drawn)" not in page.text
    assert "Drawn, not" not in Collector(render(study_page(run))).text


def test_the_first_lines_say_what_is_missing(drawn, unexcluded: None) -> None:
    page = Collector(render(study_page(drawn.draw_run(failed=True))))
    assert page.text.startswith("1 of 6 pictures could not be measured. rep3_gapdh.tif: ")
    assert "In no analysis because of that: rep3." in page.text


def test_p_values_have_no_column_where_none_is_given(drawn) -> None:
    given = comparison_table(drawn.COMPARISONS)
    refused = comparison_table(
        [replace(row, p_value=None, p_adjusted=None) for row in drawn.COMPARISONS]
    )
    assert "p" in given.headings
    assert not {"p", "p adjusted"} & set(refused.headings)
    assert all(len(row) == len(refused.headings) for row in refused.rows)


def test_a_refusal_is_printed_word_by_word(drawn, unexcluded: None) -> None:
    run = drawn.draw_run()
    refusal = "No p-value: all 12 lanes come from one biological replicate."
    rows = tuple(replace(row, message=refusal) for row in run.results[0].comparisons)
    results = (replace(run.results[0], comparisons=rows),)
    text = Collector(render(study_page(replace(run, results=results)))).text
    assert text.count(refusal) == 1


def test_left_out_lanes_are_listed_with_the_answer_with_and_without(page: Collector) -> None:
    assert "by the user: bubble in lane" in page.text
    assert "with the excluded lanes put back" in page.text
    assert "rep2: lane 6 measured, but not in the sheet and in no analysis." in page.text


def test_without_exclusions_nothing_is_analyzed_again(drawn) -> None:
    run = drawn.draw_run()
    samples = tuple(replace(sample, exclude="") for sample in run.study.samples)
    kept = replace(run, study=replace(run.study, samples=samples))
    assert results_with_excluded(kept) == ((), "")


def test_lanes_that_cannot_be_put_back_are_said_to_be_so(
    drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        message = "These membranes share no condition"
        raise NormalizationError(message)

    monkeypatch.setattr("blotflux.analysis.run.analyze", refuse)
    text = Collector(render(study_page(drawn.draw_run()))).text
    assert "there is no answer: These membranes share no condition" in text


def test_other_background_methods_stand_beside_the_reported_one(page: Collector) -> None:
    start = page.text.index("If it had been done another way")
    assert "as reported" in page.text[start:]
    assert "background: rolling_ball" in page.text[start:]


def test_a_doubt_about_the_whole_result_is_written_on_the_answer(drawn, unexcluded: None) -> None:
    run = drawn.draw_run()
    result = run.results[0]
    headline = replace(result.answers[0].headline, flags=("LC_AFFECTED",))
    answers = (replace(result.answers[0], headline=headline),)
    marked = replace(run, results=(replace(result, answers=answers),))
    first = Collector(render(study_page(marked))).text.split("LC3-II over GAPDH")[0]
    assert "The loading control changes with the treatment." in first


def test_every_default_is_named_one_and_every_choice_is_not() -> None:
    table = parameters_table(Parameters(equivalence_margin=2.0, background=RollingBallBackground()))
    origin = {row[0]: row[2] for row in table.rows}
    assert set(origin) == set(Parameters.model_fields)
    assert origin["alpha"] == "project default"
    assert origin["equivalence_margin"] == "set by the user (default 1.5)"
    assert origin["background"].startswith("set by the user (default joint")


def test_provenance_is_shown_once_and_whole() -> None:
    tables = provenance_tables(
        {
            "command": "run",
            "parameters": {"alpha": 0.05},
            "versions": {"blotflux": "0.1.0"},
            "inputs": [{"file": "a.tif", "sha256": "ab"}],
            "images": [
                {"image": "a.tif", "format": "tiff", "dtype": "uint16", "flip": "", "turn": 0}
            ],
        }
    )
    assert [table.headings[0] for table in tables] == ["Run", "Versions", "File", "Picture"]
    assert tables[2].rows == (("a.tif", "ab"),)
    assert tables[3].rows == (("a.tif", "tiff, uint16"),)


def test_findings_of_other_membranes_do_not_concern_an_analysis(drawn) -> None:
    here = Finding(severity=Severity.WARN, code="A", message="", membrane="rep1")
    elsewhere = Finding(severity=Severity.FAIL, code="B", message="", membrane="other")
    general = Finding(severity=Severity.INFO, code="C", message="")
    other = Finding(severity=Severity.FAIL, code="D", message="", analysis="another")
    about = findings_about(drawn.result(), [general, other, elsewhere, here])
    assert [finding.code for finding in about] == ["A", "C"]


def test_an_interval_beyond_the_picture_ends_in_an_arrow(drawn) -> None:
    row = replace(drawn.COMPARISONS[0], ci_low=0.01, ci_high=9000.0)
    glyph = glyph_of(row, forest_span(drawn.COMPARISONS, margin=1.5))
    assert glyph is not None
    assert glyph.cut_low
    assert glyph.cut_high
    assert glyph_of(replace(row, estimate=None), forest_span([], margin=None)) is None


def test_pictures_without_a_study_have_a_page_of_their_own(drawn) -> None:
    pictures = pictures_of_quantify(item.measurement for item in drawn.draw_images(ceiling=330))
    page = quantify_page(
        pictures,
        parameters=Parameters(),
        overlays=[""] * len(pictures),
        failures=["broken.tif: the file ends in the middle"],
    )
    text = Collector(render(page)).text
    assert text.startswith("1 of 7 pictures could not be measured. broken.tif")
    assert "What was found" in text
    assert "lane 5" in text
    assert "58.5 \u00b1 0.4" in text


def test_without_answers_the_page_says_so(drawn) -> None:
    run = drawn.draw_run()
    study = replace(run.study, samples=())
    text = Collector(render(study_page(replace(run, results=(), study=study)))).text
    assert "No analysis gave an answer; what was measured is below." in text


def test_volumes_from_elsewhere_are_named(drawn) -> None:
    run = drawn.draw_run()
    study = replace(run.study, samples=(), volumes_name="volumes.csv")
    text = Collector(render(study_page(replace(run, images=(), study=study)))).text
    assert "volumes from volumes.csv" in text
    assert "Volumes were taken from volumes.csv and analyzed with blotflux" in text


def test_a_finding_about_another_target_does_not_concern_an_analysis(drawn) -> None:
    own = Finding(severity=Severity.WARN, code="A", message="", target="GAPDH")
    other = Finding(severity=Severity.WARN, code="B", message="", target="p-Akt")
    named = Finding(severity=Severity.WARN, code="C", message="", analysis=drawn.NAME)
    about = findings_about(drawn.result(), [own, other, named])
    assert [finding.code for finding in about] == ["C", "A"]


def test_doses_are_read_with_their_unit_unless_the_sheet_has_several(drawn) -> None:
    samples = drawn.samples()
    (result,) = with_units([drawn.result()], samples)
    assert {row.dose for row in result.comparisons} == {"10\u00a0uM"}
    assert result.answers[0].headline.dose == "10\u00a0uM"
    other = replace(next(line for line in samples if line.dose), dose_unit="nM")
    (doubtful,) = with_units([drawn.result()], [*samples, other])
    assert {row.dose for row in doubtful.comparisons} == {"10"}


def test_another_version_names_only_what_differs_from_the_reported_one(drawn) -> None:
    result = drawn.result()
    method = result.comparisons[0].method
    other = replace(result.comparisons[0], method=f"{method}; background rolling_ball")
    table = sensitivity_table(replace(result, sensitivity=(other,)))
    assert table is not None
    assert [row[0] for row in table.rows] == ["as reported", "background rolling_ball"]


def test_parts_of_a_target_stand_after_the_whole(drawn) -> None:
    whole = replace(drawn.COMPARISONS[0], quantity="phospho_over_total")
    part = replace(whole, quantity="phospho_over_total:p-ERK1")
    table = comparison_table([part, whole])
    assert [row[0] for row in table.rows] == [
        "Phosphorylated over total (P/T)",
        "Phosphorylated over total: p-ERK1",
    ]


def test_a_page_has_no_more_than_eight_lanes_side_by_side(drawn) -> None:
    measurement = drawn.draw_images()[0].measurement
    bands = tuple(
        replace(band, lane=lane) for lane in range(1, 10) for band in measurement.bands[:2]
    )
    (picture,) = pictures_of_quantify([replace(measurement, bands=bands)])
    tables = volume_tables(picture)
    assert [len(table.headings) - 2 for table in tables] == [5, 4]
    assert [bool(table.caption) for table in tables] == [False, True]
