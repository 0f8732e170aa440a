"""Drawn studies come back from their files as they were drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from blotflux.blot.read import read
from blotflux.drawn import write_drawn_blots, write_drawn_study
from blotflux.errors import OutputError
from blotflux.study import check_study
from blotflux.synthetic import draw_lc3_study, draw_phospho_study

if TYPE_CHECKING:
    from pathlib import Path

    from blotflux.synthetic.study import DrawnStudy


@pytest.mark.parametrize("drawn", [draw_lc3_study("partial", 3), draw_phospho_study(3)])
def test_a_drawn_study_has_no_mistakes_and_its_pictures_keep_every_pixel(
    drawn: DrawnStudy, tmp_path: Path
) -> None:
    write_drawn_study(drawn, tmp_path)
    assert check_study(tmp_path / "study.toml") == ()
    for name, blot in drawn.blots.items():
        np.testing.assert_array_equal(read(tmp_path / name).signal, blot.to_blot().signal)


def test_drawn_blots_never_replace_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine.tif").write_bytes(b"a blot")
    with pytest.raises(OutputError, match="exists and is not empty"):
        write_drawn_blots(tmp_path, kinds=["clean"], seeds=[1])
    with pytest.raises(OutputError, match=r"holds no run\.json"):
        write_drawn_blots(tmp_path, kinds=["clean"], seeds=[1], force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.tif"]
