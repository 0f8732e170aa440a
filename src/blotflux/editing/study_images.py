"""The pictures of a study as a list shows them: which of them need a look, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.editing.need import need_of

if TYPE_CHECKING:
    from blotflux.editing.session import EditSession
    from blotflux.measure.correcting import Corrected
    from blotflux.study.corrections import SignOff
    from blotflux.study.schema import ImageSpec

__all__ = ["Needs", "StudyImage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyImage:
    """One picture of a study, as the list shows it.

    Attributes
    ----------
    index : int
        Its place in the study file.
    spec : ImageSpec
    measured : bool
    need : float
        How much it needs a look: 0 not at all, more is more; 0 before it is measured.
    reasons : tuple of str
        Why, the worst first.
    signed_off : SignOff or None
    dirty : bool
        Whether it has edits that are not saved.
    failure : str
        Why it could not be opened; empty if it could.
    """

    index: int
    spec: ImageSpec
    measured: bool
    need: float = 0.0
    reasons: tuple[str, ...] = ()
    signed_off: SignOff | None = None
    dirty: bool = False
    failure: str = ""

    @property
    def name(self) -> str:
        """The file, as the study names it."""
        return self.spec.file

    @property
    def membrane(self) -> str:
        """The membrane."""
        return self.spec.membrane

    @property
    def targets(self) -> tuple[str, ...]:
        """The rows that the study names."""
        return self.spec.rows


class Needs:
    """Says how much each picture of a study needs a look; kept while the picture stays as it is."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Corrected, float, tuple[str, ...]]] = {}

    def image(
        self, index: int, spec: ImageSpec, session: EditSession | None, failure: str
    ) -> StudyImage:
        """Return one picture of the list.

        Parameters
        ----------
        index : int
            Its place in the study file.
        spec : ImageSpec
        session : EditSession or None
            None: it is not measured.
        failure : str
            Why it could not be opened; empty if it could, or nobody tried.
        """
        if session is None:
            return StudyImage(
                index=index,
                spec=spec,
                measured=False,
                failure=failure,
                need=100.0 if failure else 0.0,
                reasons=(failure,) if failure else (),
            )
        need, why = self._need(index, session)
        return StudyImage(
            index=index,
            spec=spec,
            measured=True,
            need=need,
            reasons=why,
            signed_off=session.signed_off,
            dirty=session.dirty,
        )

    def _need(self, index: int, session: EditSession) -> tuple[float, tuple[str, ...]]:
        kept = self._kept.get(index)
        if kept is None or kept[0] is not session.corrected:
            kept = (session.corrected, *need_of(session))
            self._kept[index] = kept
        return kept[1:]
