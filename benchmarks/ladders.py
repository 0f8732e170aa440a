"""How often a ladder with missing and stray bands is read, and how often it is read wrong.

Ladder lanes of every product are drawn at 600 px: mobility by a curve of a family, apparent
weights off by 2 % each, places by 1.8 px, bands missing at random, stray ones anywhere; bands
closer than 8 px are one. Beside them lie one to three rows of samples, 6 % off the weights of
common targets; in a quarter of the pictures there is a row more than named. A reading is wrong if
any weight that it gives is more than 12 % off the true weight at that place.

Run: ``python benchmarks/ladders.py --kept-back`` (about ten minutes; without the option the lanes
that the numbers of the matching were chosen on).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from blotflux.measure.ladders.landmarks import landmarks_of
from blotflux.measure.ladders.match import match_ladder
from blotflux.measure.ladders.presets import read_presets
from blotflux.synthetic.gel import AKT_ERK_GEL, LC3_GEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from blotflux.measure.ladders.match import LadderMatch
    from blotflux.measure.ladders.presets import LadderPreset
    from blotflux.synthetic.gel import Gel

    Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]

GEL = "Tris-glycine"
LENGTH_PX = 600.0
FINE_KDA = np.geomspace(2.0, 600.0, 4000)
TARGETS_KDA = (60, 44, 42, 37, 43, 62, 17, 15, 55, 120, 289, 95, 140, 32, 14, 78, 46, 70)
CONDITIONS = ((0.0, 0), (0.15, 0), (0.3, 0), (0.1, 1), (0.15, 2))
WRONG = 0.12
TUNING = {"seed": 24, "families": ("ogston", "gradient", "table")}
KEPT_BACK = {"seed": 20_261_121, "families": ("ogston", "gradient", "table", "sigmoid")}


def curve_of(family: str, rng: np.random.Generator) -> Curve:
    """Return mobility over the front's as a function of weight."""
    if family == "ogston":
        power, scale = rng.uniform(0.45, 0.75), rng.uniform(25, 110)
        return lambda kda: np.exp(-((kda / scale) ** power))
    if family == "gradient":
        bend = rng.normal(0, 0.06)
        return lambda kda: 0.95 - 0.45 * (np.log10(kda) - 1) + bend * (np.log10(kda) - 1.7) ** 2
    if family == "table":
        return table_curve((LC3_GEL, AKT_ERK_GEL)[int(rng.integers(2))], rng.normal(0, 0.2))
    middle, width = rng.uniform(1.3, 1.9), rng.uniform(0.25, 0.45)
    return lambda kda: 1 / (1 + np.exp((np.log10(kda) - middle) / width))


