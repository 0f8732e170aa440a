"""The linear range of a target, from lanes that hold known amounts of one lysate.

A ratio of two signals means a ratio of two amounts only where both are *proportional* to amount;
a straight line with an intercept, or a high R², is not enough.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from blotflux.analysis.proportional import longest_run
from blotflux.analysis.volumes import is_below_loq
from blotflux.errors import Mistake, StudyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike

    from blotflux.analysis.proportional import ProportionalRun
    from blotflux.analysis.records import LaneSample, TargetVolume

__all__ = [
    "LinearRange",
    "assess_linear_ranges",
    "find_linear_range",
    "linear_ranges_from_json",
    "linear_ranges_to_json",
    "range_of_target",
]

FEWEST_POINTS = 4
SLOPE_LOW, SLOPE_HIGH = 0.90, 1.10
MOST_DEVIATION = 0.20
"""Project defaults of rule D-LIN."""

FILE_VERSION = 1


class Point(BaseModel):
    """One amount of a dilution series; duplicates are averaged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ug: float = Field(gt=0, description="Protein loaded, ug.")
    volume: float | None = Field(description="counts·px; null where it is no value.")


class LinearRange(BaseModel):
    """What a dilution series says about one target on one membrane.

    `low_ug` to `high_ug` is the longest window of at least four amounts in which the signal is
    proportional to amount; all fields of the window are null where there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    membrane: str = ""
    low_ug: float | None = None
    high_ug: float | None = None
    low_volume: float | None = Field(None, description="Signal at low_ug, counts·px.")
    high_volume: float | None = Field(None, description="Signal at high_ug, counts·px.")
    factor: float | None = Field(None, description="Signal per ug in the window.")
    slope: float | None = Field(None, description="Of ln signal on ln amount in the window.")
    max_deviation: float | None = Field(
        None, description="Largest abs(signal / (factor x amount) - 1) in the window."
    )
    points: tuple[Point, ...] = ()

    @property
    def found(self) -> bool:
        """Return whether there is a window."""
        return self.low_ug is not None and self.high_ug is not None


class LinearRangeFile(BaseModel):
    """The file that ``blotflux linear-range`` writes and later studies apply."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    blotflux_linear_ranges: int = FILE_VERSION
    ranges: tuple[LinearRange, ...] = ()


def find_linear_range(
    ug: ArrayLike,
    volumes: ArrayLike,
    *,
    usable: ArrayLike | None = None,
    target: str = "",
    membrane: str = "",
) -> LinearRange:
    """Return the linear range of a dilution series.

    Parameters
    ----------
    ug : array_like, shape (lanes,)
        Protein in each lane, above zero; lanes of one amount are averaged (geometric mean).
    volumes : array_like, shape (lanes,)
        counts·px; an amount with a volume at or below zero ends a window.
    usable : array_like of bool, shape (lanes,), optional
        False where a lane is saturated or below its limit of quantification; ends a window, too.
    target, membrane : str
    """
    amounts, signal, good = collapse_amounts(ug, volumes, usable)
    run = longest_run(amounts, signal, good, at_least=FEWEST_POINTS, accept=is_linear)
    points = tuple(
        Point(ug=float(x), volume=float(y) if math.isfinite(y) else None)
        for x, y in zip(amounts, signal, strict=True)
    )
    if run is None:
        return LinearRange(target=target, membrane=membrane, points=points)
    return LinearRange(
        target=target,
        membrane=membrane,
        low_ug=float(amounts[run.start]),
        high_ug=float(amounts[run.stop - 1]),
        low_volume=float(signal[run.start]),
        high_volume=float(signal[run.stop - 1]),
        factor=run.factor,
        slope=run.slope,
        max_deviation=run.max_deviation,
        points=points,
    )


def is_linear(run: ProportionalRun) -> bool:
    """Return whether a run meets rule D-LIN."""
    return SLOPE_LOW <= run.slope <= SLOPE_HIGH and run.max_deviation <= MOST_DEVIATION


