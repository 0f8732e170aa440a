"""The command line's manners: exit codes, one-line errors, help."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from blotflux.cli.app import app, run_words
from blotflux.cli.ending import tell_error
from blotflux.cli.screen import Screen
from blotflux.errors import ImageReadError, Mistake, OutputError, StudyError

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = [
    command.name or command.callback.__name__
    for command in app.registered_commands
    if command.callback is not None
]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run_words(words)
    out, err = capsys.readouterr()
    return code, out, err


def test_no_command_shows_the_list_of_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert code == 0
    assert err == ""
    assert all(name in out for name in COMMANDS)
    assert "..." not in out.partition("Commands:")[2]


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    from blotflux import __version__

    assert run(capsys, "--version") == (0, f"blotflux {__version__}\n", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_short_and_shows_one_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert len(out.splitlines()) <= 40
    assert out.count(f"Example: blotflux {name}") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["runn"], "No such command 'runn'. Did you mean 'run'?; see blotflux --help"),
        (["run"], "Missing argument 'STUDY'; see blotflux run --help"),
        (["run", "s.toml", "--worker", "2"], "No such option: --worker"),
        (["run", "s.toml", "--workers", "0"], "Invalid value for '--workers'"),
        (["quantify"], "Missing argument 'IMAGE"),
        (["synth", "-o", "x", "--kind", "neat"], "--kind neat: unknown; choose one of clean,"),
        (["demo", "--scenario", "odd"], "--scenario odd: unknown; choose one of induced,"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("error: ")
    assert message in err


def test_a_picture_that_cannot_be_read_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_error(ImageReadError("a.tif: is empty (0 bytes); export it again")) == 1
    assert capsys.readouterr().err == "error: a.tif: is empty (0 bytes); export it again\n"


def test_every_mistake_of_a_study_gets_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    mistakes = [Mistake(where="study.toml:3", message="one"), Mistake(where="", message="two")]
    assert tell_error(StudyError(mistakes)) == 2
    assert capsys.readouterr().err == "error: study.toml:3: one\nerror: two\n"


def test_debug_adds_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_error(OutputError("out: is a file"), debug=True) == 2
    err = capsys.readouterr().err
    assert "OutputError: out: is a file" in err
    assert err.endswith("error: out: is a file\n")


def test_an_error_of_ours_says_how_to_report_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_error(KeyError("lane\n3")) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: internal error, KeyError: ")
    assert "--debug" in err
    assert len(err.splitlines()) == 1


def test_an_error_of_the_operating_system_names_the_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tell_error(PermissionError(13, "Permission denied", "out/bands.csv")) == 2
    assert "out/bands.csv: Permission denied; check" in capsys.readouterr().err


def test_an_interrupt_is_exit_code_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("blotflux.study.check_study", interrupt)
    code, _, err = run(capsys, "check", "study.toml")
    assert code == 130
    assert err == "error: interrupted; nothing half-written is left behind\n"


def test_progress_is_plain_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Screen().progress("measuring") as step:
        step(1, 2, "a.tif")
        step(2, 2, "b.tif")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "measuring 1/2 a.tif\nmeasuring 2/2 b.tif\n"


def test_progress_is_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    with Screen().progress("measuring") as step:
        step(1, 2, "a.tif")
    out, err = capsys.readouterr()
    assert out == ""
    assert "measuring 1/2" not in err


def test_quiet_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(quiet=True)
    with screen.progress("measuring") as step:
        step(1, 1, "a.tif")
    screen.say("words")
    screen.give({"a": 1})
    assert capsys.readouterr() == ("", "")


def test_json_has_null_for_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(as_json=True)
    screen.say("words")
    screen.give({"a": float("nan"), "b": (1.5, float("inf")), "c": "µ"})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [1.5, None], "c": "µ"}


def test_synth_writes_pictures_and_their_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("synth", "-o", str(tmp_path / "drawn"), "--kind", "clean", "-n", "2", "--seed", "7")
    code, out, err = run(capsys, *words)
    assert code == 0
    assert out == f"2 drawn blots and their truth are in {tmp_path / 'drawn'}\n"
    assert err.splitlines() == ["drawing 1/2 clean_0007.tif", "drawing 2/2 clean_0008.tif"]
    names = {path.name for path in (tmp_path / "drawn").iterdir()}
    assert names == {
        *("clean_0007.tif", "clean_0008.tif", "run.json", "truth_bands.csv", "truth_lanes.csv")
    }
    assert run(capsys, *words)[0] == 2
    assert run(capsys, *words, "--force", "--quiet") == (0, "", "")


def test_synth_draws_the_same_from_the_same_seed(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert run_words(["synth", "-o", str(tmp_path / folder), "--kind", "strip", "-q"]) == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
