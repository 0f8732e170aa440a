"""QC rules that need the picture: D-GHOST, D-BG, the smile of D-EDGE and the plateaus of D-SAT.

They are not part of measuring; a study and ``quantify`` call them on what was measured.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from blotflux.blot import LaneRole
from blotflux.findings import Finding, Severity
from blotflux.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from blotflux.blot import Band
    from blotflux.measure.result import Measurement

__all__ = ["check_image", "is_hollow"]

HOLLOW = 0.9
"""Center over rim below which a band is hollow (project default)."""

CERTAIN = 4.0
"""Standard errors by which a rim must exceed the center; a flat band with noise is not hollow."""

PLATEAU_ROWS = 3
PLATEAU_STEPS = 3.0
"""Steps of the picture's values by which a band must fall over its top rows to tell a plateau."""

CLEAR_SNR = 10.0
BACKGROUND_WARN, BACKGROUND_FAIL = 0.10, 0.30
SMILE_HEIGHTS = 0.5
FEWEST_IN_ROW = 4


def check_image(measurement: Measurement) -> Measurement:
    """Return a measurement with GHOST on hollow bands and the findings of the picture's rules."""
    hollow = {
        index
        for index, band in enumerate(measurement.bands)
        if band.detected and band.snr >= CLEAR_SNR and is_hollow(measurement, band)
    }
    bands = tuple(
        replace(band, flags=tuple(sorted({*band.flags, str(Flag.GHOST)})))
        if index in hollow
        else band
        for index, band in enumerate(measurement.bands)
    )
    bands = tuple(with_plateau(measurement, band) for band in bands)
    findings = (*uneven_backgrounds(measurement), *bent_rows(measurement))
    return replace(measurement, bands=bands, findings=(*measurement.findings, *findings))


def sample_bands(measurement: Measurement) -> Iterator[Band]:
    """Yield the detected bands of lanes that are no ladders."""
    ladders = {
        (lane.panel, lane.number) for lane in measurement.lanes if lane.role is LaneRole.LADDER
    }
    for band in measurement.bands:
        if band.detected and (band.panel, band.lane) not in ladders:
            yield band


def patch_of(measurement: Measurement, band: Band) -> NDArray[np.float64]:
    """Return the signal over the background in a band's box."""
    box = band.box
    place = np.s_[box.top : box.bottom, box.left : box.right]
    return np.asarray(measurement.blot.signal[place] - measurement.background[place], np.float64)


# ---------------------------------------------------------------- D-GHOST


