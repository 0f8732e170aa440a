"""XML from files that strangers wrote: no document types, so no entities."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from blotflux.errors import ImageReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["child_elements", "parse_xml"]

LENGTH_MAX = 50_000_000


def parse_xml(text: str | bytes, name: str) -> ElementTree.Element:
    """Return the root element.

    Raises
    ------
    ImageReadError
        If the text declares a document type (entities could grow without end or name other
        files), is longer than 50 MB, or is not XML.
    """
    marker = b"<!DOCTYPE" if isinstance(text, bytes) else "<!DOCTYPE"
    entity = b"<!ENTITY" if isinstance(text, bytes) else "<!ENTITY"
    if len(text) > LENGTH_MAX or marker in text or entity in text:  # type: ignore[operator]
        message = (
            f"{name}: its XML description declares a document type or is over 50 MB; "
            "export the image again."
        )
        raise ImageReadError(message)
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        message = f"{name}: its XML description is damaged ({error}); export the image again."
        raise ImageReadError(message) from error


def child_elements(root: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    """Yield all elements below `root` of a local name, whatever their namespace."""
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == tag:
            yield element
