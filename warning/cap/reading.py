"""CAP 1.2 from bytes. Any bytes give a message or `NotCap`: DTD, entities and network are off, size, depth
and number of elements limited.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from lxml import etree
from pydantic import ValidationError

from warning.cap.errors import CapRefusal, NotCap
from warning.cap.model import NAMESPACE, CapMessage

MOST_BYTES: Final = 262_144
MOST_DEPTH: Final = 16
MOST_ELEMENTS: Final = 4000
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_DECLARED: Final = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


def parsed(data: bytes) -> etree._Element:
    """The root of safe XML. Raises `NotCap`."""
    if len(data) > MOST_BYTES:
        raise NotCap(CapRefusal.TOO_LARGE, f"it is larger than {MOST_BYTES // 1024} KiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotCap(CapRefusal.NOT_XML, "it is not in UTF-8") from None
    if _DECLARED.search(text):
        raise NotCap(CapRefusal.DECLARATIONS, "it declares a document type or entities")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotCap(CapRefusal.NOT_XML, f"it is not XML: {str(error)[:120]}") from None
    _bounded(root)
    return root


def read(data: bytes) -> CapMessage:
    """Raises `NotCap`."""
    return read_element(parsed(data))


def read_element(root: etree._Element) -> CapMessage:
    """A message of its element. Raises `NotCap`."""
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise NotCap(CapRefusal.NOT_CAP, "its element is not alert of CAP 1.2")
    try:
        return CapMessage.model_validate(_message(root))
    except ValidationError as error:
        raise NotCap(CapRefusal.INVALID, _cause(error)) from None


def is_signed(root: etree._Element) -> bool:
    return root.find(f"{{{DSIG}}}Signature") is not None


def _bounded(root: etree._Element) -> None:
    depth = elements = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if depth > MOST_DEPTH or elements > MOST_ELEMENTS:
            raise NotCap(
                CapRefusal.TOO_DEEP, f"it has more than {MOST_DEPTH} levels or {MOST_ELEMENTS} elements"
            )


def _cause(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"[:200]


def _message(root: etree._Element) -> dict[str, Any]:
    return {
        "identifier": _text(root, "identifier"),
        "sender": _text(root, "sender"),
        "sent": _time(root, "sent"),
        "status": _text(root, "status"),
        "msg_type": _text(root, "msgType"),
        "scope": _text(root, "scope"),
        "note": _text(root, "note"),
        "references": _references(_text(root, "references")),
        "infos": tuple(_info(one) for one in _all(root, "info")),
    }


def _info(info: etree._Element) -> dict[str, Any]:
    return {
        "language": _text(info, "language") or "en-US",
        "categories": _texts(info, "category"),
        "event": _text(info, "event"),
        "urgency": _text(info, "urgency"),
        "severity": _text(info, "severity"),
        "certainty": _text(info, "certainty"),
        "effective": _time(info, "effective"),
        "onset": _time(info, "onset"),
        "expires": _time(info, "expires"),
        "sender_name": _text(info, "senderName"),
        "headline": _text(info, "headline"),
        "description": _text(info, "description"),
        "instruction": _text(info, "instruction"),
        "contact": _text(info, "contact"),
        "areas": tuple(_area(one) for one in _all(info, "area")),
    }


def _area(area: etree._Element) -> dict[str, Any]:
    return {
        "description": _text(area, "areaDesc"),
        "polygons": tuple(_ring(text) for text in _texts(area, "polygon")),
        "circles": tuple(_circle(text) for text in _texts(area, "circle")),
        "geocodes": tuple(
            {"name": _text(one, "valueName"), "value": _text(one, "value")} for one in _all(area, "geocode")
        ),
    }


def _ring(text: str) -> tuple[tuple[float, float], ...]:
    return tuple(_point(pair) for pair in text.split())


def _point(pair: str) -> tuple[float, float]:
    lat, _, lon = pair.partition(",")
    return _number(lon), _number(lat)


def _circle(text: str) -> dict[str, float]:
    centre, _, km = text.partition(" ")
    lon, lat = _point(centre)
    return {"lon": lon, "lat": lat, "km": _number(km)}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise NotCap(CapRefusal.INVALID, "a polygon or a circle has a number that is none") from None


def _references(text: str) -> tuple[dict[str, Any], ...]:
    found = []
    for one in text.split():
        sender, _, rest = one.partition(",")
        identifier, _, sent = rest.partition(",")
        found.append({"sender": sender, "identifier": identifier, "sent": _moment(sent, "references")})
    return tuple(found)


def _time(element: etree._Element, name: str) -> datetime | None:
    text = _text(element, name)
    return _moment(text, name) if text else None


def _moment(text: str, name: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise NotCap(CapRefusal.INVALID, f"{name}: a time is written 2026-01-31T08:00:00+08:00")
    try:
        return datetime.fromisoformat(text.replace("-00:00", "+00:00"))
    except ValueError:
        raise NotCap(CapRefusal.INVALID, f"{name}: there is no such time") from None


def _all(element: etree._Element, name: str) -> list[etree._Element]:
    return list(element.findall(f"{{{NAMESPACE}}}{name}"))


def _texts(element: etree._Element, name: str) -> Sequence[str]:
    return tuple("".join(str(part) for part in one.itertext()).strip() for one in _all(element, name))


def _text(element: etree._Element, name: str) -> str:
    return next(iter(_texts(element, name)), "")
