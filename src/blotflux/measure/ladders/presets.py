"""Molecular-weight ladders as their makers list them, per gel system."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from blotflux.errors import RecipeError
from blotflux.targets import nearest_name, normalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LadderPreset", "find_preset", "read_presets"]

# Taken where the study does not name the gel and the ladder has several tables: the buffer of
# most blots. Whoever takes it must say so.
USUAL_SYSTEM = "tris_glycine"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPreset:
    """One product.

    Attributes
    ----------
    id, name, vendor : str
    aliases : tuple of str
        Other spellings and catalog numbers.
    systems : mapping of gel system to tuple of float
        Apparent weights, kDa, from the top.
    gels : mapping of str to str
        Names that users give to gels, and the system that each means.
    colors : mapping of int to str
        Bands that are colored or stronger, by their index from the top.
    """

    id: str
    name: str
    vendor: str = ""
    aliases: tuple[str, ...] = ()
    systems: Mapping[str, tuple[float, ...]]
    gels: Mapping[str, str] = field(default_factory=dict)
    colors: Mapping[int, str] = field(default_factory=dict)

    def system_of(self, gel: str | None) -> str:
        """Return the gel system that a user's name means.

        Parameters
        ----------
        gel : str or None
            As ``"MES"``, ``"Tris-glycine"`` or the system itself; None: the ladder's only
            table, or the Tris-glycine one.

        Raises
        ------
        RecipeError
            If the ladder has no table for this gel.
        """
        if gel is None or not gel.strip():
            return USUAL_SYSTEM if USUAL_SYSTEM in self.systems else next(iter(self.systems))
        known = {normalize_name(name): system for name, system in self.gels.items()}
        known |= {normalize_name(system): system for system in self.systems}
        key = normalize_name(gel)
        if key not in known:
            choices = ", ".join(self.gels)
            message = f"Gel '{gel}' is not known for the ladder '{self.name}'; choose {choices}."
            raise RecipeError(message)
        return known[key]

    def weights(self, gel: str | None = None) -> tuple[float, ...]:
        """Return the apparent weights in a gel, kDa, from the top."""
        return self.systems[self.system_of(gel)]

    def needs_gel(self) -> bool:
        """Tell whether the weights depend on the gel system."""
        return len(set(self.systems.values())) > 1


@cache
def read_presets() -> tuple[LadderPreset, ...]:
    """Return all ladders, in the order of their file."""
    text = files("blotflux").joinpath("data/ladders.json").read_text(encoding="utf-8")
    return tuple(preset_of(entry) for entry in json.loads(text))


def preset_of(entry: Mapping[str, Any]) -> LadderPreset:
    """Return one entry of the ladder list."""
    systems = {name: tuple(float(kda) for kda in table) for name, table in entry["systems"].items()}
    return LadderPreset(
        id=entry["id"],
        name=entry["name"],
        vendor=entry["vendor"],
        aliases=tuple(entry["aliases"]),
        systems=systems,
        gels=entry["gels"],
        colors=colors_by_index(entry["ref"], systems),
    )


def colors_by_index(
    colors: Mapping[str, str], systems: Mapping[str, tuple[float, ...]]
) -> dict[int, str]:
    """Return colored bands by their place from the top.

    They are listed by nominal weight. The same band carries another weight in another gel, so its
    place is looked up in the first table that holds all listed weights.
    """
    weights = {float(kda): color for kda, color in colors.items()}
    for table in systems.values():
        if set(weights) <= set(table):
            return {table.index(kda): color for kda, color in weights.items()}
    return {}


@cache
def presets_by_key() -> dict[str, LadderPreset]:
    """Return every ladder under each of its compared spellings."""
    return {
        normalize_name(spelling): preset
        for preset in read_presets()
        for spelling in (preset.id, preset.name, *preset.aliases)
    }


def find_preset(name: str) -> LadderPreset:
    """Return the ladder that a name means; compared without case, spaces and hyphens.

    Raises
    ------
    RecipeError
        If no ladder has this name.
    """
    preset = presets_by_key().get(normalize_name(name))
    if preset is not None:
        return preset
    spellings = tuple(
        spelling for entry in read_presets() for spelling in (entry.name, *entry.aliases)
    )
    near = nearest_name(name, spellings)
    hint = f"did you mean '{near}'? Known are" if near else "known are"
    choices = ", ".join(entry.aliases[0] for entry in read_presets())
    message = f"Ladder '{name}' is not known; {hint} {choices}."
    raise RecipeError(message)
