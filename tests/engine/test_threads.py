"""The command line asks the numerical libraries for one thread, unless the user said otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from blotflux.engine.threads import ONE_THREAD, prefer_one_thread

if TYPE_CHECKING:
    import pytest


def test_one_thread_is_preferred_where_nobody_said_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    prefer_one_thread()
    assert [os.environ[name] for name in ONE_THREAD] == ["1"] * len(ONE_THREAD)


def test_what_the_user_said_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    prefer_one_thread()
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_the_command_line_asks_before_numpy_is_loaded() -> None:
    code = (
        "import os, sys\n"
        "from blotflux.cli import main\n"
        "sys.argv = ['blotflux', '--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    )
    clean = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "1 False"
