"""The reference pages say what the program does; ``python docs/make.py`` writes them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"

specification = importlib.util.spec_from_file_location("docs_make", DOCS / "make.py")
assert specification is not None
assert specification.loader is not None
make = importlib.util.module_from_spec(specification)
specification.loader.exec_module(make)


@pytest.mark.parametrize("name", make.PAGES)
def test_a_reference_page_is_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == make.PAGES[name](), "run: python docs/make.py"


def test_the_accuracy_table_of_the_readme_is_the_measured_one() -> None:
    assert make.README.read_text(encoding="utf-8") == make.readme_text(), "run: python docs/make.py"
