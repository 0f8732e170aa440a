"""False alarms and hits of the screening for repeated lanes and seams, on real and drawn blots.

BLOTFLUX_REAL_BLOTS=folder python benchmarks/integrity.py

Every real picture, and clean drawn ones, are screened as they are: whatever is found is a false
alarm. Then each is manipulated, once for each kind, and screened again. Kinds marked "tuned" were
looked at while thresholds were chosen, "kept back" were not; "exported" are those whose pixels
were changed by saving them, too.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from blotflux.blot import Blot, Lane
from blotflux.blot.read import read
from blotflux.integrity import find_repeated_lanes, find_seams
from blotflux.measure.lanes.find import find_lanes
from blotflux.measure.noise import estimate_noise
from blotflux.synthetic import KINDS, draw_kind

LANE_PX_MIN = 1200
PUBLISHED = ("pmc", "plos", "naca")
"""Published panels: their lanes are too small or their noise is gone."""

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Case:
    """One clean picture and its lanes."""

    name: str
    blot: Blot
    lanes: tuple[Lane, ...]
    sigma: float

    def changed(self, signal: Array) -> Blot:
        """Return the blot with another signal, nothing of which is masked."""
        none = np.zeros(signal.shape, bool)
        signal = np.ascontiguousarray(signal, dtype=np.float32)
        return replace(self.blot, signal=signal, saturated=none, invalid=none)


def real_cases(folder: Path) -> Iterator[Case]:
    """Yield every picture of a folder."""
    for path in sorted([*folder.glob("*.tif"), *folder.glob("*.png")]):
        yield case_of(path.name, read(path, name=path.name))


def drawn_cases(count: int, first: int) -> Iterator[Case]:
    """Yield clean drawn pictures of every kind."""
    for kind in KINDS:
        for seed in range(first, first + count):
            drawn = draw_kind(kind, seed)
            signal = drawn.image.astype(np.float64)
            blot = Blot.from_signal(signal if drawn.polarity == "light_on_dark" else -signal)
            yield case_of(f"drawn {kind} {seed}", blot)


def case_of(name: str, blot: Blot) -> Case:
    """Return a picture with its lanes."""
    noise = estimate_noise(blot)
    return Case(name=name, blot=blot, lanes=find_lanes(blot, noise), sigma=noise.sigma)


# ---------------------------------------------------------------- lanes copied


def brighter(patch: Array, case: Case, chance: np.random.Generator) -> Array:
    """Change the contrast by 20 %, up or down."""
    return np.median(patch) + chance.choice([0.8, 1.2]) * (patch - np.median(patch))


def noisier(patch: Array, case: Case, chance: np.random.Generator) -> Array:
    """Add as much noise as the picture has."""
    return patch + chance.normal(0, case.sigma, patch.shape)


def gamma(patch: Array, case: Case, chance: np.random.Generator) -> Array:
    """Bend the contrast."""
    low, span = patch.min(), max(float(np.ptp(patch)), 1e-9)
    return low + span * ((patch - low) / span) ** 1.3


def blurred(patch: Array, case: Case, chance: np.random.Generator) -> Array:
    """Blur a little."""
    return cv2.GaussianBlur(patch, (0, 0), 0.6)


def jpeg(signal: Array, quality: int) -> Array:
    """Save as an 8-bit JPEG and read again."""
    low, span = float(signal.min()), max(float(np.ptp(signal)), 1e-9)
    gray = np.clip((signal - low) / span * 255, 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE).astype(np.float32)


def enlarged(signal: Array) -> Array:
    """Return the picture 5 % larger (the lanes are scaled by the caller)."""
    return cv2.resize(signal, None, fx=1.05, fy=1.05, interpolation=cv2.INTER_CUBIC)


COPIES: dict[str, tuple[str, Callable[[Array, Case, np.random.Generator], Array], bool, int]] = {
    "mirrored": ("tuned", lambda p, c, r: p[:, ::-1], False, 0),
    "shifted 1-3 px": ("tuned", lambda p, c, r: p, True, 0),
    "contrast 20 %": ("tuned", brighter, False, 0),
    "JPEG 80": ("tuned", lambda p, c, r: p, False, 80),
    "contrast, noise": ("tuned", lambda p, c, r: noisier(brighter(p, c, r), c, r), False, 0),
    "noise": ("kept back", noisier, False, 0),
    "gamma 1.3": ("kept back", gamma, False, 0),
    "mirrored, shifted, JPEG 80": ("kept back", lambda p, c, r: p[:, ::-1], True, 80),
    "turned by 180 degrees": ("kept back", lambda p, c, r: p[::-1, ::-1], False, 0),
    "blurred 0.6 px, JPEG 90": ("kept back", blurred, False, 90),
}


def box_of(lane: Lane, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return top, bottom and center of a lane."""
    top, bottom = max(0, int(lane.track_y_px[0])), min(shape[0], int(lane.track_y_px[-1]) + 1)
    return top, bottom, round(float(lane.x_at((top + bottom) / 2)))


