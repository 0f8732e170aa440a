"""Everything that was read of a study, for the checks between its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.study.draft import Draft, DraftImage
    from blotflux.study.sheet import Sheet
    from blotflux.study.toml_source import KeyPath
    from blotflux.study.volumes import Volumes

__all__ = ["Evidence", "alike", "is_strip_control"]


def is_strip_control(image: DraftImage) -> bool:
    """Tell whether a picture shows what stripping left."""
    return image.spec is not None and image.spec.strip_control_of is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that was read of a study; None where a file is not named or not there."""

    directory: Path
    draft: Draft
    sheet: Sheet | None
    volumes: Volumes | None

    def where(self, path: KeyPath) -> str:
        """Return the place of a key in the study file."""
        return self.draft.sections.source.where(path)

    @property
    def sheet_is_sound(self) -> bool:
        """Whether the sheet could be read at all, so that something can be missing in it."""
        return self.sheet is not None and bool(self.sheet.rows)

    def measured_targets(self) -> tuple[str, ...] | None:
        """Return every target that pictures or volumes give; None if it cannot be told."""
        if self.volumes is not None:
            sound = bool(self.volumes.volumes)
            return self.volumes.targets if sound else None
        if not self.draft.intact or self.draft.has_volumes or not self.draft.images:
            return None
        names: list[str] = []
        for image in self.draft.images:
            if image.targets is None:
                return None
            if not is_strip_control(image):
                names += image.targets
        return tuple(dict.fromkeys(names))


def alike(what: str, later: str, first: str, *, whose: str = "") -> str:
    """Return the message about two spellings of one name."""
    return (
        f"{what} '{later}' and '{first}'{whose} differ only in case, spaces or look-alike letters; "
        "write one of them"
    )
