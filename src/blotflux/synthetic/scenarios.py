"""What is true in the scenarios of the LC3 sample study."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LC3_SCENARIOS", "LC3Scenario"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LC3Scenario:
    """True amounts of one scenario.

    Attributes
    ----------
    lc3_ii : tuple of float
        LC3-II over loading in vehicle, vehicle with inhibitor, drug, drug with inhibitor; the
        first is 1.
    lc3_i : tuple of float
        LC3-I in the same conditions.
    label : str
        What an honest analysis calls it.
    """

    lc3_ii: tuple[float, float, float, float]
    lc3_i: tuple[float, float, float, float]
    label: str

    @property
    def flux_ratio(self) -> float:
        """Drug's flux over the vehicle's."""
        c0, c1, t0, t1 = self.lc3_ii
        return (t1 - t0) / (c1 - c0)

    @property
    def pool_ratio(self) -> float:
        """LC3-II without inhibitor, drug over vehicle."""
        return self.lc3_ii[2] / self.lc3_ii[0]


# Where the true clearance ratio should be 1 it is a little above: at exactly 1, one study in 40
# would find it below, rightly by its own error level.
LC3_SCENARIOS = {
    "induced": LC3Scenario(
        lc3_ii=(1.0, 3.0, 2.0, 6.4), lc3_i=(2.2, 2.0, 1.8, 1.6), label="INDUCED_FLUX"
    ),
    "blocked": LC3Scenario(
        lc3_ii=(1.0, 3.0, 5.0, 5.2), lc3_i=(2.2, 2.0, 2.0, 1.9), label="LATE_BLOCK_COMPLETE"
    ),
    "partial": LC3Scenario(
        lc3_ii=(1.0, 3.0, 1.8, 2.9), lc3_i=(2.2, 2.0, 2.1, 1.9), label="LATE_BLOCK_PARTIAL"
    ),
    "reduced": LC3Scenario(
        lc3_ii=(1.0, 3.0, 0.4, 1.32), lc3_i=(2.2, 2.0, 2.6, 2.4), label="REDUCED_SYNTHESIS"
    ),
    "unchanged": LC3Scenario(
        lc3_ii=(1.0, 3.0, 1.0, 3.0), lc3_i=(2.2, 2.0, 2.2, 2.0), label="NO_CHANGE"
    ),
}
