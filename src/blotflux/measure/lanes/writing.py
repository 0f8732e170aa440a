"""Writing: letters and pen strokes, which are no bands.

A band changes down the columns all along its length, and along the rows only at its two ends;
letters change as much one way as the other. A line of letters across the lanes is one restless
ridge; of one that runs along the lanes each letter is a short ridge, in the company of others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.lanes.quick import changes, clamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.measure.lanes.ridges import Ridges

__all__ = ["is_writing"]

CLEAR = 25.0  # standard deviations from which a ridge is tested
OFFSETS = np.arange(-4, 5) * 0.3  # samples down the columns, in heights of the ridge
STEP = 0.3  # heights over which changes are looked at
ENDS = 0.15  # of the length at each end is not looked at
SHORT = 8.0  # heights below which a ridge may be one letter
STROKES, LETTERS = 0.95, 0.55  # change along the rows over that down the columns
ANNOTATED = 0.7  # of these, once some writing was found
RESTLESS = 0.25  # ups and downs along a ridge per height: bands make fewer
ON, FEWEST_HUMPS = 0.3, 5  # of the profile's high values; humps that show a pitch
REGULAR = 0.12  # of a pitch, by which bands of lanes stray; letters do by 0.16 and more
COMPANY = 3  # letters nearby ...
NEAR = 4.0  # ... within this many lengths
WITHIN = 2.0  # the same, for what is writing whatever it looks like


def is_writing(ridges: Ridges, picture: NDArray[np.float32], sigma: float) -> NDArray[np.bool_]:
    """Return which ridges are lines of letters, letters or pen strokes.

    Parameters
    ----------
    ridges : Ridges
    picture : ndarray of float32, shape (rows, columns)
        From which they come.
    sigma : float
        Standard deviation of a pixel without band.
    """
    clear = ridges.strength > CLEAR * sigma
    short = clear & (ridges.length < SHORT * ridges.height)
    stacked = np.zeros(len(ridges), bool)
    if np.count_nonzero(short) > COMPANY:
        stacked[short] = in_company(ridges.keep(short), np.ones(np.count_nonzero(short), bool))
    restless = clear & ~short & (restlessness(ridges) > RESTLESS)
    restless[restless] = [not is_regular(profile) for profile in profiles(ridges, restless)]
    suspect = stacked | restless
    if not suspect.any():
        return suspect
    change = np.zeros(len(ridges))
    change[suspect] = strokes(ridges.keep(suspect), picture, sigma)
    written = np.zeros(len(ridges), bool)
    for share in (1.0, ANNOTATED):  # where there is some writing, there is more
        written = restless & (change > share * STROKES)
        if stacked.any():
            written[stacked] = in_company(ridges.keep(stacked), change[stacked] > share * LETTERS)
        if not written.any():
            break
    return written


def profiles(ridges: Ridges, chosen: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Return the profiles of the chosen ridges, one by one."""
    place = zip(ridges.start[:-1][chosen], ridges.start[1:][chosen], strict=True)
    return [ridges.profile[first:end] for first, end in place]


def is_regular(profile: NDArray[np.float64]) -> bool:
    """Return whether humps follow each other at a whole number of pitches, as bands of lanes do.

    Bands of narrow lanes are hardly longer than high and then change as much along the row as
    letters, but letters are of many widths.
    """
    on = profile > ON * np.partition(profile, int(0.9 * len(profile)))[int(0.9 * len(profile))]
    step = np.flatnonzero(np.diff(on, prepend=False, append=False))
    middle = step.reshape(-1, 2).mean(axis=1)
    if len(middle) < FEWEST_HUMPS:
        return False
    gap = np.diff(middle)
    pitches = gap / np.partition(gap, (len(gap) - 1) // 2)[(len(gap) - 1) // 2]
    stray = pitches / np.maximum(np.rint(pitches), 1) - 1
    return float(np.sqrt(np.mean(stray**2))) < REGULAR


def strokes(ridges: Ridges, picture: NDArray[np.float32], sigma: float) -> NDArray[np.float64]:
    """Return the change along each ridge over that across it, noise taken off both."""
    row = ridges.y[:, None] + OFFSETS * ridges.height[ridges.ridge][:, None]
    row = clamp(np.rint(row), 0, picture.shape[0] - 1).astype(np.int64)
    pixels = picture[row, ridges.x[:, None]]
    length = ridges.length[ridges.ridge]
    step = np.maximum(1, np.rint(STEP * ridges.height)).astype(np.int64)[ridges.ridge]
    place = np.arange(len(length)) - ridges.start[ridges.ridge]
    first = np.flatnonzero((place >= ENDS * length) & (place + step <= (1 - ENDS) * length))
    ridge = ridges.ridge[first]
    noise = 2 / np.sqrt(np.pi) * sigma  # mean of |a - b| of noise alone
    along = np.abs(pixels[first + step[first]] - pixels[first]).mean(axis=1) - noise
    down = np.abs(np.diff(pixels[first], axis=1)).mean(axis=1) - noise
    count = len(ridges)
    total = np.bincount(ridge, down, minlength=count)
    share = np.bincount(ridge, along, minlength=count) / np.where(total > 0, total, 1)
    return np.where(total > 0, share, 0.0)


def in_company(ridges: Ridges, letter: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of short ridges stand among letters that lie above each other."""
    middle = (ridges.start[:-1] + ridges.start[1:]) // 2
    x, y = ridges.x[middle].astype(np.float64), ridges.y[middle]
    above = np.abs(x[:, None] - x) < ridges.length[:, None]
    apart = np.where(above, np.abs(y[:, None] - y) / ridges.length[:, None], np.inf)
    np.fill_diagonal(apart, np.inf)
    written = letter & (((apart < NEAR) & letter).sum(axis=1) >= COMPANY)
    return np.asarray(written | (((apart < WITHIN) & written).sum(axis=1) >= COMPANY))


def restlessness(ridges: Ridges) -> NDArray[np.float64]:
    """Return how much the profile goes up and down along a ridge, beyond once, per height."""
    change = changes(ridges.profile)
    first, last = ridges.start[:-1], ridges.start[1:] - 1
    change[last] = 0
    highest = np.maximum.reduceat(ridges.profile, first)
    once = 2 * highest - ridges.profile[first] - ridges.profile[last]
    more = np.add.reduceat(change, first) - once
    return np.asarray(more / np.maximum(highest, 1e-9) / ridges.length * ridges.height)
