"""The manifest is valid, what it names exists, and reading gives layers that touch no number."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile

from blotflux.blot import Blot
from napari_blotflux.opening import is_image, is_study
from napari_blotflux.pictures import METADATA, blot_layers, contrast_of
from napari_blotflux.reader import get_reader, read_blot, read_folder, read_study

if TYPE_CHECKING:
    from pathlib import Path


def test_the_manifest_is_valid_and_its_functions_import() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # npe2 still declares its fields the old pydantic way
        npe2 = pytest.importorskip("npe2")
        manifest = npe2.PluginManifest.from_distribution("blotflux")
    assert manifest.name == "blotflux"
    given = manifest.contributions
    assert given.readers
    assert given.writers
    assert len(given.sample_data) == 2
    assert {widget.display_name for widget in given.widgets} == {
        *("Blot", "Profile", "Study", "Answer", "New study")
    }
    assert given.menus
    assert len(given.keybindings) == 4
    commands = {command.id for command in given.commands}
    assert {binding.command for binding in given.keybindings} <= commands


def test_every_function_that_the_manifest_names_can_be_imported() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in ("npe2", "napari", "qtpy"):
            pytest.importorskip(module)
        npe2 = pytest.importorskip("npe2")
        manifest = npe2.PluginManifest.from_distribution("blotflux")
        assert manifest.contributions.commands
        manifest.validate_imports()  # raises, naming every function that is not there


def test_a_blot_becomes_one_picture_layer_with_the_signal_untouched() -> None:
    signal = np.arange(12, dtype=np.float32).reshape(3, 4)
    blot = Blot.from_signal(signal, name="a/b.tif")
    ((data, options, kind),) = blot_layers(blot, path="/x/b.tif")
    assert kind == "image"
    assert options["name"] == "b.tif"
    assert options["colormap"] == "gray_r"
    assert options["metadata"][METADATA]["path"] == "/x/b.tif"
    np.testing.assert_array_equal(data, signal)
    assert data is blot.signal


def test_contrast_is_of_the_bands_and_not_of_a_speck() -> None:
    signal = np.full((200, 200), 100.0, np.float32)
    signal[50:60, 50:150] = 5000.0
    signal[0, 0] = 60000.0
    low, high = contrast_of(Blot.from_signal(signal))
    assert low == pytest.approx(100.0)
    assert high == pytest.approx(5000.0)


def test_the_contrast_of_an_even_picture_is_still_an_interval() -> None:
    low, high = contrast_of(Blot.from_signal(np.zeros((5, 5), np.float32)))
    assert low < high


def test_saturated_pixels_become_a_layer_of_their_own() -> None:
    signal = np.zeros((3, 4), np.float32)
    saturated = np.zeros((3, 4), bool)
    saturated[1, 2] = True
    picture, marks = blot_layers(Blot.from_signal(signal, saturated=saturated))
    assert picture[2] == "image"
    assert marks[1]["name"].endswith("saturated")
    assert marks[0].sum() == 1


def test_several_files_at_once_are_not_read_as_a_stack(tmp_path: Path) -> None:
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, np.zeros((9, 9), np.uint16))
    assert get_reader([str(file), str(file)]) is None
    assert get_reader(str(file)) is read_blot


def test_the_content_decides_what_a_file_is_not_its_name(tmp_path: Path) -> None:
    text = tmp_path / "notes.tif"
    text.write_text("not a picture")
    assert not is_image(text)
    assert get_reader(str(text)) is None
    other = tmp_path / "settings.toml"
    other.write_text("[tool]\nname = 'x'\n")
    assert not is_study(other)
    assert get_reader(str(other)) is None


def test_a_study_and_a_folder_of_pictures_are_ours(tmp_path: Path) -> None:
    assert get_reader(str(tmp_path)) is None
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((9, 9), np.uint16))
    assert get_reader(str(tmp_path)) is read_folder
    study = tmp_path / "study.toml"
    study.write_text("blotflux = 1\n")
    assert get_reader(str(study)) is read_study
    study.write_text("blotflux = \n")
    assert get_reader(str(study)) is read_study


def test_without_a_window_reading_gives_layers_only(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of napari's own, when it is first imported
        pytest.importorskip("napari")
        pytest.importorskip("napari.viewer")
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, np.tile(np.arange(90, dtype=np.uint16), (90, 1)))
    layers = read_blot(str(file))
    assert next(kind for _, _, kind in layers) == "image"
