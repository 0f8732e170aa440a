"""Small drawn pictures, and a data set read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.batch.recipe import Recipe
from blotflux.batch.run import BatchRequest, run_batch

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

HERE = Path(__file__).parent


def draw_small(path: Path, seed: int) -> None:
    """Write a picture of four lanes and two rows; every seed gives other pixels."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:80, :160]
    image = 400 + rng.normal(0, 5, (80, 160))
    for center in (25, 60, 95, 130):
        for row in (26, 56):
            band = np.exp(-(((y - row) / 2.5) ** 2) / 2) / (1 + np.exp(abs(x - center) - 10))
            image += rng.uniform(1000, 5000) * band
    tifffile.imwrite(path, image.astype(np.uint16))


@pytest.fixture
def draw() -> Callable[[Path, int], None]:
    return draw_small


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of twelve pictures, all different."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for seed in range(12):
        draw_small(folder / f"blot{seed:02}.tif", seed)
    return folder


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other processes find the measuring functions of this folder."""
    pytest.importorskip(
        "pyarrow", reason="pyarrow is not installed (pip install 'blotflux[batch]')"
    )
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch, stand_ins: None) -> None:
    """Measure without other processes."""
    import blotflux.engine.pool as pool

    def serial(tasks, work, *, workers, tell):
        for task in tasks:
            yield task, work.do(task, lambda: tell(1))

    monkeypatch.setattr(pool, "run_pool", serial)


@pytest.fixture
def run(stand_ins: None) -> Callable[..., object]:
    """Run a batch with a measuring function of ``measuring_stand_ins``."""

    def run_it(source: Path, directory: Path, quantifier: str = "light", **options: object):
        import measuring_stand_ins

        recipe = Recipe(quantifier=getattr(measuring_stand_ins, quantifier))
        request = BatchRequest(
            sources=(str(source),), directory=directory, recipe=recipe, **{"workers": 2, **options}
        )
        return run_batch(request)

    return run_it


def read_rows(directory: Path, table: str) -> pd.DataFrame:
    """Return a table of a data set, sorted, without times."""
    import pyarrow.parquet as pq

    from blotflux.batch.layout import PARTS

    data = pq.read_table(directory / table).to_pandas()
    key = list(PARTS[table].key)
    return data.drop(columns=["seconds"], errors="ignore").sort_values(key).reset_index(drop=True)


@pytest.fixture
def rows() -> Callable[[Path, str], pd.DataFrame]:
    return read_rows


@pytest.fixture
def same_rows() -> Callable[[Path, Path], None]:
    """Check that two data sets are the same in all columns but times."""
    import pandas as pd

    def check(one: Path, other: Path) -> None:
        for table in ("bands", "lanes", "qc", "images"):
            left, right = read_rows(one, table), read_rows(other, table)
            pd.testing.assert_frame_equal(left, right, check_dtype=False)  # parts without a value
        assert len(read_rows(one, "bands")) > 0

    return check
