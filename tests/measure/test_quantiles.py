"""The lean quantile is numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.measure.medians import quantile


@pytest.mark.parametrize("share", [0.0, 0.2, 0.75, 0.995, 1.0])
@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (31, 17)])
def test_the_quantile_is_that_of_numpy(shape, share):
    values = np.random.default_rng(1).normal(size=shape)
    before = values.copy()
    assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-12)
    assert np.array_equal(values, before)
