"""The exceptions of blotflux.

::

    BlotError
    ├── ImageReadError       a file is not an image that can be measured
    ├── RecipeError          a parameter is unknown or out of range
    ├── StudyError           study.toml, the sheet or the volumes have mistakes (all of them listed)
    ├── LaneError            lanes in the picture and lanes in the sheet disagree
    ├── BandError            a band cannot be measured or named
    ├── NormalizationError   volumes cannot be put on one scale
    └── OutputError          a result cannot be written, or would replace something

Every message is one line: what, where, what was allowed, what to do.
Programmer mistakes stay ``TypeError`` and ``ValueError``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BandError",
    "BlotError",
    "ImageReadError",
    "LaneError",
    "Mistake",
    "NormalizationError",
    "OutputError",
    "RecipeError",
    "StudyError",
]


class BlotError(Exception):
    """Base of every error that a user can cause and mend."""


class ImageReadError(BlotError):
    """A file cannot be read as a blot."""


class RecipeError(BlotError):
    """A parameter is unknown or outside its range."""


class LaneError(BlotError):
    """Lanes in a picture and lanes in a sheet disagree."""


class BandError(BlotError):
    """A band cannot be measured or named."""


class NormalizationError(BlotError):
    """Volumes cannot be normalized as asked."""


class OutputError(BlotError):
    """A result cannot be written where it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake in what the user wrote.

    Attributes
    ----------
    where : str
        File and line or cell, as ``study.toml:12`` or ``lanes.csv!C5``.
    message : str
        What is wrong, what was allowed, what to do; one line.
    """

    where: str
    message: str

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        # Names from files may hold line breaks of any kind; a mistake stays one line in a list.
        return " ".join(text.splitlines())


class StudyError(BlotError):
    """A study has mistakes; all of them are in `mistakes`."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
