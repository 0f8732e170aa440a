"""Damage files of every format at random and read them: only `BlotError` may come out.

Run by hand for as long as there is time::

    python tests/blot/fuzz_readers.py --minutes 30 --corpus fuzz-corpus

The corpus keeps every file that raised anything else, with the exception's text beside it.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile

sys.path.insert(0, str(Path(__file__).parent))

from blot_drawings import draw_bands
from build_instruments import (
    build_1sc,
    build_bmp,
    build_fuji_inf,
    build_gel,
    build_licor_tiff,
    build_licor_zip,
    build_scn,
)
from build_tiff import COLORMAP, EXTRA, SHORT, Page, build_tiff

from blotflux.blot.read import read_planes
from blotflux.errors import BlotError

TOKENS = (
    b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\x01\x00", b"\xff\xff",
    b"\x7f\xff\xff\xff", b"nan", b"-1", b"99999999", b"<", b"&a;", b"\r\n\r\n", b"\x00",
    b"ImageJ=1\nimages=99999\n", b"<OME><Pixels SizeC='9'/></OME>", b'{"shape": [3, 9, 9]}',
)  # fmt: skip


def seeds() -> dict[str, bytes]:
    """Return one small file of each kind."""
    bands = draw_bands(rows=24, columns=48, lanes=3)
    gray = (bands // 128).astype(np.uint8)
    ramp = [*(np.arange(256) * 257)]
    rgb = np.stack([gray] * 3, axis=-1)
    files = {
        "plain.tif": build_tiff(Page(bands)),
        "big.tif": build_tiff(Page(bands), order=">", big=True),
        "pages.tif": build_tiff(Page(bands), Page(gray)),
        "white.tif": build_tiff(Page(gray, photometric=0)),
        "palette.tif": build_tiff(Page(gray, photometric=3, tags={COLORMAP: (SHORT, ramp * 3)})),
        "rgb.tif": build_tiff(Page(rgb, photometric=2, planar=2)),
        "alpha.tif": build_tiff(Page(np.dstack([rgb, gray]), 2, {EXTRA: (SHORT, [2])})),
        "float.tif": build_licor_tiff(bands / 100),
        "scan.gel": build_gel(bands, square_root=True, scale=(1, 2)),
        "scan.zip": build_licor_zip({"700": bands, "800": bands}),
        "blot.scn": build_scn([bands, bands]),
        "blot.1sc": build_1sc(bands),
        "blot.inf": build_fuji_inf(bands.shape),
        "blot.bmp": build_bmp(gray),
        "gray.png": imagecodecs.png_encode(bands),
        "rgb.png": imagecodecs.png_encode(rgb),
        "gray.jpg": imagecodecs.jpeg_encode(gray),
    }
    for name, options in {
        "zlib.tif": {"compression": "zlib", "rowsperstrip": 5},
        "lzw.tif": {"compression": "lzw", "predictor": True},
        "jpeg.tif": {"compression": "jpeg"},
        "tiles.tif": {"tile": (16, 16), "compression": "zstd"},
    }.items():
        values = gray if name == "jpeg.tif" else bands
        files[name] = _tifffile(values, metadata=None, **options)
    stack = np.stack([bands, bands]).reshape(2, 1, *bands.shape)
    files["ij.tif"] = _tifffile(stack, imagej=True, metadata={"axes": "ZCYX"})
    files["x.ome.tif"] = _tifffile(stack, ome=True, metadata={"axes": "CTYX"})
    files["shaped.tif"] = _tifffile(stack, photometric="minisblack")
    return files


def _tifffile(values: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with a few of them changed, cut, doubled, or replaced by tokens."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        # Headers decide what is read; half of the damage goes there.
        reach = min(len(out), 400) if chance.random() < 0.5 else len(out)
        if not reach:
            return bytes(out)
        at, kind = chance.randrange(reach), chance.randrange(6)
        if kind == 0:
            out[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            out[at] = chance.randrange(256)
        elif kind == 2:
            token = chance.choice(TOKENS)
            out[at : at + len(token)] = token
        elif kind == 3:
            del out[at : at + chance.choice((1, 2, 4, 16, 200))]
        elif kind == 4:
            out[at:at] = out[at : at + chance.choice((1, 4, 64))]
        else:
            del out[at if chance.random() < 0.3 else len(out) - 1 - at % 50 :]
    return bytes(out)


def try_file(path: Path) -> str:
    """Read a file; return an empty text, or the trace of what should not have come out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            blots = read_planes(path, max_megapixels=1)
    except BlotError as error:
        return "" if len(str(error).splitlines()) == 1 else f"more than one line: {error!r}"
    except Exception:  # what is looked for
        return traceback.format_exc()
    return "" if all(np.isfinite(blot.signal).all() for blot in blots) else "signal not finite"


def main() -> int:
    """Damage and read until the time is up; return how many kinds of failure were found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--corpus", type=Path, default=Path("fuzz-corpus"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    chance, files = random.Random(options.seed), seeds()
    failures: dict[str, int] = {}
    count, slowest, end = 0, (0.0, ""), time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        partner = Path(folder) / "blot.img"
        partner.write_bytes(draw_bands(rows=24, columns=48, lanes=3).astype(">u2").tobytes())
        while time.monotonic() < end:
            name = chance.choice(list(files))
            data = mutate(files[name], chance)
            if name == "scan.zip" and chance.random() < 0.5:
                data = _rezip(chance)
            path = Path(folder) / name
            path.write_bytes(data)
            start = time.monotonic()
            trace = try_file(path)
            slowest = max(slowest, (time.monotonic() - start, name))
            count += 1
            if trace:
                key = trace.strip().splitlines()[-1][:80]
                failures[key] = failures.get(key, 0) + 1
                if failures[key] == 1:
                    options.corpus.mkdir(parents=True, exist_ok=True)
                    kept = options.corpus / f"{len(failures):03d}-{name}"
                    kept.write_bytes(data)
                    kept.with_name(kept.name + ".txt").write_text(trace)
    lines = [f"{count} files read, slowest {slowest[0]:.1f} s ({slowest[1]})"]
    lines += [f"{times:6d}  {key}" for key, times in failures.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return len(failures)


def _rezip(chance: random.Random) -> bytes:
    """Return a sound zip of a damaged TIFF, so that damage reaches what is inside."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("700.tif", mutate(build_tiff(Page(draw_bands(24, 48, 3))), chance))
    return stream.getvalue()


if __name__ == "__main__":
    sys.exit(main())
