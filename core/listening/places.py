"""The connections of one listener as a state machine on an injected clock: who gets a place, who gives way.

A connection waits until it has said what it wants, and again when it has its answer. While it waits it has a
deadline, and gives way to a new one when there is no place left: first within its own address, then the
oldest of the address that has the most. What is being served never gives way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from core.listening.addresses import Addresses

Peer = tuple[str, int]
"""Address and port: one open connection of a listener."""
Why = Literal["full", "address", "again"]

ACCEPTED_AT_ONCE: Final = 32
"""So many a listener accepts in one turn of the event loop."""
LEAVING_MOST: Final = 5 * ACCEPTED_AT_ONCE
"""So many that give way may still have their descriptor: asyncio needs a few turns to close one."""


@dataclass(slots=True)
class _Address:
    there: set[Peer] = field(default_factory=set)
    waiting: dict[Peer, float] = field(default_factory=dict)
    """Those that wait, the longest first, and until when they may."""
    ranked: int = 0
    """The size under which it stands among those that can make room; 0 while none of it waits."""


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """There is a place; `gives_way` is to be ended for it."""

    gives_way: Peer | None = None


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    why: Why


class ConnectionSlots:
    """At most `most` connections, and of one address `per_address`, but for `trusted` ones (our own proxies).

    A new one has `first_s` seconds to say what it wants.
    """

    def __init__(
        self, most: int, *, per_address: int | None = None, trusted: Addresses | None = None, first_s: float
    ) -> None:
        self.most = most
        self._per_address = most if per_address is None else min(per_address, most)
        self._trusted = trusted or Addresses()
        self._first_s = first_s
        self._of: dict[str, _Address] = {}
        self._ranks: dict[int, dict[str, _Address]] = {}
        self._count = 0
        self._leaving: set[Peer] = set()

    def __len__(self) -> int:
        return self._count

    def come(self, peer: Peer, now: float) -> SlotTaken | ConnectionRefused:
        mine = self._of.get(peer[0])
        if mine is not None and peer in mine.there:
            # It was reset and its port used again before its descriptor was closed: counted twice, one place
            # would never come back.
            return ConnectionRefused("again")
        if mine is not None and peer[0] not in self._trusted and self._there(mine) >= self._per_address:
            return self._instead(mine, peer, now, "address")
        if self._count - len(self._leaving) >= self.most:
            if not self._ranks:
                return ConnectionRefused("full")
            crowded = next(iter(self._ranks[max(self._ranks)].values()))
            return self._instead(crowded, peer, now, "full")
        self._add(peer, now)
        return SlotTaken()

    def waits(self, peer: Peer, until: float) -> None:
        """The connection has sent no complete message: it may be closed, and is closed at `until`
        (monotonic).
        """
        mine = self._of.get(peer[0])
        if mine is not None and peer in mine.there and peer not in self._leaving:
            # Who waits keeps his place in the order: a byte now and then makes nobody younger.
            mine.waiting[peer] = until
            self._rank(peer[0], mine)

    def served(self, peer: Peer) -> None:
        mine = self._of.get(peer[0])
        if mine is not None:
            mine.waiting.pop(peer, None)
            self._rank(peer[0], mine)

    def left(self, peer: Peer) -> None:
        """Its descriptor is free."""
        mine = self._of.get(peer[0])
        if mine is None or peer not in mine.there:
            return
        mine.there.discard(peer)
        mine.waiting.pop(peer, None)
        self._leaving.discard(peer)
        self._count -= 1
        self._rank(peer[0], mine)
        if not mine.there:
            del self._of[peer[0]]

    def late(self, now: float) -> list[Peer]:
        """Connections whose deadline has passed; each is returned once, for the caller to end."""
        found = [peer for mine in self._of.values() for peer, until in mine.waiting.items() if until <= now]
        for peer in found:
            self._leave(peer)
        return found

    def _there(self, mine: _Address) -> int:
        return (
            len(mine.there) - sum(one in self._leaving for one in mine.there)
            if self._leaving
            else len(mine.there)
        )

    def _instead(self, crowded: _Address, peer: Peer, now: float, why: Why) -> SlotTaken | ConnectionRefused:
        oldest = next(iter(crowded.waiting), None)
        if oldest is None or len(self._leaving) >= LEAVING_MOST:
            return ConnectionRefused(why)
        self._leave(oldest)
        self._add(peer, now)
        return SlotTaken(oldest)

    def _leave(self, peer: Peer) -> None:
        mine = self._of[peer[0]]
        mine.waiting.pop(peer, None)
        self._rank(peer[0], mine)
        self._leaving.add(peer)

    def _add(self, peer: Peer, now: float) -> None:
        mine = self._of.setdefault(peer[0], _Address())
        mine.there.add(peer)
        mine.waiting[peer] = now + self._first_s
        self._rank(peer[0], mine)
        self._count += 1

    def _rank(self, host: str, mine: _Address) -> None:
        """The address with the most connections is found without a scan: there may be as many addresses as
        connections.
        """
        size = len(mine.there) if mine.waiting else 0
        if size == mine.ranked:
            return
        if mine.ranked:
            alike = self._ranks[mine.ranked]
            del alike[host]
            if not alike:
                del self._ranks[mine.ranked]
        if size:
            self._ranks.setdefault(size, {})[host] = mine
        mine.ranked = size
