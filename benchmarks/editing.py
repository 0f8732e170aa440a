"""Time of one edit of a blot, over the time of measuring the blot anew.

python benchmarks/editing.py [--edits N]

A typical drawn blot of 2 megapixels, 20 lanes and 4 rows. Every edit is made on its own and undone
again; its time is that of the processor from the action to the measured result and the table of
volumes. A whole ``quantify`` is measured on the same blot with the same clock, so that the ratio
holds on any machine.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

from blotflux.blot import LaneRole
from blotflux.blot.read import read
from blotflux.editing import EditSession, actions
from blotflux.editing.recovery import FOLDER_VARIABLE
from blotflux.parameters import Parameters
from blotflux.study.quantify_file import quantify_fully
from blotflux.synthetic import KINDS, draw_blot
from blotflux.synthetic.limits import Kind
from blotflux.synthetic.random_scene import compose

COLUMNS, ROWS, LANES, BANDS = 1650, 1220, 20, 4


def write_blot(path: Path, seed: int) -> None:
    """Write a typical blot of this size."""
    typical = KINDS["typical"]
    pitch = COLUMNS / (LANES + 2)
    limits = Kind(
        **{field: getattr(typical, field) for field in Kind.__slots__}
        | {
            "columns_px": (COLUMNS, COLUMNS),
            "rows_px": (ROWS, ROWS),
            "lanes": (LANES, LANES),
            "pitch_px": (pitch, pitch),
            "rows": (BANDS, BANDS),
        }
    )
    drawn = draw_blot(compose(limits, np.random.default_rng(seed)), seed)
    tifffile.imwrite(path, np.asarray(drawn.image), photometric="minisblack")


def edits_of(session: EditSession, rng: np.random.Generator) -> dict[str, actions.Action]:
    """Return one edit of each kind, of a lane and row drawn at random."""
    lanes = [lane for lane in session.measurement.lanes if lane.role is not LaneRole.LADDER]
    lane = lanes[int(rng.integers(1, len(lanes) - 1))]
    bands = [band for band in session.measurement.bands if band.lane == lane.number]
    band = bands[int(rng.integers(len(bands)))]
    other = bands[(bands.index(band) + 1) % len(bands)]
    n, row = lane.number, band.row
    y, dx = band.y_px, float(rng.uniform(-3, 3))
    middle = float(lane.x_at(session.blot.shape[0] / 2))
    return {
        "move a lane": actions.MoveLane(1, n, dx),
        "drag an edge": actions.MoveEdge(1, n, "right", dx),
        "bend a lane": actions.MoveKnot(1, n, 4, dx),
        "delete a lane": actions.DeleteLane(1, n),
        "add a lane": actions.AddLane(1, middle + 0.5 * lane.width_px),
        "mark as ladder": actions.SetRole(1, n, "ladder"),
        "exclude": actions.ExcludeLane(1, n, "bubble"),
        "drag limits": actions.SetLimits(1, n, row, y - 9, y + 9),
        "delete a band": actions.DeleteBand(1, n, row),
        "move to a row": actions.MoveBand(1, n, row, other.row),
        "name a row": actions.NameRow(1, row, "LC3-II"),
        "add a row": actions.AddRow(1, float(rng.uniform(100, ROWS - 100)), n),
        "split a band": actions.SplitRow(1, row, n),
        "split a row": actions.SplitRow(1, row),
        "shift all lanes": actions.ShiftLanes(dx),
    }


def cpu_ms(started: float) -> float:
    """Return the processor's time since then, milliseconds."""
    return (time.process_time() - started) * 1e3


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=15, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder
        path = Path(folder) / "blot.tif"
        write_blot(path, chosen.seed)
        blot = read(path)
        whole = []
        for _ in range(5):
            started = time.process_time()
            quantify_fully(blot, Parameters())
            whole.append(cpu_ms(started))
        session = EditSession.open(path)
        times = measure(session, chosen.edits, np.random.default_rng(chosen.seed))
        session.close()
    grid = session.volumes()
    print(
        f"{len(grid.lanes)} lanes, {len(grid.rows)} rows, {blot.signal.size / 1e6:.1f} megapixels"
    )
    print(f"a whole quantify: {np.median(whole):.0f} ms")
    print(f"{'edit':<18}{'median ms':>10}{'95th':>8}{'share of quantify':>20}")
    for name, values in times.items():
        middle, high = np.median(values), np.quantile(values, 0.95)
        print(f"{name:<18}{middle:>10.1f}{high:>8.1f}{middle / np.median(whole):>20.2f}")
    single = [values for name, values in times.items() if name != "shift all lanes"]
    everything = np.concatenate(single)
    middle, high = np.median(everything), np.quantile(everything, 0.95)
    print(f"{'all but shifting':<18}{middle:>10.1f}{high:>8.1f}")


def measure(session: EditSession, rounds: int, rng: np.random.Generator) -> dict[str, list[float]]:
    """Return the times of each kind of edit, each undone again."""
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, edit in edits_of(session, rng).items():
            session.forget()
            started = time.process_time()
            session.apply(edit)
            session.volumes()
            times.setdefault(name, []).append(cpu_ms(started))
            session.undo()
    return times


if __name__ == "__main__":
    main()
