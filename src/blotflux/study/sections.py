"""From the tables of a study file to validated records, collecting every mistake on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from blotflux.errors import Mistake
from blotflux.study.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from blotflux.study.toml_source import KeyPath, TomlSource

__all__ = ["Sections", "as_toml"]

# What a key that takes more than one type may be; pydantic names one type at a time.
EXPECTED = {
    "lanes": "must be a number of slots, as 10, or a list of slot numbers, as [2, 3, 4]",
    "loading": "must be a target's name or a list of names",
    "region": "must be [left, top, width, height], four whole numbers in pixels of the file",
    "targets": 'must be a list of rows from the top, as ["LC3-I", "LC3-II"]',
}


Model = TypeVar("Model", bound=BaseModel)


@dataclass(slots=True)
class Sections:
    """Reads the tables of one file; `mistakes` grows as it goes."""

    source: TomlSource
    mistakes: list[Mistake] = field(default_factory=list)

    def complain(self, path: KeyPath, message: str) -> None:
        """Note a mistake at a key."""
        self.mistakes.append(Mistake(where=self.source.where(path), message=message))

    def rename_typos(
        self, table: dict[str, Any], path: KeyPath, allowed: Sequence[str], *, where: str
    ) -> dict[str, Any]:
        """Return `table` with its unknown keys reported and, where one is near, put right.

        A mistyped key is one mistake: what is missing because of it is not reported again.
        """
        known: dict[str, Any] = {key: value for key, value in table.items() if key in allowed}
        for key, value in table.items():
            if key in allowed:
                continue
            free = [name for name in allowed if name not in table]
            hint = did_you_mean(key, free or allowed)
            self.complain((*path, key), f"unknown key '{key}' in {where}; {hint}")
            meant = nearest(key, free)
            if meant and meant not in known:
                known[meant] = value
                self._alias((*path, key), (*path, meant))
        return known

    def _alias(self, old: KeyPath, new: KeyPath) -> None:
        for known, line in list(self.source.lines.items()):
            if known[: len(old)] == old:
                self.source.lines.setdefault((*new, *known[len(old) :]), line)

    def read(
        self, model: type[Model], table: dict[str, Any], path: KeyPath, *, where: str
    ) -> Model | None:
        """Return `table` as a record; its mistakes are noted.

        Keys with mistakes are left out of the record, so that the rest can still be checked;
        None if it cannot be without them.
        """
        table = self.rename_typos(table, path, tuple(model.model_fields), where=where)
        record, wrong = self._validate(model, table, path, where)
        if record is None and wrong:
            rest = {key: value for key, value in table.items() if key not in wrong}
            record, _ = self._validate(model, rest, path, where, silent=True)
        return record

    def _validate(
        self,
        model: type[Model],
        table: dict[str, Any],
        path: KeyPath,
        where: str,
        *,
        silent: bool = False,
    ) -> tuple[Model | None, set[str]]:
        """Return the record, or None and the keys that have mistakes."""
        try:
            text = json.dumps(table, default=str)
            return model.model_validate_json(text, strict=True), set()
        except ValidationError as error:
            mistakes: dict[KeyPath, str] = {}
            for details in error.errors(include_url=False):
                key = _key_path(details["loc"], table)
                mistakes.setdefault(key, _explain(details, key, where))
            if not silent:
                for key, message in mistakes.items():
                    self.complain((*path, *key), message)
            return None, {str(key[0]) for key in mistakes if key}


def _key_path(location: tuple[int | str, ...], table: Any) -> KeyPath:
    """Return the part of a pydantic location that exists in the file, plus a missing key."""
    path: list[str | int] = []
    for step in location:
        if isinstance(table, dict) and isinstance(step, str):
            if step not in table and path:
                # Names of union members stand between the keys.
                continue
            path.append(step)
            table = table.get(step)
        elif isinstance(table, list) and isinstance(step, int) and step < len(table):
            path.append(step)
            table = table[step]
    return tuple(path)


def _explain(details: ErrorDetails, key: KeyPath, where: str) -> str:
    """Return one pydantic error in the words of the study file."""
    kind = details["type"]
    if kind == "value_error":
        reason = str(details["ctx"]["error"])
        return f"{_name(key)}: {reason}" if key and isinstance(key[-1], int) else reason
    missing = details["loc"][-1]
    if kind == "missing" and isinstance(missing, str):
        return f"{where} needs '{missing}'"
    if kind == "extra_forbidden":
        return f"unknown key '{details['loc'][-1]}' in {_name(key[:-1]) or where}; take it out"
    # A list that is too short "misses" its later elements: what is wrong is the list.
    return f"{_name(key)} = {as_toml(details['input'])}: {_expected(details, key)}"


def _expected(details: ErrorDetails, key: KeyPath) -> str:
    if key and key[-1] in EXPECTED:
        return EXPECTED[str(key[-1])]
    message = details["msg"]
    for subject in ("Input should", "String should", "Tuple should", "List should"):
        message = message.replace(subject, "must")
    return message


def _name(key: KeyPath) -> str:
    text = ""
    for step in key:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def as_toml(value: Any) -> str:
    """Return a value as it is written in a study file, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
