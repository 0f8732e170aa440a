"""Tasks on processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import sys

import pytest

from blotflux.engine.pool import run_pool
from blotflux.engine.work import Engine, Work

kills = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed with SIGKILL here")


def never_lost(task, times):
    pytest.fail(f"the process of task {task} ended {times} times")


def carried(do, tasks, *, workers=2, lost=never_lost, tell=lambda steps: None):
    return list(run_pool(iter(tasks), Work(do=do, lost=lost), workers=workers, tell=tell))


@pytest.mark.parametrize("workers", [1, 3])
def test_every_task_is_answered_and_every_step_told(doing, workers):
    steps = []
    answers = carried(doing.double, range(1, 20), workers=workers, tell=steps.append)
    assert sorted(answers) == [(task, 2 * task) for task in range(1, 20)]
    assert sum(steps) == sum(range(1, 20))


def test_no_tasks_start_no_processes(doing):
    assert carried(doing.double, ()) == []


def test_tasks_are_asked_for_when_a_process_is_free(doing):
    asked = []

    def tasks():
        for task in range(50):
            asked.append(task)
            yield task

    answers = run_pool(tasks(), Work(do=doing.double, lost=never_lost), workers=2, tell=print)
    next(answers)
    assert len(asked) == 3
    answers.close()
    assert not multiprocessing.active_children()


def test_a_mistake_in_a_task_is_raised_and_the_processes_end(doing):
    with pytest.raises(ValueError, match="three is too many"):
        carried(doing.refuse, range(10))
    assert not multiprocessing.active_children()


def test_processes_use_one_thread_each_and_this_one_is_left_as_it_was(doing, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    assert carried(doing.threads, [0]) == [(0, "1")]
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


@kills
def test_a_task_that_ends_its_process_is_done_again_until_it_is_given_up(doing):
    told = []

    def lost(task, times):
        told.append((task, times))
        return "given up" if times == 2 else None

    answers = carried(doing.die, range(6), lost=lost)
    assert sorted(answers) == [(task, "given up" if task == 3 else task) for task in range(6)]
    assert told == [(3, 1), (3, 2)]


@kills
def test_a_process_that_was_ended_from_outside_costs_nothing(doing, tmp_path):
    marks = [str(tmp_path / f"mark{number}") for number in range(4)]
    answers = carried(doing.die_once, marks, lost=lambda task, times: None)
    assert sorted(answers) == [(mark, mark) for mark in marks]


@kills
def test_who_asks_may_stop_a_task_that_ends_its_processes(doing):
    def lost(task, times):
        message = "enough"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="enough"):
        carried(doing.die, range(6), lost=lost)
    assert not multiprocessing.active_children()


def test_workers_are_the_cores_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 5, 7}, raising=False)
    assert Engine().processes == 3
    assert Engine(workers=2).processes == 2
