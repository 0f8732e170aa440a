"""Specks: what is too narrow to be a band is taken out before anything is summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.medians import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["without_specks"]

WIDEST = 0.35  # a speck is narrower than this share of a lane
CLEAR = 7.0  # in standard deviations of the noise
OF_SIGNAL = 0.3  # and this share of the strongest signal above or below it
PIXELS_ACROSS = 22  # of a lane at the size at which specks are looked for
AROUND_PX = 17  # how far above and below
ALIKE = 0.15  # unexplained share of a column's squares up to which it is the band beside, scaled
SEEN = 3.0  # noises of a band that can be told from what stands on it
MOST_SCALED = 5.0  # a band's horns are no more than this many times its middle
SHIFTS = np.arange(-4, 5)  # rows by which a slanted or bowed band's ends may be off
NARROW_PX = 3  # at the size at which specks are looked for; bands are blurred wider than that
STREAK = 3.0  # times its width is the height of one, and more than `AROUND_PX` ...
SPOT = 3.0  # ... and dust on it this many times as high as it usually is
SHARP, SHARP_CLEAR = 0.3, 8.0  # share of a spot's height, and noises, that are narrower: dust


def without_specks(
    signal: NDArray[np.float32], lane_width_px: float, sigma: float
) -> NDArray[np.float32]:
    """Return the signal with dust, specks and steep scratches replaced by what is beside them.

    Parameters
    ----------
    signal : ndarray of float32, shape (rows, columns)
    lane_width_px : float
        Width of the narrowest lane.
    sigma : float
        Standard deviation of a pixel.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        `signal` itself where there is nothing to take out.

    Notes
    -----
    A horizontal opening of the picture, at a half to a quarter of its size, keeps what is wider
    than `WIDEST` lanes. What it removes is a speck if it rises clearly above noise and
    surroundings; bands are wider and stay untouched to the bit. So do the horns of a band that is
    dense at its ends, the crest of one that is dense in its middle and the ends of a slanted one:
    there the column through the highest pixel is one beside it times a factor, higher or lower,
    which that through a speck is not. A round spot of a band's own height passes that test too, but
    it is narrower than a band is blurred.
    """
    rows, columns = signal.shape
    if min(rows, columns) < 16:
        return signal
    factor = int(min(max(lane_width_px / PIXELS_ACROSS, 2), 4))
    small = shrunk(signal, factor)
    size = max(3, int(WIDEST * lane_width_px / factor) | 1)
    opened = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((1, size), np.uint8))
    above = small - opened
    clear = above > CLEAR * sigma / factor
    if not clear.any():
        return signal
    # The crest of a bowed band is narrow too, but never far from the band: measure against that.
    around = cv2.dilate(opened, np.ones((AROUND_PX // factor, 1), np.uint8))
    ground = float(median(opened[::5, ::5]))
    speck = clear & (above > OF_SIGNAL * (around - ground))
    if not speck.any():
        return signal
    speck = dust_among(speck, small - ground, opened - ground, sigma / factor, size)
    if not speck.any():
        return signal
    grown = cv2.dilate(speck.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    y, x = np.divmod(np.flatnonzero(grown), grown.shape[1])
    # The opening lies below the mean of noise by about what it removes from clean pixels.
    filling = opened[y, x] + float(median(above[::5, ::5]))
    cleaned = signal.copy()
    columns, block = signal.shape[1], np.arange(factor)
    first = factor * (y * columns + x)
    of_block = (block[:, None] * columns + block).ravel()
    cleaned.reshape(-1)[first[:, None] + of_block] = filling[:, None]
    return cleaned


def dust_among(
    speck: NDArray[np.bool_],
    picture: NDArray[np.float32],
    opened: NDArray[np.float32],
    sigma: float,
    size: int,
) -> NDArray[np.bool_]:
    """Return the specks that are neither parts of a band nor streaks along the lanes.

    Parameters
    ----------
    speck : ndarray of bool
    picture, opened : ndarray
        Above the ground: as it is, and without what is narrow.
    sigma : float
        Standard deviation of a pixel.
    size : int
        Pixels, below which all specks are wide: so far away lies the band that they may belong to.
    """
    count, label, boxes, _ = cv2.connectedComponentsWithStats(speck.view(np.uint8))
    place = np.flatnonzero(speck)
    owner = label.ravel()[place] - 1
    above = (picture - opened).ravel()[place]
    order = np.lexsort((above, owner))
    number = np.bincount(owner, minlength=count - 1)
    last = np.cumsum(number) - 1
    y, x = np.divmod(place[order[last]], speck.shape[1])  # the highest pixel of each
    dusty = ~are_parts_of_bands(y, x, picture, opened, sigma, size)
    if size > NARROW_PX:
        dusty[owner[sharp_pixels(picture, sigma).ravel()[place]]] = True
    # A streak runs through bands and background alike: cut out where it shows, it would only move
    # the steps to where bands begin. What stands out of it is dust.
    height, width = boxes[1:, cv2.CC_STAT_HEIGHT], boxes[1:, cv2.CC_STAT_WIDTH]
    streak = (height >= STREAK * width) & (height > AROUND_PX)
    usual = above[order[last - number // 2]]
    dust = np.zeros(speck.shape, bool)
    dust.ravel()[place] = dusty[owner] & (~streak[owner] | (above > SPOT * usual[owner]))
    return dust


def are_parts_of_bands(
    y: NDArray[np.intp],
    x: NDArray[np.intp],
    picture: NDArray[np.float32],
    opened: NDArray[np.float32],
    sigma: float,
    size: int,
) -> NDArray[np.bool_]:
    """Return which specks' columns are one beside them times a factor, higher or lower.

    Parameters
    ----------
    y, x : ndarray of int, shape (specks,)
        The highest pixel of each.
    picture, opened, sigma, size
        As for `dust_among`.
    """
    slack = int(SHIFTS[-1])
    reach = AROUND_PX // 2 + slack
    window = y[:, None] + np.arange(-reach, reach + 1)
    rows = np.clip(window, 0, len(picture) - 1)

    def column_of(image: NDArray[np.float32], aside: int) -> NDArray[np.float32]:
        """Return the columns of an image some pixels aside of the specks' highest ones."""
        columns = np.clip(x + aside, 0, image.shape[1] - 1)
        return np.where(window == rows, image[rows, columns[:, None]], np.float32(0))

    column = column_of(picture, 0)[:, slack:-slack]
    beside = np.stack([column_of(opened, 0), column_of(picture, -size), column_of(picture, size)])
    length = column.shape[1]
    shifted = np.stack([beside[..., k : k + length] for k in range(2 * slack + 1)])
    squares = np.maximum((shifted * shifted).sum(axis=-1), 1e-12)
    scale = (shifted * column).sum(axis=-1) / squares
    own = (column * column).sum(axis=1)
    left = own - scale**2 * squares - length * sigma**2 * (1 + scale**2)
    fits = (scale > 1 / MOST_SCALED) & (scale < MOST_SCALED) & (left < ALIKE * own)
    fits &= beside.max(axis=-1) > SEEN * sigma
    return np.asarray(fits.any(axis=(0, 1)))


def sharp_pixels(picture: NDArray[np.float32], sigma: float) -> NDArray[np.bool_]:
    """Return where a picture, whatever the height, changes within fewer columns than a band can.

    Parameters
    ----------
    picture : ndarray
        Above the ground.
    sigma : float
        Standard deviation of a pixel.
    """
    # Of slanted and bowed bands, too, the next column is as high; only at another height.
    highest = cv2.dilate(picture, np.ones((len(SHIFTS), 1), np.uint8))
    wide = cv2.morphologyEx(highest, cv2.MORPH_OPEN, np.ones((1, NARROW_PX), np.uint8))
    narrow = highest - wide
    return np.asarray((narrow > SHARP * highest) & (narrow > SHARP_CLEAR * sigma))


def shrunk(signal: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Return the means of blocks of `factor` times `factor` pixels."""
    if factor % 2 == 0 and factor > 2:  # halving twice is faster than quartering
        return shrunk(shrunk(signal, factor // 2), 2)
    rows, columns = (size // factor for size in signal.shape)
    whole = signal[: rows * factor, : columns * factor]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA))
