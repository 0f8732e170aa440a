"""Blots with known truth, drawn from a seed.

`draw_kind` draws a random blot of one of six kinds; `draw_blot` draws any `Scene` put together
from lanes, rows, background, artefacts and a detector. Both return the picture as a file would
hold it, and the truth beside it. `draw_lc3_study` and `draw_phospho_study` draw the two sample
studies: pictures, study file and sheet. Drawn data say nothing about any drug.

Examples
--------
>>> from blotflux.synthetic import draw_kind
>>> blot = draw_kind("typical", seed=1)
>>> len(blot.truth.lanes) == len(blot.scene.lanes)
True
"""

from __future__ import annotations

from blotflux.synthetic.drawing import draw_bands, draw_blot
from blotflux.synthetic.kinds import KINDS, draw_kind, scene_of_kind
from blotflux.synthetic.lc3 import draw_lc3_study
from blotflux.synthetic.phospho import draw_phospho_study
from blotflux.synthetic.scenarios import LC3_SCENARIOS
from blotflux.synthetic.scene import (
    Artefacts,
    Background,
    Camera,
    ExtraBand,
    Film,
    Geometry,
    Irregularity,
    LaneSpec,
    RowSpec,
    Scene,
)
from blotflux.synthetic.shapes import AcrossLane, Peak
from blotflux.synthetic.study import DrawnStudy, StudyTruth
from blotflux.synthetic.truth import SyntheticBlot, TrueBand, TrueLane, Truth

__all__ = [
    "KINDS",
    "LC3_SCENARIOS",
    "AcrossLane",
    "Artefacts",
    "Background",
    "Camera",
    "DrawnStudy",
    "ExtraBand",
    "Film",
    "Geometry",
    "Irregularity",
    "LaneSpec",
    "Peak",
    "RowSpec",
    "Scene",
    "StudyTruth",
    "SyntheticBlot",
    "TrueBand",
    "TrueLane",
    "Truth",
    "draw_bands",
    "draw_blot",
    "draw_kind",
    "draw_lc3_study",
    "draw_phospho_study",
    "scene_of_kind",
]
