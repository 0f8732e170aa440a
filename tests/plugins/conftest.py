"""A napari window on a display, and a person before it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).parent))  # `person`, for the tests beside it
os.environ.setdefault("NAPARI_CONFIG", "")  # napari keeps nothing of the window


def _missing() -> str:
    """Return what a window needs and is not there."""
    for module in ("napari", "qtpy"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed (extra napari)"
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return "Qt's offscreen platform has no OpenGL; run under xvfb-run"
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not shown:
        return "there is no display; run under xvfb-run"
    return ""


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A visible napari window with its blotflux; unsaved edits do not hold it open."""
    why = _missing()
    if why:
        pytest.skip(why)
    monkeypatch.setenv("BLOTFLUX_RECOVERY", str(tmp_path / "recovery"))
    import napari
    from qtpy.QtWidgets import QMessageBox

    from napari_blotflux.window import window_of

    viewer = napari.Viewer(show=True)
    viewer.window.resize(1500, 950)
    joined = window_of(viewer)
    yield joined
    monkeypatch.setattr(
        QMessageBox, "question", lambda *_, **__: QMessageBox.StandardButton.Discard
    )
    with contextlib.suppress(RuntimeError):  # the test has closed it
        viewer.close()
