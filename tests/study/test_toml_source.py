from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotflux.errors import StudyError
from blotflux.study.toml_source import parse_toml

TEXT = '''# a comment with [brackets] and "quotes
title = "a [b] # c"   # another
long = """
first
[second]
"""

[lanes]
file = 'lanes = [1]'

[[images]]
file = "a.tif"
targets = [
  "A", # the first
  { name = "B", kda = 3.5 },
  ["x", "y"],
]
"quoted key" = 1
dotted.key = 2

[[images]]
region = [
  1, 2,
  3, 4 ]
[images.deep]
key = 1
[parameters]
seed = 1
'''


def test_every_key_and_element_has_its_line() -> None:
    source = parse_toml(TEXT, "s.toml")
    for path, needle in {
        ("title",): "title =",
        ("long",): "long =",
        ("lanes",): "[lanes]",
        ("lanes", "file"): "file = 'lanes",
        ("images", 0): "[[images]]",
        ("images", 0, "targets"): "targets",
        ("images", 0, "targets", 0): '"A"',
        ("images", 0, "targets", 1): '{ name = "B"',
        ("images", 0, "targets", 1, "kda"): '{ name = "B"',
        ("images", 0, "targets", 2): '["x"',
        ("images", 0, "quoted key"): '"quoted key"',
        ("images", 0, "dotted", "key"): "dotted.key",
        ("images", 1, "region", 2): "3, 4 ]",
        ("images", 1, "deep", "key"): "key = 1",
        ("parameters", "seed"): "seed = 1",
    }.items():
        line = TEXT[: TEXT.index(needle)].count("\n") + 1
        assert source.where(path) == f"s.toml:{line}", path
    assert source.where(("absent",)) == "s.toml"
    assert source.where(("images", 1)) == f"s.toml:{TEXT.splitlines().index('[[images]]', 12) + 1}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = b", r"s\.toml:1: not valid TOML: Invalid value"),
        ("x = 1\na = [1,\n", r"s\.toml:3: not valid TOML: "),
        ("x = 1\nx = 2", r"s\.toml:2: not valid TOML: Cannot overwrite a value"),
    ],
)
def test_text_that_is_no_toml_is_one_line_with_its_place(text: str, message: str) -> None:
    with pytest.raises(StudyError, match=message) as caught:
        parse_toml(text, "s.toml")
    assert len(str(caught.value).splitlines()) == 1


KEYS = st.text("abc_", min_size=1, max_size=6)
VALUES = st.recursive(
    st.integers(-9, 9).map(str) | st.sampled_from(['"x # y"', "'[z]'", "true", "1.5"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    max_leaves=6,
)


@given(tables=st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_the_line_of_a_key_is_where_it_was_written(tables: dict[str, dict[str, str]]) -> None:
    lines: list[str] = []
    expected = {}
    for table, entries in tables.items():
        lines.append(f"[{table}]")
        for key, value in entries.items():
            lines.append(f"{key} = {value}  # note")
            expected[table, key] = len(lines)
    source = parse_toml("\n".join(lines), "s")
    for path, line in expected.items():
        assert source.where(path) == f"s:{line}"


@given(st.text(max_size=60))
def test_any_text_is_toml_or_one_line_that_says_where(text: str) -> None:
    try:
        parse_toml(text, "s.toml")
    except StudyError as error:
        (mistake,) = error.mistakes
        assert re.fullmatch(r"s\.toml:\d+", mistake.where)
        assert "\n" not in mistake.message


def test_a_text_that_is_nested_too_deeply_is_one_line() -> None:
    with pytest.raises(StudyError, match=r"^s\.toml:1: not valid TOML: nested too deeply"):
        parse_toml("a = " + "[" * 100_000, "s.toml")
