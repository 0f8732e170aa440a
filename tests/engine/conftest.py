"""Tasks that other processes can import, and a cluster of its own."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

HERE = Path(__file__).parent


@pytest.fixture
def doing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The functions of ``doing.py``, where other processes find them too."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    return importlib.import_module("doing")


@pytest.fixture
def cluster(doing: ModuleType, tmp_path: Path) -> Iterator[object]:
    """A scheduler with one worker; `add_worker` starts more."""
    processes = importlib.import_module("dask_processes")
    with processes.running(tmp_path / "cluster") as started:
        yield started
