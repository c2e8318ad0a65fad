"""Calls for alarms as they are made: looked for in the database, written down before they ring, once each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID, uuid5

import pytest
from sqlalchemy import select

from core.actor import Actor, Role
from core.bus import Handler
from core.clock import ManualClock
from core.errors import Forbidden
from core.events import Event, parse
from core.storage import Storage, StorageAway
from core.storage.schema import outbox
from field.events import EmergencyChanged
from hotline.outbound.alarms import store
from hotline.outbound.alarms.events import AlarmCallChanged, AlarmCallsExhausted
from hotline.outbound.alarms.model import AlarmCall, AlarmTarget, Callee
from hotline.outbound.alarms.ports import AlarmPorts, OnCall, OpenAlarm
from hotline.outbound.alarms.service import AlarmCalls
from hotline.outbound.alarms.settings import AlarmSettings
from hotline.outbound.automated import CallContext
from hotline.outbound.model import AutomatedCall
from hotline.outbound.ports import Placed, Settled
from hotline.outbound.store import Begun
from tests.hotline.stream import Message, message

ANNA = Callee("anna", "安娜", "desk", "agent-1", "desk:agent-1")
BORIS = Callee("boris", "鲍里斯", "outside", "13904510009", "outside:+8613904510009")
ALARM, OTHER = UUID(int=0xA1), UUID(int=0xA2)
CHIEF = Actor("chief", "孙主任", frozenset({Role.SUPERVISOR}))
LI = Actor("li", "李敏", frozenset({Role.AGENT}))
RULES = AlarmSettings(pauses_s=(30.0,), ring_s=20)


@dataclass
class City:
    """The emergencies, the people on call and the switch, played."""

    asking: list[OpenAlarm] = field(default_factory=lambda: [OpenAlarm(ALARM, "app:17")])
    people: tuple[Callee, ...] = (ANNA, BORIS)
    wrong: tuple[str, ...] = ()
    acknowledged: list[tuple[str, UUID]] = field(default_factory=list)
    others: Exception | Literal["done", "other"] = "done"
    rung: list[AlarmCall] = field(default_factory=list)
    placed: Placed = "placed"
    settled: Settled = "unknown"
    asked: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    audited: list[tuple[str, str, str, str]] = field(default_factory=list)

    async def unanswered(self) -> Sequence[OpenAlarm]:
        return list(self.asking)

    async def acknowledge(self, user_id: str, alarm_id: UUID) -> Literal["done", "other"]:
        if isinstance(self.others, Exception):
            raise self.others
        self.acknowledged.append((user_id, alarm_id))
        self.asking = [one for one in self.asking if one.alarm_id != alarm_id]
        return self.others

    async def on_call(self) -> OnCall:
        return OnCall(self.people, self.wrong)

    async def ring(self, call: AlarmCall, *, ring_s: float) -> Placed:
        assert ring_s == RULES.ring_s
        self.rung.append(call)
        return self.placed

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        assert within_s == RULES.doubt_s
        self.asked.append(channel_id)
        return self.settled

    async def hang_up(self, channel_id: str) -> None:
        self.ended.append(channel_id)

    async def say(self, channel_id: str, words: str) -> None:
        self.said.append((channel_id, words))

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.audited.append((actor.id, action, subject, str((detail or {}).get("outcome"))))


class Bus:
    def __init__(self) -> None:
        self.published: list[Event] = []
        self.hear: Handler[Any] | None = None

    def publish(self, event: Event) -> None:
        self.published.append(event)

    async def deliver(self, event: Event) -> None:
        raise NotImplementedError

    def subscribe(self, event_type: type[Any], handler: Handler[Any], *, name: str) -> None:
        assert event_type is EmergencyChanged
        self.hear = handler


class Scene:
    def __init__(self, storage: Storage, city: City | None = None, clock: ManualClock | None = None) -> None:
        self.storage = storage
        self.city = city or City()
        self.clock = clock or ManualClock()
        self.bus = Bus()
        self.calls = AlarmCalls(
            RULES,
            AlarmPorts(self.city, self.city, self.city),
            CallContext("sh", storage, self.bus, self.clock, self.city),
        )
        self.calls.on_snapshot(())

    async def looks(self, after: float = 0.0) -> None:
        self.clock.advance(after)
        await self.calls.look()
        await self.settles()

    async def settles(self) -> None:
        for _ in range(200):
            await asyncio.sleep(0.002)
            if not self.calls._tasks:
                break
        await self.calls._writer.write_behind.write_waiting()

    async def tells(self, name: str, channel: str, **headers: str) -> None:
        self.calls.on_message(message(name, Uniqueid=channel, **headers))
        await self.settles()

    async def rows(self) -> tuple[AlarmCall, ...]:
        async with self.storage.read() as connection:
            return await store.of_alarm(connection, ALARM)

    async def told(self) -> list[AlarmCallChanged]:
        async with self.storage.read() as connection:
            rows = await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))
            events = [parse(row.envelope) for row in rows]
        return [one for one in events if isinstance(one, AlarmCallChanged)]

    @property
    def channel(self) -> str:
        """Of the last call that was placed."""
        return self.city.rung[-1].channel_id


@pytest.fixture
async def scene(any_storage: Storage) -> AsyncIterator[Scene]:
    scene = Scene(any_storage)
    yield scene
    await scene.calls.stop()


async def test_a_call_stands_in_the_database_before_it_rings_and_dispatchers_see_who_is_called(
    scene: Scene,
) -> None:
    await scene.looks()
    (call,) = scene.city.rung
    (row,) = await scene.rows()
    assert row == call
    assert (row.target.call_id, row.target.number) == (uuid5(ALARM, "alarm-call-1"), 1)
    await scene.tells("Newstate", scene.channel, ChannelState="5")
    (live,) = scene.calls.live()
    assert (live.name, live.way, live.stage, live.unit_id) == ("安娜", "desk", "ringing", "app:17")
    assert "agent-1" not in live.model_dump_json(), "no telephone number is told"
    await scene.tells("Hangup", scene.channel, Cause="16")
    assert [one.call.stage for one in await scene.told()] == ["placing", "ringing", "over"]
    assert (await scene.told())[-1].call.outcome == "no_answer"
    assert scene.city.audited == [("system:alarm-calls", "alarm-call", f"emergency:{ALARM}", "no_answer")]
    await scene.looks(1)
    assert [one.target.callee for one in scene.city.rung] == [ANNA, BORIS]


async def test_1_pressed_acknowledges_by_the_name_of_who_was_called(scene: Scene) -> None:
    await scene.looks()
    await scene.tells("Newstate", scene.channel, ChannelState="6")
    scene.city.others = StorageAway()
    await scene.tells("UserEvent", scene.channel, UserEvent="AlarmCall", Key="1")
    assert (scene.city.acknowledged, scene.city.said) == ([], [])
    scene.city.others = "done"
    await scene.tells("UserEvent", scene.channel, UserEvent="AlarmCall", Key="1")
    assert scene.city.acknowledged == [("anna", ALARM)]
    assert scene.city.said == [(scene.channel, "acknowledged")]
    await scene.tells("Hangup", scene.channel, Cause="16")
    assert [row.outcome for row in await scene.rows()] == ["acknowledged"]
    assert ("anna", "emergency-acknowledge-by-telephone") in [one[:2] for one in scene.city.audited]
    await scene.looks(100)
    assert len(scene.city.rung) == 1
    assert scene.calls.live() == []


async def test_the_word_of_an_answer_does_not_overtake_the_name_of_who_pressed_1(scene: Scene) -> None:
    await scene.looks()
    await scene.tells("Newstate", scene.channel, ChannelState="6")
    acknowledge = scene.city.acknowledge

    async def slowly(user_id: str, alarm_id: UUID) -> Literal["done", "other"]:
        done = await acknowledge(user_id, alarm_id)
        await scene.calls.on_emergency(changed("acknowledged"))
        await scene.calls.look()
        return done

    scene.city.acknowledge = slowly  # type: ignore[method-assign]
    await scene.tells("UserEvent", scene.channel, UserEvent="AlarmCall", Key="1")
    assert scene.city.said == [(scene.channel, "acknowledged")]


async def test_who_may_not_acknowledge_any_more_hears_that_and_the_next_one_is_called(scene: Scene) -> None:
    await scene.looks()
    await scene.tells("Newstate", scene.channel, ChannelState="6")
    scene.city.others = Forbidden("no more")
    await scene.tells("UserEvent", scene.channel, UserEvent="AlarmCall", Key="1")
    assert scene.city.said == [(scene.channel, "lost")]
    await scene.tells("Hangup", scene.channel, Cause="16")
    await scene.looks(1)
    assert [row.outcome for row in await scene.rows()] == ["lost", None]


@pytest.mark.parametrize("how", ["told", "seen"])
async def test_acknowledged_elsewhere_what_rings_is_hung_up(scene: Scene, how: str) -> None:
    await scene.looks()
    await scene.tells("Newstate", scene.channel, ChannelState="5")
    scene.city.asking = []
    if how == "told":
        await scene.calls.on_emergency(changed("acknowledged"))
        await scene.settles()
    else:
        await scene.looks(1)
    assert scene.channel in scene.city.ended
    await scene.tells("Hangup", scene.channel, Cause="16")
    assert [row.outcome for row in await scene.rows()] == ["stopped"]
    assert [one[1] for one in scene.city.audited] == ["alarm-call"]


async def test_answered_while_the_call_is_being_written_down_nothing_rings(scene: Scene) -> None:
    begin = scene.calls._begin

    async def slowly(call: AlarmCall) -> Begun:
        kept = await begin(call)
        scene.city.asking = []
        await scene.calls.on_emergency(changed("acknowledged"))
        return kept

    scene.calls._begin = slowly  # type: ignore[method-assign]
    await scene.looks()
    assert scene.city.rung == []
    assert [row.outcome for row in await scene.rows()] == ["stopped"]


async def test_killed_while_it_rings_the_next_run_follows_the_call_and_makes_no_other(
    any_storage: Storage,
) -> None:
    first = Scene(any_storage)
    await first.looks()
    channel = first.channel
    await first.calls.stop()
    later = Scene(any_storage, City(settled="alive"), first.clock)
    later.calls.on_link_down()
    await later.looks(2)
    assert later.city.rung == []
    later.calls.on_snapshot([row(channel, "5")])
    await later.looks(1)
    assert (later.city.rung, [one.stage for one in later.calls.live()]) == ([], ["ringing"])
    await later.tells("UserEvent", channel, UserEvent="AlarmCall", Key="1")
    assert later.city.acknowledged == [("anna", ALARM)]
    await later.calls.stop()


@pytest.mark.parametrize(("settled", "outcome"), [("unknown", "unknown"), ("gone", "unknown")])
async def test_killed_between_writing_and_ringing_the_call_is_looked_for_and_not_made_again(
    any_storage: Storage, settled: Settled, outcome: str
) -> None:
    first = Scene(any_storage)
    first.calls._ports.switch.ring = hangs  # type: ignore[method-assign]
    first.calls._tasks.spawn("look", first.calls.look)
    for _ in range(200):
        await asyncio.sleep(0.002)
        if await first.rows():
            break
    await first.calls.stop()
    (before,) = await first.rows()
    later = Scene(any_storage, City(settled=settled, people=(ANNA,)), first.clock)
    await later.looks()
    assert later.city.asked == [before.channel_id]
    (after,) = await later.rows()
    assert (after.target.call_id, after.outcome) == (before.target.call_id, outcome)
    assert later.city.rung == []
    await later.looks(25)
    assert later.city.rung == [], "the telephone may still ring, and the round has its pause"
    await later.looks(6)
    assert [one.target.number for one in later.city.rung] == [2]
    await later.calls.stop()


async def test_the_calls_of_an_alarm_that_was_answered_meanwhile_are_ended_at_the_next_start(
    any_storage: Storage,
) -> None:
    first = Scene(any_storage)
    await first.looks()
    await first.calls.stop()
    later = Scene(any_storage, City(asking=[]), first.clock)
    later.calls.on_snapshot([row(first.channel, "5")])
    await later.looks(1)
    assert first.channel in later.city.ended
    assert later.city.rung == []
    await later.calls.stop()


async def test_while_the_database_is_away_nothing_rings_and_nothing_is_counted_as_a_call(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(call: AlarmCall) -> Begun:
        raise StorageAway

    with monkeypatch.context() as patched:
        patched.setattr(scene.calls, "_begin", away)
        await scene.looks()
    assert (scene.city.rung, await scene.rows()) == ([], ())
    await scene.looks(3)
    assert [one.target.number for one in scene.city.rung] == [1]


async def test_without_a_link_to_the_switch_no_call_is_used_up(scene: Scene) -> None:
    scene.calls.on_link_down()
    await scene.looks()
    await scene.looks(60)
    assert (scene.city.rung, await scene.rows()) == ([], ())
    scene.calls.on_snapshot(())
    await scene.looks()
    assert len(scene.city.rung) == 1


async def test_a_telephone_that_the_switch_does_not_reach_makes_way_for_the_next_one_at_once(
    scene: Scene,
) -> None:
    scene.city.placed = "unreachable"
    scene.calls._soon.clear()
    await scene.looks()
    assert scene.calls._soon.is_set(), "the next one need not wait for the next look"
    scene.city.placed = "placed"
    await scene.looks()
    assert [row.outcome for row in await scene.rows()] == ["unreachable", None]
    assert [one.target.callee for one in scene.city.rung] == [ANNA, BORIS]


@pytest.mark.parametrize(("settled", "outcome"), [("never", "unreachable"), ("unknown", "unknown")])
async def test_a_call_of_which_the_switch_has_no_trace_is_over(
    scene: Scene, settled: Settled, outcome: str
) -> None:
    await scene.looks()
    scene.city.settled = settled
    await scene.looks(5)
    assert scene.city.asked == [scene.city.rung[0].channel_id]
    assert (await scene.rows())[0].outcome == outcome


async def test_a_call_that_the_switch_has_shown_is_waited_for(scene: Scene) -> None:
    await scene.looks()
    await scene.tells("Newchannel", scene.channel, ChannelState="0")
    await scene.looks(15)
    assert (scene.city.asked, len(scene.city.rung)) == ([], 1)


async def test_two_processes_make_one_call(any_storage: Storage) -> None:
    ours, theirs = Scene(any_storage), Scene(any_storage)
    theirs.calls.book.system = "other"
    await ours.looks()
    await theirs.looks()
    await theirs.looks(3)
    assert (len(ours.city.rung), theirs.city.rung) == (1, [])
    assert [one.name for one in theirs.calls.live()] == ["安娜"], "its desks see who is called, too"
    await ours.tells("Hangup", ours.channel, Cause="17")
    await theirs.looks(1)
    await theirs.looks(1)
    assert [one.target.callee for one in theirs.city.rung] == [BORIS]
    await ours.looks(1)
    await ours.looks(3)
    assert len(ours.city.rung) == 1
    await ours.calls.stop()
    await theirs.calls.stop()


async def test_two_alarms_never_have_two_live_rows_for_one_telephone(any_storage: Storage) -> None:
    first = AlarmTarget(ALARM, "app:17", 1, 0, ANNA)
    made = AutomatedCall(first, "sh", 1_000.0)
    async with any_storage.write() as transaction:
        connection = transaction.connection
        assert await store.calls.begin(connection, made, 200) == "begun"
        again = replace(made, target=replace(first, number=2))
        assert await store.calls.begin(connection, again, 200) == "line_busy"
        other = replace(made, target=replace(first, alarm_id=OTHER))
        assert await store.calls.begin(connection, other, 200) == "line_busy"
        await store.calls.save(connection, replace(made, ended=1_010.0, stage="over"))
        assert await store.calls.begin(connection, made, 200) == "there", "a call is never made twice"
        assert await store.calls.begin(connection, other, 200) == "begun"
        late = replace(again, began=1_300.0)
        assert await store.calls.begin(connection, late, 200) == "begun", "a row left behind is closed"
        (left,) = await store.of_alarm(connection, OTHER)
        assert (left.outcome, left.ended) == ("unknown", 1_300.0)


async def test_after_the_last_round_it_is_said_and_health_says_so(scene: Scene) -> None:
    scene.city.people = (ANNA,)
    for after in (0.0, 31.0):
        await scene.looks(after)
        await scene.tells("Hangup", scene.channel, Cause="17")
    await scene.looks(1)
    (told,) = [one for one in scene.bus.published if isinstance(one, AlarmCallsExhausted)]
    assert told.calls == 2
    (health,) = scene.calls.health()
    assert "app:17" in health.why
    scene.city.asking = []
    await scene.looks(1)
    assert scene.calls.health() == ()


async def test_health_says_whom_the_settings_name_and_nobody_can_call(scene: Scene) -> None:
    scene.city.asking, scene.city.wrong = [], ("zhao is no user",)
    await scene.looks()
    (health,) = scene.calls.health()
    assert (health.state, "zhao is no user" in health.why) == ("degraded", True)
    scene.city.wrong = ()
    await scene.looks(31)
    assert scene.calls.health() == ()
    scene.city.asking, scene.city.people = [OpenAlarm(ALARM, "app:17")], ()
    await scene.looks(1)
    (health,) = scene.calls.health()
    assert "nobody can be called" in health.why


async def test_calls_are_seen_by_dispatchers_and_supervisors_alone(scene: Scene) -> None:
    await scene.looks()
    (seen,) = await scene.calls.recent(CHIEF, alarm_id=ALARM, limit=10)
    assert (seen.user_id, seen.number) == ("anna", 1)
    assert await scene.calls.recent(CHIEF, alarm_id=OTHER, limit=10) == []
    with pytest.raises(Forbidden):
        await scene.calls.recent(LI, alarm_id=None, limit=10)


@pytest.mark.parametrize(
    "odd",
    [
        message("UserEvent", UserEvent="AlarmCall", Key="1", Uniqueid="al-nobody"),
        message("UserEvent", Uniqueid=""),
        message("Newstate", Uniqueid="al-x", ChannelState="9" * 40),
        message("Hangup", Uniqueid="al-x", Cause="rubbish"),
        message("DialState", DialStatus="RINGING"),
        Message("Hangup", {}),
    ],
)
async def test_what_fits_no_call_changes_nothing(scene: Scene, odd: Message) -> None:
    await scene.looks()
    scene.calls.on_message(odd)
    await scene.settles()
    assert [one.stage for one in scene.calls.live()] == ["placing"]


async def test_old_calls_are_forgotten_and_live_ones_are_not(scene: Scene) -> None:
    await scene.looks()
    await scene.tells("Hangup", scene.channel, Cause="17")
    await scene.looks(1)
    scene.clock.advance(400 * 86_400)
    async with scene.storage.write() as transaction:
        assert await store.calls.prune(transaction.connection, scene.clock.now()) == 1
    assert [row.target.number for row in await scene.rows()] == [2]


async def hangs(call: AlarmCall, *, ring_s: float) -> Placed:
    await asyncio.Event().wait()
    raise AssertionError


def changed(what: Literal["escalated", "acknowledged"]) -> EmergencyChanged:
    return EmergencyChanged(
        alarm_id=ALARM,
        unit_id="app:17",
        what=what,
        state="raised" if what == "escalated" else "acknowledged",
        asked="supervisor",
        raised_at=ManualClock().now(),
    )


def row(channel: str, state: str) -> Message:
    return message("CoreShowChannel", Uniqueid=channel, ChannelState=state)
