"""What ``run.json`` holds: everything that the numbers depend on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from blotflux import __version__
from blotflux.output import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blotflux.measure.result import Measurement
    from blotflux.parameters import Parameters
    from blotflux.study.model import Failure, MeasuredImage, Study

__all__ = ["describe_blot", "describe_run", "versions"]

# Whatever takes part in a number.
PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "scikit-image",
    "opencv-python-headless",
    "tifffile",
    "imagecodecs",
    "pydantic",
)


def versions() -> dict[str, str]:
    """Return the versions of blotflux, Python and every package that takes part in a number."""
    found = {"blotflux": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def describe_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return every parameter as it was used, and the seeds by themselves."""
    return {
        "parameters": parameters.model_dump(mode="json"),
        "seeds": {"monte_carlo": parameters.seed},
    }


def describe_blot(measurement: Measurement) -> dict[str, Any]:
    """Return how one picture was read and what was found out about it."""
    blot = measurement.blot
    source = blot.source
    return {
        "image": source.name,
        "sha256": source.sha256,
        "channel": source.channel,
        "page": source.page,
        "format": source.format,
        "dtype": source.dtype,
        "bit_depth": source.bit_depth,
        "encoding": source.encoding,
        "photometric": source.photometric,
        "instrument": source.instrument,
        "exposure_s": source.exposure_s,
        "semi_quantitative": source.semi_quantitative,
        "unit": blot.unit,
        "polarity": str(blot.polarity),
        "polarity_confidence": blot.polarity_confidence,
        "region": list(blot.placement.region),
        "turn": blot.placement.turn,
        "flip": blot.placement.flip,
        "lanes": len(measurement.lanes),
        "noise_sigma": measurement.noise.sigma,
        "noise_gain": measurement.noise.gain,
        "noise_correlation": measurement.noise.correlation,
    }


def describe_run(
    study: Study, images: Iterable[MeasuredImage], failures: Iterable[Failure]
) -> dict[str, Any]:
    """Return the provenance of a study's run; it holds no time and no path of this machine."""
    images = tuple(images)
    return {
        "command": "run",
        "study": study.path.name,
        "title": study.title,
        "versions": versions(),
        **describe_parameters(study.parameters),
        "inputs": _inputs(study, images),
        "images": [
            {
                **describe_blot(image.measurement),
                "membrane": image.spec.membrane,
                "targets": {
                    f"panel {panel}, row {row}": name
                    for (panel, row), name in sorted(image.targets.items())
                },
                "analyzed": sorted(image.analyzed),
                "corrections": image.corrections,
            }
            for image in images
        ],
        "corrections": sorted({image.corrections for image in images if image.corrections}),
        "failures": [
            {"image": failure.spec.file, "membrane": failure.spec.membrane, "why": failure.message}
            for failure in failures
        ],
    }


def _inputs(study: Study, images: tuple[MeasuredImage, ...]) -> list[dict[str, str]]:
    digests = dict(study.sha256)
    digests |= {image.spec.file: image.measurement.blot.source.sha256 for image in images}
    for image in images:
        for name in (image.corrections, image.spec.ladder_image):
            if name:
                digests[name] = sha256_of(study.directory / name)
    return [{"file": name, "sha256": digest} for name, digest in sorted(digests.items())]
