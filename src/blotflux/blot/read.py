"""From a file to a `Blot`: the one door through which pictures come in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blotflux.blot.content import read_content
from blotflux.blot.decode import Wish, make_blot
from blotflux.blot.formats.registry import read_stored_planes
from blotflux.blot.formats.stored import DEFAULT_MAX_MEGAPIXELS
from blotflux.blot.model import Blot, Polarity
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from blotflux.blot.formats.stored import StoredPlane

__all__ = ["read", "read_planes"]

POLARITIES = ("auto", *(str(polarity) for polarity in Polarity))
DETECTIONS = ("ecl", "fluorescence", "film", "stain")


def read(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    channel: int | None = None,
    page: int | None = None,
    polarity: str = "auto",
    detection: str | None = None,
    region: tuple[int, int, int, int] | None = None,
    turn: int = 0,
    flip: str | None = None,
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS,
) -> Blot:
    """Return the one blot of an image file.

    Parameters
    ----------
    path : path-like
    name : str, optional
        How tables and messages name the file; by default `path` as given.
    channel, page : int, optional
        From 0; needed where the file has several. Of a color picture, 0 is red, 1 green, 2 blue.
    polarity : {"auto", "dark_on_light", "light_on_dark"}
        Of the bands, as a viewer that honors WhiteIsZero shows the picture.
    detection : {None, "ecl", "fluorescence", "film", "stain"}
        Film and stain are measured as optical density.
    region : (int, int, int, int), optional
        Left, top, width, height in the file's pixels.
    turn : {0, 90, 180, 270}
        Degrees clockwise, applied to the region.
    flip : {None, "horizontal", "vertical"}
        Applied after `turn`.
    max_megapixels : float
        Larger claims are refused before anything is allocated.

    Raises
    ------
    ImageReadError
        If the file cannot be read as one blot; the message says what to do.
    """
    content = read_content(path, name=name, max_megapixels=max_megapixels)
    wish = Wish(
        channel=channel, polarity=polarity, detection=detection, region=region, turn=turn, flip=flip
    )
    _require_wish(wish, content.name)
    planes = _choose(read_stored_planes(content), channel, page, content.name)
    if len(planes) > 1:
        message = (
            f"{content.name}: holds {len(planes)} pictures ({_counts(planes)}); choose one with "
            "channel and page, counted from 0."
        )
        raise ImageReadError(message)
    return make_blot(planes[0], content, wish)


def read_planes(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    channel: int | None = None,
    page: int | None = None,
    polarity: str = "auto",
    detection: str | None = None,
    region: tuple[int, int, int, int] | None = None,
    turn: int = 0,
    flip: str | None = None,
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS,
) -> tuple[Blot, ...]:
    """Return one blot per channel and page of a file, by page and channel; parameters as `read`."""
    content = read_content(path, name=name, max_megapixels=max_megapixels)
    wish = Wish(
        channel=channel, polarity=polarity, detection=detection, region=region, turn=turn, flip=flip
    )
    _require_wish(wish, content.name)
    planes = _choose(read_stored_planes(content), channel, page, content.name)
    ordered = sorted(planes, key=lambda plane: (plane.page, plane.channel))
    return tuple(make_blot(plane, content, wish) for plane in ordered)


def _require_wish(wish: Wish, name: str) -> None:
    if wish.polarity not in POLARITIES:
        message = f"{name}: polarity {wish.polarity!r} is not allowed; use {', '.join(POLARITIES)}."
        raise ImageReadError(message)
    if wish.detection and wish.detection not in DETECTIONS:
        allowed = ", ".join(DETECTIONS)
        message = f"{name}: detection {wish.detection!r} is not allowed; use {allowed}."
        raise ImageReadError(message)


def _choose(
    planes: Sequence[StoredPlane], channel: int | None, page: int | None, name: str
) -> list[StoredPlane]:
    """Return the planes of the wanted channel and page; of colors, `channel` picks later."""
    if len(planes) > 1 and any(plane.unnamed_axis for plane in planes):
        return _choose_unnamed(planes, channel, page, name)
    chosen = [plane for plane in planes if page is None or plane.page == page]
    if not chosen:
        message = f"{name}: has no page {page}; it has {_counts(planes)}, counted from 0."
        raise ImageReadError(message)
    if channel is None or all(plane.is_color for plane in chosen):
        return chosen
    picked = [plane for plane in chosen if plane.channel == channel]
    if not picked:
        message = f"{name}: has no channel {channel}; it has {_counts(planes)}, counted from 0."
        raise ImageReadError(message)
    return picked


def _choose_unnamed(
    planes: Sequence[StoredPlane], channel: int | None, page: int | None, name: str
) -> list[StoredPlane]:
    """Return the plane that `channel` or `page` counts, where the file does not name its axis."""
    number = page if channel is None else channel
    if number is None:
        last = len(planes) - 1
        message = (
            f"{name}: holds {len(planes)} planes and does not say whether they are channels or "
            f"pages; say channel = 0 to {last} if they are channels, page = 0 to {last} if pages."
        )
        raise ImageReadError(message)
    if (channel is not None and page not in (None, 0)) or number not in range(len(planes)):
        message = f"{name}: has no plane {number}; it has 0 to {len(planes) - 1}."
        raise ImageReadError(message)
    plane = planes[number]
    return [plane if channel is None else replace(plane, channel=number, page=0)]


def _counts(planes: Sequence[StoredPlane]) -> str:
    channels = {plane.channel for plane in planes}
    pages = {plane.page for plane in planes}
    parts = []
    for count, word in ((len(channels), "channel"), (len(pages), "page")):
        parts.append(f"{count} {word}{'s' if count > 1 else ''}")
    return ", ".join(parts)
