"""The contact sheet: small pictures of what needs a look, in one file that opens offline."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot.read import read_planes
from blotflux.errors import BlotError
from blotflux.report.csvtext import plain_text
from blotflux.report.html import data_uri

if TYPE_CHECKING:
    from jinja2 import Template
    from numpy.typing import NDArray

    from blotflux.batch.summary import Look, Summary

__all__ = ["contact_sheet"]

WIDTH_PX = 240
HEIGHT_PX = 180
DARKEST_PERCENT = 99.8
"""Share of the pixels that are not blacker than black."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One picture on the sheet; `uri` is empty where it cannot be shown."""

    look: Look
    uri: str

    @property
    def confidence(self) -> str:
        """The lowest confidence of its lanes, in words."""
        lowest = self.look.confidence
        return "" if lowest < 0 else f"lowest lane confidence {lowest:.2f}"


def contact_sheet(summary: Summary) -> str:
    """Return the HTML text of the contact sheet of a data set."""
    cards = [Card(look=look, uri=_thumbnail(look)) for look in summary.looks]
    text = _template().render(summary=summary, cards=cards)
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("blotflux.batch", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: plain_text(value) if type(value) is str else value,
    )
    return environment.get_template("contact_sheet.html.j2")


def _thumbnail(look: Look) -> str:
    if look.status != "ok":
        return ""  # it could not be read, or ended the process that tried
    try:
        blots = read_planes(Path(look.image))
    except BlotError:  # gone since it was measured; the row still says what it was
        return ""
    return data_uri(_small_png(blots[0].signal), "image/png")


def _small_png(signal: NDArray[np.float32]) -> bytes:
    """Return a signal as a small picture, dark bands on white."""
    scale = min(1.0, WIDTH_PX / signal.shape[1], HEIGHT_PX / signal.shape[0])
    size = tuple(max(1, round(length * scale)) for length in signal.shape[::-1])
    small = cv2.resize(signal, size, interpolation=cv2.INTER_AREA)
    low, high = np.percentile(small, [1, DARKEST_PERCENT])
    gray = 255 * (1 - np.clip((small - low) / max(high - low, 1e-9), 0, 1))
    return bytes(cv2.imencode(".png", gray.astype(np.uint8))[1])
