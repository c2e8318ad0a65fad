"""What radios say by data becomes their units' texts, positions and alarms; texts go out by radio when the
terminal is not there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.errors import Unavailable
from core.ids import uuid7
from core.storage import StorageAway
from field.contract.capabilities import Can, Caps
from field.contract.data import AirPlace, DataSink
from field.emergency.centre.service import EmergencyService
from field.emergency.radio.watch import EmergencyWatch
from field.events import AlarmState, TextState
from field.radio.air import AirData, JobPort, TerminalThenRadio
from field.settings import PlacesSettings
from field.statuses.model import Kind
from field.texts.centre.service import TextService
from field.texts.radio.traffic import TextTraffic
from field.units.centre.service import UnitChange
from field.units.places.radio.service import PositionService
from tests.field.conftest import ADMIN, DISPATCHER, UNIT, City
from tests.field.ports import AuditTrail

RADIO = "dmr:4604517"


class Repeaters:
    """Stands for a network of radios; `there` are those that can be reached."""

    network = "dmr"
    caps = Caps(frozenset({Can.TEXT, Can.TEXT_REPORT, Can.LOCATION}))
    most_characters = 280

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.away = False
        self.sent: list[tuple[str, UUID, str]] = []
        self.asked: list[str] = []

    def attach_data(self, sink: DataSink) -> None:
        self.sink = sink

    async def send_short(self, address: str, words: str, *, ref: UUID) -> bool:
        if self.away:
            raise Unavailable("the network is away")
        if address not in self.there:
            return False
        self.sent.append((address, ref, words))
        return True

    async def ask_place(self, address: str) -> bool:
        self.asked.append(address)
        return address in self.there


class Jobs:
    """What the room's jobs are told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    async def delivered(self, ref: UUID) -> None:
        self.told.append(("delivered", ref))

    async def displayed(self, ref: UUID) -> None:
        self.told.append(("displayed", ref))

    async def failed(self, ref: UUID, why: str) -> None:
        self.told.append(("failed", ref, why))

    async def heard(
        self, network: str, address: str, kind: Kind, code: str, *, msg_id: UUID, at: datetime
    ) -> str:
        del msg_id, at
        self.told.append((network, address, kind, code))
        return "no_rule"


class Air:
    def __init__(self, city: City) -> None:
        self.city = city
        self.repeaters = Repeaters()
        self.bearers = TerminalThenRadio(city.driver)
        self.traffic = TextTraffic(city.storage, self.bearers, retry_s=30, kept_days=180)
        self.watch = EmergencyWatch(city.storage, self.bearers)
        self.places = PositionService(city.storage, city.bus, PlacesSettings())
        self.woken = 0
        self.jobs = Jobs()
        jobs = JobPort(self.jobs.delivered, self.jobs.displayed, self.jobs.failed, self.jobs.heard)
        self.data = self.bearers.air = AirData(
            city.storage, self.traffic, self.watch, self.places, wake=self._wake, jobs=jobs
        )
        self.data.attach([self.repeaters])
        self.desk = TextService(city.storage)

    def _wake(self) -> None:
        self.woken += 1

    async def write(self, words: str = "去现场") -> UUID:
        return (await self.desk.write(DISPATCHER, uuid7(), UNIT, words)).text_id

    async def state(self, text_id: UUID) -> TextState:
        (found,) = [one for one in await self.desk.listed(DISPATCHER) if one.text_id == text_id]
        return found.state


@pytest.fixture
async def air(city: City) -> Air:
    await city.register.change(UNIT, UnitChange(addresses=[RADIO]), op_id=uuid7(), actor=ADMIN)
    return Air(city)


async def test_a_text_of_a_radio_is_its_units_once_and_the_terminal_is_told_nothing(air: Air) -> None:
    msg_id = uuid4()
    for _ in range(2):
        assert await air.data.text(RADIO, msg_id, " 井盖破损 ")
    (text,) = await air.desk.listed(DISPATCHER)
    assert (text.unit_id, text.way, text.text) == (UNIT, "up", "井盖破损")
    assert air.city.driver.receipts == []


async def test_a_radio_that_is_nobodys_is_not_believed(air: Air) -> None:
    assert not await air.data.text("dmr:1", uuid4(), "hello")
    await air.data.emergency("dmr:1", uuid4())
    await air.data.registered("dmr:1")
    await air.data.delivered("dmr:1", uuid4())
    air.data.place("dmr:1", AirPlace(126.0, 45.0, 5.0))
    assert await air.desk.listed(DISPATCHER) == []
    assert await air.places.flush() == 0


async def test_an_address_counts_as_soon_as_it_is_given(air: Air) -> None:
    assert not await air.data.text("dmr:77", uuid4(), "hello")
    await air.city.register.change(UNIT, UnitChange(addresses=[RADIO, "dmr:77"]), op_id=uuid7(), actor=ADMIN)
    assert await air.data.text("dmr:77", uuid4(), "hello")


async def test_a_position_is_its_units_by_this_bearer(air: Air) -> None:
    await air.data._look("dmr")
    before = datetime.now(UTC) - timedelta(seconds=3)
    air.data.place(RADIO, AirPlace(126.6424, 45.7567, 5.0, before, speed_mps=2.5))
    assert await air.places.flush() == 1
    unit = (await air.city.register.look(UNIT)).unit
    assert unit.heard_by == "dmr"


async def test_an_emergency_call_is_one_alarm_however_often_it_is_told(air: Air) -> None:
    alarm_id = uuid4()
    for _ in range(3):
        await air.data.emergency(RADIO, alarm_id)
    (alarm,) = await EmergencyService(air.city.storage, AuditTrail()).listed(DISPATCHER)
    assert (alarm.alarm_id, alarm.unit_id, alarm.state) == (alarm_id, UNIT, AlarmState.RAISED)
    assert air.city.driver.receipts == []


