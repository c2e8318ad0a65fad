"""Writes what GeoReport v2 answers, as XML and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

Form = Literal["xml", "json"]
MEDIA_TYPES: Final[Mapping[Form, str]] = {"xml": "text/xml; charset=utf-8", "json": "application/json"}
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Value = Any
"""What JSON holds: text, numbers, lists and mappings of them."""

_ITEMS: Final[Mapping[str, str]] = {
    "services": "service", "service_requests": "request", "errors": "error", "endpoints": "endpoint",
    "formats": "format", "attributes": "attribute", "values": "value",
    "service_request_updates": "request_update",
}  # fmt: skip
"""How XML calls one of a list."""


@dataclass(frozen=True, slots=True)
class GeoReportDocument:
    """`root` is XML's outermost element, which JSON leaves out."""

    root: str
    value: Value


def written(document: GeoReportDocument, form: Form) -> bytes:
    """The document's bytes."""
    if form == "json":
        return json.dumps(document.value, ensure_ascii=False).encode()
    whole: bytes = tostring(_element(document.root, document.value), encoding="utf-8", xml_declaration=True)
    return whole


def _element(name: str, value: Value) -> Element:
    element = Element(name)
    _fill(element, value)
    return element


def _fill(element: Element, value: Value) -> None:
    if isinstance(value, Mapping):
        for name, part in value.items():
            _fill(SubElement(element, name), part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            _fill(SubElement(element, _ITEMS[element.tag]), part)
    elif value is not None:
        element.text = _NOT_XML.sub("", _text(value))


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
