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
    basis_rows : ndarray, shape (Z, C, N)
        The same, one spline in each row.
    penalty : ndarray, shape (Z, C, C)
        On second differences.
    data : ndarray, shape (Z,)
        How many values bear on one coefficient.
    rank : ndarray, shape (Z,)
        Of the penalty, at least 1.
    """

    basis: NDArray[np.float64]
    basis_rows: NDArray[np.float64]
    penalty: NDArray[np.float64]
    data: NDArray[np.float64]
    rank: NDArray[np.intp]


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
    return padded_splines(
        tuple((n, pieces_of(n, sigma)) for n, sigma in zip(lengths, sigmas, strict=True))
    )


@lru_cache(maxsize=64)
def padded_splines(forms: tuple[tuple[int, int], ...]) -> Splines:
    """Return the splines of zones, each of a length and a number of pieces."""
    bases = [one_basis(n, pieces) for n, pieces in forms]
    used = np.array([basis.shape[1] for basis, _ in bases])
    padded = np.zeros((len(bases), max(n for n, _ in forms), max(used)))
    penalty = np.zeros((len(bases), max(used), max(used)))
    for z, (basis, rough) in enumerate(bases):
        padded[z, : len(basis), : basis.shape[1]] = basis
        penalty[z, : len(rough), : len(rough)] = rough
    arrays = (padded, np.ascontiguousarray(padded.swapaxes(1, 2)), penalty)
    for array in arrays:
        array.setflags(write=False)
    return Splines(
        basis=arrays[0],
        basis_rows=arrays[1],
        penalty=penalty,
        data=(padded**2).sum(axis=(1, 2)) / used,
        rank=np.maximum(used - 2, 1),
    )


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
    inverse : ndarray, shape (Z, L, C, C)
        Of the coefficients' normal equations.
    """

    splines: Splines
    weight: NDArray[np.float64]
    stiff: NDArray[np.float64]
    smooth: NDArray[np.float64]
    inverse: NDArray[np.float64]

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
        smooth = (STIFFNESS * stiff * splines.data)[:, None, None] * splines.penalty
        basis = splines.basis[:, None]
        normal = splines.basis_rows[:, None] @ (weight[..., None] * basis) + smooth[:, None]
        # Padding has no data at all, nor has what lies outside the picture.
        index = np.arange(basis.shape[-1])
        normal[..., index, index] += (LEAST_DATA * stiff)[:, None, None]
        return cls(
            splines=splines,
            weight=weight,
            stiff=stiff,
            smooth=smooth,
            inverse=np.asarray(np.linalg.inv(normal), np.float64),
        )

    def again(self, weight: NDArray[np.float64]) -> Background:
        """Return the same backgrounds for data of another weight."""
        return Background.under(weight, self.splines, self.stiff)

    def coefficients(self, left: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the coefficients for what the bands leave of the data, shape (Z, L, C)."""
        data = (self.weight * left) @ self.splines.basis
        return np.asarray((self.inverse @ data[..., None])[..., 0])

    def curve(self, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the backgrounds of coefficients, shape (Z, L, N)."""
        return np.asarray(coefficients @ self.splines.basis_rows)

    def unexplained(self, left: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the backgrounds leave of what the bands leave, shape (Z, L, N)."""
        return np.asarray(left - self.curve(self.coefficients(left)))

    def misfit(self, residual: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the chi-square of what `unexplained` returned, shape (Z, L)."""
        return np.asarray((self.weight * residual * residual).sum(axis=2))

    def eliminate(
        self, design: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the normal equations of the bands, the backgrounds eliminated.

        Parameters
        ----------
        design : ndarray, shape (Z, L, p, N)
            Derivatives of the bands.

        Returns
        -------
        normal : ndarray, shape (Z, L, p, p)
            J'WJ of what the backgrounds cannot explain of the derivatives.
        bends : ndarray, shape (Z, L, p, C)
            By how much the coefficients rise with each parameter.
        """
        weighted = design * self.weight[:, :, None]
        shared = weighted @ self.splines.basis[:, None]
        bends = shared @ self.inverse
        normal = weighted @ design.swapaxes(2, 3)
        normal -= bends @ shared.swapaxes(2, 3)
        return normal, bends
