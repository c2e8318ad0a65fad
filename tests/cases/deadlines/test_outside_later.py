"""A deadline from outside in a case that is sent back, changes hands, pauses, is merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import update

from cases.assignments.clocks import counted, ends_beyond
from cases.clocks.calendar import load_working_calendar
from cases.deadlines import store as clock_store
from cases.deadlines.model import CaseClock, DeadlineSetter
from cases.events import CaseState, CaseView, DeadlineState
from cases.life.model import CaseAction
from cases.tables import cases
from core.storage import Storage
from tests.cases.assignments.people import ACCEPTOR, DISPATCHER, HE, MA, NINE, OTHER, Office, office
from tests.cases.assignments.test_clocks import a_clock as a_department_clock
from tests.cases.assignments.test_merged_cases import merge, unmerge
from tests.cases.deadlines.test_clocks_of_cases import NO_LIMIT, act, told
from tests.cases.deadlines.test_outside import clock_of, ordered
from tests.cases.deadlines.test_recompute import changed, ran

HOUR = timedelta(hours=1)
LATEST = NINE + 3 * HOUR


async def passed(on: Office) -> CaseView:
    """A case that its host is handling, and 12345's deadline of it has passed."""
    case = await on.filed()
    await ordered(on, case, LATEST)
    await on.act(MA, case, "sign")
    on.clock.advance(4 * 3600)
    await look(on)
    return case


async def look(on: Office) -> None:
    await on.on.room.watch.look()
    await on.on.room.assignment_watch.look()


async def suspend(on: Office, case: CaseView) -> None:
    await on.act(MA, case, "sign")
    await on.act(MA, case, "ask_suspension", "停电")
    await on.act(DISPATCHER, case, "approve")


async def last_words(on: Office, case: CaseView) -> str:
    log = [one for one in await on.on.room.cases.history(case.case_id) if one.act == "outside-deadline"]
    return log[-1].reason


async def test_an_answer_that_is_sent_back_after_it_has_passed_has_the_time_of_the_class(
    any_storage: Storage,
) -> None:
    on = office(any_storage)
    case = await passed(on)
    await on.act(MA, case, "answer", "已清运")
    assert (await on.on.room.cases.get(case.case_id)).state is CaseState.DONE
    await on.act(ACCEPTOR, case, "rework", "没清净")
    clock = (await on.of(case)).clocks[-1]
    assert clock.due_at is not None
    assert clock.due_at > on.clock.now()
    assert (clock.decided_by, clock.outside_due_at) == (DeadlineSetter.LIMIT, None)
    assert await clock_of(on, case) == (clock.due_at, "limit")
    await look(on)
    assert (await on.of(case)).clocks[-1].passed_at is None


async def test_the_next_host_is_not_late_by_what_passed_before_and_it_is_told_once(
    any_storage: Storage,
) -> None:
    on = office(any_storage)
    case = await passed(on)
    assert await told(on.on) == ["warned", "passed"]
    await on.act(DISPATCHER, case, "reassign", "归园林", department_id=OTHER)
    await look(on)
    assert await told(on.on) == ["warned", "passed"]
    assert await clock_of(on, case) == (LATEST, "12345")
    view = (await on.on.room.cases.get(case.case_id)).deadline
    assert view is not None
    assert view.state is DeadlineState.OVERDUE
    clock = (await on.of(case, OTHER)).clocks[-1]
    assert clock.due_at is not None
    assert (clock.due_at > on.clock.now(), clock.state) == (True, DeadlineState.RUNNING)
    assert (clock.decided_by, clock.outside_due_at) == (DeadlineSetter.LIMIT, LATEST), "it is shown"
    assert (await on.told()).count("deadline_passed") == 1, "of the former one"
    await on.act(HE, case, "return", "不归我们", department=OTHER)
    await on.act(DISPATCHER, case, "refuse_return", "归你们", department=OTHER)
    await look(on)
    assert await clock_of(on, case) == (LATEST, "12345")
    assert await told(on.on) == ["warned", "passed"]


async def test_a_next_host_without_a_limit_has_no_clock_once_it_has_passed(any_storage: Storage) -> None:
    on = office(any_storage)
    case = await on.filed(category=NO_LIMIT)
    await ordered(on, case, LATEST)
    on.clock.advance(4 * 3600)
    await look(on)
    host = (await on.on.room.cases.get(case.case_id)).responsible
    assert host is not None
    await on.act(DISPATCHER, case, "reassign", "归园林", department=host.host.id, department_id=OTHER)
    await look(on)
    assert (await on.of(case, OTHER)).clocks == []
    assert (await clock_of(on, case), await told(on.on)) == ((LATEST, "12345"), ["warned", "passed"])


def test_what_had_passed_before_a_clock_began_neither_bounds_it_nor_its_extensions() -> None:
    clock = replace(a_department_clock(4), outside_due_at=NINE, outside_by="12345")
    found = counted(clock, load_working_calendar(), 0.75)
    assert (found.due_at, found.decided_by) == (NINE + 4 * HOUR, DeadlineSetter.LIMIT)
    assert not ends_beyond(found, 9, NINE + HOUR, load_working_calendar())


