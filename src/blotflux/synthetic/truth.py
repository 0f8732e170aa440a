"""What is known of a drawn blot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import Blot, ImageSource, LaneRole, Placement, Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from blotflux.synthetic.scene import Scene

__all__ = ["SyntheticBlot", "TrueBand", "TrueLane", "Truth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueLane:
    """One lane as drawn.

    Attributes
    ----------
    number : int
        From 1, from the left.
    track_y_px, track_x_px : tuple of float
        Knots of the center line.
    width_px : float
        Full width at half height.
    role : LaneRole
    empty : bool
        Whether the lane has no band at all.
    """

    number: int
    track_y_px: tuple[float, ...]
    track_x_px: tuple[float, ...]
    width_px: float
    role: LaneRole
    empty: bool

    def x_at(self, y_px: float | NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the center line's x at `y_px`."""
        return np.asarray(np.interp(y_px, self.track_y_px, self.track_x_px), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueBand:
    """One band as drawn, or one that is absent from its row.

    Attributes
    ----------
    lane : int
    row : int
        From 1 at the top; 0 for a band that belongs to no row (ladder, unspecific).
    name : str
        Species; empty if `row` is 0.
    x_px, y_px : float
        Where the lane's center line meets the band, and its centroid there.
    sigma_px : float
        Standard deviation along the migration.
    width_px : float
        Across the lane.
    volume : float
        Integral of this band alone without noise, counts·px; 0 if absent. For film in counts of
        the exposure, which the gray values are not proportional to.
    peak : float
        Highest value of this band alone, counts (gray values for film).
    peak_over_noise : float
        `peak` over the standard deviation of a background pixel.
    clipped_height : float
        Share of the band's height that lies above the detector's ceiling; 0: not saturated.
    present : bool
    """

    lane: int
    row: int
    name: str
    x_px: float
    y_px: float
    sigma_px: float
    width_px: float
    volume: float
    peak: float
    peak_over_noise: float
    clipped_height: float
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything that a drawn blot is scored against.

    Attributes
    ----------
    lanes : tuple of TrueLane
    bands : tuple of TrueBand
        One per sample lane and row, absent ones included, then those that belong to no row.
    rows : tuple of str
        Names of the rows from the top.
    noise_sigma : float
        Standard deviation of a pixel without band, in the file's units.
    offset : float
        Detector value without any signal, in units of the signal.
    """

    lanes: tuple[TrueLane, ...]
    bands: tuple[TrueBand, ...]
    rows: tuple[str, ...]
    noise_sigma: float
    offset: float

    def band(self, lane: int, row: int | str) -> TrueBand:
        """Return the band of a lane and a row (number or name)."""
        number = self.rows.index(row) + 1 if isinstance(row, str) else row
        for band in self.bands:
            if (band.lane, band.row) == (lane, number):
                return band
        message = f"lane {lane} has no entry in row {row!r}"
        raise KeyError(message)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticBlot:
    """A drawn picture and its truth.

    Attributes
    ----------
    image : ndarray of uint8 or uint16, shape (rows, columns), read-only
        As a file would hold it.
    polarity : Polarity
    ceiling : int
        The detector's largest value. A saturated pixel is `ceiling` if bands are light, 0 if they
        are dark.
    truth : Truth
    scene : Scene
    seed : int
    """

    image: NDArray[np.uint8] | NDArray[np.uint16]
    polarity: Polarity
    ceiling: int
    truth: Truth
    scene: Scene
    seed: int

    def __post_init__(self) -> None:
        self.image.setflags(write=False)

    @property
    def light_on_dark(self) -> bool:
        """Whether larger file values mean more protein."""
        return self.polarity is Polarity.LIGHT_ON_DARK

    def to_blot(self, name: str = "drawn") -> Blot:
        """Return the picture as a blot, the way a reader that knows the polarity would."""
        values = self.image.astype(np.float32)
        signal = values if self.light_on_dark else self.ceiling - values
        rows, columns = self.image.shape
        return Blot(
            signal=np.ascontiguousarray(signal, dtype=np.float32),
            saturated=signal >= self.ceiling,
            invalid=np.zeros(self.image.shape, bool),
            source=ImageSource(
                name=name,
                dtype=str(self.image.dtype),
                bit_depth=int(self.ceiling).bit_length(),
                photometric="min_is_black",
            ),
            placement=Placement(file_shape=(rows, columns), region=(0, 0, columns, rows)),
            polarity=self.polarity,
        )


def is_sample(role: LaneRole) -> bool:
    """Return whether a lane takes part in the rows."""
    return role is not LaneRole.LADDER
