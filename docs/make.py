"""Write the reference pages from the program's own definitions: ``python docs/make.py``."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from blotflux.analysis.records import ExpressionPlan, LC3FluxPlan, PhosphoPlan
from blotflux.flags import Flag
from blotflux.parameters import Parameters
from blotflux.report.schema import TABLES
from blotflux.study.schema import ImageSpec

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

from sentences import sentences_page  # noqa: E402 - a script beside this one

README = DOCS.parent / "README.md"

NOTE = "This page is written by `docs/make.py` from the program's own definitions.\n"


def tables_page() -> str:
    """Return every table with its columns."""
    parts = [
        "# Tables\n",
        NOTE,
        "CSV, UTF-8, one header line; the same names are DataFrame columns in Python. An empty "
        "field is a missing value, and a flag in its row says why.\n",
    ]
    for table in TABLES.values():
        parts.append(f"## {table.name}.csv\n\n{table.meaning} Key: {', '.join(table.key)}.\n")
        rows = [(f"`{c.name}`", c.kind, c.unit, c.meaning) for c in table.columns]
        parts.append(grid(("column", "kind", "unit", "meaning"), rows))
    return "\n".join(parts)


def flags_page() -> str:
    """Return every flag with its meaning."""
    rows = [(f"`{flag.value}`", flag.meaning) for flag in Flag]
    return "\n".join(["# Flags\n", NOTE, grid(("flag", "meaning"), rows)])


def parameters_page() -> str:
    """Return every parameter with its default."""
    rows = [
        (f"`{name}`", default_text(field.get_default(call_default_factory=True)), field.description)
        for name, field in Parameters.model_fields.items()
    ]
    head = "Any of these can be set under `[parameters]` of a study file.\n"
    return "\n".join(
        ["# Parameters\n", NOTE, head, grid(("parameter", "default", "meaning"), rows)]
    )


def images_page() -> str:
    """Return every key of an ``[[images]]`` entry."""
    rows = [
        (f"`{name}`", "yes" if field.is_required() else "", field.description)
        for name, field in ImageSpec.model_fields.items()
    ]
    return "\n".join(["# Keys of `[[images]]`\n", NOTE, grid(("key", "required", "meaning"), rows)])


def analyses_page() -> str:
    """Return every key of an ``[[analyses]]`` entry, by kind."""
    parts = ["# Keys of `[[analyses]]`\n", NOTE]
    for plan in (LC3FluxPlan, PhosphoPlan, ExpressionPlan):
        rows = [
            (f"`{name}`", "yes" if field.is_required() else "", field.description)
            for name, field in plan.model_fields.items()
            if name != "kind"
        ]
        parts.append(f'## kind = "{plan.model_fields["kind"].default}"\n')
        parts.append(grid(("key", "required", "meaning"), rows))
    return "\n".join(parts)


ACCURACY_COLUMNS = (
    ("lanes exactly right, % of pictures", "lanes_exact_percent", "{:.0f}"),
    ("bands found (F1)", "band_f1", "{:.3f}"),
    ("volume error, median %", "volume_median_percent", "{:.2g}"),
    ("volume error, 90th percentile %", "volume_p90_percent", "{:.2g}"),
    ("ratio of a doublet's bands, median error %", "doublet_median_percent", "{:.2g}"),
    ("95 % intervals that cover the truth, %", "coverage_percent", "{:.0f}"),
)


def readme_accuracy() -> str:
    """Return the README's accuracy table, from what ``benchmarks/accuracy.py`` measured."""
    with (DOCS / "accuracy.csv").open(encoding="utf-8", newline="") as file:
        kinds = list(csv.DictReader(file))
    head = (f"{kinds[0]['images']} blots of each kind", *(kind["kind"] for kind in kinds))
    rows: list[tuple[object, ...]] = [
        (title, *(form.format(float(kind[name])) for kind in kinds))
        for title, name, form in ACCURACY_COLUMNS
    ]
    return grid(head, rows)


def readme_text() -> str:
    """Return the README with its accuracy table up to date."""
    begin, end = "<!-- accuracy: docs/make.py -->\n", "<!-- end -->"
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(begin)
    _, after = rest.split(end, 1)
    return f"{before}{begin}{readme_accuracy()}{end}{after}"


PAGES = {
    "tables.md": tables_page,
    "flags.md": flags_page,
    "parameters.md": parameters_page,
    "images.md": images_page,
    "analyses.md": analyses_page,
    "sentences.md": sentences_page,
}


def default_text(value: object) -> str:
    """Return a default as the study file would have it."""
    method = getattr(value, "method", None)
    return f"`{method}`" if method else f"`{value}`"


def grid(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    cells = (" | ".join(str(cell or "").replace("|", "\\|") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells) + "\n"


def main() -> None:
    """Write the pages beside this file, and the table in the README."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8", newline="\n")
    README.write_text(readme_text(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
