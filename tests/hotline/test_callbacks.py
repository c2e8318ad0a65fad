"""Callbacks as the hotline runs them: taken, offered, accepted, dialled once, written down, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.actor import Actor, Role
from core.errors import Conflict, Forbidden
from core.events import MASK
from core.ids import uuid7
from core.storage import Storage, StorageAway
from hotline.events import CallbackOffered, CallbackOfferOver, CallerContext, OpenCase
from hotline.outbound.callbacks import store
from hotline.outbound.callbacks.errors import CallbackMovedOn, CallbacksNotRead, NotCallable, NotOffered
from hotline.outbound.callbacks.view import shown
from tests.hotline.callbacks_world import CallbackWorld, channels
from tests.hotline.world import CHIEF, LI, WANG, CallScript, settle

ANN, BEN = "13936000001", "13936000002"
DISPATCHER = Actor("fang", "方", frozenset({Role.DISPATCHER}))


@pytest.fixture
async def world(storage: Storage) -> AsyncIterator[CallbackWorld]:
    world = CallbackWorld(storage)
    await world.hotline.start()
    await world.connect()
    yield world
    await world.written()
    await world.hotline.stop()


@asynccontextmanager
async def away(world: CallbackWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The database takes nothing meanwhile."""

    def refuses() -> Any:
        raise StorageAway

    with monkeypatch.context() as patch:
        patch.setattr(world.storage, "write", refuses)
        yield


async def test_an_abandoned_call_is_offered_with_the_place_it_had_and_nothing_rings(
    world: CallbackWorld,
) -> None:
    world.history.context = CallerContext(
        open_cases=[OpenCase(case_id=uuid7(), number="1", category="x", state="filed")]
    )
    queued = world.clock.now()
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    offer = world.offer()
    assert (offer.agent_id, offer.callback.place, offer.callback.number) == ("li", queued, f"+86{ANN}")
    assert offer.context == world.history.context
    assert world.dialler.rung == []


