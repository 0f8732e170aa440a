"""The methods paragraph, the recipe with its defaults, and where everything came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blotflux.report.csvtext import number_text
from blotflux.report.page import TableView
from blotflux.report.version import package_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel

    from blotflux.parameters import Parameters
    from blotflux.report.pictures import Picture

__all__ = ["measuring_methods", "parameters_table", "provenance_tables"]

BACKGROUNDS = {
    "joint": "estimated together with the bands",
    "local_border": "the median of a frame around the band",
    "lane_minima": "a straight line through the profile's minima beside the band",
    "rolling_ball": "a rolling ball over the whole picture",
}

DEFAULT = "project default"


def measuring_methods(
    pictures: Sequence[Picture], parameters: Parameters, *, volumes: str = ""
) -> tuple[str, ...]:
    """Return how the volumes came about, as sentences that a methods section can take over."""
    version = package_version()
    if volumes:
        return (f"Volumes were taken from {volumes} and analyzed with blotflux {version}.",)
    if not pictures:
        return (f"Analyzed with blotflux {version}.",)
    background = parameters.background.method
    chosen = f" ({DEFAULT})" if background == "joint" else ""
    return (
        f"{_pictures_words(pictures)} were measured with blotflux {version}. Lanes were found as "
        "tracks, bands of one species were joined into rows across lanes, and all bands of a lane "
        "were fitted together, so that neighbors that overlap are separated. A band's volume is "
        "the integral of its fitted shape over the lane's whole width, in "
        f"{_units(pictures)}; the background was {BACKGROUNDS[background]}{chosen}. Volumes may "
        "be negative and were never clipped; their standard errors hold noise, background and "
        "overlap, not the variation of loading and transfer.",
        f"A band was called detected above {parameters.detection_snr:g} of its standard errors"
        f"{_default_words(parameters, 'detection_snr')}, above a third of that where its lane "
        "shows a peak of its own; where nothing was detected, the volume "
        "was measured at the row's position. Pixels at the detector's ceiling were found in the "
        "file's own values and left out of the fit.",
    )


def _pictures_words(pictures: Sequence[Picture]) -> str:
    kinds = sorted({f"{p.measurement.blot.source.bit_depth}-bit" for p in pictures})
    number = len(pictures)
    return f"{number} picture{'' if number == 1 else 's'} ({', '.join(kinds)})"


def _units(pictures: Sequence[Picture]) -> str:
    units = dict.fromkeys(f"{picture.measurement.blot.unit}\u00b7px" for picture in pictures)
    return " or ".join(units)


def _default_words(parameters: Parameters, name: str) -> str:
    field = type(parameters).model_fields[name]
    return f" ({DEFAULT})" if getattr(parameters, name) == field.default else ""


def parameters_table(parameters: Parameters) -> TableView:
    """Return every tunable number with its meaning, and whether it is the default."""
    rows = []
    for name, field in type(parameters).model_fields.items():
        value = getattr(parameters, name)
        default = field.get_default(call_default_factory=True)
        chosen = DEFAULT if value == default else f"set by the user (default {_value(default)})"
        rows.append((name, _value(value), chosen, field.description or ""))
    return TableView(
        headings=("Parameter", "Value", "Origin", "Meaning"),
        rows=tuple(rows),
        numeric=(False, True, False, False),
    )


def _value(value: Any) -> str:
    """Return a parameter's value in a few words."""
    if hasattr(value, "method"):
        return _method_words(value)
    if isinstance(value, float):
        return number_text(value)
    return str(value)


def _method_words(value: BaseModel) -> str:
    content = value.model_dump()
    method = str(content.pop("method"))
    options = ", ".join(f"{name} {_value(item)}" for name, item in content.items())
    return f"{method} ({options})" if options else method


# ---------------------------------------------------------------- provenance

SHOWN_ELSEWHERE = frozenset({"parameters", "title", "failures"})
MOST_COLUMNS = 4


def provenance_tables(provenance: Mapping[str, Any]) -> tuple[TableView, ...]:
    """Return where everything came from: one table per part of the record.

    What the page shows elsewhere (recipe, title, failures) is left out.
    """
    tables = []
    single: list[tuple[str, str]] = []
    for name, content in provenance.items():
        if name in SHOWN_ELSEWHERE:
            continue
        if _is_list_of_records(content):
            tables.append(_records(content))
            continue
        rows = list(_flatten(content))
        if len(rows) == 1 and not rows[0][0]:
            single.append((_words(name), rows[0][1]))
        elif rows:
            tables.append(_pairs(_words(name), rows))
    return (*([_pairs("Run", single)] if single else []), *tables)


def _is_list_of_records(content: Any) -> bool:
    return (
        isinstance(content, (list, tuple))
        and bool(content)
        and all(isinstance(item, dict) for item in content)
    )


def _records(content: Sequence[Mapping[str, Any]]) -> TableView:
    """Return records as a table; of those with many fields, which are pictures, in words."""
    names = list(dict.fromkeys(name for item in content for name in item))
    if len(names) > MOST_COLUMNS:
        return TableView(
            headings=("Picture", "Read as"),
            rows=tuple((_text(item.get("image")), _read_as(item)) for item in content),
            numeric=(False, False),
        )
    return TableView(
        headings=tuple(_words(name) for name in names),
        rows=tuple(tuple(_text(item.get(name)) for name in names) for item in content),
        numeric=(False,) * len(names),
    )


def _read_as(item: Mapping[str, Any]) -> str:
    """Return how a picture was read, in words."""
    confidence = item.get("polarity_confidence")
    certain = f" ({confidence:.3g})" if isinstance(confidence, float) else ""
    parts = [
        *(item.get(name) for name in ("format", "dtype", "encoding", "photometric", "instrument")),
        f"{str(item.get('polarity', '')).replace('_', ' ')}{certain}",
        *(
            f"{name} {_text(item[name])}"
            for name in ("channel", "page", "turn", "flip", "region")
            if item.get(name)
        ),
        item.get("semi_quantitative"),
    ]
    return ", ".join(_text(part) for part in parts if part)


def _pairs(caption: str, rows: Sequence[tuple[str, str]]) -> TableView:
    return TableView(headings=(caption, ""), rows=tuple(rows), numeric=(False, False))


def _words(name: str) -> str:
    if name == "sha256":
        return "SHA-256"
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _text(value: Any) -> str:
    """Return one value as text; lists joined, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return number_text(value) if isinstance(value, float) else str(value)


def _flatten(content: Any, prefix: str = "") -> Iterable[tuple[str, str]]:
    """Yield nested content as name and text, the names joined with dots."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _flatten(value, f"{prefix}.{name}" if prefix else str(name))
    elif _text(content):
        yield prefix, _text(content)
