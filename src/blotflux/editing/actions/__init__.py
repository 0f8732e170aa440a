"""Everything that a person can do to a blot, one frozen record each."""

from __future__ import annotations

from blotflux.editing.actions.action import Action
from blotflux.editing.actions.bands import AddBand, DeleteBand, MoveBand, RestoreBand, SetLimits
from blotflux.editing.actions.image import (
    SetBackground,
    SetOrientation,
    SetPolarity,
    SignOff,
    StartOver,
    WithdrawSignOff,
)
from blotflux.editing.actions.lane_set import (
    AddLane,
    DeleteLane,
    NumberLane,
    SetLaneCount,
    SetLanes,
    ShiftLanes,
)
from blotflux.editing.actions.lanes import (
    BendLane,
    ExcludeLane,
    IncludeLane,
    MoveEdge,
    MoveKnot,
    MoveLane,
    NameLane,
    RestoreLane,
    SetRole,
)
from blotflux.editing.actions.rows import (
    AddRow,
    DeleteRow,
    FindRows,
    MergeRows,
    NameRow,
    SplitRow,
)

__all__ = [
    "Action",
    "AddBand",
    "AddLane",
    "AddRow",
    "BendLane",
    "DeleteBand",
    "DeleteLane",
    "DeleteRow",
    "ExcludeLane",
    "FindRows",
    "IncludeLane",
    "MergeRows",
    "MoveBand",
    "MoveEdge",
    "MoveKnot",
    "MoveLane",
    "NameLane",
    "NameRow",
    "NumberLane",
    "RestoreBand",
    "RestoreLane",
    "SetBackground",
    "SetLaneCount",
    "SetLanes",
    "SetLimits",
    "SetOrientation",
    "SetPolarity",
    "SetRole",
    "ShiftLanes",
    "SignOff",
    "SplitRow",
    "StartOver",
    "WithdrawSignOff",
]
