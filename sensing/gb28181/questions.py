"""What we ask of devices by SIP: requests, their repetitions over UDP, and their answers (RFC 3261, 17.1)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sensing.gb28181.ids import realm_of
from sensing.gb28181.registrar import GbSource
from sensing.gb28181.sip import Headers, SipRequest, SipResponse, encoded

FIRST_AGAIN_S: Final = 0.5
LAST_AGAIN_S: Final = 4.0
MOST_LEFT: Final = 256
XML: Final = "Application/MANSCDP+xml"
SDP: Final = "APPLICATION/SDP"


@dataclass(slots=True)
class _Open:
    request: SipRequest
    to: GbSource
    answer: asyncio.Future[SipResponse]
    heard: asyncio.Event = field(default_factory=asyncio.Event)


class GbQuestions:
    """Asks, and pairs answers with what was asked: by a branch that nobody else knows."""

    def __init__(self, server_id: str, host: str, port: int, send: Callable[[bytes, GbSource], None]) -> None:
        self.server_id = server_id
        self.host = host
        self.port = port
        self._send = send
        self._open: dict[str, _Open] = {}
        self._acks: dict[str, bytes] = {}
        self._left: dict[str, _Open] = {}
        self._number = secrets.randbelow(1 << 20)

    def request(
        self, method: str, user: str, to: GbSource, *, body: bytes = b"", kind: str = "", more: Headers = ()
    ) -> SipRequest:
        """A request that begins a dialog or stands alone. `user` is the id of the device or camera."""
        self._number += 1
        uri = f"sip:{user}@{_authority(to)}"
        headers: Headers = (
            ("via", self._via(to)),
            ("from", f"<sip:{self.server_id}@{realm_of(self.server_id)}>;tag={secrets.token_hex(6)}"),
            ("to", f"<{uri}>"),
            ("call-id", secrets.token_hex(12)),
            ("cseq", f"{self._number} {method}"),
            ("contact", f"<sip:{self.server_id}@{self.host}:{self.port}>"),
            ("max-forwards", "70"),
            *((("content-type", kind),) if kind else ()),
            *more,
        )
        return SipRequest(headers, body, method, uri)

    async def ask(self, request: SipRequest, to: GbSource, wait_s: float) -> SipResponse | None:
        """The final answer; None when none comes in time. An INVITE that is given up is cancelled, and what
        is accepted too late is ended.
        """
        loop = asyncio.get_running_loop()
        one = _Open(request, to, loop.create_future())
        self._open[request.branch] = one
        try:
            async with asyncio.timeout(wait_s):
                await self._send_until_heard(one)
                answer = await one.answer
        except TimeoutError:
            answer = None
        finally:
            del self._open[request.branch]
            if request.method == "INVITE" and not (one.answer.done() and not one.answer.cancelled()):
                self._give_up(one)
        if answer is not None and request.method == "INVITE":
            self._acknowledge(one, answer)
        return answer

    def answered(self, response: SipResponse, source: GbSource) -> bool:
        """An answer came. False for one of nothing that was asked there."""
        one = self._open.get(response.branch)
        if one is not None and one.to == source and response.cseq[1] == one.request.method:
            one.heard.set()
            if response.status >= 200 and not one.answer.done():
                one.answer.set_result(response)
            return True
        ack = self._acks.get(response.call_id)
        if ack is not None and response.cseq[1] == "INVITE" and 200 <= response.status < 300:
            self._send(ack, source)  # ours was lost
            return True
        left = self._left.get(response.branch)
        if left is None or left.to != source or response.cseq[1] != "INVITE":
            return False
        if response.status >= 200:
            self._acknowledge(left, response)
            if response.status < 300:
                self._send(encoded(self.bye(left.request, response, source)), source)
        return True

    def bye(self, invite: SipRequest, accepted: SipResponse, to: GbSource) -> SipRequest:
        """What ends a session; to be sent by `ask`."""
        self._acks.pop(invite.call_id, None)
        return self._within(invite, accepted, "BYE", to, invite.cseq[0] + 1)

    async def _send_until_heard(self, one: _Open) -> None:
        pause = FIRST_AGAIN_S
        data = encoded(one.request)
        while True:
            self._send(data, one.to)
            if one.to.connection:
                return
            heard = asyncio.ensure_future(one.heard.wait())
            try:
                done, _ = await asyncio.wait({heard}, timeout=pause)
            finally:
                heard.cancel()
            if done:
                return
            pause = min(LAST_AGAIN_S, pause * 2)

    def _acknowledge(self, one: _Open, answer: SipResponse) -> None:
        number = one.request.cseq[0]
        if answer.status < 300:
            ack = encoded(self._within(one.request, answer, "ACK", one.to, number))
            while len(self._acks) >= MOST_LEFT:
                del self._acks[next(iter(self._acks))]
            self._acks[one.request.call_id] = ack
        else:
            ack = encoded(self._hop_by_hop(one.request, "ACK", answer.first("to")))
        self._send(ack, one.to)

    def _give_up(self, one: _Open) -> None:
        while len(self._left) >= MOST_LEFT:
            del self._left[next(iter(self._left))]
        self._left[one.request.branch] = one
        if one.heard.is_set():
            self._send(encoded(self._hop_by_hop(one.request, "CANCEL", one.request.first("to"))), one.to)

    def _hop_by_hop(self, request: SipRequest, method: str, to: str) -> SipRequest:
        """ACK of a refusal, or CANCEL: of the same transaction."""
        headers: Headers = (
            ("via", request.first("via")), ("from", request.first("from")), ("to", to),
            ("call-id", request.call_id), ("cseq", f"{request.cseq[0]} {method}"), ("max-forwards", "70"),
        )  # fmt: skip
        return SipRequest(headers, b"", method, request.uri)

    def _within(
        self, invite: SipRequest, accepted: SipResponse, method: str, to: GbSource, number: int
    ) -> SipRequest:
        headers: Headers = (
            ("via", self._via(to)), ("from", invite.first("from")), ("to", accepted.first("to")),
            ("call-id", invite.call_id), ("cseq", f"{number} {method}"), ("max-forwards", "70"),
        )  # fmt: skip
        return SipRequest(headers, b"", method, invite.uri)

    def _via(self, to: GbSource) -> str:
        protocol = "TCP" if to.connection else "UDP"
        return f"SIP/2.0/{protocol} {self.host}:{self.port};rport;branch=z9hG4bK{secrets.token_hex(10)}"


def _authority(to: GbSource) -> str:
    return f"[{to.ip}]:{to.port}" if ":" in to.ip else f"{to.ip}:{to.port}"
