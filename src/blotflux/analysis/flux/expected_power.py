"""How often studies like this one reach the right label: the nearest simulated ones.

The shares are measured by ``benchmarks/flux_simulations.py`` with the analysis itself.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["expected_power_text"]


@cache
def simulated() -> tuple[dict[str, Any], ...]:
    """Return the simulated cells: truth, label, cv, n, sets and share of the right label."""
    text = files("blotflux").joinpath("data/flux_power.json").read_text(encoding="utf-8")
    return tuple(json.loads(text))


def expected_power_text(n: int, cv: float) -> str:
    """Return the shares of right labels at the simulated n and CV nearest to a study's.

    Parameters
    ----------
    n : int
        Biological replicates, at least 3.
    cv : float
        Residual coefficient of variation of one lane, above 0.
    """
    cells = simulated()
    near_n = min({cell["n"] for cell in cells}, key=lambda known: (abs(known - n), known))
    near_cv = min(
        {cell["cv"] for cell in cells}, key=lambda known: (abs(math.log(known / cv)), known)
    )
    shares = "; ".join(
        f"{100 * cell['share']:.0f} % for {cell['truth']}"
        for cell in cells
        if cell["n"] == near_n and cell["cv"] == near_cv
    )
    return (
        f"Expected power, from simulated studies with n = {near_n} and a CV of "
        f"{100 * near_cv:.0f} % (the nearest to this one): right label in {shares}. At least 4 "
        f"replicates and a CV of at most 15 % are advised."
    )
