"""A batch on a real scheduler with workers in processes of their own."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'blotflux[batch]')")
pytest.importorskip("distributed", reason="dask is not installed (pip install 'blotflux[batch]')")

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="processes are killed with SIGKILL here"
)
ENGINE_TESTS = Path(__file__).parents[1] / "engine"


@pytest.fixture
def cluster(tmp_path, stand_ins, monkeypatch):
    """A scheduler with two workers, one of which is killed at the picture ``blot05``."""
    monkeypatch.setenv("BLOTFLUX_TEST_MARK", str(tmp_path / "was_killed"))
    monkeypatch.syspath_prepend(str(ENGINE_TESTS))
    processes = importlib.import_module("dask_processes")
    with processes.running(tmp_path / "cluster", workers=2) as started:
        yield started


def test_a_poisoned_picture_and_a_killed_worker_cost_one_row(
    cluster, pictures, draw, run, rows, tmp_path
):
    draw(pictures / "blot04_poison.tif", 50)
    outcome = run(pictures, tmp_path / "out", quantifier="deadly", dask=cluster.address)
    assert (tmp_path / "was_killed").exists()
    images = rows(tmp_path / "out", "images")
    assert outcome.summary.status == {"crash": 1, "ok": 12}
    assert images["image"].is_unique
    (pictures / "blot04_poison.tif").unlink()
    run(pictures, tmp_path / "local", quantifier="deadly", workers=1)
    assert len(rows(tmp_path / "local", "bands")) > 0
    pd.testing.assert_frame_equal(
        rows(tmp_path / "local", "bands"), rows(tmp_path / "out", "bands")
    )
