"""Measure drawn blots and put their scores together."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tifffile

import blotflux
from blotflux.accuracy.score import BandCount, BlotScore, is_countable, score_blot
from blotflux.accuracy.seeds import HELD_OUT_SEED
from blotflux.accuracy.table import AccuracyTable, KindAccuracy, calibrate, summarize
from blotflux.accuracy.volumes import Entry, VolumeScore, score_volumes
from blotflux.blot.read import read
from blotflux.errors import BlotError
from blotflux.synthetic import KINDS, draw_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from blotflux.blot import Blot
    from blotflux.measure.result import Measurement
    from blotflux.synthetic import SyntheticBlot

__all__ = ["Trial", "measure_accuracy", "read_drawn", "try_blot"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """One drawn blot, measured and scored.

    Attributes
    ----------
    drawn : SyntheticBlot
    measured : Measurement or None
        None if it could not be measured; `error` says why.
    score : BlotScore
    seconds : float
        Of measuring alone.
    error : str
    """

    drawn: SyntheticBlot
    measured: Measurement | None
    score: BlotScore
    seconds: float
    error: str = ""


def measure_accuracy(
    kinds: Sequence[str] = tuple(KINDS),
    n_per_kind: int = 24,
    first_seed: int = HELD_OUT_SEED,
    *,
    measure: Callable[[Blot], Measurement] | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> AccuracyTable:
    """Return how well drawn blots are measured.

    Each picture goes through a file and is measured without being told anything: not its
    polarity, not its lanes.

    Parameters
    ----------
    kinds : sequence of str
        Of ``clean``, ``typical``, ``hard``, ``strip``, ``film``, ``uneven``.
    n_per_kind : int
        1 or more.
    first_seed : int
        Blots of the seeds from here on are drawn; those below 10 000 were used for tuning.
    measure : callable
        From a blot to its measurement; by default `blotflux.measure.pipeline.quantify`.
    progress : callable, optional
        Called with the kind and how many of its pictures are done.

    Raises
    ------
    ValueError
        A kind is unknown or `n_per_kind` is below 1.
    """
    if n_per_kind < 1:
        message = f"n_per_kind is {n_per_kind}; at least 1 picture per kind is needed."
        raise ValueError(message)
    rows: list[KindAccuracy] = []
    confidences: list[tuple[float, bool]] = []
    for kind in kinds:
        trials: list[Trial] = []
        for seed in range(first_seed, first_seed + n_per_kind):
            trials.append(try_blot(draw_kind(kind, seed), measure))
            if progress is not None:
                progress(kind, len(trials))
        scores = [trial.score for trial in trials]
        failed = sum(trial.measured is None for trial in trials)
        rows.append(
            summarize(kind, scores, failed=failed, seconds=[trial.seconds for trial in trials])
        )
        confidences += [pair for score in scores for pair in score.confidences]
    return AccuracyTable(
        kinds=tuple(rows),
        confidence=calibrate(confidences),
        first_seed=first_seed,
        version=blotflux.__version__,
    )


def try_blot(drawn: SyntheticBlot, measure: Callable[[Blot], Measurement] | None = None) -> Trial:
    """Return one drawn blot measured and scored; what cannot be measured counts as missed."""
    started = time.perf_counter()
    try:
        blot = read_drawn(drawn)
        started = time.perf_counter()
        measured = (measure or quantify_plainly)(blot)
    except BlotError as error:
        return Trial(
            drawn=drawn,
            measured=None,
            score=lost(drawn),
            seconds=time.perf_counter() - started,
            error=str(error),
        )
    seconds = time.perf_counter() - started
    return Trial(drawn=drawn, measured=measured, score=score_blot(drawn, measured), seconds=seconds)


def quantify_plainly(blot: Blot) -> Measurement:
    """Return a blot measured with default parameters, told nothing."""
    from blotflux.measure.pipeline import quantify  # scoring alone needs no measuring method

    return quantify(blot)


def read_drawn(drawn: SyntheticBlot) -> Blot:
    """Return a drawn picture after it was written to a plain TIFF and read like any other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.tif"
        tifffile.imwrite(path, np.asarray(drawn.image), photometric="minisblack")
        return read(path, name="drawn.tif")


def lost(drawn: SyntheticBlot) -> BlotScore:
    """Return the score of a picture that could not be measured."""
    truth = drawn.truth
    countable = [band for band in truth.bands if is_countable(band)]
    nothing = [Entry(true=band, measured=None) for band in truth.bands if band.row]
    volumes: VolumeScore = score_volumes(truth, nothing)
    return BlotScore(
        lanes_exact=False,
        lanes_missed=len({band.lane for band in countable}),
        lanes_surplus=0,
        bands=BandCount(hits=0, missed=len(countable), invented=0),
        volumes=volumes,
        confidences=(),
        polarity_right=False,
    )
