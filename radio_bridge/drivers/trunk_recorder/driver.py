"""A trunked network that trunk-recorder listens to: who talks, who is there, emergency calls.

Nothing can be said there, and a request for a talk is denied at once. Its sound stays with the recorder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from core.clock import Clock
from core.errors import Unavailable
from core.log import logger
from core.room import Health
from core.tasks import Tasks
from radio_bridge.drivers import measures
from radio_bridge.drivers.capabilities import Can, Caps
from radio_bridge.drivers.data import DataSink
from radio_bridge.drivers.trunk_recorder import health, messages
from radio_bridge.drivers.trunk_recorder.calls import (
    Calls,
    CameUp,
    EmergencyCall,
    TalkBegan,
    TalkEnded,
    Told,
)
from radio_bridge.drivers.trunk_recorder.settings import TrunkRecorderSettings
from radio_bridge.drivers.voice import Arrivals, Ears, FloorOwner, LinkState
from radio_bridge.errors import Malformed
from radio_bridge.floor.model import Ask, Cause
from radio_bridge.floor.signals import NetworkAway, NetworkDenied, NetworkIdle, NetworkTaken
from radio_bridge.ports import Link, Message

CAPS: Final = Caps(frozenset({Can.TALKER, Can.PRESENCE}))
LOOKED_S: Final = 0.5
SILENT_S: Final = 15.0
"""The recorder says something each second; so long without a word it is not there."""
STILL_TALKS_S: Final = 30.0
MOST_HANDED: Final = 1_000
_KINDS: Final = (
    "call_start", "call_end", "calls_active", "rates", "recorders", "trunk_recorder/status",
)  # fmt: skip
_AGAIN_S: Final = 2.0
_TRIES: Final = 5
_NAMES: Final = UUID("0f6a3c1e-52c9-5d0c-8f0e-0c1f6a5b7a44")
_log = logger("radio_bridge")


class TrunkRecorderDriver:
    """Implements `radio_bridge.drivers.voice.VoiceNetwork` without voice, and `drivers.data.DataSource`. Make
    it before its link starts: it subscribes.
    """

    kind = "trunk_recorder"
    caps = CAPS

    def __init__(
        self, settings: TrunkRecorderSettings, link: Link, clock: Clock, *, silent_s: float = SILENT_S
    ) -> None:
        self.network = settings.network
        self._settings = settings
        self._link = link
        self._clock = clock
        self._silent_s = silent_s
        self._numbers = [one.tg for one in settings.talkgroups]
        self._calls = Calls(settings.system, self._numbers, clock.monotonic, present_s=settings.present_s)
        self._tasks = Tasks(f"radio_bridge.{self.network}")
        self._handed: asyncio.Queue[EmergencyCall | CameUp] = asyncio.Queue(MOST_HANDED)
        self._floor: FloorOwner | None = None
        self._arrivals: Arrivals | None = None
        self._sink: DataSink | None = None
        self._heard_at: float | None = None
        self._gone = False
        self._was_up = False
        self._present: frozenset[int] = frozenset()
        self._told_at: dict[int, float] = {}
        for group in self.groups:
            measures.up.labels(group).set(0)
        for kind in _KINDS:
            link.subscribe(f"{settings.topic}/{kind}", self.on_message, name=f"recorder.{kind}")
        link.subscribe(f"{settings.unit_topic}/{settings.system}/+", self.on_message, name="recorder.units")

    @property
    def groups(self) -> Sequence[str]:
        return tuple(map(self._group, self._numbers))

    @property
    def our_names(self) -> frozenset[str]:
        """None: we never talk there."""
        return frozenset()

    def attach(self, floor: FloorOwner, ears: Ears | None = None, arrivals: Arrivals | None = None) -> None:
        """Its sound stays with the recorder: `ears` stay without any."""
        del ears
        self._floor = floor
        self._arrivals = arrivals

    def attach_data(self, sink: DataSink) -> None:
        self._sink = sink

    async def start(self) -> None:
        self._tasks.forever("look", self._run)
        self._tasks.forever("hand-over", self._hand_over)

    async def stop(self) -> None:
        await self._tasks.stop()

    # --- the port of voice ----------------------------------------------------------------------------

    def ask(self, group: str, ask: Ask) -> None:
        # Later: floor control is still telling what led to this.
        asyncio.get_running_loop().call_soon(self._deny, group, ask)

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        """Nothing was granted."""

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        """Never: it is listened to."""
        del group, token, frame
        measures.frames.labels(self.network, "unspoken").inc()
        return False

    def links(self) -> Sequence[LinkState]:
        why = self._why()
        return [LinkState(group, not why, why) for group in self.groups]

    def health(self) -> Health:
        why = self._why()
        return Health(self.network, "degraded" if why else "up", why)

    def _why(self) -> str:
        if not self._link.connected:
            return health.BROKER
        if self._gone:
            return health.GONE
        heard = self._heard_at
        return health.SILENT if heard is None or self._clock.monotonic() >= heard + self._silent_s else ""

    # --- what the recorder says -----------------------------------------------------------------------

    async def on_message(self, message: Message) -> None:
        """Returns at once; what is malformed is counted."""
        try:
            said = self._read(message)
        except Malformed as error:
            measures.malformed.labels(self.network).inc()
            _log.warning("a recorder's message dropped", network=self.network, why=str(error))
            return
        if said is None:
            return
        if isinstance(said, messages.Recorder):
            self._gone = not said.connected
        elif message.retained:
            # The broker's stored copy: nobody says this now.
            return
        else:
            self._heard_at = self._clock.monotonic()
            self._gone = False
        self._look()
        self._tell(self._calls.heard(said))
        self._look()

    def _read(self, message: Message) -> messages.Message | None:
        units = f"{self._settings.unit_topic}/{self._settings.system}/"
        if message.topic.startswith(units):
            return messages.of_unit(message.topic.removeprefix(units), message.payload)
        return messages.of_recorder(message.topic.removeprefix(f"{self._settings.topic}/"), message.payload)

    async def _run(self) -> None:
        while True:
            self._tell(self._calls.tick())
            self._tell_again()
            self._look()
            await self._clock.sleep(LOOKED_S)

    def _look(self) -> None:
        """Whether the network is heard, and who is there in it."""
        up = not self._why()
        if up != self._was_up:
            self._was_up = up
            if not up:
                measures.downs.labels(self.network, "silent" if self._link.connected else "broker").inc()
                self._tell(self._calls.lost())
            for group in self.groups:
                measures.up.labels(group).set(int(up))
                if not up:
                    self._take(group, NetworkAway())
        present = self._calls.there()
        if present != self._present and self._arrivals is not None:
            self._arrivals.there(frozenset(map(self._party, present)), network=self.network)
        self._present = present

    # --- what is told ---------------------------------------------------------------------------------

    def _tell(self, told: Sequence[Told]) -> None:
        for one in told:
            match one:
                case TalkBegan(tg, unit):
                    self._told_at[tg] = self._clock.monotonic()
                    self._take(self._group(tg), NetworkTaken(self._party(unit)))
                case TalkEnded(tg):
                    self._told_at.pop(tg, None)
                    self._take(self._group(tg), NetworkIdle())
                case handed:
                    self._hand(handed)

    def _tell_again(self) -> None:
        """Floor control ends a talk of which it hears no more."""
        now = self._clock.monotonic()
        for tg, told in list(self._told_at.items()):
            call = self._calls.talker(tg)
            if call is not None and now >= told + STILL_TALKS_S:
                self._told_at[tg] = now
                self._take(self._group(tg), NetworkTaken(self._party(call.unit)))

    def _hand(self, what: EmergencyCall | CameUp) -> None:
        try:
            self._handed.put_nowait(what)
        except asyncio.QueueFull:
            _log.warning("too much waits to be kept", network=self.network)

    async def _hand_over(self) -> None:
        while True:
            what = await self._handed.get()
            for _ in range(_TRIES):
                try:
                    await self._give(what)
                    break
                except Unavailable as error:
                    _log.info("a radio's message waits", network=self.network, error=error.kind)
                    await self._clock.sleep(_AGAIN_S)

    async def _give(self, what: EmergencyCall | CameUp) -> None:
        if self._sink is None:
            return
        address = self._party(what.unit)
        match what:
            case CameUp():
                await self._sink.registered(address)
            case EmergencyCall(_, call_id, tg):
                alarm_id = uuid5(_NAMES, f"{address} {call_id}")
                await self._sink.emergency(address, alarm_id, talkgroup=self._group(tg))

    def _deny(self, group: str, ask: Ask) -> None:
        measures.refusals.labels(self.network, "listened_to").inc()
        self._take(group, NetworkDenied(*ask.key, Cause.NETWORK_DENIED))

    def _take(self, group: str, signal: NetworkAway | NetworkDenied | NetworkIdle | NetworkTaken) -> None:
        if self._floor is not None:
            self._floor.take(group, signal)

    def _group(self, tg: int) -> str:
        return f"{self.network}:{tg}"

    def _party(self, unit: int | None) -> str:
        return f"{self.network}:{'unknown' if unit is None else unit}"