def with_copy(case: Case, kind: str, chance: np.random.Generator) -> Array | None:
    """Return the picture with one lane over another, or None where none is large enough."""
    _, change, shift, quality = COPIES[kind]
    signal = case.blot.signal
    wide = [
        lane
        for lane in case.lanes
        if 0.76 * lane.width_px * (lane.track_y_px[-1] - lane.track_y_px[0] - 8) >= LANE_PX_MIN
    ]
    if len(wide) < 2:
        return None
    one, two = (wide[k] for k in chance.choice(len(wide), 2, replace=False))
    top, bottom, x = box_of(one, signal.shape)
    other_top, other_bottom, to = box_of(two, signal.shape)
    half = min(int(0.45 * one.width_px), x, to, signal.shape[1] - 1 - max(x, to))
    top, bottom = max(top, other_top), min(bottom, other_bottom)
    if bottom - top < 20 or half < 5:
        return None
    patch = change(signal[top:bottom, x - half : x + half + 1].astype(np.float32), case, chance)
    dy, dx = (chance.integers(1, 4, 2) * chance.choice([-1, 1], 2)) if shift else (0, 0)
    out = signal.astype(np.float32).copy()
    rows = np.clip(np.arange(top, bottom) + dy, 0, signal.shape[0] - 1)
    columns = np.clip(np.arange(to - half, to + half + 1) + dx, 0, signal.shape[1] - 1)
    out[np.ix_(rows, columns)] = patch
    return jpeg(out, quality) if quality else out


# ---------------------------------------------------------------- pictures joined


def matched(left: Array, right: Array) -> Array:
    """Bring both sides' background at the seam to one level."""
    return right + np.median(left[:, -6:]) - np.median(right[:, :6])


def span_of(case: Case) -> tuple[int, int]:
    """Return the columns that hold lanes: seams run through membranes, not through paper."""
    width = case.blot.shape[1]
    edges = [
        (min(lane.track_x_px) - 0.6 * lane.width_px, max(lane.track_x_px) + 0.6 * lane.width_px)
        for lane in case.lanes
    ]
    left = max(0, int(min((edge for edge, _ in edges), default=0)))
    right = min(width, int(max((edge for _, edge in edges), default=width)) + 1)
    return (left, right) if right - left >= 60 else (0, width)


