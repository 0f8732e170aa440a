"""A batch on a real scheduler with workers in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pandas as pd
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'blotflux[batch]')")
pytest.importorskip("distributed", reason="dask is not installed (pip install 'blotflux[batch]')")

from blotflux.errors import OutputError

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="processes are killed with SIGKILL here"
)


@contextmanager
def process(*words, cwd):
    log = (cwd / f"{words[0]}.log").open("a")
    started = subprocess.Popen(
        [sys.executable, "-m", "dask", *words], cwd=cwd, stdout=log, stderr=log
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGINT)
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        log.close()


def wait_for(condition, seconds=180.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path, stand_ins):
    """Address of a scheduler with two workers."""
    here = tmp_path / "cluster"
    here.mkdir()
    file = here / "scheduler.json"
    worker = ("worker", "--scheduler-file", "scheduler.json", "--nthreads", "1", "--no-dashboard")
    with ExitStack() as stack:
        scheduler = ("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        stack.enter_context(process(*scheduler, cwd=here))
        wait_for(file.exists)
        for _ in range(2):
            stack.enter_context(process(*worker, cwd=here))
        yield json.loads(file.read_text())["address"]


def test_a_poisoned_picture_and_a_killed_worker_cost_one_row(
    cluster, pictures, draw, run, rows, tmp_path
):
    from distributed import Client

    draw(pictures / "blot04_poison.tif", 50)
    with Client(cluster, timeout=30) as client:
        client.wait_for_workers(2, timeout=60)
        pids = list(client.run(os.getpid).values())
    os.kill(pids[0], signal.SIGKILL)
    outcome = run(pictures, tmp_path / "out", quantifier="deadly", dask=cluster)
    images = rows(tmp_path / "out", "images")
    assert outcome.summary.status == {"crash": 1, "ok": 12}
    assert images["image"].is_unique
    (pictures / "blot04_poison.tif").unlink()
    run(pictures, tmp_path / "local", quantifier="deadly", workers=1)
    pd.testing.assert_frame_equal(
        rows(tmp_path / "local", "bands"), rows(tmp_path / "out", "bands")
    )


def test_an_address_where_nothing_answers_is_one_line(pictures, run, tmp_path, monkeypatch):
    import blotflux.batch.cluster as clusters

    monkeypatch.setattr(clusters, "SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(OutputError, match=r"tcp://127\.0\.0\.1:9: no scheduler.*'local'"):
        run(pictures, tmp_path / "out", dask="tcp://127.0.0.1:9")
