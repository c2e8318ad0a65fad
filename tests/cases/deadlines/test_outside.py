"""A deadline from outside: of it and the limit the strictest counts, and nothing here moves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.assignments.clocks import AssignmentClock, counted, ends_beyond, follow
from cases.clocks.calendar import load_working_calendar
from cases.deadlines.model import (
    DeadlineFact,
    DeadlineSetter,
    OutsideDeadline,
    settled,
    strictest,
    succeeding,
)
from cases.errors import BeyondOutsideDeadline
from cases.events import CaseView
from cases.life import store as case_store
from cases.life.model import CaseAction
from cases.workflow.model import ClockEffect
from core.storage import Storage
from tests.cases.assignments.people import DISPATCHER, MA, NINE, Office, office
from tests.cases.assignments.test_clocks import a_clock as a_department_clock
from tests.cases.deadlines.test_clock import MONDAY, a_clock, at, terms
from tests.cases.deadlines.test_clocks_of_cases import NO_LIMIT, act
from tests.cases.deadlines.test_recompute import changed, ran

CALENDAR = load_working_calendar()
HOUR = timedelta(hours=1)
HOURS = st.floats(0.1, 500)


def order(hours: float) -> OutsideDeadline:
    return OutsideDeadline(at(hours), DeadlineSetter.ORDER, "A-1")


@given(HOURS, st.floats(-100, 500))
def test_the_earlier_of_both_counts_and_it_is_known_which(limit: float, outside: float) -> None:
    found = strictest(terms(limit), order(outside), MONDAY, warn_after=0.75)
    assert found.due_at == min(at(limit), at(outside))
    assert found.warn_at <= found.due_at
    decides = DeadlineSetter.ORDER if at(outside) <= at(limit) else DeadlineSetter.LIMIT
    assert (found.decided_by, found.limit_text) == (decides, f"{limit}小时")
    alone = strictest(None, order(outside), MONDAY, warn_after=0.75)
    assert (alone.due_at, alone.decided_by) == (at(outside), DeadlineSetter.ORDER)


def test_what_had_passed_when_it_was_filed_is_late_at_once() -> None:
    to = strictest(terms(4), order(-3), MONDAY, warn_after=0.75)
    assert to.warn_at == to.due_at == at(-3)
    clock, facts = settled(replace(a_clock(), terms=to), at(0.1))
    assert list(facts) == [DeadlineFact.WARNED, DeadlineFact.PASSED]
    assert succeeding(clock, to, at(1))[1] == [], "and not found again"


def of_department(hours: float, outside: float) -> AssignmentClock:
    clock = a_department_clock(hours)
    return counted(replace(clock, outside_due_at=NINE + outside * HOUR, outside_by="12345"), CALENDAR, 0.75)


def test_it_goes_on_through_a_pause_and_no_extension_moves_it() -> None:
    clock = of_department(4, 6)
    assert (clock.due_at, clock.decided_by) == (NINE + 4 * HOUR, DeadlineSetter.LIMIT)
    paused = follow(clock, ClockEffect.PAUSE, NINE + HOUR, CALENDAR, warn_after=0.75).clock
    assert paused.paused_at == NINE + HOUR
    assert (paused.due_at, paused.decided_by) == (NINE + 6 * HOUR, DeadlineSetter.ORDER)
    resumed = follow(paused, ClockEffect.RESUME, NINE + 4 * HOUR, CALENDAR, warn_after=0.75).clock
    assert resumed.due_at == NINE + 6 * HOUR, "seven by its limit"
    longer = follow(clock, ClockEffect.EXTEND, NINE + HOUR, CALENDAR, warn_after=0.75, hours=9).clock
    assert longer.due_at == NINE + 6 * HOUR
    assert not ends_beyond(clock, 2, NINE + HOUR, CALENDAR)
    assert ends_beyond(clock, 2.1, NINE + HOUR, CALENDAR)
    assert not ends_beyond(a_department_clock(4), 900, NINE + HOUR, CALENDAR)
    assert ends_beyond(replace(clock, limit_h=0.0), 0.1, NINE + HOUR, CALENDAR)


async def ordered(on: Office, case: CaseView, due_at: datetime, reference: str = "A-1") -> None:
    """12345 sets a deadline for a case that is filed."""
    async with on.on.storage.write() as transaction:
        kept = await case_store.get(transaction.connection, case.case_id, lock=True)
        await on.on.room.outside.set(
            transaction, kept, OutsideDeadline(due_at, DeadlineSetter.ORDER, reference), on.clock.now()
        )


async def clock_of(on: Office, case: CaseView) -> tuple[datetime, str]:
    view = (await on.on.room.cases.get(case.case_id)).deadline
    assert view is not None
    return view.due_at, view.decided_by


async def test_an_extension_beyond_it_is_refused_and_within_it_granted(any_storage: Storage) -> None:
    on = office(any_storage)
    case = await on.filed()
    latest = NINE + 7 * HOUR
    await ordered(on, case, latest)
    assert await clock_of(on, case) == (NINE + 6 * HOUR, "limit"), "four working hours over noon"
    log = await on.on.room.cases.history(case.case_id)
    assert (log[-1].act, "A-1" in log[-1].reason) == ("outside-deadline", True)
    await on.act(MA, case, "sign")
    with pytest.raises(BeyondOutsideDeadline) as refused:
        await on.act(MA, case, "ask_extension", "缺件", hours=8.0)
    assert refused.value.extra["set_by"] == "12345"
    await on.act(MA, case, "ask_extension", "缺件", hours=0.5)
    with pytest.raises(BeyondOutsideDeadline):
        await on.act(DISPATCHER, case, "approve", hours=20.0)
    task = await on.act(DISPATCHER, case, "approve")
    assert task.assignment.state.value == "handling"
    assert await clock_of(on, case) == (NINE + 6.5 * HOUR, "limit")


async def test_it_runs_on_while_the_centre_has_the_case_and_its_passing_is_found(
    any_storage: Storage,
) -> None:
    on = office(any_storage)
    case = await on.filed()
    latest = NINE + 3 * HOUR
    await ordered(on, case, latest)
    assert await clock_of(on, case) == (latest, "12345")
    await on.act(MA, case, "return", "不是我们的")
    assert await clock_of(on, case) == (latest, "12345")
    on.clock.advance(3.1 * 3600)
    await on.on.room.watch.look()
    await on.on.room.assignment_watch.look()
    view = await on.on.room.cases.get(case.case_id)
    assert view.deadline is not None
    assert (view.deadline.state.value, view.deadline.was_overdue) == ("overdue", True)
    assert (await on.of(case)).clocks[-1].passed_at is not None


async def test_a_recomputation_keeps_it_and_a_class_without_a_limit_has_it(any_storage: Storage) -> None:
    on = office(any_storage)
    waste, none = await on.filed(), await on.filed(category=NO_LIMIT)
    assert (await on.on.room.cases.get(none.case_id)).deadline is None
    for case in (waste, none):
        await ordered(on, case, NINE + 3 * HOUR)
    await ran(changed(on.on, 24), write=True)
    for case in (waste, none):
        assert await clock_of(on, case) == (NINE + 3 * HOUR, "12345")
    view = await on.on.room.cases.get(waste.case_id)
    assert view.deadline is not None
    assert view.deadline.limit == "24小时"
    await ran(changed(on.on, 1), write=True)
    assert await clock_of(on, waste) == (NINE + HOUR, "limit")


async def test_what_had_passed_counts_no_more_once_the_work_begins_anew(any_storage: Storage) -> None:
    on = office(any_storage)
    case = await on.filed()
    await ordered(on, case, NINE + 3 * HOUR)
    on.clock.advance(4 * 3600)
    await act(on.on, case.case_id, CaseAction.DONE)
    await act(on.on, case.case_id, CaseAction.REOPEN)
    due, decided = await clock_of(on, case)
    assert (due > on.clock.now(), decided) == (True, "limit")
    view = await on.on.room.cases.get(case.case_id)
    assert view.deadline is not None
    assert view.deadline.was_overdue, "12345's deadline was missed, and that stays"
