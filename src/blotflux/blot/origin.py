"""What a picture's storage says about its numbers (rule D-FMT)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot.traces import (
    measure_block_grid,
    measure_comb,
    measure_interpolation,
    measure_rim_signal,
)
from blotflux.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from blotflux.blot.formats.stored import StoredPlane
    from blotflux.blot.framing import Framing
    from blotflux.blot.picture import Picture

__all__ = ["CODE", "find_origin"]

CODE = "D-FMT"
COARSE_BITS = 8
COMB_MIN = 0.15
CLIPPED_MIN = 0.25
GRID_MIN = 0.25
INTERPOLATION_MIN = 0.5
RIM_MAX = 0.5


def find_origin(
    values: NDArray[Any],
    signal: NDArray[np.floating],
    *,
    plane: StoredPlane,
    picture: Picture,
    protein_is_high: bool,
    framing: Framing,
) -> tuple[Finding, ...]:
    """Return what is known or seen of how a picture was stored before it came here.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        The blot's part of the picture, as stored.
    signal : ndarray, shape (rows, columns)
        The same as counts, larger where there is more protein, finite.
    plane, picture : StoredPlane, Picture
    protein_is_high : bool
        Whether more protein means a larger stored value.
    framing : Framing
        What a page encloses; pages are not counted as clipped background.

    Notes
    -----
    FAIL: lossy or photographed, so that values are not linear in light (p-values are withheld
    unless the user confirms that nothing better exists). WARN: what makes numbers coarser or hides
    the background. All limits are project defaults.
    """
    checks = (
        _said_by_file(plane, picture),
        _seen_in_levels(values, plane, picture, protein_is_high, framing),
        _seen_in_pixels(signal, plane, framing),
    )
    return tuple(finding for check in checks for finding in check)


def _said_by_file(plane: StoredPlane, picture: Picture) -> Iterator[Finding]:
    if plane.semi_quantitative:
        yield _finding(
            Severity.FAIL,
            f"The picture is semi-quantitative ({plane.semi_quantitative}): its values are not "
            "what the detector gave. Whether a band is there, and large differences, may still be "
            "concluded; sizes of effects may not. Ask its owner for the instrument's own 16-bit "
            "file, or for a flat 16-bit scan of the film.",
        )
    if picture.high is not None and picture.high < 2**COARSE_BITS:
        yield _finding(
            Severity.WARN,
            "The picture has 8 bits: 256 levels, so faint bands are coarse and strong ones clip "
            "early; ask for the 16-bit file.",
            value=float(plane.bit_depth),
            threshold=float(COARSE_BITS),
        )
    if picture.mixed:
        share = picture.colored_fraction
        yield _finding(
            Severity.WARN,
            f"The colors are not equal ({share:.1%} of pixels are colored marks, which are left "
            "out); their luma is measured. Export a gray picture.",
            value=share,
        )


def _seen_in_levels(
    values: NDArray[Any],
    plane: StoredPlane,
    picture: Picture,
    protein_is_high: bool,
    framing: Framing,
) -> Iterator[Finding]:
    if picture.mixed or values.dtype.kind == "f":
        return
    comb = measure_comb(values)
    if comb >= COMB_MIN and not plane.semi_quantitative:
        yield _finding(
            Severity.WARN,
            f"The picture's contrast was stretched before it was saved: {comb:.0%} of the levels "
            f"between its darkest and lightest are never used ({COMB_MIN:.0%} or more is a project "
            "default); ask for the unprocessed file.",
            value=comb,
            threshold=COMB_MIN,
        )
    end = picture.low if protein_is_high else picture.high
    clipped = float(np.mean(values == end))
    if clipped >= CLIPPED_MIN and not framing.regions:
        yield _finding(
            Severity.WARN,
            f"The background is clipped: {clipped:.0%} of the pixels have the value of no signal "
            f"at all ({CLIPPED_MIN:.0%} or more is a project default); faint bands may be missing.",
            value=clipped,
            threshold=CLIPPED_MIN,
        )


def _seen_in_pixels(
    signal: NDArray[np.floating], plane: StoredPlane, framing: Framing
) -> Iterator[Finding]:
    grid = measure_block_grid(signal)
    if grid >= GRID_MIN and plane.encoding != "lossy":
        yield _finding(
            Severity.INFO,
            "The picture shows the 8 x 8 blocks that JPEG leaves: it was lossy before it was saved "
            "in this format; ask for the original.",
            value=grid,
            threshold=GRID_MIN,
        )
    interpolation, period = measure_interpolation(signal)
    if interpolation >= INTERPOLATION_MIN and plane.encoding != "lossy":
        yield _finding(
            Severity.INFO,
            f"The pixels were interpolated, by the instrument or later: their noise repeats every "
            f"{period:.2f} px, so that neighbors are not independent.",
            value=interpolation,
            threshold=INTERPOLATION_MIN,
        )
    rim = measure_rim_signal(signal)
    if rim >= RIM_MAX and not framing.regions:
        yield _finding(
            Severity.WARN,
            f"The picture is cropped so that little background is left: its upper and lower edges "
            f"carry {rim:.0%} of the bands' signal ({RIM_MAX:.0%} or more is a project default). "
            "Which bands are stronger may still be concluded, by how much may not: ask its owner "
            "for a crop with at least five band heights of membrane.",
            value=rim,
            threshold=RIM_MAX,
        )


def _finding(
    severity: Severity, message: str, *, value: float | None = None, threshold: float | None = None
) -> Finding:
    return Finding(severity=severity, code=CODE, message=message, value=value, threshold=threshold)
