"""A new study as a form: plain records that a window shows, changes and writes.

What is written is the same ``study.toml`` and sheet that ``blotflux new`` writes.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import tomllib
from collections.abc import Mapping  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.editing.errors import EditError
from blotflux.errors import Mistake
from blotflux.study.new import Proposal, propose_study, write_new_study
from blotflux.study.reading import check_study
from blotflux.study.sheet_write import sheet_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Progress = Callable[[int, int, str], None]

__all__ = [
    "KINDS",
    "Form",
    "FormAnalysis",
    "FormImage",
    "check",
    "parse_table",
    "preview",
    "propose",
    "write",
]

KINDS = ("lc3_flux", "phospho", "expression")
STUDY, SHEET = "study.toml", "lanes.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormImage:
    """One picture of the form.

    Attributes
    ----------
    file : str
        Relative to the folder, with ``/``.
    membrane : str
    targets : tuple
        Rows from the top: names, or tables as in the study file.
    wanted : bool
        Whether the picture is in the study.
    more : mapping of str to value
        Further keys of its entry: channel, page, exposure_s, ...
    """

    file: str
    membrane: str
    targets: tuple[Any, ...] = ()
    wanted: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAnalysis:
    """One analysis of the form; what is empty is not written."""

    kind: str
    target: str
    control: str
    loading: str = ""
    total: str = ""
    inhibitor_hours: float | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A study that is being made; to be changed by ``dataclasses.replace``.

    Attributes
    ----------
    directory : Path
        The folder with the pictures, where the study will be written.
    title : str
    images : tuple of FormImage
    columns : tuple of str
        Of the sheet.
    rows : tuple of mapping
        Of the sheet, by column.
    analyses : tuple of FormAnalysis
    messages : tuple of str
        What was guessed, to be looked at.
    """

    directory: Path
    title: str
    images: tuple[FormImage, ...]
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]
    analyses: tuple[FormAnalysis, ...] = ()
    messages: tuple[str, ...] = ()


def propose(folder: Path | str, *, progress: Progress | None = None) -> Form:
    """Return a form for the pictures of a folder, filled in as far as they tell.

    Raises
    ------
    StudyError
        If there is no picture that can be read.
    """
    proposal = propose_study(folder, progress=progress)
    data = tomllib.loads(proposal.study_text)
    return Form(
        directory=proposal.directory,
        title=str(data.get("title", "")),
        images=tuple(_image(entry) for entry in data.get("images", [])),
        columns=proposal.columns,
        rows=proposal.rows,
        analyses=tuple(FormAnalysis(**entry) for entry in data.get("analyses", [])),
        messages=proposal.messages,
    )


def _image(entry: dict[str, Any]) -> FormImage:
    known = ("file", "membrane", "targets")
    return FormImage(
        file=entry["file"],
        membrane=entry["membrane"],
        targets=tuple(entry.get("targets", ())),
        more={key: value for key, value in entry.items() if key not in known},
    )


def parse_table(
    text: str, columns: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[dict[str, str], ...]]:
    """Return a table that was typed or pasted from a spreadsheet: columns and rows.

    Parameters
    ----------
    text : str
        Cells separated by tabs; or by semicolons, or commas, where there are no tabs.
    columns : sequence of str
        Taken where the first line holds no headings.

    Raises
    ------
    EditError
        If there is no table in the text, or a line has more cells than there are columns.
    """
    separator = next((mark for mark in "\t;" if mark in text), ",")
    reader = csv.reader(io.StringIO(text.strip("\r\n")), delimiter=separator)
    lines = [[cell.strip() for cell in line] for line in reader]
    lines = [line for line in lines if any(line)]
    if not lines:
        message = "there is no table in the clipboard; copy the cells with their headings"
        raise EditError(message)
    first = [cell.lower() for cell in lines[0]]
    headed = "treatment" in first or {"membrane", "lane"} <= set(first)
    names = tuple(first) if headed else tuple(columns)
    body = lines[1:] if headed else lines
    if not names or "" in names or len(set(names)) < len(names):
        message = "every column needs a heading of its own: membrane, lane, treatment, ..."
        raise EditError(message)
    for number, line in enumerate(body, start=1):
        if len(line) > len(names):
            message = f"line {number} has {len(line)} cells and there are {len(names)} columns"
            raise EditError(message)
    return names, tuple(dict(zip(names, line, strict=False)) for line in body)


def preview(form: Form) -> str:
    """Return the study file of a form."""
    return "".join(_lines(form))


def _lines(form: Form) -> Iterator[str]:
    yield f'blotflux = 1\ntitle = {_toml(form.title)}\n\n[lanes]\nfile = "{SHEET}"\n'
    for image in form.images:
        if image.wanted:
            yield f"\n[[images]]\nfile = {_toml(image.file)}\nmembrane = {_toml(image.membrane)}\n"
            if image.targets:
                yield f"targets = {_toml(list(image.targets))}\n"
            yield from (f"{key} = {_toml(value)}\n" for key, value in image.more.items())
    for analysis in form.analyses:
        yield "\n[[analyses]]\n"
        for key in ("name", "kind", "target", "total", "loading", "control", "inhibitor_hours"):
            value = getattr(analysis, key)
            if value not in ("", None):
                yield f"{key} = {_toml(value)}\n"


def _toml(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(own)}" for key, own in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(own) for own in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def check(form: Form) -> tuple[Mistake, ...]:
    """Return every mistake in a form; nothing is written beside the pictures."""
    folder = form.directory.resolve()
    moved = replace(
        form,
        images=tuple(replace(own, file=(folder / own.file).as_posix()) for own in form.images),
    )
    with tempfile.TemporaryDirectory(prefix="blotflux-") as place:
        study = Path(place) / STUDY
        study.write_text(preview(moved), encoding="utf-8")
        (study.with_name(SHEET)).write_text(sheet_text(form.columns, form.rows), encoding="utf-8")
        mistakes = check_study(study)
    here = f"{folder.as_posix()}/"
    return tuple(
        Mistake(where=own.where.replace(here, ""), message=own.message.replace(here, ""))
        for own in mistakes
    )


def write(form: Form, study: Path | str | None = None) -> tuple[Path, ...]:
    """Write a form's study file, sheet and workbook; return their paths.

    Parameters
    ----------
    form : Form
    study : Path or str, optional
        By default ``study.toml`` in the folder; files are named from the folder of the pictures.

    Raises
    ------
    OutputError
        If one of the three is there already; nothing is written then.
    """
    proposal = Proposal(
        directory=form.directory,
        study_text=preview(form),
        columns=form.columns,
        rows=form.rows,
        messages=form.messages,
    )
    return write_new_study(proposal, study)
