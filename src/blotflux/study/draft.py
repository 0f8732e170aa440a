"""The study file, read as far as its mistakes allow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from blotflux.analysis.records import ExpressionPlan, LC3FluxPlan, PhosphoPlan
from blotflux.parameters import Parameters
from blotflux.study.schema import ImageSpec, LanesSection, TargetSpec, VolumesSection
from blotflux.study.sections import Sections, as_toml
from blotflux.study.spelling import clean_all, did_you_mean, nearest, quoted

if TYPE_CHECKING:
    from blotflux.analysis.records import AnalysisPlan
    from blotflux.study.toml_source import KeyPath, TomlSource

__all__ = ["FORMAT_VERSION", "Draft", "DraftImage", "DraftPlan", "read_draft"]

FORMAT_VERSION = 1

TOP_LEVEL = (
    "blotflux",
    "title",
    "linear_ranges",
    "lanes",
    "images",
    "volumes",
    "analyses",
    "parameters",
)

PLANS: dict[str, type[LC3FluxPlan | PhosphoPlan | ExpressionPlan]] = {
    "lc3_flux": LC3FluxPlan,
    "phospho": PhosphoPlan,
    "expression": ExpressionPlan,
}

PLAN_KEYS = tuple(dict.fromkeys(key for plan in PLANS.values() for key in plan.model_fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftImage:
    """An ``[[images]]`` entry; what could not be read is None, and nothing follows from it.

    Attributes
    ----------
    path : key path
        Of the entry in the study file.
    file, membrane : str or None
    targets : tuple of str or None
        Sums and parts.
    spec : ImageSpec or None
        Without the keys that have mistakes; None if nothing is left without them.
    sound : bool
        Whether the entry has no mistake.
    """

    path: KeyPath
    file: str | None
    membrane: str | None
    targets: tuple[str, ...] | None
    spec: ImageSpec | None
    sound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPlan:
    """An ``[[analyses]]`` entry.

    Attributes
    ----------
    path : key path
    plan : AnalysisPlan or None
        None if a key that it needs has a mistake.
    control, inhibitor : str or None
    measured : tuple of (key, str)
        The targets that the analysis takes, with the key that names each.
    """

    path: KeyPath
    plan: AnalysisPlan | None
    control: str | None = None
    inhibitor: str | None = None
    measured: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, kw_only=True)
class Draft:
    """What was understood of a study file."""

    sections: Sections
    title: str = ""
    ranges: str = ""
    sheet: str | None = None
    volumes: str | None = None
    has_volumes: bool = False
    images: tuple[DraftImage, ...] = ()
    plans: tuple[DraftPlan, ...] = ()
    parameters: Parameters = field(default_factory=Parameters)
    intact: bool = True
    """Whether every section could be told for what it is; otherwise less is cross-checked."""


def read_draft(source: TomlSource) -> Draft:
    """Return what a study file says; its mistakes are noted in ``draft.sections``."""
    sections = Sections(source)
    data = sections.rename_typos(clean_all(source.data), (), TOP_LEVEL, where="the study file")
    draft = Draft(sections=sections)
    _check_version(sections, data)
    draft.title = _text(sections, data, "title")
    draft.ranges = _text(sections, data, "linear_ranges")
    draft.has_volumes = "volumes" in data
    draft.sheet = _file_of(sections, data, "lanes", LanesSection)
    draft.volumes = _file_of(sections, data, "volumes", VolumesSection)
    images = _tables(draft, data, "images")
    draft.images = tuple(_read_image(sections, index, table) for index, table in images)
    plans = _tables(draft, data, "analyses")
    draft.plans = tuple(_read_plan(sections, index, table) for index, table in plans)
    if isinstance(data.get("parameters"), dict):
        parameters = sections.read(
            Parameters, data["parameters"], ("parameters",), where="[parameters]"
        )
        draft.parameters = parameters or draft.parameters
    return draft


def _check_version(sections: Sections, data: dict[str, Any]) -> None:
    version = data.get("blotflux")
    if version is None:
        sections.complain((), f"the first line must be 'blotflux = {FORMAT_VERSION}'")
    elif version != FORMAT_VERSION or isinstance(version, bool):
        sections.complain(
            ("blotflux",),
            f"blotflux = {as_toml(version)}: this program reads version {FORMAT_VERSION} of the "
            "study file; write that, or install a newer blotflux",
        )


def _text(sections: Sections, data: dict[str, Any], key: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        sections.complain((key,), f"{key} = {as_toml(value)}: must be a text in quotes")
        return ""
    return value


def _file_of(
    sections: Sections,
    data: dict[str, Any],
    key: str,
    model: type[LanesSection | VolumesSection],
) -> str | None:
    """Return the file that a section names; the sheet is always needed."""
    table = data.get(key)
    if table is None:
        if key == "lanes":
            sections.complain((), 'the sheet is missing; write [lanes] and file = "lanes.csv"')
        return None
    if not isinstance(table, dict):
        sections.complain((key,), f'{key} must be a table: [{key}] and, below, file = "{key}.csv"')
        return None
    section = sections.read(model, table, (key,), where=f"[{key}]")
    return section.file if section else None


def _tables(draft: Draft, data: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the entries of an array of tables."""
    value = data.get(key, [])
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return list(enumerate(value))
    draft.intact = False
    draft.sections.complain((key,), f"write each entry under a line of its own, [[{key}]]")
    return []


