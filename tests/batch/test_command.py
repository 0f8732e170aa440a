"""The command: exit codes, words, and what it says where an extra is missing."""

from __future__ import annotations

import json

import pytest

from blotflux.cli.app import run_words


def test_a_missing_extra_is_one_line_that_says_how_to_install_it(
    pictures, tmp_path, capsys, monkeypatch
):
    import blotflux.engine.extra as extra

    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    assert run_words(["batch", str(pictures), "-o", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "pip install 'blotflux[batch]'" in error
    assert error.count("\n") == 1


@pytest.mark.usefixtures("in_this_process")
def test_the_command_prints_a_summary_and_says_by_its_code_what_failed(pictures, tmp_path, capsys):
    for path in sorted(pictures.iterdir())[3:]:
        path.unlink()
    out = str(tmp_path / "out")
    assert run_words(["batch", str(pictures), "-o", out, "--workers", "1"]) == 0
    shown = capsys.readouterr()
    assert "contact_sheet.html" in shown.out
    assert "images                    3" in shown.out
    assert "measuring 3/3 images" in shown.err
    assert run_words(["batch", str(pictures), "-o", out]) == 2
    assert "--resume" in capsys.readouterr().err
    (pictures / "broken.tif").write_bytes(b"no picture")
    assert run_words(["batch", str(pictures), "-o", out, "--resume", "--json", "-q"]) == 1
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert told["status"] == {"error": 1, "ok": 3}
    assert told["measured"] == 1
    assert "1 of 4 pictures could not be measured" in shown.err


@pytest.mark.usefixtures("in_this_process")
def test_an_interrupted_command_says_how_to_go_on(pictures, tmp_path, capsys, monkeypatch):
    import blotflux.batch.shard as shards

    def interrupt(*words, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(shards, "write_part", interrupt)
    assert run_words(["batch", str(pictures), "-o", str(tmp_path / "out"), "-q"]) == 130
    assert "go on with --resume" in capsys.readouterr().err


def test_a_source_that_is_not_there_is_wrong_usage(tmp_path, capsys):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    assert run_words(["batch", str(tmp_path / "gone"), "-o", str(tmp_path / "out")]) == 2
    assert "gone: no such file or folder" in capsys.readouterr().err
