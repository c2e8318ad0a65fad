"""The sound of talkgroups in the role `radio`: legs of the switch on one side, networks on the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from core.clock import Clock
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.room import Health
from core.tasks import Tasks
from field.contract.mobile import codec
from radio_bridge.drivers.voice import VoiceNetwork
from radio_bridge.floor.service import FloorControl
from radio_bridge.floor.signals import Signal
from radio_bridge.floor.topics import group_of
from radio_bridge.sound.gate import SoundGate
from radio_bridge.sound.legs import Legs
from radio_bridge.sound.notices import NetworkNotices
from radio_bridge.sound.settings import SoundSettings
from radio_bridge.switch.conference import topics
from radio_bridge.switch.conference.messages import GroupSound, SoundState

_log = logger("radio_bridge")

MAX_BYTES: Final = 2048


class ConferenceFloor:
    """Floor control as networks see it that get their sound out of a conference: its mixer sends silence all
    the time, so a frame is no sign of life of who talks.
    """

    def __init__(self, control: FloorControl) -> None:
        self._control = control

    def take(self, group: str, signal: Signal) -> None:
        self._control.take(group, signal)

    def audio(self, group: str, token: str) -> bool:
        return self._control.carries(group, token)


class Legged(Protocol):
    """Where frames of a network go."""

    def heard(self, group: str, frame: bytes) -> None: ...

    def ended(self, group: str) -> None: ...


class ConferenceSoundSink:
    """Fills `radio_bridge.drivers.voice.SoundSink`: a network's sound on its way into the conference."""

    def __init__(self, gate: SoundGate, legs: Legged) -> None:
        self._gate = gate
        self._legs = legs

    def heard(self, group: str, party: str, frame: bytes) -> None:
        if self._gate.inwards(group, party):
            self._legs.heard(group, frame)

    def ended(self, group: str) -> None:
        self._legs.ended(group)


class SoundService:
    """Make it before the link starts: it subscribes. `link` is that of floor control."""

    name = "sound"

    def __init__(
        self,
        settings: SoundSettings,
        link: BrokerLink,
        control: FloorControl,
        networks: Mapping[str, VoiceNetwork],
        clock: Clock,
        *,
        tenant: str,
        patched: Callable[[str, str | None], None],
        voice_hang_s: float = 0.6,
    ) -> None:
        """`patched` is told to which talkgroup each one is patched; `voice_hang_s`: how long the key of a
        telephone that talks by voice is held after its last sound.
        """
        self._link = link
        self._patched = patched
        self._control = control
        self._networks = networks
        self._tenant = tenant
        self._gate = SoundGate(
            control, networks, clock, preroll_s=settings.voice_preroll_s, hang_s=voice_hang_s
        )
        self._legs = Legs(settings, clock, self._gate.outwards)
        self._at: tuple[str, int] | None = None
        self._tasks = Tasks("sound")
        self.ears = ConferenceSoundSink(self._gate, self._legs)
        self.floor = ConferenceFloor(control)
        self.notices = NetworkNotices(control, networks if settings.notices else {})
        link.subscribe(f"v1/{tenant}/{topics.EVERY_SOUND}", self._on_sound, name="tg-sound")
        link.on_connect(self._tell)

    async def start(self) -> None:
        self._at = await self._legs.start()
        self._tasks.forever("pace", self._legs.run)

    async def stop(self) -> None:
        await self.notices.stop()
        await self._tasks.stop()
        await self._legs.stop()

    def health(self) -> Health:
        return Health(self.name, "up")

    async def _tell(self) -> None:
        if self._at is None:
            return
        groups = sorted(group for voice in self._networks.values() for group in voice.groups)
        host, port = self._at
        said = SoundState(run=self._control.run_id, host=host, port=port, groups=groups)
        await self._link.publish(topics.state(self._tenant), said.model_dump_json().encode(), retain=True)

    async def _on_sound(self, message: BrokerMessage) -> None:
        try:
            group = group_of(self._tenant, message.topic)
            said = codec.decode(GroupSound, message.payload, limit=MAX_BYTES)
        except Malformed as error:
            _log.warning("a word about a talkgroup's sound dropped", why=str(error))
            return
        self._legs.expect(group, said.leg)
        self._gate.opens(group, said.carries, voice=said.voice)
        self._patched(group, said.patched)
