"""Pictures without a study: found, measured, side by side."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.errors import BlotError, LaneError, Mistake, RecipeError, StudyError
from blotflux.integrity import find_copies, screen, with_copies
from blotflux.output import sha256_of
from blotflux.study.measuring import prepare_process
from blotflux.study.provenance import describe_blot, describe_parameters, versions
from blotflux.study.quantify_file import (
    QuantifiedImage,
    QuantifyOptions,
    Task,
    quantify_file,
    quantify_fully,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blotflux.findings import Finding
    from blotflux.measure.result import Measurement

    Progress = Callable[[int, int, str], None]
    Quantifier = Callable[..., Measurement]

__all__ = ["QuantifiedImage", "QuantifyOptions", "QuantifyRun", "quantify_fully", "quantify_images"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantifyRun:
    """What came of some pictures.

    Attributes
    ----------
    images : tuple of QuantifiedImage
        In the order given, by page and channel within a file.
    failures : mapping of str to str
        Pictures that could not be read or measured, and why.
    provenance, timings : mapping
        As in `blotflux.study.StudyRun`.
    """

    images: tuple[QuantifiedImage, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)


def quantify_images(
    paths: Sequence[Path | str],
    options: QuantifyOptions | None = None,
    *,
    progress: Progress | None = None,
    ignore_corrections: bool = False,
    quantifier: Quantifier = quantify_fully,
) -> QuantifyRun:
    """Return every picture measured, without a study.

    Parameters
    ----------
    paths : sequence of Path or str
        Each is named in the tables as it is given, with ``/``.
    options : QuantifyOptions, optional
    progress : callable, optional
        Called with (done, total, name) after each file.
    ignore_corrections : bool
        Whether corrections made by hand are left out.
    quantifier : callable
        ``quantify(blot, parameters, *, hints)``, and ``lanes`` where a person set them.

    Raises
    ------
    StudyError
        If a file is not there, or a picture contradicts the options: nothing is to be written.
    """
    options = options or QuantifyOptions()
    started = time.perf_counter()
    _require_files(paths)
    prepare_process()
    images: list[QuantifiedImage] = []
    failures: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for done, path in enumerate(paths, start=1):
        name = _name(path)
        try:
            task = Task(
                path=Path(path),
                name=name,
                options=options,
                quantifier=quantifier,
                ignore_corrections=ignore_corrections,
            )
            images += [_screened(image) for image in quantify_file(task)]
        except StudyError as error:
            mistakes += error.mistakes
        except (LaneError, RecipeError) as error:
            mistakes.append(Mistake(where=name, message=_bare(error, name)))
        except (BlotError, MemoryError, OSError) as error:
            failures[name] = _bare(error, name)
        if progress is not None:
            progress(done, len(paths), name)
    if mistakes:
        raise StudyError(mistakes)
    return QuantifyRun(
        images=_screened_together(images),
        failures=failures,
        provenance=_describe(images, failures, options),
        timings={"total_s": time.perf_counter() - started},
    )


def _screened(image: QuantifiedImage) -> QuantifiedImage:
    """Return a picture with what the screening found on it."""
    measurement = screen(image.measurement)
    new = measurement.findings[len(image.measurement.findings) :]
    return replace(image, measurement=measurement, findings=(*image.findings, *new))


def _screened_together(images: Sequence[QuantifiedImage]) -> tuple[QuantifiedImage, ...]:
    """Return the pictures with what two of them share; the first of each two has the finding."""
    measurements = [image.measurement for image in images]
    copies = find_copies(measurements)
    found: dict[int, list[Finding]] = {}
    for copy in copies:
        found.setdefault(copy.places[0][0], []).append(copy.finding)
    return tuple(
        replace(
            image,
            measurement=measurement,
            findings=(*image.findings, *found.get(index, ())),
        )
        for index, (image, measurement) in enumerate(
            zip(images, with_copies(measurements, copies), strict=True)
        )
    )


def _name(path: Path | str) -> str:
    """Return a path as tables name it: as typed, with ``/`` on every system."""
    return str(path).replace(os.sep, "/")


def _require_files(paths: Sequence[Path | str]) -> None:
    """Check that every file is there, and none twice, before anything is measured."""
    mistakes = []
    seen = set()
    for path in paths:
        name = _name(path)
        if not Path(path).is_file():
            what = "is a folder; name its pictures" if Path(path).is_dir() else "no such file"
            mistakes.append(Mistake(where=name, message=f"{what}; check the path"))
        elif name in seen:
            mistakes.append(Mistake(where=name, message="is named twice; name each file once"))
        seen.add(name)
    if mistakes:
        raise StudyError(mistakes)


def _bare(error: Exception, name: str) -> str:
    """Return the error's message in one line, without the picture's name at its beginning."""
    message = " ".join(str(error).split()) or type(error).__name__
    return message.removeprefix(f"{name}: ")


def _describe(
    images: Sequence[QuantifiedImage], failures: Mapping[str, str], options: QuantifyOptions
) -> dict[str, Any]:
    described = [
        {**describe_blot(image.measurement), "corrections": image.corrections} for image in images
    ]
    digests = {str(entry["image"]): str(entry["sha256"]) for entry in described}
    used = sorted({image.corrections for image in images if image.corrections})
    digests |= {name: sha256_of(Path(name)) for name in used}
    return {
        "command": "quantify",
        "versions": versions(),
        "options": {
            "lanes": options.lanes,
            "targets": list(options.targets),
            "polarity": options.polarity,
            "channel": options.channel,
            "page": options.page,
        },
        **describe_parameters(options.parameters),
        "inputs": [{"file": name, "sha256": digest} for name, digest in sorted(digests.items())],
        "images": described,
        "corrections": used,
        "failures": [{"image": name, "why": why} for name, why in failures.items()],
    }
