"""Sample data: blots of known truth, drawn and not measured on anything."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blotflux.blot.read import read
from napari_blotflux.pictures import blot_layers
from napari_blotflux.reader import read_blot, read_study

if TYPE_CHECKING:
    LayerData = tuple[Any, ...]

__all__ = ["sample_blot", "sample_study"]

SEED = 1


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="blotflux-sample-"))


def sample_blot() -> list[LayerData]:
    """Draw one blot into a temporary folder and open it."""
    import tifffile

    from blotflux.synthetic import draw_kind

    path = _folder() / "sample_blot.tif"
    tifffile.imwrite(path, draw_kind("typical", SEED).image)
    return read_blot(str(path))


def sample_study() -> list[LayerData]:
    """Draw an LC3 study into a temporary folder and open it."""
    from blotflux.drawn import write_drawn_study
    from blotflux.synthetic import draw_lc3_study

    folder = _folder() / "lc3_turnover"
    write_drawn_study(draw_lc3_study("induced", SEED), folder)
    read_study(str(folder / "study.toml"))
    first = min(folder.glob("*.tif"))
    return list(blot_layers(read(first), path=str(first)))
