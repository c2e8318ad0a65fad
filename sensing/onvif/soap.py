"""SOAP 1.2 as cameras speak it (ONVIF Core, clause 5): questions to bytes, and bytes to elements. Pure.

Any bytes give the element of a body, `SoapFault` or `NotSoap`. A document type is refused before anything of
it is read; entities and the network are off; size, depth and number of elements are limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

MOST_BYTES: Final = 512 * 1024
MOST_DEPTH: Final = 32
MOST_ELEMENTS: Final = 20_000
MOST_TEXT: Final = 200
"""Signs of a text that is kept."""
ENVELOPE: Final = "http://www.w3.org/2003/05/soap-envelope"
_DECLARED: Final = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"^\s*<\?xml\b[^>]{0,200}\?>")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_CODE: Final = re.compile(r"[A-Za-z]{1,40}")
_UNAUTHORISED: Final = frozenset(
    {"NotAuthorized", "FailedAuthentication", "FailedCheck", "InvalidSecurityToken"}
)
_SAYS_UNAUTHORISED: Final = re.compile(r"not\s+authori[sz]ed|unauthori[sz]ed|authentication", re.IGNORECASE)

Element = Any
"""An element of lxml, which has no types."""


class NotSoap(ValueError):
    """These bytes are no SOAP that is read here."""


class SoapFault(Exception):
    """The device refuses: `code` is the innermost code of the fault, of letters alone, or empty."""

    def __init__(self, code: str, *, unauthorised: bool) -> None:
        super().__init__(code)
        self.code = code
        self.unauthorised = unauthorised


def envelope(body: str, header: str = "") -> bytes:
    """A question; both are XML."""
    head = f"<s:Header>{header}</s:Header>" if header else ""
    text = f'<s:Envelope xmlns:s="{ENVELOPE}">{head}<s:Body>{body}</s:Body></s:Envelope>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode("utf-8", "replace")


def root_of(data: bytes) -> Element:
    """The root of safe XML; what is no UTF-8 in it is replaced. Raises `NotSoap`."""
    if len(data) > MOST_BYTES:
        raise NotSoap("it is too large")
    text = data.decode("utf-8-sig", "replace")
    if _DECLARED.search(text):
        raise NotSoap("it declares a document type or entities")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(_DECLARATION.sub("", text).encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise NotSoap("it is not XML") from None
    if root is None:
        raise NotSoap("it is not XML")
    _bounded(root)
    return root


def parts_of(data: bytes) -> tuple[Element, Element]:
    """The envelope, and what is in its body. Raises `NotSoap`, `SoapFault`."""
    root = root_of(data)
    if name_of(root) != "Envelope":
        raise NotSoap("its root is no envelope")
    body = root.find("{*}Body")
    first = None if body is None else next(iter(body), None)
    if first is None:
        raise NotSoap("its body is empty")
    if name_of(first) == "Fault":
        raise _fault(first)
    return root, first


def body_of(data: bytes, name: str) -> Element:
    """The element of this name in the body. Raises `NotSoap`, `SoapFault`."""
    _, body = parts_of(data)
    if name_of(body) != name:
        raise NotSoap("it answers another question")
    return body


def name_of(element: Element) -> str:
    """Without its namespace: devices mix versions of them up."""
    return str(etree.QName(element).localname)


def elements(root: Element, *path: str) -> Iterator[Element]:
    """All on this way of names below it, whatever their namespace."""
    found: Iterator[Element] = root.iterfind("/".join(f"{{*}}{name}" for name in path))
    return found


def said(root: Element, *path: str, most: int = MOST_TEXT) -> str:
    """The text of the first on this way in one line, at most so many signs; empty when it is not there."""
    found = next(elements(root, *path), None)
    return "" if found is None else line(found.text, most)


def attribute(element: Element, name: str, most: int = 64) -> str:
    """Empty when it is not there."""
    return line(element.get(name), most)


def number(root: Element, *path: str) -> int | None:
    """A whole number of at most nine digits."""
    text = said(root, *path, most=16)
    return int(text) if re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII) else None


def line(text: str | None, most: int = MOST_TEXT) -> str:
    """One line without control characters, at most so many signs."""
    return _CONTROL.sub(" ", text or "").strip()[:most].strip()


def _fault(fault: Element) -> SoapFault:
    """That of SOAP 1.2 or of 1.1."""
    codes = [*fault.iterfind(".//{*}Code//{*}Value"), *fault.iterfind("{*}faultcode")]
    named = [line(one.text).rpartition(":")[2] for one in codes]
    reasons = [*fault.iterfind(".//{*}Reason/{*}Text"), *fault.iterfind("{*}faultstring")]
    unauthorised = any(one in _UNAUTHORISED for one in named) or any(
        _SAYS_UNAUTHORISED.search(line(one.text)) for one in reasons
    )
    code = named[-1] if named and _CODE.fullmatch(named[-1]) else ""
    return SoapFault(code, unauthorised=unauthorised)


def _bounded(root: Element) -> None:
    depth = many = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        many += event == "start"
        if depth > MOST_DEPTH or many > MOST_ELEMENTS:
            raise NotSoap("it is nested too deeply, or too long")
