"""A study file and a sheet for a folder of pictures, to be filled in."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blotflux.errors import Mistake, OutputError, StudyError
from blotflux.study.guess.entries import count_slots, entries_of, propose_analyses
from blotflux.study.guess.grouping import group_pictures
from blotflux.study.guess.looking import look_at_pictures
from blotflux.study.guess.study_text import study_text
from blotflux.study.sheet_write import sheet_text, sheet_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from blotflux.measure.result import Measurement
    from blotflux.study.guess.entries import ProposedAnalysis, Slots
    from blotflux.study.guess.grouping import Group
    from blotflux.study.guess.looking import Unreadable

    Progress = Callable[[int, int, str], None]
    Quantifier = Callable[..., Measurement]

__all__ = ["Proposal", "propose_study", "require_unwritten", "write_new_study"]

SHEET, WORKBOOK = "lanes.csv", "lanes.xlsx"

COLUMNS = ("membrane", "lane", "treatment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A study to be filled in.

    Attributes
    ----------
    directory : Path
        Where the pictures are.
    study_text : str
        The study file, with the reason for each guess in comments.
    columns : tuple of str
        Of the sheet.
    rows : tuple of mapping
        Of the sheet, by column.
    messages : tuple of str
        What to look at first, a line each.
    """

    directory: Path
    study_text: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]
    messages: tuple[str, ...] = ()


def propose_study(
    directory: Path | str,
    *,
    study_file: Path | str | None = None,
    quantifier: Quantifier | None = None,
    progress: Progress | None = None,
) -> Proposal:
    """Return a study for the pictures of a folder; nothing is written.

    Parameters
    ----------
    directory : Path or str
    study_file : Path or str, optional
        Where the study will be written; by default ``study.toml`` in the folder.
    quantifier : callable, optional
        As in `run_study`; without the other background methods by default.
    progress : callable, optional
        Called with (done, total, name) after each picture.

    Raises
    ------
    StudyError
        If there is no folder, or no picture in it that can be read.
    """
    directory = Path(directory)
    file = Path(study_file) if study_file else directory / "study.toml"
    if not directory.is_dir():
        raise _refuse(directory, "no such folder; name the folder that holds the pictures")
    looks, unreadable = look_at_pictures(
        directory, quantifier=quantifier or _default_quantifier(), progress=progress
    )
    if not looks:
        reason = "; ".join(f"{item.file}: {item.reason}" for item in unreadable[:3])
        what = f"no picture here can be read ({reason})" if unreadable else "no pictures here"
        raise _refuse(directory, f"{what}; copy the instrument's TIFF files into it")
    groups = [
        group
        for group in group_pictures(looks)
        if not all(look.reading.is_marker for look in group.looks)
    ]
    slots = [count_slots(group) for group in groups]
    entries = [
        entry for group, own in zip(groups, slots, strict=True) for entry in entries_of(group, own)
    ]
    analyses = propose_analyses(entries)
    columns = _columns(groups, analyses)
    return Proposal(
        directory=directory,
        study_text="".join(study_text(directory, file, entries, analyses, unreadable)),
        columns=columns,
        rows=tuple(_rows(groups, slots)),
        messages=tuple(_messages(groups, slots, unreadable)),
    )


def _refuse(directory: Path, message: str) -> StudyError:
    return StudyError([Mistake(where=str(directory), message=message)])


def _default_quantifier() -> Quantifier:
    from blotflux.measure.pipeline import quantify

    return quantify


# ---------------------------------------------------------------- the sheet


def _columns(groups: Sequence[Group], analyses: Sequence[ProposedAnalysis]) -> tuple[str, ...]:
    flux = any(analysis.kind == "lc3_flux" for analysis in analyses)
    # A replicate is named for all membranes or for none, or nobody could tell which are which.
    replicates = all(group.replicate for group in groups)
    return (
        *COLUMNS,
        *(("inhibitor",) if flux else ()),
        *(("replicate",) if replicates else ()),
        "role",
        "exclude",
    )


def _rows(groups: Sequence[Group], slots: Sequence[Slots]) -> Iterator[Mapping[str, object]]:
    for group, own in zip(groups, slots, strict=True):
        for lane in range(1, own.count + 1):
            ladder = lane in own.ladders
            yield {
                "membrane": group.name,
                "lane": lane,
                "treatment": "",
                "replicate": "" if ladder else group.replicate,
                "role": "ladder" if ladder else "sample",
            }


def _messages(
    groups: Sequence[Group], slots: Sequence[Slots], unreadable: Sequence[Unreadable]
) -> Iterator[str]:
    for group, own in zip(groups, slots, strict=True):
        yield f"membrane '{group.name}': {len(group.looks)} pictures, {own.reason}"
    for item in unreadable:
        yield f"{item.file} is not taken: {item.reason}"


# ---------------------------------------------------------------- writing


def require_unwritten(study: Path) -> None:
    """Check that a new study can be written; to be asked before looking at pictures.

    Raises
    ------
    OutputError
        If the study file, the sheet or the workbook is there already, or no folder for them.
    """
    for path in (study, study.with_name(SHEET), study.with_name(WORKBOOK)):
        if path.exists():
            message = f"{path}: is there already and stays as it is; choose another place with -o"
            raise OutputError(message)
    if not study.parent.is_dir():
        message = f"{study.parent}: no such folder; make it first or choose another with -o"
        raise OutputError(message)


def write_new_study(proposal: Proposal, file: Path | str | None = None) -> tuple[Path, ...]:
    """Write a proposed study, its sheet and its workbook; return their paths.

    Parameters
    ----------
    proposal : Proposal
    file : Path or str, optional
        The study file; by default ``study.toml`` in the folder. The same that the study was
        proposed for.

    Raises
    ------
    OutputError
        If one of the three is there already; nothing is written then.
    """
    study = Path(file) if file else proposal.directory / "study.toml"
    contents = {
        study: proposal.study_text.encode(),
        study.with_name(SHEET): sheet_text(proposal.columns, proposal.rows).encode("utf-8-sig"),
        study.with_name(WORKBOOK): sheet_workbook(proposal.columns, proposal.rows),
    }
    require_unwritten(study)
    written = []
    try:
        for path, content in contents.items():
            with path.open("xb") as target:
                written.append(path)
                target.write(content)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        message = f"{study}: cannot be written ({error.strerror}); choose another place with -o"
        raise OutputError(message) from None
    return tuple(written)
