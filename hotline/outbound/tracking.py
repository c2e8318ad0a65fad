"""Sends each call once, finds out what became of those in doubt, and knows what the switch has of them.

It decides nothing: whoever keeps the calls says what is to be done, and is told what came of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from core.log import logger
from core.switch import SwitchMessage
from core.tasks import Tasks
from hotline.outbound.ports import Placed, SettlesCalls
from hotline.outbound.signals import Alive, CallNotPlaced, CallSignal, InDoubt, NotKept, Over, Unknown
from hotline.outbound.switch import ChannelReader

_log = logger("hotline")


class TrackedCall(Protocol):
    """A call that is live. `began` is a Unix second."""

    @property
    def channel_id(self) -> str:
        """The Uniqueid of its first channel."""
        ...

    @property
    def began(self) -> float:
        """When it was placed, as a Unix time in seconds."""
        ...

    @property
    def in_doubt(self) -> bool:
        """Whether the switch has not said that it placed the call."""
        ...


class CallTracker:
    """`take` gives a signal to whoever keeps the calls. All methods run in the event loop's thread."""

    def __init__(
        self,
        switch: SettlesCalls,
        tasks: Tasks,
        reader: ChannelReader,
        take: Callable[[CallSignal], object],
        *,
        doubt_s: float,
    ) -> None:
        self._switch = switch
        self._tasks = tasks
        self._reader = reader
        self._take = take
        self._doubt_s = doubt_s
        self._present: dict[str, list[CallSignal]] | None = None
        self._unsent: set[str] = set()
        self._busy: set[tuple[str, str]] = set()
        """What is being done, by kind and channel."""

    # --- what the switch has ----------------------------------------------------------------------------

    @property
    def in_touch(self) -> bool:
        """Whether our channels on the switch are known: nothing is to be placed while they are not."""
        return self._present is not None

    def snapshot(self, channels: Sequence[SwitchMessage]) -> None:
        """All channels that exist."""
        prefix = self._reader.prefix
        ours = [row for row in channels if row.get("Uniqueid").startswith(prefix)]
        self._present = {row.get("Uniqueid"): self._reader.row(row) for row in ours}

    def link_down(self) -> None:
        """Which channels exist is not known until the next snapshot."""
        self._present = None

    def reconcile(self, live: Iterable[TrackedCall]) -> list[TrackedCall]:
        """Tell what the last snapshot shows of each live call. Those that were sent and are not in it."""
        present, missing = self._present, list[TrackedCall]()
        if present is None:
            return missing
        for call in live:
            if call.channel_id in self._unsent:
                continue
            if call.channel_id not in present:
                missing.append(call)
            for signal in present.get(call.channel_id, ()):
                self._take(signal)
        return missing

    # --- placing it once --------------------------------------------------------------------------------

    @contextmanager
    def unsent(self, channel: str) -> Iterator[None]:
        """Until the end of it the call is not sent: nothing looks for it."""
        self._unsent.add(channel)
        try:
            yield
        finally:
            self._unsent.discard(channel)

    def place(self, channel: str, work: Callable[[], Awaitable[None]]) -> None:
        """`work` writes the call down and then calls `send`; returns at once."""
        self._unsent.add(channel)
        if not self._tasks.spawn("ring", partial(self._place, channel, work)):
            self._unsent.discard(channel)
            self._take(NotKept(channel))

    async def send(self, channel: str, ring: Callable[[], Awaitable[Placed]]) -> None:
        """Send the call, once: `ring` is called once, and whatever goes wrong leaves it in doubt."""
        with self.unsent(channel):
            try:
                placed = await ring()
            except Exception:  # noqa: BLE001  # whatever it was, it may have been sent
                _log.exception("placing a call failed", channel=channel)
                placed = "in_doubt"
        if placed == "in_doubt":
            self.doubt(channel)
        elif placed != "placed":
            self._take(CallNotPlaced(channel, "unreachable" if placed == "unreachable" else "not_placed"))

    async def _place(self, channel: str, work: Callable[[], Awaitable[None]]) -> None:
        with self.unsent(channel):
            await work()

    # --- finding out ------------------------------------------------------------------------------------

    def doubt(self, channel: str) -> None:
        """Nobody knows whether it was placed, or whether it is over: find out."""
        self._take(InDoubt(channel))
        self.settle(channel)

    def settle(self, channel: str) -> None:
        """Find out what became of it; returns at once. One that is not sent yet is not looked for."""
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
            self._take(CallNotPlaced(channel, "unreachable", searched=True))
        else:
            self._take(Unknown(channel))
