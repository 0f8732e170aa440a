"""What every picture of the report shares: the canvas, its fonts, and text that cannot hurt.

Figures are made with matplotlib's object interface, never pyplot, and are the same bytes for the
same input: no dates, fixed ids.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any

from blotflux.report.csvtext import plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = ["Drawing", "drawable", "new_figure", "put_text", "shorten"]

Drawing = dict[str, bytes]
"""One picture as the bytes of its files, by suffix: ``png`` and ``svg``."""

POINTS_PER_INCH = 72
"""Figures are laid out at 72 dpi, where a point is a pixel."""

FONT = "DejaVu Sans"
OTHER_SCRIPTS = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic"),
    *("Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo", "WenQuanYi Micro Hei"),
    "Arial Unicode MS",
)
"""Fonts for names that the bundled font cannot write; those that are installed are used."""

NO_GLYPH = "\u25a1"


def new_figure(width_px: float, height_px: float) -> Figure:
    """Return an empty white figure with an Agg canvas; one point is one pixel."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(
        figsize=(width_px / POINTS_PER_INCH, height_px / POINTS_PER_INCH),
        dpi=POINTS_PER_INCH,
        facecolor="white",
    )
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, *, png_scale: float = 1.0) -> Drawing:
    """Return a figure as PNG and SVG.

    Parameters
    ----------
    figure : Figure
    png_scale : float
        Pixels of the PNG per pixel of the layout.
    """
    from matplotlib import rc_context

    options: dict[str, dict[str, Any]] = {
        "png": {
            "dpi": POINTS_PER_INCH * png_scale,
            "metadata": {"Software": "blotflux"},
            "pil_kwargs": {"compress_level": 4},  # half the time of the default, a tenth larger
        },
        "svg": {"metadata": {"Date": None, "Creator": "blotflux"}},
    }
    drawing: Drawing = {}
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "blotflux", "svg.image_inline": True}):
        for suffix, option in options.items():
            if suffix == "svg":
                _keep_pixels(figure)
            stream = io.BytesIO()
            figure.savefig(stream, format=suffix, facecolor="white", **option)
            drawing[suffix] = stream.getvalue()
    return drawing


def _keep_pixels(figure: Figure) -> None:
    """Let the pictures of a figure keep their own pixels, as only an SVG can hold them."""
    for axes in figure.axes:
        for image in axes.images:
            image.set_interpolation("none")


@functools.cache
def _fonts() -> tuple[str, ...]:
    """Return the names of the fonts to write with, the bundled one first."""
    from matplotlib.font_manager import fontManager

    installed = {entry.name for entry in fontManager.ttflist}
    return (FONT, *(name for name in OTHER_SCRIPTS if name in installed))


@functools.cache
def _glyphs() -> frozenset[int]:
    """Return the characters that the fonts can draw."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    characters: set[int] = set()
    for name in _fonts():
        characters.update(get_font(findfont(FontProperties(family=[name]))).get_charmap())
    return frozenset(characters)


def drawable(text: str) -> str:
    """Return text in which signs that no font can draw are boxes; only line ends are kept."""
    glyphs = _glyphs()
    return "\n".join(
        "".join(sign if ord(sign) in glyphs else NO_GLYPH for sign in plain_text(line))
        for line in text.split("\n")
    )


def shorten(text: str, length: int) -> str:
    """Return text on one line, of at most `length` signs, the middle left out.

    >>> shorten("rep1_lc3_long_exposure.tif", 15)
    'rep1_lc…ure.tif'
    """
    text = plain_text(text)
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}\u2026{text[len(text) - tail :]}"


def put_text(
    where: Axes | Figure, x: float, y: float, text: str, *, backed: bool = False, **options: Any
) -> Text:
    """Write text that came from anywhere: never read as mathematics, always drawable.

    Parameters
    ----------
    where : Axes or Figure
    x, y : float
        In the data coordinates of axes, the fraction of a figure, or those of ``transform``.
    text : str
    backed : bool
        Whether a white patch keeps the text legible on a picture. (A rim would turn the text of
        an SVG into outlines, which nobody can edit or search.)
    **options
        As ``Text`` takes them.
    """
    if backed:
        options["bbox"] = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1.5}
    return where.text(x, y, drawable(text), parse_math=False, family=list(_fonts()), **options)
