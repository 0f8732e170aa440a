"""A TOML file as data that remembers on which line everything stands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from blotflux.errors import Mistake, StudyError
from blotflux.study.nesting import is_deep

__all__ = ["KeyPath", "TomlSource", "parse_toml"]

KeyPath = tuple[str | int, ...]

TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""'  # strings over several lines
    r"|'''.*?'''"
    r'|"(?:\\.|[^"\\\n])*"'  # strings
    r"|'[^'\n]*'"
    r"|\#[^\n]*"  # comments
    r"|[\[\]{},=.\n]"
    r"|[^\s\[\]{},=\#\"'.]+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlSource:
    """The data of a TOML file and the lines that its keys stand on.

    Attributes
    ----------
    name : str
        The file's name in messages.
    data : dict
    lines : dict of key path to line number
        Of tables, keys and the elements of arrays, from 1.
    """

    name: str
    data: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def where(self, path: KeyPath) -> str:
        """Return ``study.toml:12`` for a key, or for what stands around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return f"{self.name}:{self.lines[path[:end]]}"
        return self.name


def parse_toml(text: str, name: str) -> TomlSource:
    """Return the data and positions of a TOML text.

    Raises
    ------
    StudyError
        If the text is not TOML; the message has the line.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError([_syntax_mistake(str(error), text, name)]) from None
    except RecursionError:
        raise _nested_too_deeply(name) from None
    if is_deep(data):  # a dotted key nests without a bracket
        raise _nested_too_deeply(name)
    return TomlSource(name=name, data=data, lines=_Index(text).lines)


def _nested_too_deeply(name: str) -> StudyError:
    message = "not valid TOML: nested too deeply; a study needs lists of lists at most"
    return StudyError([Mistake(where=f"{name}:1", message=message)])


def _syntax_mistake(message: str, text: str, name: str) -> Mistake:
    """Return tomllib's complaint with the line where it belongs."""
    found = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = int(found.group(1)) if found else text.count("\n") + 1
    reason = re.sub(r" \(at [^)]*\)$", "", message)
    return Mistake(
        where=f"{name}:{line}",
        message=f"not valid TOML: {reason}; texts need quotes, lists need [ ], tables need [name]",
    )


class _Index:
    """Finds the line of every table, key and array element of a valid TOML text."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._counts: dict[KeyPath, int] = {}
        self._tokens: list[tuple[str, int]] = []
        line = 1
        position = 0
        for match in TOKEN.finditer(text):
            line += text.count("\n", position, match.start())
            position = match.start()
            if not match.group().startswith("#"):
                self._tokens.append((match.group(), line))
        self._scan()

    def _scan(self) -> None:
        table: KeyPath = ()
        at = 0
        while at < len(self._tokens):
            token, line = self._tokens[at]
            if token == "\n":
                at += 1
            elif token == "[":
                table, at = self._header(at, line)
            else:
                at = self._entry(at, table)

    def _header(self, at: int, line: int) -> tuple[KeyPath, int]:
        """Read ``[a.b]`` or ``[[a.b]]``; return the table's path and the place behind it."""
        is_array = self._tokens[at + 1][0] == "["
        keys, at = self._keys(at + 1 + is_array, end="]")
        path: KeyPath = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path])
        path = (*path, keys[-1])
        if is_array:
            self._counts[path] = self._counts.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path = (*path, self._counts[path])
        self.lines.setdefault(path, line)
        return path, at + 1 + is_array

    def _keys(self, at: int, *, end: str) -> tuple[list[str], int]:
        keys = []
        while self._tokens[at][0] != end:
            token = self._tokens[at][0]
            if token != ".":
                keys.append(token.strip("\"'"))
            at += 1
        return keys, at

    def _entry(self, at: int, table: KeyPath) -> int:
        """Read ``key = value``; return the place behind it."""
        line = self._tokens[at][1]
        keys, at = self._keys(at, end="=")
        path: KeyPath = table
        for key in keys:
            path = (*path, key)
            self.lines.setdefault(path, line)
        return self._value(at + 1, path)

    def _value(self, at: int, path: KeyPath) -> int:
        """Skip a value, noting where the elements of an array begin."""
        depth, element, is_array = 0, 0, self._tokens[at][0] == "["
        fresh = False
        while at < len(self._tokens):
            token, line = self._tokens[at]
            if token == "\n" and depth == 0:
                break
            if fresh and is_array and token not in "\n]":
                self.lines.setdefault((*path, element), line)
                fresh = False
            if token == "," and depth == 1:
                element += 1
            fresh = fresh or (depth == 1 and token == ",") or (depth == 0 and token == "[")
            depth += (token in "[{") - (token in "]}")
            at += 1
        return at
