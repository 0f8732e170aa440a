"""The target list: apparent weights, other spellings, and sums of rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from blotflux.errors import BandError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Target",
    "find_target",
    "is_phospho",
    "nearest_name",
    "normalize_name",
    "read_targets",
    "require_target",
]

# Marks that people set or leave out in names: spaces, underscores and every kind of hyphen.
SEPARATORS = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")
# The two letters for micro are one, and Greek letters are also written out.
LETTERS = str.maketrans({"\u03bc": "u", "\u00b5": "u", "α": "a", "β": "b", "γ": "g", "κ": "k"})
PHOSPHO_PREFIX = re.compile(r"^(?:p[-\s_]|phospho[-\s_]?|p(?=[A-Z]))")
SITE_SUFFIX = re.compile(
    r"[\s_-]*\(?p?(?:S|T|Y|Ser|Thr|Tyr)[-\s]?\d{1,4}"
    r"(?:\s*/\s*(?:S|T|Y|Ser|Thr|Tyr)?[-\s]?\d{1,4})*\)?$"
)
# The kinase PERK (about 125 kDa) differs from p-ERK by its case alone.
OTHER_PROTEINS = frozenset({"PERK"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A protein as it appears on a blot.

    Attributes
    ----------
    name : str
    apparent_kda : tuple of float
        Where it runs; several for isoforms or a range.
    window_kda : (float, float)
        Where to search; not a window of acceptance.
    gene, tag, note : str
        `tag` begins with ``V`` where a source was seen, ``B`` for background knowledge.
    calc_kda : float or None
        Weight by sequence.
    aliases : tuple of str
        Other spellings, phosphorylated forms included where they run at the same place.
    members : tuple of str
        Rows whose sum this target is (ERK1/2: ERK1, ERK2); empty for one band.
    """

    name: str
    apparent_kda: tuple[float, ...]
    window_kda: tuple[float, float]
    gene: str = ""
    tag: str = ""
    note: str = ""
    calc_kda: float | None = None
    aliases: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    def deviation(self, molecular_weight_kda: float) -> float:
        """Return how far a weight is from where the target runs, as a fraction of it.

        Zero between the lowest and the highest apparent weight.
        """
        low, high = min(self.apparent_kda), max(self.apparent_kda)
        nearest = min(max(molecular_weight_kda, low), high)
        return abs(molecular_weight_kda / nearest - 1.0)


def normalize_name(name: str) -> str:
    """Return a name as it is compared: without case, spaces, underscores and hyphens."""
    return SEPARATORS.sub("", name.strip()).translate(LETTERS).casefold()


def nearest_name(name: str, choices: Mapping[str, str] | tuple[str, ...]) -> str:
    """Return the choice that is spelled most like `name`; empty if none is near."""
    by_key = {normalize_name(choice): choice for choice in choices}
    near = get_close_matches(normalize_name(name), by_key, n=1, cutoff=0.6)
    return by_key[near[0]] if near else ""


@cache
def read_targets() -> tuple[Target, ...]:
    """Return the target list, in the order of its file."""
    text = files("blotflux").joinpath("data/targets.json").read_text(encoding="utf-8")
    return tuple(target_of(entry) for entry in json.loads(text))


def target_of(entry: Mapping[str, Any]) -> Target:
    """Return one entry of the target list."""
    low, high = entry["window_kda"]
    return Target(
        name=entry["name"],
        apparent_kda=tuple(float(kda) for kda in entry["apparent_kda"]),
        window_kda=(float(low), float(high)),
        gene=entry["gene"],
        tag=entry["tag"],
        note=entry["note"],
        calc_kda=entry["calc_kda"],
        aliases=tuple(entry["aliases"]),
        members=tuple(entry.get("members", ())),
    )


@cache
def targets_by_key() -> dict[str, Target]:
    """Return every target under each of its compared spellings; names win over aliases."""
    named = {normalize_name(target.name): target for target in read_targets()}
    aliased = {
        normalize_name(alias): target for target in read_targets() for alias in target.aliases
    }
    return aliased | named


def find_target(name: str) -> Target | None:
    """Return the target that a name means, or None if the list does not hold it.

    A phosphorylated form (``p-GSK3b``, ``phospho-Akt (Ser473)``) that is not listed by itself is
    looked up under the protein's name, because it runs at the same place.
    """
    if name.strip() in OTHER_PROTEINS:
        return None
    plain = SITE_SUFFIX.sub("", name.strip())
    spellings = (name, plain, PHOSPHO_PREFIX.sub("", plain))
    found = (targets_by_key().get(normalize_name(spelling)) for spelling in spellings)
    return next((target for target in found if target is not None), None)


def is_phospho(name: str) -> bool:
    """Return whether a name says that it is the phosphorylated form of a protein.

    >>> is_phospho("p-Akt"), is_phospho("pERK1/2"), is_phospho("p62"), is_phospho("PERK")
    (True, True, False, False)
    """
    return PHOSPHO_PREFIX.match(name.strip()) is not None


def require_target(name: str) -> Target:
    """Return the target that a name means.

    Raises
    ------
    BandError
        If the list does not hold it; names the nearest that it does.
    """
    target = find_target(name)
    if target is not None:
        return target
    spellings = tuple(
        spelling for entry in read_targets() for spelling in (entry.name, *entry.aliases)
    )
    near = nearest_name(name, spellings)
    hint = f"did you mean '{near}'? If not," if near else "use a listed name, or"
    message = (
        f"Target '{name}' is not in the target list; {hint} "
        f'give its weight: {{ name = "{name}", kda = ... }}.'
    )
    raise BandError(message)
