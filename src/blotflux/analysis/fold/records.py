"""What comparing a ratio with its control gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blotflux.analysis.statistics import Interval, State

if TYPE_CHECKING:
    from blotflux.analysis.blocks import Blocks
    from blotflux.analysis.conditions import Condition, LaneKey
    from blotflux.analysis.fold.design import Design
    from blotflux.analysis.fold.ratios import RatioLanes
    from blotflux.analysis.normalization import LaneValue
    from blotflux.analysis.statistics import Contrast, Fit

__all__ = ["FoldChange", "FoldChanges"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldChange:
    """One condition against its control.

    Attributes
    ----------
    condition : Condition
    control : Condition or None
        None where the sheet has none.
    n_planned, n, n_technical : int
        Biological replicates with lanes of both, bounds included; those with a value in both; and
        the lanes behind these values.
    linked : bool
        The data link the two conditions.
    estimate : float or None
    bound : str
        ``"<="`` or ``">="`` where the estimate is no value but a limit; ``"?"`` where limits of
        quantification point both ways and bound nothing; else empty.
    wide, narrow : Interval
        At 1 - alpha and 1 - 2 alpha; simultaneous where several conditions share a control.
    contrast : Contrast or None
        On the ln scale.
    p_value, p_adjusted : float or None
        The latter by Dunnett; equal to the former where one condition has the control.
    state : State
    within_margin : bool
        UP or DOWN, and yet within the equivalence margin.
    family_size : int
        Comparisons that share the control.
    method : str
    """

    condition: Condition
    control: Condition | None
    n_planned: int = 0
    n: int = 0
    n_technical: int = 0
    linked: bool = True
    estimate: float | None = None
    bound: str = ""
    wide: Interval = field(default_factory=Interval)
    narrow: Interval = field(default_factory=Interval)
    contrast: Contrast | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    state: State = State.UNK
    within_margin: bool = False
    family_size: int = 1
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldChanges:
    """All comparisons of one ratio.

    Attributes
    ----------
    ratio : RatioLanes
    design : Design
    items : tuple of FoldChange
        One for each of the design's pairs, in their order.
    blocks : Blocks
        The values behind them.
    used : frozenset of LaneKey
        Lanes in inference.
    bounds : tuple of LaneValue
        Lanes that would be, but for their signal.
    fit : Fit or None
    model : str
        The formula of the default model for this design.
    """

    ratio: RatioLanes
    design: Design
    items: tuple[FoldChange, ...]
    blocks: Blocks
    used: frozenset[LaneKey]
    bounds: tuple[LaneValue, ...]
    fit: Fit | None
    model: str

    def of(self, condition: Condition) -> FoldChange:
        """Return the comparison of one condition."""
        return next(item for item in self.items if item.condition == condition)
