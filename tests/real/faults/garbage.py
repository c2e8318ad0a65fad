"""What a caller can write into his name, and what of it may arrive: text, or nothing."""

from __future__ import annotations

import random
import socket
import threading
import uuid
from collections.abc import Iterator
from typing import Final

NAMES: Final[dict[str, bytes]] = {
    "quotes": rb"O\"Brien \\ said 'no'",
    "dialplan": b"${SHELL(id)}&System(reboot)|Hangup()",
    "ami": b"x%0d%0aAction: Originate%0d%0aChannel: PJSIP/agent-1",
    "sql": b"'; DROP TABLE cdr_calls; --",
    "markup": b"<script>alert(1)</script>&lt;img src=x onerror=alert(1)&gt;",
    "long": b"A" * 500,
    "bad-utf8": "哈尔滨".encode()[:-1] + b"\xff\xfe\x80",
    "controls": b"a\x01\x02\x1b[31m\tb",
    "csv": b'a","b",,"\'c;d',
    "template": b"{{7*7}} {% raw %} %s %n $(id) `id`",
}
"""By the kind of harm that each would do where it is not taken as text."""

NUMBERS: Final[dict[str, bytes]] = {
    "dialplan": b"$%7BSHELL(id)%7D",
    "ami": b"1%0d%0aAction:%20Originate",
    "sql": b"1'%3B%20DROP%20TABLE%20cdr_calls%3B--",
    "markup": b"%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "long": b"1" * 300,
    "bad-utf8": b"%FF%FE%80",
    "withheld": b"anonymous",
}
"""The same in the number, escaped as a SIP URI escapes."""


LONGEST_S: Final = 15.0
"""A call that nobody ends."""


def datagrams(count: int, seed: int) -> Iterator[bytes]:
    """What no SIP stack should fall over: noise, cut requests, headers without end, wrong lengths."""
    chance = random.Random(seed)
    whole = (
        b"INVITE sip:12345@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n"
        b"From: <sip:1@x>;tag=1\r\nTo: <sip:2@x>\r\nCall-ID: noise\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
        b"Content-Length: 999999\r\n\r\nv=0\r\n"
    )
    for number in range(count):
        kind = number % 5
        if kind == 0:
            yield chance.randbytes(chance.randrange(1, 1400))
        elif kind == 1:
            yield whole[: chance.randrange(1, len(whole))]
        elif kind == 2:
            yield whole.replace(b"INVITE", chance.randbytes(6))
        elif kind == 3:
            yield whole[:60] + b"X-Fill: " + b"a" * 1200 + whole[60:]
        else:
            at = chance.randrange(len(whole))
            yield whole[:at] + chance.randbytes(8) + whole[at + 8 :]


def call(port: int, name: bytes, number: bytes, *, over: threading.Event, media: int) -> bool:
    """One call, byte by byte (SIPp refuses such names): INVITE, ACK, silence until it is `over`, BYE. True if
    answered.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        link.connect(("127.0.0.1", port))
        link.settimeout(5)
        call_id, tag, near = uuid.uuid4().hex, uuid.uuid4().hex[:8], link.getsockname()[1]
        quoted = name.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        sender = b'"' + quoted + b'" <sip:' + number + f"@127.0.0.1:{near}>;tag={tag}".encode()
        sdp = (
            f"v=0\r\no=c 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {media} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n"
        ).encode()

        def request(method: str, sequence: int, to: bytes, body: bytes = b"") -> bytes:
            kind = b"Content-Type: application/sdp\r\n" if body else b""
            return (
                f"{method} sip:12345@127.0.0.1:{port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{near};branch=z9hG4bK{uuid.uuid4().hex}\r\n".encode()
                + b"From: " + sender + b"\r\nTo: " + to + b"\r\n"
                + f"Call-ID: {call_id}\r\nCSeq: {sequence} {method}\r\n".encode()
                + f"Contact: <sip:caller@127.0.0.1:{near}>\r\nMax-Forwards: 70\r\n".encode()
                + kind + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
            )  # fmt: skip

        to = f"<sip:12345@127.0.0.1:{port}>".encode()
        link.send(request("INVITE", 1, to, sdp))
        answer = _final(link)
        if not answer.startswith(b"SIP/2.0 200"):
            return False
        to = next(line[4:] for line in answer.split(b"\r\n") if line.lower().startswith(b"to: "))
        link.send(request("ACK", 1, to))
        over.wait(LONGEST_S)
        link.send(request("BYE", 2, to))
        return True


def _final(link: socket.socket) -> bytes:
    while True:
        try:
            answer = link.recv(65536)
        except TimeoutError:
            return b""
        if not answer.startswith(b"SIP/2.0 1"):
            return answer
