"""The recipe: every tunable number, with its default, unit, range and reason.

One definition serves the study file's ``[parameters]``, the plugin's form, ``run.json`` and the
methods paragraph of the report.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Background",
    "JointBackground",
    "LaneMinimaBackground",
    "LocalBorderBackground",
    "Parameters",
    "RollingBallBackground",
]


class Frozen(BaseModel):
    """A pydantic model that cannot be changed and knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class JointBackground(Frozen):
    """Background estimated together with the bands (the default)."""

    method: Literal["joint"] = "joint"


class LocalBorderBackground(Frozen):
    """Median of a frame around the band's box, neighbors excluded."""

    method: Literal["local_border"] = "local_border"
    width_px: int = Field(3, ge=1, le=50, description="Width of the frame, px.")


class LaneMinimaBackground(Frozen):
    """Straight line through the profile's minima on both sides of the band."""

    method: Literal["lane_minima"] = "lane_minima"


class RollingBallBackground(Frozen):
    """Rolling ball over the whole picture."""

    method: Literal["rolling_ball"] = "rolling_ball"
    radius_heights: float = Field(
        2.0, ge=1, le=20, description="Radius in heights of the tallest band; at least 1."
    )


Background = Annotated[
    JointBackground | LocalBorderBackground | LaneMinimaBackground | RollingBallBackground,
    Field(discriminator="method"),
]


class Parameters(Frozen):
    """Every tunable number of a run."""

    # measuring
    background: Background = Field(
        default_factory=JointBackground, description="How the background is estimated."
    )
    detection_snr: float = Field(
        3.0,
        ge=2,
        le=50,
        description="A band is called detected above this many of its own standard errors; above a "
        "third of it where its lane shows a peak of its own.",
    )
    lane_confidence_low: float = Field(
        0.5, ge=0, le=1, description="Lanes below this confidence are flagged LOW_CONFIDENCE."
    )
    # inference (project defaults unless a source is given in the docs)
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Two-sided error level of every interval.")
    equivalence_margin: float = Field(
        1.5, gt=1, le=10, description="Fold change within which two conditions count as equal."
    )
    block_margin: float = Field(
        0.25, gt=0, lt=1, description="Clearance ratio below which a late block counts as complete."
    )
    loading_margin: float = Field(
        1.25, gt=1, le=5, description="Equivalence margin of the loading control's stability test."
    )
    monte_carlo_draws: int = Field(
        200_000, ge=1_000, le=5_000_000, description="Draws of the fiducial Monte-Carlo."
    )
    seed: int = Field(12345, ge=0, description="Seed of every Monte-Carlo.")
