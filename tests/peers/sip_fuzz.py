"""A caller and a telephone whose every field may hold anything. Each has a UDP port of its own, and nothing
waits: `pump` takes what has come, so that one thread keeps many calls.
"""

from __future__ import annotations

import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from tests.peers.hostile_sip import SDP, proof
from tests.peers.program import PeerFailed
from tests.peers.sip_fields import Put, Request, Within

PAUSE_S: Final = 0.005


class _Port:
    """A UDP port of one party on the switch's machine."""

    def __init__(self, switch_port: int) -> None:
        self.switch = ("127.0.0.1", switch_port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]

    def send(self, message: bytes) -> None:
        # Longer than a datagram may be, or more than the queue takes: it is lost, as on a network.
        with suppress(OSError):
            self._socket.sendto(message, self.switch)

    def taken(self) -> Iterable[bytes]:
        with suppress(BlockingIOError):
            while True:
                yield self._socket.recv(65_536)

    def via(self) -> bytes:
        branch = secrets.token_hex(8).encode()
        return b"SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s;rport" % (self.port, branch)

    def contact(self, name: bytes = b"x") -> bytes:
        return b"<sip:%s@127.0.0.1:%d>" % (name, self.port)

    def close(self) -> None:
        self._socket.close()


class FuzzedCaller(_Port):
    """One call. `status` is its final answer (0: none yet), `over` is true when the switch has ended it."""

    def __init__(self, switch_port: int, account: tuple[str, str] | None = None) -> None:
        super().__init__(switch_port)
        self._account = account
        self._sent: Request | None = None
        self._answer = b""
        self._number = 1
        self.status = 0
        self.over = False
        self.left = False

    @property
    def up(self) -> bool:
        return self.status == 200 and not self.over and not self.left

    def dial(self, put: Put, payload: bytes, *, called: bytes = b"12345") -> None:
        tag = secrets.token_hex(8).encode()
        user = self._account[0].encode() if self._account else b"13904510001"
        request = Request(
            b"INVITE",
            b"sip:" + called + b"@127.0.0.1",
            (
                (b"Via", self.via()),
                (b"Max-Forwards", b"70"),
                (b"From", b"<sip:" + user + b"@127.0.0.1>;tag=" + tag),
                (b"To", b"<sip:" + called + b"@127.0.0.1>"),
                (b"Call-ID", tag),
                (b"CSeq", b"1 INVITE"),
                (b"Contact", self.contact()),
            ),
            SDP.encode(),
        )
        self._sent = put(request, payload)
        self.send(self._sent.text())

    def ask(self, within: Within, payload: bytes) -> None:
        """A request within the call. Its answer is of no interest."""
        self.send(within.put(self._inside(within.method), payload).text())

    def hang_up(self) -> None:
        if self.status == 200 and not self.over:
            self.left = True
            self.send(self._inside(b"BYE").text())

    def pump(self) -> None:
        for message in self.taken():
            if message.startswith(b"SIP/2.0 "):
                self._take_answer(message)
            else:
                self._take_request(message)

    def _take_answer(self, message: bytes) -> None:
        if not re.search(rb"^CSeq:\s*\d+\s+INVITE", message, re.MULTILINE | re.IGNORECASE):
            return
        status = int(message[8:11]) if message[8:11].isdigit() else 0
        if status < 200:
            return
        self.send(self._acknowledgement(message, status))
        if self.status:
            return
        if status == 401 and self._account is not None and self._number == 1 and self._sent is not None:
            self._number = 2
            self._sent = self._proved(self._sent, message.decode("utf-8", "replace"))
            self.send(self._sent.text())
            return
        self.status, self._answer = status, message

    def _proved(self, request: Request, challenge: str) -> Request:
        assert self._account is not None
        said = proof(self._account, challenge, "INVITE", "sip:127.0.0.1")
        value = said.encode().strip().partition(b": ")[2]
        if any(name == b"Authorization" for name, _ in request.lines):
            hostile = request.line(b"Authorization")
            value = hostile + b'"' + value[value.index(b", realm") :]
        return (
            request.with_line(b"Authorization", value)
            .with_line(b"CSeq", request.line(b"CSeq").replace(b"1 INVITE", b"2 INVITE", 1))
            .with_line(b"Via", self.via())
        )

    def _take_request(self, message: bytes) -> None:
        if message.startswith(b"BYE "):
            self.over = True
        if not message.startswith(b"ACK "):
            self.send(_reply(message, b"200 OK").text())

    def _acknowledgement(self, answer: bytes, status: int) -> bytes:
        lines = _copied(answer, b"Via") if status != 200 else [(b"Via", self.via())]
        number = re.search(rb"^CSeq:\s*(\d+)", answer, re.MULTILINE | re.IGNORECASE)
        lines += _copied(answer, b"From", b"To", b"Call-ID")
        lines.append((b"CSeq", (number.group(1) if number else b"1") + b" ACK"))
        return Request(b"ACK", b"sip:x@127.0.0.1", (*lines, (b"Max-Forwards", b"70"))).text()

    def _inside(self, method: bytes) -> Request:
        self._number += 1
        found = re.search(rb"^CSeq:\s*(\d+)", self._answer, re.MULTILINE | re.IGNORECASE)
        number = int(found.group(1)) + self._number if found else 10 + self._number
        return Request(
            method,
            b"sip:x@127.0.0.1:%d" % self.switch[1],
            (
                (b"Via", self.via()),
                (b"Max-Forwards", b"70"),
                *_copied(self._answer, b"From", b"To", b"Call-ID"),
                (b"CSeq", b"%d %s" % (number, method)),
                (b"Contact", self.contact()),
            ),
        )


