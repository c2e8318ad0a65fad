"""A city's table that restarts a running clock: the new one counts alone, and a look at clocks ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments import store
from cases.assignments.tables import assignment_clocks
from cases.deadlines.model import ClockEnd
from cases.events import AssignmentAction
from cases.life import store as case_store
from cases.life.model import Case
from cases.workflow.check import check_workflow
from cases.workflow.loading import load_workflow
from cases.workflow.model import ClockEffect
from core.storage import Storage, StorageBusy
from tests.cases import rooms
from tests.cases.assignments.people import MA, NINE, office

TABLE = load_workflow()
RESTARTING = replace(
    TABLE,
    rows=tuple(
        replace(row, clock=ClockEffect.RESTART) if row.action is AssignmentAction.SIGN else row
        for row in TABLE.rows
    ),
)


async def test_a_clock_that_is_restarted_ends_and_a_fresh_one_counts_alone(
    any_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_workflow(RESTARTING) == []
    known = replace(rooms.known(), workflow=RESTARTING)
    monkeypatch.setattr(rooms, "known", lambda: known)
    at = office(any_storage)
    case = await at.filed()
    at.clock.advance(3600)
    signed = await at.act(MA, case, "sign")
    assert [one.ended for one in signed.clocks] == [ClockEnd.REPLACED, None]
    at.clock.advance(24 * 3600)
    async with asyncio.timeout(10):
        assert await at.on.room.assignment_watch.look() == 4, "host and assistant, each warned and passed"
    told = await at.told()
    assert (told.count("deadline_warned"), told.count("deadline_passed")) == (1, 1)


async def test_a_clock_of_which_nothing_is_found_is_left_for_a_while(
    any_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.assignments.watch.AT_ONCE", 1)
    at = office(any_storage)
    case = await at.filed()
    one = (await at.of(case)).assignment
    async with any_storage.write() as transaction:
        wrong = update(assignment_clocks).where(assignment_clocks.c.assignment_id == one.assignment_id)
        await transaction.connection.execute(wrong.values(next_at=NINE))
    at.clock.advance(60)
    async with asyncio.timeout(5):
        assert await at.on.room.assignment_watch.look() == 0
    async with any_storage.read() as connection:
        assert [seen[1] for seen in await store.due(connection, at.clock.now(), 5)] == [one.assignment_id]


async def test_a_case_whose_row_is_held_too_long_holds_up_no_other(
    any_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = office(any_storage)
    held, _ = await at.filed(), await at.filed()
    at.clock.advance(24 * 3600)
    get = case_store.get

    async def waited(connection: AsyncConnection, case_id: UUID, *, lock: bool = False) -> Case:
        if case_id == held.case_id and lock:
            raise StorageBusy
        return await get(connection, case_id, lock=lock)

    with monkeypatch.context() as patched:
        patched.setattr(case_store, "get", waited)
        assert await at.on.room.assignment_watch.look() == 4
        assert await at.on.room.watch.look() == 1
    at.clock.advance(61)
    assert await at.on.room.assignment_watch.look() == 4, "it is looked at again"
    assert await at.on.room.watch.look() == 1
