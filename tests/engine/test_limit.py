"""The end of what takes too long, in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from blotflux.engine.limit import time_limit

PROGRAM = """
import sys, re, time
from blotflux.engine.limit import time_limit
with open(sys.argv[1], "wb", buffering=0) as note, time_limit({limit}, note):
    {block}
"""


def run_limited(note, block, limit):
    words = [sys.executable, "-c", PROGRAM.format(block=block, limit=limit), str(note)]
    return subprocess.run(words, capture_output=True, timeout=100, check=False).returncode


@pytest.mark.parametrize(
    "block",
    [
        "time.sleep(3600)",
        "re.match('(a+)+$', 'a' * 60 + 'b')",  # never lets another thread of Python have a turn
    ],
)
def test_a_block_that_takes_too_long_ends_its_process_and_leaves_a_note(tmp_path, block):
    note = tmp_path / "note"
    assert run_limited(note, block, 0.3) == 1
    assert b"Timeout" in note.read_bytes()


@pytest.mark.parametrize("limit", [60, 0])
def test_a_block_in_time_leaves_an_empty_note(tmp_path, limit):
    note = tmp_path / "note"
    assert run_limited(note, "time.sleep(0.1)", limit) == 0
    assert note.read_bytes() == b""


def test_the_watch_ends_with_its_block(tmp_path):
    with (tmp_path / "note").open("wb") as note:
        with pytest.raises(ValueError, match="mine"), time_limit(0.2, note):
            raise ValueError("mine")
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.4)"], check=True)
    assert (tmp_path / "note").read_bytes() == b""
