"""Profiles with known bands, for the tests of the fit."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr
from scipy.stats import exponnorm

from blotflux.measure.fitting.rows import Row

RNG_SEED = 20


def gaussian(y, center, sigma):
    """A Gaussian of unit area, integrated over pixels."""
    return ndtr((y + 0.5 - center) / sigma) - ndtr((y - 0.5 - center) / sigma)


def skewed(y, center, sigma):
    """A Gaussian with an exponential tail of 0.7 sigma, unit area, centroid at `center`."""
    curve = exponnorm(0.7, loc=center - 0.7 * sigma, scale=sigma)
    return curve.cdf(y + 0.5) - curve.cdf(y - 0.5)


def flat(y, center, sigma):
    """A box of half width 1.3 sigma with Gaussian flanks, unit area."""
    top = ndtr((y - center) / sigma + 1.3) - ndtr((y - center) / sigma - 1.3)
    return top / top.sum()


def heavy(y, center, sigma):
    """Four fifths of a Gaussian and a fifth of one twice as wide."""
    return 0.8 * gaussian(y, center, sigma) + 0.2 * gaussian(y, center, 2 * sigma)


def draw_profiles(volumes, centers, sigmas, *, shape=gaussian, n=160, noise=20.0, seed=RNG_SEED):
    """Return profiles (lanes, n) of bands on a sloping background, and the variance of a value."""
    rng = np.random.default_rng(seed)
    y = np.arange(n)
    value = 500 + 2.0 * y + 60 * np.sin(y / 60) + rng.normal(0, noise, (len(volumes), n))
    for lane, row in np.ndindex(volumes.shape):
        value[lane] += volumes[lane, row] * shape(y, centers[row], sigmas[row])
    return value, np.full(value.shape, noise**2)


def rows_at(centers, sigmas, lanes):
    """Return rows that are seen in every lane, a pixel off their true place."""
    return tuple(
        Row(
            y=np.full(lanes, center + 1.0),
            sigma=1.2 * sigma,
            seen=np.ones(lanes, bool),
            score=100.0,
        )
        for center, sigma in zip(centers, sigmas, strict=True)
    )
