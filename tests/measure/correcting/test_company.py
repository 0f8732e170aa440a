"""Lanes in company: whose light can reach whom."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.measure.correcting.company import are_close
from blotflux.measure.fitting.crosstalk import estimate_crosstalk
from blotflux.measure.fitting.profiles import Profiles


def profiles_at(x_px):
    lanes, rows = len(x_px), 11
    return Profiles(
        parts=np.zeros((lanes, 5, rows)),
        clipped=np.zeros((lanes, rows), bool),
        left_px=np.full(lanes, 5),
        right_px=np.full(lanes, 5),
        center_px=np.repeat(np.array(x_px, np.intp)[:, None], rows, axis=1),
        slope=np.zeros((lanes, rows)),
        sag=np.zeros((lanes, rows)),
        top=0,
    )


@pytest.mark.parametrize("seed", range(40))
def test_lanes_are_close_where_crosstalk_is_looked_for(seed):
    rng = np.random.default_rng(seed)
    x_px = np.cumsum(rng.integers(14, 40, size=int(rng.integers(1, 4))))
    width_px = rng.uniform(10, 20, len(x_px))
    signal, profiles = np.zeros((11, 200), np.float32), profiles_at(x_px)

    def looked_for() -> bool:
        try:
            seen = estimate_crosstalk(signal, profiles, None, width_px)  # looks at the fit, or not
        except AttributeError:
            return True
        assert seen.negligible
        return False

    assert are_close(x_px.tolist(), width_px.tolist()) == looked_for()
