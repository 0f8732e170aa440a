"""D-STRIP over all phospho analyses of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.analysis.parts import doublet_pairs
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
            for phospho, total in doublet_pairs(plan, scene.volumes):
                part = plan.model_copy(update={"target": phospho, "total": total})
                yield from check_stripping(part, scene.volumes, controls)
