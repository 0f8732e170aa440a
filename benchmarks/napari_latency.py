"""CPU time of the napari plugin: of each drag event, and from release to the updated table.

    xvfb-run -a -s '-screen 0 1600x1000x24' python benchmarks/napari_latency.py

Real mouse events on a real napari window; time is CPU time of this process while it handles the
event. The repaint that follows is not counted: the graphics card does it where there is one, and
with software OpenGL it takes 35 ms whatever is shown.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("NAPARI_CONFIG", "")
os.environ.setdefault("BLOTFLUX_RECOVERY", tempfile.mkdtemp(prefix="blotflux-bench-"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "plugins"))

import napari
import tifffile
from person import Person, settle, wait_for

from blotflux.editing import EditSession
from blotflux.synthetic import KINDS, draw_blot
from blotflux.synthetic.limits import Kind
from blotflux.synthetic.random_scene import compose
from napari_blotflux.grips import Selection
from napari_blotflux.window import window_of


def draw(lanes: int, rows: int, height: int, width: int) -> np.ndarray:
    """Return a typical drawn blot of this size, with as many lanes and rows."""
    typical = KINDS["typical"]
    pitch = width / (lanes + 2)
    limits = Kind(
        **{field: getattr(typical, field) for field in Kind.__slots__}
        | {
            "columns_px": (width, width),
            "rows_px": (height, height),
            "lanes": (lanes, lanes),
            "pitch_px": (pitch, pitch),
            "rows": (rows, rows),
        }
    )
    return np.asarray(draw_blot(compose(limits, np.random.default_rng(5)), 5).image)


def open_window(image: np.ndarray) -> tuple[napari.Viewer, Person]:
    """Return a viewer with the image measured and shown."""
    path = Path(tempfile.mkdtemp(prefix="blotflux-bench-")) / "bench.tif"
    tifffile.imwrite(path, image)
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1500, 950)
    window = window_of(viewer)
    window.show_docks("Profile", "Blot")
    window.controller.open(EditSession.open(path))
    wait_for(lambda: window.controller.session is not None, what="the blot is measured")
    settle(20)
    return viewer, Person(viewer)


def measure(viewer: napari.Viewer, person: Person, edits: int) -> dict[str, list[float]]:
    """Return milliseconds of CPU of drag events, and from release to table, of many edits."""
    window = window_of(viewer)
    session = window.controller.session
    random = np.random.default_rng(1)
    times: dict[str, list[float]] = {"per drag event": [], "release to table": [], "core": []}
    updated: list[float] = []
    table = next(dock for dock in [window.table] if dock is not None)
    table.bands.dataChanged.connect(lambda *_: updated.append(time.process_time()))
    table.bands.modelReset.connect(lambda: updated.append(time.process_time()))
    window.controller.changed.connect(lambda change: times["core"].append(1e3 * change.cpu_s))
    for _ in range(edits):
        lanes = session.measurement.lanes
        lane = lanes[random.integers(len(lanes))]
        window.controller.select(Selection(panel=lane.panel, lane=lane.number))
        settle(4)
        y = lane.track_y_px[0] + 0.3 * (lane.track_y_px[-1] - lane.track_y_px[0])
        x = float(lane.x_at(y))
        shift = random.choice([-1, 1]) * 5.0 / viewer.scene.camera.zoom
        person.point(y, x)
        person.press(y, x)
        for step in range(1, 9):
            start = time.process_time()
            person.move(y, x + shift * step / 8)
            times["per drag event"].append(1e3 * (time.process_time() - start))
            settle(1)  # napari leaves out moves that come before the last one is shown
        updated.clear()
        start = time.process_time()
        person.release(y, x + shift)
        if not updated:
            message = "the drag did not reach the table"
            raise RuntimeError(message)
        times["release to table"].append(1e3 * (updated[-1] - start))
        times.setdefault("release to the canvas' marks", []).append(
            1e3 * (time.process_time() - start)
        )
        settle(6)
    return times


def report(title: str, times: dict[str, list[float]]) -> None:
    """Print median and 95th percentile."""
    print(title)
    for name, values in times.items():
        middle, high = np.percentile(values, [50, 95])
        print(f"  {name:30s} median {middle:6.1f} ms   95th percentile {high:6.1f} ms")


def main() -> None:
    """Measure both cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--picture", choices=("small", "large", "both"), default="both")
    wish = parser.parse_args()
    edits = wish.edits
    cases = {"small": ((20, 4, 1220, 1650),), "large": ((30, 12, 3000, 4000),)}
    wanted = cases.get(wish.picture, cases["small"] + cases["large"])
    for lanes, rows, height, width in wanted:
        viewer, person = open_window(draw(lanes, rows, height, width))
        session = window_of(viewer).controller.session
        start = time.process_time()
        EditSession.open(session.path)
        whole = time.process_time() - start
        found = len(session.measurement.lanes), len({b.row for b in session.measurement.bands})
        times = measure(viewer, person, edits)
        title = f"{lanes} lanes x {rows} rows (found {found[0]} x {found[1]}), {width} x {height}"
        report(f"{title}; the whole picture: {1e3 * whole:.0f} ms", times)
        window_of(viewer).controller.save()  # with edits unsaved closing would ask
        viewer.close()


if __name__ == "__main__":
    main()
