"""WS-Discovery (2005/04) as ONVIF devices answer it: a Probe to one address, and its ProbeMatches. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sensing.onvif.messages import MOST_URI
from sensing.onvif.soap import NotSoap, elements, envelope, line, name_of, parts_of, said

PORT: Final = 3702
MOST_XADDRS: Final = 8
_ADDRESSING: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """`answers` is the id of our Probe, `addresses` where the device says that it is asked."""

    answers: str
    addresses: tuple[str, ...]
    scopes: str


def probe(message_id: str) -> bytes:
    header = (
        f'<a:MessageID xmlns:a="{_ADDRESSING}">urn:uuid:{message_id}</a:MessageID>'
        f'<a:To xmlns:a="{_ADDRESSING}">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>'
        f'<a:Action xmlns:a="{_ADDRESSING}">{_DISCOVERY}/Probe</a:Action>'
    )
    body = (
        f'<d:Probe xmlns:d="{_DISCOVERY}"><d:Types xmlns:n="http://www.onvif.org/ver10/network/wsdl">'
        "n:NetworkVideoTransmitter</d:Types></d:Probe>"
    )
    return envelope(body, header)


def answer_of(data: bytes) -> ProbeAnswer:
    """Raises `NotSoap`, `SoapFault`."""
    root, body = parts_of(data)
    if name_of(body) != "ProbeMatches":
        raise NotSoap("it is no answer to a Probe")
    found, scopes = [], ""
    for match in elements(body, "ProbeMatch"):
        found += said(match, "XAddrs", most=MOST_URI).split()
        scopes = scopes or said(match, "Scopes", most=4_000)
    answers = line(next((one.text for one in elements(root, "Header", "RelatesTo")), ""), 80)
    return ProbeAnswer(
        answers.lower().removeprefix("urn:uuid:").removeprefix("uuid:"), tuple(found[:MOST_XADDRS]), scopes
    )
