"""What the whole data set says, read part by part."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from blotflux.batch.layout import IMAGES, part_keys
from blotflux.batch.parts import read_part

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MOST_SHOWN", "Look", "Summary", "summarize"]

MOST_SHOWN = 200
COLUMNS = ["image", "status", "error", "n_lanes", "n_bands", "lowest_confidence", "worst_qc"]


@dataclass(frozen=True, slots=True, order=True)
class Look:
    """A picture that needs a look.

    Attributes
    ----------
    confidence : float
        The lowest of its lanes; -1 where none was found or it could not be measured.
    image, status, why : str
    """

    confidence: float
    image: str
    status: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A data set in numbers.

    Attributes
    ----------
    images, lanes, bands : int
        Bands: those detected.
    status : mapping of str to int
        Images by status.
    qc : mapping of str to int
        Images by their worst finding; ``none``: without any.
    looks : tuple of Look
        Pictures that need a look, the lowest confidence first; at most `MOST_SHOWN`.
    n_looks : int
        How many there are.
    first_error : str
        One of the pictures that could not be measured, and why.
    """

    images: int = 0
    lanes: int = 0
    bands: int = 0
    status: dict[str, int] = field(default_factory=dict)
    qc: dict[str, int] = field(default_factory=dict)
    looks: tuple[Look, ...] = ()
    n_looks: int = 0
    first_error: str = ""

    @property
    def bad(self) -> int:
        """Images that could not be measured."""
        return self.images - self.status.get("ok", 0)


def summarize(directory: Path, *, confidence_low: float) -> Summary:
    """Return the summary of a data set; memory does not grow with it."""
    totals: Counter[str] = Counter()
    status: Counter[str] = Counter()
    qc: Counter[str] = Counter()
    looks: list[Look] = []
    first_error = ""
    for key in part_keys(directory):
        for row in read_part(directory, IMAGES.name, key, columns=COLUMNS).to_pylist():
            totals.update(images=1, lanes=row["n_lanes"] or 0, bands=row["n_bands"] or 0)
            status[row["status"]] += 1
            qc[row["worst_qc"] or "none"] += 1
            if row["status"] != "ok" and not first_error:
                first_error = f"{row['image']}: {row['error']}"
            why = _why(row, confidence_low)
            if why:
                totals["looks"] += 1
                looks.append(_look(row, why))
        looks = heapq.nsmallest(MOST_SHOWN, looks)
    return Summary(
        images=totals["images"],
        lanes=totals["lanes"],
        bands=totals["bands"],
        status=dict(sorted(status.items())),
        qc=dict(sorted(qc.items())),
        looks=tuple(looks),
        n_looks=totals["looks"],
        first_error=first_error,
    )


def _why(row: dict[str, Any], confidence_low: float) -> str:
    """Return why a picture needs a look; empty where it does not."""
    if row["status"] != "ok":
        return str(row["error"])
    if not row["n_lanes"]:
        return "no lanes were found"
    if row["lowest_confidence"] < confidence_low:
        return "a lane is doubtful"
    return "a check failed, see qc" if row["worst_qc"] == "fail" else ""


def _look(row: dict[str, Any], why: str) -> Look:
    confidence = row["lowest_confidence"]
    return Look(-1.0 if confidence is None else confidence, row["image"], row["status"], why)
