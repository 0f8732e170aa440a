"""What a flat page or border encloses: membranes on white, strips of a panel, films on black."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Framing", "find_framing", "reduce_picture"]

LONG_SIDE_PX = 600
"""Bands of 30 lanes are still 10 px wide, and large pictures cost no more than small ones."""
SAMPLES = 1_000_000
PAGE_LEVEL = 0.06
"""A page is this close to the end of the picture's range: JPEG noise and paper are within."""
PAGE_FRACTION_MIN = 0.02
REGION_SHARE = (0.01, 0.985)
CONTENT_SHARE_MIN = 0.05
"""All regions together: what a page shows is more than the gap between two rows of bands."""
REGION_WIDTH_MIN = 0.2
"""Of the picture's width: a single band is narrower, a strip of lanes is not."""
REGION_PX_MIN = (8, 24)
SOLIDITY_MIN = 0.6
"""Of the turned rectangle around it: a strip with labels touching it fills more."""
SHARPNESS_MIN = 0.5
"""Step at the edge over the level inside: cut membranes 0.8 and more, bands under 0.4."""
STEP_MIN = 0.04
CONTRAST_MIN = 0.05
INNER_PX_MIN = (8, 20)
INSET = 0.12
PAD = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Framing:
    """The regions inside a page.

    Attributes
    ----------
    regions : tuple of ndarray of float32
        Inner parts of what the page encloses, 0 to 1; empty where there is no page.
    page_is_light : bool or None
        Which end of the range the enclosing page has.
    page : ndarray of bool or None
        The page's pixels in the reduced picture.
    """

    regions: tuple[NDArray[np.float32], ...] = ()
    page_is_light: bool | None = None
    page: NDArray[np.bool_] | None = None


def reduce_picture(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the picture scaled to 0 to 1 and to at most 600 pixels along its longer side."""
    stride = max(1, int((values.size / SAMPLES) ** 0.5))
    low, high = np.percentile(values[::stride, ::stride], [0.05, 99.95])
    if high <= low:
        low, high = float(values.min()), float(values.max())
    image = np.asarray(values, dtype=np.float32)
    scale = LONG_SIDE_PX / max(image.shape)
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    span = max(float(high) - float(low), 1e-12)
    scaled = np.clip((image - np.float32(low)) / np.float32(span), 0, 1)
    return np.asarray(scaled, dtype=np.float32)


def find_framing(image: NDArray[np.float32]) -> Framing:
    """Return what a page of one level encloses with sharp edges.

    Parameters
    ----------
    image : ndarray of float32, shape (rows, columns)
        As `reduce_picture` gives it.

    Notes
    -----
    A page is flat, at one end of the range and reaches the picture's edge. What it encloses is a
    region if it is wide, solid and steps up within two pixels; bands on a clipped background fade
    instead, so that a white membrane is not taken for a page.
    """
    calm = np.asarray(cv2.medianBlur(image, 3), dtype=np.float32)
    best = Framing()
    for light, page in ((True, calm >= 1 - PAGE_LEVEL), (False, calm <= PAGE_LEVEL)):
        outside = _reaching_edge(page)
        if outside.mean() < PAGE_FRACTION_MIN:
            continue
        regions = _regions(calm, outside)
        if sum(r.size for r in regions) < CONTENT_SHARE_MIN * image.size:
            continue
        if sum(r.size for r in regions) > sum(r.size for r in best.regions):
            best = Framing(regions=regions, page_is_light=light, page=outside)
    return best


def _reaching_edge(page: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, _ = ndimage.label(page)
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return np.asarray(np.isin(labels, edge[edge > 0]))


def _regions(
    image: NDArray[np.float32], outside: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], ...]:
    # Labels and frames are thin; opening takes them off and parts them from the strips.
    opened = cv2.morphologyEx(
        (~outside).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)
    )
    labels, _ = ndimage.label(opened)
    padded = np.pad(image, PAD, mode="edge")
    found = []
    for number, (ys, xs) in enumerate(ndimage.find_objects(labels), start=1):
        part = np.pad(labels[ys, xs] == number, PAD)
        if not (_is_large(part, image.shape) and _is_solid(part)):
            continue
        around = padded[ys.start : ys.stop + 2 * PAD, xs.start : xs.stop + 2 * PAD]
        filled = ndimage.binary_fill_holes(part)
        if _is_sharp(around, filled):
            found.append(_inner_part(around, filled))
    return tuple(region for region in found if _has_contrast(region))


def _has_contrast(region: NDArray[np.float32]) -> bool:
    """Whether anything can be seen in a region: slivers and blank fields say nothing."""
    if region.shape[0] < INNER_PX_MIN[0] or region.shape[1] < INNER_PX_MIN[1]:
        return False
    low, high = np.percentile(region, [0.5, 99.5])
    return bool(high - low >= CONTRAST_MIN)


def _is_large(part: NDArray[np.bool_], shape: tuple[int, ...]) -> bool:
    rows, columns = part.shape[0] - 2 * PAD, part.shape[1] - 2 * PAD
    share = part.sum() / (shape[0] * shape[1])
    wide = columns >= REGION_WIDTH_MIN * shape[1]
    tall = rows >= REGION_PX_MIN[0] and columns >= REGION_PX_MIN[1]
    return bool(wide and tall and REGION_SHARE[0] < share < REGION_SHARE[1])


def _is_solid(part: NDArray[np.bool_]) -> bool:
    contours, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)
    _, (width, height), _ = cv2.minAreaRect(contour)
    return float(cv2.contourArea(contour)) > SOLIDITY_MIN * max(width * height, 1.0)


def _is_sharp(image: NDArray[np.float32], filled: NDArray[np.bool_]) -> bool:
    """Whether the level changes within two pixels of the edge, not gradually as a band's does."""
    depth = _distance(filled)
    beyond = _distance(~filled)
    deep = min(6.0, 0.7 * float(depth.max()))
    rings = (
        (beyond > 1.4) & (beyond < 3.6),
        (depth > 1.4) & (depth < 2.8),
        (depth > deep - 1.5) & (depth < deep + 1.5),
        beyond > 2.8,
    )
    if not all(ring.any() for ring in rings):
        return False
    outer, edge, inner, page = (float(np.median(image[ring])) for ring in rings)
    # The quartiles of the ring inside and the page must part: noise makes patches, not regions.
    spread = sum(float(np.subtract(*np.percentile(image[ring], [75, 25]))) for ring in rings[:2])
    step = abs(edge - outer)
    return step >= max(STEP_MIN, spread, SHARPNESS_MIN * abs(inner - page))


def _inner_part(image: NDArray[np.float32], filled: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the region without its rim; corners outside take the nearest inner value."""
    depth = _distance(filled)
    kept = depth > max(2.0, INSET * float(depth.max()))
    if not kept.any():
        return np.zeros((0, 0), np.float32)
    rows, columns = np.nonzero(kept.any(axis=1))[0], np.nonzero(kept.any(axis=0))[0]
    nearest = ndimage.distance_transform_edt(~kept, return_distances=False, return_indices=True)
    whole = image[tuple(nearest)]
    return np.ascontiguousarray(whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.asarray(
        cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5), dtype=np.float32
    )
