"""Pictures without a study: found, measured, side by side."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.blot.read import read_planes
from blotflux.errors import BlotError, LaneError, Mistake, RecipeError, StudyError
from blotflux.measure.pipeline import quantify
from blotflux.measure.result import LaneHints
from blotflux.measure.sensitivity import with_alternatives
from blotflux.parameters import Parameters
from blotflux.study.assign import assign_targets
from blotflux.study.measuring import prepare_process
from blotflux.study.provenance import describe_blot, describe_parameters, versions
from blotflux.study.schema import TargetSpec
from blotflux.study.slots import require_slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from blotflux.blot.model import Blot
    from blotflux.findings import Finding
    from blotflux.measure.result import Measurement

    Progress = Callable[[int, int, str], None]
    Quantifier = Callable[..., Measurement]

__all__ = ["QuantifiedImage", "QuantifyOptions", "QuantifyRun", "quantify_fully", "quantify_images"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantifyOptions:
    """What the user says of all pictures; nothing has to be said.

    Attributes
    ----------
    lanes : int or None
        How many lanes each picture shows.
    targets : tuple of str
        Rows from the top; ``"-"`` for one that nobody wants.
    polarity : str
    channel, page : int or None
        From 0; None: all of them, each by itself.
    parameters : Parameters
    """

    lanes: int | None = None
    targets: tuple[str, ...] = ()
    polarity: str = "auto"
    channel: int | None = None
    page: int | None = None
    parameters: Parameters = field(default_factory=Parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantifiedImage:
    """One channel and page of a picture, measured, and named where targets were given."""

    measurement: Measurement
    targets: Mapping[tuple[int, int], str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    corrections: str = ""


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


def quantify_fully(
    blot: Blot, parameters: Parameters, *, hints: LaneHints | None = None
) -> Measurement:
    """Return a blot measured, and again under the other background methods."""
    return with_alternatives(quantify(blot, parameters, hints=hints or LaneHints()), parameters)


def quantify_images(
    paths: Sequence[Path | str],
    options: QuantifyOptions | None = None,
    *,
    progress: Progress | None = None,
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
    quantifier : callable
        ``quantify(blot, parameters, *, hints)``.

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
            images += list(_quantify_file(Path(path), name, options, quantifier))
        except (LaneError, RecipeError) as error:
            mistakes.append(Mistake(where=name, message=_bare(error, name)))
        except (BlotError, MemoryError, OSError) as error:
            failures[name] = _bare(error, name)
        if progress is not None:
            progress(done, len(paths), name)
    if mistakes:
        raise StudyError(mistakes)
    return QuantifyRun(
        images=tuple(images),
        failures=failures,
        provenance=_describe(images, failures, options),
        timings={"total_s": time.perf_counter() - started},
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


def _quantify_file(
    path: Path, name: str, options: QuantifyOptions, quantifier: Quantifier
) -> Iterator[QuantifiedImage]:
    """Yield each channel and page of a file, measured."""
    hints = LaneHints(
        slots=tuple(range(1, options.lanes + 1)) if options.lanes else (),
        rows=len(options.targets) or None,
    )
    targets = tuple(TargetSpec(name=target) for target in options.targets)
    blots = read_planes(
        path, name=name, channel=options.channel, page=options.page, polarity=options.polarity
    )
    for blot in blots:
        measurement = quantifier(blot, options.parameters, hints=hints)
        if options.lanes and measurement.lanes:
            require_slots(measurement, hints, expected="--lanes says")
        assignment = assign_targets(measurement, targets) if targets else None
        yield QuantifiedImage(
            measurement=measurement,
            targets=assignment.targets if assignment else {},
            findings=(
                *blot.findings,
                *measurement.findings,
                *(assignment.findings if assignment else ()),
            ),
        )


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
        "corrections": sorted({image.corrections for image in images if image.corrections}),
        "failures": [{"image": name, "why": why} for name, why in failures.items()],
    }
