"""A network of TETRA by one radio's interface: who talks, who is there, texts, statuses, positions, alarms.

The interface carries no sound: nothing is spoken or heard here, and a request for a talk is denied at once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.log import logger
from core.room import Health
from field.contract.capabilities import Can, Caps
from radio_bridge.codecs import lip
from radio_bridge.drivers import measures
from radio_bridge.drivers.tetra_pei import health, texts
from radio_bridge.drivers.tetra_pei.at import AttachedGroups, CallComes, Line, ShortData, TransmissionGrant
from radio_bridge.drivers.tetra_pei.effects import Effect, RadioLost, RadioUp, SendResult, Unsolicited
from radio_bridge.drivers.tetra_pei.identity import TetraIdentity
from radio_bridge.drivers.tetra_pei.places import place_of
from radio_bridge.drivers.tetra_pei.services import (
    Alarmed,
    Displayed,
    PeiDataServices,
    SdsAccepted,
    SdsDelivered,
    SdsFailed,
    SdsTextReceived,
    SdsTransmit,
    StatusSaid,
    TetraPosition,
    TetraRegistered,
)
from radio_bridge.drivers.tetra_pei.services import Step as Done
from radio_bridge.drivers.tetra_pei.session import PeiSession, PeiTiming, SetupStep
from radio_bridge.drivers.tetra_pei.settings import TetraPeiSettings
from radio_bridge.drivers.tetra_pei.talks import (
    TetraEmergencyCall,
    TetraTransmissionBegan,
    TetraTransmissionEnded,
    TetraTransmissions,
)
from radio_bridge.drivers.tetra_pei.talks import Told as ToldOfTalks
from radio_bridge.drivers.tetra_pei.transport import PeiCarrier
from radio_bridge.drivers.voice import LinkState
from radio_bridge.drivers.voiceless import VoicelessNetwork

CAPS: Final = Caps(
    frozenset(
        {
            Can.TALKER,
            Can.PRESENCE,
            Can.TEXT,
            Can.TEXT_REPORT,
            Can.TEXT_DISPLAYED,
            Can.STATUS,
            Can.LOCATION,
            Can.EMERGENCY_ALARM,
        }
    )
)
LOOKED_S: Final = 0.5
NETWORKS_WORD_S: Final = 10.0
"""How long a text to a radio that was not heard lately waits for the network's word whether it is there."""
_NUMBER: Final = re.compile(r"[0-9]{1,8}|[0-9]{15}|[0-9]{17}")
_log = logger("radio_bridge")

Handed = TetraRegistered | SdsTextReceived | StatusSaid | SdsDelivered | Displayed | SdsFailed | Alarmed


