"""Colors of text on the docks."""

from __future__ import annotations

import pytest

pytest.importorskip("napari", reason="napari is not installed (pip install 'blotflux[napari]')")

pytestmark = [pytest.mark.gui, pytest.mark.filterwarnings("ignore")]

COLORS = ["#056e95", "#5b1014", "#ffd500", "#888888", "#ffffff", "#000000"]


def luminance(color) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("color", COLORS)
def test_any_color_can_be_read_on_either_theme(window, monkeypatch, theme, color):
    from napari.settings import get_settings
    from napari.utils.theme import get_theme
    from qtpy.QtGui import QColor

    from napari_blotflux.docks.readable import readable

    monkeypatch.setattr(get_settings().appearance, "theme", theme)
    background = luminance(QColor(get_theme(theme).background.as_hex()))
    text = luminance(readable(color).color())
    lighter, darker = max(text, background), min(text, background)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5  # WCAG 2, level AA
