"""Correcting blots by hand, without a window: sessions, actions, undo, what is shown.

The automatic result never changes. What a person does is a list of actions on an immutable plan,
measured by the same function that every command uses; a window only draws what is here.
"""

from __future__ import annotations

from blotflux.editing import actions
from blotflux.editing.change import Change
from blotflux.editing.errors import EditError, ImageChangedError
from blotflux.editing.recovery import Recovery
from blotflux.editing.session import EditSession
from blotflux.editing.source import Source, planes_of, source_of_file
from blotflux.editing.study_session import StudyImage, StudySession
from blotflux.editing.view import BandCurve, LaneProfile, VolumeGrid

__all__ = [
    "BandCurve",
    "Change",
    "EditError",
    "EditSession",
    "ImageChangedError",
    "LaneProfile",
    "Recovery",
    "Source",
    "StudyImage",
    "StudySession",
    "VolumeGrid",
    "actions",
    "planes_of",
    "source_of_file",
]
