from __future__ import annotations

import errno
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import blotflux.report
from blotflux.errors import OutputError
from blotflux.output import RUN_FILE
from blotflux.report import write_quantify, write_study
from blotflux.report.write import file_stems

if TYPE_CHECKING:
    from blotflux.study.model import StudyRun

TABLES = ("bands", "lanes", "normalized", "replicates", "flux", "comparisons", "qc")


@pytest.fixture
def run(drawn, monkeypatch: pytest.MonkeyPatch) -> StudyRun:
    """A small run: one picture; excluded lanes are not analyzed again."""
    monkeypatch.setattr("blotflux.analysis.run.analyze", lambda *_: (drawn.result(),))
    whole = drawn.draw_run()
    return replace(whole, images=whole.images[:1])


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_study_gets_tables_overlays_figures_workbook_and_report(
    run: StudyRun, tmp_path: Path
) -> None:
    write_study(run, tmp_path / "out")
    assert set(files(tmp_path / "out")) == {
        *(f"{name}.csv" for name in TABLES),
        *(f"overlays/rep1_lc3.{end}" for end in ("png", "svg")),
        *(f"figures/lc3_flux_LC3-II.{end}" for end in ("png", "svg")),
        *("results.xlsx", "report.html", "run.json"),
    }


def test_two_writings_are_the_same_bytes(run: StudyRun, tmp_path: Path) -> None:
    write_study(run, tmp_path / "first")
    write_study(replace(run, timings={"measure_s": 9.0}), tmp_path / "second")
    first, second = files(tmp_path / "first"), files(tmp_path / "second")
    records = [json.loads(content.pop(RUN_FILE)) for content in (first, second)]
    assert first == second
    assert records[0].pop("timings") != records[1].pop("timings")
    assert records[0] == records[1]


def test_the_record_holds_what_the_run_depends_on(run: StudyRun, tmp_path: Path) -> None:
    write_study(run, tmp_path / "out")
    record = json.loads((tmp_path / "out" / RUN_FILE).read_text(encoding="utf-8"))
    assert record["versions"] == dict(run.provenance["versions"])
    assert record["timings"] == {"measure_s": 0.3}
    assert "report.html" in record["written"]


def test_a_folder_with_something_in_it_is_not_touched(run: StudyRun, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="exists and is not empty"):
        write_study(run, tmp_path)
    with pytest.raises(OutputError, match=r"holds no run\.json of blotflux"):
        write_study(run, tmp_path, force=True)
    assert files(tmp_path) == {"notes.txt": b"mine"}


def test_an_earlier_result_is_replaced_only_with_force(run: StudyRun, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_study(run, out)
    with pytest.raises(OutputError, match="replace an earlier result with --force"):
        write_study(run, out)
    assert (out / "overlays" / "rep1_lc3.png").exists()
    write_study(replace(run, images=()), out, force=True)
    assert not (out / "overlays" / "rep1_lc3.png").exists()


@pytest.mark.parametrize("name", ["results.xlsx", "report.html", "qc.csv"])
def test_a_full_disk_leaves_nothing_behind(
    run: StudyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def write_until_full(original: Any) -> Any:
        def write(path: Path, *args: Any, **kwargs: Any) -> Any:
            if path.name == name:
                raise OSError(errno.ENOSPC, "No space left on device")
            return original(path, *args, **kwargs)

        return write

    for method in ("write_bytes", "write_text"):
        monkeypatch.setattr(Path, method, write_until_full(getattr(Path, method)))
    with pytest.raises(OutputError, match=r"could not be written \(No space left on device\)"):
        write_study(run, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_replacing_keeps_the_earlier_result(
    run: StudyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_study(run, out)
    before = files(out)

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("blotflux.report.write.workbook_bytes", fail)
    with pytest.raises(OutputError, match="Input/output error"):
        write_study(run, out, force=True)
    assert files(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_pictures_without_a_study_are_written_too(drawn, tmp_path: Path) -> None:
    measurement = drawn.draw_images(ceiling=330)[0].measurement
    write_quantify([measurement], tmp_path / "out")
    assert set(files(tmp_path / "out")) == {
        *(f"{name}.csv" for name in ("bands", "lanes", "qc")),
        *(f"overlays/rep1_lc3.{end}" for end in ("png", "svg")),
        *("results.xlsx", "report.html", "run.json"),
    }
    bands = pd.read_csv(tmp_path / "out" / "bands.csv")
    assert len(bands) == len(measurement.bands)


def test_channels_and_pages_of_one_file_have_files_of_their_own(drawn, tmp_path: Path) -> None:
    first = drawn.draw_images()[0].measurement
    source = replace(first.blot.source, channel=1, page=2)
    second = replace(first, blot=replace(first.blot, source=source))
    write_quantify([first, second], tmp_path / "out")
    names = {path.name for path in (tmp_path / "out" / "overlays").glob("*.png")}
    assert names == {"rep1_lc3.png", "rep1_lc3_channel1_page2.png"}


def test_hostile_names_become_harmless_files(drawn, tmp_path: Path) -> None:
    first = drawn.draw_images()[0].measurement
    names = ["../../etc/passwd", "con.tif", "a\x00\udcff<>|.tif", "\u6d4b\u8bd5.tif", "\u8bd5.tif"]
    measurements = [
        replace(first, blot=replace(first.blot, source=replace(first.blot.source, name=name)))
        for name in names
    ]
    write_quantify(measurements, tmp_path / "out")
    written = {path.name for path in (tmp_path / "out" / "overlays").glob("*.png")}
    assert written == {"passwd.png", "con_.png", "a.png", "unnamed.png", "unnamed_2.png"}
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert len(pd.read_csv(tmp_path / "out" / "bands.csv")["image"].unique()) == 5


def test_pictures_of_one_name_in_two_folders_keep_their_folders() -> None:
    assert file_stems(["a/rep1.tif", "b/rep1.tif", "c.tif"]) == ["a_rep1", "b_rep1", "c"]


def test_writing_loads_the_heavy_libraries_only_when_it_writes() -> None:
    script = (
        "import sys, blotflux.report, blotflux.report.write\n"
        "heavy = {'matplotlib', 'jinja2', 'openpyxl', 'napari', 'qtpy'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_package_says_what_it_does_not_have() -> None:
    with pytest.raises(
        AttributeError, match=r"module 'blotflux\.report' has no attribute 'nothing'"
    ):
        _ = blotflux.report.nothing
