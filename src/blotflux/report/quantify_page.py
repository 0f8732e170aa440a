"""The page of pictures that were measured without a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blotflux.report.blots import blot_figure
from blotflux.report.methods import measuring_methods, parameters_table, provenance_tables
from blotflux.report.page import Page, TableView, qc_lines, worst_first
from blotflux.report.version import package_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.parameters import Parameters
    from blotflux.report.pictures import Picture

__all__ = ["quantify_page"]


def quantify_page(
    pictures: Sequence[Picture],
    *,
    parameters: Parameters,
    overlays: Sequence[str],
    failures: Sequence[str] = (),
    provenance: Mapping[str, Any] | None = None,
) -> Page:
    """Return the page of pictures without a study: what was found on each, and its numbers.

    Parameters
    ----------
    pictures : sequence of Picture
    parameters : Parameters
    overlays : sequence of data URI
        One per picture.
    failures : sequence of str
        One line for each picture that could not be measured.
    provenance : mapping, optional
    """
    lines = qc_lines(finding for picture in pictures for finding in picture.findings)
    return Page(
        title=_title(pictures),
        kind="quantify",
        lead=_lead(pictures),
        version=package_version(),
        missing=_missing(pictures, failures),
        overview=_overview(pictures),
        blots=tuple(
            blot_figure(picture, shown, volumes=True)
            for picture, shown in zip(pictures, overlays, strict=True)
        ),
        qc=lines,
        methods=measuring_methods(pictures, parameters),
        parameters=parameters_table(parameters),
        provenance=provenance_tables(provenance or {}),
    )


def _title(pictures: Sequence[Picture]) -> str:
    if len(pictures) == 1:
        return pictures[0].title
    return f"{len(pictures)} blots"


def _lead(pictures: Sequence[Picture]) -> str:
    lanes = sum(len(picture.measurement.lanes) for picture in pictures)
    bands = sum(band.detected for picture in pictures for band in picture.measurement.bands)
    return f"{lanes} lanes and {bands} bands found; no study, so nothing was compared"


def _missing(pictures: Sequence[Picture], failures: Sequence[str]) -> tuple[str, ...]:
    if not failures:
        return ()
    total = len(failures) + len(pictures)
    return (f"{len(failures)} of {total} pictures could not be measured.", *failures)


def _overview(pictures: Sequence[Picture]) -> TableView:
    """Return one line per picture: what was found, and the worst of it."""
    rows = []
    for picture in pictures:
        measurement = picture.measurement
        bands = measurement.bands
        worst = next(iter(qc_lines(worst_first(picture.findings)[:1])), None)
        doubtful = sum(lane.confidence < 0.5 for lane in measurement.lanes)
        rows.append(
            (
                picture.title,
                str(len(measurement.lanes)),
                str(len({(band.panel, band.row) for band in bands})),
                f"{sum(band.detected for band in bands)} of {len(bands)}",
                str(sum(band.saturated_px > 0 for band in bands)),
                str(doubtful),
                f"{worst.severity} {worst.code}: {worst.message}" if worst else "nothing",
            )
        )
    return TableView(
        headings=(
            *("Picture", "Lanes", "Rows", "Bands detected", "Saturated", "Doubtful lanes"),
            "Worst finding",
        ),
        rows=tuple(rows),
        numeric=(False, True, True, True, True, True, False),
    )