def collapse_amounts(
    ug: ArrayLike, volumes: ArrayLike, usable: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ascending amounts with the geometric mean of their signals, and which are usable."""
    x = np.asarray(ug, dtype=np.float64)
    y = np.asarray(volumes, dtype=np.float64)
    good = np.ones(x.shape, dtype=bool) if usable is None else np.asarray(usable, dtype=bool)
    if not (np.isfinite(x) & (x > 0)).all():
        message = f"Amounts of a dilution series must be above zero; got {x.tolist()}."
        raise ValueError(message)
    amounts = np.unique(x)
    signal, keep = np.full(amounts.shape, np.nan), np.zeros(amounts.shape, dtype=bool)
    for place, amount in enumerate(amounts):
        here = x == amount
        keep[place] = bool((good[here] & (y[here] > 0)).all())
        if (y[here] > 0).all():
            signal[place] = np.exp(np.log(y[here]).mean())
    return amounts, signal, keep


def assess_linear_ranges(
    samples: Iterable[LaneSample], volumes: Iterable[TargetVolume]
) -> tuple[LinearRange, ...]:
    """Return the linear range of every target on every membrane with standards.

    Lanes of role ``standard`` with an ``amount_ug``; lanes that the user excluded are left out.
    """
    amounts = {
        (sample.membrane, sample.lane): sample.amount_ug
        for sample in samples
        if sample.role == "standard" and sample.amount_ug is not None and not sample.exclude
    }
    series: dict[tuple[str, str], list[TargetVolume]] = {}
    for volume in volumes:
        if (volume.membrane, volume.lane) in amounts and not volume.strip_control_of:
            series.setdefault((volume.target, volume.membrane), []).append(volume)
    return tuple(
        find_linear_range(
            [amounts[item.membrane, item.lane] for item in items],
            [item.volume for item in items],
            usable=[not item.saturated and not is_below_loq(item) for item in items],
            target=target,
            membrane=membrane,
        )
        for (target, membrane), items in sorted(series.items())
    )


def range_of_target(target: str, ranges: Sequence[LinearRange]) -> tuple[float, float] | None:
    """Return the amounts, ug, within which a target is linear on every membrane that tested it.

    None where nothing was tested; an empty range (low above high) where some membrane had no
    window, or windows do not overlap.
    """
    tested = [item for item in ranges if item.target == target]
    if not tested:
        return None
    windows = [(item.low_ug, item.high_ug) for item in tested]
    lows = [low if low is not None else math.inf for low, _ in windows]
    highs = [high if high is not None else -math.inf for _, high in windows]
    return max(lows), min(highs)


def linear_ranges_to_json(ranges: Iterable[LinearRange]) -> str:
    """Return ranges as the text of a file that later studies apply."""
    return LinearRangeFile(ranges=tuple(ranges)).model_dump_json(indent=1) + "\n"


def linear_ranges_from_json(text: str, *, name: str = "linear ranges") -> tuple[LinearRange, ...]:
    """Return ranges from the text of a file.

    Raises
    ------
    StudyError
        If the text is not such a file, or one of a later version; `name` says where.
    """
    try:
        data = json.loads(text)
        version = data.get("blotflux_linear_ranges") if isinstance(data, dict) else None
        if version != FILE_VERSION:
            message = (
                f"version {version!r} of linear ranges is not known; this program reads version "
                f"{FILE_VERSION}; write the file anew with 'blotflux linear-range'."
            )
            raise StudyError([Mistake(where=name, message=message)])
        return LinearRangeFile.model_validate(data).ranges
    except (json.JSONDecodeError, ValidationError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        message = (
            f"not a file of linear ranges ({reason}); write it anew with 'blotflux linear-range'."
        )
        raise StudyError([Mistake(where=name, message=message)]) from error
