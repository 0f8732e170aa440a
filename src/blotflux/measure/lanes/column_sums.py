"""Sums of a picture down parts of single columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.measure.lanes.quick import clamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ColumnSums"]


class ColumnSums:
    """Running sums of a picture, from which any sum down a column costs four look-ups.

    Parameters
    ----------
    picture : ndarray of float32, shape (rows, columns)
    """

    def __init__(self, picture: NDArray[np.float32]) -> None:
        self.rows = picture.shape[0]
        self.table: NDArray[np.float64] = np.asarray(cv2.integral(picture, sdepth=cv2.CV_64F))

    def between(
        self, x: NDArray[np.int64], top: NDArray[np.float64], bottom: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the sums of columns `x` over the pixel rows nearest to ``[top, bottom)``.

        `top` and `bottom` may have leading axes, for several sums of each column.

        Parameters
        ----------
        x : ndarray of int
        top, bottom : ndarray
            0.0 is the upper edge of the first row.

        Returns
        -------
        total : ndarray
        pixels : ndarray of int
            How many rows were summed, at least 1.
        """
        first = clamp(np.rint(top), 0, self.rows - 1).astype(np.int64)
        last = clamp(np.rint(bottom), 1, self.rows).astype(np.int64)
        last = np.maximum(last, first + 1)
        table, columns = self.table.ravel(), self.table.shape[1]
        lower, upper = last * columns + x, first * columns + x
        total = (table[lower + 1] - table[lower]) - (table[upper + 1] - table[upper])
        return total, last - first
