"""From an agent's move to the ledger, many at a time: exactly once, in order, whatever crashes on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select

from cdr.agents.store import agent_states
from cdr.calls.store import marks
from cdr.cel.store import to_derive
from cdr.chain.store import chain
from cdr.consumer import LedgerConsumer
from cdr.filings.store import filings
from cdr.reports.store import agent_time, due
from core.events import Event
from core.storage import OutboxRelay
from core.storage.schema import outbox
from gateway.bus import LocalBus
from hotline.agents.model import Move
from hotline.agents.state_writer import AgentStateWriter
from hotline.dispositions.events import DispositionKind
from hotline.events import AgentMoved, AgentState, CallActed, CallClosed, CallOutcome, DispositionSet
from tests.budget import share
from tests.cdr.script import START
from tests.cdr.world import World, whats

CALLS = tuple(UUID(int=n) for n in range(1, 4))
UNSIGNED = ["heads-file-missing"]
"""All that is found where nobody signs."""
STATES = (AgentState.READY, AgentState.RINGING, AgentState.TALKING, AgentState.WRAP_UP)


class Crash(Exception):
    pass


def moved(number: int, agent: str = "li.na") -> AgentMoved:
    """The agent's changes one after another, ten seconds each."""
    at = START + timedelta(seconds=10 * number)
    return AgentMoved(
        id=UUID(int=1_000 + number), at=at, agent_id=agent, endpoint="8001", state=STATES[number % 4],
        reason="", previous=STATES[(number - 1) % 4], since=at - timedelta(seconds=10),
        call_id=CALLS[number % 3], by="system",
    )  # fmt: skip


def disposed(number: int) -> DispositionSet:
    return DispositionSet(
        id=UUID(int=2_000 + number), at=START, call_id=CALLS[number % 3], op_id=uuid4(), agent_id="li.na",
        kind=DispositionKind.ENQUIRY, case_ids=[UUID(int=7)], note="灯坏了",
    )  # fmt: skip


def acted(number: int) -> CallActed:
    return CallActed(
        id=UUID(int=3_000 + number), at=START, op_id=UUID(int=number), call_id=CALLS[number % 3], verb="hold",
        actor_id="li.na", target="", leg_id=None, outcome="done",
    )  # fmt: skip


def closed(number: int) -> CallClosed:
    return CallClosed(
        id=UUID(int=4_000 + number), at=START, call_id=CALLS[number % 3],
        linkedids=["1.1", f"1.{number + 2}"],
        outcome=CallOutcome.ANSWERED, cause="hangup", queue="hotline", agent_ids=["li.na"], began_at=START,
        answered_at=START, ended_at=START, caller="13800001234", confidential=True,
    )  # fmt: skip


async def told(world: World) -> dict[str, list[Any]]:
    """What the ledger holds, without what differs from run to run: salts, hashes, times of writing."""
    async with world.storage.read() as connection:

        async def rows(*columns: Any) -> list[Any]:
            return sorted(str(tuple(row)) for row in await connection.execute(select(*columns)))

        return {
            "states": await rows(agent_states.c.event_id, agent_states.c.state, agent_states.c.call_id),
            "filings": await rows(filings.c.filing_id, filings.c.kind, filings.c.payload, filings.c.facts),
            "marks": await rows(marks.c.call_id, marks.c.confidential),
            "to_derive": await rows(to_derive.c.linkedid),
            "due": await rows(due.c.call_id),
            "time": await rows(*agent_time.c),
            "chain": await rows(chain.c.kind, chain.c.record_id),
        }


async def empty(world: World) -> None:
    async with world.storage.write() as transaction:
        for table in reversed(agent_states.metadata.sorted_tables):
            await transaction.connection.execute(delete(table))


EVERYTHING = [moved(1), acted(1), moved(2), closed(1), moved(3), disposed(1), moved(4), moved(5), acted(2)]


async def test_a_run_is_kept_as_if_one_came_after_the_other(any_world: World) -> None:
    consumer = LedgerConsumer(any_world.ledger)
    for one in EVERYTHING:
        await consumer.on_batch([one])
    apart = await told(any_world)
    assert whats(await any_world.verify()) == UNSIGNED
    await empty(any_world)
    await consumer.on_batch(EVERYTHING)
    assert await told(any_world) == apart
    assert len(apart["states"]) == 5
    assert whats(await any_world.verify()) == UNSIGNED


@settings(max_examples=share(0.5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(EVERYTHING), max_size=6), max_size=6))
async def test_whatever_comes_together_and_again_is_kept_once(world: World, story: list[list[Event]]) -> None:
    await empty(world)
    consumer = LedgerConsumer(world.ledger)
    for run in story:
        await consumer.on_batch(run)
    kept = await told(world)
    came = {one.id: one for run in story for one in run}
    assert len(kept["states"]) == sum(isinstance(one, AgentMoved) for one in came.values())
    assert len(kept["filings"]) == sum(isinstance(one, (CallActed, DispositionSet)) for one in came.values())
    assert len(kept["marks"]) == any(isinstance(one, CallClosed) for one in came.values())
    assert len(kept["chain"]) == len(came)
    assert whats(await world.verify()) == UNSIGNED


