"""The text of a proposed study file, with the reason for each guess in comments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from blotflux.study.guess.entries import Entry, ProposedAnalysis
    from blotflux.study.guess.looking import Unreadable

__all__ = ["study_text"]

CONTROL = "vehicle"

HEAD = """blotflux = 1
title = {title}

# blotflux new wrote this file. Above each entry stands what was guessed, and why. To do:
#   1. Fill in lanes.csv or lanes.xlsx: the treatment of every lane; call the control "{control}",
#      or write its name at control = below.
#   2. blotflux check {study}
#   3. blotflux run {study}

[lanes]
file = "lanes.csv"                    # or "lanes.xlsx": the one that you filled in
"""

TEMPLATE = """
# No analysis could be proposed from the names of the pictures. Name the targets above, then take
# the "#" away and write their names:
# [[analyses]]
# kind = "expression"
# target = "my protein"
# loading = "GAPDH"
# control = "{control}"
"""


def study_text(
    directory: Path,
    file: Path,
    entries: Sequence[Entry],
    analyses: Sequence[ProposedAnalysis],
    unreadable: Sequence[Unreadable],
) -> Iterator[str]:
    """Yield the pieces of a study file.

    Parameters
    ----------
    directory : Path
        Where the pictures are.
    file : Path
        Where the study will be written.
    entries, analyses, unreadable : sequence
    """
    title = directory.resolve().name or "study"
    yield HEAD.format(title=_quote(title), control=CONTROL, study=file.name)
    for item in unreadable:
        yield f"\n# Not taken: {_plain(item.file)}: {_plain(item.reason)}\n"
    prefix = _prefix(directory, file)
    for entry in entries:
        yield "\n"
        yield from (f"# {_plain(reason)}\n" for reason in entry.reasons)
        yield "[[images]]\n"
        yield from (f"{key} = {value}\n" for key, value in _keys(entry, prefix))
    for analysis in analyses:
        yield f"\n# {_plain(analysis.reason)}\n[[analyses]]\n"
        yield from (f"{key} = {value}\n" for key, value in _analysis_keys(analysis))
    if not analyses:
        yield TEMPLATE.format(control=CONTROL)


def _prefix(directory: Path, file: Path) -> str:
    """Return what leads from the study file's folder to the pictures, empty or ending in ``/``."""
    start, goal = file.resolve().parent, directory.resolve()
    if start == goal:
        return ""
    return f"{_relative(goal, start)}/"


def _relative(goal: Path, start: Path) -> str:
    """Return the way from one folder to another; absolute where they share no drive."""
    shared = 0
    for one, other in zip(goal.parts, start.parts, strict=False):
        if one != other:
            break
        shared += 1
    if shared == 0:
        return goal.as_posix()
    up = [".."] * (len(start.parts) - shared)
    return "/".join([*up, *goal.parts[shared:]])


def _keys(entry: Entry, prefix: str) -> Iterator[tuple[str, str]]:
    look = entry.look
    yield "file", _quote(f"{prefix}{look.file}")
    yield "membrane", _quote(entry.membrane)
    if entry.targets:
        yield "targets", _targets(entry)
    if entry.strip_control_of:
        yield "strip_control_of", _quote(entry.strip_control_of)
    for key, number in (("channel", look.channel), ("page", look.page)):
        if number is not None:
            yield key, str(number)
    if look.exposure_s:
        yield "exposure_s", f"{look.exposure_s:.12g}"
    if look.reading.detection:
        yield "detection", _quote(look.reading.detection)
    if entry.ladder_image:
        yield "ladder_image", _quote(f"{prefix}{entry.ladder_image}")


def _targets(entry: Entry) -> str:
    shown = []
    for target in entry.targets:
        if target.parts:
            parts = ", ".join(_quote(part) for part in target.parts)
            shown.append(f"{{ name = {_quote(target.name)}, parts = [{parts}] }}")
        else:
            shown.append(_quote(target.name))
    return f"[{', '.join(shown)}]"


def _analysis_keys(analysis: ProposedAnalysis) -> Iterator[tuple[str, str]]:
    yield "kind", _quote(analysis.kind)
    yield "target", _quote(analysis.target)
    if analysis.total:
        yield "total", _quote(analysis.total)
    if analysis.loading:
        yield "loading", _quote(analysis.loading)
    yield "control", f"{_quote(CONTROL)}                 # the treatment that all are compared with"
    if analysis.kind == "lc3_flux":
        yield "inhibitor_hours", "4.0                 # how long the lysosomal inhibitor was on"


def _quote(text: str) -> str:
    """Return a text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    """Return a text that may stand in a comment: one line, no control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
