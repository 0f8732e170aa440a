"""The page's pictures: each blot with its facts, its findings and, alone, its numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.findings import Severity
from blotflux.report.page import BlotFigure, TableView, qc_lines
from blotflux.report.wording import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blotflux.blot import Band
    from blotflux.report.pictures import Picture

__all__ = ["blot_figure", "volume_tables"]

MOST_COLUMNS = 8
"""Lanes side by side in a table of volumes; more go into further tables."""

VOLUMES_CAPTION = (
    "Volume \u00b1 one standard error, in its row's unit times counts\u00b7px (OD\u00b7px); in "
    "parentheses where nothing was detected. bands.csv has the numbers unrounded."
)
SUPERSCRIPTS = str.maketrans(
    "-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)


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
        tables=volume_tables(picture) if volumes else (),
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


def volume_tables(picture: Picture) -> tuple[TableView, ...]:
    """Return the volumes of a picture: lanes across, rows of bands down, panel by panel."""
    bands = picture.measurement.bands
    tables = []
    for panel in dict.fromkeys(band.panel for band in bands):
        own = [band for band in bands if band.panel == panel]
        for lanes in _parts(list(dict.fromkeys(band.lane for band in own))):
            tables.append(_volumes(picture, own, lanes))
    last = tuple(replace(table, caption=VOLUMES_CAPTION) for table in tables[-1:])
    return (*tables[:-1], *last)


def _parts(lanes: Sequence[int]) -> list[Sequence[int]]:
    """Return the lanes in parts of about the same size that fit side by side."""
    number = math.ceil(len(lanes) / MOST_COLUMNS)
    width = math.ceil(len(lanes) / number)
    return [lanes[start : start + width] for start in range(0, len(lanes), width)]


def _volumes(picture: Picture, bands: Sequence[Band], lanes: Sequence[int]) -> TableView:
    """Return the volumes of one panel's bands in some of its lanes; each row has its unit."""
    panel = bands[0].panel
    several = len({band.panel for band in picture.measurement.bands}) > 1
    rows = []
    for row in sorted({band.row for band in bands}):
        cells = {band.lane: band for band in bands if band.row == row}
        power = _power(band.volume for band in cells.values())
        if not any(lane in cells for lane in lanes):
            continue
        target = picture.targets.get((panel, row), "")
        name = f"{row} {target}".strip()
        unit = f"10{str(power).translate(SUPERSCRIPTS)}" if power else "1"
        rows.append((name, unit, *(_cell(cells.get(lane), power) for lane in lanes)))
    return TableView(
        headings=(
            f"Panel {panel}, row" if several else "Row",
            "unit",
            *(f"lane {n}" for n in lanes),
        ),
        rows=tuple(rows),
        numeric=(False, *[True] * (len(lanes) + 1)),
    )


def _power(volumes: Iterable[float]) -> int:
    """Return the power of ten, a multiple of three, that the largest volume is shown in."""
    largest = max((abs(volume) for volume in volumes if math.isfinite(volume)), default=0.0)
    return 3 * math.floor(math.log10(largest) / 3) if largest > 0 else 0


def _cell(band: Band | None, power: int) -> str:
    """Return a volume and its error in units of a power of ten."""
    if band is None or not math.isfinite(band.volume):
        return MISSING
    value = band.volume / 10.0**power
    digits = max(0, 2 - math.floor(math.log10(max(abs(value), 1.0))))
    error = band.volume_se / 10.0**power
    text = f"{value:.{digits}f} \u00b1 {error:.{digits}f}".replace("-", "\u2212")
    return text if band.detected else f"({text})"
