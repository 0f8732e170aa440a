"""Entries of a study file for the pictures of each membrane, each with its reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blotflux.study.schema import TOTAL_PROTEIN, TargetSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blotflux.study.guess.grouping import Group
    from blotflux.study.guess.looking import Look

__all__ = ["Entry", "ProposedAnalysis", "Slots", "count_slots", "entries_of", "propose_analyses"]

# What people load against, the best first.
LOADING = (
    TOTAL_PROTEIN,
    "GAPDH",
    "beta-actin",
    "alpha-tubulin",
    "beta-tubulin",
    "vinculin",
    "HSP90",
    "HSP60",
    "lamin B1",
    "histone H3",
    "cyclophilin B",
    "COX IV",
    "VDAC1",
)

# Rows at heights that differ by less than this are the same rows, px.
SAME_ROW_PX = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One ``[[images]]`` entry.

    Attributes
    ----------
    look : Look
    membrane : str
    targets : tuple of TargetSpec
    strip_control_of, ladder_image : str
        Empty where they do not apply.
    reasons : tuple of str
        A sentence for each guess.
    """

    look: Look
    membrane: str
    targets: tuple[TargetSpec, ...]
    strip_control_of: str = ""
    ladder_image: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """How many slots a membrane has, which look like ladders, and how sure that is."""

    count: int
    ladders: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAnalysis:
    """One ``[[analyses]]`` entry; `loading` and `total` are empty where they do not apply."""

    kind: str
    target: str
    reason: str
    loading: str = ""
    total: str = ""


def count_slots(group: Group) -> Slots:
    """Return the slots of a membrane: what most pictures show, with the ladder if any does."""
    shown = [look.shown for look in group.looks if look.shown.lanes]
    if not shown:
        return Slots(count=1, ladders=(), reason="no lane was found: type how many there are")
    samples = Counter(own.samples for own in shown)
    usual = max(samples, key=lambda number: (samples[number], number))
    best = max((own for own in shown if own.samples == usual), key=lambda own: own.lanes)
    counts = sorted({own.lanes for own in shown})
    ladder = ""
    if best.ladders:
        numbers = ", ".join(str(number) for number in best.ladders)
        ladder = f"; lane {numbers} looks like a ladder"
    reason = f"{best.lanes} lanes found{ladder}"
    if len(counts) > 1:
        reason += f" (its pictures show {', '.join(str(count) for count in counts)}: look at them)"
    return Slots(count=best.lanes, ladders=best.ladders, reason=reason)


def entries_of(group: Group, slots: Slots) -> tuple[Entry, ...]:
    """Return the entries of one membrane; pictures of the ladder belong to the others."""
    markers = [look for look in group.looks if look.reading.is_marker]
    pictures = [look for look in group.looks if not look.reading.is_marker]
    namer = _Namer()
    entries: list[Entry] = []
    for look in pictures:
        targets, reason = namer.name(look, pictures)
        strip = targets[0].name if look.reading.is_strip_control and look.reading.targets else ""
        about = "as above" if entries else f"{group.reason}; {slots.reason}"
        reasons = [
            f"membrane '{group.name}': {about}",
            reason,
            *_remarks(look),
        ]
        if strip:
            reasons.append(f"'strip' in the name: what stripping left of {strip}")
        if markers:
            reasons.append(f"ladder: {markers[0].file} shows it")
        entries.append(
            Entry(
                look=look,
                membrane=group.name,
                targets=() if strip else targets,
                strip_control_of=strip,
                ladder_image=markers[0].file if markers else "",
                reasons=tuple(reasons),
            )
        )
    return tuple(entries)


def _remarks(look: Look) -> Iterator[str]:
    if look.exposure_s:
        yield f"exposure {look.exposure_s:g} s: from the file or its name"
    if look.reading.detection:
        yield f"detection: a word in the name means {look.reading.detection}"
    if look.semi_quantitative:
        yield (
            f"not quantitative ({look.semi_quantitative}): look for the original; if there is "
            "none, add no_linear_original = true"
        )
    if look.reading.is_composite:
        yield "the name says that channels were laid over each other: use the single channels"


class _Namer:
    """Names the rows of a membrane's pictures, one after the other."""

    def __init__(self) -> None:
        self.unnamed: list[tuple[str, Look]] = []

    def name(self, look: Look, pictures: Sequence[Look]) -> tuple[tuple[TargetSpec, ...], str]:
        """Return the rows of a picture and the reason for their names."""
        found = len(look.shown.row_y)
        targets = look.reading.targets
        if not targets:
            return self._unnamed(look)
        siblings = [other for other in pictures if other.file == look.file]
        if len(siblings) > 1 and len(targets) == len(siblings):
            at = siblings.index(look)
            reason = f"targets: the name lists them, this is number {at + 1}; check which is which"
            return (targets[at],), reason
        words = ", ".join(f"'{word}'" for word in look.reading.target_words)
        said = f"{words} in the name" if words else "a stain named in the name"
        rows = sum(len(target.rows) for target in targets)
        if targets[0].name == TOTAL_PROTEIN:
            return targets, f"targets: {said} means the whole lane"
        return targets, f"targets: {said}; {_rows(rows)} named, {found} found"

    def _unnamed(self, look: Look) -> tuple[tuple[TargetSpec, ...], str]:
        """Return a name to be replaced; pictures with rows at the same heights share it."""
        same = next((name for name, other in self.unnamed if _same_rows(other, look)), "")
        name = same or f"target {len({name for name, _ in self.unnamed}) + 1}"
        self.unnamed.append((name, look))
        rows = len(look.shown.row_y)
        names = [f"{name}{letter}" for letter in "abcd"[:rows]] if 1 < rows <= 4 else [name]
        again = " (rows at the same heights as in a picture above: taken as a re-exposure)"
        reason = (
            f"targets: the name says nothing{again if same else ''}; write what it is, a name for "
            f"each row from the top; {_rows(rows)} found"
        )
        return tuple(TargetSpec(name=own) for own in names), reason


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _same_rows(first: Look, second: Look) -> bool:
    """Tell whether two pictures of one membrane show rows at the same heights."""
    one, other = first.shown.row_y, second.shown.row_y
    if first.reading.detection != second.reading.detection or not one:
        return False
    return len(one) == len(other) and all(
        abs(a - b) < SAME_ROW_PX for a, b in zip(one, other, strict=True)
    )


# ---------------------------------------------------------------- analyses


def propose_analyses(entries: Sequence[Entry]) -> tuple[ProposedAnalysis, ...]:
    """Return the analyses that the targets suggest."""
    names = list(dict.fromkeys(target.name for entry in entries for target in entry.targets))
    loading = next((name for name in LOADING if name in names), "")
    proposed = []
    for name in names:
        total = name.removeprefix("p-")
        if name.startswith("p-") and total in names:
            reason = f"{name} and {total} are both there"
            proposed.append(
                ProposedAnalysis(
                    kind="phospho", target=name, total=total, loading=loading, reason=reason
                )
            )
        elif name == "LC3-II" and loading:
            reason = "LC3-II and a loading control are there"
            proposed.append(
                ProposedAnalysis(kind="lc3_flux", target=name, loading=loading, reason=reason)
            )
        elif loading and _stands_alone(name, names):
            reason = f"{name} and a loading control are there"
            proposed.append(
                ProposedAnalysis(kind="expression", target=name, loading=loading, reason=reason)
            )
    return tuple(proposed)


def _stands_alone(name: str, names: Sequence[str]) -> bool:
    """Tell whether a target is neither a control nor part of another analysis."""
    return name not in (*LOADING, "LC3-I", "-") and f"p-{name}" not in names