def table_curve(gel: Gel, shift: float) -> Curve:
    """Return the mobility of a sample gel, straight between its knots, moved along ln(kDa)."""
    ln_kda, mobility = np.log(np.array(gel.kda)), np.array(gel.rf)
    slopes = np.diff(mobility) / np.diff(ln_kda)

    def curve(kda: NDArray[np.float64]) -> NDArray[np.float64]:
        at = np.log(kda) + shift
        inside = np.interp(-at, -ln_kda, mobility)
        above = mobility[0] + slopes[0] * (at - ln_kda[0])
        below = mobility[-1] + slopes[-1] * (at - ln_kda[-1])
        return np.where(at > ln_kda[0], above, np.where(at < ln_kda[-1], below, inside))

    return curve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lane:
    """A drawn ladder lane: places, heights, true weights at the places, and the curve."""

    y_px: NDArray[np.float64]
    heights: NDArray[np.float64]
    curve: Curve

    def kda_at(self, y_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the true weight at places."""
        y_of = self.curve(FINE_KDA) * LENGTH_PX
        order = np.argsort(y_of)
        return np.interp(y_px, y_of[order], FINE_KDA[order])


def draw_lane(
    preset: LadderPreset, missing: float, strays: int, family: str, rng: np.random.Generator
) -> Lane:
    """Return one lane."""
    kda = np.array(preset.weights(GEL))
    curve = curve_of(family, rng)
    mobility = curve(kda * 10 ** rng.normal(0, 0.008, kda.size)) + rng.normal(0, 0.003, kda.size)
    seen = (mobility > 0.04) & (mobility < 0.99) & (rng.random(kda.size) > missing)
    y = mobility[seen] * LENGTH_PX
    heights = rng.lognormal(0, 0.5, y.size)
    heights *= np.where(np.isin(np.flatnonzero(seen), list(preset.colors)), 2, 1)
    order = np.argsort(y)
    y, heights = y[order], heights[order]
    apart = np.diff(y, prepend=-99.0) > 8
    return Lane(
        y_px=np.concatenate([y[apart], rng.uniform(20, 590, strays)]),
        heights=np.concatenate([heights[apart], rng.lognormal(-1, 0.5, strays)]),
        curve=curve,
    )


def draw_rows(
    lane: Lane, rng: np.random.Generator
) -> tuple[list[float], list[float], list[tuple[float, ...]]]:
    """Return places of the samples' rows: right ones, the same with a wrong one; and weights."""
    mobility = lane.curve(np.array(TARGETS_KDA, dtype=float))
    visible = [kda for kda, at in zip(TARGETS_KDA, mobility, strict=True) if 0.05 < at < 0.97]
    count = min(int(rng.integers(1, 4)), len(visible))
    kda = -np.sort(-rng.choice(visible, count, replace=False).astype(float))
    y = lane.curve(kda * 10 ** rng.normal(0, 0.025, count)) * LENGTH_PX + rng.normal(0, 1, count)
    more = list(rng.uniform(20, 590, int(rng.random() < 0.25)))
    wrong = y.copy()
    if count:
        wrong[rng.integers(count)] = rng.uniform(20, 590)
    return [*y, *more], [*wrong, *more], [(weight,) for weight in kda]


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts of one way to read, over the lanes of one condition."""

    lanes: int = 0
    read: int = 0
    wrong: int = 0
    used: list[float] = field(default_factory=list)

    def add(self, match: LadderMatch | None, lane: Lane) -> None:
        """Count one lane."""
        self.lanes += 1
        if match is None:
            return
        self.read += 1
        true = lane.kda_at(lane.y_px[list(match.indices)])
        self.wrong += bool(np.any(np.abs(np.array(match.kda) / true - 1) > WRONG))
        self.used.append(len(match.kda) / lane.y_px.size)

    def text(self) -> str:
        """Return the cells of the table."""
        return (
            f"{100 * self.read / self.lanes:.1f} % | {100 * self.wrong / self.lanes:.1f} % | "
            f"{100 * np.mean(self.used):.0f} %"
        )


def scores_of(
    missing: float, strays: int, repeats: int, lanes: dict[str, object]
) -> dict[str, Score]:
    """Return the scores of all ways to read under one condition."""
    rng = np.random.default_rng([int(str(lanes["seed"])), round(100 * missing), strays])
    families = list(lanes["families"])  # type: ignore[call-overload]
    scores = {name: Score() for name in ("no row named", "rows named", "one row another protein")}
    for preset in read_presets():
        for _ in range(repeats):
            family = families[int(rng.integers(len(families)))]
            lane = draw_lane(preset, missing, strays, family, rng)
            right, wrong, expected = draw_rows(lane, rng)
            for name, rows in zip(scores, ([], right, wrong), strict=True):
                landmarks = landmarks_of(rows, expected)
                match = match_ladder(lane.y_px, lane.heights, preset, GEL, landmarks=landmarks)
                scores[name].add(match, lane)
    return scores


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kept-back", action="store_true")
    parser.add_argument("--repeats", type=int, default=12, help="lanes of each product")
    given = parser.parse_args()
    print("| bands missing | stray bands | rows | read | read wrong | bands used |")
    print("| --- | --- | --- | --- | --- | --- |")
    for missing, strays in CONDITIONS:
        lanes = KEPT_BACK if given.kept_back else TUNING
        for name, score in scores_of(missing, strays, given.repeats, lanes).items():
            print(f"| {100 * missing:.0f} % | {strays} | {name} | {score.text()} |", flush=True)


if __name__ == "__main__":
    main()
