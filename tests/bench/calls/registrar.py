"""Registers many phones that all live at one address: REGISTER with a digest, nothing more (RFC 3261 §22)."""

from __future__ import annotations

import hashlib
import re
import socket
import uuid

from gateway.asterisk.settings import AgentPhone
from tests.peers.program import PeerFailed

TRIES = 5
PATIENCE_S = 2.0


def register(phones: tuple[AgentPhone, ...], *, port: int, switch_port: int) -> None:
    """Every phone at 127.0.0.1:`port`; returns when the switch has accepted each."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", port))
        link.connect(("127.0.0.1", switch_port))
        link.settimeout(PATIENCE_S)
        for phone in phones:
            _one(link, phone, port, switch_port)


def _one(link: socket.socket, phone: AgentPhone, port: int, switch_port: int) -> None:
    call, authorization = uuid.uuid4().hex, ""
    for sequence in range(1, TRIES + 1):
        answer = _asked(
            link, _request(phone.name, call, sequence, port, switch_port, authorization), call, sequence
        )
        if answer.startswith("SIP/2.0 200"):
            return
        asked = dict(re.findall(r'(realm|nonce|opaque)="([^"]*)"', answer))
        authorization = _digest(phone, asked, f"sip:127.0.0.1:{switch_port}")
    raise PeerFailed(f"the switch does not register {phone.name}: {answer.splitlines()[0]}")


def _asked(link: socket.socket, request: bytes, call: str, sequence: int) -> str:
    """Send, and again while nothing comes: UDP promises nothing."""
    for _ in range(TRIES):
        link.send(request)
        try:
            return _answer(link, call, sequence)
        except TimeoutError:
            continue
    raise PeerFailed(f"the switch answers no REGISTER in {TRIES * PATIENCE_S:.0f} s")


def _answer(link: socket.socket, call: str, sequence: int) -> str:
    """The final answer to this request; what belongs to another (OPTIONS, a repeat) is passed over."""
    while True:
        text = link.recv(65536).decode(errors="replace")
        final = text.startswith("SIP/2.0") and not text.startswith("SIP/2.0 1")
        if final and call in text and f"CSeq: {sequence} REGISTER" in text:
            return text


def _request(name: str, call: str, sequence: int, port: int, switch_port: int, authorization: str) -> bytes:
    lines = [
        f"REGISTER sip:127.0.0.1:{switch_port} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{call}{sequence}",
        f"From: <sip:{name}@127.0.0.1>;tag={call[:8]}",
        f"To: <sip:{name}@127.0.0.1>",
        f"Call-ID: {call}",
        f"CSeq: {sequence} REGISTER",
        f"Contact: <sip:{name}@127.0.0.1:{port}>",
        "Expires: 3600",
        "Max-Forwards: 70",
        *([authorization] if authorization else []),
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _digest(phone: AgentPhone, asked: dict[str, str], uri: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    first = md5(f"{phone.name}:{asked['realm']}:{phone.secret.get_secret_value()}")
    second = md5(f"REGISTER:{uri}")
    once = uuid.uuid4().hex[:8]
    response = md5(f"{first}:{asked['nonce']}:00000001:{once}:auth:{second}")
    opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
    return (
        f'Authorization: Digest username="{phone.name}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{once}"{opaque}'
    )
