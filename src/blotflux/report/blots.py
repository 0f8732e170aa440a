"""The page's pictures: each blot with its facts, its findings and, alone, its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.findings import Severity
from blotflux.report.page import BlotFigure, TableView, qc_lines
from blotflux.report.wording import MISSING, number_words

if TYPE_CHECKING:
    from blotflux.blot import Band
    from blotflux.report.pictures import Picture

__all__ = ["blot_figure", "volumes_view"]

MOST_COLUMNS = 12
"""Lanes side by side in a table of volumes; more go into further lines."""


def blot_figure(picture: Picture, shown: str, *, volumes: bool = False) -> BlotFigure:
    """Return a picture's part of the page.

    Parameters
    ----------
    picture : Picture
    shown : str
        The overlay as a data URI.
    volumes : bool
        Whether the picture's volumes are listed below it.
    """
    grave = [item for item in picture.findings if item.severity is not Severity.INFO]
    named = f"{picture.membrane}: " if picture.membrane else ""
    return BlotFigure(
        title=f"{named}{picture.title}",
        facts=facts_of(picture),
        picture=shown,
        words=f"{picture.title} with its lanes and bands",
        findings=qc_lines(grave),
        table=volumes_view(picture) if volumes else None,
    )


def facts_of(picture: Picture) -> str:
    """Return what is known of a picture, in a line."""
    blot = picture.measurement.blot
    source = blot.source
    rows, columns = blot.shape
    targets = ", ".join(dict.fromkeys(picture.targets.values()))
    facts = [
        targets,
        f"{columns} \u00d7 {rows} px, {source.bit_depth} bit {source.format}".strip(),
        f"bands {str(blot.polarity).replace('_', ' ')}",
        f"{source.exposure_s:g} s exposure" if source.exposure_s is not None else "",
        f"signal in {blot.unit}",
        source.instrument,
        source.semi_quantitative,
        _saturated_words(picture),
    ]
    return "; ".join(fact for fact in facts if fact)


def _saturated_words(picture: Picture) -> str:
    bands = sum(band.saturated_px > 0 for band in picture.measurement.bands)
    return f"{bands} band{'' if bands == 1 else 's'} with saturated pixels" if bands else ""


def volumes_view(picture: Picture) -> TableView | None:
    """Return the volumes of a picture, a line per row of bands, a column per lane."""
    bands = picture.measurement.bands
    if not bands:
        return None
    lanes = list(dict.fromkeys((band.panel, band.lane) for band in bands))
    cells = {(band.panel, band.lane, band.row): band for band in bands}
    rows = list(dict.fromkeys((band.panel, band.row) for band in bands))
    panels = len({band.panel for band in bands}) > 1
    lines: list[tuple[str, ...]] = []
    width = min(MOST_COLUMNS, max(sum(lane[0] == panel for lane in lanes) for panel, _ in rows))
    for panel, row in rows:
        own = [number for of, number in lanes if of == panel]
        target = picture.targets.get((panel, row), "")
        name = f"row {row}" + (f" {target}" if target else "")
        name = f"panel {panel}, {name}" if panels else name
        for start in range(0, len(own), width):
            part = own[start : start + width]
            words = [_cell(number, cells.get((panel, number, row))) for number in part]
            lines.append((name if start == 0 else "", *words, *[""] * (width - len(part))))
    return TableView(
        headings=("Volume by lane", *[""] * width),
        rows=tuple(lines),
        numeric=(False, *[True] * width),
        caption="Lane, volume \u00b1 its standard error; in parentheses: nothing detected.",
    )


def _cell(lane: int, band: Band | None) -> str:
    if band is None:
        return f"{lane}: {MISSING}"
    text = f"{number_words(band.volume)} \u00b1 {number_words(band.volume_se)}"
    return f"{lane}: {text}" if band.detected else f"{lane}: ({text})"
