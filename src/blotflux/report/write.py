"""The folder of a result: tables, overlays, figures, workbook, report and ``run.json``.

Everything is written under a temporary name beside its place and moved into it at the end
(`blotflux.output`), so that a result is there completely or not at all.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from blotflux.errors import OutputError
from blotflux.output import RUN_FILE, output_folder
from blotflux.parameters import Parameters
from blotflux.report.answers import marks_of
from blotflux.report.csvtext import csv_bytes
from blotflux.report.figures import draw_analysis
from blotflux.report.html import data_uri, render, small_picture_uri
from blotflux.report.overlays import draw_overlay
from blotflux.report.pictures import pictures_of_quantify, pictures_of_study
from blotflux.report.quantify_page import quantify_page
from blotflux.report.reading import with_units
from blotflux.report.study_page import study_page
from blotflux.report.tables import quantify_tables, study_tables
from blotflux.report.xlsx import workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from blotflux.analysis.records import AnalysisResult
    from blotflux.report.drawing import Drawing
    from blotflux.report.pictures import Measured, Picture
    from blotflux.study.model import StudyRun
    from blotflux.study.quantify import QuantifyRun

__all__ = ["write_quantify", "write_study"]

LONGEST_STEM = 60


def write_study(run: StudyRun, directory: Path, *, force: bool = False) -> None:
    """Write everything that a study's run gave.

    Parameters
    ----------
    run : StudyRun
    directory : Path
        Must not exist, or be empty.
    force : bool
        Replace an earlier result of blotflux.

    Raises
    ------
    OutputError
        If something is there that may not be replaced, or the disk does not take the result;
        the place is then as it was.
    """
    with _result_folder(directory, force=force) as folder:
        tables = study_tables(run)
        overlays = _write_overlays(folder, pictures_of_study(run))
        results = with_units(run.results, run.study.samples)
        figures = _write_figures(folder, results)
        page = study_page(run, figures=figures, overlays=overlays)
        _write_tables(folder, tables, results)
        (folder / "report.html").write_text(render(page), encoding="utf-8", newline="\n")
        _write_record(folder, run.provenance, run.timings)


def write_quantify(
    items: QuantifyRun | Iterable[Measured], directory: Path, *, force: bool = False
) -> None:
    """Write everything that was measured on pictures without a study.

    Parameters
    ----------
    items : QuantifyRun or iterable of Measurement, Picture or QuantifiedImage
    directory : Path
        Must not exist, or be empty.
    force : bool
        Replace an earlier result of blotflux.

    Raises
    ------
    OutputError
        As `write_study`.
    """
    pictures, failures, provenance, timings = _quantified(items)
    recipe = Parameters.model_validate(provenance.get("parameters", {}))
    with _result_folder(directory, force=force) as folder:
        overlays = _write_overlays(folder, pictures)
        page = quantify_page(
            pictures,
            parameters=recipe,
            overlays=overlays,
            failures=[f"{name}: {why}" for name, why in failures.items()],
            provenance=provenance,
        )
        _write_tables(folder, quantify_tables(pictures))
        (folder / "report.html").write_text(render(page), encoding="utf-8", newline="\n")
        _write_record(folder, provenance, timings)


def _quantified(
    items: QuantifyRun | Iterable[Measured],
) -> tuple[tuple[Picture, ...], Mapping[str, str], Mapping[str, Any], Mapping[str, float]]:
    """Return pictures, failures, provenance and timings of what was measured."""
    from blotflux.study.provenance import describe_blot, versions
    from blotflux.study.quantify import QuantifyRun

    if isinstance(items, QuantifyRun):
        return pictures_of_quantify(items.images), items.failures, items.provenance, items.timings
    pictures = pictures_of_quantify(items)
    provenance = {
        "command": "quantify",
        "versions": versions(),
        "images": [describe_blot(picture.measurement) for picture in pictures],
    }
    return pictures, {}, provenance, {}


# ---------------------------------------------------------------- parts


@contextmanager
def _result_folder(directory: Path, *, force: bool) -> Iterator[Path]:
    """Yield the folder to write into; what the system refuses becomes an `OutputError`."""
    try:
        with output_folder(directory, force=force) as folder:
            yield folder
    except OSError as error:
        why = error.strerror or type(error).__name__
        message = (
            f"{directory}: the result could not be written ({why}); nothing was left there; "
            "check the path, its rights and free space, or choose another folder with -o"
        )
        raise OutputError(message) from error


def _write_tables(
    folder: Path, tables: Mapping[str, pd.DataFrame], results: Sequence[AnalysisResult] = ()
) -> None:
    for name, table in tables.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(table))
    (folder / "results.xlsx").write_bytes(workbook_bytes(tables, results))


def _write_overlays(folder: Path, pictures: Sequence[Picture]) -> list[str]:
    """Write each picture's overlay; return them as data URIs for the report."""
    stems = file_stems([_place_words(picture) for picture in pictures])
    uris = []
    for stem, picture in zip(stems, pictures, strict=True):
        drawing = draw_overlay(picture)
        _write_drawing(folder / "overlays", stem, drawing)
        uris.append(small_picture_uri(drawing["png"]))
    return uris


