"""The shape of a band along the migration: a Gauss-Hermite series of unit area.

With u = (y - position) / sigma and He_k the probabilists' Hermite polynomials::

    g(y) = exp(-u**2 / 2) / (sigma * sqrt(2 pi)) * (1 + sum_k c_k He_k(u) / sqrt(k!)),  k = 3..ORDER

He_1 and He_2 are left out because they are the derivatives with respect to position and width.
The terms with k >= 1 integrate to 0, so the area is 1 whatever the c_k: skew (c_3), flat tops or
long tails (c_4) and finer detail change a band's shape, never its volume's meaning (van der Marel
& Franx 1993, doi:10.1086/172534, used the series for spectral lines).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HERMITE", "ORDER", "SHAPE_TERMS", "power_terms"]

ORDER = 6
SHAPE_TERMS = ORDER - 2
REACH = 6.0  # beyond this many sigmas every term is 0 to 1e-6
NORM = np.sqrt(np.cumprod(np.arange(1, ORDER + 3)).astype(np.float64))  # sqrt(k!), k = 1..


def power_terms(
    y: NDArray[np.float64], position: NDArray[np.float64], sigma: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return G(u)/sigma * u**k for k = 0..ORDER+2, shape (*position.shape, ORDER + 3, len(y)).

    `HERMITE` times these is G(u)/sigma * He_k(u).

    Parameters
    ----------
    y : ndarray, shape (n,)
        Where, px.
    position, sigma : ndarray, any common shape
        Center and width of each band, px.
    """
    u = (y - position[..., None]) / sigma[..., None]
    terms = np.empty((*position.shape, ORDER + 3, len(y)))
    np.exp(-0.5 * u * u, out=terms[..., 0, :])
    terms[..., 0, :] *= (1 / (np.sqrt(2 * np.pi) * sigma))[..., None]
    for done in (1, 2, 4, 8):  # u**k as u**(k - done) * u**done: a few long steps
        more = min(2 * done, ORDER + 3)
        np.multiply(terms[..., : more - done, :], u[..., None, :], out=terms[..., done:more, :])
        u = u * u
    return terms


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
