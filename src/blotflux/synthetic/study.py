"""Drawn studies: what their records are and how their files read."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from blotflux.synthetic.truth import SyntheticBlot

__all__ = ["DrawnStudy", "StudyTruth", "centered", "ladder_row", "order_of", "table_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTruth:
    """What an honest analysis of a drawn study should find.

    Attributes
    ----------
    volumes : mapping of (membrane, lane, target) to float
        True volumes, counts·px.
    estimates : mapping of name to float
        For LC3 turnover ``flux_ratio``, ``clearance_ratio``, ``pool_ratio``; for phospho the
        fold change of each analysis by its target.
    labels : mapping of analysis name to label
    """

    volumes: Mapping[tuple[str, int, str], float]
    estimates: Mapping[str, float]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnStudy:
    """A drawn study, in memory.

    Attributes
    ----------
    name : str
        Suits a folder.
    title : str
    blots : mapping of file name to SyntheticBlot
        The pictures, ``.tif``, with their truth.
    study_toml, lanes_csv : str
        Text of the study file and of the sheet.
    truth : StudyTruth
    """

    name: str
    title: str
    blots: Mapping[str, SyntheticBlot]
    study_toml: str
    lanes_csv: str
    truth: StudyTruth = field(repr=False)

    @property
    def images(self) -> dict[str, NDArray[np.uint8] | NDArray[np.uint16]]:
        """The pictures as the files hold them."""
        return {name: blot.image for name, blot in self.blots.items()}


def table_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as the text of a CSV sheet; the first row's keys are the columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def ladder_row(membrane: str, columns: Sequence[str]) -> dict[str, object]:
    """Return the sheet's line for the ladder, in slot 1 of every sample membrane."""
    return dict.fromkeys(columns, "") | {"membrane": membrane, "lane": 1, "role": "ladder"}


def centered(
    shape: tuple[int, ...], deviation: float, axis: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return factors around 1, log-normal, whose logarithms average 0 over `axis`.

    A sample study is to show its scenario whatever its seed, so the deviations of its replicates
    and lanes are centered: the mean is the truth, the spread is real.
    """
    logs = rng.normal(0, deviation, shape)
    return np.asarray(np.exp(logs - logs.mean(axis=axis, keepdims=True)), np.float64)


def order_of(number: int, seed: int, membrane: int) -> list[int]:
    """Return the order of `number` lanes on a membrane: a permutation drawn from `seed`."""
    return [int(i) for i in np.random.default_rng([seed, 71, membrane]).permutation(number)]
