"""Coverage-guided fuzzing of one target, or of all in turn, with atheris.

    pip install atheris
    python tests/fuzz/run_fuzz.py --minutes 120 --folder fuzz

Each target runs in a process of its own for its share of the time, in rounds, and goes on with the
inputs that it has found. Everything a target raises is kept in ``FOLDER/findings`` once for each
place it was raised at; the number of executions is added up in ``FOLDER/executions.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import traceback
import warnings
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE / "corpus.zip"
INSTRUMENTED = ["blotflux", "tifffile", "zipfile", "tomllib", "openpyxl", "csv", "json", "struct"]


def fuzz(name: str, folder: Path, seconds: int) -> None:
    """Fuzz one target in this process; does not return."""
    import atheris

    sys.path.insert(0, str(HERE))
    with atheris.instrument_imports(include=INSTRUMENTED, enable_loader_override=False):
        import targets
    warnings.simplefilter("error")
    # What no reader of ours knows would go to whatever BioIO has installed.
    targets.bio_io.is_installed = lambda: False
    target = targets.TARGETS[name]
    corpus, findings = folder / "corpus" / name, folder / "findings"
    for place in (corpus, findings):
        place.mkdir(parents=True, exist_ok=True)
    for seed, data in {**target.seeds(), **kept(name)}.items():
        (corpus / seed).write_bytes(data)
    tokens = folder / "tokens.dict"
    tokens.write_text("\n".join(targets.dictionary()) + "\n")

    def one(data: bytes) -> None:
        try:
            target.run(data)
        except Exception as error:  # what is looked for
            keep(findings, name, data, error)

    arguments = [
        sys.argv[0], str(corpus), f"-max_total_time={seconds}", f"-max_len={target.longest}",
        f"-dict={tokens}", "-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1",
        "-reload=0", f"-artifact_prefix={findings}/{name}-",
    ]  # fmt: skip
    atheris.Setup(arguments, one)
    atheris.Fuzz()


def kept(name: str) -> dict[str, bytes]:
    """Return the inputs of a target that lie beside this file."""
    if not CORPUS.is_file():
        return {}
    with zipfile.ZipFile(CORPUS) as archive:
        names = [item for item in archive.namelist() if item.startswith(f"{name}/")]
        return {item.partition("/")[2]: archive.read(item) for item in names}


def keep(findings: Path, name: str, data: bytes, error: Exception) -> None:
    """Write an input that should not have raised, once for each place."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "blotflux" in frame.filename] or frames
    place = f"{type(error).__name__}-{Path(ours[-1].filename).stem}-{ours[-1].lineno}"
    path = findings / f"{name}-{place}"
    if not path.exists():
        path.write_bytes(data)
        path.with_name(f"{path.name}.txt").write_text("".join(traceback.format_exception(error)))


def in_turn(folder: Path, names: list[str], seconds: float, slice_s: int) -> None:
    """Run every target for a slice of time, again and again, until the time is up."""
    end = time.monotonic() + seconds
    counts_path = folder / "executions.json"
    counts = json.loads(counts_path.read_text()) if counts_path.exists() else {}
    while time.monotonic() < end:
        for name in names:
            log = folder / f"{name}.log"
            command = [sys.executable, __file__, "--target", name, "--folder", str(folder)]
            command += ["--seconds", str(slice_s)]
            with log.open("wb") as file:
                subprocess.run(command, stdout=file, stderr=file, check=False)
            found = re.findall(
                r"stat::number_of_executed_units:\s+(\d+)|^#(\d+)",
                log.read_text(errors="replace"),
                re.MULTILINE,
            )
            count = max((int(one or two) for one, two in found), default=0)
            entry = counts.setdefault(name, {"executions": 0, "seconds": 0})
            entry["executions"] += count
            entry["seconds"] += slice_s
            counts_path.write_text(json.dumps(counts, indent=1))
            total = sum(item["executions"] for item in counts.values())
            sys.stdout.write(f"{name}: {count} (all: {total})\n")
            sys.stdout.flush()
            if time.monotonic() >= end:
                break


def pack(folder: Path, most: int) -> None:
    """Put inputs of each target, of all sizes, and its findings into the corpus that is kept."""
    with zipfile.ZipFile(CORPUS, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in sorted((folder / "corpus").iterdir()):
            files = sorted(place.iterdir(), key=lambda file: (file.stat().st_size, file.name))
            chosen = files[:: max(1, len(files) // most)][:most]
            chosen += sorted((folder / "findings").glob(f"{place.name}-*[!t][!x][!t]"))
            for file in chosen:
                data = file.read_bytes()
                item = zipfile.ZipInfo(f"{place.name}/{hashlib.sha256(data).hexdigest()[:16]}")
                item.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(item, data)


def main() -> None:
    """Fuzz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("fuzz"))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--slice", type=int, default=60, help="seconds of each target in a round")
    parser.add_argument("--target", help="this one only, in this process")
    parser.add_argument("--only", help="these, separated by commas, in turn")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--pack", type=int, help="keep so many inputs of each target, and end")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.pack is not None:
        pack(options.folder, options.pack)
    elif options.target:
        sys.argv = sys.argv[:1]
        fuzz(options.target, options.folder.resolve(), options.seconds)
    else:
        sys.path.insert(0, str(HERE))
        import targets

        names = options.only.split(",") if options.only else list(targets.TARGETS)
        os.environ["OMP_NUM_THREADS"] = "1"
        in_turn(options.folder.resolve(), names, 60 * options.minutes, options.slice)


if __name__ == "__main__":
    main()
