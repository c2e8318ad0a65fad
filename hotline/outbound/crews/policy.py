"""Calls to crews: each telephone that is to ring does so once; jobs are accepted or declined by key, a recall
is heard, a talk is connected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hotline.outbound.book import CallBook
from hotline.outbound.crews.model import HEARD_S, TALK_S, CrewCall, CrewPurpose, CrewTarget
from hotline.outbound.effects import Effect
from hotline.outbound.model import KeyReply
from hotline.outbound.policy import CallPolicy
from hotline.outbound.reduce import restore, ring, watch
from hotline.outbound.signals import PolicySignal

MOST_LIVE: Final = 100
KEYS: Final[dict[CrewPurpose, frozenset[str]]] = {
    "job": frozenset({"1", "2"}), "recall": frozenset(), "talk": frozenset({"1"}),
}  # fmt: skip

CrewBook = CallBook[CrewTarget]


@dataclass(frozen=True, slots=True)
class CrewsLooked(PolicySignal):
    """Time has passed; `wanted` are all telephones that are to ring or may be ringing, the oldest first."""

    wanted: tuple[CrewTarget, ...]


@dataclass(frozen=True, slots=True)
class CrewCallsRestored(PolicySignal):
    """Calls that an earlier run placed on this switch and did not see the end of."""

    calls: tuple[CrewCall, ...]


class CrewPolicy(CallPolicy[CrewTarget]):
    gone = "gone"

    def __init__(self) -> None:
        self._wanted: frozenset[UUID] = frozenset()

    def heard_s(self, target: CrewTarget) -> float:
        return TALK_S if target.purpose == "talk" else HEARD_S

    def keys(self, target: CrewTarget) -> frozenset[str]:
        return KEYS[target.purpose]

    def reply(self, call: CrewCall) -> KeyReply:
        if call.target.purpose == "talk":
            return KeyReply("connect", "talked", talks=True)
        return KeyReply("accepted" if call.key == "1" else "declined", "answered")

    def wants(self, call: CrewCall) -> bool:
        return call.target.call_id in self._wanted

    def apply(self, book: CrewBook, signal: PolicySignal, at: float) -> Iterator[Effect]:
        match signal:
            case CrewCallsRestored(calls):
                restore(book, calls)
            case CrewsLooked(wanted):
                self._wanted = frozenset(target.call_id for target in wanted)
                yield from watch(book, at)
                for target in wanted:
                    if book.free(target):
                        yield ring(book, target, at)
