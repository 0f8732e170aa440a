"""One lane fitted with rows that stay as they are, alone and beside others."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.measure.fitting.frozen import FrozenTask, RowModel, fit_frozen
from blotflux.measure.fitting.shapes import SHAPE_TERMS, per_term

NOISE = 4.0


def model(sigma: float) -> RowModel:
    return RowModel(
        log_sigma=float(np.log(sigma)),
        shape=np.zeros(SHAPE_TERMS),
        spread=per_term(0.05, 0.03, 0.003),
        haze=1.0,
    )


def profile(volumes: list[float], n: int, sigma: float, seed: int) -> FrozenTask:
    """Return Gaussian bands at even distances on a slope, with noise."""
    y, rows = np.arange(n, dtype=float), len(volumes)
    places = (np.arange(rows) + 1) * n / (rows + 1)
    bands = np.exp(-0.5 * ((y - places[:, None]) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    noise = np.random.default_rng(seed).normal(0, NOISE, n)
    return FrozenTask(
        value=np.array(volumes) @ bands + 50 + 0.2 * y + noise,
        variance=np.full(n, NOISE**2),
        y=places,
        models=[model(sigma)] * rows,
    )


def test_bands_of_known_volume_are_measured_within_their_errors() -> None:
    made = fit_frozen([profile([4000.0, 800.0], 90, 4.0, seed=1)])[0]
    error = np.sqrt(np.diagonal(made.covariance))
    assert np.all(np.abs(made.volume - [4000.0, 800.0]) < 3 * error)
    assert np.all(error < 200)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(0, 1e5), min_size=1, max_size=3),
            st.sampled_from([70, 71, 90]),
            st.sampled_from([3.0, 5.0]),
        ),
        min_size=2,
        max_size=8,
    )
)
def test_a_fit_beside_others_is_the_fit_alone_to_the_bit(
    drawn: list[tuple[list[float], int, float]],
) -> None:
    tasks = [profile(*one, seed=seed) for seed, one in enumerate(drawn)]
    for task, beside in zip(tasks, fit_frozen(tasks), strict=True):
        alone = fit_frozen([task])[0]
        for field in fields(alone):
            assert np.array_equal(getattr(alone, field.name), getattr(beside, field.name))


def test_nothing_to_fit_is_no_fit() -> None:
    assert fit_frozen([]) == []


@pytest.mark.parametrize("count", [1, 20])
def test_tasks_come_back_in_their_order(count: int) -> None:
    volumes = [1000.0 * (place + 1) for place in range(count)]
    tasks = [profile([v], 70 + i % 2, 4.0, seed=i) for i, v in enumerate(volumes)]
    made = [float(fit.volume[0]) for fit in fit_frozen(tasks)]
    assert np.argsort(made).tolist() == list(range(count))
