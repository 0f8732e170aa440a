"""Molecular weights: calibration, ladders of the trade, and which band is which."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.errors import BandError, RecipeError
from blotflux.measure.ladders.calibration import calibrate
from blotflux.measure.ladders.landmarks import MOST_PAIRINGS, Landmarks, landmarks_of
from blotflux.measure.ladders.match import certain_bands, match_ladder, rank_presets
from blotflux.measure.ladders.mobility import position_evidence
from blotflux.measure.ladders.presets import find_preset, read_presets
from blotflux.measure.ladders.readings import observe

VECTOR = json.loads(
    (Path(__file__).parents[2] / "data" / "vectors.json").read_text(encoding="utf-8")
)["A2_mw"]
RF, KDA = VECTOR["input"]["rf"], VECTOR["input"]["kda"]


# ---------------------------------------------------------------- calibration


def test_the_worked_calibration_is_reproduced() -> None:
    calibration, expected = calibrate(RF, KDA), VECTOR["output"]
    weights = calibration.weight_kda(VECTOR["input"]["query_rf"])
    assert weights == pytest.approx(expected["pchip_kda"], rel=1e-9)
    assert calibration.loo_percents == pytest.approx(expected["loo_pct_interior"], rel=1e-9)
    assert calibration.loo_percent == pytest.approx(expected["loo_max_abs_pct"], rel=1e-9)
    assert calibration.slope == pytest.approx(expected["loglin_slope"], rel=1e-9)
    assert calibration.intercept == pytest.approx(expected["loglin_intercept"], rel=1e-9)
    assert calibration.r_squared == pytest.approx(expected["R2"], rel=1e-9)


def test_the_curve_passes_through_every_band_of_the_ladder() -> None:
    assert calibrate(RF, KDA).weight_kda(RF) == pytest.approx(KDA, rel=1e-12)


def test_outside_the_ladder_the_line_through_the_end_bands_goes_on() -> None:
    calibration = calibrate([0.1, 0.2, 0.5], [100.0, 50.0, 10.0])
    assert calibration.weight_kda(0.0) == pytest.approx(200.0)
    assert calibration.weight_kda(0.8) == pytest.approx(2.0)
    assert list(calibration.is_extrapolated([0.0, 0.1, 0.3, 0.5, 0.8])) == [1, 0, 0, 0, 1]


def test_the_stated_error_is_the_larger_of_five_percent_and_leave_one_out() -> None:
    good, poor = calibrate(RF, KDA), calibrate(RF, np.array(KDA) * [1, 1.3, *[1] * 7])
    assert good.loo_percent < 5 < poor.loo_percent
    assert good.error_kda(0.5) == pytest.approx(0.05 * good.weight_kda(0.5))
    assert poor.error_kda(0.5) == pytest.approx(poor.loo_percent / 100 * poor.weight_kda(0.5))


def test_the_error_of_a_registered_ladder_is_carried_into_the_weights() -> None:
    exact, moved = calibrate(RF, KDA), calibrate(RF, KDA, rf_se=0.02)
    shift = abs(exact.weight_kda(0.48) - exact.weight_kda(0.52)) / 2
    assert moved.error_kda(0.5) == pytest.approx(np.hypot(exact.error_kda(0.5), shift))


def test_three_bands_have_no_leave_one_out_error() -> None:
    calibration = calibrate([0.1, 0.2, 0.5], [100.0, 50.0, 10.0])
    assert np.isnan(calibration.loo_percent)
    assert calibration.error_kda(0.3) == pytest.approx(0.05 * calibration.weight_kda(0.3))


@settings(max_examples=30)
@given(scale=st.floats(0.1, 3000), offset=st.floats(-1000, 1000))
def test_weights_do_not_depend_on_where_rf_is_counted_from(scale: float, offset: float) -> None:
    plain = calibrate(RF, KDA).weight_kda([0.14, 0.5, 0.8, 0.99])
    moved = calibrate(np.array(RF) * scale + offset, KDA)
    at = np.array([0.14, 0.5, 0.8, 0.99]) * scale + offset
    assert moved.weight_kda(at) == pytest.approx(plain, rel=1e-6)


@settings(max_examples=30)
@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=40))
def test_weights_fall_all_the_way_down_the_lane(places: list[float]) -> None:
    weights = calibrate(RF, KDA).weight_kda(np.sort(places))
    assert (np.diff(weights) <= 1e-12).all()


@pytest.mark.parametrize(
    ("rf", "kda", "message"),
    [
        ([0.1], [100.0], "at least two bands of known weight; 1 given"),
        ([0.1, 0.2], [50.0, 100.0], "weights must fall from the top to the bottom"),
        ([0.1, 0.1], [100.0, 50.0], "weights must fall from the top to the bottom"),
        ([0.1, float("nan")], [100.0, 50.0], "must be numbers, weights above zero"),
        ([0.1, 0.2], [100.0, 0.0], "must be numbers, weights above zero"),
    ],
)
def test_bands_that_are_no_ladder_are_refused(
    rf: list[float], kda: list[float], message: str
) -> None:
    with pytest.raises(BandError, match=message):
        calibrate(rf, kda)


# ---------------------------------------------------------------- presets


@pytest.mark.parametrize(
    "spelling", ["PageRuler Plus 26619", "pagerulerplus", "26620", "Page-Ruler Plus"]
)
def test_ladders_are_found_however_they_are_spelled(spelling: str) -> None:
    assert find_preset(spelling).id == "pageruler_plus_26619"


def test_every_listed_spelling_finds_its_own_ladder() -> None:
    for preset in read_presets():
        for spelling in (preset.id, preset.name, *preset.aliases):
            assert find_preset(spelling) == preset
        for gel in preset.gels:
            assert len(preset.weights(gel)) >= 6


def test_the_gel_decides_about_the_weights() -> None:
    ladder = find_preset("PageRuler Plus")
    assert ladder.weights("Tris-glycine")[:2] == (250, 130)
    assert ladder.weights("mes")[:2] == (190, 115)
    assert ladder.weights("Bis-Tris MOPS") == ladder.weights("MOPS")
    assert ladder.weights() == ladder.weights("Tris-glycine")
    assert ladder.needs_gel()
    assert not find_preset("Chameleon Duo").needs_gel()


def test_colored_bands_keep_their_place_when_the_gel_changes_their_weight() -> None:
    ladder = find_preset("PageRuler 26616")
    (orange,) = [place for place, color in ladder.colors.items() if color == "orange"]
    assert ladder.weights("Tris-glycine")[orange] == 70
    assert ladder.weights("MOPS")[orange] == 65


def test_an_unknown_ladder_is_refused_with_the_nearest_and_all_names() -> None:
    with pytest.raises(RecipeError, match=r"did you mean 'PageRuler Plus'.*SeeBlue Plus2.*Rainbow"):
        find_preset("PageRular Plus")
    with pytest.raises(RecipeError, match="'zzzzzz' is not known; known are PageRuler Plus"):
        find_preset("zzzzzz")


def test_an_unknown_gel_is_refused_with_the_choices() -> None:
    with pytest.raises(RecipeError, match="choose Tris-glycine, MOPS, MES, Tris-acetate"):
        find_preset("PageRuler Plus").weights("agarose")


def test_mes_and_tris_glycine_give_different_weights_for_the_same_lane() -> None:
    rf = np.linspace(60, 560, 9)
    ladder = find_preset("PageRuler Plus")
    mes, tris = (calibrate(rf, ladder.weights(gel)) for gel in ("MES", "Tris-glycine"))
    assert abs(mes.weight_kda(100) / tris.weight_kda(100) - 1) > 0.1


# ---------------------------------------------------------------- which band is which


def drawn(name: str, gel: str, seed: int, *, lost: tuple[int, ...] = (), extra: int = 0):
    """Return positions, heights and true weights of a ladder lane of a made-up gel."""
    rng = np.random.default_rng(seed)
    preset = find_preset(name)
    kda = np.array(preset.weights(gel))
    y = 600 * np.exp(-((kda / rng.uniform(35, 90)) ** rng.uniform(0.5, 0.7)))
    y += rng.normal(0, 1.5, kda.size)
    heights = rng.lognormal(0, 0.4, kda.size) * np.where(
        np.isin(np.arange(kda.size), list(preset.colors)), 2.0, 1.0
    )
    keep = [i for i in range(kda.size) if i not in lost and 15 < y[i] < 590]
    more = rng.uniform(20, 590, extra)
    return (
        np.concatenate([y[keep], more]),
        np.concatenate([heights[keep], np.full(extra, 0.3)]),
        np.concatenate([kda[keep], np.full(extra, np.nan)]),
    )


@pytest.mark.parametrize("gel", ["Tris-glycine", "MOPS", "MES"])
@pytest.mark.parametrize("seed", range(4))
def test_a_whole_ladder_lane_is_read(gel: str, seed: int) -> None:
    y, heights, kda = drawn("PageRuler Plus", gel, seed)
    match = match_ladder(y, heights, "PageRuler Plus", gel)
    assert match is not None
    assert match.kda == tuple(kda[list(match.indices)])
    assert len(match.kda) >= len(kda) - 1
    assert min(match.certainty) >= 0.95


@pytest.mark.parametrize("name", ["PageRuler Plus", "Precision Plus Dual Color", "Chameleon Duo"])
@pytest.mark.parametrize("lost", [(0,), (4,), (8,)])
def test_a_missing_band_shifts_no_other(name: str, lost: tuple[int, ...]) -> None:
    read = 0
    for seed in range(6):
        y, heights, kda = drawn(name, "Tris-glycine", seed, lost=lost)
        match = match_ladder(y, heights, name, "Tris-glycine")
        if match is not None:
            read += 1
            assert match.kda == tuple(kda[list(match.indices)])
            assert set(match.missing_kda) >= {find_preset(name).weights("Tris-glycine")[lost[0]]}
    assert read >= 3


def test_a_faint_stray_band_is_left_out_and_shifts_no_other() -> None:
    read = 0
    for seed in range(8):
        y, heights, kda = drawn("PageRuler Plus", "MES", seed, extra=1)
        match = match_ladder(y, heights, "PageRuler Plus", "MES")
        if match is not None and not np.isnan(kda[list(match.indices)]).any():
            read += 1
            assert match.kda == tuple(kda[list(match.indices)])
            assert len(kda) - 1 in match.extra
    assert read >= 5


def test_the_order_of_the_bands_given_does_not_matter() -> None:
    y, heights, _ = drawn("PageRuler Plus", "MES", 1)
    backwards = match_ladder(y[::-1], heights[::-1], "PageRuler Plus", "MES")
    forwards = match_ladder(y, heights, "PageRuler Plus", "MES")
    assert forwards is not None
    assert backwards is not None
    assert backwards.kda == forwards.kda
    assert [len(y) - 1 - i for i in backwards.indices] == list(forwards.indices)


def test_the_right_ladder_ranks_first_among_some() -> None:
    names = ["PageRuler Plus", "Precision Plus Dual Color", "MagicMark XP"]
    presets = [find_preset(name) for name in names]
    first = 0
    for name in names:
        for seed in range(3):
            y, heights, _ = drawn(name, "Tris-glycine", seed)
            ranked = rank_presets(y, heights, presets, "Tris-glycine")
            first += bool(ranked) and ranked[0].preset == find_preset(name)
    assert first >= 8


def test_bands_that_are_no_ladder_have_no_reading() -> None:
    assert match_ladder([10.0, 50.0], [1, 1], "PageRuler Plus", "MES") is None
    assert match_ladder([], [], "PageRuler Plus", "MES") is None
    clumped = [100, 104, 108, 112, 116, 120, 560, 564, 568.0]
    assert match_ladder(clumped, [1] * 9, "PageRuler Plus", "MES") is None


def test_a_strong_colored_band_speaks_for_its_weight() -> None:
    y, _, _ = drawn("PageRuler Plus", "MES", 2)
    preset = find_preset("PageRuler Plus")
    colored = np.isin(np.arange(y.size), list(preset.colors))
    strong = match_ladder(y, np.where(colored, 4.0, 1.0), preset, "MES")
    weak = match_ladder(y, np.where(colored, 0.25, 1.0), preset, "MES")
    assert strong is not None
    assert weak is not None
    assert strong.evidence > weak.evidence


# ---------------------------------------------------------------- rows of the samples as witnesses

# Six neighbors of an almost regular ladder: one step down, they would fit almost as well.
PRECISION = np.array(find_preset("Precision Plus Dual Color").weights())


def migrated(kda: float | np.ndarray) -> np.ndarray:
    """Return the y of a weight on a made-up gel."""
    return np.asarray(30 + 560 * np.exp(-((np.asarray(kda) / 55.0) ** 0.6)))


def read_six(expected: float | None = None):
    """Return the reading of the bands from 250 to 37 kDa beside a row that runs at 37 kDa."""
    y = migrated(PRECISION[:6])
    row = None if expected is None else landmarks_of([float(migrated(37.0))], [(expected,)])
    return match_ladder(y, np.ones(6), "Precision Plus Dual Color", landmarks=row)


def test_a_row_of_known_weight_tells_readings_apart_that_the_bands_leave_open() -> None:
    assert read_six() is None
    aided = read_six(37.0)
    assert aided is not None
    assert aided.kda == (250, 150, 100, 75, 50, 37)
    assert aided.aided
    assert read_six(90.0) is None


def test_a_row_that_is_another_protein_does_not_shift_a_whole_ladder() -> None:
    for seed in range(4):
        y, heights, kda = drawn("PageRuler Plus", "MES", seed)
        row = landmarks_of([float(np.median(y))], [(150.0,)])
        alone = match_ladder(y, heights, "PageRuler Plus", "MES")
        beside = match_ladder(y, heights, "PageRuler Plus", "MES", landmarks=row)
        assert alone is not None
        assert not alone.aided
        assert beside is not None
        assert beside.kda == tuple(kda[list(beside.indices)])


def test_beside_a_stray_band_the_first_and_the_last_need_more_certainty() -> None:
    own, stray = np.array([0.0, 0.97, 0.0]), np.array([0.2, 0.1, 0.0])
    ends, middle = np.array([[0.96, 0.0, 0.0]]), np.array([own, np.array([0.0, 0.0, 0.99])])
    clean = np.concatenate([ends, middle])
    assert certain_bands(clean) == (0, 1, 2)
    assert certain_bands(np.concatenate([clean, [stray]])) == (2,)


def test_rows_say_nothing_where_none_is_known_or_too_many_could_be_meant() -> None:
    assert landmarks_of([], [(37.0,)]) is None
    assert landmarks_of([100.0], [(), ()]) is None
    many = Landmarks(y_px=tuple(range(8)), log_kda=(1.5,) * 4, log_se=(0.04,) * 4)
    assert len(many.pairings()) == 70 > MOST_PAIRINGS
    y = migrated(PRECISION[:5])
    observed = observe(y, np.ones(5), most=13)
    logs = np.log10(PRECISION[None, :5])
    assert many.support(observed, range(5), logs) == pytest.approx([0.0])


def test_a_weight_between_two_is_expected_between_them_and_less_sharply() -> None:
    one, range_of = landmarks_of([1.0], [(16.0,)]), landmarks_of([1.0], [(12.0, 20.0)])
    assert one is not None
    assert range_of is not None
    assert 12 < 10 ** range_of.log_kda[0] < 20
    assert range_of.log_se[0] > one.log_se[0]


@settings(max_examples=20)
@given(shift=st.floats(-0.5, 0.5), seed=st.integers(0, 1000))
def test_right_weights_are_likelier_than_those_one_band_further(shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kda = np.array(find_preset("PageRuler Plus").weights())
    places = migrated(kda[:7]) + rng.normal(0, 0.5, 7)
    y = (places - places.mean()) / np.ptp(places) * 2 + shift
    logs = np.log10(np.stack([kda[:7], kda[1:8], kda[2:9]]))
    likely = position_evidence(y, logs, np.full(7, 0.01), 7)
    assert likely.argmax() == 0
