import numpy as np
import pytest

from blotflux.measure.medians import median


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 2, 3, 8, 255, 256, 257, 258, 5001, 5002, 20001, 20002])
def test_the_median_of_all_is_that_of_numpy(size: int, dtype: type[np.floating]) -> None:
    values: np.ndarray = np.random.default_rng(size).normal(size=size).astype(dtype)
    before = values.copy()
    found = median(values)
    assert found == np.median(values)
    assert found.dtype == dtype
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shape", [(1, 7), (6, 1), (20, 31), (1500, 3), (4, 1501), (2, 20000)])
def test_medians_along_an_axis_are_those_of_numpy(shape: tuple[int, int], axis: int) -> None:
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    before = values.copy()
    found = median(values, axis=axis)
    np.testing.assert_array_equal(found, np.median(values, axis=axis))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(values, before)


def test_all_values_of_a_picture_count() -> None:
    values = np.random.default_rng(2).normal(size=(30, 40))
    assert median(values) == np.median(values)
    assert median(values[::2, 1::3]) == np.median(values[::2, 1::3])


@pytest.mark.parametrize("size", [5, 600, 20000])
def test_nan_is_passed_on(size: int) -> None:
    values = np.random.default_rng(3).normal(size=(size, 4))
    values[2, 1] = np.nan
    assert np.isnan(median(values))
    np.testing.assert_array_equal(median(values, axis=0), np.median(values, axis=0))
    np.testing.assert_array_equal(median(values, axis=1), np.median(values, axis=1))


def test_whole_numbers_and_truth_values() -> None:
    assert median(np.array([3, 1, 2, 8])) == 2.5
    assert median(np.array([True, False])) == 0.5


def test_of_nothing_there_is_none() -> None:
    assert np.isnan(median(np.zeros(0)))
    assert np.isnan(median(np.zeros((0, 3)), axis=0)).all()
