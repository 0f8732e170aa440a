"""Which pictures show the same membrane."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blotflux.study.guess.looking import Look

__all__ = ["Group", "group_pictures"]

# Pictures of one membrane without telling names are taken one after the other.
LONGEST_GAP = timedelta(minutes=30)

# Lanes are the same if their centers differ by less than this share of their distance.
SAME_LANE = 0.35

# Rows are the same antibody's on the next membrane if they differ by less of the picture's height.
SAME_PATTERN = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pictures of one membrane, and why they are thought to be.

    Attributes
    ----------
    name : str
        The membrane's name in the study.
    replicate : str
        Biological replicate where the names say so.
    reason : str
    looks : tuple of Look
    """

    name: str
    replicate: str
    reason: str
    looks: tuple[Look, ...]


def group_pictures(looks: Sequence[Look]) -> tuple[Group, ...]:
    """Return the pictures by membrane.

    By the words in their names that are no targets, exposures or dates; by the date where these
    do not tell the pictures apart; and where names tell nothing, by what they show: pictures of
    one size with the same lanes, taken within half an hour of each other.
    """
    by_words = _by_words(looks)
    paired = len(by_words) > 1 and all(len(members) > 1 for members in by_words.values())
    if paired or any(look.reading.targets for look in looks):
        return tuple(_named(by_words))
    return tuple(_by_looks(looks))


# ---------------------------------------------------------------- by name


def _by_words(looks: Sequence[Look]) -> dict[tuple[str, ...], list[Look]]:
    words = [look.reading.membrane_words for look in looks]
    shared = set.intersection(*(set(own) for own in words)) if words else set()
    keys = [_key(own, shared) for own in words]
    groups: dict[tuple[str, ...], list[Look]] = {}
    for look, key in zip(looks, keys, strict=True):
        groups.setdefault(key, []).append(look)
    return {
        (*key, *extra): members
        for key, found in groups.items()
        for extra, members in _by_date(found).items()
    }


def _key(words: Sequence[str], shared: set[str]) -> tuple[str, ...]:
    """Return the words that tell a membrane: those with a number if there are, else all."""
    own = tuple(dict.fromkeys(word for word in words if word not in shared))
    numbered = tuple(
        word for word in own if word.startswith(("rep", "blot")) and word[-1:].isdecimal()
    )
    return numbered or own


def _by_date(looks: Sequence[Look]) -> Mapping[tuple[str, ...], list[Look]]:
    """Return pictures by their date where one date alone would have a target twice."""
    dates = list(dict.fromkeys(look.reading.date for look in looks))
    seen = Counter(
        (look.reading.targets, look.channel, look.page, look.exposure_s) for look in looks
    )
    if len(dates) < 2 or max(seen.values()) < 2:
        return {(): list(looks)}
    return {(date,): [look for look in looks if look.reading.date == date] for date in dates}


def _named(groups: Mapping[tuple[str, ...], list[Look]]) -> list[Group]:
    result = []
    for key, looks in groups.items():
        name = " ".join(key) or "blot1"
        words = ", ".join(f"'{word}'" for word in key)
        reason = f"{words} in the name" if key else "no name tells it from another membrane"
        replicates = {look.reading.replicate for look in looks} - {""}
        result.append(
            Group(
                name=name,
                replicate=replicates.pop() if len(replicates) == 1 else "",
                reason=reason,
                looks=tuple(looks),
            )
        )
    return result


# ---------------------------------------------------------------- by what they show


def _by_looks(looks: Sequence[Look]) -> list[Group]:
    ordered = sorted(
        looks, key=lambda look: (look.taken is None, look.taken or datetime.min, look.file)
    )
    groups: list[list[Look]] = []
    for look in ordered:
        if groups and _same_membrane(groups[-1][-1], look) and not _begins_again(groups[-1], look):
            groups[-1].append(look)
        else:
            groups.append([look])
    return [
        Group(
            name=f"blot{number}",
            replicate="",
            reason=_reason(members),
            looks=tuple(members),
        )
        for number, members in enumerate(groups, start=1)
    ]


def _same_membrane(before: Look, after: Look) -> bool:
    if before.file == after.file:
        return True
    if before.size != after.size or before.shown.lanes != after.shown.lanes:
        return False
    if before.taken and after.taken and after.taken - before.taken > LONGEST_GAP:
        return False
    first, second = np.asarray(before.shown.lane_x), np.asarray(after.shown.lane_x)
    if first.size != second.size or first.size < 2:
        return False
    pitch = float(np.median(np.diff(first)))
    return bool(np.max(np.abs(first - second)) < SAME_LANE * pitch)


def _begins_again(group: Sequence[Look], look: Look) -> bool:
    """Tell whether a picture shows what one before the last did: the next membrane's turn."""
    if _same_pattern(group[-1], look):
        return False
    return any(_same_pattern(earlier, look) for earlier in group[:-1])


def _same_pattern(first: Look, second: Look) -> bool:
    """Tell whether two pictures show rows at about the same heights."""
    one, other = first.shown.row_y, second.shown.row_y
    near = SAME_PATTERN * first.size[1]
    return len(one) == len(other) and all(
        abs(a - b) < near for a, b in zip(one, other, strict=True)
    )


def _reason(looks: Sequence[Look]) -> str:
    if len(looks) == 1:
        return "no other picture has the same lanes"
    width, height = looks[0].size
    times = [look.taken for look in looks if look.taken]
    span = f", taken within {_minutes(max(times) - min(times))}" if len(times) > 1 else ""
    return f"{len(looks)} pictures of {width} x {height} px with the same lanes{span}"


def _minutes(span: timedelta) -> str:
    return f"{max(1, round(span.total_seconds() / 60))} min"
