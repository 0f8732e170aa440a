from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.blot.model import Blot, ImageSource, LaneRole, Placement, Polarity
from blotflux.errors import OutputError, StudyError
from blotflux.measure.result import LaneHints, Measurement
from blotflux.output import sha256_of
from blotflux.study import corrections as module
from blotflux.study import read_study, run_study
from blotflux.study.correcting import corrected_lanes
from blotflux.study.corrections import (
    Corrections,
    LaneCorrection,
    PlaneCorrections,
    RowCorrection,
    corrections_path,
    find_corrections,
    read_corrections,
    write_corrections,
)
from blotflux.study.quantify import QuantifyOptions, quantify_images

if TYPE_CHECKING:
    from blotflux.parameters import Parameters

Quantifier = Callable[..., Measurement]


def correct(image: Path, **plane: object) -> Corrections:
    """Write corrections beside an image, as the editor does."""
    made = Corrections(image=image.name, sha256=sha256_of(image)).with_plane(
        PlaneCorrections(**plane),  # type: ignore[arg-type]  # plain keywords, as a test reads best
        what="moved lane 2",
        before=30,
        after=31,
    )
    write_corrections(made, corrections_path(image))
    return made


def lanes_of_strip(
    count: int = 4, *, shift: int = 0, **changes: object
) -> tuple[LaneCorrection, ...]:
    return tuple(
        LaneCorrection(
            number=n + shift,
            track_x_px=(20.0 * n - 10, 20.0 * n - 10),
            track_y_px=(0.0, 29.0),
            width_px=14,
            edited=True,
            **(changes if n == 2 else {}),  # type: ignore[arg-type]  # plain keywords
        )
        for n in range(1, count + 1)
    )


def test_corrections_are_read_back_as_written_with_who_when_and_what(tmp_path: Path) -> None:
    image = tmp_path / "a.tif"
    image.write_bytes(b"pixels")
    made = correct(
        image,
        polarity="dark_on_light",
        lanes=lanes_of_strip(exclude="bubble"),
        rows=(RowCorrection(x_px=10, y_px=15, target="GAPDH"),),
    )
    read = read_corrections(corrections_path(image), "a.tif.blotflux.json", sha256=sha256_of(image))
    assert read == made
    (entry,) = read.log
    assert entry.who
    assert (datetime.now(UTC) - entry.when).total_seconds() < 60
    assert (entry.what, entry.before, entry.after) == ("moved lane 2", 30, 31)
    again = read.with_plane(PlaneCorrections(channel=1), what="flipped the polarity")
    assert [entry.what for entry in again.log] == ["moved lane 2", "flipped the polarity"]
    assert [plane.channel for plane in again.planes] == [0, 1]
    assert again.plane(0, 0) == made.planes[0]
    assert again.plane(0, 7) is None


def test_writing_replaces_the_file_at_once_and_leaves_nothing_beside(tmp_path: Path) -> None:
    image = tmp_path / "a.tif"
    image.write_bytes(b"pixels")
    correct(image)
    correct(image, polarity="light_on_dark")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "a.tif.blotflux.json"]


def test_a_folder_that_cannot_be_written_to_is_an_error_that_says_where_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    image = tmp_path / "a.tif"
    image.write_bytes(b"pixels")
    correct(image)
    before = corrections_path(image).read_bytes()
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError, match=r"No space left on device.*study's folder 'corrections'"):
        correct(image, polarity="light_on_dark")
    assert corrections_path(image).read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{", r"cannot be read \(Expecting"),
        ("[]", "holds no corrections"),
        ("{}", "has no schema_version"),
        ('{"schema_version": 99, "program": "9.0"}', r"written by a newer blotflux \(9\.0\)"),
        ('{"schema_version": 99, "program": "9\\n0"}', r"written by a newer blotflux \(9 0\)"),
        ('{"schema_version": 1}', "image: Field required"),
        (
            '{"schema_version": 1, "i\\rj": 1, "image": "a.tif", "sha256": "%s"}' % ("0" * 64),
            "i j: Ex",
        ),
    ],
)
def test_a_file_that_is_not_ours_is_refused_with_a_choice(
    tmp_path: Path, change: str, message: str
) -> None:
    path = tmp_path / "a.tif.blotflux.json"
    path.write_text(change, encoding="utf-8")
    with pytest.raises(StudyError, match=rf"^a\.tif\.blotflux\.json: .*{message}"):
        read_corrections(path, path.name, sha256="0" * 64)


