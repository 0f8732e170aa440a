"""Whether bands are darker or lighter than the membrane."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy import ndimage

from blotflux.blot.model import Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PolarityEstimate", "estimate_polarity", "measure_cues"]

LONG_SIDE_PX = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class PolarityEstimate:
    """The polarity and the probability, 0.5 to 1, that it is right."""

    polarity: Polarity
    confidence: float


def estimate_polarity(values: NDArray[np.floating], *, prior: float = 0.0) -> PolarityEstimate:
    """Return whether bands are dark on light or light on dark.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        As a viewer shows them; finite.
    prior : float
        Log odds of light on dark before looking at the picture.
    """
    cues = measure_cues(values)
    odds = prior + float(sum(WEIGHTS[name] * value for name, value in cues.items()))
    light = 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, odds))))
    if light >= 0.5:
        return PolarityEstimate(polarity=Polarity.LIGHT_ON_DARK, confidence=light)
    return PolarityEstimate(polarity=Polarity.DARK_ON_LIGHT, confidence=1.0 - light)


WEIGHTS = {"tails": 2.0, "border": 2.0, "blobs": 2.0, "frame_share": 2.0, "profile": 1.5}


def measure_cues(values: NDArray[np.floating]) -> dict[str, float]:
    """Return each cue, -1 (dark on light) to 1 (light on dark).

    Every cue changes its sign when the picture is inverted.
    """
    image = _reduced(values)
    regions = _find_inner_regions(image) or [image]
    cues = [_region_cues(region) for region in regions]
    areas = np.array([region.size for region in regions], dtype=float)
    return {name: float(np.average([cue[name] for cue in cues], weights=areas)) for name in cues[0]}


def _reduced(values: NDArray[np.floating]) -> NDArray[np.float32]:
    image = np.ascontiguousarray(values, dtype=np.float32)
    low, high = np.percentile(image, [0.05, 99.95])
    if high <= low:
        low, high = float(image.min()), float(image.max())
    image = np.clip((image - low) / max(high - low, 1e-12), 0, 1).astype(np.float32)
    scale = LONG_SIDE_PX / max(image.shape)
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    return image


def _find_inner_regions(image: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the rectangles that a flat page or border encloses: membranes, strips, films."""
    found: list[NDArray[np.float32]] = []
    for page in (image >= 0.985, image <= 0.015):
        labels, count = ndimage.label(page)
        if not count:
            continue
        edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
        outside = np.isin(labels, edge[edge > 0])
        if outside.mean() < 0.02:
            continue
        found += _rectangles(image, ~outside)
    return found


def _rectangles(image: NDArray[np.float32], inside: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    found = []
    labels, _ = ndimage.label(inside)
    for number, window in enumerate(ndimage.find_objects(labels), start=1):
        part = labels[window] == number
        rows, columns = part.shape
        if (
            rows < 8
            or columns < 24
            or part.size < 0.01 * image.size
            or part.size > 0.97 * image.size
        ):
            continue
        rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
        if rim.mean() < 0.85:
            continue
        inset = max(2, round(0.06 * min(rows, columns)))
        found.append(image[window][inset:-inset, inset:-inset])
    return [region for region in found if min(region.shape) >= 4]


def _region_cues(region: NDArray[np.float32]) -> dict[str, float]:
    smooth = np.asarray(cv2.GaussianBlur(region, (0, 0), 1.0), dtype=np.float32)
    low, middle, high = np.percentile(smooth, [0.5, 50, 99.5])
    span = max(float(high - low), 1e-9)
    rim = np.concatenate([smooth[0], smooth[-1], smooth[:, 0], smooth[:, -1]])
    level = float(np.median(rim))
    threshold = _otsu(smooth)
    bright = smooth > threshold
    rows = smooth.mean(axis=1)
    ends = 0.5 * (rows[0] + rows[-1])
    row_span = max(float(rows.max() - rows.min()), 1e-9)
    return {
        "tails": float((high - middle) - (middle - low)) / span,
        "border": float((high - level) - (level - low)) / span,
        "blobs": _blob_cue(bright),
        "frame_share": 1.0 - 2.0 * float((rim > threshold).mean()),
        "profile": float((rows.max() - ends) - (ends - rows.min())) / row_span,
    }


def _otsu(image: NDArray[np.float32]) -> float:
    levels = np.clip(image * 255, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return float(threshold) / 255


def _blob_cue(bright: NDArray[np.bool_]) -> float:
    counts = []
    for mask in (bright, ~bright):
        labels, _ = ndimage.label(mask)
        least = 2e-4 * mask.size
        blobs = 0.0
        for number, (ys, xs) in enumerate(ndimage.find_objects(labels), start=1):
            height, width = ys.stop - ys.start, xs.stop - xs.start
            area = int(np.count_nonzero(labels[ys, xs] == number))
            touches = (
                ys.start == 0
                or xs.start == 0
                or ys.stop == mask.shape[0]
                or xs.stop == mask.shape[1]
            )
            if area >= least and width >= height and not touches:
                blobs += 1
        counts.append(blobs)
    total = counts[0] + counts[1]
    return (counts[0] - counts[1]) / total if total else 0.0
