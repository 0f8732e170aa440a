"""The study file's vocabulary: every key of ``study.toml``, with its type and its meaning."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

__all__ = [
    "NOBODY",
    "TOTAL_PROTEIN",
    "Detection",
    "ImageSpec",
    "LanesSection",
    "TargetSpec",
    "VolumesSection",
]

NOBODY = "-"
"""A row that nobody wants."""

TOTAL_PROTEIN = "total_protein"
"""The target that stands for the whole lane."""

Detection = Literal["ecl", "fluorescence", "film", "stain"]

Slot = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A part of the study file: cannot be changed and knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LanesSection(Section):
    """``[lanes]``: which file is the sheet."""

    file: str = Field(min_length=1, description="lanes.csv, .tsv or .xlsx beside the study.")


class VolumesSection(Section):
    """``[volumes]``: volumes measured by another program, in place of images."""

    file: str = Field(min_length=1, description="A table with membrane, lane, target, volume.")


class TargetSpec(Section):
    """One entry of ``targets``: a row from the top, or a protein that shows as several rows.

    ``"GAPDH"`` in the file is short for ``{ name = "GAPDH" }``.
    """

    name: str = Field(min_length=1, description="The target's name in all tables.")
    kda: float | None = Field(None, gt=0, le=1000, description="Apparent weight, kDa.")
    parts: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), description="Rows, from the top, whose sum is this target."
    )

    @model_validator(mode="after")
    def require_kda_or_parts(self) -> TargetSpec:
        """Refuse one weight for several rows."""
        if self.parts and self.kda is not None:
            message = "kda belongs to a single row; take it out where parts are named"
            raise ValueError(message)
        if len(self.parts) == 1:
            message = "parts names one row only; name at least two, or leave parts out"
            raise ValueError(message)
        return self

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows that this entry names, from the top."""
        return self.parts or (self.name,)

    @property
    def names(self) -> tuple[str, ...]:
        """The targets that this entry gives volumes of: the sum first, then its parts."""
        return () if self.name == NOBODY else (self.name, *self.parts)


class ImageSpec(Section):
    """One ``[[images]]`` entry."""

    file: str = Field(min_length=1, description="Relative to the study file, with '/'.")
    membrane: str = Field(min_length=1, description="Images of one membrane share lane numbers.")
    targets: tuple[TargetSpec, ...] = Field((), description="Rows from the top.")
    channel: int | None = Field(None, ge=0, description="From 0.")
    page: int | None = Field(None, ge=0, description="From 0.")
    polarity: Literal["auto", "dark_on_light", "light_on_dark"] = Field(
        "auto", description="Whether bands are darker or lighter than the membrane."
    )
    detection: Detection | None = Field(None, description="How the bands were made visible.")
    exposure_s: float | None = Field(None, gt=0, description="Exposure, seconds.")
    use: bool | None = Field(
        None, description="true: analyze this exposure of its targets; false: never."
    )
    ladder: str | None = Field(None, min_length=1, description="Product loaded as ladder.")
    gel: str | None = Field(None, min_length=1, description="Gel and buffer, as 'MES'.")
    ladder_image: str | None = Field(
        None, min_length=1, description="Picture of the same membrane that shows the ladder."
    )
    region: tuple[int, int, int, int] | None = Field(
        None, description="Left, top, width, height in pixels of the file."
    )
    lanes: Slot | tuple[Slot, ...] | None = Field(
        None, description="How many slots are shown, from the first; or which."
    )
    flip: Literal["horizontal", "vertical"] | None = Field(None, description="After turn.")
    turn: Literal[0, 90, 180, 270] = Field(0, description="Degrees clockwise.")
    probe: int | None = Field(None, ge=1, description="Order of probing.")
    strip_control_of: str | None = Field(
        None, min_length=1, description="Taken after stripping, before reprobing, of this target."
    )
    no_linear_original: bool = Field(
        False, description="Only a JPEG, screenshot or scan exists: give p-values all the same."
    )

    @field_validator("targets")
    @classmethod
    def require_rows(cls, targets: tuple[TargetSpec, ...]) -> tuple[TargetSpec, ...]:
        """Refuse targets that no picture can show."""
        names = [name for target in targets for name in target.names]
        if TOTAL_PROTEIN in names and len(targets) > 1:
            message = (
                f'"{TOTAL_PROTEIN}" is the whole lane and must be the only target of its picture'
            )
            raise ValueError(message)
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            message = f"targets names '{twice}' twice; each row has a name of its own"
            raise ValueError(message)
        return targets

    @field_validator("region")
    @classmethod
    def require_region(
        cls, region: tuple[int, int, int, int] | None
    ) -> tuple[int, int, int, int] | None:
        """Refuse a region that holds no pixels."""
        if region is not None and (min(region[:2]) < 0 or min(region[2:]) < 1):
            message = (
                f"region = {list(region)}: must be [left, top, width, height] with left and top "
                "from 0, width and height from 1"
            )
            raise ValueError(message)
        return region

    @field_validator("lanes")
    @classmethod
    def require_rising(cls, lanes: int | tuple[int, ...] | None) -> int | tuple[int, ...] | None:
        """Refuse slot numbers that do not rise from left to right."""
        if isinstance(lanes, tuple) and not (lanes and all(a < b for a, b in pairwise(lanes))):
            message = (
                f"lanes = {list(lanes)}: must be slot numbers that rise from left to right; "
                "use flip for a mirrored picture"
            )
            raise ValueError(message)
        return lanes

    @model_validator(mode="after")
    def require_targets(self) -> ImageSpec:
        """Refuse a picture of nothing."""
        if not self.targets and self.strip_control_of is None:
            message = (
                'targets is empty; name the rows from the top ("-" for a row that nobody wants)'
            )
            raise ValueError(message)
        return self

    @property
    def is_total_protein(self) -> bool:
        """Whether the whole lane is the target."""
        return any(target.name == TOTAL_PROTEIN for target in self.targets)

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the rows from the top; ``"-"`` where nobody wants one."""
        return tuple(row for target in self.targets for row in target.rows)

    @property
    def target_names(self) -> tuple[str, ...]:
        """Every target that this picture gives volumes of, sums and parts."""
        return tuple(name for target in self.targets for name in target.names)

    def slots(self, highest: int) -> tuple[int, ...]:
        """Return the slots that the picture shows, of a membrane with `highest` slots."""
        if self.lanes is None:
            return tuple(range(1, highest + 1))
        if isinstance(self.lanes, int):
            return tuple(range(1, self.lanes + 1))
        return self.lanes
