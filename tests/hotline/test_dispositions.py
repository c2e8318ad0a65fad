"""Every call ends with a disposition or an outcome, written once, also when the database was away."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import text

from core.clock import ManualClock, SystemClock
from core.errors import Conflict, Forbidden
from core.events import parse
from core.ids import call_id, uuid7
from core.storage import Storage, StorageAway
from hotline.dispositions.service import Dispositions
from hotline.dispositions.store import Disposition
from hotline.errors import NoSuchLiveCall, NotYourCall
from hotline.events import CallClosed, CallOutcome, DispositionKind, DispositionSet
from tests.hotline.world import CHIEF, LI, WANG, CallScript, World, settle


async def _finished(world: World, script: CallScript) -> None:
    leg, rings = script.rings("agent101")
    await world.plays([*script.arrives(), *script.queues(), *rings, *script.answers(leg, "agent101")])
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])


async def _written(storage: Storage, kind: str, count: int) -> list[object]:
    """The durable events of a kind in the outbox, once there are so many."""
    for _ in range(200):
        async with storage.read() as connection:
            rows = (await connection.execute(text("select envelope from outbox order by seq"))).all()
        envelopes = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in rows]
        found = [parse(one) for one in envelopes if one["type"] == kind]
        if len(found) >= count:
            return list(found)
        await asyncio.sleep(0.01)
    raise AssertionError(f"{kind} was not written")


async def test_an_ended_call_is_written_down_with_what_only_the_room_knows(world: World) -> None:
    script = CallScript()
    await _finished(world, script)
    (closed,) = await _written(world.storage, "hotline.call_closed", 1)
    assert isinstance(closed, CallClosed)
    assert closed.call_id == call_id("hl", script.linkedid)
    assert (closed.outcome, closed.agent_ids, closed.linkedids) == (
        CallOutcome.ANSWERED,
        ["li"],
        [script.linkedid],
    )


async def test_an_abandoned_call_gets_its_outcome_without_an_agent(world: World) -> None:
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues(), *script.hangs_up()])
    (closed,) = await _written(world.storage, "hotline.call_closed", 1)
    assert isinstance(closed, CallClosed)
    assert closed.outcome is CallOutcome.ABANDONED


async def test_the_same_operation_twice_is_done_once(world: World) -> None:
    script = CallScript()
    await _finished(world, script)
    op, call = uuid7(), call_id("hl", script.linkedid)
    first = await world.hotline.people.set_disposition(
        LI, call, op_id=op, kind=DispositionKind.CASE, case_ids=[uuid7()]
    )
    again = await world.hotline.people.set_disposition(LI, call, op_id=op, kind=DispositionKind.PRANK)
    assert again == first
    events = await _written(world.storage, "hotline.disposition_set", 1)
    assert [event.kind for event in events if isinstance(event, DispositionSet)] == [DispositionKind.CASE]


async def test_whoever_does_not_see_a_case_whole_names_it_in_no_disposition(world: World) -> None:
    script = CallScript()
    await _finished(world, script)
    call, case = call_id("hl", script.linkedid), uuid7()
    world.cases.secret.add(case)
    for ids in ([case], [uuid7(), case]):
        with pytest.raises(Forbidden):
            await world.hotline.people.set_disposition(
                LI, call, op_id=uuid7(), kind=DispositionKind.EXISTING_CASE, case_ids=ids
            )
    assert await world.hotline.dispositions.of_call(call) is None


async def test_a_later_disposition_replaces_the_first_and_both_are_kept(world: World) -> None:
    script = CallScript()
    await _finished(world, script)
    call = call_id("hl", script.linkedid)
    for kind in (DispositionKind.ENQUIRY, DispositionKind.CASE):
        world.clock.advance(1)
        await world.hotline.people.set_disposition(LI, call, op_id=uuid7(), kind=kind)
    latest = await world.hotline.dispositions.of_call(call)
    assert latest is not None
    assert latest.kind is DispositionKind.CASE
    assert len(await _written(world.storage, "hotline.disposition_set", 2)) == 2


async def test_only_who_was_on_the_call_or_a_supervisor_may_say(world: World) -> None:
    script = CallScript()
    await _finished(world, script)
    call = call_id("hl", script.linkedid)
    with pytest.raises(NotYourCall):
        await world.hotline.people.set_disposition(WANG, call, op_id=uuid7(), kind=DispositionKind.CASE)
    with pytest.raises(NoSuchLiveCall):
        await world.hotline.people.set_disposition(LI, uuid7(), op_id=uuid7(), kind=DispositionKind.CASE)
    await world.hotline.people.set_disposition(CHIEF, call, op_id=uuid7(), kind=DispositionKind.CASE)


async def test_what_is_owed_survives_a_restart_of_the_gateway(world: World) -> None:
    script = CallScript()
    await _finished(world, script)
    await _written(world.storage, "hotline.call_closed", 1)
    after = World(world.storage)
    await after.hotline.start()
    await after.connect()
    after.hotline.registry.sign_in(LI, None)
    assert after.state_of("li") == "wrap_up"
    await after.hotline.people.set_disposition(
        LI, call_id("hl", script.linkedid), op_id=uuid7(), kind=DispositionKind.SILENT
    )
    assert after.state_of("li") == "ready"
    await settle()
    await after.hotline.stop()


async def test_a_locked_database_delays_the_writing_and_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.storage.write_behind.RETRY_S", 0.01)
    write = world.storage.write
    refusals = 3

    def away() -> object:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise StorageAway("locked")
        return write()

    monkeypatch.setattr(world.storage, "write", away)
    for number in range(3):
        await _finished(world, CallScript(number))
    assert len(await _written(world.storage, "hotline.call_closed", 3)) == 3
    assert refusals == 0


async def test_an_operation_id_belongs_to_one_call(any_storage: Storage) -> None:
    clock = ManualClock()
    dispositions = Dispositions(any_storage, clock)
    op = uuid7()
    first = Disposition(op, uuid7(), DispositionKind.CASE, "路灯不亮", (uuid7(),), "li", clock.now())
    assert await dispositions.say(first) == (first, True)
    assert await dispositions.say(first) == (first, False)
    assert await dispositions.of_call(first.call_id) == first
    with pytest.raises(Conflict):
        await dispositions.say(Disposition(op, uuid7(), DispositionKind.CASE, "", (), "li", clock.now()))


async def test_answered_calls_without_a_disposition_are_owed_by_their_last_agent(
    any_storage: Storage,
) -> None:
    clock = SystemClock()
    dispositions = Dispositions(any_storage, clock)
    said, owed, abandoned = uuid7(), uuid7(), uuid7()
    for call, outcome in (
        (said, CallOutcome.ANSWERED),
        (owed, CallOutcome.ANSWERED),
        (abandoned, CallOutcome.ABANDONED),
    ):
        closed = CallClosed(
            call_id=call, linkedids=["x"], outcome=outcome, cause="hangup", queue="hotline",
            agent_ids=["wang", "li"], began_at=clock.now(), answered_at=None, ended_at=clock.now(),
            caller="13936001234", confidential=False,
        )  # fmt: skip
        await dispositions._write([closed])
        await dispositions._write([closed])
    await dispositions.say(Disposition(uuid7(), said, DispositionKind.CASE, "", (), "li", clock.now()))
    assert list(await dispositions.owed()) == [(owed, "li")]
    assert await dispositions.agents_of(owed) == frozenset({"li", "wang"})
    assert await dispositions.agents_of(uuid7()) is None
