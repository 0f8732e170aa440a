"""What the analyses take and what they give. Field names of results are table columns."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read by dataclass users at run time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from blotflux.findings import Finding

__all__ = [
    "AnalysisPlan",
    "AnalysisResult",
    "Answer",
    "Comparison",
    "ExpressionPlan",
    "FluxRow",
    "LC3FluxPlan",
    "LaneSample",
    "NormalizedValue",
    "PhosphoPlan",
    "ReplicateValue",
    "TargetVolume",
]


# ---------------------------------------------------------------- what was asked


class Plan(BaseModel):
    """What every ``[[analyses]]`` entry has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("", description="Name in the tables; by default '<kind> <target>'.")
    control: str = Field(description="The treatment that everything is compared with.")


Share = Annotated[float, Field(ge=0, lt=1)]

Test = Annotated[
    Literal["t", "wilcoxon", "sign", "permutation", "bootstrap"],
    Field(description="Test of a fold change; others than t are refused for small n."),
]
"""Tests of one fold change; all but the first need more replicates than most studies have."""


class LC3FluxPlan(Plan):
    """``kind = "lc3_flux"``: LC3-II with and without a lysosomal inhibitor."""

    kind: Literal["lc3_flux"] = "lc3_flux"
    target: str = Field("LC3-II", description="The lipidated form.")
    loading: str | tuple[str, ...] = Field(description="Loading control(s), or 'total_protein'.")
    inhibitor_hours: float = Field(
        gt=0, le=72, description="Hours with inhibitor, default of the sheet."
    )
    inhibitor: str | None = Field(
        None, description="Only this inhibitor; else one analysis for each."
    )


class PhosphoPlan(Plan):
    """``kind = "phospho"``: phosphorylated over total protein."""

    kind: Literal["phospho"] = "phospho"
    target: str = Field(description="The phosphorylated form, P.")
    total: str = Field(description="The whole protein, T.")
    loading: str | tuple[str, ...] | None = Field(
        None, description="Loading control(s); with it P/L and T/L are reported too."
    )
    test: Test = "t"
    bleed_through: tuple[Share, Share] | None = Field(
        None,
        description="Two colors: share of the total's color in the target's channel, and of the "
        "target's in the total's, from lanes that hold one color.",
    )


class ExpressionPlan(Plan):
    """``kind = "expression"``: target over loading control."""

    kind: Literal["expression"] = "expression"
    target: str = Field(description="The protein.")
    loading: str | tuple[str, ...] = Field(description="Loading control(s), or 'total_protein'.")
    test: Test = "t"


AnalysisPlan = Annotated[LC3FluxPlan | PhosphoPlan | ExpressionPlan, Field(discriminator="kind")]


# ---------------------------------------------------------------- what was measured


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSample:
    """One line of the sheet: what is in one slot of one membrane.

    Empty text and None mean that the sheet does not say. `inhibitor` is empty for "none".
    `extra` holds columns that are not ours, in the order of the sheet.
    """

    membrane: str
    lane: int
    treatment: str = ""
    role: str = "sample"
    inhibitor: str = ""
    inhibitor_dose: str = ""
    inhibitor_h: float | None = None
    replicate: str = ""
    technical: str = ""
    sample: str = ""
    dose: str = ""
    dose_unit: str = ""
    time_h: float | None = None
    amount_ug: float | None = None
    exclude: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetVolume:
    """The volume of one target in one lane, measured here or elsewhere.

    Attributes
    ----------
    volume, volume_se : float
        counts·px; `volume_se` is NaN where volumes come from elsewhere without one.
    saturated, detected : bool
    below_loq : bool or None
        As given with volumes from elsewhere; None: decide by `loq` (rule ND of B5).
    loq : float or None
        Limit of quantification of this lane: 10 x volume_se at zero signal.
    image : str
        Where it was measured; empty for volumes from elsewhere.
    membrane_measured : str
        The membrane that carried the target, if not `membrane` (joined by lysate).
    strip_control_of : str
        Not empty where this is what stripping left of that target (D-STRIP); `target` then is
        ``"<target> (strip control)"``, so that it is never taken for the target itself.
    semi_quantitative : str
        Reason for R10 (JPEG, photograph); empty if none.
    no_linear_original : bool
        The user confirmed that no linear picture exists.
    alternatives : mapping of background method to volume
        For the sensitivity band.
    valley : float or None
        Valley over smaller peak against the neighboring row of the same lane (D-LC3RES, C3).
    parts : tuple of str
        Where this is a sum of rows (ERK1/2): the targets that it is the sum of, from the top.
    molecular_weight_kda, expected_kda : float or None
        Where the band runs by the ladder, and where the study says it should (D-MW).
    exposures : int
        How many exposures of this target there are (D-ECL wants three).
    named_by_hand : bool
        A person said which row this is, so that R14 does not ask again.
    """

    membrane: str
    lane: int
    target: str
    volume: float
    volume_se: float = float("nan")
    saturated: bool = False
    saturated_px: int = 0
    saturated_fraction: float = 0.0
    detected: bool = True
    below_loq: bool | None = None
    loq: float | None = None
    snr: float = float("nan")
    image: str = ""
    membrane_measured: str = ""
    detection: str = ""
    probe: int | None = None
    strip_control_of: str = ""
    semi_quantitative: str = ""
    no_linear_original: bool = False
    alternatives: Mapping[str, float] = field(default_factory=dict)
    valley: float | None = None
    parts: tuple[str, ...] = ()
    molecular_weight_kda: float | None = None
    expected_kda: float | None = None
    exposures: int = 1
    named_by_hand: bool = False
    flags: tuple[str, ...] = ()


