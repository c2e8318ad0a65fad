"""The XML of GB/T 28181 (MANSCDP): bytes to elements, and questions to bytes. Pure; takes any bytes.

A document type is refused before anything of it is read, so no entity is ever expanded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

MOST_BYTES: Final = 256 * 1024
MOST_DEPTH: Final = 8
MOST_ELEMENTS: Final = 20_000
MOST_TEXT: Final = 1_000
ROOTS: Final = frozenset({"Notify", "Response", "Query", "Control"})
_DECLARATION: Final = re.compile(rb"^\s*<\?xml\b[^>]{0,200}\?>")
_ENCODING: Final = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,20})[\"']")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")


class ManscdpMalformed(ValueError):
    """These bytes are no message of the standard."""


@dataclass(slots=True)
class XmlElement:
    name: str
    text: str = ""
    children: list[XmlElement] = field(default_factory=list)

    def child(self, name: str) -> XmlElement | None:
        return next((one for one in self.children if one.name == name), None)

    def said(self, name: str, most: int = 200) -> str:
        """The text of a child in one line, at most so many signs; empty when it is not there."""
        found = self.child(name)
        return "" if found is None else _CONTROL.sub(" ", found.text).strip()[:most]

    def number(self, name: str) -> float | None:
        """The text of a child as a finite number."""
        text = self.said(name, 32)
        return float(text) if re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,15})?", text, re.ASCII) else None


def document_of(data: bytes) -> XmlElement:
    """The root of a message. Raises `ManscdpMalformed`."""
    if len(data) > MOST_BYTES:
        raise ManscdpMalformed("too large")
    reader = _Reader()
    try:
        reader.parser.Parse(_text_of(data), True)  # that nothing follows
    except (expat.ExpatError, UnicodeError, ValueError) as error:
        raise ManscdpMalformed("it is no XML of this form") from error
    if reader.root is None or reader.root.name not in ROOTS:
        raise ManscdpMalformed("its root is none of the standard")
    return reader.root


Fields = Mapping[str, "str | Mapping[str, str]"]
"""Elements by their names: each a text, or further elements."""


def query(kind: str, number: int, device: str, more: Fields | None = None) -> bytes:
    """A question; `kind` is its CmdType, `number` its SN."""
    return message("Query", kind, number, device, more)


def message(root: str, kind: str, number: int, device: str, more: Fields | None = None) -> bytes:
    """A message of ASCII alone, so that every encoding reads it alike."""
    fields: Fields = {"CmdType": kind, "SN": str(number), "DeviceID": device, **(more or {})}
    lines = [_element(name, value) for name, value in fields.items()]
    text = "\r\n".join(['<?xml version="1.0" encoding="GB2312"?>', f"<{root}>", *lines, f"</{root}>", ""])
    return text.encode("ascii", "xmlcharrefreplace")


def _element(name: str, value: str | Mapping[str, str]) -> str:
    inner = escape(value) if isinstance(value, str) else "".join(_element(*one) for one in value.items())
    return f"<{name}>{inner}</{name}>"


def _text_of(data: bytes) -> str:
    """Decoded by what it declares, or by the other encoding where that fails: devices mix them up."""
    found = _DECLARATION.match(data)
    declared = _ENCODING.search(found.group(0)) if found else None
    says_gb = declared is not None and declared.group(1).lower().startswith(b"gb")
    body = data[found.end() :] if found else data.removeprefix(codecs.BOM_UTF8)
    for encoding in ("gb18030", "utf-8") if says_gb else ("utf-8", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ManscdpMalformed("neither GB18030 nor UTF-8")


class _Reader:
    def __init__(self) -> None:
        self.root: XmlElement | None = None
        self._open: list[XmlElement] = []
        self._many = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words

    def _refuse(self, *_what: object) -> None:
        raise ManscdpMalformed("a document type is not taken")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._many += 1
        if len(self._open) >= MOST_DEPTH or self._many > MOST_ELEMENTS:
            raise ManscdpMalformed("it is nested too deeply, or too long")
        made = XmlElement(name)
        if self._open:
            self._open[-1].children.append(made)
        else:
            self.root = made
        self._open.append(made)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _words(self, text: str) -> None:
        one = self._open[-1]
        if len(one.text) < MOST_TEXT:
            one.text += text[: MOST_TEXT - len(one.text)]
