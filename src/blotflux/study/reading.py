"""Reads a study: its file, its sheet and its volumes, with every mistake at once."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl.utils import column_index_from_string

from blotflux.errors import ImageReadError, Mistake, StudyError
from blotflux.study.crosscheck import Evidence, cross_check
from blotflux.study.draft import read_draft
from blotflux.study.model import Study
from blotflux.study.saved_ranges import open_ranges, shared_membranes
from blotflux.study.sheet import Sheet, read_sheet
from blotflux.study.spelling import nearest
from blotflux.study.toml_source import TomlSource, parse_toml
from blotflux.study.volumes import Volumes, read_volumes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.analysis.linear_range import LinearRange
    from blotflux.study.draft import Draft

__all__ = ["UnreadableImage", "check_study", "read_study"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableImage(Mistake):
    """A picture that is there but cannot be read: no mistake in what the user wrote.

    `run` goes on without the membrane, and ends with another exit code.
    """


def read_study(path: Path | str) -> Study:
    """Return a study, read and free of mistakes; its pictures are not opened.

    Parameters
    ----------
    path : Path or str
        The study file.

    Raises
    ------
    StudyError
        With every mistake in the study file, the sheet, the volumes and between them.
    """
    study, mistakes, _ = _examine(Path(path))
    if mistakes or study is None:
        raise StudyError(mistakes)
    return study


def check_study(path: Path | str) -> tuple[Mistake, ...]:
    """Return every mistake of a study at once, an `UnreadableImage` for each such picture.

    Reads everything, pictures included, and measures nothing.
    """
    try:
        _, mistakes, draft = _examine(Path(path))
    except StudyError as error:
        return error.mistakes
    return (*mistakes, *_unreadable(Path(path).parent, draft))


def _examine(path: Path) -> tuple[Study | None, list[Mistake], Draft]:
    """Return the study, its mistakes in the order of the files, and the file as understood."""
    text, digest = _read_text(path)
    source = parse_toml(text, path.name)
    draft = read_draft(source)
    digests = {path.name: digest}
    sheet = _open(path.parent, draft, source, "lanes", digests)
    volumes = _open(path.parent, draft, source, "volumes", digests)
    ranges = open_ranges(path.parent, draft, digests)
    evidence = Evidence(
        directory=path.parent,
        draft=draft,
        sheet=sheet if isinstance(sheet, Sheet) else None,
        # Beside images, the table of volumes is itself the mistake.
        volumes=volumes if isinstance(volumes, Volumes) and not draft.images else None,
    )
    mistakes = draft.sections.mistakes
    mistakes += [m for table in (evidence.sheet, evidence.volumes) if table for m in table.mistakes]
    mistakes += cross_check(evidence)
    names = (path.name, draft.sheet or "", draft.volumes or "")
    mistakes.sort(key=lambda mistake: _reading_order(mistake, names))
    study = _make_study(path, evidence, digests)
    return study and _with_ranges(study, draft.ranges, ranges), mistakes, draft


def _reading_order(mistake: Mistake, names: tuple[str, ...]) -> tuple[int, int, int]:
    """Return file, row and column of a mistake, for sorting."""
    found = re.search(r"^(.*?)(?:[:!]([A-Z]*)(\d+))?$", mistake.where)
    name, column, row = found.groups() if found else (mistake.where, None, None)
    file = names.index(name) if name in names else len(names)
    return file, int(row or 0), column_index_from_string(column) if column else 0


def _read_text(path: Path) -> tuple[str, str]:
    """Return the study file's text and its SHA-256."""
    if path.is_dir():
        candidates = [file.name for file in sorted(path.glob("*.toml"))]
        hint = f"did you mean '{path / candidates[0]}'?" if candidates else "see: blotflux new"
        raise StudyError([Mistake(where=str(path), message=f"is a folder; {hint}")])
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"cannot be read ({error.strerror}); check the path"
        raise StudyError([Mistake(where=str(path), message=message)]) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = "is not UTF-8 text here; save the study file as UTF-8"
        raise StudyError([Mistake(where=f"{path.name}:{line}", message=message)]) from None
    return text.replace("\r\n", "\n"), hashlib.sha256(content).hexdigest()


def _open(
    directory: Path, draft: Draft, source: TomlSource, section: str, digests: dict[str, str]
) -> Sheet | Volumes | None:
    """Return the sheet or the volumes, or None after noting that the file is not there."""
    name = draft.sheet if section == "lanes" else draft.volumes
    if name is None:
        return None
    path = directory / name
    if not path.is_file():
        folder = path.parent
        names = [file.name for file in sorted(folder.iterdir())] if folder.is_dir() else []
        near = nearest(path.name, names)
        hint = f"did you mean '{near}'?" if near else "check the name and where the file is"
        draft.sections.complain((section, "file"), f"no file '{name}' beside the study; {hint}")
        return None
    digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return read_sheet(path, name) if section == "lanes" else read_volumes(path, name)


def _make_study(path: Path, evidence: Evidence, digests: dict[str, str]) -> Study | None:
    draft, sheet, volumes = evidence.draft, evidence.sheet, evidence.volumes
    if sheet is None or draft.sheet is None:
        return None
    return Study(
        path=path,
        title=draft.title,
        sheet_name=draft.sheet,
        volumes_name=draft.volumes or "",
        images=tuple(image.spec for image in draft.images if image.spec is not None),
        analyses=tuple(plan.plan for plan in draft.plans if plan.plan is not None),
        parameters=draft.parameters,
        samples=tuple(sorted(sheet.samples, key=lambda sample: (sample.membrane, sample.lane))),
        volumes=volumes.volumes if volumes else (),
        sheet_columns=sheet.columns,
        findings=(*sheet.findings, *(volumes.findings if volumes else ())),
        sha256=digests,
    )


def _with_ranges(study: Study, name: str, ranges: tuple[LinearRange, ...]) -> Study:
    """Return the study with the linear ranges that it names."""
    shared = shared_membranes(name, ranges, study.membranes)
    return replace(study, ranges_name=name, ranges=ranges, findings=(*study.findings, *shared))


def _unreadable(directory: Path, draft: Draft) -> Iterator[Mistake]:
    """Yield the pictures that are there and cannot be read, or not as the study says."""
    # Reading pictures takes their libraries; a study of volumes does without.
    from blotflux.study.pictures import read_picture, require_readable

    for image in draft.images:
        if not image.file or not (directory / image.file).is_file():
            continue
        try:
            if image.sound and image.spec is not None:
                read_picture(directory, image.spec)
            else:
                require_readable(directory / image.file, image.file)
        except ImageReadError as error:
            message = str(error).removeprefix(f"{image.file}: ")
            yield UnreadableImage(where=image.file, message=message)
        except StudyError as error:
            yield from error.mistakes
