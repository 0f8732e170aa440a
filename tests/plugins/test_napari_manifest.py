"""The plugin's manifest is valid and every function it names exists."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import napari_blotflux
from blotflux.blot import Blot


def test_the_manifest_is_valid_and_its_functions_import() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # npe2 still declares its fields the old pydantic way
        npe2 = pytest.importorskip("npe2")
        manifest = npe2.PluginManifest.from_distribution("blotflux")
    manifest.validate_imports()
    assert manifest.name == "blotflux"


def test_a_blot_becomes_one_picture_layer_with_the_signal_untouched() -> None:
    signal = np.arange(12, dtype=np.float32).reshape(3, 4)
    ((data, options, kind),) = napari_blotflux.blot_layers(Blot.from_signal(signal, name="a/b.tif"))
    assert kind == "image"
    assert options["name"] == "b.tif"
    assert options["colormap"] == "gray_r"
    np.testing.assert_array_equal(data, signal)


def test_saturated_pixels_become_a_layer_of_their_own() -> None:
    signal = np.zeros((3, 4), np.float32)
    saturated = np.zeros((3, 4), bool)
    saturated[1, 2] = True
    picture, marks = napari_blotflux.blot_layers(Blot.from_signal(signal, saturated=saturated))
    assert picture[2] == "image"
    assert marks[2] == "labels"
    assert marks[0].sum() == 1


def test_several_files_at_once_are_not_read_as_a_stack() -> None:
    assert napari_blotflux.get_reader(["a.tif", "b.tif"]) is None
    assert napari_blotflux.get_reader("a.tif") is napari_blotflux.read_layers
