"""Random studies through the public face, against `recomputed`, which knows only the formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from recomputed import (
    ARMS,
    Model,
    Sheet,
    dunnett_coverage,
    dunnett_critical,
    flux,
    flux_label,
    holm,
    least_squares,
    normalized,
    row_of,
    t_answer,
    welch,
)
from scipy import stats

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

EXPRESSION = 'kind = "expression"\ntarget = "p62"\nloading = "GAPDH"\ncontrol = "vehicle"'
FLUX = (
    'kind = "lc3_flux"\ntarget = "LC3-II"\nloading = "GAPDH"\ncontrol = "vehicle"\n'
    "inhibitor_hours = 4.0"
)
LIMITS = ("ci_low", "ci_high", "ci90_low", "ci90_high")


def assert_agrees(row: pd.Series, expected: dict[str, float], *, limits: float = 1e-6) -> None:
    """Hold a row against its recomputation; limits of draws get what draws allow."""
    for name, value in expected.items():
        tolerance = limits if name in LIMITS else 1e-6
        if name == "p_value" and limits > 1e-6:
            tolerance = 0.02
        found = float(row[name])
        assert found == pytest.approx(value, rel=tolerance, abs=tolerance), (name, row["quantity"])


def lysates(rng: np.random.Generator, n: int, sd: float = 0.15) -> np.ndarray:
    """Return ln-normal factors about 1."""
    return np.exp(rng.normal(0, sd, n))


# ---------------------------------------------------------------- fold changes


@pytest.mark.parametrize("seed", range(4))
def test_paired_with_technical_lanes_and_two_controls(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    sheet, rows = Sheet(), []
    for block in range(int(rng.integers(3, 7))):
        cells = ["vehicle"] * int(rng.integers(1, 4)) + ["drug"] * int(rng.integers(1, 4))
        target = 1e4 * lysates(rng, len(cells)) * np.where(np.array(cells) == "drug", 1.6, 1)
        controls = [5e4 * lysates(rng, len(cells), 0.1), 2e4 * lysates(rng, len(cells), 0.1)]
        for place, cell in enumerate(cells):
            volumes = {
                "p62": target[place],
                "GAPDH": controls[0][place],
                "actin": controls[1][place],
            }
            sheet.lane(f"b{block}", volumes, treatment=cell, replicate=f"r{block}")
        logs = np.log(normalized(target, controls))
        for cell in ("vehicle", "drug"):
            here = [value for name, value in zip(cells, logs, strict=True) if name == cell]
            rows.append((cell, f"r{block}", float(np.mean(here))))
    both = EXPRESSION.replace('"GAPDH"', '["GAPDH", "actin"]')
    answer = sheet.run(tmp_path, both)
    d = [t - c for (_, _, c), (_, _, t) in zip(rows[::2], rows[1::2], strict=True)]
    expected = t_answer(np.mean(d), np.std(d, ddof=1) / np.sqrt(len(d)), len(d) - 1)
    row = row_of(answer.comparisons, quantity="target_over_loading")
    assert_agrees(row, expected)
    assert row["n"] == len(d)
    assert row["n_technical"] == len(sheet.lanes)


def doses(rng: np.random.Generator, n: int, k: int) -> tuple[Sheet, list[tuple[str, str, float]]]:
    """Return n membranes with a vehicle and k doses each."""
    sheet, rows = Sheet(), []
    names = ["vehicle", *(str(10**i) for i in range(k))]
    for block in range(n):
        order = rng.permutation(len(names))
        target = 1e4 * lysates(rng, len(names)) * np.array([1.25 ** int(i) for i in order])
        control = 5e4 * lysates(rng, len(names), 0.1)
        logs = np.log(normalized(target, [control]))
        for place, i in enumerate(order):
            what = {"treatment": "drug", "dose": names[i], "dose_unit": "nM"} if i else {}
            sheet.lane(
                f"b{block}",
                {"p62": target[place], "GAPDH": control[place]},
                **({"treatment": "vehicle"} | what),
                replicate=f"r{block}",
            )
            rows.append((names[i], f"r{block}", float(logs[place])))
    return sheet, rows


@pytest.mark.parametrize(("seed", "n", "k"), [(1, 4, 3), (2, 3, 2), (3, 5, 4)])
def test_doses_have_dunnett_on_the_blocked_residual(
    seed: int, n: int, k: int, tmp_path: Path
) -> None:
    sheet, rows = doses(np.random.default_rng(seed), n, k)
    table = sheet.run(tmp_path, EXPRESSION).comparisons
    model = least_squares(rows)
    assert model.df == (n - 1) * k
    wide, narrow = (dunnett_critical(level, k, model.df) for level in (0.95, 0.90))
    for i in range(k):
        dose = str(10**i)
        estimate, se = model.contrast({dose: 1, "vehicle": -1})
        expected = t_answer(estimate, se, model.df)
        for name, critical in (("ci", wide), ("ci90", narrow)):
            expected[f"{name}_low"] = float(np.exp(estimate - critical * se))
            expected[f"{name}_high"] = float(np.exp(estimate + critical * se))
        expected["p_adjusted"] = 1 - dunnett_coverage(abs(estimate / se), k, model.df)
        row = row_of(table, quantity="target_over_loading", dose=dose)
        assert_agrees(row, expected)


@pytest.mark.parametrize("seed", range(3))
def test_missing_cells_are_taken_up_by_the_model(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(100 + seed)
    sheet, rows = doses(rng, 5, 2)
    gone = {("1", "r0"), ("vehicle", "r3")} if seed % 2 else {("10", "r1")}
    keep = [(cell, block) not in gone for cell, block, _ in rows]
    lost = [lane for lane, kept in zip(sheet.lanes, keep, strict=True) if not kept]
    # The lane is there and was loaded; the user excluded it.
    for lane in lost:
        lane["exclude"] = "torn"
    # An excluded lane does not count in the geometric mean of its membrane, which is a constant
    # of the membrane and cancels.
    model = least_squares([row for row, kept in zip(rows, keep, strict=True) if kept])
    table = sheet.run(tmp_path, EXPRESSION).comparisons
    vectors = {dose: {dose: 1.0, "vehicle": -1.0} for dose in ("1", "10")}
    weights = np.array(
        [[vector.get(cell, 0.0) for cell in model.cells] for vector in vectors.values()]
    )
    covariance = weights @ model.inverse @ weights.T
    rho = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    for dose, vector in vectors.items():
        estimate, se = model.contrast(vector)
        t = abs(estimate / se)
        inside = stats.multivariate_t(shape=[[1, rho], [rho, 1]], df=model.df, seed=1).cdf(
            [t, t], lower_limit=[-t, -t], maxpts=400_000
        )
        row = row_of(table, quantity="target_over_loading", dose=dose)
        plain = t_answer(estimate, se, model.df)
        assert_agrees(row, {name: plain[name] for name in ("estimate", "p_value", "df")})
        assert row["p_adjusted"] == pytest.approx(1 - inside, abs=2e-4)


@pytest.mark.parametrize("seed", range(3))
def test_independent_animals(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(200 + seed)
    sheet = Sheet()
    cells = ["vehicle"] * 4 + ["drug"] * (4 + seed)
    target = 1e4 * lysates(rng, len(cells), 0.3) * np.where(np.array(cells) == "drug", 1.5, 1)
    control = 5e4 * lysates(rng, len(cells), 0.1)
    for i, cell in enumerate(cells):
        volumes = {"p62": target[i], "GAPDH": control[i]}
        sheet.lane("m", volumes, treatment=cell, replicate=f"animal {i}")
    logs = np.log(normalized(target, [control]))
    row = row_of(sheet.run(tmp_path, EXPRESSION).comparisons, quantity="target_over_loading")
    assert_agrees(row, welch(logs[4:], logs[:4]))
    assert row["n"] == 4


@pytest.mark.parametrize("seed", range(2))
def test_independent_animals_on_several_membranes(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(300 + seed)
    sheet, rows = Sheet(), []
    for m, sizes in enumerate([(2, 2), (2, 3), (1, 2)]):
        cells = ["vehicle"] * sizes[0] + ["drug"] * sizes[1]
        target = 1e4 * 3.0**m * lysates(rng, len(cells), 0.2)
        control = 5e4 * lysates(rng, len(cells), 0.1)
        logs = np.log(normalized(target, [control]))
        for i, cell in enumerate(cells):
            volumes = {"p62": target[i], "GAPDH": control[i]}
            sheet.lane(f"m{m}", volumes, treatment=cell, replicate=f"a{m}{i}")
            rows.append((cell, f"m{m}", float(logs[i])))
    model = least_squares(rows)
    row = row_of(sheet.run(tmp_path, EXPRESSION).comparisons, quantity="target_over_loading")
    assert_agrees(row, t_answer(*model.contrast({"drug": 1, "vehicle": -1}), model.df))


def test_a_time_course_compares_within_each_time_with_the_residual_of_all(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    sheet, rows = Sheet(), []
    for block in range(4):
        cells = [(treatment, t) for t in (1, 4, 24) for treatment in ("vehicle", "drug")]
        target = 1e4 * lysates(rng, 6) * np.array([1, 1.1, 1, 1.5, 1, 2])
        control = 5e4 * lysates(rng, 6, 0.1)
        logs = np.log(normalized(target, [control]))
        for i, (treatment, t) in enumerate(cells):
            volumes = {"p62": target[i], "GAPDH": control[i]}
            sheet.lane(f"b{block}", volumes, treatment=treatment, time_h=t, replicate=f"r{block}")
            rows.append((f"{treatment}{t}", f"r{block}", float(logs[i])))
    model = least_squares(rows)
    table = sheet.run(tmp_path, EXPRESSION).comparisons
    for t in (1, 4, 24):
        contrast = model.contrast({f"drug{t}": 1, f"vehicle{t}": -1})
        row = row_of(table, quantity="target_over_loading", time_h=float(t))
        assert_agrees(row, t_answer(*contrast, model.df))


@pytest.mark.parametrize("copies", [(2, 2, 2, 2), (1, 2, 3, 2)])
def test_replicates_on_several_membranes_are_averaged_over_contrasts(
    copies: tuple[int, ...], tmp_path: Path
) -> None:
    rng = np.random.default_rng(7)
    sheet, differences = Sheet(), []
    for replicate, count in enumerate(copies):
        inside = []
        for copy in range(count):
            target, control = 1e4 * lysates(rng, 2) * 5.0**copy, 5e4 * lysates(rng, 2)
            for i, treatment in enumerate(("vehicle", "drug")):
                volumes = {"p62": target[i], "GAPDH": control[i]}
                sheet.lane(
                    f"m{replicate}{copy}", volumes, treatment=treatment, replicate=f"r{replicate}"
                )
            inside.append(np.log(target[1] / control[1]) - np.log(target[0] / control[0]))
        differences.append(np.mean(inside))
    n = len(copies)
    expected = t_answer(np.mean(differences), np.std(differences, ddof=1) / np.sqrt(n), n - 1)
    row = row_of(sheet.run(tmp_path, EXPRESSION).comparisons, quantity="target_over_loading")
    assert_agrees(row, expected)
    assert row["n"] == n


def test_phospho_its_amounts_and_holm_over_targets(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    names = ("p-Akt", "Akt", "p-TrkA", "TrkA", "p-ERK1", "p-ERK2", "ERK1", "ERK2", "GAPDH")
    rise = {"p-Akt": 1.4, "p-TrkA": 1.15, "p-ERK1": 2.0, "p-ERK2": 1.7}
    sheet, blots = Sheet(), []
    for block in range(4):
        blot = {name: 1e4 * lysates(rng, 2) * np.array([1, rise.get(name, 1)]) for name in names}
        blot |= {
            whole: blot[whole[:-2]] + blot[f"{whole[:-3]}2"] for whole in ("p-ERK1/2", "ERK1/2")
        }
        for i, treatment in enumerate(("vehicle", "drug")):
            volumes = {name: values[i] for name, values in blot.items()}
            sheet.lane(f"b{block}", volumes, treatment=treatment, replicate=f"r{block}")
        blots.append(blot)

    def paired(up: str, down: str) -> dict[str, float]:
        d = [np.diff(np.log(blot[up]) - np.log(blot[down]))[0] for blot in blots]
        return t_answer(np.mean(d), np.std(d, ddof=1) / 2, 3)

    pairs = {"p-Akt": "Akt", "p-TrkA": "TrkA", "p-ERK1/2": "ERK1/2"}
    plans = [
        f'kind = "phospho"\ntarget = "{p}"\ntotal = "{t}"\ncontrol = "vehicle"\nloading = "GAPDH"'
        for p, t in pairs.items()
    ]
    table = sheet.run(tmp_path, *plans).comparisons
    expected = {p: paired(p, t) for p, t in pairs.items()}
    adjusted = holm([item["p_value"] for item in expected.values()])
    for (p, t), q in zip(pairs.items(), adjusted, strict=True):
        name = f"phospho {p}"
        row = row_of(table, analysis=name, quantity="phospho_over_total")
        assert_agrees(row, expected[p] | {"p_adjusted": q})
        assert_agrees(
            row_of(table, analysis=name, quantity="phospho_over_loading"), paired(p, "GAPDH")
        )
        assert_agrees(
            row_of(table, analysis=name, quantity="total_over_loading"), paired(t, "GAPDH")
        )
    for p, t in (("p-ERK1", "ERK1"), ("p-ERK2", "ERK2")):
        row = row_of(table, analysis="phospho p-ERK1/2", quantity=f"phospho_over_total:{p}")
        assert_agrees(row, paired(p, t))


def test_p_and_t_of_two_membranes_each_over_their_own_control(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    sheet, d = Sheet(), []
    for block in range(3):
        p, t, a, b = (1e4 * lysates(rng, 2) for _ in range(4))
        for i, treatment in enumerate(("vehicle", "drug")):
            common = {"treatment": treatment, "replicate": f"r{block}", "sample": f"s{block}{i}"}
            sheet.lane(f"p{block}", {"p-Akt": p[i], "GAPDH": a[i]}, **common)
        for i, treatment in enumerate(("vehicle", "drug")):
            common = {"treatment": treatment, "replicate": f"r{block}", "sample": f"s{block}{i}"}
            sheet.lane(f"t{block}", {"Akt": t[i], "GAPDH": b[i]}, **common)
        d.append(np.diff(np.log(p / a) - np.log(t / b))[0])
    plan = (
        'kind = "phospho"\ntarget = "p-Akt"\ntotal = "Akt"\ncontrol = "vehicle"\nloading = "GAPDH"'
    )
    row = row_of(sheet.run(tmp_path, plan).comparisons, quantity="phospho_over_total")
    assert_agrees(row, t_answer(np.mean(d), np.std(d, ddof=1) / np.sqrt(3), 2))
    assert "CROSS_MEMBRANE" in row["flags"]


def test_the_loading_control_is_tested_for_stability(tmp_path: Path) -> None:
    rng = np.random.default_rng(10)
    sheet, rows = Sheet(), []
    for block in range(4):
        control = 5e4 * lysates(rng, 2, 0.05) * np.array([1, 1.6])
        for i, treatment in enumerate(("vehicle", "drug")):
            volumes = {"p62": 1e4 * lysates(rng, 1)[0], "GAPDH": control[i]}
            sheet.lane(f"b{block}", volumes, treatment=treatment, replicate=f"r{block}")
        rows.append(np.diff(np.log(control))[0])
    answer = sheet.run(tmp_path, EXPRESSION)
    finding = row_of(answer.qc, code="D-LC-TRT")
    assert finding["severity"] == "fail"
    assert finding["value"] == pytest.approx(np.exp(np.mean(rows)))
    low, high = stats.t.interval(0.95, 3, np.mean(rows), stats.sem(rows))
    assert f"{np.exp(low):.3g} to {np.exp(high):.3g}" in finding["message"]
    assert "LC_AFFECTED" in row_of(answer.comparisons, quantity="target_over_loading")["flags"]


# ---------------------------------------------------------------- flux


def flux_study(
    rng: np.random.Generator,
    truths: dict[str, tuple[float, float]],
    n: int,
    *,
    lanes: int = 1,
    cv: float = 0.12,
    blocked: bool = True,
) -> tuple[Sheet, list[tuple[str, str, float]]]:
    """Return a flux study of several treatments; the first is the vehicle."""
    sheet, rows = Sheet(), []
    for block in range(n):
        membrane = f"b{block}" if blocked else "m"
        cells = [(name, arm, copy) for name in truths for arm in (0, 1) for copy in range(lanes)]
        levels = np.array([truths[name][arm] for name, arm, _ in cells])
        target = 1e4 * levels * lysates(rng, len(cells), cv) * np.exp(rng.normal(0, 0.5))
        control = 5e4 * lysates(rng, len(cells), 0.05)
        for i, (name, arm, copy) in enumerate(cells):
            sheet.lane(
                membrane,
                {"LC3-II": target[i], "GAPDH": control[i]},
                treatment=name,
                inhibitor="BafA1" if arm else "none",
                replicate=f"r{block}" if blocked else f"{name}{arm}{copy}{block}",
            )
        logs = np.log(normalized(target, [control]))
        for name in truths:
            for arm in (0, 1):
                here = [v for c, v in zip(cells, logs, strict=True) if c[:2] == (name, arm)]
                rows.append((f"{name}{arm}", f"r{block}", float(np.mean(here))))
    return sheet, rows


def assert_flux(table: pd.DataFrame, found: dict[str, Any], drug: str, df: int) -> None:
    """Hold all flux quantities of a treatment against their recomputation."""
    for name, expected in found.items():
        if isinstance(expected, dict) and "estimate" in expected:
            row = row_of(table, quantity=name, treatment=drug)
            if found["label"] == "INCONCLUSIVE_INHIBITOR" and name in (
                "flux_ratio",
                "clearance_ratio",
            ):
                assert np.isnan(row["estimate"])
                continue
            draws = name in ("flux_ratio", "clearance_ratio", "difference_of_differences")
            assert_agrees(row, expected, limits=0.01 if draws else 1e-6)
            assert row["df"] == df
    assert row_of(table, quantity="flux_ratio", treatment=drug)["label"] == found["label"]


def recomputed(model: Model, drug: str, *, alpha: float = 0.05) -> dict[str, Any]:
    """Return the flux of a treatment with its label."""
    arms = ("vehicle0", "vehicle1", f"{drug}0", f"{drug}1")
    found = flux(model, arms, alpha=alpha)
    return found | {"label": flux_label(found)}


TRUTHS = {
    "induction": (2.0, 6.0),
    "block": (5.0, 5.2),
    "partial": (1.6, 2.8),
    "synthesis": (0.4, 1.2),
    "slowed": (3.0, 5.0),
    "none": (1.0, 3.0),
}


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("n", [3, 5])
def test_flux_with_technical_lanes(name: str, n: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(len(name) * n)
    sheet, rows = flux_study(rng, {"vehicle": (1.0, 3.0), "drug": TRUTHS[name]}, n, lanes=2)
    table = sheet.run(tmp_path, FLUX).comparisons
    model = least_squares(rows)
    assert_flux(table, recomputed(model, "drug"), "drug", 3 * (n - 1))


@pytest.mark.parametrize("seed", range(3))
def test_flux_of_three_treatments_shares_alpha(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(400 + seed)
    truths = {"vehicle": (1.0, 3.0), "a": (2.0, 6.0), "b": (4.0, 4.5), "c": (1.0, 3.0)}
    sheet, rows = flux_study(rng, truths, 4)
    table = sheet.run(tmp_path, FLUX).comparisons
    model = least_squares(rows)
    for drug in "abc":
        found = recomputed(model, drug, alpha=0.05 / 3)
        assert_flux(table, found, drug, 21)
        row = row_of(table, quantity="pool_ratio", treatment=drug)
        assert row["p_adjusted"] == pytest.approx(min(1, 3 * found["pool_ratio"]["p_value"]))
        assert row["ci_level"] == pytest.approx(1 - 0.05 / 3)


@pytest.mark.parametrize("gone", [{3}, {1, 6}, {4, 9, 14}])
def test_flux_with_lost_lanes(gone: set[int], tmp_path: Path) -> None:
    rng = np.random.default_rng(500)
    sheet, rows = flux_study(rng, {"vehicle": (1.0, 3.0), "drug": (2.0, 6.0)}, 5)
    for i in gone:
        sheet.lanes[i]["exclude"] = "bubble"
    model = least_squares([row for i, row in enumerate(rows) if i not in gone])
    table = sheet.run(tmp_path, FLUX).comparisons
    assert_flux(table, recomputed(model, "drug"), "drug", 12 - len(gone))


def test_flux_of_animals_with_one_value_each(tmp_path: Path) -> None:
    rng = np.random.default_rng(600)
    sheet, _ = flux_study(rng, {"vehicle": (1.0, 3.0), "drug": (2.0, 6.0)}, 5, blocked=False)
    target = np.array([float(v["volume"]) for v in sheet.volumes if v["target"] == "LC3-II"])
    control = np.array([float(v["volume"]) for v in sheet.volumes if v["target"] == "GAPDH"])
    logs = np.log(normalized(target, [control]))
    rows = [
        (f"{lane['treatment']}{int(lane['inhibitor'] == 'BafA1')}", "m", float(value))
        for lane, value in zip(sheet.lanes, logs, strict=True)
    ]
    model = least_squares(rows, blocked=False)
    table = sheet.run(tmp_path, FLUX).comparisons
    assert_flux(table, recomputed(model, "drug"), "drug", 16)
    assert "UNBLOCKED" in row_of(table, quantity="flux_ratio")["flags"]


def test_flux_of_doses_and_times(tmp_path: Path) -> None:
    rng = np.random.default_rng(700)
    sheet, rows = Sheet(), []
    cells = [
        (treatment, dose, t, arm)
        for t in (6, 24)
        for treatment, dose in (("vehicle", ""), ("drug", "1"), ("drug", "10"))
        for arm in (0, 1)
    ]
    for block in range(4):
        level = np.array([(1 + 2 * arm) * (1 + len(dose)) for _, dose, _, arm in cells])
        target = 1e4 * level * lysates(rng, len(cells), 0.1)
        control = 5e4 * lysates(rng, len(cells), 0.05)
        logs = np.log(normalized(target, [control]))
        for i, (treatment, dose, t, arm) in enumerate(cells):
            sheet.lane(
                f"b{block}",
                {"LC3-II": target[i], "GAPDH": control[i]},
                treatment=treatment,
                dose=dose,
                dose_unit="uM" if dose else "",
                time_h=t,
                inhibitor="BafA1" if arm else "",
                replicate=f"r{block}",
            )
            rows.append((f"{treatment}{dose}@{t}:{arm}", f"r{block}", float(logs[i])))
    model = least_squares(rows)
    table = sheet.run(tmp_path, FLUX).comparisons
    for t in (6, 24):
        for dose in ("1", "10"):
            arms = (f"vehicle@{t}:0", f"vehicle@{t}:1", f"drug{dose}@{t}:0", f"drug{dose}@{t}:1")
            found = flux(model, arms, alpha=0.025)
            found |= {"label": flux_label(found)}
            here = table[(table["dose"] == dose) & (table["time_h"] == float(t))]
            assert_flux(here, found, "drug", 33)


def test_flux_per_replicate_and_of_all_in_amounts(tmp_path: Path) -> None:
    rng = np.random.default_rng(800)
    sheet, rows = flux_study(rng, {"vehicle": (1.0, 3.0), "drug": (2.0, 6.0)}, 4)
    table = sheet.run(tmp_path, FLUX).flux
    model = least_squares(rows)
    value = dict(zip(model.cells, np.exp(model.means), strict=True))
    unit = value["vehicle0"]
    for drug in ("vehicle", "drug"):
        row = row_of(table, replicate="", treatment=drug)
        low, high = value[f"{drug}0"] / unit, value[f"{drug}1"] / unit
        assert row["basal"] == pytest.approx(low)
        assert row["inhibited"] == pytest.approx(high)
        assert row["difference"] == pytest.approx(high - low)
        assert row["rate_per_h"] == pytest.approx((high - low) / 4)
        assert row["ratio"] == pytest.approx(high / low)
        assert row["transition_time_h"] == pytest.approx(4 / (high / low - 1))
    own = {(cell, block): value for cell, block, value in rows}
    for block in range(4):
        row = row_of(table, replicate=f"r{block}", treatment="drug")
        low = np.exp(own["drug0", f"r{block}"] - own["vehicle0", f"r{block}"])
        assert row["basal"] == pytest.approx(low)


ARM_NAMES = dict(zip(ARMS, ("vehicle0", "vehicle1", "drug0", "drug1"), strict=True))


def test_lanes_with_and_without_inhibitor_on_membranes_joined_by_reference_lanes(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(900)
    sheet, rows = Sheet(), []
    for block in range(4):
        for arm in (0, 1):
            scale = np.exp(rng.normal(0, 0.5))
            levels = np.array([1.0 + 2 * arm, 2.0 + 4 * arm, 2.5, 2.5])
            target = 1e4 * scale * levels * lysates(rng, 4, 0.1)
            control = 5e4 * lysates(rng, 4, 0.05)
            logs = np.log(normalized(target, [control]))
            logs -= logs[2:].mean()
            for i in range(4):
                what = (
                    {"treatment": ("vehicle", "drug")[i], "replicate": f"r{block}"}
                    if i < 2
                    else {
                        "treatment": "pool",
                        "role": "reference",
                    }
                )
                sheet.lane(
                    f"b{block}{arm}",
                    {"LC3-II": target[i], "GAPDH": control[i]},
                    inhibitor="BafA1" if arm and i < 2 else "",
                    **what,
                )
            rows += [(f"vehicle{arm}", f"r{block}", float(logs[0]))]
            rows += [(f"drug{arm}", f"r{block}", float(logs[1]))]
    table = sheet.run(tmp_path, FLUX).comparisons
    model = least_squares(rows)
    assert_flux(table, recomputed(model, "drug"), "drug", 9)
    assert "CROSS_MEMBRANE" in row_of(table, quantity="flux_ratio")["flags"]


def test_incomplete_membranes_are_aligned_as_in_the_worked_case(tmp_path: Path) -> None:
    sheet, rows = Sheet(), []
    for membrane, condition, value in (
        ("1", "V", 100), ("1", "A", 220), ("1", "B", 150), ("2", "V", 50), ("2", "A", 98),
        ("2", "C", 31), ("3", "A", 410), ("3", "B", 330), ("3", "C", 120),
    ):  # fmt: skip
        volumes = {"p62": value, "GAPDH": 1000.0}
        sheet.lane(membrane, volumes, treatment=condition, replicate=membrane)
        rows.append((condition, membrane, float(np.log(value))))
    table = sheet.run(tmp_path, EXPRESSION.replace("vehicle", "V")).comparisons
    model = least_squares(rows)
    assert (model.df, model.s) == (3, pytest.approx(0.0606163, rel=1e-5))
    for condition, expected in (("A", 2.0583), ("B", 1.5545), ("C", 0.6089)):
        row = row_of(table, quantity="target_over_loading", treatment=condition)
        assert row["estimate"] == pytest.approx(expected, rel=1e-4)
        assert row["n"] == 2
        assert row["label"] == "PROVISIONAL_N2"
