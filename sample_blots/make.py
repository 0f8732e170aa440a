"""Draw the sample studies again and write their expected tables: ``python sample_blots/make.py``.

Run it only when a change of numbers is meant; the commit says why they changed.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from blotflux.api import read_study
from blotflux.drawn import write_drawn_study
from blotflux.synthetic import draw_lc3_study, draw_phospho_study

HERE = Path(__file__).parent
SEED = 1


def main() -> None:
    """Write pictures, sheets, study files and expected tables beside this file."""
    for drawn in (draw_lc3_study("induced", SEED), draw_phospho_study(SEED)):
        folder = HERE / drawn.name
        write_drawn_study(drawn, folder)
        write_expected(folder)


def write_expected(folder: Path) -> None:
    """Run a study and keep its tables."""
    expected = folder / "expected"
    shutil.rmtree(expected, ignore_errors=True)
    expected.mkdir()
    with tempfile.TemporaryDirectory() as place:
        results = Path(place) / "results"
        read_study(folder / "study.toml").run().write(results)
        for table in sorted(results.glob("*.csv")):
            shutil.copyfile(table, expected / table.name)


if __name__ == "__main__":
    main()
