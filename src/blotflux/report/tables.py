"""From records to the tables of the contract, as DataFrames.

Every table has exactly the columns of `blotflux.report.schema`, in its order, sorted by its key.
Positions in ``_px`` columns are in the pixels of the file as a viewer shows it: turns, flips and
regions of the study are undone here.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from blotflux.flags import join_flags
from blotflux.report.frames import frame
from blotflux.report.pictures import pictures_of_quantify, pictures_of_study
from blotflux.report.schema import (
    BANDS,
    COMPARISONS,
    FLUX,
    LANES,
    NORMALIZED,
    QC,
    REPLICATES,
    SHEET,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from blotflux.analysis.records import AnalysisResult, LaneSample
    from blotflux.blot import Band, Box, Lane, Placement
    from blotflux.findings import Finding
    from blotflux.report.columns import Table
    from blotflux.report.pictures import Measured, Picture
    from blotflux.study.model import StudyRun

__all__ = [
    "bands_table",
    "box_in_file",
    "comparisons_table",
    "flux_table",
    "lanes_table",
    "normalized_table",
    "qc_table",
    "quantify_rows",
    "quantify_tables",
    "replicates_table",
    "study_tables",
]

Row = dict[str, Any]

_SHEET_NAMES = frozenset(column.name for column in SHEET)


# ---------------------------------------------------------------- pictures


def box_in_file(placement: Placement, box: Box) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of a half-open box in the pixels of the file.

    The first and the last pixel of the box are carried over, so the result is half-open too
    whatever was turned or flipped. A box without pixels stays one.
    """
    ends = [
        placement.to_file(box.left, box.top),
        placement.to_file(box.right - 1, box.bottom - 1),
    ]
    if box.area_px == 0:
        x, y = (round(value) for value in ends[0])
        return x, y, x, y
    xs, ys = ([round(end[axis]) for end in ends] for axis in (0, 1))
    return min(xs), min(ys), max(xs) + 1, max(ys) + 1


