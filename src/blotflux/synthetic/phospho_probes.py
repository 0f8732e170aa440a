"""What the antibodies of the phospho sample study show."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GAPDH", "MEMBRANES", "Membrane", "Probe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A band that an antibody shows: name, weight, height in the vehicle (counts), true fold."""

    name: str
    kda: float
    height: float
    fold: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Membrane:
    """One membrane: what the phospho and the total antibody show on it.

    `phospho` and `total` are the names that the study gives their sums; "-" is a row nobody wants.
    """

    name: str
    phospho: str
    total: str
    phospho_bands: tuple[Probe, ...]
    total_bands: tuple[Probe, ...]


MEMBRANES = (
    Membrane(
        name="trka",
        phospho="p-TrkA",
        total="TrkA",
        phospho_bands=(Probe(name="p-TrkA", kda=140, height=6500, fold=2.3),),
        total_bands=(
            Probe(name="TrkA", kda=140, height=15000),
            Probe(name="immature TrkA", kda=110, height=5200),
        ),
    ),
    Membrane(
        name="akt",
        phospho="p-Akt",
        total="Akt",
        phospho_bands=(Probe(name="p-Akt", kda=60, height=9500, fold=1.7),),
        total_bands=(Probe(name="Akt", kda=60, height=19000),),
    ),
    Membrane(
        name="erk",
        phospho="p-ERK1/2",
        total="ERK1/2",
        phospho_bands=(
            Probe(name="p-ERK1", kda=44, height=4800, fold=2.4),
            Probe(name="p-ERK2", kda=42, height=9000, fold=2.4),
        ),
        total_bands=(
            Probe(name="ERK1", kda=44, height=11000),
            Probe(name="ERK2", kda=42, height=17000),
        ),
    ),
)
GAPDH = Probe(name="GAPDH", kda=37, height=21000)
