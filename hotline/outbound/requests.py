"""Automated calls that somebody else asks for, each by an id of its own: its telephone rings once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol
from uuid import UUID

from hotline.outbound.book import CallBook
from hotline.outbound.effects import Effect
from hotline.outbound.model import AutomatedCall, T
from hotline.outbound.policy import CallPolicy
from hotline.outbound.reduce import restore, ring, watch
from hotline.outbound.signals import PolicySignal


class CallRequests(Protocol[T]):
    """Who asks. Each may raise `StorageAway`, and may be called again with the same."""

    async def wanted(self) -> Sequence[T]:
        """All telephones that are to ring now or may be ringing, the oldest first."""
        ...

    async def came(self, call: AutomatedCall[T]) -> None:
        """How far a call came: rings, picked up, over with its outcome."""
        ...

    async def press(self, call: AutomatedCall[T]) -> Literal["done", "gone"]:
        """A key that counts: committed, or it does not count any more."""
        ...


@dataclass(frozen=True, slots=True)
class RequestsLooked(PolicySignal):
    """Time has passed; `wanted` are all telephones that are to ring or may be ringing, the oldest first."""

    wanted: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class CallsRestored(PolicySignal):
    """Calls that an earlier run placed on this switch and did not see the end of."""

    calls: tuple[AutomatedCall[Any], ...]


class RequestPolicy(CallPolicy[T]):
    """Which keys count and what follows is left to each purpose."""

    gone = "gone"
    rests_s: ClassVar[float] = 0.0
    """After a call that the switch did not take, none begins for so long."""

    def __init__(self) -> None:
        self._wanted: frozenset[UUID] = frozenset()
        self._rests_until = 0.0

    def wants(self, call: AutomatedCall[T]) -> bool:
        return call.target.call_id in self._wanted

    def apply(self, book: CallBook[T], signal: PolicySignal, at: float) -> Iterator[Effect]:
        match signal:
            case CallsRestored(calls):
                restore(book, calls)
            case RequestsLooked(wanted):
                self._wanted = frozenset(target.call_id for target in wanted)
                yield from watch(book, at)
                for target in wanted if at >= self._rests_until else ():
                    if book.free(target):
                        yield ring(book, target, at)

    def ended(self, book: CallBook[T], call: AutomatedCall[T], at: float) -> Iterator[Effect]:
        if call.outcome == "not_placed":
            self._rests_until = at + self.rests_s
        yield from super().ended(book, call, at)
