"""An alarm is told until a named person answers it, once each time, whatever comes in whatever order."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.errors import Conflict, Forbidden, Invalid
from core.ids import uuid7
from core.place import Position
from field.contract.talkgroup import Talkgroup
from field.emergency import store
from field.emergency.centre.service import EmergencyService
from field.emergency.limits import ANSWER_WITHIN
from field.emergency.model import (
    LADDER,
    PLACE_TOLD_AFTERWARDS,
    TOLD_EVERY,
    AcknowledgeEmergency,
    Clear,
    EmergencyAlarm,
    EmergencyLocated,
    EmergencyReceived,
    EmergencyTick,
    Person,
    Signal,
    What,
    apply,
)
from field.emergency.radio.watch import MOST_NAMES, EmergencyWatch
from field.errors import UnknownEmergency
from field.events import AlarmState, EmergencyChanged
from field.talkgroups import store as group_store
from field.talkgroups.centre.service import Talkgroups
from field.units.places import store as place_store
from field.units.places.model import PositionFix, UnitPosition
from tests.field.conftest import ADMIN, UNIT, City
from tests.field.ports import AuditTrail, NoOpenCase

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALARM = UUID("0198f0aa-0000-7000-8000-0000000000f1")
ANNA, BORIS = Person("anna", "安娜"), Person("boris", "鲍里斯")
DISPATCHER = Actor("anna", "安娜", frozenset({Role.DISPATCHER}))
OTHER = Actor("boris", "鲍里斯", frozenset({Role.DISPATCHER}))
STATES = list(AlarmState)


def heard(at: datetime = NOW, **changed: object) -> EmergencyReceived:
    return replace(EmergencyReceived(ALARM, UNIT, at, at), **changed)  # type: ignore[arg-type]


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


SECONDS = st.floats(min_value=0, max_value=120)
PLACES = st.builds(
    lambda lon, metres: Position(lon=lon, lat=45.7, accuracy_m=metres),
    st.sampled_from([126.5, 126.6]),
    st.sampled_from([5.0, 50.0]),
)
SIGNALS = st.one_of(
    SECONDS.map(lambda s: heard(at(s))),
    st.tuples(SECONDS, PLACES).map(
        lambda made: heard(at(made[0]), position=made[1], position_at=at(made[0]))
    ),
    st.tuples(SECONDS, PLACES, SECONDS).map(lambda made: EmergencyLocated(at(made[0]), made[1], at(made[2]))),
    SECONDS.map(lambda s: EmergencyTick(at(s))),
    st.tuples(st.sampled_from([ANNA, BORIS]), SECONDS).map(
        lambda made: AcknowledgeEmergency(made[0], at(made[1]))
    ),
    st.tuples(st.sampled_from([ANNA, BORIS]), SECONDS, st.sampled_from(["", "误按"])).map(
        lambda made: Clear(made[0], at(made[1]), made[2])
    ),
)


def run(signals: list[Signal]) -> tuple[EmergencyAlarm, list[What]]:
    alarm, told = apply(None, heard())
    every = list(told)
    for signal in signals:
        assert alarm is not None
        before = alarm
        alarm, told = apply(alarm, signal)
        assert alarm is not None
        assert STATES.index(alarm.state) >= STATES.index(before.state)
        moved_on = alarm.state is not before.state or alarm.due_at != before.due_at
        assert bool(set(told) - {"repeated", "located"}) == moved_on
        if "repeated" in told:
            assert (before.state, alarm.repeats) == (AlarmState.RAISED, before.repeats + 1)
        if "located" in told:
            assert before.is_open
            assert alarm.position != before.position
            raised = before.state is AlarmState.RAISED
            pause = TOLD_EVERY if raised else PLACE_TOLD_AFTERWARDS
            assert before.place_told_at is None or signal.at - before.place_told_at >= pause
        every += told
    assert alarm is not None
    return alarm, every


@given(st.lists(SIGNALS, max_size=40))
def test_whatever_comes_it_is_raised_once_answered_once_and_ends_only_by_a_person_with_a_note(
    signals: list[Signal],
) -> None:
    alarm, told = run(signals)
    assert told.count("raised") == 1
    assert told.count("acknowledged") == (alarm.acknowledged_by is not None)
    assert told.count("cleared") == (alarm.state is AlarmState.CLEARED)
    if "acknowledged" in told:
        assert "escalated" not in told[told.index("acknowledged") :]
    else:
        assert alarm.state is AlarmState.RAISED
    if alarm.state is AlarmState.CLEARED:
        assert alarm.acknowledged_by is not None
        assert alarm.note
    people = [one for one in signals if isinstance(one, AcknowledgeEmergency)]
    assert alarm.acknowledged_by == (people[0].by if people else None)


@given(st.lists(SECONDS, max_size=60).map(sorted), st.sampled_from([ANSWER_WITHIN, timedelta(seconds=3)]))
def test_unanswered_it_is_told_again_in_time_up_to_the_supervisor_and_on(
    moments: list[float], within: timedelta
) -> None:
    asked: list[tuple[float, str]] = [(0, LADDER[0])]
    alarm, _ = apply(None, heard(), answer_within=within)
    for moment in moments:
        alarm, told = apply(alarm, EmergencyTick(at(moment)), answer_within=within)
        assert alarm is not None
        if told:
            asked.append((moment, alarm.asked))
    for before, after in itertools.pairwise(asked):
        assert after[0] - before[0] >= within.total_seconds()
        rank = LADDER.index(before[1])
        assert after[1] == LADDER[min(rank + 1, 2)]
    if moments:
        assert moments[-1] - asked[-1][0] < within.total_seconds()


@given(st.permutations(range(6)))
def test_the_newest_position_stays_in_any_order_of_arrival(order: list[int]) -> None:
    alarm, _ = apply(None, heard())
    for number in order:
        place = Position(lon=126 + number / 100, lat=45.7, accuracy_m=5)
        alarm, told = apply(alarm, heard(at(20), position=place, position_at=at(number)))
        assert set(told) <= {"repeated", "located"}
    assert alarm is not None
    assert alarm.position is not None
    assert alarm.position.lon == pytest.approx(126.05)
    assert alarm.repeats == 7


class Scene:
    def __init__(self, city: City) -> None:
        self.city = city
        self.audited: list[str] = []
        self.watch = EmergencyWatch(city.storage, city.driver)
        self.desk = EmergencyService(city.storage, self)

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.audited.append(f"{actor.id} {action} {subject}")

    async def says(self, alarm_id: UUID = ALARM, unit_id: str = UNIT, **more: object) -> None:
        now = self.city.storage.clock.now()
        said = replace(EmergencyReceived(alarm_id, unit_id, now, now), **more)  # type: ignore[arg-type]
        await self.watch.hear(said, uuid7())

    async def one(self, alarm_id: UUID = ALARM) -> EmergencyAlarm:
        return await self.desk.get(DISPATCHER, alarm_id)

    async def events(self) -> list[EmergencyChanged]:
        return [one for one in await self.city.emitted() if isinstance(one, EmergencyChanged)]

    async def told(self) -> list[str]:
        return [one.what for one in await self.city.emitted() if isinstance(one, EmergencyChanged)]


@pytest.fixture
def scene(city: City) -> Scene:
    return Scene(city)


async def test_ten_messages_are_one_alarm_and_each_gets_its_receipt_until_a_person_answers(
    scene: Scene,
) -> None:
    for _ in range(10):
        await scene.says()
    assert len(scene.city.driver.receipts) == 10
    assert scene.city.driver.alarms == []
    (alarm,) = await scene.desk.listed(DISPATCHER)
    assert (alarm.repeats, alarm.state) == (10, AlarmState.RAISED)
    await scene.desk.acknowledge(DISPATCHER, ALARM)
    await scene.watch.answered(ALARM)
    await scene.says()
    assert scene.city.driver.alarms == [(ALARM, "acknowledged", "安娜")] * 2
    assert len(scene.city.driver.receipts) == 10
    assert await scene.told() == ["raised", "acknowledged"]


async def test_the_second_to_answer_is_told_who_was_first_and_the_same_press_again_is_one(
    scene: Scene,
) -> None:
    await scene.says()
    await scene.desk.acknowledge(DISPATCHER, ALARM)
    await scene.desk.acknowledge(DISPATCHER, ALARM)
    with pytest.raises(Conflict) as refused:
        await scene.desk.acknowledge(OTHER, ALARM)
    assert refused.value.extra["by"] == "安娜"
    assert await scene.told() == ["raised", "acknowledged"]
    assert scene.audited == [f"anna emergency-acknowledge emergency:{ALARM}"] * 2


async def test_it_is_cleared_after_it_was_answered_with_a_note_by_who_may(scene: Scene) -> None:
    await scene.says()
    with pytest.raises(Conflict):
        await scene.desk.clear(DISPATCHER, ALARM, "误按")
    await scene.desk.acknowledge(DISPATCHER, ALARM)
    with pytest.raises(Invalid):
        await scene.desk.clear(DISPATCHER, ALARM, "  ")
    with pytest.raises(Forbidden):
        await scene.desk.clear(Actor("li", "李", frozenset({Role.AGENT})), ALARM, "误按")
    await scene.desk.clear(OTHER, ALARM, "误按")
    await scene.desk.clear(OTHER, ALARM, "误按")
    with pytest.raises(Conflict):
        await scene.desk.clear(DISPATCHER, ALARM, "演习")
    assert await scene.desk.listed(DISPATCHER) == []
    (alarm,) = await scene.desk.listed(DISPATCHER, cleared=True)
    assert (alarm.note, alarm.cleared_by) == ("误按", BORIS)
    # The unit was away when it was cleared, and says hello, or says its alarm again.
    await scene.watch.unit_is_there(UNIT)
    await scene.says()
    assert scene.city.driver.alarms == [(ALARM, "cleared", "鲍里斯")] * 2
    assert await scene.told() == ["raised", "acknowledged", "cleared"]


async def test_nobody_answers_and_the_next_one_is_asked_also_after_a_restart(scene: Scene) -> None:
    await scene.says()
    for _ in range(4):
        await age(scene, 11)
        await EmergencyWatch(scene.city.storage, scene.city.driver).tick()
        await EmergencyWatch(scene.city.storage, scene.city.driver).tick()
    events = [one for one in await scene.city.emitted() if isinstance(one, EmergencyChanged)]
    assert [(one.what, one.asked) for one in events] == [
        ("raised", "dispatcher"), ("escalated", "next_dispatcher"), ("escalated", "supervisor"),
        ("escalated", "supervisor"), ("escalated", "supervisor"),
    ]  # fmt: skip


async def age(scene: Scene, seconds: float) -> None:
    """As if the alarm had been due that much earlier."""
    async with scene.city.storage.write() as transaction:
        alarm = await store.find(transaction.connection, ALARM)
        assert alarm is not None
        await store.save(transaction, replace(alarm, due_at=alarm.due_at - timedelta(seconds=seconds)))


async def test_unknown_units_foreign_alarms_and_floods_are_no_alarms(scene: Scene) -> None:
    await scene.says(unit_id="app:99")
    await scene.says()
    await scene.city.register.create(replace(await scene.city.register.find(UNIT), unit_id="app:18"), ADMIN)
    await scene.says(unit_id="app:18")
    for _ in range(MOST_NAMES + 5):
        await scene.says(uuid7(), "app:18")
    repeats = {alarm.unit_id: alarm.repeats for alarm in await scene.desk.listed(DISPATCHER, limit=500)}
    assert repeats == {UNIT: 1, "app:18": MOST_NAMES + 5}
    with pytest.raises(UnknownEmergency):
        await scene.desk.acknowledge(DISPATCHER, uuid7())


async def test_forty_alarms_of_one_unit_at_once_are_one_and_each_is_answered(scene: Scene) -> None:
    names = [uuid7() for _ in range(40)]
    await asyncio.gather(*(scene.says(name) for name in names))
    (alarm,) = await scene.desk.listed(DISPATCHER)
    assert (alarm.repeats, await scene.told()) == (40, ["raised"])
    assert len(scene.city.driver.receipts) == 40
    await scene.desk.acknowledge(DISPATCHER, alarm.alarm_id)
    for name in names:
        await scene.says(name)
    assert scene.city.driver.alarms == [(name, "acknowledged", "安娜") for name in names]
    await scene.desk.clear(DISPATCHER, alarm.alarm_id, "误按")
    await scene.says(names[7])
    assert scene.city.driver.alarms[-1] == (names[7], "cleared", "安娜")
    assert await scene.desk.listed(DISPATCHER) == []


async def test_an_alarm_that_joins_another_brings_its_place_and_its_job(scene: Scene) -> None:
    place, job, now = Position(lon=126.6, lat=45.7, accuracy_m=5), uuid7(), scene.city.storage.clock.now()
    await scene.says()
    await scene.says(uuid7(), position=place, position_at=now, dispatch_id=job)
    alarm = await scene.one()
    assert (alarm.position, alarm.dispatch_id, alarm.repeats) == (place, job, 2)
    assert await scene.told() == ["raised", "located"]


async def test_a_new_press_after_the_answer_rings_as_an_alarm_of_its_own(scene: Scene) -> None:
    """It is never taken for the one that somebody has answered, however many are open."""
    later = [uuid7() for _ in range(3)]
    await scene.says()
    for press in later:
        await scene.desk.acknowledge(DISPATCHER, (await scene.desk.listed(DISPATCHER))[0].alarm_id)
        await scene.says(press)
    alarms = await scene.desk.listed(DISPATCHER)
    assert [one.alarm_id for one in alarms] == [*reversed(later), ALARM]
    assert {one.case_id for one in alarms} == {alarms[0].case_id}
    assert (await scene.told()).count("raised") == 4


async def test_an_alarm_and_a_call_are_told_apart_and_are_one_case_while_one_of_them_is_open(
    scene: Scene,
) -> None:
    call = uuid7()
    await scene.says()
    await scene.says(call, kind="call", talkgroup="app:daoli")
    alarm, spoken = await scene.one(), await scene.one(call)
    assert [(one.kind, one.talkgroup) for one in (alarm, spoken)] == [("alarm", ""), ("call", "app:daoli")]
    assert alarm.case_id is not None
    assert alarm.case_id == spoken.case_id
    assert await scene.desk.listed(DISPATCHER, case_id=alarm.case_id) == [alarm, spoken]
    for one in (ALARM, call):
        await scene.desk.acknowledge(DISPATCHER, one)
        await scene.desk.clear(DISPATCHER, one, "到场处置")
    later = uuid7()
    await scene.says(later)
    assert (await scene.one(later)).case_id != alarm.case_id


async def test_who_presses_again_goes_on_with_the_call_that_is_open(scene: Scene) -> None:
    first, second, third = uuid7(), uuid7(), uuid7()
    for press in (first, second, second, third):
        await scene.says(press, kind="call", talkgroup="app:daoli")
    (call,) = await scene.desk.listed(DISPATCHER)
    assert (call.alarm_id, call.repeats) == (first, 3)
    await scene.desk.acknowledge(DISPATCHER, first)
    await scene.desk.clear(DISPATCHER, first, "误按", false_alarm=True)
    # The same press once more, out of a queue that was slow: it was in the call that is over.
    await scene.says(second, kind="call", talkgroup="app:daoli")
    assert await scene.desk.listed(DISPATCHER) == []
    await scene.says(uuid7(), kind="call", talkgroup="app:daoli")
    assert len(await scene.desk.listed(DISPATCHER)) == 1


async def test_an_alarm_has_the_group_that_the_unit_listens_to(scene: Scene) -> None:
    groups = Talkgroups(scene.city.storage, scene.city.bus, NoOpenCase(), AuditTrail())
    for name in ("app:a", "app:b"):
        await groups.add(Talkgroup(name, name, name), op_id=uuid7(), actor=ADMIN)
    now = scene.city.storage.clock.now()
    async with scene.city.storage.write() as transaction:
        await group_store.affiliate(transaction, UNIT, "app", ["app:b"], at=now)
    await scene.says()
    assert (await scene.one()).talkgroup == "app:b"
    (raised,) = await scene.events()
    assert (raised.kind, raised.talkgroup, raised.unit_name, raised.actor) == (
        "alarm", "app:b", "道里一组", UNIT,
    )  # fmt: skip


async def test_the_unit_is_asked_where_it_is_until_it_has_said_so_and_again_when_that_is_old(
    scene: Scene,
) -> None:
    await scene.says()
    for _ in range(3):
        await scene.watch.tick()
    assert scene.city.driver.located == [UNIT]
    # As after a kill: who watches anew asks anew.
    again = EmergencyWatch(scene.city.storage, scene.city.driver)
    await again.tick()
    assert scene.city.driver.located == [UNIT] * 2
    now = scene.city.storage.clock.now()
    place = Position(lon=126.6, lat=45.7, accuracy_m=8)
    await scene.says(position=place, position_at=now)
    await EmergencyWatch(scene.city.storage, scene.city.driver).tick()
    assert scene.city.driver.located == [UNIT] * 2
    await scene.desk.acknowledge(DISPATCHER, ALARM)
    await scene.says(alarm_id := uuid7(), position=place, position_at=now - timedelta(seconds=40))
    await EmergencyWatch(scene.city.storage, scene.city.driver).tick()
    assert scene.city.driver.located == [UNIT] * 3
    scene.city.driver.away = True
    await EmergencyWatch(scene.city.storage, scene.city.driver).tick()
    scene.city.driver.away = False
    for one in (ALARM, alarm_id):
        await scene.desk.acknowledge(DISPATCHER, one)
        await scene.desk.clear(DISPATCHER, one, "到场处置")
    await EmergencyWatch(scene.city.storage, scene.city.driver).tick()
    assert scene.city.driver.located == [UNIT] * 3


async def test_a_position_that_comes_another_way_is_where_the_emergency_is(scene: Scene) -> None:
    await scene.says()
    now = scene.city.storage.clock.now()
    fix = PositionFix(126.61, 45.75, 12.0, "dmr", now, now)
    async with scene.city.storage.write() as transaction:
        await place_store.put(transaction, [(UNIT, UnitPosition(fix, now))])
    await scene.watch.tick()
    await scene.watch.tick()
    assert (await scene.one()).position == Position(lon=126.61, lat=45.75, accuracy_m=12)
    assert await scene.told() == ["raised", "located"]


async def test_only_when_all_of_a_case_were_false_alarms_there_is_nothing_in_it(scene: Scene) -> None:
    second = uuid7()
    for one in (ALARM, second):
        await scene.says(one)
        await scene.desk.acknowledge(DISPATCHER, one)
    for one in (ALARM, second):
        await scene.desk.clear(DISPATCHER, one, "误按", false_alarm=True)
    cleared = [one for one in await scene.events() if one.what == "cleared"]
    assert [(one.false_alarm, one.nothing_in_case) for one in cleared] == [(True, False), (True, True)]
    with pytest.raises(Conflict):
        await scene.desk.clear(DISPATCHER, ALARM, "误按", false_alarm=False)
