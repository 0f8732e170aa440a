"""What fuzzing kept is read or refused in one line, each time."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import targets

CORPUS = Path(__file__).with_name("corpus.zip")


@pytest.fixture(autouse=True)
def only_our_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets.bio_io, "is_installed", lambda: False)


def kept(name: str) -> list[bytes]:
    with zipfile.ZipFile(CORPUS) as archive:
        names = [item for item in archive.namelist() if item.startswith(f"{name}/")]
        return [archive.read(item) for item in names]


@pytest.mark.parametrize("name", targets.TARGETS)
def test_what_was_found_once_is_never_found_again(name: str) -> None:
    inputs = kept(name)
    assert len(inputs) >= 10
    for data in inputs:
        targets.TARGETS[name].run(data)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_every_seed_is_sound(name: str) -> None:
    for data in targets.TARGETS[name].seeds().values():
        targets.TARGETS[name].run(data)
