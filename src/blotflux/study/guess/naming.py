"""What a picture's file name says: targets, exposure, detection, date, and which membrane."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from blotflux.study.guess.vocabulary import (
    BLOT,
    CLOCK,
    COMPOSITE_WORDS,
    DATE,
    DETECTION_WORDS,
    EXPOSURE,
    EXTENSION,
    LETTERS_DIGITS,
    LONGEST_S,
    MARKER_WORDS,
    NOISE_WORDS,
    REPLICATE,
    SECONDS,
    SEVERAL_ROWS,
    SITE,
    STRIP_WORDS,
    SYNONYMS,
    TOTAL_PROTEIN_WORDS,
    WORD,
)
from blotflux.study.schema import TOTAL_PROTEIN, TargetSpec
from blotflux.targets import OTHER_PROTEINS, PHOSPHO_PREFIX, normalize_name, read_targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from blotflux.targets import Target

__all__ = ["NameReading", "read_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameReading:
    """What one name says; empty or None where it says nothing.

    Attributes
    ----------
    targets : tuple of TargetSpec
        Rows from the top.
    target_words : tuple of str
        The words that name them, as written.
    exposure_s : float or None
    detection : str
    date, clock : str
        ``20240305`` and ``142310``.
    replicate : str
        The number in a word like ``rep2``.
    membrane_words : tuple of str
        What is left: words that may tell membranes apart, folders included.
    is_marker, is_composite, is_strip_control : bool
        A picture of the ladder in visible light; channels laid over each other; taken after
        stripping and before reprobing.
    """

    targets: tuple[TargetSpec, ...] = ()
    target_words: tuple[str, ...] = ()
    exposure_s: float | None = None
    detection: str = ""
    date: str = ""
    clock: str = ""
    replicate: str = ""
    membrane_words: tuple[str, ...] = ()
    is_marker: bool = False
    is_composite: bool = False
    is_strip_control: bool = False


def read_name(name: str) -> NameReading:
    """Return what a file's name says.

    Parameters
    ----------
    name : str
        Relative to the study's folder, with ``/``.
    """
    text = EXTENSION.sub("", name)
    text, date = _take(DATE, text, ("year", "month", "day"))
    text, clock = _take(CLOCK, text, ("hour", "minute", "second")) if date else (text, "")
    text, exposure_s = _take_exposure(text)
    words, own = _split(text)
    targets, spans = _find_targets(words, own)
    taken = {index for start, end in spans for index in range(start, end)}
    rest = [word.casefold() for index, word in enumerate(words) if index not in taken]
    numbers = [digits for index in sorted(taken) if (digits := _digits_of(words[index]))]
    detection = next((DETECTION_WORDS[word] for word in rest if word in DETECTION_WORDS), "")
    stain = next(
        (d for key in _joined(rest) if (d := TOTAL_PROTEIN_WORDS.get(key)) is not None), None
    )
    if stain is not None and not targets:
        targets = (TargetSpec(name=TOTAL_PROTEIN),)
    return NameReading(
        targets=targets,
        target_words=tuple(" ".join(words[start:end]) for start, end in spans),
        exposure_s=exposure_s,
        detection=stain or detection,
        date=date,
        clock=clock,
        replicate=_replicate(rest),
        membrane_words=tuple(_membrane_words(rest, numbers)),
        is_marker=bool(MARKER_WORDS & set(rest)) and not targets,
        is_composite=bool(COMPOSITE_WORDS & set(rest)),
        is_strip_control=bool(STRIP_WORDS & set(rest))
        and all(target.name.startswith("p-") for target in targets),
    )


def _split(text: str) -> tuple[list[str], int]:
    """Return the words of folders and name, and the place of the name's first."""
    folders, _, stem = text.rpartition("/")
    before = WORD.findall(folders)
    return [*before, *WORD.findall(stem)], len(before)


def _take(pattern: re.Pattern[str], text: str, groups: Sequence[str]) -> tuple[str, str]:
    """Return the text without the pattern's first match, and the match's digits."""
    match = pattern.search(text)
    if match is None:
        return text, ""
    digits = "".join(match.group(group) or "00" for group in groups)
    return f"{text[: match.start()]} {text[match.end() :]}", digits


def _take_exposure(text: str) -> tuple[str, float | None]:
    match = EXPOSURE.search(text)
    if match is None:
        return text, None
    seconds = float(match.group("number").replace(",", "."))
    seconds *= SECONDS.get(match.group("unit").casefold(), 1.0)
    if seconds > LONGEST_S and not match.group("told"):
        # "30 min" without more is how long the cells were treated.
        return text, None
    return f"{text[: match.start()]} {text[match.end() :]}", seconds


# ---------------------------------------------------------------- targets


def _key(name: str) -> str:
    """Return letters and digits only: ``p-ERK1/2`` and ``pERK 1-2`` are one."""
    return re.sub(r"[^a-z0-9]", "", normalize_name(name))


@cache
def target_keys() -> dict[str, tuple[TargetSpec, ...]]:
    """Return the rows that each known word, without separators and case, stands for."""
    keys: dict[str, tuple[TargetSpec, ...]] = {}
    for target in read_targets():
        for spelling in (target.name, *target.aliases):
            keys.setdefault(_key(spelling), (_spec_of(target, spelling),))
    keys |= {word: (TargetSpec(name=name),) for word, name in SYNONYMS.items()}
    for word, rows in SEVERAL_ROWS.items():
        keys[word] = tuple(TargetSpec(name=row) for row in rows)
    return keys


