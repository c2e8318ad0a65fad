"""From CEL lines to kept calls: one id, late rows, merges, and calls that the reader closes."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cdr.calls import projector as deriver_module
from cdr.calls.projection import project
from cdr.calls.store import legs
from cdr.cel.store import mark, rows, to_derive
from core.clock import ManualClock
from core.events import parse
from core.ids import call_id
from core.storage.schema import outbox
from tests.cdr.script import CITIZEN, START, Script, answered_call
from tests.cdr.test_projection import attended
from tests.cdr.world import SUPERVISOR, World


async def events(world: World, kind: str = "cdr.call_recorded") -> list[Any]:
    async with world.storage.read() as connection:
        envelopes = (await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))).scalars()
        return [parse(envelope) for envelope in envelopes if envelope["type"] == kind]


async def test_a_call_is_kept_with_its_legs_and_told_once(any_world: World) -> None:
    world = any_world
    told = answered_call()
    await world.take_in(told)
    [row] = await world.calls()
    assert row.call_id == call_id("songhua", told.ids["trunk"])
    assert (row.outcome, row.number, row.agents, row.revision) == ("answered", CITIZEN, ["li.na"], 1)
    async with world.storage.read() as connection:
        kept = (await connection.execute(select(legs).order_by(legs.c.started_at))).all()
    assert [(leg.party, leg.agent, leg.call_id) for leg in kept] == [
        ("citizen", "", row.call_id), ("agent", "li.na", row.call_id),
    ]  # fmt: skip
    [event] = await events(world)
    assert (event.call_id, event.outcome, event.talk_s, event.agents) == (
        row.call_id, "answered", 30.0, ("li.na",),
    )  # fmt: skip
    await world.signer.sign_once()
    assert (await world.verify()).findings == []


async def test_a_running_call_is_there_and_grows(world: World) -> None:
    told = answered_call()
    await world.take_in(told.lines[:7])
    [row] = await world.calls()
    assert (row.outcome, row.ended_at, row.seal) == ("running", None, None)
    assert await events(world) == []
    await world.take_in(told.lines[7:])
    [row] = await world.calls()
    assert (row.outcome, row.revision) == ("answered", 1)


async def test_lines_one_by_one_give_the_same_as_all_at_once(world: World) -> None:
    told = attended()
    for line in told.lines:
        world.write([line])
        await world.importer.import_once()
        await world.projector.derive_once()
    [row] = await world.calls()
    assert (row.talk_s, row.outcome, row.agents) == (36.0, "answered", ["li.na", "wang.wei"])
    assert row.linkedids == [told.ids["trunk"], told.ids["8001#2"]]
    await world.signer.sign_once()
    assert (await world.verify()).findings == []


async def test_the_consult_call_becomes_part_of_the_first(any_world: World) -> None:
    """Before the transfer it is a call of its own; afterwards its id leads to the call that it joined."""
    world = any_world
    told = attended()
    transfer = next(n for n, line in enumerate(told.lines) if line.startswith(b'"ATTENDEDTRANSFER"'))
    await world.take_in(told.lines[:transfer])
    assert len(await world.calls()) == 2
    await world.take_in(told.lines[transfer:])
    [row] = await world.calls()
    consult = call_id("songhua", told.ids["8001#2"])
    record = await world.ledger.call(SUPERVISOR, str(consult))
    assert record["call"]["call_id"] == str(row.call_id)
    assert record["call"]["known_as"] == [str(consult)]


async def test_a_consult_call_already_sealed_says_where_it_went(world: World) -> None:
    told = attended()
    late = [line for line in told.lines if line.startswith((b'"ATTENDEDTRANSFER"', b'"BRIDGE_ENTER"'))][-2:]
    consult_only = [
        line
        for line in told.lines
        if told.ids["8001#2"].encode() + b'","' + told.ids["8001#2"].encode() in line and line not in late
    ]
    await world.take_in(consult_only)
    [sealed] = await world.calls()
    assert sealed.ended_at is not None
    await world.take_in([line for line in told.lines if line not in consult_only])
    first, consult = sorted(await world.calls(), key=lambda row: row.merged_into is not None)
    assert (first.merged_into, consult.merged_into) == (None, first.call_id)
    assert consult.revision == 2
    await world.signer.sign_once()
    assert (await world.verify()).findings == []


async def test_a_late_row_makes_a_new_revision(world: World) -> None:
    told = answered_call()
    bridge = [line for line in told.lines if b"BRIDGE_ENTER" in line]
    await world.take_in([line for line in told.lines if line not in bridge])
    [row] = await world.calls()
    assert (row.outcome, row.revision) == ("abandoned_queue", 1)
    await world.take_in(bridge)
    [row] = await world.calls()
    assert (row.outcome, row.revision) == ("answered", 2)
    assert [event.revision for event in await events(world)] == [1, 2]
    await world.signer.sign_once()
    assert (await world.verify()).findings == []


async def test_deriving_again_changes_nothing(world: World) -> None:
    told = answered_call()
    await world.take_in(told)
    before = await world.calls()
    async with world.storage.write() as transaction:
        await mark(transaction.connection, "songhua", [told.ids["trunk"]], told.now)
    await world.take_in()
    assert await world.calls() == before
    assert len(await events(world)) == 1


async def test_lines_of_many_calls_mixed_and_in_any_batches(any_world: World) -> None:
    world = any_world
    shuffle = random.Random(7)
    stories = [
        answered_call(Script(1_000 * n, start=START + timedelta(seconds=n)), number=f"1380000{n:04}")
        for n in range(1, 5)
    ]
    queues = [list(story.lines) for story in stories]
    while any(queues):
        batch = [queue.pop(0) for queue in shuffle.sample(queues, 3) for _ in range(4) if queue]
        await world.take_in(batch)
    rows = await world.calls()
    assert [(row.number, row.talk_s, row.revision) for row in rows] == [
        (f"1380000{n:04}", 30.0, 1) for n in range(1, 5)
    ]


async def test_a_call_that_cannot_be_derived_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = answered_call(), answered_call(Script(5_000))
    real = project

    def poisoned(system_name: str, rows: Any, **more: Any) -> Any:
        if rows[0].linkedid == bad.ids["trunk"]:
            raise ValueError("poison")
        return real(system_name, rows, **more)

    monkeypatch.setattr(deriver_module, "project", poisoned)
    world.write(bad.lines + good.lines)
    await world.importer.import_once()
    await world.projector.derive_once()
    assert [row.call_id for row in await world.calls()] == [call_id("songhua", good.ids["trunk"])]
    async with world.storage.read() as connection:
        [waiting] = (await connection.execute(select(to_derive))).all()
    assert (waiting.linkedid, waiting.failures) == (bad.ids["trunk"], 1)
    monkeypatch.undo()
    await world.take_in()
    assert len(await world.calls()) == 2


# ---- no closing rows


def killed(told: Script) -> list[bytes]:
    closing = (b'"HANGUP"', b'"CHAN_END"', b'"BRIDGE_EXIT"', b'"LINKEDID_END"')
    return [line for line in told.lines if not line.startswith(closing)]


@pytest.fixture
def clock(world: World) -> ManualClock:
    clock = ManualClock(START + timedelta(seconds=10))
    world.storage.clock = clock
    return clock


async def test_after_a_kill_the_reader_closes_and_says_so(world: World, clock: ManualClock) -> None:
    told = answered_call()
    await world.take_in(killed(told))
    assert await world.closer.close_once() == 0  # quiet for too short a time
    clock.advance(60)
    assert await world.closer.close_once() == 0  # one look is no proof
    assert await world.closer.close_once() == 1
    await world.take_in()
    [row] = await world.calls()
    assert (row.closed_by, row.outcome, row.ended_at) == ("reader", "answered", START + timedelta(seconds=10))
    [event] = await events(world)
    assert event.closed_by == "reader"
    assert await world.closer.close_once() == 0


async def test_a_long_quiet_call_that_asterisk_knows_is_left_alone(world: World, clock: ManualClock) -> None:
    told = answered_call()
    await world.take_in(killed(told))
    world.switch.alive = frozenset({told.ids["8001"]})
    clock.advance(5_000)
    for _ in range(3):
        assert await world.closer.close_once() == 0


async def test_without_a_link_only_age_closes(world: World, clock: ManualClock) -> None:
    await world.take_in(killed(answered_call()))
    world.switch.alive = None
    clock.advance(3_000)
    assert [await world.closer.close_once() for _ in range(3)] == [0, 0, 0]
    clock.advance(3_000)
    assert [await world.closer.close_once() for _ in range(2)] == [0, 1]


async def test_closed_too_early_the_call_opens_and_ends_by_its_own_rows(
    world: World, clock: ManualClock
) -> None:
    told = answered_call()
    await world.take_in(killed(told))
    clock.advance(60)
    await world.closer.close_once()
    await world.closer.close_once()
    await world.take_in()
    rest = [line for line in told.lines if line not in killed(told)]
    await world.take_in(rest[:1])
    [row] = await world.calls()
    assert (row.ended_at, row.outcome) == (None, "running")
    await world.signer.sign_once()
    assert (await world.verify()).findings == []
    await world.take_in(rest[1:])
    [row] = await world.calls()
    assert (row.closed_by, row.talk_s) == ("asterisk", 30.0)
    await world.signer.sign_once()
    assert (await world.verify()).findings == []


async def test_a_line_that_comes_after_the_erasure_brings_nobody_back(
    world: World, clock: ManualClock
) -> None:
    told = answered_call(Script(1_000, start=START))
    await world.take_in(told.lines[:-3])
    clock.advance(3_600)
    for _ in range(3):
        await world.closer.close_once()
    await world.projector.derive_once()
    [row] = await world.calls()
    assert (row.number, row.closed_by) == (CITIZEN, "reader")
    await world.ledger.erase(row.call_id, by="sun", reason="asked for")
    await world.take_in(told.lines[-3:])
    [row] = await world.calls()
    assert (row.number, row.name, row.dialled) == ("", "", "")
    async with world.storage.read() as connection:
        numbers = (await connection.execute(select(rows.c.number, rows.c.exten))).all()
    assert not any(CITIZEN in tuple(one) for one in numbers)
    await world.signer.sign_once()
    assert (await world.verify()).findings == []
