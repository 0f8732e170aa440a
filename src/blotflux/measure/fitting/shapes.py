"""The shape of a band along the migration: a Gauss-Hermite series of unit area.

With u = (y - position) / sigma and He_k the probabilists' Hermite polynomials::

    g(y) = exp(-u**2 / 2) / (sigma * sqrt(2 pi)) * (1 + sum_k c_k He_k(u) / sqrt(k!)),  k = 3..ORDER

He_1 and He_2 are left out because they are the derivatives with respect to position and width.
The terms with k >= 1 integrate to 0, so the area is 1 whatever the c_k: skew (c_3), flat tops or
long tails (c_4) and finer detail change a band's shape, never its volume's meaning (van der Marel
& Franx 1993, doi:10.1086/172534, used the series for spectral lines).

A band by itself shows the first few terms. All bands of a row together show more of what they
have in common: where a tail ends, which decides how much of the light between two bands is whose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FEW_TERMS", "HERMITE", "NORM", "ORDER", "SHAPE_TERMS", "per_term", "power_terms"]

ORDER = 12
SHAPE_TERMS = ORDER - 2  # of rows that lanes share
FEW_TERMS = 4  # of first fits, and of lanes by themselves
NORM = np.sqrt(np.cumprod(np.arange(1, ORDER + 3)).astype(np.float64))  # sqrt(k!), k = 1..


def power_terms(
    y: NDArray[np.float64],
    position: NDArray[np.float64],
    sigma: NDArray[np.float64],
    *,
    order: int = ORDER,
) -> NDArray[np.float64]:
    """Return G(u)/sigma * u**k for k = 0..order+2, shape (*position.shape, order + 3, len(y)).

    `HERMITE` times these is G(u)/sigma * He_k(u).

    Parameters
    ----------
    y : ndarray, shape (n,)
        Where, px.
    position, sigma : ndarray, any common shape
        Center and width of each band, px.
    order : int
    """
    u = (y - position[..., None]) / sigma[..., None]
    count = order + 3
    terms = np.empty((*position.shape, count, len(y)))
    np.exp(-0.5 * u * u, out=terms[..., 0, :])
    terms[..., 0, :] *= (1 / (np.sqrt(2 * np.pi) * sigma))[..., None]
    done = 1
    while done < count:  # u**k as u**(k - done) * u**done: a few long steps
        more = min(2 * done, count)
        np.multiply(terms[..., : more - done, :], u[..., None, :], out=terms[..., done:more, :])
        done, u = more, u * u
    return terms


def per_term(width: float, few: float, more: float) -> NDArray[np.float64]:
    """Return one value for the log width, each of the first shape terms, and each of the rest."""
    return np.array([width] + [few] * FEW_TERMS + [more] * (SHAPE_TERMS - FEW_TERMS))


def hermite_coefficients() -> NDArray[np.float64]:
    """Return the coefficients of He_k, one in each row, by He_k = u He_(k-1) - (k-1) He_(k-2)."""
    table = np.zeros((ORDER + 3, ORDER + 3))
    table[0, 0] = table[1, 1] = 1.0
    for k in range(2, ORDER + 3):
        table[k, 1:] = table[k - 1, :-1]
        table[k] -= (k - 1) * table[k - 2]
    table.setflags(write=False)
    return table


HERMITE = hermite_coefficients()
