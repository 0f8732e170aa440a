"""The quality flags: every name that a table's ``flags`` column can hold, with its meaning."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Flag", "join_flags"]


class Flag(StrEnum):
    """A named doubt about a value; `meaning` says it in a sentence."""

    meaning: str

    def __new__(cls, name: str, meaning: str) -> Flag:
        """Make a member whose value is its name and that carries its meaning."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.meaning = meaning
        return member

    # bands
    SATURATED = (
        "SATURATED",
        "Pixels are at the detector's ceiling; the volume is estimated from the others.",
    )
    NEGATIVE_VOLUME = (
        "NEGATIVE_VOLUME",
        "The volume is below zero: no band, or a background set too high.",
    )
    BELOW_DETECTION = (
        "BELOW_DETECTION",
        "Nothing was detected here; the volume was measured at the row's position.",
    )
    TOUCHES_EDGE = (
        "TOUCHES_EDGE",
        "The band reaches the edge of the image; part of it may be missing.",
    )
    OVERLAPS_NEIGHBOR = (
        "OVERLAPS_NEIGHBOR",
        "The band overlaps another of its lane; the fit separates them.",
    )
    GHOST = (
        "GHOST",
        "The band is hollow: its center is fainter than its rim (over-abundance).",
    )
    NOT_MEASURED = "NOT_MEASURED", "The band could not be measured; there is no value."
    ROW_BY_PROMISE = (
        "ROW_BY_PROMISE",
        "The row was looked for because a target was named, not found on its own.",
    )
    # lanes
    LOW_CONFIDENCE = "LOW_CONFIDENCE", "The lane's confidence is below 0.5; look at it."
    LADDER = "LADDER", "The lane looks like a ladder."
    EMPTY_LANE = "EMPTY_LANE", "No band was detected in the lane."
    # targets
    TARGET_BY_STRENGTH = (
        "TARGET_BY_STRENGTH",
        "More rows were found than named; the strongest were taken in order.",
    )
    TARGET_AMBIGUOUS = (
        "TARGET_AMBIGUOUS",
        "Fewer rows were found than named; a person must name them.",
    )
    MW_EXTRAPOLATED = "MW_EXTRAPOLATED", "The molecular weight lies outside the ladder."
    RF_RELATIVE = (
        "RF_RELATIVE",
        "Rf counts from the top to the bottom of the picture, not from origin to front.",
    )
    # analysis
    EXCLUDED = "EXCLUDED", "The lane was excluded by the user."
    QC_FAIL = "QC_FAIL", "A QC rule removed the lane from inference."
    NO_REPLICATE = (
        "NO_REPLICATE",
        "The sheet does not say which biological replicate the lane is of.",
    )
    NOT_COMPARED = "NOT_COMPARED", "The lane takes part in no comparison of this analysis."
    WITHHELD = (
        "WITHHELD",
        "Not given, because an arm is missing or a gate forbids it; the row with the label says "
        "why.",
    )
    NO_TRANSITION_TIME = (
        "NO_TRANSITION_TIME",
        "Transition time is not defined: flux not distinguishable from zero, or no interval.",
    )
    NOT_FLUX = "NOT_FLUX", "Descriptive only: LC3-II/LC3-I and total LC3 are not measures of flux."
    NO_LOADING_CONTROL = (
        "NO_LOADING_CONTROL",
        "The loading control has no usable value in this lane.",
    )
    BELOW_LOQ = "BELOW_LOQ", "The band is below the limit of quantification."
    BOUND = "BOUND", "The value is a bound, not an estimate."
    CROSS_MEMBRANE = "CROSS_MEMBRANE", "Values of different membranes are combined."
    WITHIN_MARGIN = "WITHIN_MARGIN", "The change is real but smaller than the equivalence margin."
    MODEL_DEPENDENT = "MODEL_DEPENDENT", "The unpooled intervals do not exclude 1 on the same side."
    HETEROSCEDASTIC = "HETEROSCEDASTIC", "The lanes' residual spread differs between conditions."
    BLOCK_LEFT_OUT_SATURATED = (
        "BLOCK_LEFT_OUT_SATURATED",
        "Replicates with saturated lanes were left out.",
    )
    UNBLOCKED = "UNBLOCKED", "Independent samples: no replicate links the conditions."
    INHIBITOR_SATURATION_NOT_SHOWN = (
        "INHIBITOR_SATURATION_NOT_SHOWN",
        "No second inhibitor dose shows that more adds nothing.",
    )
    STEADY_STATE_ASSUMED = (
        "STEADY_STATE_ASSUMED",
        "Rates and transition times assume a steady state before the inhibitor.",
    )
    LYSOSOMOTROPIC_DRUG = (
        "LYSOSOMOTROPIC_DRUG",
        "The drug accumulates in lysosomes, which perturbs LC3 by itself.",
    )
    CQ_NOT_BAF = (
        "CQ_NOT_BAF",
        "Chloroquine acts mainly on fusion; it is not interchangeable with bafilomycin A1.",
    )
    T_B_OUTSIDE_2_4H = (
        "T_B_OUTSIDE_2_4H",
        "The inhibitor was on for less than 2 or more than 4 hours.",
    )
    NONCANONICAL_NOT_EXCLUDED = (
        "NONCANONICAL_NOT_EXCLUDED",
        "V-ATPase-dependent, non-canonical LC3 lipidation may imitate a late block.",
    )
    LC3I_DEPLETED = (
        "LC3I_DEPLETED",
        "LC3-I is used up in the treated and inhibited lanes, which lowers kappa and phi.",
    )
    P62_DISCORDANT = "P62_DISCORDANT", "p62 moves against the label."
    LC_AFFECTED = "LC_AFFECTED", "The loading control changes with the treatment."
    CHECK_DATA = "CHECK_DATA", "Numerically near-impossible combination; check lanes and sheet."
    BACKGROUND_SENSITIVE = (
        "BACKGROUND_SENSITIVE",
        "The label or its significance changes with the background method.",
    )
    DRIVEN_BY_TOTAL = "DRIVEN_BY_TOTAL", "The change in P/T comes from the total protein."
    STRIP_UNVERIFIED = (
        "STRIP_UNVERIFIED",
        "No picture shows that stripping removed the first antibody.",
    )
    TOTAL_NOT_CHECKED = (
        "TOTAL_NOT_CHECKED",
        "Without a loading control the total protein could not be tested.",
    )
    LINEARITY_UNPROVEN = (
        "LINEARITY_UNPROVEN",
        "No dilution series shows that the signal is proportional to amount.",
    )
    LOSSY_SOURCE = (
        "LOSSY_SOURCE",
        "The picture is lossy or not linear, and the user confirmed that no better one exists.",
    )
    EXTRAPOLATED = (
        "EXTRAPOLATED",
        "The load lies outside the amounts in which target and loading control are linear.",
    )
    # QC rules that mark a whole analysis when they fail; the code is the flag
    D_LC_CV = "D-LC-CV", "The loading control varies too much between lanes."
    D_REP = "D-REP", "Technical lanes disagree too much."
    D_FILM = "D-FILM", "Bands on film differ by more than film can show."
    D_SAME = "D-SAME", "Target and loading control come from different gels."
    D_MW = "D-MW", "The target runs far from its weight."


def join_flags(flags: Iterable[str]) -> str:
    """Return flags as the text of a table cell: unique, sorted, separated by spaces."""
    return " ".join(sorted({str(flag) for flag in flags}))
