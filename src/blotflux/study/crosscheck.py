"""What must hold between the study file, the sheet, the pictures and the analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.errors import Mistake, RecipeError
from blotflux.measure.ladders.presets import find_preset
from blotflux.study.evidence import Evidence, alike
from blotflux.study.plan_checks import check_plans, check_targets
from blotflux.study.spelling import did_you_mean, fold, near_duplicates, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from blotflux.study.draft import DraftImage
    from blotflux.study.toml_source import KeyPath

__all__ = ["Evidence", "cross_check"]


def cross_check(evidence: Evidence) -> Iterator[Mistake]:
    """Yield every mistake between the parts; none that follows from one already reported."""
    yield from _sources(evidence)
    yield from _pictures(evidence)
    yield from _membranes(evidence)
    yield from _slots(evidence)
    yield from check_targets(evidence)
    yield from check_plans(evidence)


# ---------------------------------------------------------------- pictures


def _sources(evidence: Evidence) -> Iterator[Mistake]:
    draft = evidence.draft
    if draft.images and draft.has_volumes:
        yield Mistake(
            where=evidence.where(("volumes",)),
            message="a study has [[images]] or [volumes], not both; take one out",
        )
    if not draft.images and not draft.has_volumes and draft.intact:
        yield Mistake(
            where=evidence.where(()),
            message="nothing to measure; write [[images]] with file, membrane and targets",
        )


def _pictures(evidence: Evidence) -> Iterator[Mistake]:
    seen: dict[tuple[object, ...], KeyPath] = {}
    for image in evidence.draft.images:
        for key, file in _files_of(image):
            if not (evidence.directory / file).is_file():
                yield Mistake(
                    where=evidence.where((*image.path, key)),
                    message=_no_such_file(evidence.directory, file),
                )
        spec = image.spec
        if spec is None:
            continue
        picture = (spec.file, spec.channel, spec.page, spec.region)
        if picture in seen:
            yield Mistake(
                where=evidence.where((*image.path, "file")),
                message=f"'{spec.file}' is already at {evidence.where((*seen[picture], 'file'))}; "
                "say which channel, page or region each is, or take one out",
            )
        seen.setdefault(picture, image.path)
        yield from _ladder(evidence, image)


def _files_of(image: DraftImage) -> Iterator[tuple[str, str]]:
    if image.file:
        yield "file", image.file
    if image.spec is not None and image.spec.ladder_image:
        yield "ladder_image", image.spec.ladder_image


def _no_such_file(directory: Path, file: str) -> str:
    folder = (directory / file).parent
    if "\\" in file:
        return f"no file '{file}'; write '/' between folders on every system"
    if not folder.is_dir():
        return f"no file '{file}'; there is no folder '{folder}'"
    near = nearest((directory / file).name, [path.name for path in sorted(folder.iterdir())])
    hint = f"did you mean '{near}'?" if near else "check the name and where the file is"
    return f"no file '{file}' beside the study; {hint}"


def _ladder(evidence: Evidence, image: DraftImage) -> Iterator[Mistake]:
    spec = image.spec
    if spec is None or (spec.ladder is None and spec.gel is None):
        return
    if spec.ladder is None:
        message = f"gel = '{spec.gel}' means nothing without ladder; name the ladder's product"
        yield Mistake(where=evidence.where((*image.path, "gel")), message=message)
        return
    key = "ladder"
    try:
        preset = find_preset(spec.ladder)
        key = "gel"
        preset.system_of(spec.gel)
    except RecipeError as error:
        yield Mistake(where=evidence.where((*image.path, key)), message=str(error))


# ---------------------------------------------------------------- membranes and slots


def _membranes(evidence: Evidence) -> Iterator[Mistake]:
    """Yield membranes that only one side knows; two spellings of one are one mistake."""
    named = _named_membranes(evidence)
    sheet = evidence.sheet
    if named is None or sheet is None or not evidence.sheet_is_sound:
        return
    for first, later in near_duplicates(named):
        yield Mistake(where=named[later], message=alike("membranes", later, first))
    folded = {fold(name): name for name in named}
    unmatched = [name for name in sheet.membranes if fold(name) not in folded]
    in_sheet = {fold(name): name for name in sheet.membranes}
    for name, where in named.items():
        same = in_sheet.get(fold(name))
        if same == name or (same is not None and same in named):
            continue
        if same is not None:
            yield Mistake(
                where=where, message=alike("membranes", name, same, whose=" of the sheet")
            )
            continue
        other = nearest(name, unmatched) or (unmatched[0] if len(unmatched) == 1 else "")
        if other:
            unmatched.remove(other)
        hint = (
            f"the sheet has '{other}', which no picture has"
            if other
            else (did_you_mean(name, tuple(sheet.membranes), what="membranes there"))
        )
        message = f"membrane '{name}' is not in the sheet '{sheet.name}'; {hint}"
        yield Mistake(where=where, message=message)
    for name in unmatched:
        where = f"{sheet.name}:{sheet.membranes[name]}"
        message = f"membrane '{name}' has no picture in the study; add one or take its lanes out"
        yield Mistake(where=where, message=message)


def _named_membranes(evidence: Evidence) -> dict[str, str] | None:
    """Return the membranes of pictures or volumes with their place; None if some are unknown."""
    if evidence.volumes is not None:
        return dict(evidence.volumes.membranes) or None
    named: dict[str, str] = {}
    if not evidence.draft.images:
        return None
    for image in evidence.draft.images:
        if image.membrane is None:
            return None
        named.setdefault(image.membrane, evidence.where((*image.path, "membrane")))
    return named


def _slots(evidence: Evidence) -> Iterator[Mistake]:
    sheet = evidence.sheet
    if sheet is None:
        return
    for image in evidence.draft.images:
        spec = image.spec
        if spec is None or spec.lanes is None or spec.membrane in sheet.uncertain:
            continue
        highest = sheet.highest(spec.membrane)
        wanted = spec.slots(highest)
        if highest and max(wanted) > highest:
            yield Mistake(
                where=evidence.where((*image.path, "lanes")),
                message=f"lanes goes to slot {max(wanted)}, but the sheet's highest lane of "
                f"membrane '{spec.membrane}' is {highest}; mend the one that is wrong",
            )
    for (membrane, lane), where in (evidence.volumes.slots if evidence.volumes else {}).items():
        known = membrane in sheet.membranes and membrane not in sheet.uncertain
        if known and (membrane, lane) not in sheet.rows:
            message = f"lane {lane} of membrane '{membrane}' is not in the sheet '{sheet.name}'"
            yield Mistake(where=where, message=f"{message}; add it or mend the number")
