"""Western blot quantification: from pictures to normalized volumes, phospho ratios and LC3 flux.

>>> import blotflux as bf
>>> blot = bf.read("rep1_lc3.tif")  # doctest: +SKIP
>>> bf.quantify(blot).bands  # doctest: +SKIP
>>> bf.read_study("study.toml").run().comparisons  # doctest: +SKIP

Importing this module loads nothing else; what it names is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blotflux.api import Quantified, Study, StudyAnswer, quantify, read, read_study

__version__ = "0.1.0"

__all__ = ["Quantified", "Study", "StudyAnswer", "__version__", "quantify", "read", "read_study"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from importlib import import_module

        return getattr(import_module("blotflux.api"), name)
    message = f"module 'blotflux' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
