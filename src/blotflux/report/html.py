"""The report as one HTML file that opens without a network.

Everything is escaped when it is put on the page, pictures are embedded, there is no script, and
the page itself forbids the browser to load anything from elsewhere.
"""

from __future__ import annotations

import base64
import functools
import io
from typing import TYPE_CHECKING

from blotflux.report.csvtext import plain_text

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from blotflux.report.page import Page

__all__ = ["data_uri", "render", "small_picture_uri"]

TEMPLATE = "report.html.j2"
WEBP_QUALITY = 88


def render(page: Page) -> str:
    """Return the page as the text of an HTML file.

    What is not a character (bytes of odd file names) is written with backslashes, control
    characters become spaces.
    """
    text = _template().render(page=page)
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


@functools.cache
def _template() -> Template:
    return _environment().get_template(TEMPLATE)


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("blotflux.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: plain_text(value) if type(value) is str else value,
    )


def data_uri(content: bytes, kind: str) -> str:
    """Return a file's bytes as a data URI; `kind` is its media type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def small_picture_uri(png: bytes) -> str:
    """Return a picture as a data URI of about a tenth of its size, as the report embeds it.

    WebP, where the installed Pillow can write it; else the picture as it is. The files in
    ``overlays/`` are not changed.
    """
    from PIL import Image, features

    if not features.check("webp"):
        return data_uri(png, "image/png")
    stream = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(stream, "WEBP", quality=WEBP_QUALITY, method=2)
    return data_uri(stream.getvalue(), "image/webp")
