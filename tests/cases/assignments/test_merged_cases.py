"""Departments whose case is merged into another one: they see why, and go on once it is undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases.assignments import store
from cases.errors import CaseMerged
from cases.events import AssignmentChanged, AssignmentState, CaseView, DeadlineState
from core.ids import uuid7
from core.storage import Storage
from tests.cases.assignments.people import (
    DISPATCHER,
    HOST,
    MA,
    NINE,
    OTHER,
    SUPERVISOR,
    Office,
    office,
)

HOUR = timedelta(hours=1)


async def merge(at: Office, case: CaseView, into: CaseView) -> None:
    room = at.on.room
    one, other = await room.cases.get(case.case_id), await room.cases.get(into.case_id)
    await room.merging.merge(
        case.case_id, into.case_id, version=one.version, into_version=other.version, reason="同一处垃圾",
        op_id=uuid7(), actor=DISPATCHER,
    )  # fmt: skip


async def unmerge(at: Office, case: CaseView) -> None:
    version = (await at.on.room.cases.get(case.case_id)).version
    await at.on.room.merging.unmerge(
        case.case_id, version=version, reason="不是一处", op_id=uuid7(), actor=DISPATCHER
    )


async def numbers(at: Office, who: object = MA, **wanted: object) -> set[str]:
    return {one.case.number for one in await at.mine(who, **wanted)}  # type: ignore[arg-type]


async def test_its_clock_stands_still_and_runs_on_to_the_same_deadline(any_storage: Storage) -> None:
    at = office(any_storage)
    case, into = await at.filed(), await at.filed()
    await at.act(MA, case, "sign")
    due = (await at.of(case)).clocks[-1].due_at
    await merge(at, case, into)
    halted = await at.of(case)
    assert (halted.clocks[-1].state, halted.assignment.state) == (
        DeadlineState.STOPPED, AssignmentState.HANDLING,
    )  # fmt: skip
    await unmerge(at, case)
    again = await at.of(case)
    assert (again.clocks[-1].state, again.clocks[-1].due_at) == (DeadlineState.RUNNING, due)
    assert again.assignment.rev == halted.assignment.rev
    assert (await at.act(MA, case, "answer", "已清运")).assignment.state is AssignmentState.ANSWERED


async def test_nothing_is_found_of_it_meanwhile_and_all_of_it_afterwards(any_storage: Storage) -> None:
    at = office(any_storage)
    case, into = await at.filed(), await at.filed()
    await merge(at, case, into)
    at.clock.advance(7 * 24 * 3600)
    await at.on.room.assignment_watch.look()
    told = [one for one in await at.on.emitted() if isinstance(one, AssignmentChanged)]
    assert {one.assignment.case_number for one in told if one.act.startswith("deadline")} == {into.number}
    assert await numbers(at, overdue_at=at.clock.now()) == {into.number}
    await unmerge(at, case)
    await at.on.room.assignment_watch.look()
    assert (await at.of(case)).clocks[-1].state is DeadlineState.OVERDUE
    assert await numbers(at, overdue_at=at.clock.now()) == {case.number, into.number}


async def test_a_paused_clock_is_paused_again_and_a_lengthened_one_as_long(any_storage: Storage) -> None:
    at = office(any_storage)
    case, into = await at.filed(), await at.filed()
    await at.act(MA, case, "sign")
    await at.act(MA, case, "ask_extension", "缺车", hours=2.0)
    await at.act(DISPATCHER, case, "approve")
    at.clock.advance(600)
    await at.act(MA, case, "ask_suspension", "停电")
    await at.act(DISPATCHER, case, "approve")
    before = await at.of(case)
    assert before.clocks[-1].paused_at is not None
    await merge(at, case, into)
    at.clock.advance(3600)
    await unmerge(at, case)
    assert (await at.of(case)).clocks == before.clocks
    resumed = await at.act(DISPATCHER, case, "resume", "来电了")
    assert resumed.clocks[-1].extended_h == 2.0
    assert resumed.clocks[-1].pauses[0].end == NINE + HOUR + timedelta(minutes=10)


async def test_what_is_done_to_it_is_refused_and_the_survivor_is_named(any_storage: Storage) -> None:
    at = office(any_storage)
    case, into = await at.filed(), await at.filed()
    await at.act(MA, case, "sign")
    await merge(at, case, into)
    seen = await at.of(case)
    assert seen.possible == []
    for who, action in ((MA, "answer"), (MA, "return"), (SUPERVISOR, "remind"), (DISPATCHER, "reassign")):
        with pytest.raises(CaseMerged) as refused:
            await at.act(who, case, action, "如此", department_id=OTHER)
        assert into.number in str(refused.value.remedy)
    with pytest.raises(CaseMerged):
        await at.service.give(
            case.case_id, OTHER, op_id=uuid7(), actor=DISPATCHER, text="", must_answer=False
        )
    with pytest.raises(CaseMerged):
        await at.service.refuse_merged(seen.case)
    assert (await at.of(case)).assignment == seen.assignment


async def test_lists_and_waiting_decisions_leave_it_out_until_it_is_undone(any_storage: Storage) -> None:
    at = office(any_storage)
    case, into = await at.filed(), await at.filed()
    await at.act(MA, case, "return", "不归我们")
    asked = (AssignmentState.RETURNED,)
    assert await numbers(at, DISPATCHER, states=asked) == {case.number}
    await merge(at, case, into)
    assert await numbers(at, DISPATCHER, states=asked) == set()
    assert await numbers(at, only_open=True) == {into.number}
    assert await numbers(at, case_id=case.case_id) == {case.number}, "who asks for the case finds it"
    await unmerge(at, case)
    assert await numbers(at, DISPATCHER, states=asked) == {case.number}


async def test_the_department_sees_why_and_hears_of_it(any_storage: Storage) -> None:
    at = office(any_storage)
    case, into = await at.filed(), await at.filed()
    await merge(at, case, into)
    await unmerge(at, case)
    seen = await at.of(case)
    async with any_storage.read() as connection:
        acts = await store.acts(connection, seen.assignment.assignment_id)
    why = [(one.act, one.actor, one.text) for one in acts[-2:]]
    assert why == [
        ("merge", DISPATCHER.id, f"→ {into.number}: 同一处垃圾"),
        ("unmerge", DISPATCHER.id, f"↛ {into.number}: 不是一处"),
    ]
    told = [
        (one.act, one.assignment.case_number, one.text)
        for one in await at.on.emitted()
        if isinstance(one, AssignmentChanged) and one.assignment.department.id == HOST
    ]
    assert told[-2:] == [(act, case.number, text) for act, _, text in why]