def is_hollow(measurement: Measurement, band: Band) -> bool:
    """Return whether a band's center is below 0.9 of its rim on all four sides.

    A band that is merely stronger at its ends, or flat on top, is not hollow: it still falls off
    above and below its center line. Substrate that is used up leaves a ring.
    """
    patch = patch_of(measurement, band)
    rows, columns = patch.shape
    if rows < 7 or columns < 9:
        return False
    at_y = min(max(round(band.y_px - band.box.top), 1), rows - 2)
    at_x = min(max(round(band.x_px - band.box.left), columns // 3), columns - columns // 3 - 1)
    wide = slice(at_x - columns // 6, at_x + columns // 6 + 1)
    high = slice(at_y - 1, at_y + 2)
    sigma = measurement.noise.sigma * np.sqrt(measurement.noise.correlation)
    down = patch[:, wide].mean(axis=1)
    across = patch[high].mean(axis=0)
    return dips(down, at_y, 1, sigma / np.sqrt(columns / 3)) and dips(
        across, at_x, columns // 6, sigma / np.sqrt(3)
    )


def dips(profile: NDArray[np.float64], middle: int, reach: int, noise: float) -> bool:
    """Return whether a profile is lower around its middle than on both sides, beyond its noise."""
    smooth = np.convolve(profile, np.full(3, 1 / 3), mode="same")
    first, last = smooth[: middle - reach], smooth[middle + reach + 1 :]
    if not first.size or not last.size:
        return False
    center = float(profile[middle - reach : middle + reach + 1].mean())
    rim = float(min(first.max(), last.max()))
    return rim > 0 and center < HOLLOW * rim and rim - center > CERTAIN * noise / np.sqrt(3)


# ---------------------------------------------------------------- D-SAT


def with_plateau(measurement: Measurement, band: Band) -> Band:
    """Return a band with the pixels of a plateau as saturated, where its top is one.

    A picture that was clipped and then scaled or offset has no pixel at the detector's limit, and
    each band may end at a value of its own.
    """
    if band.saturated_px or not band.detected or not band.snr >= CLEAR_SNR:
        return band
    count, share = plateau(measurement, band)
    if not count:
        return band
    flags = tuple(sorted({*band.flags, str(Flag.SATURATED)}))
    return replace(band, saturated_px=count, saturated_fraction=share, flags=flags)


def plateau(measurement: Measurement, band: Band) -> tuple[int, float]:
    """Return the pixels at a band's top value and their share of those above half; 0 if no plateau.

    The band's three highest rows must hold one value all over its middle third, although a band of
    its width and height would have fallen by several steps of the picture's values over them.
    """
    box = band.box
    patch = np.asarray(measurement.blot.signal[box.top : box.bottom, box.left : box.right])
    third = patch[:, patch.shape[1] // 3 : patch.shape[1] - patch.shape[1] // 3]
    top = float(patch.max(initial=-np.inf))
    flat = np.all(third == top, axis=1)
    runs = np.convolve(flat, np.ones(PLATEAU_ROWS), mode="valid") if flat.size else np.zeros(1)
    if third.shape[1] < PLATEAU_ROWS or not runs.max(initial=0.0) >= PLATEAU_ROWS:
        return 0, 0.0
    levels = np.unique(patch)
    step = float(np.diff(levels).min()) if levels.size > 1 else np.inf
    base = float(np.median(patch[[0, -1]]))
    fall = (top - base) * -float(np.expm1(-0.5 / max(band.sigma_y_px, 1.0) ** 2))
    if fall < PLATEAU_STEPS * step:
        return 0, 0.0
    count = int(np.count_nonzero(patch == top))
    return count, count / max(1, int(np.count_nonzero(patch >= 0.5 * (top + base))))


# ---------------------------------------------------------------- D-BG


def uneven_backgrounds(measurement: Measurement) -> Iterator[Finding]:
    """D-BG: background that differs between the clear bands of a panel, against their height."""
    panels: dict[int, list[Band]] = {}
    for band in sample_bands(measurement):
        if band.snr >= CLEAR_SNR:
            panels.setdefault(band.panel, []).append(band)
    for panel, bands in sorted(panels.items()):
        backgrounds = [band.background / band.box.area_px for band in bands if band.box.area_px]
        heights = [float(np.max(patch_of(measurement, band), initial=0.0)) for band in bands]
        middle = float(np.median(heights))
        if len(backgrounds) < FEWEST_IN_ROW or not middle > 0:
            continue
        share = float(np.ptp(backgrounds)) / middle
        if share > BACKGROUND_WARN:
            failed = share > BACKGROUND_FAIL
            limit = BACKGROUND_FAIL if failed else BACKGROUND_WARN
            yield Finding(
                severity=Severity.FAIL if failed else Severity.WARN,
                code="D-BG",
                panel=panel,
                message=(
                    f"The background differs between bands by {100 * share:.3g} % of their median "
                    f"height (limit {100 * limit:g} %, project default)."
                ),
                value=share,
                threshold=limit,
            )


# ---------------------------------------------------------------- D-EDGE


def bent_rows(measurement: Measurement) -> Iterator[Finding]:
    """D-EDGE: a row whose bands depart from a straight line by half a band's height or more."""
    rows: dict[tuple[int, int], list[Band]] = {}
    for band in sample_bands(measurement):
        rows.setdefault((band.panel, band.row), []).append(band)
    for (panel, row), bands in sorted(rows.items()):
        away = departure(bands)
        if away is not None and away > SMILE_HEIGHTS:
            yield Finding(
                severity=Severity.WARN,
                code="D-EDGE",
                panel=panel,
                message=(
                    f"Row {row} smiles: its bands depart from a straight line by {away:.2g} band "
                    f"heights (limit {SMILE_HEIGHTS:g}, project default)."
                ),
                value=away,
                threshold=SMILE_HEIGHTS,
            )


def departure(bands: Sequence[Band]) -> float | None:
    """Return the largest distance from a row's straight line, in band heights; None if few."""
    if len(bands) < FEWEST_IN_ROW:
        return None
    x = np.array([band.x_px for band in bands])
    y = np.array([band.y_px for band in bands])
    line = np.polyval(np.polyfit(x, y, 1), x)
    heights = [band.sigma_y_px for band in bands if np.isfinite(band.sigma_y_px)]
    # The full width at half maximum of a band of this sigma.
    height = 2.355 * float(np.median(heights)) if heights else 0.0
    return float(np.abs(y - line).max()) / height if height > 0 else None
