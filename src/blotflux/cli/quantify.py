"""``blotflux quantify``: pictures without a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from blotflux.cli.ending import FAILED, OK, tell
from blotflux.cli.options import Debug, Force, IgnoreCorrections, Json, Quiet
from blotflux.cli.screen import Screen

if TYPE_CHECKING:
    from blotflux.study.quantify import QuantifiedImage

__all__ = ["add_to", "quantify"]

Images = Annotated[list[str], typer.Argument(metavar="IMAGE", help="Pictures of blots.")]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")]
Lanes = Annotated[
    int | None, typer.Option("--lanes", min=1, metavar="N", help="Lanes in each picture, if known.")
]
Targets = Annotated[
    str, typer.Option("--targets", metavar="A,B", help="Names of the rows, from the top.")
]
Polarity = Annotated[
    Literal["auto", "dark_on_light", "light_on_dark"],
    typer.Option("--polarity", metavar="P", help="auto, dark_on_light or light_on_dark."),
]
Channel = Annotated[
    int | None, typer.Option("--channel", min=0, metavar="N", help="Only this channel, from 0.")
]
Page = Annotated[
    int | None, typer.Option("--page", min=0, metavar="N", help="Only this page, from 0.")
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        short_help="Measure pictures: lanes, bands, volumes; no study needed.",
        epilog="Example: blotflux quantify rep1_lc3.tif --targets LC3-I,LC3-II",
    )(quantify)


def quantify(
    images: Images,
    output: Folder = Path("blotflux-results"),
    lanes: Lanes = None,
    targets: Targets = "",
    polarity: Polarity = "auto",
    channel: Channel = None,
    page: Page = None,
    force: Force = False,
    ignore_corrections: IgnoreCorrections = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Find lanes and bands in pictures and measure them; no study is needed.

    Writes bands.csv, lanes.csv, qc.csv, an overlay of each picture and report.html.
    """
    from blotflux.errors import ImageReadError
    from blotflux.output import require_free
    from blotflux.report import write_quantify
    from blotflux.study.quantify import QuantifyOptions, quantify_images

    screen = Screen(quiet=quiet, as_json=as_json)
    options = QuantifyOptions(
        lanes=lanes,
        targets=tuple(name.strip() for name in targets.split(",") if name.strip()),
        polarity=polarity,
        channel=channel,
        page=page,
    )
    require_free(output, force=force)
    with screen.progress("measuring") as step:
        found = quantify_images(
            images, options, progress=step, ignore_corrections=ignore_corrections
        )
    complaints = [f"{name}: {why}" for name, why in found.failures.items()]
    if not found.images:
        raise ImageReadError("\n".join(complaints))
    write_quantify(found, output, force=force)
    for image in found.images:
        screen.say(_line(_counts(image)))
    screen.say(f"Report: {output / 'report.html'}")
    screen.give(
        {
            "results": str(output),
            "report": str(output / "report.html"),
            "images": [_counts(image) for image in found.images],
            "failures": [{"image": name, "message": why} for name, why in found.failures.items()],
        }
    )
    tell("\n".join(complaints))
    return FAILED if complaints else OK


def _counts(image: QuantifiedImage) -> dict[str, object]:
    source = image.measurement.blot.source
    bands = image.measurement.bands
    return {
        "image": source.name,
        "channel": source.channel,
        "page": source.page,
        "lanes": len(image.measurement.lanes),
        "rows": len({(band.panel, band.row) for band in bands}),
        "bands": sum(band.detected for band in bands),
    }


def _line(counts: dict[str, object]) -> str:
    place = [f"{key} {counts[key]}" for key in ("channel", "page") if counts[key]]
    name = ", ".join([str(counts["image"]), *place])
    lanes, bands = (
        _many(counts[key], word) for key, word in (("lanes", "lane"), ("bands", "band"))
    )
    return f"{name}: {lanes}, {bands}"


def _many(number: object, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
