"""From a file to a `Blot`: the one door through which pictures come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot.color import gray_of_color
from blotflux.blot.content import read_content
from blotflux.blot.density import optical_density
from blotflux.blot.filling import fill_invalid
from blotflux.blot.formats.registry import read_stored_planes
from blotflux.blot.formats.stored import DEFAULT_MAX_MEGAPIXELS
from blotflux.blot.model import Blot, ImageSource, Polarity
from blotflux.blot.placing import apply_orientation, apply_placement, make_placement
from blotflux.blot.polarity import PolarityEstimate, estimate_polarity
from blotflux.blot.saturation import find_saturated
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from blotflux.blot.content import FileContent
    from blotflux.blot.formats.stored import StoredPlane

__all__ = ["read", "read_planes"]

POLARITIES = ("auto", *(str(polarity) for polarity in Polarity))
DETECTIONS = (None, "", "ecl", "fluorescence", "film", "stain")
ABSORBING = ("film", "stain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller says of a picture."""

    polarity: str = "auto"
    detection: str | None = None
    region: tuple[int, int, int, int] | None = None
    turn: int = 0
    flip: str | None = None


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
        As a viewer shows the picture.
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
    blots = read_planes(
        path,
        name=name,
        channel=channel,
        page=page,
        polarity=polarity,
        detection=detection,
        region=region,
        turn=turn,
        flip=flip,
        max_megapixels=max_megapixels,
    )
    if len(blots) > 1:
        channels = sorted({blot.source.channel for blot in blots})
        pages = sorted({blot.source.page for blot in blots})
        message = (
            f"{blots[0].source.name}: holds {len(blots)} pictures (channels {_span(channels)}, "
            f"pages {_span(pages)}); choose one with channel and page."
        )
        raise ImageReadError(message)
    return blots[0]


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
    wish = Wish(polarity=polarity, detection=detection, region=region, turn=turn, flip=flip)
    _require_wish(wish, content.name)
    planes = _choose(read_stored_planes(content), channel, page, content.name)
    return tuple(_make_blot(plane, content, wish, channel) for plane in planes)


def _require_wish(wish: Wish, name: str) -> None:
    if wish.polarity not in POLARITIES:
        message = f"{name}: polarity {wish.polarity!r} is not allowed; use {', '.join(POLARITIES)}."
        raise ImageReadError(message)
    if wish.detection not in DETECTIONS:
        allowed = ", ".join(str(entry) for entry in DETECTIONS if entry)
        message = f"{name}: detection {wish.detection!r} is not allowed; use {allowed}."
        raise ImageReadError(message)


def _choose(
    planes: tuple[StoredPlane, ...], channel: int | None, page: int | None, name: str
) -> list[StoredPlane]:
    """Return the planes of the wanted channel and page; of color planes `channel` picks later."""
    chosen = [plane for plane in planes if page is None or plane.page == page]
    if not chosen:
        pages = sorted({plane.page for plane in planes})
        message = f"{name}: has no page {page}; its pages are {_span(pages)}."
        raise ImageReadError(message)
    if channel is None or all(plane.photometric in ("rgb", "palette") for plane in chosen):
        return chosen
    picked = [plane for plane in chosen if plane.channel == channel]
    if not picked:
        channels = sorted({plane.channel for plane in chosen})
        message = f"{name}: has no channel {channel}; its channels are {_span(channels)}."
        raise ImageReadError(message)
    return picked


