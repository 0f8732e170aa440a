"""Linear ranges that an earlier study saved, for the study that names their file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from blotflux.analysis.linear_range import linear_ranges_from_json
from blotflux.errors import StudyError
from blotflux.findings import Finding, Severity
from blotflux.study.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from blotflux.analysis.linear_range import LinearRange
    from blotflux.study.draft import Draft

__all__ = ["open_ranges", "shared_membranes"]

KEY = ("linear_ranges",)


def open_ranges(directory: Path, draft: Draft, digests: dict[str, str]) -> tuple[LinearRange, ...]:
    """Return the ranges that a study names; empty where it names none, or after noting why not.

    Parameters
    ----------
    directory : Path
        The study's folder.
    draft : Draft
        Notes a file that is not there or not of ours, at the line of the key.
    digests : dict of file name to SHA-256
        Gets the file's.
    """
    name = draft.ranges
    if not name:
        return ()
    path = directory / name
    if not path.is_file():
        draft.sections.complain(KEY, f"no file '{name}' beside the study; {_hint(path)}")
        return ()
    content = path.read_bytes()
    digests[name] = hashlib.sha256(content).hexdigest()
    try:
        return linear_ranges_from_json(content.decode("utf-8-sig"), name=name)
    except UnicodeDecodeError:
        message = "not UTF-8 text; write it anew with 'blotflux linear-range'."
        draft.sections.complain(KEY, f"{name}: {message}")
    except StudyError as error:
        for mistake in error.mistakes:
            draft.sections.complain(KEY, str(mistake))
    return ()


def _hint(path: Path) -> str:
    folder = path.parent
    files = sorted(folder.glob(f"*{path.suffix}")) if folder.is_dir() else []
    near = nearest(path.name, [file.name for file in files])
    if near:
        return f"did you mean '{near}'?"
    return f"write it with: blotflux linear-range STUDY -o {path.name}"


def shared_membranes(
    name: str, ranges: Iterable[LinearRange], membranes: Iterable[str]
) -> Iterator[Finding]:
    """Yield a WARN for each membrane whose name the saved ranges have, too.

    Its signals are held against the saved ones, which is right only if it is the same membrane.
    """
    saved = {item.membrane for item in ranges}
    for membrane in membranes:
        if membrane in saved:
            yield Finding(
                severity=Severity.WARN,
                code="RANGE_OF_MEMBRANE",
                membrane=membrane,
                message=f"'{name}' has linear ranges of a membrane '{membrane}', too: the signals "
                "of this one are held against them; if it is another membrane, rename one.",
            )
