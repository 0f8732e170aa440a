"""From signal to the values in a file: camera, or film with scanner and JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from blotflux.blot import Polarity
from blotflux.synthetic.scene import Camera, Film, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Exposure", "expose"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exposure:
    """A picture as the detector gives it.

    Attributes
    ----------
    image : ndarray of uint8 or uint16, shape (rows, columns)
    ceiling : int
    noise_sigma, offset : float
        Of a pixel without band; in units of the file.
    limit : float
        Signal above which the detector clips, counts; infinite for film.
    rise : callable (background, height) -> float
        By how much a band of `height` on `background` (counts) raises the file's signal.
    """

    image: NDArray[np.uint8] | NDArray[np.uint16]
    ceiling: int
    noise_sigma: float
    offset: float
    limit: float
    rise: Callable[[float, float], float]


def expose(
    scene: Scene, bands: NDArray[np.float64], rest: NDArray[np.float64], rng: np.random.Generator
) -> Exposure:
    """Return the picture of `bands` and `rest`, both counts of shape (rows, columns)."""
    if isinstance(scene.detector, Film):
        return expose_film(scene.detector, bands, rest, rng)
    return expose_camera(scene.detector, bands, rest, rng, polarity=scene.polarity)


def expose_camera(
    camera: Camera,
    bands: NDArray[np.float64],
    rest: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    polarity: Polarity,
) -> Exposure:
    """Return the picture of a linear camera: shot and read noise, blur, clip, integers."""
    signal = np.maximum(bands + rest, 0)
    deviation = np.sqrt(camera.read_noise**2 + camera.gain * signal)
    values = camera.offset + signal + deviation * rng.standard_normal(signal.shape)
    kept = 1.0
    if camera.blur_px:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), camera.blur_px), np.float64)
        kept = blur_noise_factor(camera.blur_px)
    values = np.clip(np.rint(values), 0, camera.ceiling)
    if polarity is Polarity.DARK_ON_LIGHT:
        values = camera.ceiling - values
    ground = float(np.median(np.maximum(rest, 0)))
    return Exposure(
        image=values.astype(np.uint8) if camera.ceiling < 256 else values.astype(np.uint16),
        ceiling=camera.ceiling,
        noise_sigma=kept * float(np.sqrt(camera.read_noise**2 + camera.gain * ground + 1 / 12)),
        offset=camera.offset,
        limit=camera.ceiling - camera.offset,
        rise=lambda _background, height: height,
    )


def blur_noise_factor(sigma_px: float) -> float:
    """Return the factor by which the blur lowers the deviation of independent pixels."""
    size = 2 * int(np.ceil(4 * sigma_px)) + 1
    kernel = cv2.getGaussianKernel(size, sigma_px)
    return float(np.sum(kernel**2))


def blacken(film: Film, signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gray values, 0 to 255, of film exposed to `signal` (counts)."""
    exposed = np.maximum(signal, 0) / film.half_signal
    black = exposed**film.contrast / (1 + exposed**film.contrast)
    return film.white - (film.white - film.black) * black


def expose_film(
    film: Film, bands: NDArray[np.float64], rest: NDArray[np.float64], rng: np.random.Generator
) -> Exposure:
    """Return the scan of a film: sigmoid, grain, 8 bit, JPEG."""
    ideal = blacken(film, bands + rest)
    grain = cv2.GaussianBlur(rng.standard_normal(ideal.shape), (0, 0), 0.6)
    gray = np.clip(np.rint(ideal + film.grain * grain / grain.std()), 0, 255).astype(np.uint8)
    image = through_jpeg(gray, film.quality)
    ground = bands < 0.01 * max(float(bands.max()), 1e-12)
    error = (image.astype(np.float64) - ideal)[ground]
    return Exposure(
        image=image,
        ceiling=255,
        noise_sigma=max(0.3, float(1.4826 * np.median(np.abs(error - np.median(error))))),
        offset=255 - film.white,
        limit=float("inf"),
        rise=lambda background, height: float(
            blacken(film, np.array(background)) - blacken(film, np.array(background + height))
        ),
    )


def through_jpeg(gray: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return what a gray picture is after it was saved as JPEG and read again."""
    _, packed = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
