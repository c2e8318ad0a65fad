"""A clock that was an hour ahead and is set right, and classes that the catalogue no longer has: open cases
go on, nothing is told twice, and no deadline comes earlier than it should.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from cases.errors import NoSuchCategory
from cases.events import AssignmentState, CaseState, DeadlineState
from cases.life.model import CaseAction
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from tests.cases import rooms
from tests.cases.assignments.people import DISPATCHER, MA, office
from tests.cases.deadlines.test_clocks_of_cases import COVER, WASTE, act, at_nine, filed, told
from tests.cases.deadlines.test_recompute import changed, ran
from tests.cases.rooms import ACCEPTOR, stage

HOUR = timedelta(hours=1)


def set_clock(clock: ManualClock, hours: float) -> None:
    """As somebody sets a wall clock: the machine's seconds go on."""
    clock._now += timedelta(hours=hours)


async def test_a_clock_that_was_an_hour_ahead_warns_once_and_numbers_go_on(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    first = await filed(on, COVER)
    assert first.deadline is not None
    clock.advance(3000)
    set_clock(clock, 1)
    assert await on.room.watch.look() == 1, "an hour early: nobody here can know better"
    ahead = await filed(on, COVER)
    set_clock(clock, -1)
    assert [await on.room.watch.look() for _ in range(2)] == [0, 0]
    later = await filed(on, COVER)
    numbers = [int(one.number) for one in (first, ahead, later)]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    seen = await on.room.cases.get(first.case_id)
    assert seen.deadline is not None
    assert (seen.deadline.state, seen.deadline.due_at) == (DeadlineState.WARNED, first.deadline.due_at)
    clock.advance(3 * 3600)
    await on.room.watch.look()
    assert await on.room.watch.look() == 0
    events = await told(on)
    assert (events.count("passed"), events.count("warned")) == (2, 3), "of two cases that are due, once each"
    for case in (first, later):
        done = await act(on, case.case_id, CaseAction.DONE)
        assert done.deadline is not None
        assert done.deadline.was_overdue


async def test_a_pause_that_began_while_the_clock_was_ahead_shortens_nothing(any_storage: Storage) -> None:
    at = office(any_storage)
    case = await at.filed()
    due = (await at.of(case)).clocks[-1].due_at
    assert due is not None
    set_clock(at.clock, 1)
    await at.act(MA, case, "return", "不是我区道路")
    set_clock(at.clock, -1)
    at.clock.advance(60)
    back = await at.act(DISPATCHER, case, "refuse_return", "是你区的")
    assert back.assignment.state is AssignmentState.SENT_BACK
    resumed = back.clocks[-1].due_at
    assert resumed is not None
    assert due <= resumed <= due + timedelta(minutes=1)


@contextmanager
def retired(code: str) -> Iterator[None]:
    """Rooms that are made within know a catalogue without this class."""
    whole = rooms.known()
    default = whole.catalogues.default
    rows = {name: row for name, row in default.rows.items() if name != code}
    limits = tuple(one for one in default.limits if one.code != code)
    catalogues = replace(whole.catalogues, default=replace(default, rows=rows, limits=limits))
    with patch.object(rooms, "known", lambda: replace(whole, catalogues=catalogues)):
        yield


async def test_an_open_case_of_a_retired_class_goes_on_and_no_new_one_is_filed(any_storage: Storage) -> None:
    on, clock = at_nine(any_storage)
    case = await filed(on, WASTE)
    with retired("E0110"):
        on = stage(any_storage)
    shown = await on.room.cases.get(case.case_id)
    assert (shown.category, shown.category_name) == (WASTE, WASTE), "the code still tells what it was"
    assert shown.deadline is not None
    with pytest.raises(NoSuchCategory):
        await filed(on, WASTE)
    clock.advance(12 * 3600)
    assert await on.room.watch.look() == 1
    assert await ran(changed(on, 24), write=False) is not None
    for step in (CaseAction.DONE, CaseAction.VERIFY, CaseAction.CLOSE):
        shown = await act(on, case.case_id, step)
    assert shown.state is CaseState.CLOSED
    reopened = await on.room.cases.take_step(
        case.case_id, CaseAction.REOPEN_CLOSED, op_id=uuid7(), actor=ACCEPTOR, reason="又脏"
    )
    assert reopened.state is CaseState.FILED
