"""``blotflux edit``: the window is started by name, and where it is not there one line says so."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from blotflux.cli.app import run_words


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "blot.tif"
    path.write_bytes(b"")
    return path


def test_the_window_gets_the_paths(image, monkeypatch):
    seen = []
    window = ModuleType("napari_blotflux.start")
    window.main = lambda paths: seen.append(paths) or 0
    monkeypatch.setitem(sys.modules, "napari_blotflux.start", window)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert run_words(["edit", str(image)]) == 0
    assert run_words(["edit"]) == 0
    assert seen == [[str(image)], []]


def test_without_napari_one_line_says_how_to_install_it(image, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert run_words(["edit", str(image)]) == 2
    assert "napari is not installed; install it with: pip install" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said_before_a_window_opens(tmp_path, capsys):
    assert run_words(["edit", str(tmp_path / "no.tif")]) == 2
    assert "no.tif: no such file; check the path" in capsys.readouterr().err
