"""What radios say by data, as the room's own words about units; texts to units that only a radio reaches.

A radio is its unit's by an address in the register (`dmr:2308155`), or by the unit's own name. One that is
nobody's is counted, and its text is not acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID, uuid5

from core.clock import Clock
from core.errors import Unavailable
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.storage import Storage
from field.contract.data import AirPlace, AsksPlaces, DataNetwork
from field.contract.names import name_key
from field.contract.port import SaidSeen, SaidText
from field.emergency.model import EmergencyAlarm, EmergencyReceived
from field.emergency.radio.watch import AlarmCarrier, EmergencyWatch
from field.events import AlarmState, EmergencyKind
from field.statuses.model import Kind
from field.texts.model import MOST_CHARACTERS, TextReceived, UnitText
from field.texts.radio.traffic import TextCarrier, TextTraffic
from field.units import store
from field.units.places.model import PositionFix
from field.units.places.radio.service import PositionService

_log = logger("field")
_said = counter("field_air_data", "What radios said by data, and what became of it", ["what", "fate"])

MOST_TOLD: Final = 1_000
ALARM_WORDS: Final = {
    AlarmState.ACKNOWLEDGED: "紧急呼叫：中心已收到 EMERGENCY acknowledged",
    AlarmState.CLEARED: "紧急呼叫：已解除 EMERGENCY cleared",
}
LOOKED_S: Final = 10.0
"""An address that is given to a unit counts for positions so soon."""


class AirMessage(Protocol):
    """See `field.statuses.radio.driver_reports.DriverReports.heard`."""

    async def __call__(
        self, network: str, address: str, kind: Kind, code: str, *, msg_id: UUID, at: datetime
    ) -> str: ...


@dataclass(frozen=True, slots=True)
class JobPort:
    """What jobs have to do with texts: `delivered`, `displayed`, `failed` are told of each report, `heard` of
    each text and status.
    """

    delivered: Callable[[UUID], Awaitable[None]]
    displayed: Callable[[UUID], Awaitable[None]]
    failed: Callable[[UUID, str], Awaitable[None]]
    heard: AirMessage


class AirData:
    """Implements `field.contract.data.DataSink` for all networks. `wake`: texts may be due."""

    def __init__(
        self,
        storage: Storage,
        texts: TextTraffic,
        emergencies: EmergencyWatch,
        places: PositionService,
        *,
        wake: Callable[[], None],
        jobs: JobPort,
    ) -> None:
        self._storage = storage
        self._clock: Clock = storage.clock
        self._texts = texts
        self._emergencies = emergencies
        self._places = places
        self._wake = wake
        self._jobs = jobs
        self._networks: Sequence[DataNetwork] = ()
        self._units: dict[str, Mapping[str, str]] = {}
        """By network: the units, by the key of their address."""
        self._told_alarms: deque[tuple[UUID, AlarmState]] = deque(maxlen=MOST_TOLD)

    def attach(self, networks: Sequence[DataNetwork]) -> None:
        """Before they start."""
        self._networks = networks
        for network in networks:
            network.attach_data(self)

    async def run(self) -> None:
        """Know who is who, until cancelled."""
        while self._networks:
            for network in self._networks:
                try:
                    await self._look(network.network)
                except Unavailable as error:
                    _log.info("addresses of radios are looked at later", error=error.kind)
            await asyncio.sleep(LOOKED_S)

    # --- what radios say ------------------------------------------------------------------------------

    async def text(self, address: str, msg_id: UUID, text: str) -> bool:
        """Whether it was kept; False for a radio that is nobody's."""
        unit_id = await self._unit("text", address)
        words = text.strip()[:MOST_CHARACTERS]
        if unit_id is None or not words:
            return False
        if await self._is_about_a_job(address, words, msg_id):
            return True
        said = SaidText(unit_id, msg_id, words, self._clock.now())
        return await self._texts.keep(said) is not None

    async def delivered(self, address: str, of: UUID) -> None:
        unit_id = await self._unit("report", address)
        if unit_id is not None:
            await self._texts.note(
                SaidSeen(unit_id, uuid7(), of, TextReceived("delivered", self._clock.now()))
            )
            await self._jobs.delivered(of)

    async def displayed(self, address: str, of: UUID) -> None:
        unit_id = await self._unit("report", address)
        if unit_id is not None:
            await self._texts.note(
                SaidSeen(unit_id, uuid7(), of, TextReceived("displayed", self._clock.now()))
            )
            await self._jobs.displayed(of)

    async def failed(self, address: str, of: UUID, why: str) -> None:
        """A job goes on by its next bearer; a dispatcher's text waits until the radio is heard again."""
        if await self._unit("failure", address) is not None:
            await self._jobs.failed(of, why)

    async def status(self, address: str, msg_id: UUID, code: int) -> None:
        """What it means stands in the table of statuses."""
        if await self._unit("status", address) is not None:
            network = address.partition(":")[0]
            now = self._clock.now()
            await self._jobs.heard(network, address, "status", str(code), msg_id=msg_id, at=now)

    async def registered(self, address: str) -> None:
        unit_id = await self._unit("registration", address)
        if unit_id is not None:
            await self._texts.unit_is_there(unit_id)
            self._wake()

    async def emergency(self, address: str, alarm_id: UUID, *, talkgroup: str = "") -> None:
        unit_id = await self._unit("emergency", address)
        if unit_id is not None:
            now = self._clock.now()
            which: EmergencyKind = "call" if talkgroup else "alarm"
            said = EmergencyReceived(alarm_id, unit_id, at=now, said_at=now, kind=which, talkgroup=talkgroup)
            await self._emergencies.keep(said)

    def place(self, address: str, place: AirPlace) -> None:
        network = address.partition(":")[0]
        unit_id = self._units.get(network, {}).get(name_key(address))
        _said.labels("place", "unknown" if unit_id is None else "taken").inc()
        if unit_id is None:
            return
        now = self._clock.now()
        self._places.take(
            unit_id,
            PositionFix(
                lon=place.lon,
                lat=place.lat,
                accuracy_m=place.accuracy_m,
                source=network,
                device_at=place.measured_at or now,
                received_at=now,
                altitude_m=place.altitude_m,
                speed_mps=place.speed_mps,
                heading_deg=place.heading_deg,
            ),
        )

    # --- texts to units -------------------------------------------------------------------------------

    async def send_text(self, text: UnitText) -> bool:
        """By the first radio of the unit that is there; False where none is. Raises `Unavailable`."""
        return await self._send(text.unit_id, text.text_id, text.text)

    async def send_alarm(self, alarm: EmergencyAlarm) -> bool:
        """That the alarm was acknowledged or cleared, once each, without a name: everybody can listen. True
        when a radio of the unit was told now. Raises `Unavailable`.
        """
        words = ALARM_WORDS.get(alarm.state)
        told = (alarm.alarm_id, alarm.state)
        if words is None or told in self._told_alarms:
            return False
        if not await self._send(alarm.unit_id, uuid5(alarm.alarm_id, alarm.state.value), words):
            return False
        self._told_alarms.append(told)
        return True

    async def ask_place(self, unit_id: str) -> bool:
        """Each radio of the unit that is there; whether there was one. Raises `Unavailable`."""
        asked = False
        for network in self._networks:
            if not isinstance(network, AsksPlaces):
                continue
            await self._look(network.network)
            for address, owner in self._units[network.network].items():
                if owner == unit_id and await network.ask_place(address):
                    asked = True
        return asked

    async def _send(self, unit_id: str, ref: UUID, words: str) -> bool:
        away: Unavailable | None = None
        for network in self._networks:
            await self._look(network.network)
            for address, owner in self._units[network.network].items():
                try:
                    if owner == unit_id and await network.send_short(address, words, ref=ref):
                        return True
                except Unavailable as error:
                    # Another network may have a radio of his.
                    away = error
        if away is not None:
            raise away
        return False

    async def _is_about_a_job(self, address: str, words: str, msg_id: UUID) -> bool:
        """A word of the table of statuses that moves a job, or after which the crew is asked which one."""
        network = address.partition(":")[0]
        fate = await self._jobs.heard(network, address, "text", words, msg_id=msg_id, at=self._clock.now())
        return fate in {"applied", "again", "unclear"}

    async def _unit(self, what: str, address: str) -> str | None:
        network = address.partition(":")[0]
        await self._look(network)
        unit_id = self._units[network].get(name_key(address))
        _said.labels(what, "unknown" if unit_id is None else "taken").inc()
        return unit_id

    async def _look(self, network: str) -> None:
        async with self._storage.read() as connection:
            self._units[network] = await store.by_address(connection, network)


