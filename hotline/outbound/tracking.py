"""What is being done about placed calls, each thing once at a time, and what the switch has of them.

For whoever keeps a book of such calls: it says what is to be done, this does it and tells what came of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

from core.tasks import Tasks
from hotline.outbound.ports import Settled
from hotline.outbound.signals import Alive, InDoubt, NotKept, NotPlaced, Over, Signal, Unknown
from hotline.outbound.switch import present, signals_of_row
from hotline.ports import AmiMessage


class Followed(Protocol):
    """A call that is live in the book. `began` is a Unix second."""

    @property
    def channel_id(self) -> str: ...

    @property
    def began(self) -> float: ...

    @property
    def in_doubt(self) -> bool: ...


class Settler(Protocol):
    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        """What became of a call of this or an earlier run; waits for a link so long. Never raises."""
        ...


Own = TypeVar("Own")
"""The signals of the book, those of placed calls among them."""


class Following(Generic[Own]):
    """All methods run in the event loop's thread."""

    def __init__(
        self,
        switch: Settler,
        tasks: Tasks,
        take: Callable[[Signal | Own], None],
        *,
        begins: str,
        doubt_s: float,
        quiet_s: float,
    ) -> None:
        self._switch = switch
        self._tasks = tasks
        self._take = take
        self._begins = begins
        """Begins the Uniqueid of each such leg."""
        self._doubt_s = doubt_s
        self._quiet_s = quiet_s
        self._present: dict[str, int] | None = None
        self._unsent: set[str] = set()
        self._busy: set[tuple[str, str]] = set()
        """What is being done, by kind and channel."""

    @property
    def in_touch(self) -> bool:
        """Whether our channels on the switch are known: nothing is to be placed while they are not."""
        return self._present is not None

    def snapshot(self, channels: Sequence[AmiMessage]) -> None:
        """All channels that exist."""
        self._present = present(channels, self._begins)

    def link_down(self) -> None:
        self._present = None

    def reconcile(self, live: Iterable[Followed], now: float) -> None:
        """Each live call, and all channels that the switch had in its last snapshot."""
        if self._present is None:
            return
        for call in live:
            channel = call.channel_id
            if channel in self._unsent:
                continue
            if channel in self._present:
                for signal in signals_of_row(channel, self._present[channel]):
                    self._take(signal)
            elif call.in_doubt or now - call.began >= self._quiet_s:
                # Gone, or never placed: the switch's own marks may tell.
                self._take(InDoubt(channel))
                self.settle(channel)

    def ring(self, channel: str, place: Callable[[], Awaitable[Signal | Own | None]]) -> None:
        """`place` writes the call down and sends it once; None: it is on its way."""
        self._unsent.add(channel)
        if not self._tasks.spawn("ring", partial(self._ring, channel, place)):
            self._unsent.discard(channel)
            self._take(NotKept(channel))

    def settle(self, channel: str) -> None:
        """Find out what became of it. One that is not sent yet is not looked for."""
        if channel not in self._unsent:
            self.once("settle", channel, partial(self._find_out, channel))

    def once(self, kind: str, channel: str, work: Callable[[], Awaitable[None]]) -> None:
        """At most one such piece of work for a channel at a time."""
        key = (kind, channel)
        if key in self._busy:
            return
        self._busy.add(key)
        if not self._tasks.spawn(kind, partial(self._do, key, work)):
            self._busy.discard(key)

    async def _ring(self, channel: str, place: Callable[[], Awaitable[Signal | Own | None]]) -> None:
        try:
            came = await place()
        finally:
            self._unsent.discard(channel)
        if came is not None:
            self._take(came)

    async def _do(self, key: tuple[str, str], work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        finally:
            self._busy.discard(key)

    async def _find_out(self, channel: str) -> None:
        found = await self._switch.settle(channel, within_s=self._doubt_s)
        if found == "alive":
            self._take(Alive(channel))
        elif found == "gone":
            self._take(Over(channel))
        elif found == "never":
            self._take(NotPlaced(channel, "unreachable"))
        else:
            self._take(Unknown(channel))
