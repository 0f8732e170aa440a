"""blotflux from Python: read, quantify, run a study, and hold the tables as DataFrames.

>>> import blotflux as bf
>>> answer = bf.read_study("study.toml").run()  # doctest: +SKIP
>>> answer.comparisons[["treatment", "estimate", "ci_low", "ci_high", "label"]]  # doctest: +SKIP
>>> answer.write("out/")  # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import blotflux.study as studies
from blotflux.blot.read import read
from blotflux.measure.result import LaneHints
from blotflux.parameters import Parameters
from blotflux.report import write_quantify, write_study
from blotflux.report.tables import quantify_tables, study_tables
from blotflux.study.quantify import quantify_fully

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from blotflux.analysis.records import Answer
    from blotflux.blot import Blot
    from blotflux.measure.result import Measurement
    from blotflux.study.model import Study as StudyDefinition
    from blotflux.study.model import StudyRun

    Progress = Callable[[int, int, str], None]

__all__ = ["Quantified", "Study", "StudyAnswer", "quantify", "read", "read_study"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantified:
    """One blot, measured.

    Attributes
    ----------
    measurement : Measurement
        Everything, as records.
    """

    measurement: Measurement

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return quantify_tables([self.measurement])

    @property
    def bands(self) -> pd.DataFrame:
        """``bands.csv``: one row per lane and row of bands."""
        return self._tables["bands"]

    @property
    def lanes(self) -> pd.DataFrame:
        """``lanes.csv``: one row per lane."""
        return self._tables["lanes"]

    @property
    def qc(self) -> pd.DataFrame:
        """``qc.csv``: one row per finding."""
        return self._tables["qc"]

    def write(self, directory: str | Path, *, force: bool = False) -> None:
        """Write tables, overlay and report; errors as `StudyAnswer.write`."""
        write_quantify([self.measurement], Path(directory), force=force)


def quantify(
    blot: Blot,
    parameters: Parameters | None = None,
    *,
    lanes: int | Sequence[int] | None = None,
) -> Quantified:
    """Return the lanes and bands of a blot, measured.

    Parameters
    ----------
    blot : Blot
        As `read` returns it.
    parameters : Parameters, optional
        The recipe; the defaults if not given.
    lanes : int or sequence of int, optional
        How many lanes the picture shows, or their numbers from left to right; found if not given.

    Raises
    ------
    LaneError
        If the picture shows another number of lanes than given.
    """
    slots = tuple(range(1, lanes + 1)) if isinstance(lanes, int) else tuple(lanes or ())
    recipe = parameters or Parameters()
    return Quantified(measurement=quantify_fully(blot, recipe, hints=LaneHints(slots=slots)))


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyAnswer:
    """What running a study gave: the tables, and the answers in words.

    Attributes
    ----------
    outcome : StudyRun
        Everything, as records.
    """

    outcome: StudyRun

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return study_tables(self.outcome)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """One sentence per treatment and analysis."""
        return tuple(answer for result in self.outcome.results for answer in result.answers)

    @property
    def bands(self) -> pd.DataFrame:
        """``bands.csv``: one row per picture, lane and row of bands."""
        return self._tables["bands"]

    @property
    def lanes(self) -> pd.DataFrame:
        """``lanes.csv``: one row per picture and lane."""
        return self._tables["lanes"]

    @property
    def normalized(self) -> pd.DataFrame:
        """``normalized.csv``: one row per analysis, lane and target."""
        return self._tables["normalized"]

    @property
    def replicates(self) -> pd.DataFrame:
        """``replicates.csv``: the numbers behind every estimate."""
        return self._tables["replicates"]

    @property
    def flux(self) -> pd.DataFrame:
        """``flux.csv``: LC3-II with and without inhibitor, per replicate and for all."""
        return self._tables["flux"]

    @property
    def comparisons(self) -> pd.DataFrame:
        """``comparisons.csv``: every estimate with its interval and label."""
        return self._tables["comparisons"]

    @property
    def qc(self) -> pd.DataFrame:
        """``qc.csv``: every finding, the worst first."""
        return self._tables["qc"]

    def write(self, directory: str | Path, *, force: bool = False) -> None:
        """Write tables, figures, overlays, workbook and report.

        Parameters
        ----------
        directory : str or Path
            Must not exist, or be empty.
        force : bool
            Replace an earlier result of blotflux.

        Raises
        ------
        OutputError
            If something is there that may not be replaced.
        """
        write_study(self.outcome, Path(directory), force=force)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study, read and free of mistakes.

    Attributes
    ----------
    definition : blotflux.study.model.Study
        Its images, sheet and analyses, as records.
    """

    definition: StudyDefinition

    def run(
        self,
        *,
        workers: int = 1,
        dask: str = "",
        progress: Progress | None = None,
        ignore_corrections: bool = False,
    ) -> StudyAnswer:
        """Measure every picture and carry out every analysis.

        Parameters
        ----------
        workers : int
            Pictures measured at the same time, at least 1; the numbers do not depend on it.
        dask : str
            Address of a dask scheduler whose workers measure them, or ``local``.
        progress : function of (done, total, name), optional
            Called after each picture.
        ignore_corrections : bool
            Leave corrections made by hand out.
        """
        outcome = studies.run_study(
            self.definition,
            workers=workers,
            dask=dask,
            progress=progress,
            ignore_corrections=ignore_corrections,
        )
        return StudyAnswer(outcome=outcome)


def read_study(path: str | Path) -> Study:
    """Return the study that a file describes.

    Raises
    ------
    StudyError
        If the study has mistakes; all of them are in its ``mistakes``.
    """
    return Study(definition=studies.read_study(Path(path)))
