"""The gels of the sample studies: where a weight runs, what the ladder shows, how lanes lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole
from blotflux.synthetic.scene import (
    Background,
    Camera,
    ExtraBand,
    Geometry,
    Irregularity,
    LaneSpec,
    RowSpec,
    Scene,
)
from blotflux.synthetic.shapes import AcrossLane, Peak

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.blot import Polarity

__all__ = [
    "AKT_ERK_GEL",
    "LADDER_GEL",
    "LADDER_NAME",
    "LC3_GEL",
    "Gel",
    "Look",
    "Slot",
    "height_volume",
    "membrane_scene",
]

LADDER_NAME = "PageRuler Plus 26619"
LADDER_GEL = "Tris-glycine"
# Relative heights as the prestained ladder shows: 70, 25 and 10 kDa are its reference bands.
LADDER_HEIGHTS = {250: 0.5, 130: 0.6, 100: 0.55, 70: 1.0, 55: 0.6, 35: 0.6, 25: 0.95, 15: 0.5}
LEFT_PX, PITCH_PX, WIDTH_PX = 58.0, 64.0, 48.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gel:
    """How far weights run in a gel.

    Attributes
    ----------
    kda, rf : tuple of float
        Weights, falling, and their mobility over the front's.
    top_px, length_px : float
        Where mobility 0 lies in the picture, and how far the front is below it.
    rows_px : int
        Height of the picture.
    """

    kda: tuple[float, ...]
    rf: tuple[float, ...]
    top_px: float
    length_px: float
    rows_px: int

    def y_of(self, kda: float) -> float:
        """Return where a weight runs, px from the top; straight in log(kDa) between the knots."""
        rf = np.interp(-np.log(kda), -np.log(self.kda), self.rf)
        return self.top_px + self.length_px * float(rf)


# 15 % Tris-glycine: small proteins are spread out. The front is below the 10 kDa band.
LC3_GEL = Gel(
    kda=(250, 130, 100, 70, 55, 35, 25, 15, 10),
    rf=(0.060, 0.155, 0.205, 0.290, 0.360, 0.515, 0.640, 0.815, 0.930),
    top_px=24.0,
    length_px=460.0,
    rows_px=500,
)
# 4-15 % Tris-glycine, run until 10 kDa had left it, and long: 44 and 42 kDa lie 16 px apart. Eight
# bands of the ladder are in the picture, enough to be read in one way only.
AKT_ERK_GEL = Gel(
    kda=(250, 130, 100, 70, 55, 35, 25, 15),
    rf=(0.055, 0.150, 0.205, 0.300, 0.380, 0.560, 0.695, 0.865),
    top_px=24.0,
    length_px=840.0,
    rows_px=850,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One slot of a gel: which lysate, how much of it, and what of each species it brought.

    Attributes
    ----------
    sample : str
        Empty for the ladder.
    loading : float
        Relative to the nominal load.
    amounts : mapping of species to float
    """

    sample: str
    loading: float = 1.0
    amounts: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one picture of a membrane was taken.

    Attributes
    ----------
    polarity : Polarity
    turn_degrees, shift_x_px, shift_y_px : float
        How the membrane lay in the imager, over `Geometry` of the gel itself.
    ladder : float
        Height of the ladder's strongest band, counts.
    """

    polarity: Polarity
    turn_degrees: float = 0.0
    shift_x_px: float = 0.0
    shift_y_px: float = 0.0
    ladder: float = 5000.0


def height_volume(height: float, peak: Peak) -> float:
    """Return the volume of a band `height` counts high in a lane of the sample gels."""
    return height * WIDTH_PX * peak.deviation_px * float(np.sqrt(2 * np.pi))


def ladder_lane(gel: Gel, look: Look) -> LaneSpec:
    """Return the first lane: the prestained ladder, as it shines through."""
    peak = Peak(sigma_px=2.8, form="skewed", strength=0.4)
    bands = tuple(
        ExtraBand(
            y_px=gel.y_of(kda) + look.shift_y_px,
            volume=height_volume(look.ladder * LADDER_HEIGHTS.get(int(kda), 0.8), peak),
            peak=peak,
        )
        for kda in gel.kda
    )
    return LaneSpec(
        x_px=LEFT_PX + look.shift_x_px,
        width_px=WIDTH_PX * 0.92,
        role=LaneRole.LADDER,
        extra=bands,
        across=AcrossLane(form="soft_box", softness=0.08, rim=-0.15),
        sample="ladder",
    )


def membrane_scene(
    gel: Gel,
    slots: Sequence[Slot],
    rows: Sequence[RowSpec],
    look: Look,
    *,
    geometry: Geometry,
    uneven_px: Sequence[float] = (),
) -> Scene:
    """Return the scene of one picture of a membrane: the ladder, then `slots` from the left.

    `uneven_px` moves the lanes of the slots sideways, one number each.
    """
    lanes = [ladder_lane(gel, look)]
    sideways = uneven_px or [0.0] * len(slots)
    for index, (slot, aside) in enumerate(zip(slots, sideways, strict=True), start=1):
        lanes.append(
            LaneSpec(
                x_px=LEFT_PX + PITCH_PX * index + look.shift_x_px + aside,
                width_px=WIDTH_PX,
                loading=slot.loading,
                amounts=slot.amounts,
                across=AcrossLane(form="soft_box", softness=0.07, rim=0.12),
                sample=slot.sample,
            )
        )
    return Scene(
        rows_px=gel.rows_px,
        columns_px=round(2 * LEFT_PX + PITCH_PX * len(slots)),
        lanes=tuple(lanes),
        rows=tuple(
            RowSpec(
                name=row.name,
                y_px=row.y_px + look.shift_y_px,
                volume=row.volume,
                peak=row.peak,
                curvature_px=row.curvature_px,
            )
            for row in rows
        ),
        geometry=Geometry(
            tilt_degrees=geometry.tilt_degrees + look.turn_degrees,
            smile_px=geometry.smile_px,
            bend_px=geometry.bend_px,
            wave_px=geometry.wave_px,
        ),
        irregularity=Irregularity(
            y_px=0.5,
            sigma_fraction=0.03,
            width_fraction=0.02,
            curvature_px=0.4,
            unevenness=0.06,
            slope=0.06,
        ),
        background=Background(level=700, gradient=260, haze=220, haze_scale_px=130, lane_haze=160),
        detector=Camera(ceiling=65535, offset=380, read_noise=22, gain=3.0, blur_px=0.45),
        polarity=look.polarity,
    )