async def test_accepting_rings_the_agent_once_however_often_it_is_asked(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    offer, op = world.offer(), uuid4()
    first, second = await asyncio.gather(
        world.desk.accept(LI, offer.callback_id, op), world.desk.accept(LI, offer.callback_id, op)
    )
    third = await world.desk.accept(LI, offer.callback_id, op)
    assert first == second == third
    (rung,) = world.dialler.rung
    assert rung[:2] == ("agent101", ANN)
    assert [event.step for event in await world.steps(2)] == ["requested", "accepted"]
    with pytest.raises(NotOffered):
        await world.desk.accept(LI, offer.callback_id, uuid4())
    with pytest.raises(Conflict):
        await world.desk.decline(LI, offer.callback_id, op)


async def test_only_the_agent_to_whom_it_is_offered_may_accept(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI, WANG)
    await settle()
    assert world.offer().agent_id == "li"
    with pytest.raises(NotOffered):
        await world.desk.accept(WANG, world.offer().callback_id, uuid4())


async def test_what_cannot_be_written_down_does_not_ring(
    world: CallbackWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.outbound.callbacks.service.WRITTEN_WITHIN_S", 0.05)
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await world.steps(1)
    async with away(world, monkeypatch):
        with pytest.raises(StorageAway):
            await world.accept(LI)
    assert world.dialler.rung == []
    assert world.entry(ANN).stage == "waiting"
    assert world.entry(ANN).counted == 0


@pytest.mark.parametrize(
    "caller", ["", "anonymous", "110", "95598", "16812345678", "13490000000", "+447911123456", "a\r\nb"]
)
async def test_numbers_that_are_not_called_back(world: CallbackWorld, caller: str) -> None:
    await world.abandons(1, caller)
    assert not world.callbacks.book.open
    with pytest.raises(NotCallable):
        await world.desk.ask(CHIEF, uuid4(), number=caller, queue="", language="", note="", agent_id="")


async def test_an_abandoned_call_whose_caller_is_on_the_line_is_no_callback(world: CallbackWorld) -> None:
    again = CallScript(2, caller=f"+86{ANN}")
    await world.plays([*again.arrives(), *again.queues()])
    await world.abandons(1, ANN)
    assert not world.callbacks.book.open
    world.clock.advance(10)
    await world.plays(again.hangs_up())
    assert world.entry(ANN).stage == "waiting"


async def test_who_hangs_up_at_once_has_misdialled(world: CallbackWorld) -> None:
    await world.abandons(1, ANN, after_s=4)
    assert not world.callbacks.book.open


async def test_a_citizen_who_phones_again_and_is_answered_is_not_called_back(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    script = CallScript(2, caller=ANN)
    await world.plays([*script.arrives(), *script.queues()])
    leg, rings = script.rings("agent101")
    await world.plays([*rings, *script.answers(leg, "agent101")])
    (closed,) = world.callbacks.book.closed.values()
    assert closed.outcome == "withdrawn"
    assert [event.step for event in await world.steps(2)] == ["requested", "closed"]


async def test_no_answer_counts_and_an_answer_ends_it(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    await world.ends(await world.accept(LI), "NOANSWER")
    entry = world.entry(ANN)
    assert (entry.counted, entry.stage) == (1, "waiting")
    world.clock.advance(300)
    await world.looks()
    await world.ends(await world.accept(LI), "ANSWER")
    (closed,) = world.callbacks.book.closed.values()
    assert closed.outcome == "reached"
    steps = [event.step for event in await world.steps(8)]
    assert steps == [
        "requested",
        *["accepted", "dialled", "attempted"],
        *["accepted", "dialled", "answered", "closed"],
    ]


async def test_the_queue_does_not_ring_an_agent_while_a_callback_is_his(world: CallbackWorld) -> None:
    """Else the place would be lost to every caller who came later: the switch is faster than any person."""
    await world.abandons(1, ANN)
    late = CallScript(2, caller=BEN)
    await world.plays([*late.arrives(), *late.queues()])
    world.signs_in(LI)
    await settle()
    assert world.offer().callback.number == f"+86{ANN}"
    added = [told for told in world.switch.told if told[0] == "add"]
    assert added
    assert all(True in told for told in added), "a member from the start, and paused"
    await world.desk.decline(LI, world.offer().callback_id, uuid4())
    await settle()
    assert world.switch.told[-1][0] == "pause"
    assert False in world.switch.told[-1]


async def test_a_caller_who_came_earlier_goes_first(world: CallbackWorld) -> None:
    early = CallScript(2, caller=BEN)
    await world.plays([*early.arrives(), *early.queues()])
    world.clock.advance(10)
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    assert world.bus.of(CallbackOffered) == []
    world.signs_in(WANG)
    await settle()
    assert world.offer().callback.number == f"+86{ANN}"


async def test_a_caller_with_a_priority_goes_first_though_he_came_later(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.history.context = CallerContext(
        open_cases=[OpenCase(case_id=uuid7(), number="1", category="x", state="filed", urgent=True)]
    )
    assert int(await world.hotline.priorities.look_up(BEN)) > 1
    danger = CallScript(2, caller=BEN)
    await world.plays([*danger.arrives(), *danger.queues()])
    world.signs_in(LI)
    await settle()
    assert world.bus.of(CallbackOffered) == []


async def test_an_offer_ends_when_its_agent_is_no_longer_ready(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    world.hotline.registry.sign_out(LI)
    await world.looks()
    assert [over.why for over in world.bus.of(CallbackOfferOver)] == ["withdrawn"]


async def test_without_a_link_to_the_switch_nothing_is_offered(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.hotline.switch.on_link_down()
    world.signs_in(LI)
    await world.looks()
    assert world.bus.of(CallbackOffered) == []


async def test_a_wish_in_the_dialogue_keeps_the_place_and_the_hang_up_after_it_is_the_same_one(
    world: CallbackWorld,
) -> None:
    script = CallScript(1, caller=ANN)
    await world.plays([*script.arrives(), *script.queues()])
    queued = world.clock.now().timestamp()
    world.clock.advance(60)
    took = await world.hotline.requested_callbacks.request(
        uniqueid=script.citizen, linkedid=script.linkedid, number=ANN, language="zh", reason="voicemail",
        voicemail=(4.0, 31.5),
    )  # fmt: skip
    await world.plays(script.hangs_up())
    entry = world.entry(ANN)
    assert (took, entry.place) == ("accepted", queued)
    assert [(call.reason, call.voicemail) for call in entry.calls] == [("voicemail", (4.0, 31.5))]


async def test_after_a_restart_what_was_open_is_offered_again_and_what_was_dialled_is_not_dialled(
    world: CallbackWorld, storage: Storage
) -> None:
    await world.abandons(1, ANN)
    await world.abandons(2, BEN)
    world.signs_in(LI)
    await settle()
    channel = await world.accept(LI)
    assert world.entry(ANN).stage == "placing"
    await world.steps(3)
    after = CallbackWorld(storage)
    after.clock.advance((world.clock.now() - after.clock.now()).total_seconds() + 5)
    await after.hotline.start()
    try:
        after.callbacks.on_snapshot([])
        await after.connect()
        after.signs_in(LI, WANG)
        await settle()
        assert after.entry(ANN).attempts[-1].in_doubt
        assert set(after.dialler.asked) == {channel}
        assert [offer.callback.number for offer in after.bus.of(CallbackOffered)] == [f"+86{BEN}"]
        after.clock.advance(60)
        await after.looks()
        assert after.entry(ANN).attempts[-1].outcome == "unknown"
        assert after.dialler.rung == []
    finally:
        await after.written()
        await after.hotline.stop()


async def test_an_attempt_that_lives_on_over_a_restart_is_followed(
    world: CallbackWorld, storage: Storage
) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    channel = await world.accept(LI)
    await world.steps(2)
    after = CallbackWorld(storage)
    await after.hotline.start()
    try:
        after.callbacks.on_snapshot(channels((channel, "bridge-1")))
        assert after.entry(ANN).stage == "talking"
        await after.tells(channel, ("Hangup", {}))
        assert [entry.outcome for entry in after.callbacks.book.closed.values()] == ["reached"]
    finally:
        await after.written()
        await after.hotline.stop()


async def test_a_link_lost_in_an_attempt_does_not_dial_it_again(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    world.dialler.answer, world.dialler.settled = "in_doubt", "gone"
    await world.accept(LI)
    await settle()
    entry = world.entry(ANN)
    assert (entry.stage, entry.attempts[-1].outcome) == ("waiting", "unknown")
    assert len(world.dialler.rung) == 1


async def test_with_the_database_away_at_the_start_nothing_is_forgotten(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.outbound.callbacks.service.RETRY_S", 0.02)
    world = CallbackWorld(storage)
    read, broken = storage.read, True

    def sometimes() -> Any:
        if broken:
            raise StorageAway
        return read()

    monkeypatch.setattr(storage, "read", sometimes)
    await world.hotline.start()
    try:
        await world.connect()
        await world.abandons(1, ANN)
        with pytest.raises(CallbacksNotRead):
            world.callbacks.require_read()
        broken = False
        await asyncio.sleep(0.1)
        assert world.entry(ANN).stage == "waiting"
    finally:
        await world.hotline.stop()


async def test_a_request_of_the_staff_joins_what_is_there_and_is_done_once(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    op = uuid4()
    asked = [
        await world.desk.ask(CHIEF, op, number="139 3600 0001", queue="hotline", language="zh", note="again",
                             agent_id="")
        for _ in range(2)
    ]  # fmt: skip
    assert asked[0].id == asked[1].id == world.entry(ANN).id
    assert [event.step for event in await world.steps(2)] == ["requested", "merged"]


async def test_who_sees_the_number(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    entry = world.entry(ANN)
    assert shown(entry, CHIEF)["number"] == shown(entry, LI)["number"] == f"+86{ANN}"
    assert shown(entry, WANG)["number"] == shown(entry, DISPATCHER)["number"] == MASK


async def test_a_supervisor_cancels_and_gives_to_somebody(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    entry = world.entry(ANN)
    with pytest.raises(Forbidden):
        await world.desk.cancel(LI, entry.id, uuid4(), "")
    await world.desk.assign(CHIEF, entry.id, uuid4(), "wang")
    world.signs_in(LI, WANG)
    await settle()
    assert world.offer().agent_id == "wang"
    channel = await world.accept(WANG)
    with pytest.raises(CallbackMovedOn):
        await world.desk.cancel(CHIEF, entry.id, uuid4(), "")
    await world.ends(channel, "BUSY")
    assert (await world.desk.cancel(CHIEF, entry.id, uuid4(), "solved")).outcome == "cancelled"


async def test_what_was_closed_long_ago_is_forgotten_and_what_is_open_is_not(
    world: CallbackWorld, any_storage: Storage
) -> None:
    await world.abandons(1, ANN)
    open_one = world.entry(ANN)
    closed = replace(open_one, id=uuid7(), stage="closed", outcome="expired")
    now = world.clock.now()
    async with any_storage.write() as transaction:
        for entry in (open_one, closed, replace(closed, id=uuid7())):
            await store.put(transaction.connection, entry, now - timedelta(days=31))
        assert await store.prune(transaction.connection, now - timedelta(days=30)) == 2
        assert await store.open_ones(transaction.connection, 10) == [open_one]
        older = replace(open_one, rev=open_one.rev - 1, queue="x")
        await store.put(transaction.connection, older, now)
        assert await store.one(transaction.connection, open_one.id) == open_one


async def test_an_operation_is_known_after_a_restart(world: CallbackWorld, storage: Storage) -> None:
    await world.abandons(1, ANN)
    op = uuid4()
    await world.desk.cancel(CHIEF, world.entry(ANN).id, op, "")
    await world.steps(2)
    after = CallbackWorld(storage)
    await after.hotline.start()
    try:
        (closed,) = await after.desk.closed(10)
        assert (await after.desk.cancel(CHIEF, closed.id, op, "")).outcome == "cancelled"
    finally:
        await after.written()
        await after.hotline.stop()


async def test_a_centre_that_does_not_lead_calls_nobody_back(storage: Storage) -> None:
    """Two would dial the same citizens: what is open in the database is the leading centre's."""
    leading = CallbackWorld(storage)
    await leading.hotline.start()
    await leading.abandons(1, "13936000001")
    await leading.written()
    await leading.hotline.stop()
    storage.leads = False
    world = CallbackWorld(storage)
    await world.hotline.start()
    try:
        world.signs_in(LI)
        await world.abandons(2, "13936000002")
        await world.looks()
        assert world.bus.of(CallbackOffered) == []
        assert list(world.callbacks.book) == []
        asked = await world.callbacks.request(
            linkedid="x", number="13936000003", language="zh", queue="hotline", place=0.0, reason="asked",
            voicemail=None,
        )  # fmt: skip
        assert asked == "refused"
        with pytest.raises(CallbacksNotRead):
            world.callbacks.require_read()
    finally:
        await world.hotline.stop()