@contextmanager
def crashing(world: World, where: int) -> Iterator[list[int]]:
    """The `where`-th statement or commit fails; the list counts how many there were."""
    seen = [0]

    def on_statement(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == where:
            raise Crash

    engine = world.storage.engine.sync_engine
    event.listen(engine, "before_cursor_execute", on_statement)
    event.listen(engine, "commit", on_statement)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", on_statement)
        event.remove(engine, "commit", on_statement)


async def test_a_crash_at_any_statement_of_a_run_leaves_all_or_nothing(world: World) -> None:
    consumer = LedgerConsumer(world.ledger)
    nothing = await told(world)
    await consumer.on_batch(EVERYTHING)
    whole = await told(world)
    where = 0
    while True:
        where += 1
        await empty(world)
        with crashing(world, where) as seen:
            try:
                await consumer.on_batch(EVERYTHING)
            except Crash:
                assert seen[0] == where
            else:
                break
        assert await told(world) == nothing
        await consumer.on_batch(EVERYTHING)
        assert await told(world) == whole
    assert where > 15, "there were fewer statements than a run has"


def move(number: int, agent: str) -> Move:
    at = START.timestamp() + 10 * number
    return Move(
        agent, "8001", STATES[number % 4], "", STATES[(number - 1) % 4], at - 10, CALLS[0], "system", at
    )


@pytest.mark.parametrize("process_dies", [False, True])
async def test_a_crash_anywhere_between_the_move_and_the_ledger(world: World, process_dies: bool) -> None:
    """A relay that goes on, and one that begins anew: what had been committed comes to the ledger once."""
    bus = LocalBus()
    LedgerConsumer(world.ledger).subscribe(bus)
    await bus.start()
    where, agents = 0, ("li.na", "wang.wei")
    expected = sorted((agent, str(STATES[number % 4])) for number in range(1, 4) for agent in agents)
    while True:
        where += 1
        await empty(world)
        moves = AgentStateWriter(world.storage)
        for number in range(1, 4):
            for agent in agents:
                moves.add(move(number, agent), signed_in=True, forced_by="")
        await moves.write_behind.write_waiting()
        relay = OutboxRelay(world.storage, "bus", bus.deliver, at_once=200)
        with crashing(world, where) as seen:
            try:
                while await relay.relay_once():
                    pass
            except Crash:
                pass
        crashed = seen[0] >= where
        if process_dies:
            relay = OutboxRelay(world.storage, "bus", bus.deliver, at_once=200)
        async with world.storage.write() as transaction:  # the delay after a failure has passed
            await transaction.connection.execute(outbox.update().values(due_at=START))
        while await relay.relay_once():
            pass
        async with world.storage.read() as connection:
            kept = (await connection.execute(select(agent_states.c.agent_id, agent_states.c.state))).all()
            left = await connection.execute(select(outbox.c.seq).where(outbox.c.done_at.is_(None)))
            assert left.all() == []
        assert sorted(tuple(row) for row in kept) == expected
        if not crashed:
            break
    await bus.stop()
    assert where > 20, "there were fewer statements than the way has"


async def test_a_crash_while_moves_are_written_leaves_them_waiting(world: World) -> None:
    where = 0
    while True:
        where += 1
        await empty(world)
        moves = AgentStateWriter(world.storage)
        for number in range(1, 4):
            moves.add(move(number, "li.na"), signed_in=True, forced_by="")
        with crashing(world, where) as seen, pytest.MonkeyPatch.context() as patch:
            patch.setattr("core.storage.write_behind.RETRY_S", 0)
            patch.setattr(
                "core.storage.unit_of_work.OperationalError", Crash
            )  # it is the database that fails
            await moves.write_behind.write_waiting()
        async with world.storage.read() as connection:
            written = (await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))).scalars()
            assert [one["state"] for one in written] == [str(STATES[number % 4]) for number in range(1, 4)]
        if seen[0] < where:
            break
    assert where > 2, "there were fewer statements than a transaction has"


async def test_one_move_that_cannot_be_written_takes_no_other_with_it(world: World) -> None:
    moves = AgentStateWriter(world.storage)
    for number in range(1, 4):
        moves.add(move(number, "li.na"), signed_in=True, forced_by="")
    second = moves.write_behind._queue[1][0]
    async with world.storage.write() as transaction:  # as if its commit had come through and was not answered
        await transaction.emit(second, stream="agent:li.na")
    await moves.write_behind.write_last()
    async with world.storage.read() as connection:
        written = (await connection.execute(select(outbox.c.envelope))).scalars().all()
    assert sorted(one["state"] for one in written) == sorted(
        str(STATES[number % 4]) for number in range(1, 4)
    )
