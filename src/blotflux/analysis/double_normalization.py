"""Refusal R6: dividing P/T by the loading control puts the loading's error back in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blotflux.analysis.refusals import DOUBLE_NORMALIZATION
from blotflux.errors import NormalizationError
from blotflux.targets import find_target, is_phospho

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blotflux.analysis.volumes import VolumeTable

__all__ = ["require_single_normalization"]


def require_single_normalization(
    target: str, loading: str | Sequence[str] | None, volumes: VolumeTable
) -> None:
    """Raise where a target over its total is to be divided by a loading control once more.

    That is asked for by a target ``"p-Akt/Akt"`` whose two sides were measured on one membrane, or
    by naming the total protein of a phosphorylated target among several loading controls.

    Raises
    ------
    NormalizationError
        With the exact words of R6.
    """
    controls = (loading,) if isinstance(loading, str) else tuple(loading or ())
    if controls and (is_ratio_of(target, volumes) or names_total(target, controls)):
        raise NormalizationError(DOUBLE_NORMALIZATION)


def is_ratio_of(target: str, volumes: VolumeTable) -> bool:
    """Return whether a name is ``P/T`` with both measured on one membrane."""
    if volumes.membranes(target):
        return False
    return any(
        volumes.membranes(target[:at].strip()) & volumes.membranes(target[at + 1 :].strip())
        for at, letter in enumerate(target)
        if letter == "/"
    )


def names_total(target: str, controls: Sequence[str]) -> bool:
    """Return whether some of several controls is the protein that the target is a form of."""
    entry = find_target(target)
    if entry is None or len(controls) < 2 or not is_phospho(target):
        return False
    totals = (find_target(control) for control in controls if not is_phospho(control))
    return any(total is not None and total.gene == entry.gene for total in totals)
