"""What is to be measured in a study, and what is known of it before anyone looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.errors import StudyError
from blotflux.study.correcting import load_plane
from blotflux.study.measuring import Job
from blotflux.study.slots import hints_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blotflux.errors import Mistake
    from blotflux.study.correcting import CorrectedPlane
    from blotflux.study.measuring import Quantifier
    from blotflux.study.model import Study
    from blotflux.study.schema import ImageSpec

__all__ = ["load_planes", "make_jobs"]


def make_jobs(
    study: Study, planes: Sequence[CorrectedPlane | None], quantifier: Quantifier | None = None
) -> tuple[Job, ...]:
    """Return a job for each picture of a study.

    Parameters
    ----------
    study : Study
    planes : sequence of CorrectedPlane or None
        What a person set on each picture.
    quantifier : callable, optional
        As in `run_study`.
    """
    return tuple(
        Job(
            directory=study.directory,
            spec=spec,
            hints=hints_for(spec, study.lanes_of(spec.membrane)),
            parameters=study.parameters,
            quantifier=quantifier or _default_quantifier(),
            corrected=plane,
        )
        for spec, plane in zip(_with_strip_targets(study), planes, strict=True)
    )


def _default_quantifier() -> Quantifier:
    """Return what measures pictures; loaded only where something is measured."""
    from blotflux.study.quantify import quantify_fully

    return quantify_fully


def _with_strip_targets(study: Study) -> Iterator[ImageSpec]:
    """Yield the pictures; a strip control shows the rows of the picture that it controls."""
    for spec in study.images:
        if spec.strip_control_of is None or spec.targets:
            yield spec
            continue
        source = next(
            other
            for other in sorted(study.images, key=lambda other: other.membrane != spec.membrane)
            if other.strip_control_of is None and spec.strip_control_of in other.target_names
        )
        yield spec.model_copy(update={"targets": source.targets})


def load_planes(study: Study) -> tuple[CorrectedPlane | None, ...]:
    """Return what was corrected by hand on each picture of a study.

    Raises
    ------
    StudyError
        With everything that cannot be taken.
    """
    planes: list[CorrectedPlane | None] = []
    mistakes: dict[Mistake, None] = {}
    for spec in study.images:
        try:
            plane = load_plane(
                study.directory,
                spec.file,
                channel=spec.channel,
                page=spec.page,
                region=spec.region,
                study_folder=study.directory,
            )
        except StudyError as error:
            mistakes |= dict.fromkeys(error.mistakes)
            continue
        planes.append(plane)
    if mistakes:
        raise StudyError(mistakes)
    return tuple(planes)