class TetraPeiDriver(VoicelessNetwork[Handed]):
    """Implements `radio_bridge.drivers.voice.VoiceNetwork` without voice, and `drivers.data.DataNetwork`."""

    kind = "tetra_pei"
    caps = CAPS
    denied_for = "no_sound"
    most_characters = texts.MOST_SIGNS

    def __init__(self, settings: TetraPeiSettings, clock: Clock, *, timing: PeiTiming | None = None) -> None:
        super().__init__(settings.network, [one.tg for one in settings.talkgroups], clock)
        self._session = PeiSession(self._numbers, clock.monotonic, timing)
        self._carrier = PeiCarrier(
            self._session, settings.device, settings.speed, clock=clock, told=self._told_by_radio
        )
        self._talks = TetraTransmissions(self._numbers, clock.monotonic, limit_s=settings.talk_limit_s)
        self._services = PeiDataServices(clock.monotonic, present_s=settings.present_s)
        self._waiters: dict[UUID, asyncio.Future[bool]] = {}
        self._malformed = 0
        self._was_up = False
        self._turned = False

    async def start(self) -> None:
        self._tasks.forever("radio", self._carrier.run)
        self._tasks.forever("look", self._run)
        self._tasks.forever("hand-over", self._hand_over)

    async def stop(self) -> None:
        await self._tasks.stop()

    def links(self) -> Sequence[LinkState]:
        why = self._why()
        return [LinkState(group, self._is_up, why) for group in self.groups]

    def health(self) -> Health:
        why = self._why()
        return Health(self.network, "up" if self._is_up and not why else "degraded", why)

    @property
    def _is_up(self) -> bool:
        return self._session.step is SetupStep.UP and self._session.registered is not False

    def _why(self) -> str:
        if self._session.step is SetupStep.SETTING_UP:
            return health.SETTING_UP
        if self._session.step is not SetupStep.UP:
            return health.why(self._session.reason)
        if self._session.registered is False:
            return health.NOT_REGISTERED
        refused = any(one.startswith("AT+CTGS") for one in self._session.refused)
        if refused:
            return health.GROUPS
        return health.TURNED if self._turned else ""

    # --- the port of data -----------------------------------------------------------------------------

    async def send_short(self, address: str, words: str, *, ref: UUID) -> bool:
        """False: the network says that the radio is not there, or our own radio is not."""
        network, _, number = address.partition(":")
        if network != self.network or not _NUMBER.fullmatch(number) or not self._is_up:
            return False
        if self._services.waits(ref):
            return True
        known = number in self._services.there()
        if not self._step(self._services.text(number, ref, words)):
            self._services.give_up(ref)
            return False
        return True if known else await self._networks_word(ref)

    async def _networks_word(self, ref: UUID) -> bool:
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiters[ref] = waiter
        try:
            async with asyncio.timeout(NETWORKS_WORD_S):
                return await waiter
        except TimeoutError:
            return True
        finally:
            self._waiters.pop(ref, None)

    # --- what the radio says --------------------------------------------------------------------------

    def _told_by_radio(self, effect: Effect) -> None:
        match effect:
            case RadioUp(own):
                self._turned = False
                self._services.own = self._talks.own = own
                refused = ", ".join(self._session.refused)
                _log.info("a radio's interface is there", network=self.network, refused=refused)
            case RadioLost(reason):
                _log.warning("a radio's interface is gone", network=self.network, why=reason.value)
                measures.downs.labels(self.network, reason.value).inc()
                self._tell(self._talks.lost())
                self._services.lost()
            case Unsolicited(line):
                self._hear(line)
            case SendResult(tag, sent):
                self._step(self._services.fate(tag, sent=sent))
        self._look()

    def _hear(self, line: Line) -> None:
        match line:
            case ShortData():
                self._step(self._services.short_data(line))
            case CallComes(calling=TetraIdentity() as who) | TransmissionGrant(talker=TetraIdentity() as who):
                self._step(self._services.heard(who))
            case AttachedGroups(groups):
                self._turned = bool(groups) and groups[0].ssi != self._numbers[0]
        self._tell(self._talks.heard(line))

    async def _run(self) -> None:
        while True:
            self._tell(self._talks.tick())
            self._step(self._services.tick())
            self._tell_again()
            self._look()
            await self._clock.sleep(LOOKED_S)

    def _look(self) -> None:
        """Whether the network is there, and who is there in it."""
        up = self._is_up
        if up != self._was_up:
            self._was_up = up
            self._link_is(up=up)
        self._there(frozenset(map(self._party, self._services.there() if up else ())))
        counts = self._services.counts
        malformed = self._session.malformed + counts.malformed
        measures.malformed.labels(self.network).inc(malformed - self._malformed)
        self._malformed = malformed

    # --- what is told ---------------------------------------------------------------------------------

    def _tell(self, told: Sequence[ToldOfTalks]) -> None:
        for one in told:
            match one:
                case TetraTransmissionBegan(gssi, talker):
                    self._talk_began(gssi, self._party(self._name(talker)))
                case TetraTransmissionEnded(gssi):
                    self._talk_ended(gssi)
                case TetraEmergencyCall(caller):
                    self._step(self._services.alarm(caller))

    def _step(self, steps: Sequence[Done]) -> bool:
        """Whether all that is to be sent has its turn."""
        taken = True
        for one in steps:
            match one:
                case SdsTransmit(number, data, bits, tag):
                    effects = self._session.send(tag, number, data, bits)
                    taken = taken and effects is not None
                    self._carrier.do(effects or ())
                case TetraPosition(radio, report):
                    self._place(radio, report)
                case SdsAccepted():
                    self._settle(one)
                case handed:
                    self._hand(handed)
        return taken

    def _settle(self, word: SdsAccepted) -> None:
        """Whoever waits for the network's word has it; where nobody does any more, a text has failed."""
        waiter = self._waiters.get(word.ref)
        if waiter is not None and not waiter.done():
            waiter.set_result(word.taken)
        elif not word.taken:
            self._hand(SdsFailed(word.radio, word.ref, "not_sent"))

    def _place(self, radio: str, report: lip.LipShortReport | lip.LongReport) -> None:
        if self._sink is not None:
            self._sink.place(self._party(radio), place_of(report, self._clock.now()))

    def _not_kept(self, what: Handed) -> None:
        if isinstance(what, SdsTextReceived):
            self._services.forget(what)

    async def _give(self, what: Handed) -> None:
        sink = self._sink
        if sink is None:
            return
        address = self._party(what.radio)
        match what:
            case TetraRegistered():
                await sink.registered(address)
            case SdsTextReceived(_, text, msg_id):
                if await sink.text(address, msg_id, text):
                    self._step(self._services.acknowledge(what))
                else:
                    self._services.forget(what)
            case StatusSaid(_, code, msg_id):
                await sink.status(address, msg_id, code)
            case SdsDelivered(_, ref):
                await sink.delivered(address, ref)
            case Displayed(_, ref):
                await sink.displayed(address, ref)
            case SdsFailed(_, ref, why):
                await sink.failed(address, ref, why)
            case Alarmed(_, alarm_id):
                await sink.emergency(address, alarm_id)

    def _name(self, who: TetraIdentity) -> str:
        return who.name(self._services.home)
