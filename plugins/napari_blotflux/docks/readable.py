"""Colors of text that can be read on the docks of either of napari's themes."""

from __future__ import annotations

from napari.settings import get_settings
from napari.utils.theme import get_theme
from qtpy.QtGui import QBrush, QColor

__all__ = ["readable"]

LIGHT_TEXT, DARK_TEXT = 0.72, 0.22  # lightness, at least on dark docks and at most on light ones


def readable(color: str) -> QBrush:
    """Return a brush of a color's hue, as light or dark as text on the docks must be.

    Parameters
    ----------
    color : str
        As in ``#056e95``.
    """
    hue, saturation, lightness, _ = QColor(color).getHslF()
    background = QColor(get_theme(get_settings().appearance.theme).background.as_hex())
    if background.lightnessF() < 0.5:
        lightness = max(lightness, LIGHT_TEXT)
    else:
        lightness = min(lightness, DARK_TEXT)
    return QBrush(QColor.fromHslF(max(hue, 0.0), saturation, lightness))
