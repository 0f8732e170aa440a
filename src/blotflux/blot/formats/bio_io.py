"""Everything else that BioIO opens, where the optional package is installed."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from blotflux.blot.content import decoding
from blotflux.blot.formats.stored import StoredPlane
from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from blotflux.blot.content import FileContent

__all__ = ["is_installed", "read_bioio"]


def is_installed() -> bool:
    """Whether BioIO can be used."""
    return importlib.util.find_spec("bioio") is not None


def read_bioio(content: FileContent) -> tuple[StoredPlane, ...]:
    """Return one plane per channel, time and depth of the first scene that BioIO finds.

    BioIO reads the file itself, not the bytes that were hashed.

    Raises
    ------
    ImageReadError
        If no reader of BioIO takes the file, or it stores colors.
    """
    image = _open(content)
    with decoding(content, "image by BioIO"):
        sizes = {axis: int(getattr(image.dims, axis, 1) or 1) for axis in "TCZYX"}
        dtype = np.dtype(image.dtype)
        samples = "S" in str(image.dims.order)
    if samples:
        message = f"{content.name}: stores colors; export its channels as gray TIFF images."
        raise ImageReadError(message)
    content.require_size(sizes["Y"], sizes["X"])
    places = itertools.product(range(sizes["T"]), range(sizes["Z"]), range(sizes["C"]))
    return tuple(
        StoredPlane(
            load=_loader(content, image, {"T": t, "Z": z, "C": c}),
            channel=c,
            page=t * sizes["Z"] + z,
            format="BioIO",
            encoding="unknown",
            bit_depth=dtype.itemsize * 8,
        )
        for t, z, c in places
    )


def _open(content: FileContent) -> Any:
    try:
        return importlib.import_module("bioio").BioImage(content.path)
    except Exception as error:  # each of its many readers raises its own
        reason = " ".join(str(error).split())[:160]
        message = (
            f"{content.name}: is not an image that is known, nor does BioIO open it ({reason}); "
            "export a 16-bit TIFF from the instrument's program."
        )
        raise ImageReadError(message) from error


def _loader(content: FileContent, image: Any, index: dict[str, int]) -> Callable[[], NDArray[Any]]:
    def load() -> NDArray[Any]:
        with decoding(content, "image by BioIO"):
            return np.asarray(image.get_image_data("YX", **index))

    return load