def _spec_of(target: Target, spelling: str) -> TargetSpec:
    """Return a target under the name that people use, phosphorylated where the spelling says so."""
    if target.members:
        return TargetSpec(name=target.name, parts=target.members)
    # "Akt / p-Akt" and "ERK1 (p44)" are entries for a protein that people call by its first name.
    name = re.sub(r"\s*\(.*\)", "", target.name.split(" / ")[0])
    short = name.split("/")[0]
    return TargetSpec(name=f"p-{short}" if PHOSPHO_PREFIX.match(spelling) else short)


def _find_targets(
    words: Sequence[str], own: int
) -> tuple[tuple[TargetSpec, ...], tuple[tuple[int, int], ...]]:
    """Return the targets named by runs of one to three words, and where they stand.

    Words before `own` are folders': they name targets only where the file's name does not.
    """
    targets, spans = _targets_in(words, own, len(words))
    return (targets, spans) if targets else _targets_in(words, 0, own)


def _targets_in(
    words: Sequence[str], at: int, end: int
) -> tuple[tuple[TargetSpec, ...], tuple[tuple[int, int], ...]]:
    """Return the targets named from one word to another, and where they stand."""
    found: list[TargetSpec] = []
    spans = []
    while at < end:
        for length in (3, 2, 1):
            specs = _targets_of(words[at : at + length]) if at + length <= end else ()
            if specs:
                known = {spec.name for spec in found}
                found += [spec for spec in specs if spec.name not in known]
                spans.append((at, at + length))
                at += length
                break
        else:
            at += 1
    return tuple(found), tuple(spans)


def _targets_of(words: Sequence[str]) -> tuple[TargetSpec, ...]:
    """Return the rows that some words, read as one, stand for; empty if they are no target."""
    joined = "".join(words)
    if joined in OTHER_PROTEINS:
        return (TargetSpec(name=joined),)
    key = _key(joined)
    keys = target_keys()
    if key in keys:
        return keys[key]
    plain = re.sub(r"^(total|tot|pan|t(?=[A-Z]))", "", joined)
    if plain != joined and _key(plain) in keys:
        return keys[_key(plain)]
    phospho = re.match(r"^(?:phospho|phos|p)(?=.{3,})", joined)
    if phospho:
        rows = keys.get(_key(joined[phospho.end() :]), ())
        if len(rows) == 1 and not rows[0].parts:
            return (TargetSpec(name=f"p-{rows[0].name}"),)
    if len(words) == 1:
        return _targets_with_number(joined) or _run_together(key)
    return ()


def _targets_with_number(word: str) -> tuple[TargetSpec, ...]:
    """Return the target of a word like ``GAPDH2``, whose digits number the membrane."""
    match = LETTERS_DIGITS.fullmatch(word.casefold())
    return target_keys().get(match.group("letters"), ()) if match else ()


def _digits_of(word: str) -> str:
    """Return the digits of a word like ``GAPDH2``."""
    match = LETTERS_DIGITS.fullmatch(word.casefold())
    if match is None or _key(word) in target_keys():
        return ""
    return match.group("digits") if match.group("letters") in target_keys() else ""


def _run_together(key: str) -> tuple[TargetSpec, ...]:
    """Return the targets of a word like ``lc3gapdh``."""
    keys = target_keys()
    for cut in range(3, len(key) - 2):
        if key[:cut] in keys and key[cut:] in keys:
            return (*keys[key[:cut]], *keys[key[cut:]])
    return ()


# ---------------------------------------------------------------- membranes


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Yield words, and pairs of words as one."""
    yield from words
    yield from (first + second for first, second in pairwise(words))


def _replicate(words: Sequence[str]) -> str:
    """Return the number in a word like ``rep2``, or in two like ``replicate 2``."""
    for word in _joined(words):
        match = REPLICATE.fullmatch(word)
        if match:
            return str(int(match.group("number")))
    return ""


def _membrane_words(words: Sequence[str], numbers: Sequence[str]) -> Iterator[str]:
    """Yield the words that may tell membranes apart; ``replicate 2`` is ``rep2``."""
    skip = False
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        single, pair = _numbered(word), _numbered(word + following)
        if skip:
            skip = False
        elif word + following in TOTAL_PROTEIN_WORDS:
            skip = True
        elif single:
            yield single
        elif pair and following.isdecimal():
            skip = True
            yield pair
        elif word.isdecimal() and len(word) <= 2:
            yield f"blot{int(word)}"
        elif not _is_noise(word):
            yield word
    yield from (f"blot{int(digits)}" for digits in numbers)


def _numbered(word: str) -> str:
    """Return ``rep2`` or ``blot2`` for a word that numbers a replicate or a blot."""
    for name, pattern in (("rep", REPLICATE), ("blot", BLOT)):
        match = pattern.fullmatch(word)
        if match:
            return f"{name}{int(match.group('number'))}"
    return ""


def _is_noise(word: str) -> bool:
    return (
        word in NOISE_WORDS
        or word in DETECTION_WORDS
        or word in TOTAL_PROTEIN_WORDS
        or SITE.fullmatch(word) is not None
        or (word in MARKER_WORDS or word in COMPOSITE_WORDS)
    )
