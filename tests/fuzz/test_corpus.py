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


REFUSED = {
    "storage": ["is not an image that is known"],  # the text that lies beside a Fuji image
    "blot": ["does not say whether they are channels or pages"],
}
NESTED = {
    "sidecar": [b"[" * 4000, b'{"a":' * 700],
    "ranges": [b"[" * 4000, b'{"a":' * 700],
}
NESTED_STUDIES = [b"a" + b".a" * 3000 + b" = 1", b"a = " + b"[" * 900 + b"]" * 900]


@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_deeply_is_refused_in_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[Exception] = []
    one_line = targets.require_one_line

    def hear(error: targets.BlotError) -> None:
        one_line(error)
        refused.append(error)

    monkeypatch.setattr(targets, "require_one_line", hear)
    for data in NESTED[name]:
        targets.TARGETS[name].run(data)
    assert len(refused) == len(NESTED[name])


@pytest.mark.parametrize("data", NESTED_STUDIES)
def test_a_study_nested_deeply_is_one_mistake_in_one_line(data: bytes, tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_bytes(data)
    (mistake,) = targets.check_study(study)
    assert len(str(mistake).splitlines()) == 1
    assert "nested" in str(mistake)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_every_seed_is_sound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[Exception] = []
    monkeypatch.setattr(targets, "require_one_line", refused.append)
    seeds = targets.TARGETS[name].seeds()
    assert seeds
    for data in seeds.values():
        targets.TARGETS[name].run(data)
    known = REFUSED.get(name, [])
    assert len(refused) == len(known)
    assert all(part in str(error) for part, error in zip(known, refused, strict=True))
