"""Phosphorylated over total protein: the worked vectors, the guards and the refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fold_cases import PARAMETERS, VECTORS, answer, codes, expression, messages, phospho, row, study
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.analysis.records import LaneSample, PhosphoPlan, TargetVolume
from blotflux.analysis.run import analyze
from blotflux.errors import NormalizationError
from blotflux.flags import Flag

DATA = {
    "p-TrkA": VECTORS["P_pTrkA_over_TrkA"]["input"]["data"]["pTrkA"],
    "TrkA": VECTORS["P_pTrkA_over_TrkA"]["input"]["data"]["TrkA"],
    "p-Akt": VECTORS["P_pAkt_over_Akt"]["input"]["data"]["pAkt"],
    "Akt": VECTORS["P_pAkt_over_Akt"]["input"]["data"]["Akt"],
    "p-ERK1": VECTORS["P_pERKsum_over_ERKsum"]["input"]["data"]["pERK1"],
    "p-ERK2": VECTORS["P_pERKsum_over_ERKsum"]["input"]["data"]["pERK2"],
    "ERK1": VECTORS["P_pERKsum_over_ERKsum"]["input"]["data"]["ERK1"],
    "ERK2": VECTORS["P_pERKsum_over_ERKsum"]["input"]["data"]["ERK2"],
    "pX": VECTORS["P_loss_pX_over_X"]["input"]["data"]["pX"],
    "X": VECTORS["P_loss_pX_over_X"]["input"]["data"]["X"],
    "GAPDH": VECTORS["P_pTrkA_over_GAPDH"]["input"]["data"]["GAPDH"],
}
for total, one, two in (("p-ERK1/2", "p-ERK1", "p-ERK2"), ("ERK1/2", "ERK1", "ERK2")):
    DATA[total] = [
        [a + b for a, b in zip(x, y, strict=True)]
        for x, y in zip(DATA[one], DATA[two], strict=True)
    ]

CASES = [
    ("P_pTrkA_over_TrkA", "p-TrkA", "TrkA", "phospho_over_total"),
    ("P_pTrkA_over_GAPDH", "p-TrkA", "TrkA", "phospho_over_loading"),
    ("P_TrkA_over_GAPDH", "p-TrkA", "TrkA", "total_over_loading"),
    ("P_pAkt_over_Akt", "p-Akt", "Akt", "phospho_over_total"),
    ("P_pAkt_over_GAPDH", "p-Akt", "Akt", "phospho_over_loading"),
    ("P_Akt_over_GAPDH", "p-Akt", "Akt", "total_over_loading"),
    ("P_pERKsum_over_ERKsum", "p-ERK1/2", "ERK1/2", "phospho_over_total"),
    ("P_pERK1_44_over_ERK1", "p-ERK1/2", "ERK1/2", "phospho_over_total:p-ERK1"),
    ("P_pERK2_42_over_ERK2", "p-ERK1/2", "ERK1/2", "phospho_over_total:p-ERK2"),
    ("P_loss_pX_over_X", "pX", "X", "phospho_over_total"),
    ("P_loss_pX_over_GAPDH", "pX", "X", "phospho_over_loading"),
    ("P_loss_X_over_GAPDH", "pX", "X", "total_over_loading"),
]


@pytest.mark.parametrize(("name", "target", "total", "quantity"), CASES)
def test_worked_vectors_are_reproduced(name: str, target: str, total: str, quantity: str) -> None:
    expected = VECTORS[name]["output"]
    found = row(phospho(study(DATA), target, total, "GAPDH"), quantity)
    assert found.estimate == pytest.approx(expected["FC"], rel=1e-9)
    assert (found.ci_low, found.ci_high) == pytest.approx(expected["ci95"], rel=1e-9)
    assert (found.ci90_low, found.ci90_high) == pytest.approx(expected["ci90"], rel=1e-9)
    assert found.p_value == pytest.approx(expected["p"], rel=1e-7)
    assert (found.df, found.n, found.n_technical) == (expected["df"], 3, 6)
    assert found.method == "paired t on ln ratios"


@pytest.mark.parametrize(
    ("name", "target", "total"),
    [(name, p, t) for name, p, t, quantity in CASES if quantity == "phospho_over_total"],
)
def test_labels_of_worked_vectors_are_reproduced(name: str, target: str, total: str) -> None:
    expected = VECTORS[name]["output"]
    result = phospho(study(DATA), target, total, "GAPDH")
    headline = row(result, "phospho_over_total")
    assert headline.label == expected["label"]
    assert [str(flag) for flag in headline.flags] == expected.get("flags", [])
    assert answer(result).headline == headline
    assert all(not item.label for item in result.comparisons if item is not headline)


def test_replicates_table_holds_exactly_the_numbers_behind_the_estimate() -> None:
    result = phospho(study(DATA), "p-TrkA", "TrkA", "GAPDH")
    folds = [
        item.value_over_control
        for item in result.replicates
        if item.quantity == "phospho_over_total" and item.treatment == "drug"
    ]
    assert folds == pytest.approx(VECTORS["P_pTrkA_over_TrkA"]["output"]["per_blot_FC"], rel=1e-12)


def test_holm_runs_over_the_phospho_targets_of_the_study() -> None:
    plans = [
        PhosphoPlan(target=p, total=t, loading="GAPDH", control="vehicle")
        for p, t in (("p-TrkA", "TrkA"), ("p-Akt", "Akt"), ("p-ERK1/2", "ERK1/2"))
    ]
    results = analyze(plans, *study(DATA), PARAMETERS)
    adjusted = [row(result, "phospho_over_total").p_adjusted for result in results]
    assert adjusted == pytest.approx([0.00591, 0.00117, 0.00335], abs=5e-6)
    assert all("3 phospho" in row(r, "phospho_over_total").family for r in results)
    assert all(r.answers[0].headline == row(r, "phospho_over_total") for r in results)
    assert all("tested in this study: 3" in " ".join(r.methods) for r in results)


def test_the_sum_of_a_doublet_is_the_headline_and_its_rows_stand_beside_it() -> None:
    result = phospho(study(DATA), "p-ERK1/2", "ERK1/2", "GAPDH")
    assert [item.quantity for item in result.comparisons if item.label] == ["phospho_over_total"]
    assert {item.target for item in result.normalized} >= {"p-ERK1/2", "p-ERK1", "p-ERK2"}


def test_rows_of_an_unresolved_doublet_are_not_reported() -> None:
    samples, volumes = study(DATA)
    merged = [replace(v, valley=0.8 if v.target in ("p-ERK1", "p-ERK2") else None) for v in volumes]
    result = phospho((samples, merged), "p-ERK1/2", "ERK1/2", "GAPDH")
    assert not [item for item in result.comparisons if ":" in item.quantity]
    (message,) = messages(result, "DOUBLET_UNRESOLVED")
    assert "valley 0.8" in message
    assert "project default" in message


def test_parts_named_by_the_study_come_before_the_target_list() -> None:
    data = {"p-S": [[30, 60]] * 3, "S": [[30, 30]] * 3}
    data |= {f"p-{n}": [[a, b]] * 3 for n, a, b in (("up", 10, 30), ("low", 20, 30))}
    data |= {n: [[a, a]] * 3 for n, a in (("up", 10), ("low", 20))}
    samples, volumes = study(data)
    named = {"p-S": ("p-up", "p-low"), "S": ("up", "low")}
    volumes = [replace(v, parts=named.get(v.target, ())) for v in volumes]
    result = phospho((samples, volumes), "p-S", "S", None)
    assert row(result, "phospho_over_total:p-up").estimate == pytest.approx(3.0)
    assert row(result, "phospho_over_total:p-low").estimate == pytest.approx(1.5)


# ---------------------------------------------------------------- what loading may not do


def test_p_over_t_does_not_move_when_a_loading_control_is_given() -> None:
    without = row(phospho(study(DATA), "p-Akt", "Akt", None), "phospho_over_total")
    result = phospho(study(DATA), "p-Akt", "Akt", "GAPDH")
    given_loading = row(result, "phospho_over_total")
    assert given_loading.estimate == pytest.approx(without.estimate, rel=1e-12)
    assert given_loading.p_value == pytest.approx(without.p_value, rel=1e-12)


def test_without_loading_control_the_total_is_flagged_as_not_checked() -> None:
    result = phospho(study(DATA), "p-Akt", "Akt", None)
    assert [item.quantity for item in result.comparisons] == ["phospho_over_total"]
    assert Flag.TOTAL_NOT_CHECKED in result.comparisons[0].flags
    assert Flag.TOTAL_NOT_CHECKED.meaning in answer(result).caveats


@pytest.mark.parametrize(
    ("name", "target", "total"),
    [
        ("P_forbidden_pTrkA_over_TrkA_over_GAPDH", "p-TrkA/TrkA", "GAPDH"),
        ("P_forbidden_pAkt_over_Akt_over_GAPDH", "p-Akt/Akt", "GAPDH"),
    ],
)
def test_dividing_p_over_t_by_the_loading_control_is_refused(
    name: str, target: str, total: str
) -> None:
    with pytest.raises(NormalizationError) as refusal:
        expression(study(DATA), target, total)
    assert str(refusal.value) == VECTORS[name]["output"]["message"]
    with pytest.raises(NormalizationError) as refusal:
        phospho(study(DATA), target, "Akt", total)
    assert str(refusal.value) == VECTORS[name]["output"]["message"]


def test_joining_total_and_loading_control_is_refused_as_well() -> None:
    with pytest.raises(NormalizationError, match="P/T already cancels loading"):
        expression(study(DATA), "p-Akt", ("Akt", "GAPDH"))


def test_the_mirror_image_of_a_loss_of_total_is_driven_by_total_too() -> None:
    flipped = {name: [values[::-1] for values in table] for name, table in DATA.items()}
    result = phospho(study(flipped), "pX", "X", "GAPDH")
    headline = row(result, "phospho_over_total")
    assert headline.label == "DECREASED"
    assert Flag.DRIVEN_BY_TOTAL in headline.flags
    assert "driven by gain of total protein" in answer(result).text


def test_a_rise_of_p_over_l_is_not_driven_by_total() -> None:
    data = DATA | {"pX": [[a, 3 * b] for a, b in DATA["pX"]]}
    headline = row(phospho(study(data), "pX", "X", "GAPDH"), "phospho_over_total")
    assert headline.label == "INCREASED"
    assert Flag.DRIVEN_BY_TOTAL not in headline.flags


@settings(max_examples=15, deadline=None)
@given(factor=st.floats(0.05, 20), lane=st.integers(1, 2), membrane=st.integers(1, 3))
def test_loading_a_lane_more_changes_no_ratio(factor: float, lane: int, membrane: int) -> None:
    samples, volumes = study({name: DATA[name] for name in ("p-Akt", "Akt", "GAPDH")})
    place = (f"m{membrane}", lane)
    more = [
        replace(v, volume=v.volume * factor) if (v.membrane, v.lane) == place else v
        for v in volumes
    ]
    before = phospho((samples, volumes), "p-Akt", "Akt", "GAPDH")
    after = phospho((samples, more), "p-Akt", "Akt", "GAPDH")
    for one, two in zip(before.comparisons, after.comparisons, strict=True):
        assert two.estimate == pytest.approx(one.estimate, rel=1e-9)
        assert two.ci_low == pytest.approx(one.ci_low, rel=1e-9)
        assert two.label == one.label


# ---------------------------------------------------------------- other membranes


def on_two_membranes(**changes: float) -> tuple[list[LaneSample], list[TargetVolume]]:
    """Return P on membranes a, T on membranes b, GAPDH on both; b holds twice the load."""
    samples, volumes = [], []
    for r in range(3):
        for lane, treatment in ((1, "vehicle"), (2, "drug")):
            for kind in "ab":
                samples.append(
                    LaneSample(
                        membrane=f"{kind}{r}",
                        lane=lane,
                        treatment=treatment,
                        replicate=f"r{r}",
                        sample=f"r{r}{treatment}",
                    )
                )
            up = (2.0 + 0.1 * r) if lane == 2 else 1.0
            load_a, load_b = (1.0, 2.0) if lane == 1 else (1.5, 1.0)
            place_a, place_b = (
                {"membrane": f"a{r}", "lane": lane},
                {
                    "membrane": f"b{r}",
                    "lane": lane,
                },
            )
            volumes += [
                TargetVolume(target="p-X", volume=100 * up * load_a, **place_a),
                TargetVolume(target="GAPDH", volume=1000 * load_a, **place_a),
                TargetVolume(target="X", volume=300 * load_b, **place_b),
            ]
            if not changes.get("no_control"):
                volumes.append(TargetVolume(target="GAPDH", volume=500 * load_b, **place_b))
    return samples, volumes


def test_p_and_t_of_two_membranes_are_each_divided_by_their_own_control() -> None:
    result = phospho(on_two_membranes(), loading="GAPDH")
    headline = row(result, "phospho_over_total")
    assert headline.estimate == pytest.approx((2.0 * 2.1 * 2.2) ** (1 / 3), rel=1e-9)
    assert Flag.CROSS_MEMBRANE in headline.flags
    assert headline.label == "INCREASED"


@pytest.mark.parametrize("loading", [None, "GAPDH"])
def test_p_and_t_of_two_membranes_without_a_control_on_each_are_refused(
    loading: str | None,
) -> None:
    with pytest.raises(NormalizationError, match="are on different membranes: their ratio needs"):
        phospho(on_two_membranes(no_control=1), loading=loading)


def test_a_total_that_some_membranes_lack_is_refused_with_their_names() -> None:
    samples, volumes = study(DATA)
    lost = [v for v in volumes if not (v.target == "Akt" and v.membrane == "m2")]
    with pytest.raises(NormalizationError, match="Akt was not measured on m2, where p-Akt was"):
        phospho((samples, lost), "p-Akt", "Akt", "GAPDH")


# ---------------------------------------------------------------- strip and reprobe


def probed(residual: float | None, *, detection: str = "", total_probe: int | None = 2):
    """Return the Akt study as stripped and reprobed, with a strip control of some residual."""
    samples, volumes = study({name: DATA[name] for name in ("p-Akt", "Akt", "GAPDH")})
    volumes = [
        replace(
            v,
            image=f"{v.target}.tif",
            detection=detection,
            probe={"p-Akt": 1, "Akt": total_probe}.get(v.target) if total_probe else None,
        )
        for v in volumes
    ]
    if residual is not None:
        volumes += [
            replace(
                v,
                target="p-Akt (strip control)",
                strip_control_of="p-Akt",
                volume=residual * v.volume,
                image="strip.tif",
            )
            for v in volumes
            if v.target == "p-Akt" and v.lane == 1 and v.membrane == "m1"
        ]
    return samples, volumes


def test_reprobing_without_a_strip_control_is_flagged() -> None:
    assert Flag.STRIP_UNVERIFIED in phospho(probed(None), "p-Akt", "Akt", None).comparisons[0].flags
    ecl = probed(None, detection="ecl", total_probe=None)
    assert Flag.STRIP_UNVERIFIED in phospho(ecl, "p-Akt", "Akt", None).comparisons[0].flags


def test_two_colors_and_verified_strips_are_not_flagged() -> None:
    two_colors = probed(None, detection="fluorescence", total_probe=None)
    for case in (two_colors, probed(0.01), probed(None, total_probe=1)):
        flags = phospho(case, "p-Akt", "Akt", None).comparisons[0].flags
        assert Flag.STRIP_UNVERIFIED not in flags


def test_a_strip_control_with_thirty_percent_left_fails_and_the_lane_leaves_inference() -> None:
    result = phospho(probed(0.30), "p-Akt", "Akt", "GAPDH")
    (finding,) = [item for item in result.findings if item.code == "D-STRIP"]
    assert (finding.severity, finding.lane, finding.membrane) == ("fail", 1, "m1")
    assert finding.value == pytest.approx(0.30)
    assert "Stripping left 30 % of p-Akt (limit 20 %, project default)" in finding.message
    assert row(result, "phospho_over_total").label == "PROVISIONAL_N2"
    assert row(result, "phospho_over_total").p_value is None
    assert row(result, "phospho_over_loading").n == 3
    (lane,) = [
        item
        for item in result.normalized
        if (item.membrane, item.lane, item.target) == ("m1", 1, "p-Akt")
    ]
    assert not lane.used
    assert Flag.QC_FAIL in lane.flags


def test_a_strip_control_between_five_and_twenty_percent_warns_and_keeps_the_lane() -> None:
    result = phospho(probed(0.10), "p-Akt", "Akt", "GAPDH")
    (finding,) = [item for item in result.findings if item.code == "D-STRIP"]
    assert finding.severity == "warn"
    assert row(result, "phospho_over_total").n == 3
    assert "D-STRIP" not in codes(phospho(probed(0.04), "p-Akt", "Akt", "GAPDH"))


def test_more_than_two_rounds_of_stripping_fail() -> None:
    result = phospho(probed(None, total_probe=4), "p-Akt", "Akt", "GAPDH")
    assert "probed after 3 rounds of stripping" in messages(result, "D-STRIP")[0]
    assert row(result, "phospho_over_total").label == "INCONCLUSIVE_DESIGN"
