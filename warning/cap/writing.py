"""CAP 1.2 as bytes, its elements in the order of the schema."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lxml import etree

from warning.cap.model import NAMESPACE, CapArea, CapInfo, CapMessage, CapReference


def element_of(message: CapMessage) -> etree._Element:
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _add(root, "identifier", message.identifier)
    _add(root, "sender", message.sender)
    _add(root, "sent", _time(message.sent))
    _add(root, "status", message.status)
    _add(root, "msgType", message.msg_type)
    _add(root, "scope", message.scope)
    _add(root, "note", message.note)
    _add(root, "references", " ".join(_reference(one) for one in message.references))
    for info in message.infos:
        _info(root, info)
    return root


def to_bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def write(message: CapMessage) -> bytes:
    """Unsigned."""
    return to_bytes(element_of(message))


def _info(root: etree._Element, info: CapInfo) -> None:
    inner = etree.SubElement(root, f"{{{NAMESPACE}}}info")
    _add(inner, "language", info.language)
    for category in info.categories:
        _add(inner, "category", category)
    _add(inner, "event", info.event)
    _add(inner, "urgency", info.urgency)
    _add(inner, "severity", info.severity)
    _add(inner, "certainty", info.certainty)
    for name, moment in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        if moment is not None:
            _add(inner, name, _time(moment))
    _add(inner, "senderName", info.sender_name)
    _add(inner, "headline", info.headline)
    _add(inner, "description", info.description)
    _add(inner, "instruction", info.instruction)
    _add(inner, "contact", info.contact)
    for area in info.areas:
        _area(inner, area)


def _area(info: etree._Element, area: CapArea) -> None:
    inner = etree.SubElement(info, f"{{{NAMESPACE}}}area")
    etree.SubElement(inner, f"{{{NAMESPACE}}}areaDesc").text = area.description
    for ring in area.polygons:
        _add(inner, "polygon", " ".join(f"{lat},{lon}" for lon, lat in ring))
    for circle in area.circles:
        _add(inner, "circle", f"{circle.lat},{circle.lon} {circle.km}")
    for code in area.geocodes:
        pair = etree.SubElement(inner, f"{{{NAMESPACE}}}geocode")
        etree.SubElement(pair, f"{{{NAMESPACE}}}valueName").text = code.name
        etree.SubElement(pair, f"{{{NAMESPACE}}}value").text = code.value


def _add(parent: etree._Element, name: str, text: str) -> None:
    if text:
        etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text


_UTC: Final = "+00:00"


def _time(moment: datetime) -> str:
    """CAP writes UTC as -00:00 and never as Z (3.3.2)."""
    text = moment.isoformat(timespec="seconds")
    return f"{text[:-6]}-00:00" if text.endswith(_UTC) else text


def _reference(one: CapReference) -> str:
    return f"{one.sender},{one.identifier},{_time(one.sent)}"