def _place_words(picture: Picture) -> str:
    source = picture.measurement.blot.source
    words = source.name or "blot"
    if source.channel:
        words += f"_channel{source.channel}"
    if source.page:
        words += f"_page{source.page}"
    return words


def _write_figures(folder: Path, results: Sequence[AnalysisResult]) -> dict[str, str]:
    """Write each analysis' figure; return them as data URIs by the analysis' name."""
    uris = {}
    for stem, result in zip(file_stems([r.name for r in results]), results, strict=True):
        marks = marks_of(flag for row in result.comparisons for flag in row.flags)
        drawing = draw_analysis(result, warning=" ".join(marks))
        _write_drawing(folder / "figures", stem, drawing)
        uris[result.name] = data_uri(drawing["svg"], "image/svg+xml")
    return uris


def _write_drawing(folder: Path, stem: str, drawing: Drawing) -> None:
    folder.mkdir(exist_ok=True)
    for suffix, content in drawing.items():
        (folder / f"{stem}.{suffix}").write_bytes(content)


def file_stems(names: Sequence[str]) -> list[str]:
    """Return file names for names of anything: short, plain, and each only once.

    The folder and the suffix of a picture's name are left out where that leaves no doubt.

    >>> file_stems(["a/rep1.tif", "b/rep1.tif", "=cmd|' /C calc'!A0"])
    ['a_rep1', 'b_rep1', 'cmd_C_calc_A0']
    """
    short = [_plain_stem(name.rsplit("/", 1)[-1]) for name in names]
    whole = [_plain_stem(name) for name in names]
    chosen = [
        brief if short.count(brief) == 1 else full for brief, full in zip(short, whole, strict=True)
    ]
    taken: set[str] = set()
    stems = []
    for stem in chosen:
        unique, number = stem, 2
        while unique.casefold() in taken:
            unique, number = f"{stem}_{number}", number + 1
        taken.add(unique.casefold())
        stems.append(unique)
    return stems


_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def _plain_stem(name: str) -> str:
    without = re.sub(r"\.(tiff?|png|jpe?g|bmp|gel|scn|1sc|img|zip)(?=_channel|_page|$)", "", name)
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", without).strip("_.")[-LONGEST_STEM:].strip("_.")
    return f"{plain}_" if _RESERVED.fullmatch(plain) else plain or "unnamed"


def _write_record(
    folder: Path, provenance: Mapping[str, Any], timings: Mapping[str, float]
) -> None:
    """Write ``run.json``; everything but its timings is the same for the same inputs."""
    record = {**provenance, "timings": dict(timings)}
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    (folder / RUN_FILE).write_text(_NO_TEXT.sub(_escape, text), encoding="utf-8", newline="\n")


_NO_TEXT = re.compile("[\ud800-\udfff]")


def _escape(match: re.Match[str]) -> str:
    """Return a byte of a file name that is no text as CSV has it: a backslash and its code."""
    return f"\\\\u{ord(match[0]):04x}"
