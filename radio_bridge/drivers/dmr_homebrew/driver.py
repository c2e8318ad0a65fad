"""A network of DMR repeaters: who talks on which talkgroup, who is there, texts and positions.

Voice is AMBE+2, for which there is no free decoder: nothing is spoken or heard here, and a request for a talk
is denied at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from core.clock import Clock
from core.log import logger
from core.room import Health
from field.contract.capabilities import Can, Caps
from field.contract.data import AirPlace
from radio_bridge.codecs import lrrp, tms
from radio_bridge.codecs.dmr.link_control import GpsInfo
from radio_bridge.codecs.dmrd import Frame
from radio_bridge.drivers import measures
from radio_bridge.drivers.dmr_homebrew import health
from radio_bridge.drivers.dmr_homebrew.air import Air
from radio_bridge.drivers.dmr_homebrew.effects import (
    Address,
    BurstReceived,
    Effect,
    HomebrewDownReason,
    HomebrewSend,
    LoginRefused,
    StationDown,
    StationUp,
)
from radio_bridge.drivers.dmr_homebrew.master import SILENT_S, Master
from radio_bridge.drivers.dmr_homebrew.peer import HomebrewAccount, Peer
from radio_bridge.drivers.dmr_homebrew.services import (
    MOST_SIGNS,
    DmrPosition,
    DmrRegistered,
    DmrTextDelivered,
    DmrTextReceived,
    DmrTransmit,
    HomebrewDataServices,
    Step,
)
from radio_bridge.drivers.dmr_homebrew.settings import DmrHomebrewSettings
from radio_bridge.drivers.dmr_homebrew.talkers import (
    DmrEmergencyCall,
    DmrTalkers,
    DmrTransmissionBegan,
    DmrTransmissionEnded,
    TalkerNamed,
    Told,
    Where,
)
from radio_bridge.drivers.dmr_homebrew.transport import AGAIN_S, UdpSocket
from radio_bridge.drivers.voice import LinkState
from radio_bridge.drivers.voiceless import VoicelessNetwork

CAPS: Final = Caps(frozenset({Can.TALKER, Can.PRESENCE, Can.TEXT, Can.TEXT_REPORT, Can.LOCATION}))
LOOKED_S: Final = 1.0
MOST_NAMES: Final = 1_000
ACCURACY_UNKNOWN_M: Final = 100.0
"""Of a radio that does not say how good its position is."""
_NAMES: Final = UUID("5b7c64a5-8a0e-5c1f-9d6f-6f0f2a1a7d10")
_log = logger("radio_bridge")

Handed = DmrRegistered | DmrTextReceived | DmrTextDelivered | DmrEmergencyCall


class DmrHomebrewDriver(VoicelessNetwork[Handed]):
    """Implements `radio_bridge.drivers.voice.VoiceNetwork` without voice, and `drivers.data.DataNetwork`."""

    kind = "dmr_homebrew"
    caps = CAPS
    denied_for = "no_vocoder"
    most_characters = MOST_SIGNS

    def __init__(
        self,
        settings: DmrHomebrewSettings,
        clock: Clock,
        *,
        rng: random.Random | None = None,
        silent_s: float = SILENT_S,
    ) -> None:
        super().__init__(settings.network, [one.tg for one in settings.talkgroups], clock)
        self._settings = settings
        dice = rng or random.SystemRandom()
        self._session: Master | Peer = _session(settings, clock, dice, silent_s)
        self._socket = UdpSocket(
            settings.host, settings.port, listens=settings.role == "master", received=self._received
        )
        self._talkers = DmrTalkers({one.tg: one.slot for one in settings.talkgroups}, clock.monotonic)
        self._services = HomebrewDataServices(
            settings.centre_id,
            colour_code=settings.colour_code,
            location_every_s=settings.location_every_s,
            now=clock.monotonic,
        )
        self._air = Air(settings.centre_id, clock.monotonic, dice)
        self._changed = asyncio.Event()
        self._names: dict[int, str] = {}
        self._looked_at = 0.0
        self._was_up = False
        self._refused: int | None = None

    async def start(self) -> None:
        self._tasks.forever("session", self._run)
        self._tasks.forever("hand-over", self._hand_over)

    async def stop(self) -> None:
        """The other side is told."""
        await self._tasks.stop()
        self._do(self._session.stop())
        self._socket.close()

    def links(self) -> Sequence[LinkState]:
        why = self._why()
        up = bool(self._session.stations)
        return [LinkState(group, up, why) for group in self.groups]

    def health(self) -> Health:
        why = self._why()
        state = "up" if self._session.stations and not why else "degraded"
        return Health(self.network, state, why)

    def stations(self) -> frozenset[int]:
        """The repeaters that are signed in; as a peer ourselves, while the master lets us in."""
        return self._session.stations

    def alias(self, radio: str) -> str:
        """What the radio calls itself; empty when it has not said it."""
        number = radio.partition(":")[2]
        return self._names.get(int(number), "") if number.isdecimal() else ""

    # --- the port of data -----------------------------------------------------------------------------

    async def send_short(self, address: str, words: str, *, ref: UUID) -> bool:
        """False: the radio is not there, or we have no number to send from."""
        network, _, number = address.partition(":")
        if network != self.network or not number.isdecimal():
            return False
        steps = self._services.text(int(number), ref, words)
        if steps is None:
            return False
        return self._step(steps)

    async def ask_place(self, address: str) -> bool:
        """False: the radio is not registered, or we have no number to ask from."""
        network, _, number = address.partition(":")
        if network != self.network or not number.isdecimal():
            return False
        steps = self._services.ask_place(int(number))
        return steps is not None and self._step(steps)

    # --- the session ----------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while not await self._socket.open():
                await self._clock.sleep(AGAIN_S)
            self._do(self._session.start())
            while self._socket.is_open:
                self._tick()
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._changed.wait()
        finally:
            self._do(self._session.stop())
            self._socket.close()

    def _pause(self) -> float:
        moments = [
            self._session.wakeup(),
            self._talkers.wakeup(),
            self._air.wakeup(),
        ]
        now = self._clock.monotonic()
        return min([LOOKED_S, *(max(0.0, one - now) for one in moments if one is not None)])

    def _tick(self) -> None:
        self._do(self._session.tick())
        self._tell(self._talkers.tick())
        for frame in self._air.due():
            self._do(self._session.send(frame.repeater, frame))
        now = self._clock.monotonic()
        if now >= self._looked_at + LOOKED_S:
            # Not for each burst: all radios are looked at.
            self._looked_at = now
            self._step(self._services.tick())
            self._count_present()
            self._tell_again()

    def _received(self, data: bytes, address: Address) -> None:
        before = self._session.malformed
        session = self._session
        self._do(session.datagram(data, address) if isinstance(session, Master) else session.datagram(data))
        if session.malformed > before:
            measures.malformed.labels(self.network).inc()
        self._changed.set()

    def _do(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case HomebrewSend():
                    self._socket.send(effect)
                case BurstReceived(station, frame):
                    self._hear(station, frame)
                case StationUp(station, callsign):
                    self._refused = None
                    _log.info("a repeater is there", network=self.network, station=station, callsign=callsign)
                    self._came()
                case StationDown(station, reason):
                    self._went(station, reason)
                case LoginRefused(station):
                    if self._refused != station:
                        _log.warning("a repeater was not let in", network=self.network, station=station)
                    self._refused = station

    def _hear(self, station: int, frame: Frame) -> None:
        """What the other repeaters are to hear goes out first: each of them keeps time with it."""
        lasted = self._talkers.carries(station, frame)
        told = self._talkers.take(station, frame)
        if lasted or self._talkers.carries(station, frame):
            for other in self._session.stations - {station}:
                self._do(self._session.send(other, frame))
        self._tell(told)
        self._step(self._services.heard(station, frame))

    def _came(self) -> None:
        self._was_up = True
        self._link_is(up=True)

    def _went(self, station: int, reason: HomebrewDownReason) -> None:
        _log.warning("a repeater is gone", network=self.network, station=station, why=reason.value)
        measures.downs.labels(self.network, reason.value).inc()
        self._tell(self._talkers.lost(station))
        self._services.lost(station)
        self._air.drop(station)
        if not self._session.stations:
            if self._was_up:
                self._link_is(up=False)
            self._was_up = False
        self._count_present()

    def _why(self) -> str:
        if not self._socket.is_open:
            return (
                health.TAKEN
                if self._settings.role == "master"
                else health.peer_why(HomebrewDownReason.STARTING)
            )
        if isinstance(self._session, Peer):
            return "" if self._session.stations else health.peer_why(self._session.reason)
        if self._refused is not None:
            return health.refused(self._refused)
        return "" if self._session.stations else health.NOBODY

    # --- what is told ---------------------------------------------------------------------------------

    def _tell(self, told: Sequence[Told]) -> None:
        for one in told:
            match one:
                case DmrTransmissionBegan(tg, radio):
                    self._talk_began(tg, self._party(radio))
                case DmrTransmissionEnded(tg):
                    self._talk_ended(tg)
                case TalkerNamed(radio, alias):
                    if radio in self._names or len(self._names) < MOST_NAMES:
                        self._names[radio] = alias
                case Where(radio, gps):
                    self._place(radio, _of_gps(gps))
                case DmrEmergencyCall():
                    self._hand(one)

    def _step(self, steps: Sequence[Step]) -> bool:
        """Whether all that is to be sent has its turn."""
        taken = True
        for one in steps:
            match one:
                case DmrTransmit(where, radio, bursts):
                    taken = self._air.put(where, radio, bursts) and taken
                    self._changed.set()
                case DmrPosition(radio, place):
                    self._place(radio, _of_lrrp(place))
                case handed:
                    self._hand(handed)
        return taken

    def _place(self, radio: int, place: AirPlace) -> None:
        if self._sink is not None:
            self._sink.place(self._party(radio), place)

    def _not_kept(self, what: Handed) -> None:
        if isinstance(what, DmrTextReceived):
            self._services.forget(what.radio, what.text)

    async def _give(self, what: Handed) -> None:
        sink = self._sink
        if sink is None:
            return
        address = self._party(what.radio)
        match what:
            case DmrRegistered():
                await sink.registered(address)
            case DmrTextReceived(radio, text):
                if await sink.text(address, self._msg_id(radio, text), text.text):
                    self._step(self._services.acknowledge(radio, text))
                else:
                    self._services.forget(radio, text)
            case DmrTextDelivered(_, ref):
                await sink.delivered(address, ref)
            case DmrEmergencyCall(_, tg, stream):
                alarm_id = uuid5(_NAMES, f"{address} {tg} {stream}")
                await sink.emergency(address, alarm_id, talkgroup=self._group(tg))

    def _msg_id(self, radio: int, text: tms.TmsText) -> UUID:
        """The same for a text that comes again, and another one when the number comes round."""
        hour = int(self._clock.now().timestamp() // 3600)
        return uuid5(_NAMES, f"{self._party(radio)} {text.sequence} {hour} {text.text}")

    def _count_present(self) -> None:
        self._there(frozenset(map(self._party, self._services.there())))


def _session(
    settings: DmrHomebrewSettings, clock: Clock, rng: random.Random, silent_s: float
) -> Master | Peer:
    if settings.role == "master":
        passwords = {one.id: one.password.get_secret_value() for one in settings.repeaters}
        return Master(passwords, clock=clock, rng=rng, silent_s=silent_s)
    password = "" if settings.password is None else settings.password.get_secret_value()
    account = HomebrewAccount(
        settings.id, password, settings.callsign, settings.colour_code, settings.options
    )
    return Peer(account, clock=clock, rng=rng, silent_s=silent_s)


def _of_gps(gps: GpsInfo) -> AirPlace:
    return AirPlace(gps.lon, gps.lat, gps.accuracy_m or ACCURACY_UNKNOWN_M)


def _of_lrrp(place: lrrp.LrrpPosition) -> AirPlace:
    return AirPlace(
        place.lon or 0.0, place.lat or 0.0, place.radius_m or ACCURACY_UNKNOWN_M, place.measured_at,
        place.altitude_m, place.speed_mps, place.heading_deg,
    )  # fmt: skip
