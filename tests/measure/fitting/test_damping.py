"""Steps of the fit held back where they would swing."""

from __future__ import annotations

import numpy as np
import pytest

from blotflux.measure.fitting.damping import FEW_DAMPED, LEAST, MANY_DAMPED, MOST, Damping
from blotflux.measure.fitting.shapes import FEW_TERMS, SHAPE_TERMS


def test_many_shape_terms_are_held_back_more_to_start_with():
    assert np.all(Damping((2, 3), FEW_TERMS).share == FEW_DAMPED)
    assert np.all(Damping((2, 3), SHAPE_TERMS).share == MANY_DAMPED)


def test_a_lane_whose_step_failed_is_held_back_more_and_the_others_less():
    damping = Damping((1, 3), FEW_TERMS)
    damping.judge(np.array([[10.0, 10.0, 10.0]]))
    assert np.all(damping.share == FEW_DAMPED)  # nothing to compare with yet
    damping.judge(np.array([[5.0, 10.1, 20.0]]))
    better, as_good, worse = damping.share[0]
    assert better == as_good < FEW_DAMPED < worse


def test_what_is_forgotten_is_not_compared_with():
    damping = Damping((1, 1), FEW_TERMS)
    damping.judge(np.array([[1.0]]))
    damping.forget()
    damping.judge(np.array([[100.0]]))
    assert damping.share[0, 0] == FEW_DAMPED


@pytest.mark.parametrize(("misfits", "end"), [((1.0, 0.9), LEAST), ((1.0, 2.0), MOST)])
def test_shares_stay_within_bounds(misfits, end):
    damping, (first, factor) = Damping((1, 1), SHAPE_TERMS), misfits
    for step in range(40):
        damping.judge(np.array([[first * factor**step]]))
    assert damping.share[0, 0] == end


def test_only_the_diagonal_is_raised():
    normal = np.ones((1, 2, 3, 3))
    damping = Damping((1, 2), SHAPE_TERMS)
    damping.hold_back(normal)
    expected = np.ones((3, 3)) + MANY_DAMPED * np.eye(3)
    np.testing.assert_allclose(normal[0, 0], expected)
    np.testing.assert_allclose(normal[0, 1], expected)
