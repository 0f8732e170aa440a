"""D-STRIP over all phospho analyses of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.analysis.parts import parts_of
from blotflux.analysis.records import PhosphoPlan
from blotflux.analysis.stripping import check_stripping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blotflux.analysis.quality.context import Scene
    from blotflux.findings import Finding

__all__ = ["check_strips"]


def check_strips(scene: Scene) -> Iterator[Finding]:
    """D-STRIP: what stripping left of the phosphorylated target, for the sum and for its parts."""
    controls = [
        volume
        for target in scene.volumes.targets()
        for volume in scene.volumes.of(target)
        if volume.strip_control_of
    ]
    for plan in scene.plans:
        if isinstance(plan, PhosphoPlan):
            for phospho, total in pairs_of(plan, scene):
                part = plan.model_copy(update={"target": phospho, "total": total})
                yield from check_stripping(part, scene.volumes, controls)


def pairs_of(plan: PhosphoPlan, scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield a plan's target with its total, and each row of a doublet with its own."""
    yield plan.target, plan.total
    phospho, total = parts_of(plan.target, scene.volumes), parts_of(plan.total, scene.volumes)
    if len(phospho) == len(total):
        yield from zip(phospho, total, strict=True)
