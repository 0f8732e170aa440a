"""From a stored plane to a `Blot`: polarity, saturation, counts, in that order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from blotflux.blot.density import optical_density
from blotflux.blot.filling import fill_invalid
from blotflux.blot.model import Blot, ImageSource, Polarity
from blotflux.blot.origin import find_origin
from blotflux.blot.picture import Picture, develop
from blotflux.blot.placing import apply_placement, make_placement
from blotflux.blot.polarity import PolarityEstimate, estimate_polarity
from blotflux.blot.saturation import find_saturated
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.blot.content import FileContent
    from blotflux.blot.formats.stored import StoredPlane
    from blotflux.blot.framing import Framing

__all__ = ["Wish", "make_blot"]

ABSORBING = ("film", "stain")
WHITE_IS_ZERO_ODDS = -1.0
"""Log odds: programs write WhiteIsZero so that bands show dark."""
SURE = 0.8
CONTRADICTED = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller says of a picture; see `blotflux.blot.read.read`."""

    channel: int | None = None
    polarity: str = "auto"
    detection: str | None = None
    region: tuple[int, int, int, int] | None = None
    turn: int = 0
    flip: str | None = None


def make_blot(plane: StoredPlane, content: FileContent, wish: Wish) -> Blot:
    """Return the blot of one plane.

    Raises
    ------
    ImageReadError
        If the plane cannot be decoded or the wish does not fit it.
    """
    picture = develop(plane, channel=wish.channel, name=content.name)
    rows, columns = picture.values.shape
    placement = make_placement(
        (rows, columns), region=wish.region, turn=wish.turn, flip=wish.flip, name=content.name
    )
    invalid = apply_placement(picture.invalid, placement)
    shown, white = _shown(apply_placement(picture.values, placement), invalid, plane, picture)
    estimate = estimate_polarity(
        shown, prior_odds=WHITE_IS_ZERO_ODDS if plane.photometric == "min_is_white" else 0.0
    )
    polarity = estimate.polarity if wish.polarity == "auto" else Polarity(wish.polarity)
    high = (polarity is Polarity.LIGHT_ON_DARK) != (plane.photometric == "min_is_white")
    saturation = find_saturated(
        picture,
        protein_is_high=high,
        ceiling=plane.ceiling,
        grace=1.0 if plane.semi_quantitative or picture.mixed else 0.0,
    )
    saturated = apply_placement(saturation.mask, placement) & ~invalid
    saturated &= ~_page(estimate.framing, polarity, saturated.shape)
    source = _source(plane, content, picture, wish)
    signal, unit = _signal(shown, white, polarity, wish)
    origin = find_origin(
        apply_placement(picture.values, placement),
        signal,
        plane=plane,
        picture=picture,
        protein_is_high=high,
        framing=estimate.framing,
    )
    return Blot(
        signal=np.ascontiguousarray(signal, dtype=np.float32),
        saturated=np.ascontiguousarray(saturated),
        invalid=np.ascontiguousarray(invalid),
        source=source,
        placement=placement,
        polarity=polarity,
        polarity_confidence=estimate.confidence if wish.polarity == "auto" else 1.0,
        unit=unit,
        findings=_named((*_polarity_findings(estimate, polarity, wish), *origin), source),
    )


def _shown(
    values: NDArray[Any], invalid: NDArray[np.bool_], plane: StoredPlane, picture: Picture
) -> tuple[NDArray[np.floating], float]:
    """Return finite counts as a viewer that honors WhiteIsZero shows them, and what white is."""
    exact = plane.decode is None and values.dtype.itemsize <= (4 if values.dtype.kind == "f" else 2)
    counts: NDArray[np.floating] = values.astype(np.float32 if exact else np.float64)
    if plane.decode is not None:
        counts = plane.decode(counts)
    usable = np.isfinite(counts) & ~invalid
    top, bottom = float(counts[usable].max()), float(counts[usable].min())
    if not usable.all():
        counts[np.isposinf(counts)] = top
        counts[np.isneginf(counts)] = bottom
        counts = fill_invalid(counts, invalid)
    white = top if plane.decode is not None or picture.high is None else max(top, picture.high)
    if plane.bit_depth > 16:
        white = top  # from the range's end, float32 would lose the small differences
    return (white - counts if plane.photometric == "min_is_white" else counts), white


def _signal(
    shown: NDArray[np.floating], white: float, polarity: Polarity, wish: Wish
) -> tuple[NDArray[np.floating], str]:
    dark_bands = polarity is Polarity.DARK_ON_LIGHT
    if wish.detection in ABSORBING:
        return optical_density(shown if dark_bands else white - shown), "OD"
    return (white - shown if dark_bands else shown), "counts"


def _page(framing: Framing, polarity: Polarity, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the page around strips where it has the color of bands: it is no protein."""
    if framing.page is None or framing.page_is_light != (polarity is Polarity.LIGHT_ON_DARK):
        return np.zeros(shape, bool)
    size = (shape[1], shape[0])
    page = framing.page.astype(np.uint8)
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_NEAREST)).astype(bool)


def _polarity_findings(
    estimate: PolarityEstimate, polarity: Polarity, wish: Wish
) -> tuple[Finding, ...]:
    found = str(estimate.polarity).replace("_", " ")
    if wish.polarity != "auto":
        if polarity is estimate.polarity or estimate.confidence < CONTRADICTED:
            return ()
        message = (
            f"The polarity was given as {str(polarity).replace('_', ' ')}, but the picture looks "
            f"{found} (confidence {estimate.confidence:.2f}); check it on the overlay."
        )
    elif estimate.confidence >= SURE:
        return ()
    else:
        message = (
            f"The polarity was taken to be {found} with confidence {estimate.confidence:.2f} only "
            f"(below {SURE:g}, a project default); check it on the overlay and give it as polarity."
        )
    finding = Finding(
        severity=Severity.WARN,
        code="POLARITY",
        message=message,
        value=estimate.confidence,
        threshold=SURE if wish.polarity == "auto" else CONTRADICTED,
    )
    return (finding,)


def _named(findings: tuple[Finding, ...], source: ImageSource) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            severity=finding.severity,
            code=finding.code,
            message=finding.message,
            image=source.name,
            channel=source.channel,
            page=source.page,
            value=finding.value,
            threshold=finding.threshold,
        )
        for finding in findings
    )


def _source(plane: StoredPlane, content: FileContent, picture: Picture, wish: Wish) -> ImageSource:
    picked = wish.channel if plane.is_color and wish.channel is not None else plane.channel
    return ImageSource(
        name=content.name,
        sha256=content.sha256,
        format=plane.format,
        dtype=picture.stored_dtype,
        encoding=plane.encoding,
        photometric=plane.photometric,
        instrument=plane.instrument,
        bit_depth=plane.bit_depth,
        channel=picked,
        page=plane.page,
        exposure_s=plane.exposure_s,
        semi_quantitative=plane.semi_quantitative,
    )