# ---------------------------------------------------------------- images


def _read_image(sections: Sections, index: int, table: dict[str, Any]) -> DraftImage:
    path: KeyPath = ("images", index)
    before = len(sections.mistakes)
    table = sections.rename_typos(
        table, path, tuple(ImageSpec.model_fields), where=f"[[images]] number {index + 1}"
    )
    table = _spell_out_targets(sections, path, table)
    spec = sections.read(ImageSpec, table, path, where=f"[[images]] number {index + 1}")
    return DraftImage(
        path=path,
        file=_string(table.get("file")),
        membrane=_string(table.get("membrane")),
        targets=_loose_targets(table),
        spec=spec,
        sound=len(sections.mistakes) == before,
    )


def _spell_out_targets(sections: Sections, path: KeyPath, table: dict[str, Any]) -> dict[str, Any]:
    """Return the entry with each short ``"GAPDH"`` written as ``{ name = "GAPDH" }``."""
    targets = table.get("targets")
    if not isinstance(targets, list):
        return table
    spelled = []
    for index, target in enumerate(targets):
        if isinstance(target, str):
            spelled.append({"name": target})
        elif isinstance(target, dict):
            keys = tuple(TargetSpec.model_fields)
            where = f"entry {index + 1} of targets"
            spelled.append(
                sections.rename_typos(target, (*path, "targets", index), keys, where=where)
            )
        else:
            spelled.append(target)
    return {**table, "targets": spelled}


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _loose_targets(table: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the names in ``targets``, or None if some of them cannot be told."""
    targets = table.get("targets", [] if "strip_control_of" in table else None)
    if not isinstance(targets, list):
        return None
    names: list[Any] = []
    for target in targets:
        if not isinstance(target, dict):
            return None
        parts = target.get("parts", [])
        names += [target.get("name"), *(parts if isinstance(parts, list) else [None])]
    if not all(isinstance(name, str) for name in names):
        return None
    return tuple(name for name in names if name != "-")


# ---------------------------------------------------------------- analyses


def _read_plan(sections: Sections, index: int, table: dict[str, Any]) -> DraftPlan:
    path: KeyPath = ("analyses", index)
    where = f"[[analyses]] number {index + 1}"
    table = sections.rename_typos(table, path, PLAN_KEYS, where=where)
    kind = _kind_of(sections, path, table, where)
    plan = None
    if kind is not None:
        plan = sections.read(PLANS[kind], {**table, "kind": kind}, path, where=where)
    return DraftPlan(
        path=path,
        plan=plan,
        control=_string(table.get("control")),
        inhibitor=_string(table.get("inhibitor")),
        measured=_loose_measured(table, kind),
    )


def _loose_measured(table: dict[str, Any], kind: str | None) -> tuple[tuple[str, str], ...]:
    """Return the targets that an analysis names, as far as they can be told."""
    keys = PLANS[kind].model_fields if kind else {}
    found = []
    for key in ("target", "total", "loading"):
        if key in keys:
            value = table.get(key, keys[key].default)
            names = value if isinstance(value, list) else [value]
            found += [(key, name) for name in names if isinstance(name, str) and name]
    return tuple(found)


def _kind_of(sections: Sections, path: KeyPath, table: dict[str, Any], where: str) -> str | None:
    """Return the kind of analysis; a typo is reported and put right."""
    kind = table.get("kind")
    if isinstance(kind, str) and kind in PLANS:
        return kind
    allowed = tuple(PLANS)
    if kind is None:
        sections.complain(path, f"{where} needs 'kind'; allowed: {quoted(allowed)}")
        return None
    hint = did_you_mean(str(kind), allowed)
    sections.complain((*path, "kind"), f"kind = {as_toml(kind)} in {where}; {hint}")
    return nearest(str(kind), allowed) or None