class FuzzedPhone(_Port):
    """A telephone with an account, whose answer to the next call is `answer`: status, field and payload."""

    def __init__(self, switch_port: int, account: tuple[str, str]) -> None:
        super().__init__(switch_port)
        self._account = account
        self.answer: tuple[bytes, Put, bytes] = (b"486 Busy", lambda request, _: request, b"")
        self.rung = 0

    def register(self, *, within: float = 5.0) -> None:
        name = self._account[0].encode()
        call = secrets.token_hex(8).encode()
        known = (
            (b"Max-Forwards", b"70"),
            (b"From", b"<sip:%s@127.0.0.1>;tag=%s" % (name, call)),
            (b"To", b"<sip:%s@127.0.0.1>" % name),
            (b"Call-ID", call),
            (b"Contact", self.contact(name)),
            (b"Expires", b"600"),
        )
        said: tuple[tuple[bytes, bytes], ...] = ()
        for number in (b"1", b"2"):
            lines = ((b"Via", self.via()), *known, (b"CSeq", number + b" REGISTER"), *said)
            self.send(Request(b"REGISTER", b"sip:127.0.0.1", lines).text())
            answer = self._answered(within)
            if answer.startswith(b"SIP/2.0 200"):
                return
            proved = proof(self._account, answer.decode("utf-8", "replace"), "REGISTER", "sip:127.0.0.1")
            said = ((b"Authorization", proved.encode().strip().partition(b": ")[2]),)
        raise PeerFailed(f"{name.decode()} was not registered")

    def _answered(self, within: float) -> bytes:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for message in self.taken():
                if message.startswith(b"SIP/2.0 ") and not message.startswith(b"SIP/2.0 1"):
                    return message
            time.sleep(PAUSE_S)
        return b""

    def pump(self) -> None:
        for message in self.taken():
            if message.startswith(b"INVITE "):
                self.rung += 1
                status, put, payload = self.answer
                self.send(put(self._said(message, status), payload).text())
            elif not message.startswith((b"ACK ", b"SIP/2.0 ")):
                self.send(_reply(message, b"200 OK").text())
                if message.startswith(b"CANCEL "):
                    invite = message.replace(b"CANCEL", b"INVITE")
                    self.send(_reply(invite, b"487 Cancelled").text())

    def _said(self, invite: bytes, status: bytes) -> Request:
        answer = _reply(invite, status)
        if status.startswith(b"200"):
            kept = (*answer.lines, (b"Contact", self.contact()))
            return Request(b"", status, kept, SDP.encode())
        return answer


def _reply(request: bytes, status: bytes) -> Request:
    lines = _copied(request, b"Via", b"From", b"To", b"Call-ID", b"CSeq")
    told = [
        (name, value + b";tag=phone" if name == b"To" and b";tag=" not in value else value)
        for name, value in lines
    ]
    return Request(b"", status, tuple(told))


def _copied(message: bytes, *names: bytes) -> list[tuple[bytes, bytes]]:
    """These headers of a message as they stand, each line of them."""
    head = message.partition(b"\r\n\r\n")[0]
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    return [
        (name, value.strip()) for wanted in names for name, _, value in lines
        if name.strip().lower() == wanted.lower()
    ]  # fmt: skip


def pump_until(
    parties: Iterable[FuzzedCaller | FuzzedPhone], done: Callable[[], bool], within: float
) -> bool:
    """Let all of them answer until `done`, or for so many seconds."""
    everybody = list(parties)
    deadline = time.monotonic() + within
    while not (finished := done()) and time.monotonic() < deadline:
        for party in everybody:
            party.pump()
        time.sleep(PAUSE_S)
    return finished
