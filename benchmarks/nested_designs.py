"""False positives of two ways with replicates on unequal numbers of membranes.

No condition has an effect; each replicate has biological values of its own for every condition (SD
0.3 of ln), each membrane a level (0.5) and each lane technical noise (0.1). The mixed model has
random replicates and membranes; the collapsed test takes one mean contrast per replicate.

Run: ``python benchmarks/nested_designs.py`` (statsmodels; about five minutes).
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy import stats

STUDIES = 500
SEED = 20240607
DESIGNS = ((1, 2, 3), (1, 3, 2, 2), (1, 2, 3, 1, 2, 3))
BIOLOGY, MEMBRANE, TECHNICAL = 0.3, 0.5, 0.1


def study(rng: np.random.Generator, copies: tuple[int, ...]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return lanes, and one contrast per replicate."""
    rows, contrasts = [], []
    for replicate, count in enumerate(copies):
        own = rng.normal(0, MEMBRANE) + rng.normal(0, BIOLOGY, 2)
        inside = []
        for copy in range(count):
            y = own + rng.normal(0, MEMBRANE) + rng.normal(0, TECHNICAL, 2)
            blot = f"{replicate}.{copy}"
            rows += [
                {"ln_y": y[k], "cond": "vd"[k], "biorep": replicate, "blot": blot} for k in (0, 1)
            ]
            inside.append(y[1] - y[0])
        contrasts.append(np.mean(inside))
    return pd.DataFrame(rows), np.array(contrasts)


def rejections(rng: np.random.Generator, copies: tuple[int, ...]) -> tuple[bool, ...]:
    """Return which tests reject a true null hypothesis at 5 %."""
    lanes, contrasts = study(rng, copies)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its optimizer complains at the boundary
        mixed = smf.mixedlm(
            "ln_y ~ C(cond, Treatment('v'))",
            lanes,
            groups="biorep",
            vc_formula={"blot": "0+C(blot)"},
        ).fit(reml=True)
    n = len(copies)
    z = abs(mixed.fe_params.iloc[1] / mixed.bse_fe.iloc[1])
    t = abs(contrasts.mean()) / (contrasts.std(ddof=1) / np.sqrt(n))
    few, many = (stats.t.ppf(0.975, df) for df in (n - 1, sum(copies) - 1))
    return bool(z > stats.norm.ppf(0.975)), bool(z > many), bool(z > few), bool(t > few)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(SEED)
    print(
        "| membranes of each replicate | mixed, z | mixed, t on membranes - 1 | mixed, t on n - 1 |"
        " collapsed, t on n - 1 |"
    )
    print("| --- | --- | --- | --- | --- |")
    for copies in DESIGNS:
        shares = np.mean([rejections(rng, copies) for _ in range(STUDIES)], axis=0)
        cells = " | ".join(f"{100 * share:.1f} %" for share in shares)
        print(f"| {', '.join(map(str, copies))} | {cells} |")


if __name__ == "__main__":
    main()
