"""Drawn blots and studies as files."""

from __future__ import annotations

import csv
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import tifffile

from blotflux import __version__
from blotflux.output import RUN_FILE, output_folder, sha256_of
from blotflux.synthetic import draw_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from blotflux.synthetic import SyntheticBlot
    from blotflux.synthetic.study import DrawnStudy

    Progress = Callable[[int, int, str], None]

__all__ = ["write_drawn_blots", "write_drawn_study", "write_record"]


def write_drawn_study(drawn: DrawnStudy, folder: Path) -> None:
    """Write a drawn study's pictures, study file and sheet into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in drawn.images.items():
        _write_tiff(folder / name, image)
    for name, text in (("study.toml", drawn.study_toml), ("lanes.csv", drawn.lanes_csv)):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def write_drawn_blots(
    directory: Path,
    *,
    kinds: Sequence[str],
    seeds: Sequence[int],
    force: bool = False,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Draw blots and write them with their truth.

    Parameters
    ----------
    directory : Path
        Gets one ``kind_seed.tif`` per blot, ``truth_lanes.csv`` and ``truth_bands.csv``.
    kinds : sequence of str
        Names in `blotflux.synthetic.KINDS`.
    seeds : sequence of int
        One blot of each kind is drawn from each.
    force : bool
        Replace an earlier set.
    progress : function of (done, total, name), optional

    Returns
    -------
    tuple of str
        The pictures' names.

    Raises
    ------
    OutputError
        If something is there that may not be replaced.
    """
    wanted = [(kind, seed) for kind in kinds for seed in seeds]
    lanes: list[dict[str, Any]] = []
    bands: list[dict[str, Any]] = []
    names: list[str] = []
    with output_folder(directory, force=force) as folder:
        for kind, seed in wanted:
            name = f"{kind}_{seed:04d}.tif"
            blot = draw_kind(kind, seed)
            _write_tiff(folder / name, blot.image)
            lanes += _lane_rows(name, blot)
            bands += _band_rows(name, blot)
            names.append(name)
            if progress is not None:
                progress(len(names), len(wanted), name)
        _write_csv(folder / "truth_lanes.csv", lanes)
        _write_csv(folder / "truth_bands.csv", bands)
        write_record(folder, {"kinds": list(kinds), "seeds": list(seeds)})
    return tuple(names)


def write_record(folder: Path, content: Mapping[str, Any]) -> None:
    """Write ``run.json`` of a folder of drawn files, with the SHA-256 of each.

    The digests let ``--force`` tell a drawn file from one that was edited since.
    """
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    record = {
        "versions": {"blotflux": __version__},
        **content,
        "sha256": {path.relative_to(folder).as_posix(): sha256_of(path) for path in files},
    }
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    (folder / RUN_FILE).write_text(text, encoding="utf-8", newline="\n")


def _write_tiff(path: Path, image: NDArray[Any]) -> None:
    # No metadata: the same picture is the same bytes, whenever and wherever it is written.
    tifffile.imwrite(path, image, photometric="minisblack", metadata=None, compression="zlib")


def _lane_rows(image: str, blot: SyntheticBlot) -> Iterable[dict[str, Any]]:
    for lane in blot.truth.lanes:
        middle = (lane.track_y_px[0] + lane.track_y_px[-1]) / 2
        yield {
            "image": image,
            "polarity": str(blot.polarity),
            "lane": lane.number,
            "role": str(lane.role),
            "empty": str(lane.empty).lower(),
            "x_px": float(lane.x_at(middle)),
            "x_top_px": lane.track_x_px[0],
            "x_bottom_px": lane.track_x_px[-1],
            "width_px": lane.width_px,
        }


def _band_rows(image: str, blot: SyntheticBlot) -> Iterable[dict[str, Any]]:
    for band in blot.truth.bands:
        values = {item.name: getattr(band, item.name) for item in fields(band)}
        yield {"image": image, **values, "present": str(band.present).lower()}


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
