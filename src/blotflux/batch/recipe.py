"""What the numbers depend on: options, parameters, version and the bytes of the files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from blotflux import __version__
from blotflux.output import sha256_of
from blotflux.study.provenance import versions
from blotflux.study.quantify_file import QuantifyOptions, quantify_fully

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from blotflux.measure.result import Measurement

    Quantifier = Callable[..., Measurement]

__all__ = ["Digest", "Recipe", "beside_of", "digest_of", "part_key"]

CORRECTIONS = ".blotflux.json"
FUJI = {".img": ".inf", ".inf": ".img", ".IMG": ".INF", ".INF": ".IMG"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How every picture is measured.

    Attributes
    ----------
    options : QuantifyOptions
    ignore_corrections : bool
    quantifier : callable
        ``quantify(blot, parameters, *, hints)``; a function of a module, so that other processes
        can find it.
    """

    options: QuantifyOptions = field(default_factory=QuantifyOptions)
    ignore_corrections: bool = False
    quantifier: Quantifier = quantify_fully

    @cached_property
    def key(self) -> str:
        """Hash of everything here and of the version of blotflux."""
        told = asdict(self.options) | {
            "parameters": self.options.parameters.model_dump(mode="json")
        }
        quantifier = f"{self.quantifier.__module__}.{self.quantifier.__qualname__}"
        parts = [__version__, told, self.ignore_corrections, quantifier]
        text = json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @cached_property
    def versions(self) -> str:
        """Versions of every package that takes part in a number, in one line."""
        return ", ".join(f"{name} {version}" for name, version in versions().items())


@dataclass(frozen=True, slots=True)
class Digest:
    """SHA-256 of a picture, and of the files beside it that take part in its numbers.

    Empty where there is none, or where the picture could not be read.
    """

    sha256: str = ""
    beside: str = ""


def digest_of(path: Path, *, ignore_corrections: bool = False) -> Digest:
    """Return the digest of a picture.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    return Digest(sha256_of(path), beside_of(path, ignore_corrections=ignore_corrections))


def beside_of(path: Path, *, ignore_corrections: bool = False) -> str:
    """Return the hash of the files beside a picture that take part in its numbers."""
    beside = [] if ignore_corrections else [path.with_name(path.name + CORRECTIONS)]
    if path.suffix in FUJI:
        beside.append(path.with_suffix(FUJI[path.suffix]))
    found = "".join(f"{other.name} {sha256_of(other)}\n" for other in beside if other.is_file())
    return hashlib.sha256(found.encode()).hexdigest() if found else ""


def part_key(recipe_key: str, pictures: Iterable[tuple[str, Digest]]) -> str:
    """Return the name of the part that holds these pictures, by their content and the recipe's."""
    text = "\n".join(
        [recipe_key, *(f"{name}\t{digest.sha256}\t{digest.beside}" for name, digest in pictures)]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:32]
