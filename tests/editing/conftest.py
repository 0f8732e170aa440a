"""A drawn blot in a file, and sessions of it; unsaved edits go to a folder of the test."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.editing import EditSession
from blotflux.editing.recovery import FOLDER_VARIABLE
from blotflux.study.quantify import quantify_images
from blotflux.synthetic import draw_kind

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def recovery(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("recovery")
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder


def write_blot(path: Path, seed: int = 3) -> Path:
    drawn = draw_kind("typical", seed)
    tifffile.imwrite(path, np.asarray(drawn.image), photometric="minisblack")
    return path


@pytest.fixture(scope="session")
def pixels(tmp_path_factory):
    return write_blot(tmp_path_factory.mktemp("drawn") / "blot.tif").read_bytes()


@pytest.fixture
def image(tmp_path, pixels):
    path = tmp_path / "blot.tif"
    path.write_bytes(pixels)
    return path


@pytest.fixture
def session(image):
    opened = EditSession.open(image)
    yield opened
    opened.close()


def exactly(measurement):
    """Return everything that a measurement holds, to the last digit; NaN equals NaN."""
    lanes = [repr(lane) for lane in measurement.lanes]
    bands = [tuple(repr(getattr(band, f.name)) for f in fields(band)) for band in measurement.bands]
    covariances = {
        key: (own.rows, own.matrix.tobytes()) for key, own in measurement.covariances.items()
    }
    return lanes, bands, covariances, measurement.background.tobytes()


def headless(image, **options):
    """Return what `blotflux quantify` measures."""
    return quantify_images([image], **options).images[0].measurement