def cut_out(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Take out a piece between lanes and join what is left, at one background."""
    signal = case.blot.signal.astype(np.float32)
    start, stop = span_of(case)
    at = start + int(chance.uniform(0.25, 0.75) * (stop - start))
    gap = int(chance.uniform(0.08, 0.2) * (stop - start))
    left, right = signal[:, :at], signal[:, at + gap :]
    return np.hstack([left, matched(left, right)]), at


def swapped(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Crop to the lanes and put the right part before the left."""
    start, stop = span_of(case)
    signal = case.blot.signal[:, start:stop].astype(np.float32)
    at = int(chance.uniform(0.35, 0.65) * signal.shape[1])
    left, right = signal[:, at:], signal[:, :at]
    return np.hstack([left, matched(left, right)]), left.shape[1]


def mirrored_half(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Join a part and another one that is upside down."""
    signal, at = cut_out(case, chance)
    right = signal[::-1, at:]
    return np.hstack([signal[:, :at], matched(signal[:, :at], right)]), at


def with_noise(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Cut out, join, and add half of the picture's noise."""
    signal, at = cut_out(case, chance)
    return signal + chance.normal(0, 0.5 * case.sigma, signal.shape).astype(np.float32), at


def mirrored_right(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Join a part and what lay to the right of it, mirrored."""
    signal, at = cut_out(case, chance)
    right = signal[:, at : max(at + 1, span_of(case)[1] - case.blot.shape[1] + signal.shape[1])]
    right = right[:, ::-1]
    return np.hstack([signal[:, :at], matched(signal[:, :at], right)]), at


def brighter_right(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Cut out, change the contrast of the right part by 20 %, join."""
    signal, at = cut_out(case, chance)
    right = chance.choice([0.8, 1.2]) * signal[:, at:]
    return np.hstack([signal[:, :at], matched(signal[:, :at], right)]), at


def as_eight_bits(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Cut out, join, and save with 8 bits, the 2 % darkest clipped."""
    signal, at = cut_out(case, chance)
    low, high = np.percentile(signal, [2, 99.9])
    return np.round(np.clip((signal - low) / max(high - low, 1e-9), 0, 1) * 255), at


def from_jpeg(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Save as JPEG 80, then cut out and join."""
    saved = replace(case, blot=case.changed(jpeg(case.blot.signal, 80)))
    return cut_out(saved, chance)


def as_jpeg(case: Case, chance: np.random.Generator) -> tuple[Array, int]:
    """Cut out, join, and save as JPEG 80."""
    signal, at = cut_out(case, chance)
    return jpeg(signal, 80), at


SPLICES: dict[str, tuple[str, Callable[[Case, np.random.Generator], tuple[Array, int]]]] = {
    "cut out": ("tuned", cut_out),
    "swapped": ("tuned", swapped),
    "joined upside down": ("kept back", mirrored_half),
    "cut out, noise added": ("kept back", with_noise),
    "joined mirrored": ("kept back", mirrored_right),
    "cut out, contrast 20 %": ("kept back", brighter_right),
    "saved as JPEG 80, cut out": ("exported", from_jpeg),
    "cut out, saved with 8 bits": ("exported", as_eight_bits),
    "cut out, saved as JPEG 80": ("exported", as_jpeg),
}


# ---------------------------------------------------------------- rates


def is_published(case: Case) -> bool:
    """Whether a picture is a published panel."""
    return case.name.startswith(PUBLISHED)


def show(title: str, hits: dict[str, list[bool]], kinds: dict[str, str]) -> None:
    """Print a line per kind and one for all of them."""
    print(f"\n{title}")
    for kind, seen in hits.items():
        print(f"  {kind:32s} {kinds[kind]:9s} {sum(seen):4d} of {len(seen):4d}")
    for group in dict.fromkeys(kinds.values()):
        seen = [hit for kind, many in hits.items() if kinds[kind] == group for hit in many]
        print(f"  all, {group:27s} {sum(seen):14d} of {len(seen):4d} ({np.mean(seen):.0%})")


def main() -> None:
    """Screen, manipulate, screen again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawn", type=int, default=10, help="drawn pictures of each kind")
    parser.add_argument("--first", type=int, default=100, help="first seed of drawn pictures")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--missed", action="store_true", help="name the seams that were missed")
    options = parser.parse_args()
    folder = os.environ.get("BLOTFLUX_REAL_BLOTS", "")
    if not folder:
        sys.exit("BLOTFLUX_REAL_BLOTS is not set: it names a folder of real blots")
    chance = np.random.default_rng(options.seed)
    real = list(real_cases(Path(folder)))
    drawn = list(drawn_cases(options.drawn, options.first))
    for title, cases in (("real", real), ("drawn", drawn)):
        repeats = [case.name for case in cases if find_repeated_lanes(case.blot, case.lanes)]
        seams = [case.name for case in cases if find_seams(case.blot, case.lanes)]
        lossy = [case for case in cases if not is_published(case)]
        after = [
            case.name
            for case in lossy
            if find_repeated_lanes(changed := case.changed(jpeg(case.blot.signal, 80)), case.lanes)
            or find_seams(changed, case.lanes)
        ]
        print(f"{title}: {len(cases)} pictures; repeated lanes: {repeats}; seams: {seams}")
        print(f"  of {len(lossy)} saved as JPEG 80: {after}", flush=True)
    copies: dict[str, list[bool]] = {}
    splices: dict[str, list[bool]] = {}
    raw: dict[str, list[bool]] = {}
    for case in real * options.repeats:
        for kind in COPIES if not is_published(case) else ():
            signal = with_copy(case, kind, chance)
            if signal is not None:
                seen = bool(find_repeated_lanes(case.changed(signal), case.lanes))
                copies.setdefault(kind, []).append(seen)
        for kind, (_, make) in SPLICES.items():
            signal, at = make(case, chance)
            joined = case.changed(signal)
            seams = find_seams(joined, find_lanes(joined, estimate_noise(joined)))
            seen = any(seam.boxes[0].left <= at <= seam.boxes[0].right for seam in seams)
            splices.setdefault(kind, []).append(seen)
            if case.blot.source.bit_depth > 8:
                raw.setdefault(kind, []).append(seen)
            if not seen and options.missed:
                print(f"  missed: {kind} {case.name}")
    show("lanes copied within a picture", copies, {k: v[0] for k, v in COPIES.items()})
    kinds = {kind: group for kind, (group, _) in SPLICES.items()}
    show("pictures joined", splices, kinds)
    show("pictures joined, 12 and 16 bits", raw, kinds)


if __name__ == "__main__":
    main()
