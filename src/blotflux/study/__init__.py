"""A study: its file, its sheet, its pictures, its corrections, and how it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blotflux.study.model import Failure, MeasuredImage, Study, StudyRun
from blotflux.study.reading import UnreadableImage, check_study, read_study
from blotflux.study.schema import ImageSpec, TargetSpec

if TYPE_CHECKING:
    from blotflux.study.run import run_study as run_study

__all__ = [
    "Failure",
    "ImageSpec",
    "MeasuredImage",
    "Study",
    "StudyRun",
    "TargetSpec",
    "UnreadableImage",
    "check_study",
    "read_study",
    "run_study",
]


def __getattr__(name: str) -> Any:
    """Load what measures only when it is asked for: checking a study stays quick."""
    if name == "run_study":
        from blotflux.study.run import run_study

        return run_study
    message = f"module '{__name__}' has no attribute '{name}'"
    raise AttributeError(message)
