"""Full disks, links, long names: one line, and nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.output import RUN_FILE

if TYPE_CHECKING:
    from pathlib import Path

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from blotflux.cli import main
sys.argv = ["blotflux", *sys.argv[1:]]
main()
"""


def draw(path: Path) -> None:
    y, x = np.mgrid[:60, :160]
    signal = 300.0 + np.random.default_rng(3).normal(0, 10, y.shape)
    for lane in range(4):
        across = np.exp(-(((x - 20 - 40 * lane) / 14) ** 8))
        signal += (4000 + 900 * lane) * across * np.exp(-0.5 * ((y - 30) / 3) ** 2)
    tifffile.imwrite(path, signal.astype(np.uint16))


def blotflux(*arguments: str, limited: bool = False) -> subprocess.CompletedProcess[str]:
    how = ["-c", LIMITED] if limited else ["-m", "blotflux"]
    return subprocess.run(
        [sys.executable, *how, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_fills_up_while_a_result_is_written_leaves_nothing(tmp_path: Path) -> None:
    draw(tmp_path / "a.tif")
    done = blotflux("quantify", str(tmp_path / "a.tif"), "-o", str(tmp_path / "out"), limited=True)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "the result could not be written" in " ".join(done.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_links_and_names_in_any_script_and_of_any_length_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / ("Бета βлот 測定 " + "x" * 60) / ("y" * 100)
    folder.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    draw(tmp_path / "elsewhere" / "original.tif")
    (folder / "blot µ.tif").symlink_to(tmp_path / "elsewhere" / "original.tif")
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    done = blotflux(
        "quantify", str(tmp_path / "link" / "blot µ.tif"), "-o", str(tmp_path / "link" / "out é")
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "out é" / RUN_FILE).is_file()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["original.tif"]
    assert sorted(path.name for path in folder.iterdir()) == ["blot µ.tif", "out é"]
