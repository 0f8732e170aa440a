"""The picture of the background under the bands, painted when somebody looks at it.

No number of a table is read from it, and painting the lanes that a person touched would take a good
part of the time of an edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from blotflux.measure.correcting.tabulate import MeasuredLane

__all__ = ["Painted"]


class Painted:
    """A picture that serves as an array, and becomes one when it is first looked at.

    Parameters
    ----------
    base : ndarray of float32, shape (rows, columns)
        What lies under the lanes that nobody touched; it is not changed.
    lanes : sequence of MeasuredLane
        What was fitted again, painted over it in this order.
    """

    def __init__(self, base: NDArray[np.float32], lanes: Sequence[MeasuredLane]) -> None:
        self._base = base
        self._lanes = tuple(lanes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self._base.shape

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Of the values."""
        return self._base.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the painted picture."""
        lanes = self._lanes
        if lanes:
            painted = self._base.copy()
            for lane in lanes:
                _paint(painted, lane)
            # The picture before the lanes: who comes between the two paints the same once more.
            self._base = painted
            self._lanes = ()
        return np.array(self._base, dtype=dtype, copy=copy)

    def __getitem__(self, place: Any) -> Any:
        """Return some pixels."""
        return np.asarray(self)[place]

    def __getattr__(self, name: str) -> Any:
        """Return what only an array has."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(np.asarray(self), name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Be an array in another process."""
        return np.asarray, (np.asarray(self),)


def _paint(background: NDArray[np.float32], own: MeasuredLane) -> None:
    """Paint the background of a lane where it was fitted again."""
    profiles = own.profiles
    left, right = int(profiles.left_px[0]), int(profiles.right_px[0]) + 1
    level = (own.fitted.background / float(profiles.width_px[0])).astype(np.float32)[:, None]
    for first, end in own.fitted.spans:
        center = profiles.center_px[0, first:end]
        # A track runs straight down for many rows: each such stretch is one rectangle.
        turns = first + 1 + np.flatnonzero(np.diff(center))
        for start, stop in zip([first, *turns], [*turns, end], strict=True):
            x = int(profiles.center_px[0, start])
            columns = slice(max(0, x - left), max(0, x + right))
            background[profiles.top + start : profiles.top + stop, columns] = level[start:stop]
