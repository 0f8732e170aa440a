"""The demo: two sample studies, drawn, run and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.api import read_study
from blotflux.drawn import write_drawn_study, write_record
from blotflux.output import output_folder
from blotflux.synthetic import draw_lc3_study, draw_phospho_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from blotflux.api import StudyAnswer

    Progress = Callable[[int, int, str], None]

__all__ = ["DISCLAIMER", "DemoStudy", "write_demo"]

DISCLAIMER = (
    "These blots are drawn by blotflux from made-up amounts. They show what the program does and "
    "say nothing about the drugs they name."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStudy:
    """One of the demo's studies.

    Attributes
    ----------
    name : str
        Its folder in the demo's.
    answer : StudyAnswer
    """

    name: str
    answer: StudyAnswer


def write_demo(
    directory: Path,
    *,
    scenario: str = "induced",
    seed: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> tuple[DemoStudy, ...]:
    """Draw both sample studies into `directory`, run them and write their results.

    Parameters
    ----------
    directory : Path
        Gets ``lc3_turnover/`` and ``phospho/``, each with its pictures, ``study.toml``,
        ``lanes.csv`` and ``results/``.
    scenario : str
        Of the LC3 study: a name in `blotflux.synthetic.LC3_SCENARIOS`.
    seed : int
        0 or more; another seed draws other blots of the same truth.
    force : bool
        Replace an earlier demo, unless something in it was changed by hand.
    progress : function of (done, total, name), optional
        Called after each picture of each study.

    Raises
    ------
    OutputError
        If something is there that may not be replaced.
    """
    drawn_studies = (draw_lc3_study(scenario, seed), draw_phospho_study(seed))
    with output_folder(directory, force=force) as folder:
        for drawn in drawn_studies:
            write_drawn_study(drawn, folder / drawn.name)
        write_record(folder, {"scenario": scenario, "seed": seed, "note": DISCLAIMER})
        studies = []
        for drawn in drawn_studies:
            answer = read_study(folder / drawn.name / "study.toml").run(progress=progress)
            answer.write(folder / drawn.name / "results")
            studies.append(DemoStudy(name=drawn.name, answer=answer))
    return tuple(studies)