class TerminalCarrier(TextCarrier, AlarmCarrier, Protocol):
    """What the terminals' driver does for texts and alarms."""


class TerminalThenRadio:
    """Implements `TextCarrier` and `AlarmCarrier`: the unit's terminal first; its radio gets a text when the
    terminal is not there, and what became of an alarm in any case.
    """

    def __init__(self, terminals: TerminalCarrier) -> None:
        self._terminals = terminals
        self.air: AirData | None = None

    async def send_receipt(self, unit_id: str, of: UUID, seq: int) -> bool:
        return await self._terminals.send_receipt(unit_id, of, seq)

    async def send_text(self, text: UnitText) -> bool:
        """Raises `Unavailable` when the terminals' network is away and no radio takes it."""
        try:
            if await self._terminals.send_text(text):
                return True
        except Unavailable:
            if self.air is not None and await self.air.send_text(text):
                return True
            raise
        return self.air is not None and await self.air.send_text(text)

    async def send_alarm(self, alarm: EmergencyAlarm, seq: int) -> bool:
        """Raises `Unavailable` when the terminals' network is away; the radio was told all the same."""
        by_radio = False
        with contextlib.suppress(Unavailable):
            by_radio = self.air is not None and await self.air.send_alarm(alarm)
        return await self._terminals.send_alarm(alarm, seq) or by_radio

    async def ask_place(self, unit_id: str, seq: int) -> bool:
        """Both at once: whichever knows answers. Raises `Unavailable` when neither network is there."""
        by_radio = False
        with contextlib.suppress(Unavailable):
            by_radio = self.air is not None and await self.air.ask_place(unit_id)
        try:
            return await self._terminals.ask_place(unit_id, seq) or by_radio
        except Unavailable:
            if by_radio:
                return True
            raise
