"""`quantify` of several pictures says what it saw on each, and between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tifffile

from blotflux.study.quantify import quantify_images

if TYPE_CHECKING:
    from pathlib import Path


def draw(path: Path, seed: int) -> None:
    y, x = np.mgrid[:160, :420].astype(float)
    signal = np.full(x.shape, 500.0)
    for lane in range(6):
        inside = 1 / (1 + np.exp((abs(x - 45 - 65 * lane) - 22) / 1.5))
        signal += 4000 * inside * np.exp(-(((y - 80) / 7) ** 2) / 2)
    signal += np.random.default_rng(seed).normal(0, 12, signal.shape)
    tifffile.imwrite(path, signal.astype(np.uint16))


def test_two_files_of_one_picture_are_said_and_marked_and_two_pictures_are_not(
    tmp_path: Path,
) -> None:
    draw(tmp_path / "a.tif", 1)
    draw(tmp_path / "b.tif", 2)
    (tmp_path / "c.tif").write_bytes((tmp_path / "a.tif").read_bytes())
    paths = [tmp_path / name for name in ("a.tif", "b.tif", "c.tif")]
    first, second, third = quantify_images(paths).images
    said = [finding.message for finding in first.findings if finding.code == "D-DUP"]
    assert len(said) == 6
    assert all("c.tif" in message for message in said)
    assert not [finding for finding in second.findings if finding.code == "D-DUP"]
    assert second.measurement.marks == ()
    assert len(first.measurement.marks) == len(third.measurement.marks) == 6