def test_a_track_of_two_lengths_is_refused(tmp_path: Path) -> None:
    image = tmp_path / "a.tif"
    image.write_bytes(b"pixels")
    correct(image, lanes=lanes_of_strip())
    data = json.loads(corrections_path(image).read_text(encoding="utf-8"))
    data["planes"][0]["lanes"][0]["track_x_px"].append(3.0)
    corrections_path(image).write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(StudyError, match="track_x_px and track_y_px must be of one length"):
        read_corrections(corrections_path(image), "a", sha256=sha256_of(image))


def test_a_changed_image_is_refused_with_a_choice(tmp_path: Path) -> None:
    image = tmp_path / "a.tif"
    image.write_bytes(b"pixels")
    correct(image)
    image.write_bytes(b"other pixels")
    with pytest.raises(
        StudyError, match=r"another version of 'a\.tif'.*put the former image back.*--ignore-corr"
    ):
        read_corrections(corrections_path(image), "a", sha256=sha256_of(image))


def test_an_older_file_is_migrated_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "a.tif"
    image.write_bytes(b"pixels")
    made = correct(image)
    data = made.model_dump(mode="json")
    data["picture"] = data.pop("image")
    monkeypatch.setattr(module, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(
        module,
        "MIGRATIONS",
        {
            2: lambda old: {
                "image": old["picture"],
                **{k: v for k, v in old.items() if k != "picture"},
            }
        },
    )
    migrated = module._migrate(data, "a")
    assert migrated["schema_version"] == 3
    assert migrated["image"] == "a.tif"


def test_corrections_lie_beside_the_image_or_in_the_study_and_not_in_both(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    image = tmp_path / "raw" / "a.tif"
    image.write_bytes(b"pixels")
    assert find_corrections(tmp_path, "raw/a.tif", study_folder=tmp_path) is None
    inside = tmp_path / "corrections" / "raw" / "a.tif.blotflux.json"
    inside.parent.mkdir(parents=True)
    inside.write_text("{}", encoding="utf-8")
    found = find_corrections(tmp_path, "raw/a.tif", study_folder=tmp_path)
    assert found == (inside, "corrections/raw/a.tif.blotflux.json")
    correct(image)
    with pytest.raises(StudyError, match=r"raw/a\.tif\.blotflux\.json: and 'corrections/raw/a"):
        find_corrections(tmp_path, "raw/a.tif", study_folder=tmp_path)


# ---------------------------------------------------------------- taken into account


def test_a_run_takes_lanes_names_and_exclusions_from_beside_the_image(
    study_folder: Path, quantifier: Quantifier
) -> None:
    image = study_folder / "rep1_gapdh.tif"
    correct(
        image,
        lanes=lanes_of_strip(exclude="air bubble"),
        rows=(RowCorrection(x_px=30, y_px=15, target="GAPDH"),),
    )
    seen: dict[str, object] = {}

    def listen(
        blot: Blot, parameters: Parameters, *, hints: LaneHints, lanes: object = None
    ) -> Measurement:
        seen[blot.source.name] = lanes
        return quantifier(blot, parameters, hints=hints)

    study = read_study(study_folder / "study.toml")
    run = run_study(study, quantifier=listen)
    lanes = seen["rep1_gapdh.tif"]
    assert isinstance(lanes, tuple)
    assert [lane.number for lane in lanes] == [1, 2, 3, 4]
    assert [float(lane.x_at(0)) for lane in lanes] == [10, 30, 50, 70]
    assert all(lane.edited for lane in lanes)
    assert seen["rep2_gapdh.tif"] is None
    assert run.images[1].corrections == "rep1_gapdh.tif.blotflux.json"
    assert run.provenance["corrections"] == ["rep1_gapdh.tif.blotflux.json"]
    assert "rep1_gapdh.tif.blotflux.json" in {e["file"] for e in run.provenance["inputs"]}
    (excluded,) = [sample for sample in run.study.samples if sample.exclude]
    assert (excluded.membrane, excluded.lane) == ("rep1", 2)
    assert excluded.exclude == "air bubble (rep1_gapdh.tif)"
    assert "LANE_EXCLUDED" in {finding.code for finding in run.findings}

    seen.clear()
    without = run_study(study, quantifier=listen, ignore_corrections=True)
    assert seen["rep1_gapdh.tif"] is None
    assert not any(sample.exclude for sample in without.study.samples)
    assert without.provenance["corrections"] == []


def test_names_given_by_hand_win_over_the_order(study_folder: Path, quantifier: Quantifier) -> None:
    correct(
        study_folder / "rep1_lc3.tif",
        rows=(
            RowCorrection(x_px=10, y_px=16, target="LC3-II"),
            RowCorrection(x_px=10, y_px=44, target="-"),
            RowCorrection(x_px=10, y_px=500, target="lost"),
        ),
    )
    run = run_study(read_study(study_folder / "study.toml"), quantifier=quantifier)
    assert run.images[0].targets == {(1, 1): "LC3-II"}
    (finding,) = [f for f in run.findings if f.code == "CORRECTION_NOT_APPLIED"]
    assert "named 'lost' by hand at x = 10, y = 500 px was not found again" in finding.message
    by_hand = {(v.membrane, v.target) for v in run.volumes if v.named_by_hand}
    assert by_hand == {("rep1", "LC3-II")}
    absent = [v for v in run.volumes if (v.membrane, v.target) == ("rep1", "LC3-I")]
    assert all(np.isnan(v.volume) and v.flags == ("NOT_MEASURED",) for v in absent)


def test_a_changed_image_stops_the_run_unless_corrections_are_left_out(
    study_folder: Path, quantifier: Quantifier
) -> None:
    image = study_folder / "rep1_lc3.tif"
    correct(image)
    tifffile.imwrite(image, np.flip(tifffile.imread(image), axis=1))
    study = read_study(study_folder / "study.toml")
    with pytest.raises(StudyError, match=r"^rep1_lc3\.tif\.blotflux\.json: was made for another"):
        run_study(study, quantifier=quantifier)
    assert run_study(study, quantifier=quantifier, ignore_corrections=True).complete


def test_an_orientation_set_by_hand_is_used_and_may_not_contradict_the_study(
    study_folder: Path, quantifier: Quantifier
) -> None:
    correct(study_folder / "rep1_lc3.tif", turn=180, polarity="light_on_dark")
    run = run_study(read_study(study_folder / "study.toml"), quantifier=quantifier)
    assert run.images[0].measurement.blot.placement.turn == 180
    assert run.images[0].measurement.blot.polarity_confidence == 1.0
    text = (study_folder / "study.toml").read_text(encoding="utf-8")
    (study_folder / "study.toml").write_text(
        text.replace('"rep1_lc3.tif"', '"rep1_lc3.tif"\nturn = 90', 1), encoding="utf-8"
    )
    with pytest.raises(StudyError, match=r"turn is '180' here and '90' in the study"):
        run_study(read_study(study_folder / "study.toml"), quantifier=quantifier)


@given(
    turn=st.sampled_from([0, 90, 180, 270]),
    flip=st.sampled_from(["", "horizontal", "vertical"]),
    x=st.integers(0, 300),
    y=st.integers(0, 300),
)
def test_a_point_of_the_file_goes_to_the_blot_and_back(
    turn: int, flip: str, x: int, y: int
) -> None:
    placement = Placement(file_shape=(90, 120), region=(7, 5, 60, 40), turn=turn, flip=flip)
    assert placement.to_file(*placement.from_file(x, y)) == (x, y)
    assert placement.from_file(*placement.to_file(x, y)) == (x, y)


def blot_of(region: tuple[int, int, int, int], turn: int) -> Blot:
    _, _, width, height = region
    shape = (height, width) if turn % 180 == 0 else (width, height)
    signal = np.zeros(shape, np.float32)
    return Blot(
        signal=signal,
        saturated=np.zeros(shape, bool),
        invalid=np.zeros(shape, bool),
        source=ImageSource(name="a"),
        placement=Placement(file_shape=(100, 100), region=region, turn=turn),
        polarity=Polarity.LIGHT_ON_DARK,
    )


def test_lanes_of_a_region_are_those_in_it_with_tracks_in_its_pixels() -> None:
    lanes = tuple(
        LaneCorrection(
            number=number,
            panel=panel,
            track_x_px=(x, x + 1),
            track_y_px=(y, y + 20),
            width_px=8,
            role=LaneRole.LADDER if number == 1 else LaneRole.SAMPLE,
        )
        for number, panel, x, y in ((1, 1, 10, 5), (2, 1, 30, 5), (1, 2, 10, 60), (2, 2, 30, 60))
    )
    plane = PlaneCorrections(lanes=lanes)
    found = corrected_lanes(plane, blot_of((0, 50, 100, 50), 0))
    assert found is not None
    assert [(lane.number, lane.panel) for lane in found] == [(1, 1), (2, 1)]
    assert found[0].track_y_px == (10.0, 30.0)
    assert found[0].role is LaneRole.LADDER
    told = corrected_lanes(plane, blot_of((0, 50, 100, 50), 0), LaneHints(ladders=frozenset({2})))
    assert told is not None
    assert [lane.role for lane in told] == [LaneRole.SAMPLE, LaneRole.LADDER]
    turned = corrected_lanes(plane, blot_of((0, 0, 100, 50), 180))
    assert turned is not None
    assert turned[0].track_y_px == (24.0, 44.0)
    assert turned[0].track_x_px == (88.0, 89.0)
    assert corrected_lanes(PlaneCorrections(), blot_of((0, 0, 100, 50), 0)) is None


def test_quantify_takes_the_corrections_beside_each_image(
    study_folder: Path, quantifier: Quantifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct(
        study_folder / "rep1_gapdh.tif",
        lanes=lanes_of_strip(3),
        turn=180,
        rows=(RowCorrection(x_px=30, y_px=15, target="GAPDH"),),
    )
    monkeypatch.chdir(study_folder)
    told: list[object] = []

    def listen(
        blot: Blot, parameters: Parameters, *, hints: LaneHints, lanes: object = None
    ) -> Measurement:
        told.append((blot.placement.turn, lanes))
        return quantifier(blot, parameters, hints=hints)

    run = quantify_images(["rep1_gapdh.tif", "rep2_gapdh.tif"], quantifier=listen)
    (turn, lanes), (other_turn, other_lanes) = told  # type: ignore[misc]  # pairs, as appended
    assert (turn, other_turn) == (180, 0)
    assert len(lanes) == 3
    assert other_lanes is None
    assert run.images[0].targets == {(1, 1): "GAPDH"}
    assert run.images[0].corrections == "rep1_gapdh.tif.blotflux.json"
    assert run.provenance["corrections"] == ["rep1_gapdh.tif.blotflux.json"]
    told.clear()
    quantify_images(["rep1_gapdh.tif"], quantifier=listen, ignore_corrections=True)
    assert told == [(0, None)]
    tifffile.imwrite("rep1_gapdh.tif", np.ones((30, 80), np.uint16))
    with pytest.raises(StudyError, match="was made for another version"):
        quantify_images(["rep1_gapdh.tif"], quantifier=listen)


def test_quantify_names_failures_mistakes_and_what_was_used(
    study_folder: Path, quantifier: Quantifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study_folder)
    (study_folder / "bad.tif").write_bytes(b"no image")
    seen: list[str] = []
    run = quantify_images(
        ["rep1_lc3.tif", Path("bad.tif")],
        QuantifyOptions(targets=("LC3-I", "LC3-II"), lanes=4),
        quantifier=quantifier,
        progress=lambda done, total, name: seen.append(f"{done}/{total} {name}"),
    )
    assert [image.targets for image in run.images] == [{(1, 1): "LC3-I", (1, 2): "LC3-II"}]
    assert list(run.failures) == ["bad.tif"]
    assert re.search("is not an image", run.failures["bad.tif"])
    assert seen == ["1/2 rep1_lc3.tif", "2/2 bad.tif"]
    assert run.provenance["command"] == "quantify"
    assert run.provenance["options"]["lanes"] == 4
    assert [entry["file"] for entry in run.provenance["inputs"]] == ["rep1_lc3.tif"]
    with pytest.raises(StudyError, match=r"^rep1_lc3\.tif: shows 4 lanes, --lanes says 6 to show"):
        quantify_images(["rep1_lc3.tif"], QuantifyOptions(lanes=6), quantifier=quantifier)
    with pytest.raises(StudyError, match=r"absent\.tif: no such file") as caught:
        quantify_images(["absent.tif", ".", "bad.tif", "bad.tif"], quantifier=quantifier)
    assert len(caught.value.mistakes) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(key=st.sampled_from(["image", "sha256", "planes", "log", "schema_version", "x"]), value=JSON)
def test_a_file_with_anything_in_it_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    made = Corrections(image="a.tif", sha256="0" * 64).with_plane(
        PlaneCorrections(lanes=lanes_of_strip(1)), what="drew a lane"
    )
    data = {**made.model_dump(mode="json"), key: value}
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    refused = refusal(path)
    assert refused is None or len(refused.mistakes) == 1
    assert "\n" not in str(refused)


def refusal(path: Path) -> StudyError | None:
    try:
        read_corrections(path, "a.json", sha256="0" * 64)
    except StudyError as error:
        return error
    return None
