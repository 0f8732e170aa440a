"""The background of zones: cubic splines, solved for along with the bands.

A spline's coefficients enter the model linearly, so they need no place among the parameters that
are iterated: for any bands the best coefficients are known, and what of the data they cannot
explain is what the bands are fitted to (variable projection, Golub & Pereyra 1973,
doi:10.1137/0710036). The result is that of fitting all at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Background", "Splines", "pieces_of", "splines_for"]

SPACING_SIGMAS = 4.0  # distance of the knots
LEAST_SPACING_PX = 12.0
STIFFNESS = 0.03
LEAST_DATA = 1e-6  # of one value's weight, for coefficients without any data


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Splines:
    """The splines of Z zones, padded with zeros to N places and C coefficients.

    Attributes
    ----------
    basis : ndarray, shape (Z, N, C)
    penalty : ndarray, shape (Z, C, C)
        On second differences.
    """

    basis: NDArray[np.float64]
    penalty: NDArray[np.float64]


@lru_cache(maxsize=64)
def one_basis(n: int, pieces: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return cubic B-splines over 0..n-1 and the penalty on their second differences."""
    inner = np.linspace(-0.5, n - 0.5, pieces + 1)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    basis = BSpline.design_matrix(np.arange(n, dtype=float), knots, 3).toarray()
    difference = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    penalty = difference.T @ difference
    basis.setflags(write=False)
    penalty.setflags(write=False)
    return basis, penalty


def pieces_of(n: int, sigma: float) -> int:
    """Return into how many pieces the background of a zone of n places is divided."""
    return max(1, round(n / max(LEAST_SPACING_PX, SPACING_SIGMAS * sigma)))


def splines_for(lengths: Sequence[int], sigmas: Sequence[float]) -> Splines:
    """Return the splines of zones of some lengths, whose bands have typical widths `sigmas`, px."""
    bases = [one_basis(n, pieces_of(n, sigma)) for n, sigma in zip(lengths, sigmas, strict=True)]
    most = max(basis.shape[1] for basis, _ in bases)
    padded = np.zeros((len(bases), max(lengths), most))
    penalty = np.zeros((len(bases), most, most))
    for z, (basis, rough) in enumerate(bases):
        padded[z, : len(basis), : basis.shape[1]] = basis
        penalty[z, : len(rough), : len(rough)] = rough
    return Splines(basis=padded, penalty=penalty)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """The backgrounds of Z zones in L lanes under given weights, ready to be eliminated.

    Attributes
    ----------
    splines : Splines
    weight : ndarray, shape (Z, L, N)
    stiff : ndarray, shape (Z,)
        The largest weight of each zone before any was lowered.
    smooth : ndarray, shape (Z, C, C)
        The penalty at its weight.
    solved : ndarray, shape (Z, L, C, N)
        What turns data into coefficients.
    """

    splines: Splines
    weight: NDArray[np.float64]
    stiff: NDArray[np.float64]
    smooth: NDArray[np.float64]
    solved: NDArray[np.float64]

    @classmethod
    def under(
        cls, weight: NDArray[np.float64], splines: Splines, stiff: NDArray[np.float64]
    ) -> Background:
        """Return the backgrounds for data of some weight.

        Parameters
        ----------
        weight : ndarray, shape (Z, L, N)
        splines : Splines
        stiff : ndarray, shape (Z,)
            As in the attributes.

        Notes
        -----
        The roughness penalty is 3 % of the data that bear on one coefficient: enough to carry the
        background under a band, too little to flatten haze. Choosing it by marginal likelihood
        (Fellner-Schall) makes it a hundred times stiffer where most lanes are flat, and the few
        that are not then bend their bands instead.
        """
        basis = splines.basis
        used = np.maximum((splines.penalty != 0).any(axis=2).sum(axis=1), 1)
        data = (basis**2).sum(axis=(1, 2)) / used
        smooth = (STIFFNESS * stiff * data)[:, None, None] * splines.penalty
        weighted = basis.transpose(0, 2, 1)[:, None] * weight[:, :, None, :]
        normal = weighted @ basis[:, None] + smooth[:, None]
        # Padding has no data at all, nor has what lies outside the picture.
        index = np.arange(basis.shape[2])
        normal[..., index, index] += (LEAST_DATA * stiff)[:, None, None]
        solved = np.asarray(np.linalg.inv(normal) @ weighted, np.float64)
        return cls(splines=splines, weight=weight, stiff=stiff, smooth=smooth, solved=solved)

    @property
    def basis_rows(self) -> NDArray[np.float64]:
        """The splines, one in each row: shape (Z, 1, C, N)."""
        return self.splines.basis.swapaxes(1, 2)[:, None]

    def coefficients(self, left: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the coefficients for what the bands leave of the data, shape (Z, L, C)."""
        return np.asarray((self.solved @ left[..., None])[..., 0])

    def curve(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the backgrounds of coefficients, shape (Z, L, N)."""
        return np.asarray(coefficients @ self.splines.basis.transpose(0, 2, 1))

    def unexplained(self, left: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the backgrounds leave of what the bands leave, shape (Z, L, N)."""
        return np.asarray(left - self.curve(self.coefficients(left)))

    def misfit(self, left: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the chi-square of what they leave, shape (Z, L)."""
        return np.asarray((self.weight * self.unexplained(left) ** 2).sum(axis=2))
