"""What must hold between the targets of pictures, the analyses and the sheet."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from blotflux.errors import Mistake
from blotflux.study.evidence import alike, is_strip_control
from blotflux.study.spelling import did_you_mean, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.study.draft import DraftImage, DraftPlan
    from blotflux.study.evidence import Evidence
    from blotflux.study.toml_source import KeyPath

__all__ = ["check_plans", "check_targets"]


def check_targets(evidence: Evidence) -> Iterator[Mistake]:
    """Yield mistakes in the names of targets and in which of their pictures is used."""
    yield from _target_names(evidence)
    yield from _exposures(evidence)


def check_plans(evidence: Evidence) -> Iterator[Mistake]:
    """Yield mistakes in the analyses."""
    for plan in evidence.draft.plans:
        yield from _plan_targets(evidence, plan)
        yield from _plan_conditions(evidence, plan)
    yield from _plan_names(evidence)


def _target_names(evidence: Evidence) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    places: dict[str, str] = {}
    for image in evidence.draft.images:
        for name in image.targets or ():
            places.setdefault(name, evidence.where((*image.path, "targets")))
    for name, where in places.items():
        seen = first.setdefault(fold(name), name)
        if seen != name:
            yield Mistake(where=where, message=alike("targets", name, seen))
    measured = evidence.measured_targets()
    for image in evidence.draft.images:
        spec = image.spec
        if measured is None or spec is None or spec.strip_control_of is None:
            continue
        if spec.strip_control_of not in measured:
            hint = did_you_mean(spec.strip_control_of, measured, what="measured are")
            yield Mistake(
                where=evidence.where((*image.path, "strip_control_of")),
                message=f"strip_control_of '{spec.strip_control_of}' is not measured; {hint}",
            )


def _exposures(evidence: Evidence) -> Iterator[Mistake]:
    """Yield targets of a membrane of which two pictures say ``use = true``."""
    chosen: dict[tuple[str, str], list[DraftImage]] = defaultdict(list)
    for image in evidence.draft.images:
        if image.spec is not None and image.spec.use and not is_strip_control(image):
            for target in image.spec.target_names:
                chosen[image.spec.membrane, target].append(image)
    reported = set()
    for (membrane, target), images in chosen.items():
        last = images[-1]
        if len(images) > 1 and last.path not in reported:
            reported.add(last.path)
            yield Mistake(
                where=evidence.where((*last.path, "use")),
                message=f"two pictures of '{target}' on membrane '{membrane}' say use = true "
                f"(also {evidence.where((*images[0].path, 'use'))}); only one can be analyzed",
            )


# ---------------------------------------------------------------- analyses


def _plan_targets(evidence: Evidence, plan: DraftPlan) -> Iterator[Mistake]:
    measured = evidence.measured_targets()
    if measured is None:
        return
    keys: dict[str, str] = {}
    for key, name in plan.measured:
        where = evidence.where((*plan.path, key))
        if name in keys:
            message = f"{key} = '{name}' is also its {keys[name]}; an analysis compares two targets"
            yield Mistake(where=where, message=message)
        elif name not in measured:
            hint = did_you_mean(name, measured, what="measured are")
            yield Mistake(where=where, message=f"{key} '{name}' is not measured; {hint}")
        keys.setdefault(name, key)


def _plan_conditions(evidence: Evidence, plan: DraftPlan) -> Iterator[Mistake]:
    sheet = evidence.sheet
    if sheet is None or not evidence.sheet_is_sound or "treatment" not in sheet.columns:
        return
    treatments = sheet.treatments()
    if plan.control is not None and treatments and plan.control not in treatments:
        hint = did_you_mean(plan.control, treatments, what="treatments there")
        message = f"control '{plan.control}' is no treatment in the sheet '{sheet.name}'; {hint}"
        yield Mistake(where=evidence.where((*plan.path, "control")), message=message)
    inhibitors = sheet.inhibitors()
    if plan.inhibitor is not None and plan.inhibitor not in inhibitors:
        hint = did_you_mean(plan.inhibitor, inhibitors, what="inhibitors there")
        message = f"inhibitor '{plan.inhibitor}' is not in the sheet '{sheet.name}'; {hint}"
        yield Mistake(where=evidence.where((*plan.path, "inhibitor")), message=message)


def _plan_names(evidence: Evidence) -> Iterator[Mistake]:
    """Yield analyses whose rows in the tables could not be told apart."""
    seen: dict[tuple[str, str], KeyPath] = {}
    for draft in evidence.draft.plans:
        plan = draft.plan
        if plan is None:
            continue
        name = plan.name or f"{plan.kind} {plan.target}"
        key = (fold(name), draft.inhibitor or "")
        if key in seen:
            message = (
                f"the analysis '{name}' is already at {evidence.where(seen[key])}; "
                "give one of them another name"
            )
            yield Mistake(where=evidence.where(draft.path), message=message)
        seen.setdefault(key, draft.path)
