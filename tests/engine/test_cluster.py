"""Tasks on a real scheduler, with workers in processes of their own."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="dask is not installed (pip install 'blotflux[batch]')")

import blotflux.engine.cluster as clusters
from blotflux.engine.work import Engine, Work, carry
from blotflux.errors import OutputError

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="processes are killed with SIGKILL here"
)


def carried(do, tasks, address, lost=lambda task, times: None):
    engine = Engine(workers=1, dask=address, go_on="go on like this")
    return list(carry(iter(tasks), Work(do=do, lost=lost), engine, tell=lambda steps: None))


@contextmanager
def once_begun(folder, *actions):
    """Act, half a second apart, once a task that waits for a file in the folder has begun."""

    def act():
        end = time.monotonic() + 180
        while not any(folder.glob("*.begun")) and time.monotonic() < end:
            time.sleep(0.05)
        for action in actions:
            time.sleep(0.5)
            action()

    thread = threading.Thread(target=act)
    thread.start()
    yield
    thread.join()


def test_tasks_are_answered_by_a_cluster_of_our_own(doing):
    answers = carried(doing.double, range(30), "local")
    assert sorted(answers) == [(task, 2 * task) for task in range(30)]


def test_an_address_where_nothing_answers_is_one_line(doing, monkeypatch):
    monkeypatch.setattr(clusters, "SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(OutputError, match=r"tcp://127\.0\.0\.1:9: no scheduler answers.*'local'"):
        carried(doing.double, range(3), "tcp://127.0.0.1:9")


def test_workers_that_join_leave_and_are_killed_cost_nothing(doing, cluster, tmp_path):
    marks = [str(tmp_path / f"mark{number}") for number in range(4)]
    cluster.add_worker()
    steps = (
        cluster.workers[0].kill,
        cluster.add_worker,
        lambda: [Path(mark).touch() for mark in marks],
    )
    with once_begun(tmp_path, *steps):
        answers = carried(doing.wait_for_file, marks, cluster.address)
    assert sorted(answers) == [(mark, mark) for mark in marks]


def test_a_task_that_ends_its_workers_is_given_up_when_we_say_so(doing, cluster):
    answers = carried(doing.die, range(6), cluster.address, lost=lambda task, times: "given up")
    answered = dict(answers)
    assert answered[3] == "given up"
    assert len(answers) == 6


def test_a_scheduler_that_is_lost_stops_with_a_line_that_says_how_to_go_on(
    doing, cluster, tmp_path, monkeypatch
):
    monkeypatch.setattr(clusters, "SECONDS_TO_CONNECT", 5.0)
    with (
        once_begun(tmp_path, cluster.scheduler.kill),
        pytest.raises(OutputError, match=r"does not answer any more.*go on like this"),
    ):
        carried(doing.wait_for_file, [str(tmp_path / "never")], cluster.address)


def test_without_workers_a_run_stops_after_a_while(doing, cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "SECONDS_BETWEEN_LOOKS", 0.5)

    def be_impatient():  # only now: the worker may have taken its time to join
        monkeypatch.setattr(clusters, "SECONDS_WITHOUT_WORKERS", 3.0)

    with (
        once_begun(tmp_path, be_impatient, cluster.workers[0].kill),
        pytest.raises(OutputError, match=r"no worker has taken work for 3 s.*go on like this"),
    ):
        carried(doing.wait_for_file, [str(tmp_path / "never")], cluster.address)
