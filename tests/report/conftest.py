"""Runs made by hand, and a browser to look at their reports."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


def _beside(name: str) -> Any:
    """Return a helper module that lies beside the tests."""
    qualified = f"report_tests_{name}"
    if qualified not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            qualified, Path(__file__).with_name(f"{name}.py")
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[qualified] = module
        spec.loader.exec_module(module)
    return sys.modules[qualified]


@pytest.fixture(scope="session")
def drawn() -> Any:
    """The module that makes runs by hand."""
    return _beside("drawn_runs")


@pytest.fixture(scope="session")
def vectors() -> Any:
    """The module that analyzes the worked vectors."""
    return _beside("vector_runs")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium."""
    module = _beside("browser")
    program = module.find_chromium()
    if program is None:
        pytest.skip(f"none of {', '.join(module.NAMES)} is installed: nothing looks at the report")
    if sys.platform == "win32":
        pytest.skip("the debugging pipe needs file descriptors 3 and 4, which Windows has not")
    page = module.Browser(program, tmp_path_factory.mktemp("chromium"))
    yield page
    page.close()
