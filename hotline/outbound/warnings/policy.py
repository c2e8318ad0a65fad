"""A call about a warning: 1 acknowledges, 2 refuses. No more calls a second than the settings allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from hotline.outbound.book import CallBook
from hotline.outbound.effects import Effect
from hotline.outbound.model import AutomatedCall, KeyReply
from hotline.outbound.reduce import ring, watch
from hotline.outbound.requests import RequestPolicy, RequestsLooked
from hotline.outbound.signals import NETWORK_DOWN, NO_CIRCUIT, PolicySignal

CHANNEL_ID: Final = "wn-"
"""Begins the Uniqueid of a leg that was placed for a warning."""
HEARD_S: Final = 190.0
"""Longest time after a recipient has picked up: what dialplan/warning.conf allows, and to spare."""
KEYS: Final = frozenset({"1", "2"})

WarningMark = Literal["actual", "exercise", "test"]
WarningAbout = Literal["alert", "update", "clear"]


@dataclass(frozen=True, slots=True)
class WarningCallTarget:
    """The `attempt`-th call of a delivery, from 0. Its number is asked for when it is placed, and kept in no
    table of calls. What is heard: `mark` first, then what it is `about`.
    """

    call_id: UUID
    delivery_id: UUID
    attempt: int
    line: str
    mark: WarningMark
    about: WarningAbout

    @property
    def channel_id(self) -> str:
        return f"{CHANNEL_ID}{self.call_id}"


WarningCall = AutomatedCall[WarningCallTarget]


class WarningCallPolicy(RequestPolicy[WarningCallTarget]):
    refused = frozenset({NO_CIRCUIT, NETWORK_DOWN})
    rests_s = 10.0

    def __init__(self, per_s: float) -> None:
        super().__init__()
        self._per_s = per_s
        self._allowed = 1.0
        self._allowed_at = 0.0

    def heard_s(self, target: WarningCallTarget) -> float:  # noqa: ARG002  # each is as long
        return HEARD_S

    def keys(self, target: WarningCallTarget) -> frozenset[str]:  # noqa: ARG002  # each has the same
        return KEYS

    def reply(self, call: WarningCall) -> KeyReply:
        if call.key == "1":
            return KeyReply("acknowledged", "acknowledged")
        return KeyReply("declined", "answered")

    def apply(self, book: CallBook[WarningCallTarget], signal: PolicySignal, at: float) -> Iterator[Effect]:
        if not isinstance(signal, RequestsLooked):
            yield from super().apply(book, signal, at)
            return
        self._wanted = frozenset(target.call_id for target in signal.wanted)
        yield from watch(book, at)
        passed = max(0.0, at - self._allowed_at)
        self._allowed = min(max(1.0, self._per_s), self._allowed + passed * self._per_s)
        self._allowed_at = at
        for target in signal.wanted if at >= self._rests_until else ():
            if self._allowed < 1:
                break
            if book.free(target):
                self._allowed -= 1
                yield ring(book, target, at)
