"""What importing costs, and what must never be imported."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from blotflux.cli.app import app

HEAVY = ("numpy", "scipy", "pandas", "cv2", "skimage", "tifffile", "matplotlib", "pydantic")
WINDOWS = ("napari", "qtpy", "magicgui", "PyQt6", "PySide6")


def modules_after(code: str) -> set[str]:
    """The top-level modules of a fresh interpreter that ran `code`."""
    show = "import json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{show}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def help_of(*command: str) -> str:
    words = [*command, "--help"]
    return f"from blotflux.cli.app import run_words\nassert run_words({words!r}) == 0"


def test_importing_numpy_is_seen_so_that_its_absence_means_something() -> None:
    assert "numpy" in modules_after("import numpy")


def test_import_blotflux_loads_nothing_heavy() -> None:
    assert modules_after("import blotflux").isdisjoint(HEAVY)


COMMANDS = [
    command.name or command.callback.__name__
    for command in app.registered_commands
    if command.callback is not None
]


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_loads_nothing_heavy(command: tuple[str, ...]) -> None:
    loaded = modules_after(help_of(*command))
    # typer itself may load pydantic, which is small beside the others
    assert loaded.isdisjoint(set(HEAVY) - {"pydantic"})


def test_the_whole_program_loads_no_window_toolkit() -> None:
    loaded = modules_after("import blotflux.demo, blotflux.accuracy, blotflux.cli")
    assert "numpy" in loaded
    assert loaded.isdisjoint(WINDOWS)


def test_every_public_name_is_there() -> None:
    import blotflux

    for name in blotflux.__all__:
        assert getattr(blotflux, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    import blotflux

    with pytest.raises(AttributeError, match="has no attribute 'quantfy'"):
        _ = blotflux.quantfy