# ---------------------------------------------------------------- what came out


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalizedValue:
    """One row of ``normalized.csv`` (the sheet's columns are joined when it is written)."""

    analysis: str
    membrane: str
    lane: int
    target: str
    volume: float
    volume_se: float
    normalization_factor: float
    normalized: float
    normalized_se: float
    used: bool
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicateValue:
    """One row of ``replicates.csv``."""

    analysis: str
    kind: str
    quantity: str
    replicate: str
    treatment: str
    dose: str = ""
    time_h: float | None = None
    inhibitor: str = ""
    n_technical: int = 1
    value: float
    value_over_control: float
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxRow:
    """One row of ``flux.csv``; None is an empty field."""

    analysis: str
    replicate: str
    treatment: str
    dose: str = ""
    time_h: float | None = None
    inhibitor: str = ""
    inhibitor_h: float | None = None
    basal: float | None = None
    basal_se: float | None = None
    inhibited: float | None = None
    inhibited_se: float | None = None
    difference: float | None = None
    difference_se: float | None = None
    rate_per_h: float | None = None
    rate_per_h_se: float | None = None
    ratio: float | None = None
    ratio_se: float | None = None
    transition_time_h: float | None = None
    transition_time_h_se: float | None = None
    lc3_ii_over_lc3_i: float | None = None
    total_lc3: float | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row of ``comparisons.csv``; None is an empty field."""

    analysis: str
    kind: str
    quantity: str
    treatment: str
    control: str
    dose: str = ""
    time_h: float | None = None
    inhibitor: str = ""
    n: int
    n_technical: int = 0
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    ci90_low: float | None = None
    ci90_high: float | None = None
    df: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    family: str = ""
    margin: float | None = None
    model: str = ""
    method: str = ""
    label: str = ""
    message: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The sentence of one treatment in one analysis, as the report prints it.

    Attributes
    ----------
    text : str
        Treatment, estimate with interval, n, and the mechanism in words. Every number in it is
        the table's, rounded.
    label : str
        As in ``comparisons.csv``.
    caveats : tuple of str
        Sentences of the caveat flags.
    """

    analysis: str
    treatment: str
    dose: str = ""
    time_h: float | None = None
    inhibitor: str = ""
    label: str
    text: str
    caveats: tuple[str, ...] = ()
    headline: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisResult:
    """Everything that one ``[[analyses]]`` entry gave."""

    plan: AnalysisPlan
    name: str
    normalized: tuple[NormalizedValue, ...] = ()
    replicates: tuple[ReplicateValue, ...] = ()
    flux: tuple[FluxRow, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    answers: tuple[Answer, ...] = ()
    findings: tuple[Finding, ...] = ()
    methods: tuple[str, ...] = ()
    sensitivity: tuple[Comparison, ...] = ()
