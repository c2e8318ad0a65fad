"""A trunked network that trunk-recorder listens to: who talks, who is there, emergency calls.

Nothing can be said there, and a request for a talk is denied at once. Its sound stays with the recorder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from core.clock import Clock
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.room import Health
from field.contract.capabilities import Can, Caps
from radio_bridge.drivers import measures
from radio_bridge.drivers.trunk_recorder import health, messages
from radio_bridge.drivers.trunk_recorder.calls import (
    CameUp,
    RecordedEmergencyCall,
    RecordedTransmissionBegan,
    RecordedTransmissionEnded,
    RecorderCalls,
    Told,
)
from radio_bridge.drivers.trunk_recorder.settings import TrunkRecorderSettings
from radio_bridge.drivers.voice import LinkState
from radio_bridge.drivers.voiceless import VoicelessNetwork

CAPS: Final = Caps(frozenset({Can.TALKER, Can.PRESENCE}))
LOOKED_S: Final = 0.5
SILENT_S: Final = 15.0
"""The recorder says something each second; so long without a word it is not there."""
_KINDS: Final = (
    "call_start", "call_end", "calls_active", "rates", "recorders", "trunk_recorder/status",
)  # fmt: skip
_NAMES: Final = UUID("0f6a3c1e-52c9-5d0c-8f0e-0c1f6a5b7a44")
_log = logger("radio_bridge")


class TrunkRecorderDriver(VoicelessNetwork[RecordedEmergencyCall | CameUp]):
    """Implements `radio_bridge.drivers.voice.VoiceNetwork` without voice, and `drivers.data.DataSource`. Make
    it before its link starts: it subscribes.
    """

    kind = "trunk_recorder"
    caps = CAPS
    denied_for = "listened_to"

    def __init__(
        self, settings: TrunkRecorderSettings, link: BrokerLink, clock: Clock, *, silent_s: float = SILENT_S
    ) -> None:
        super().__init__(settings.network, [one.tg for one in settings.talkgroups], clock)
        self._settings = settings
        self._link = link
        self._silent_s = silent_s
        self._calls = RecorderCalls(
            settings.system, self._numbers, clock.monotonic, present_s=settings.present_s
        )
        self._heard_at: float | None = None
        self._gone = False
        self._was_up = False
        for kind in _KINDS:
            link.subscribe(f"{settings.topic}/{kind}", self.on_message, name=f"recorder.{kind}")
        link.subscribe(f"{settings.unit_topic}/{settings.system}/+", self.on_message, name="recorder.units")

    async def start(self) -> None:
        self._tasks.forever("look", self._run)
        self._tasks.forever("hand-over", self._hand_over)

    async def stop(self) -> None:
        await self._tasks.stop()

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

    async def on_message(self, message: BrokerMessage) -> None:
        """Returns at once; what is malformed is counted."""
        try:
            said = self._read(message)
        except Malformed as error:
            measures.malformed.labels(self.network).inc()
            _log.warning("a recorder's message dropped", network=self.network, why=str(error))
            return
        if said is None:
            return
        if isinstance(said, messages.RecorderStatus):
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

    def _read(self, message: BrokerMessage) -> messages.Message | None:
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
            self._link_is(up=up)
        self._there(frozenset(map(self._party, self._calls.there())))

    # --- what is told ---------------------------------------------------------------------------------

    def _tell(self, told: Sequence[Told]) -> None:
        for one in told:
            match one:
                case RecordedTransmissionBegan(tg, unit):
                    self._talk_began(tg, self._party("unknown" if unit is None else unit))
                case RecordedTransmissionEnded(tg):
                    self._talk_ended(tg)
                case handed:
                    self._hand(handed)

    async def _give(self, what: RecordedEmergencyCall | CameUp) -> None:
        if self._sink is None:
            return
        address = self._party(what.unit)
        match what:
            case CameUp():
                await self._sink.registered(address)
            case RecordedEmergencyCall(_, call_id, tg):
                alarm_id = uuid5(_NAMES, f"{address} {call_id}")
                await self._sink.emergency(address, alarm_id, talkgroup=self._group(tg))