async def test_the_radio_is_told_once_what_became_of_its_alarm(air: Air) -> None:
    alarm_id = uuid4()
    desk = EmergencyService(air.city.storage, AuditTrail())
    await air.data.emergency(RADIO, alarm_id)
    await air.watch.answered(alarm_id)
    assert air.repeaters.sent == []
    await desk.acknowledge(DISPATCHER, alarm_id)
    await air.watch.answered(alarm_id)
    assert air.repeaters.sent == [], "it is not there"
    air.repeaters.there = {RADIO}
    for _ in range(2):
        await air.watch.answered(alarm_id)
    await desk.clear(DISPATCHER, alarm_id, "假警报")
    for _ in range(2):
        await air.watch.answered(alarm_id)
    said = [(address, words) for address, _, words in air.repeaters.sent]
    assert [address for address, _ in said] == [RADIO, RADIO]
    assert "acknowledged" in said[0][1]
    assert "cleared" in said[1][1]
    assert DISPATCHER.name not in "".join(words for _, words in said)
    assert len(air.city.driver.alarms) == 5, "the terminal is told each time"


async def test_a_text_goes_to_the_terminal_and_not_to_the_radio_as_well(air: Air) -> None:
    air.repeaters.there = {RADIO}
    text_id = await air.write()
    await air.traffic.offer_due()
    assert air.city.driver.texts == [text_id]
    assert air.repeaters.sent == []


async def test_a_text_to_a_unit_without_its_terminal_goes_by_radio_and_its_report_counts(air: Air) -> None:
    air.city.driver.reachable = False
    text_id = await air.write()
    await air.traffic.offer_due()
    assert await air.state(text_id) is TextState.UNREACHABLE
    air.repeaters.there = {RADIO}
    await air.data.registered(RADIO)
    assert air.woken == 1
    await air.traffic.offer_due()
    assert air.repeaters.sent == [(RADIO, text_id, "去现场")]
    assert await air.state(text_id) is TextState.SENT
    await air.data.delivered(RADIO, text_id)
    assert await air.state(text_id) is TextState.DELIVERED
    assert air.city.driver.receipts == []


async def test_a_text_that_was_read_is_displayed_and_a_job_is_told_of_each_report(air: Air) -> None:
    air.city.driver.reachable = False
    air.repeaters.there = {RADIO}
    text_id = await air.write()
    await air.traffic.offer_due()
    await air.data.delivered(RADIO, text_id)
    await air.data.displayed(RADIO, text_id)
    assert await air.state(text_id) is TextState.DISPLAYED
    await air.data.failed(RADIO, text_id, "not_sent")
    assert await air.state(text_id) is TextState.DISPLAYED
    assert air.jobs.told == [("delivered", text_id), ("displayed", text_id), ("failed", text_id, "not_sent")]


async def test_a_status_of_a_units_radio_is_looked_up_and_no_text(air: Air) -> None:
    await air.data.status(RADIO, uuid4(), 32_769)
    await air.data.status("dmr:1", uuid4(), 32_769)
    await air.data.displayed("dmr:1", uuid4())
    await air.data.failed("dmr:1", uuid4(), "not_sent")
    assert air.jobs.told == [("dmr", RADIO, "status", "32769")]
    assert await air.desk.listed(DISPATCHER) == []


async def test_a_broker_that_is_away_does_not_keep_a_text_from_a_radio(air: Air) -> None:
    air.city.driver.away = True
    text_id = await air.write()
    with pytest.raises(Unavailable):
        await air.traffic.offer_due()
    air.repeaters.there = {RADIO}
    await air.traffic.offer_due()
    assert [ref for _, ref, _ in air.repeaters.sent] == [text_id]


async def test_a_network_that_is_away_does_not_keep_a_text_from_another_one(air: Air) -> None:
    apps, app = Repeaters(), "mumble:crew-a"
    apps.network = "mumble"
    await air.city.register.change(UNIT, UnitChange(addresses=[RADIO, app]), op_id=uuid7(), actor=ADMIN)
    air.data.attach([air.repeaters, apps])
    air.city.driver.reachable = False
    air.repeaters.away = True
    text_id = await air.write()
    with pytest.raises(Unavailable):
        await air.traffic.offer_due()
    apps.there = {app}
    await air.traffic.offer_due()
    assert [ref for _, ref, _ in apps.sent] == [text_id]


async def test_a_database_that_is_away_is_said_to_the_driver(
    air: Air, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StorageAway

    monkeypatch.setattr(air.city.storage, "read", away)
    with pytest.raises(StorageAway):
        await air.data.text(RADIO, uuid4(), "hello")


async def test_an_emergency_call_has_its_talkgroup_and_the_radio_and_the_terminal_are_asked_where_it_is(
    air: Air,
) -> None:
    air.repeaters.there.add(RADIO)
    await air.data.emergency(RADIO, uuid4(), talkgroup="dmr:91")
    (call,) = await EmergencyService(air.city.storage, AuditTrail()).listed(DISPATCHER)
    assert (call.kind, call.talkgroup, call.unit_id) == ("call", "dmr:91", UNIT)
    await air.watch.tick()
    assert air.repeaters.asked == [RADIO]
    assert air.city.driver.located == [UNIT]
    air.city.driver.away = True
    assert await air.bearers.ask_place(UNIT, 1), "the radio was asked all the same"
    air.repeaters.there.clear()
    with pytest.raises(Unavailable):
        await air.bearers.ask_place(UNIT, 2)