def _span(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A plane as a viewer places it: one value per pixel, not yet decoded or inverted."""

    values: NDArray[Any]
    invalid: NDArray[np.bool_]


def _make_blot(plane: StoredPlane, content: FileContent, wish: Wish, channel: int | None) -> Blot:
    picture = _picture(plane, content, channel)
    rows, columns = picture.values.shape
    placement = make_placement(
        (rows, columns), region=wish.region, turn=wish.turn, flip=wish.flip, name=content.name
    )
    values = apply_placement(picture.values, placement)
    invalid = apply_placement(picture.invalid, placement)
    shown = _as_shown(values, plane)
    shown = fill_invalid(_finite(shown, invalid), invalid)
    found = _polarity(shown, plane, wish)
    high = (found.polarity is Polarity.LIGHT_ON_DARK) != (plane.photometric == "min_is_white")
    saturation = find_saturated(
        picture.values,
        protein_is_high=high,
        bit_depth=plane.bit_depth,
        ceiling=plane.ceiling,
        lossy=bool(plane.lossy),
    )
    saturated = apply_placement(saturation.mask, placement) & ~invalid
    signal, unit = _signal(shown, plane, found.polarity, wish)
    return Blot(
        signal=np.ascontiguousarray(signal, dtype=np.float32),
        saturated=np.ascontiguousarray(saturated),
        invalid=np.ascontiguousarray(invalid),
        source=_source(plane, content, picture, channel),
        placement=placement,
        polarity=found.polarity,
        polarity_confidence=found.confidence,
        unit=unit,
    )


def _picture(plane: StoredPlane, content: FileContent, channel: int | None) -> Picture:
    values = plane.load()
    if plane.palette is not None:
        values = np.asarray(plane.palette)[values]
    if values.ndim == 3:
        gray = gray_of_color(values, channel=channel, name=content.name)
        values, invalid = gray.values, gray.transparent | gray.colored
    else:
        invalid = np.zeros(values.shape, bool)
    if values.dtype.kind == "f":
        invalid = invalid | np.isnan(values) | np.isneginf(values)
    if invalid.all():
        message = f"{content.name}: no pixel has a value; export the image again."
        raise ImageReadError(message)
    return Picture(
        values=apply_orientation(values, plane.orientation),
        invalid=apply_orientation(invalid, plane.orientation),
    )


def _finite(values: NDArray[np.float64], invalid: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Set +Inf (saturated) to the largest number and pixels without a value to zero."""
    usable = values[np.isfinite(values) & ~invalid]
    top = float(usable.max()) if usable.size else 0.0
    return np.where(np.isposinf(values), top, np.where(invalid, 0.0, values))


def _as_shown(values: NDArray[Any], plane: StoredPlane) -> NDArray[np.float64]:
    """Return linear values as a viewer that honors WhiteIsZero shows them."""
    decoded = values.astype(np.float64)
    if plane.encoding == "square_root":
        decoded **= 2
    if plane.scale != 1.0:
        decoded *= plane.scale
    return _top(decoded, plane) - decoded if plane.photometric == "min_is_white" else decoded


def _top(values: NDArray[np.float64], plane: StoredPlane) -> float:
    """Return the value from which a picture is inverted: the range's end, else its largest."""
    if plane.encoding == "square_root" or plane.scale != 1.0 or plane.bit_depth > 16:
        finite = values[np.isfinite(values)]
        return float(finite.max()) if finite.size else 0.0
    return max(float(2**plane.bit_depth - 1), float(values.max()))


def _polarity(shown: NDArray[np.float64], plane: StoredPlane, wish: Wish) -> PolarityEstimate:
    if wish.polarity != "auto":
        return PolarityEstimate(polarity=Polarity(wish.polarity), confidence=1.0)
    return estimate_polarity(shown)


def _signal(
    shown: NDArray[np.float64], plane: StoredPlane, polarity: Polarity, wish: Wish
) -> tuple[NDArray[np.float64], str]:
    dark_bands = polarity is Polarity.DARK_ON_LIGHT
    if wish.detection in ABSORBING:
        return optical_density(shown if dark_bands else _top(shown, plane) - shown), "OD"
    return (_top(shown, plane) - shown if dark_bands else shown), "counts"


def _source(
    plane: StoredPlane, content: FileContent, picture: Picture, channel: int | None
) -> ImageSource:
    color = plane.photometric in ("rgb", "palette") and channel is not None
    return ImageSource(
        name=content.name,
        sha256=content.sha256,
        format=plane.format,
        dtype=str(picture.values.dtype),
        encoding=plane.encoding,
        photometric=plane.photometric,
        instrument=plane.instrument,
        bit_depth=plane.bit_depth,
        channel=channel if color and channel is not None else plane.channel,
        page=plane.page,
        exposure_s=plane.exposure_s,
        semi_quantitative=plane.lossy,
    )
