"""What drivers of networks do alike whose sound is out of reach: nothing is heard or spoken there, a request
for a talk is denied at once, and who talks, who is there and what radios say is handed on.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final, Generic, TypeVar
from uuid import UUID

from core.clock import Clock
from core.errors import Unavailable
from core.log import logger
from core.tasks import Tasks
from field.contract.capabilities import Caps
from field.contract.data import DataSink
from radio_bridge.drivers import measures
from radio_bridge.drivers.voice import STILL_TALKS_S, Arrivals, FloorOwner, SoundSink
from radio_bridge.floor.model import Cause, QueuedFloorRequest
from radio_bridge.floor.signals import NetworkAway, NetworkDenied, NetworkIdle, NetworkTaken

MOST_HANDED: Final = 1_000
_AGAIN_S: Final = 2.0
_TRIES: Final = 5
_log = logger("radio_bridge")

Handed = TypeVar("Handed")


class VoicelessNetwork(ABC, Generic[Handed]):
    """`Handed` is what radios say and the sink keeps, in its order; while the database is away, it is tried a
    few times. A driver runs `_hand_over`, and `_tell_again` at least every few seconds.
    """

    kind: str
    caps: Caps
    denied_for: str
    """Why there is no talk, as its refusals are counted."""
    our_names: frozenset[str] = frozenset()
    """None: we never talk there."""

    def __init__(self, network: str, talkgroups: Sequence[int], clock: Clock) -> None:
        self.network = network
        self._numbers = list(talkgroups)
        self._clock = clock
        self._tasks = Tasks(f"radio_bridge.{network}")
        self._handed: asyncio.Queue[Handed] = asyncio.Queue(MOST_HANDED)
        self._floor: FloorOwner | None = None
        self._arrivals: Arrivals | None = None
        self._sink: DataSink | None = None
        self._present: frozenset[str] = frozenset()
        self._talking: dict[int, tuple[str, float]] = {}
        """Who talks in a talkgroup, and when that was told last."""
        for group in self.groups:
            measures.up.labels(group).set(0)

    # --- the ports of voice and of data ---------------------------------------------------------------

    @property
    def groups(self) -> Sequence[str]:
        """Ids of the talkgroups that it carries."""
        return tuple(map(self._group, self._numbers))

    def attach(
        self, floor: FloorOwner, ears: SoundSink | None = None, arrivals: Arrivals | None = None
    ) -> None:
        """Its sound is not heard: `ears` stay without any."""
        del ears
        self._floor = floor
        self._arrivals = arrivals

    def attach_data(self, sink: DataSink) -> None:
        self._sink = sink

    def ask(self, group: str, ask: QueuedFloorRequest) -> None:
        # Later: floor control is still telling what led to this.
        asyncio.get_running_loop().call_soon(self._deny, group, ask)

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        """Nothing was granted."""

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        """Never."""
        del group, token, frame
        measures.frames.labels(self.network, "unspoken").inc()
        return False

    def _deny(self, group: str, ask: QueuedFloorRequest) -> None:
        measures.refusals.labels(self.network, self.denied_for).inc()
        self._take(group, NetworkDenied(*ask.key, Cause.NETWORK_DENIED))

    # --- what the network tells -----------------------------------------------------------------------

    def _link_is(self, *, up: bool) -> None:
        for group in self.groups:
            measures.up.labels(group).set(int(up))
            if not up:
                self._take(group, NetworkAway())

    def _talk_began(self, tg: int, party: str) -> None:
        self._talking[tg] = (party, self._clock.monotonic())
        self._take(self._group(tg), NetworkTaken(party))

    def _talk_ended(self, tg: int) -> None:
        self._talking.pop(tg, None)
        self._take(self._group(tg), NetworkIdle())

    def _tell_again(self) -> None:
        """Floor control ends a talk of which it hears no more."""
        now = self._clock.monotonic()
        for tg, (party, told) in list(self._talking.items()):
            if now >= told + STILL_TALKS_S:
                self._talk_began(tg, party)

    def _there(self, present: frozenset[str]) -> None:
        """Who is there now, when that is news."""
        if present != self._present and self._arrivals is not None:
            self._arrivals.there(present, network=self.network)
        self._present = present

    # --- what radios say ------------------------------------------------------------------------------

    @abstractmethod
    async def _give(self, what: Handed) -> None:
        """To the sink. Raises `core.errors.Unavailable`."""

    def _not_kept(self, what: Handed) -> None:
        """It was not taken in: a text is not acknowledged, and comes again."""

    def _hand(self, what: Handed) -> None:
        """What waits is bounded."""
        try:
            self._handed.put_nowait(what)
        except asyncio.QueueFull:
            self._not_kept(what)
            _log.warning("too much waits to be kept", network=self.network)

    async def _hand_over(self) -> None:
        """Until cancelled."""
        while True:
            what = await self._handed.get()
            for _ in range(_TRIES):
                try:
                    await self._give(what)
                    break
                except Unavailable as error:
                    _log.info("a radio's message waits", network=self.network, error=error.kind)
                    await self._clock.sleep(_AGAIN_S)
            else:
                self._not_kept(what)

    # --- names ----------------------------------------------------------------------------------------

    def _take(self, group: str, signal: NetworkAway | NetworkDenied | NetworkIdle | NetworkTaken) -> None:
        if self._floor is not None:
            self._floor.take(group, signal)

    def _group(self, tg: int) -> str:
        return f"{self.network}:{tg}"

    def _party(self, radio: int | str) -> str:
        return f"{self.network}:{radio}"