async def test_one_that_goes_away_in_a_pause_of_the_host_leaves_the_case_paused(any_storage: Storage) -> None:
    on = office(any_storage)
    case, other = await on.filed(), await on.filed()
    await ordered(on, other, LATEST)
    await suspend(on, case)
    await merge(on, other, case)
    assert await clock_of(on, case) == (LATEST, "12345"), "it goes on through the pause"
    await unmerge(on, other)
    view = (await on.on.room.cases.get(case.case_id)).deadline
    assert view is not None
    assert view.state is DeadlineState.STOPPED
    on.clock.advance(4 * 3600)
    await look(on)
    view = (await on.on.room.cases.get(case.case_id)).deadline
    assert view is not None
    assert not view.was_overdue
    await on.act(DISPATCHER, case, "resume", "来电了")
    due, decided = await clock_of(on, case)
    assert (due, decided) == ((await on.of(case)).clocks[-1].due_at, "limit")


async def test_an_unmerged_case_is_not_bounded_by_what_was_set_for_a_former_follower(
    any_storage: Storage,
) -> None:
    on = office(any_storage)
    last, middle, first = [await on.filed() for _ in range(3)]
    limit = await clock_of(on, middle)
    await ordered(on, first, LATEST)
    await merge(on, first, middle)
    await merge(on, middle, last)
    await unmerge(on, first)
    await unmerge(on, middle)
    assert await clock_of(on, middle) == limit
    clock = (await on.of(middle)).clocks[-1]
    assert (clock.due_at, clock.outside_due_at) == (limit[0], None)
    assert await clock_of(on, first) == (LATEST, "12345")
    assert "no deadline from outside" in await last_words(on, middle)


async def test_a_class_that_a_release_dropped_does_not_stop_a_recomputation(any_storage: Storage) -> None:
    on = office(any_storage)
    dropped, waste = await on.filed(category=NO_LIMIT), await on.filed()
    await ordered(on, dropped, LATEST)
    async with any_storage.write() as transaction:
        gone = (
            update(cases).where(cases.c.case_id == dropped.case_id).values(category="gbt30428.2@2013/P9999")
        )
        await transaction.connection.execute(gone)
    found = await ran(changed(on.on, 24), write=True)
    assert waste.case_id in {one.case_id for one in found}
    assert await clock_of(on, dropped) == (LATEST, "12345")


async def test_the_log_says_what_decides_by_the_clock_that_runs(any_storage: Storage) -> None:
    on = office(any_storage)
    longer, paused, again = [await on.filed() for _ in range(3)]
    await on.act(MA, longer, "sign")
    await on.act(MA, longer, "ask_extension", "缺车", hours=0.5)
    await on.act(DISPATCHER, longer, "approve")
    await ordered(on, longer, NINE + 6.25 * HOUR)
    assert await clock_of(on, longer) == (NINE + 6.25 * HOUR, "12345")
    assert (await last_words(on, longer)).endswith("decides: 12345工单 12345 A-1")
    assert moment(NINE + 6.5 * HOUR) in await last_words(on, longer)
    await suspend(on, paused)
    await ordered(on, paused, NINE + 8 * HOUR)
    assert await clock_of(on, paused) == (NINE + 8 * HOUR, "12345")
    assert (await last_words(on, paused)).endswith("decides: 12345工单 12345 A-1")
    assert "limit —" in await last_words(on, paused)
    await act(on.on, again.case_id, CaseAction.DONE)
    on.clock.advance(24 * 3600)
    await act(on.on, again.case_id, CaseAction.REOPEN)
    await ordered(on, again, NINE + 27 * HOUR)
    assert await clock_of(on, again) == (NINE + 27 * HOUR, "12345")
    assert (await last_words(on, again)).endswith("decides: 12345工单 12345 A-1")
    assert moment(NINE + 30 * HOUR) in await last_words(on, again)


def moment(at: datetime) -> str:
    return at.isoformat(timespec="minutes")


async def test_a_pause_that_moves_nothing_begins_no_further_clock(any_storage: Storage) -> None:
    on = office(any_storage)
    case = await on.filed()
    await ordered(on, case, LATEST)
    before = await clocks(on, case)
    await on.act(MA, case, "return", "不是我们的")
    await on.act(DISPATCHER, case, "refuse_return", "是你们的")
    assert await clocks(on, case) == before
    on.clock.advance(2.5 * 3600)
    await suspend(on, case)
    assert await told(on.on) == ["warned"], "what has become true is found by it"
    assert len(await clocks(on, case)) == len(before)


async def clocks(on: Office, case: CaseView) -> list[CaseClock]:
    async with on.on.storage.read() as connection:
        return (await clock_store.of_cases(connection, [case.case_id]))[case.case_id]
