"""What must be said beside any label: drug and inhibitor classes, times, and other warnings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from blotflux.analysis.decision import Label
from blotflux.analysis.flux.gates import Gate
from blotflux.flags import Flag

if TYPE_CHECKING:
    from blotflux.analysis.flux.arms import InhibitorGroup
    from blotflux.analysis.flux.judge import Case

__all__ = ["caveat_flags", "caveat_text", "is_lysosomotropic"]

# fmt: off
LYSOSOMOTROPIC = frozenset({
    "amitriptyline", "nortriptyline", "imipramine", "desipramine", "clomipramine", "doxepin",
    "trimipramine", "fluoxetine", "norfluoxetine", "sertraline", "paroxetine", "fluvoxamine",
    "citalopram", "escitalopram", "maprotiline", "mirtazapine", "chlorpromazine",
    "thioridazine", "perphenazine", "fluphenazine", "trifluoperazine", "promethazine",
    "promazine", "haloperidol", "clozapine", "olanzapine", "amiodarone", "dronedarone",
    "perhexiline", "verapamil", "propranolol", "tamoxifen", "toremifene", "raloxifene",
    "clomiphene", "chloroquine", "hydroxychloroquine", "mefloquine", "quinacrine",
    "amodiaquine", "siramesine", "terfenadine", "astemizole", "loratadine", "clemastine",
    "azithromycin", "gentamicin", "ambroxol", "fingolimod", "memantine",
})
# fmt: on
"""Cationic amphiphilic and other drugs that accumulate in lysosomes (background knowledge)."""

CHLOROQUINE = frozenset({"chloroquine", "hydroxychloroquine", "cq", "hcq"})
V_ATPASE = re.compile(r"^(baf|bafa1|baf-?a1|bafilomycin.*|concanamycin.*|con-?a|cma)$")

NONCANONICAL = (
    "LC3 lipidation of single membranes by this drug class is itself blocked by V-ATPase "
    "inhibitors; confirm with a protease inhibitor or ATG13/FIP200 loss."
)
USUAL_HOURS = (2.0, 4.0)
"""Hours with inhibitor over which accumulation is taken as linear (project default)."""

MIMICKED_ROWS = frozenset({"2", "3", "4", "5", "7"})
"""Rows that loss of non-canonical lipidation under the inhibitor would imitate."""


def is_lysosomotropic(treatment: str) -> bool:
    """Return whether a treatment's name holds a drug that accumulates in lysosomes."""
    return bool(set(re.findall(r"[a-z]+", treatment.casefold())) & LYSOSOMOTROPIC)


def is_chloroquine(inhibitor: str) -> bool:
    """Return whether an inhibitor is chloroquine or hydroxychloroquine."""
    return bool(set(re.findall(r"[a-z]+", inhibitor.casefold())) & CHLOROQUINE)


def blocks_v_atpase(inhibitor: str) -> bool:
    """Return whether an inhibitor is bafilomycin or concanamycin."""
    return bool(V_ATPASE.match(inhibitor.casefold().replace(" ", "")))


def caveat_flags(case: Case, group: InhibitorGroup, *, saturation_shown: bool) -> frozenset[Flag]:
    """Return the caveats of one case that follow from drug, inhibitor and time.

    Parameters
    ----------
    case : Case
    group : InhibitorGroup
    saturation_shown : bool
        A second dose of the inhibitor raised LC3-II no further.
    """
    row = case.verdict.standing
    imitated = case.verdict.gate is Gate.G4 or (row is not None and row.number in MIMICKED_ROWS)
    drug = is_lysosomotropic(case.question.treated.treatment)
    holds = {
        Flag.INHIBITOR_SATURATION_NOT_SHOWN: not saturation_shown,
        Flag.STEADY_STATE_ASSUMED: True,
        Flag.LYSOSOMOTROPIC_DRUG: drug,
        Flag.CQ_NOT_BAF: is_chloroquine(group.inhibitor),
        Flag.T_B_OUTSIDE_2_4H: not USUAL_HOURS[0] <= group.hours <= USUAL_HOURS[1],
        Flag.NONCANONICAL_NOT_EXCLUDED: imitated and drug and blocks_v_atpase(group.inhibitor),
        Flag.CHECK_DATA: row is not None and row.number == "6b",
    }
    return frozenset(flag for flag, true in holds.items() if true)


def caveat_text(flag: Flag) -> str:
    """Return the sentence of a caveat."""
    return NONCANONICAL if flag is Flag.NONCANONICAL_NOT_EXCLUDED else flag.meaning


BLOCKED = frozenset({Label.LATE_BLOCK_COMPLETE, Label.LATE_BLOCK_PARTIAL})
INDUCED = frozenset({Label.INDUCED_FLUX, Label.INDUCED_WITH_IMPAIRED_CLEARANCE})


def p62_disagrees(label: Label, *, rises: bool, falls: bool) -> bool:
    """Return whether p62 moves against a label: down in a late block, up in an induction."""
    return (label in BLOCKED and falls) or (label in INDUCED and rises)