def bands_table(
    pictures: Iterable[Measured],
    *,
    sheet: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return ``bands.csv``.

    Parameters
    ----------
    pictures : iterable of Measurement, Picture or QuantifiedImage
    sheet : sequence of str, optional
        Columns of the study's sheet; those that are not ours are carried along. None where there
        is no study: then the table has no sheet columns.
    """
    rows = [
        _band_row(picture, band)
        for picture in pictures_of_quantify(pictures)
        for band in picture.measurement.bands
    ]
    return frame(_table_of(BANDS, sheet), rows)


def _band_row(picture: Picture, band: Band) -> Row:
    blot = picture.measurement.blot
    x_px, y_px = blot.placement.to_file(band.x_px, band.y_px)
    left, top, right, bottom = box_in_file(blot.placement, band.box)
    lane = _lane_of(picture, band)
    row: Row = {
        name: getattr(band, name)
        for name in (
            *("panel", "lane", "row", "total", "background", "volume", "volume_se", "snr"),
            *("saturated_px", "saturated_fraction", "rf", "molecular_weight_kda"),
            *("detected", "edited"),
        )
    }
    return {
        **_sheet_values(picture.samples.get(band.lane)),
        **row,
        **_place(picture),
        "role": "" if lane is None else picture.role_of(lane),
        "target": picture.target_of(band),
        "x_px": x_px,
        "y_px": y_px,
        "left_px": left,
        "top_px": top,
        "right_px": right,
        "bottom_px": bottom,
        "area_px": band.box.area_px,
        "flags": join_flags(band.flags),
    }


def _lane_of(picture: Picture, band: Band) -> Lane | None:
    key = (band.panel, band.lane)
    lanes = picture.measurement.lanes
    return next((lane for lane in lanes if (lane.panel, lane.number) == key), None)


def _place(picture: Picture) -> Row:
    source = picture.measurement.blot.source
    return {
        "image": source.name,
        "channel": source.channel,
        "page": source.page,
        "membrane": picture.membrane,
    }


def lanes_table(
    pictures: Iterable[Measured],
    *,
    sheet: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return ``lanes.csv``; parameters as in `bands_table`."""
    rows = [
        _lane_row(picture, lane)
        for picture in pictures_of_quantify(pictures)
        for lane in picture.measurement.lanes
    ]
    return frame(_table_of(LANES, sheet), rows)


def _lane_row(picture: Picture, lane: Lane) -> Row:
    placement = picture.measurement.blot.placement
    upper, lower = lane.track_y_px[0], lane.track_y_px[-1]
    middle = (upper + lower) / 2
    center, top, bottom = (
        placement.to_file(float(lane.x_at(y)), y)[0] for y in (middle, upper, lower)
    )
    if placement.turn % 180 == 0 and (placement.turn == 180) != (placement.flip == "vertical"):
        top, bottom = bottom, top  # the file shows the lane upside down
    return {
        **_sheet_values(picture.samples.get(lane.number)),
        **_place(picture),
        "panel": lane.panel,
        "lane": lane.number,
        "role": picture.role_of(lane),
        "x_px": center,
        "width_px": lane.width_px,
        "x_top_px": top,
        "x_bottom_px": bottom,
        "confidence": lane.confidence,
        "flags": join_flags(lane.flags),
    }


# ---------------------------------------------------------------- the sheet


def _table_of(table: Table, sheet: Sequence[str] | None) -> Table:
    """Return the table with the sheet's columns; as it is where there is no sheet."""
    if sheet is None:
        return table
    return table.with_sheet(SHEET, tuple(name for name in sheet if name not in _SHEET_NAMES))


def _sheet_values(sample: LaneSample | None) -> Row:
    if sample is None:
        return {}
    own = {column.name: getattr(sample, column.name) for column in SHEET}
    return {**sample.extra, **own}


# ---------------------------------------------------------------- analyses


def normalized_table(
    results: Iterable[AnalysisResult],
    samples: Iterable[LaneSample] = (),
    *,
    sheet: Sequence[str] = (),
) -> pd.DataFrame:
    """Return ``normalized.csv``, the sheet's columns joined by membrane and lane."""
    lines = {(sample.membrane, sample.lane): sample for sample in samples}
    rows = [
        {**_sheet_values(lines.get((value.membrane, value.lane))), **_record(value)}
        for result in results
        for value in result.normalized
    ]
    return frame(_table_of(NORMALIZED, sheet), rows)


def replicates_table(results: Iterable[AnalysisResult]) -> pd.DataFrame:
    """Return ``replicates.csv``."""
    return frame(REPLICATES, [_record(row) for result in results for row in result.replicates])


def flux_table(results: Iterable[AnalysisResult]) -> pd.DataFrame:
    """Return ``flux.csv``."""
    return frame(FLUX, [_record(row) for result in results for row in result.flux])


def comparisons_table(results: Iterable[AnalysisResult]) -> pd.DataFrame:
    """Return ``comparisons.csv``."""
    return frame(COMPARISONS, [_record(row) for result in results for row in result.comparisons])


def qc_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return ``qc.csv``: the worst first; a finding that was reported twice is there once."""
    return frame(QC, [_record(finding) for finding in dict.fromkeys(findings)])


def _record(record: Any) -> Row:
    """Return the fields of a record as columns; flags become one text."""
    row = {item.name: getattr(record, item.name) for item in fields(record)}
    if "flags" in row:
        row["flags"] = join_flags(row["flags"])
    return row


# ---------------------------------------------------------------- whole runs


def study_tables(run: StudyRun) -> dict[str, pd.DataFrame]:
    """Return every table of a study's run, by name, in the order of the contract."""
    pictures = pictures_of_study(run)
    sheet = run.study.sheet_columns
    return {
        "bands": bands_table(pictures, sheet=sheet),
        "lanes": lanes_table(pictures, sheet=sheet),
        "normalized": normalized_table(run.results, run.study.samples, sheet=sheet),
        "replicates": replicates_table(run.results),
        "flux": flux_table(run.results),
        "comparisons": comparisons_table(run.results),
        "qc": qc_table(run.findings),
    }


def quantify_tables(items: Iterable[Measured]) -> dict[str, pd.DataFrame]:
    """Return the tables of pictures that were measured without a study."""
    rows = quantify_rows(items)
    return {table.name: frame(table, rows[table.name]) for table in (BANDS, LANES, QC)}


def quantify_rows(items: Iterable[Measured]) -> dict[str, list[Row]]:
    """Return the rows of `quantify_tables`, which need little memory where pictures are many."""
    pictures = pictures_of_quantify(items)
    found = (finding for picture in pictures for finding in picture.findings)
    return {
        BANDS.name: [
            _band_row(picture, band) for picture in pictures for band in picture.measurement.bands
        ],
        LANES.name: [
            _lane_row(picture, lane) for picture in pictures for lane in picture.measurement.lanes
        ],
        QC.name: [_record(finding) for finding in dict.fromkeys(found)],
    }
