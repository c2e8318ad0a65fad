"""Somebody at the switch's SIP port who writes whatever he likes into any field of an INVITE.

Neither SIPp nor a telephone sends such requests as they are; these are composed byte by byte.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.peers.program import PeerFailed

SDP: Final = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
)


@dataclass(frozen=True, slots=True)
class Invite:
    """The fields that reach a channel. `headers` are further ones, by name."""

    called: str = "12345"
    caller: str = "13904510001"
    caller_name: str = ""
    to: str = "12345"
    contact_user: str = "x"
    headers: Mapping[str, str] | None = None


class HostileSip:
    """One UDP port. `account` (name, secret) answers a challenge, as an agent's telephone does. `address` is
    where he stands: the trunk of a private switch is 127.0.0.1, and another loopback address is a stranger.
    """

    def __init__(
        self, switch_port: int, account: tuple[str, str] | None = None, *, address: str = "127.0.0.1"
    ) -> None:
        self._switch = ("127.0.0.1", switch_port)
        self._account = account
        self._standing: tuple[Invite, str, str] | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._address = address
        self._socket.settimeout(0.05)
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()

    def invite(self, invite: Invite, *, patience: float = 2.0) -> int:
        """The final answer to an INVITE (0: none came). A call that was answered is ended at once."""
        status = self.begin(invite, patience=patience)
        self.finish()
        return status

    def begin(self, invite: Invite, *, patience: float = 2.0) -> int:
        """The same; a call that was answered stands until `finish`."""
        call = secrets.token_hex(8)
        status, answer = self._ask(self._text(invite, call, 1, ""), call, 1, patience)
        if status == 401 and self._account is not None:
            proof = self._proof(answer, f"sip:{invite.called}@127.0.0.1")
            status, answer = self._ask(self._text(invite, call, 2, proof), call, 2, patience)
        if status == 200:
            self._standing = (invite, call, answer)
        return status

    def finish(self) -> None:
        """End the call that stands, if one does."""
        if self._standing is not None:
            self._end(*self._standing)
            self._standing = None

    def register(self, name: str, *, patience: float = 2.0) -> int:
        """What a REGISTER for `name` without credentials is answered."""
        call = secrets.token_hex(8)
        return self._ask(self._registration(name, call, 1, ""), call, 1, patience)[0]

    def guess(self, name: str, password: str = "guess", *, patience: float = 2.0) -> int:
        """What a REGISTER for `name` with a password is answered at the end."""
        call = secrets.token_hex(8)
        status, answer = self._ask(self._registration(name, call, 1, ""), call, 1, patience)
        if status != 401:
            return status
        said = proof((name, password), answer, "REGISTER", "sip:127.0.0.1")
        return self._ask(self._registration(name, call, 2, said), call, 2, patience)[0]

    def _text(self, invite: Invite, call: str, number: int, proof: str) -> str:
        more = "".join(f"{name}: {value}\r\n" for name, value in (invite.headers or {}).items())
        return (
            f"INVITE sip:{invite.called}@127.0.0.1 SIP/2.0\r\n{self._via(call, number)}"
            f"{self._between(invite, call)}CSeq: {number} INVITE\r\n"
            f"Contact: <sip:{invite.contact_user}@{self._address}:{self.port}>\r\n{proof}{more}"
            f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}"
        )

    def _registration(self, name: str, call: str, number: int, proved: str) -> str:
        return (
            f"REGISTER sip:127.0.0.1 SIP/2.0\r\n{self._via(call, number)}"
            f"From: <sip:{name}@127.0.0.1>;tag={call}\r\nTo: <sip:{name}@127.0.0.1>\r\n"
            f"Call-ID: {call}\r\nCSeq: {number} REGISTER\r\n{proved}"
            f"Contact: <sip:{name}@{self._address}:{self.port}>\r\nExpires: 60\r\nContent-Length: 0\r\n\r\n"
        )

    def _via(self, call: str, number: int) -> str:
        branch = f"z9hG4bK{call}{number}"
        return f"Via: SIP/2.0/UDP {self._address}:{self.port};branch={branch};rport\r\nMax-Forwards: 70\r\n"

    def _between(self, invite: Invite, call: str, to_tag: str = "") -> str:
        name = f'"{invite.caller_name}" ' if invite.caller_name else ""
        return (
            f"From: {name}<sip:{invite.caller}@127.0.0.1>;tag={call}\r\n"
            f"To: <sip:{invite.to}@127.0.0.1>{to_tag}\r\nCall-ID: {call}\r\n"
        )

    def _ask(self, text: str, call: str, number: int, patience: float) -> tuple[int, str]:
        self._socket.sendto(text.encode("utf-8", "surrogateescape"), self._switch)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            answer = self._next()
            found = re.match(r"SIP/2\.0 ([2-6]\d\d)", answer)
            if found and call in answer and self._number(answer) == number:
                return int(found.group(1)), answer
        return 0, ""

    def _next(self) -> str:
        try:
            return self._socket.recv(65_536).decode("utf-8", "replace")
        except TimeoutError:
            return ""

    def _end(self, invite: Invite, call: str, answer: str) -> None:
        tag = re.search(r"^To:.*(;tag=[^\r;]+)", answer, re.MULTILINE)
        between = self._between(invite, call, tag.group(1) if tag else "")
        for number, method in ((self._number(answer), "ACK"), (9, "BYE")):
            text = (
                f"{method} sip:x@127.0.0.1:{self._switch[1]} SIP/2.0\r\n"
                f"{self._via(call, 100 + number)}{between}"
                f"CSeq: {number} {method}\r\nContent-Length: 0\r\n\r\n"
            )
            self._socket.sendto(text.encode("utf-8", "surrogateescape"), self._switch)

    @staticmethod
    def _number(answer: str) -> int:
        found = re.search(r"^CSeq: (\d+)", answer, re.MULTILINE)
        return int(found.group(1)) if found else 1

    def _proof(self, challenge: str, uri: str) -> str:
        assert self._account is not None
        return proof(self._account, challenge, "INVITE", uri)


def proof(account: tuple[str, str], challenge: str, method: str, uri: str) -> str:
    """The header that answers a challenge for an account (name, secret)."""
    name, secret = account
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    if not asked:
        raise PeerFailed(f"no challenge in {challenge}")
    ours = secrets.token_hex(4)
    one = _md5(f"{name}:{asked['realm']}:{secret}")
    two = _md5(f"{method}:{uri}")
    response = _md5(f"{one}:{asked['nonce']}:00000001:{ours}:auth:{two}")
    return (
        f'Authorization: Digest username="{name}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, cnonce="{ours}", qop=auth, nc=00000001, '
        f'opaque="{asked.get("opaque", "")}"\r\n'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def forged(taken: bytes, mark: bytes) -> list[bytes]:
    """Lines of AMI events that a payload with this word began, and control characters of it within a line.

    A security event names the Call-ID as its SessionID before any rule of ours sees the request. Asterisk
    decodes no escapes in it and a line break ends it; other control characters may stand there, and nobody
    reads it.
    """
    text = taken.replace(b"\r\n", b"\n")
    began = re.findall(rb"^(?:UserEvent: %s|%s.*)$" % (mark, mark), text, re.MULTILINE)
    odd = re.findall(rb"^.*[\x00-\x08\x0b-\x1f\x7f].*$", text, re.MULTILINE)
    return began + [line for line in odd if not line.startswith(b"SessionID: ")]
