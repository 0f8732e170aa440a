"""Batches with processes that end: killed from outside, killed by a picture, killed parent."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'blotflux[batch]')")

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="processes are killed with SIGKILL here"
)
HERE = Path(__file__).parent


def start(*words):
    return subprocess.Popen([sys.executable, HERE / "start_batch.py", *map(str, words)])


def children_of(process):
    """Return the processes below one, as numbers."""
    return list(below(process.pid))


def below(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from below(int(child))


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(condition, seconds=180.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_picture_that_ends_its_process_costs_that_picture_alone_and_a_kill_nothing(
    pictures, draw, run, rows, tmp_path, monkeypatch
):
    monkeypatch.setenv("BLOTFLUX_TEST_MARK", str(tmp_path / "was_killed"))
    draw(pictures / "blot04_poison.tif", 50)
    outcome = run(pictures, tmp_path / "out", quantifier="deadly", workers=1)
    assert (tmp_path / "was_killed").exists()
    images = rows(tmp_path / "out", "images")
    crashed = images[images["status"] == "crash"]
    assert crashed["image"].tolist() == [f"{pictures.as_posix()}/blot04_poison.tif"]
    assert "ended its process twice" in crashed["error"].iloc[0]
    assert outcome.summary.status == {"crash": 1, "ok": 12}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc which processes live")
def test_a_killed_run_leaves_no_processes_and_resumes_to_the_same_rows(
    pictures, run, rows, same_rows, tmp_path
):
    directory = tmp_path / "out"
    process = start(pictures, directory, "slow")
    try:
        assert wait_until(lambda: any(directory.glob("images/part-*.parquet")))
        children = children_of(process)
        assert len(children) >= 2
    finally:
        process.kill()
        process.wait()
    assert wait_until(lambda: not any(map(is_alive, children)), 60)
    there = len(rows(directory, "images"))
    assert 0 < there < 12
    outcome = run(pictures, directory, quantifier="slow", resume=True, workers=1)
    assert outcome.tally.measured == 12 - there
    run(pictures, tmp_path / "undisturbed", quantifier="slow", workers=1)
    same_rows(tmp_path / "undisturbed", directory)
    assert not list(directory.rglob("*.tmp"))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc which processes live")
def test_ctrl_c_stops_the_run_and_its_processes(pictures, tmp_path, stand_ins):
    for path in list(pictures.iterdir()):
        path.rename(path.with_name(f"{path.stem}_stuck.tif"))  # it must not end before we stop it
    process = start(pictures, tmp_path / "out", "stuck")
    try:
        assert wait_until(lambda: len(list((tmp_path / "out").glob(".working/*.note"))) == 2)
        children = children_of(process)
        assert len(children) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait(60) != 0
    finally:
        process.kill()
        process.wait()
    assert wait_until(lambda: not any(map(is_alive, children)), 60)


def test_a_picture_that_hangs_costs_one_row_and_its_time(pictures, draw, run, rows, tmp_path):
    for path in sorted(pictures.iterdir())[3:]:
        path.unlink()
    draw(pictures / "a_stuck.tif", 50)
    options = {"quantifier": "stuck", "workers": 1}
    outcome = run(pictures, tmp_path / "out", seconds_per_picture=10, **options)
    images = rows(tmp_path / "out", "images")
    assert images["status"].tolist() == ["timeout", "ok", "ok", "ok"]
    assert images["error"][0].startswith("it took longer than 10 s")
    assert images["sha256"][0]
    assert outcome.summary.bad == 1
    draw(pictures / "a_stuck.tif", 50)
    (pictures / "a_stuck.tif").rename(pictures / "a_quick.tif")
    outcome = run(pictures, tmp_path / "out", resume=True, **options)
    assert outcome.tally.measured == 1
