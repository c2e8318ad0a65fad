"""The clock of an assignment: pauses and extensions by any acts, against counting minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cases.assignments.clocks import AssignmentClock, ClockChange, counted, current, follow, replaced, settled
from cases.clocks.calendar import load_working_calendar
from cases.clocks.model import Counting
from cases.deadlines.model import ClockEnd, DeadlineFact
from cases.workflow.model import ClockEffect

NINE = datetime(2026, 11, 30, 1, tzinfo=UTC)
CALENDAR = load_working_calendar()
HOUR = timedelta(hours=1)


def a_clock(hours: float = 4.0, counting: Counting = Counting.NATURAL) -> AssignmentClock:
    plain = AssignmentClock(UUID(int=1), UUID(int=2), NINE, f"{hours:g}小时", "", "", counting, "", hours)
    return counted(plain, CALENDAR, 0.75)


def after(clock: AssignmentClock, effect: ClockEffect, hours: float, *, more: float = 0.0) -> ClockChange:
    return follow(clock, effect, NINE + hours * HOUR, CALENDAR, warn_after=0.75, hours=more)


def test_a_pause_leaves_the_deadline_open_and_adds_its_length() -> None:
    paused = after(a_clock(), ClockEffect.PAUSE, 1).clock
    assert (paused.due_at, paused.warn_at, paused.next_at) == (None, None, None)
    assert paused.paused_at == NINE + HOUR
    resumed = after(paused, ClockEffect.RESUME, 3).clock
    assert (resumed.due_at, resumed.paused_at) == (NINE + 6 * HOUR, None)
    assert after(resumed, ClockEffect.RESUME, 4).clock == resumed


def test_a_working_clock_is_not_paused_by_the_night() -> None:
    clock = a_clock(8, Counting.WORKING)
    assert clock.due_at == NINE + 24 * HOUR, "to nine o'clock of the next day"
    paused = after(clock, ClockEffect.PAUSE, 9).clock
    assert after(paused, ClockEffect.RESUME, 23).clock.due_at == clock.due_at, "at six it had stopped anyway"


def test_what_ran_out_stays_and_a_further_clock_may_run_out_again() -> None:
    clock = a_clock()
    change = after(clock, ClockEffect.EXTEND, 5, more=4)
    assert list(change.facts) == [DeadlineFact.WARNED, DeadlineFact.PASSED]
    assert change.clock.ended is ClockEnd.REPLACED
    assert change.further is not None
    assert (change.further.passed_at, change.further.due_at) == (None, NINE + 8 * HOUR)
    again = settled(change.further, NINE + 9 * HOUR)
    assert again[1] == [DeadlineFact.WARNED, DeadlineFact.PASSED]
    too_late = after(clock, ClockEffect.EXTEND, 9, more=1)
    assert too_late.further is not None
    assert too_late.further.passed_at == too_late.clock.passed_at
    assert list(too_late.facts) == [DeadlineFact.WARNED, DeadlineFact.PASSED], "late once, found once"


def test_another_rule_keeps_pauses_and_what_is_true_of_both() -> None:
    clock = settled(a_clock(), NINE + 5 * HOUR)[0]
    shorter = counted(a_clock(2), CALENDAR, 0.75)
    former, fresh, facts = replaced(clock, shorter, NINE + 6 * HOUR)
    assert (former.ended, facts) == (ClockEnd.REPLACED, [])
    assert fresh is not None
    assert fresh.passed_at == clock.passed_at
    _, longer, _ = replaced(clock, a_clock(40), NINE + 6 * HOUR)
    assert longer is not None
    assert (longer.warned_at, longer.passed_at) == (None, None)
    assert replaced(clock, None, NINE + 6 * HOUR)[1] is None


_EFFECT = st.sampled_from([ClockEffect.PAUSE, ClockEffect.RESUME, ClockEffect.EXTEND, ClockEffect.NONE])


@given(st.lists(st.tuples(st.integers(1, 300), _EFFECT, st.integers(1, 5)), max_size=12), st.integers(1, 20))
def test_any_acts_count_every_minute_that_was_not_paused(
    acts: list[tuple[int, ClockEffect, int]], hours: int
) -> None:
    clocks = [a_clock(hours)]
    minutes, allowed, used, paused = 0, hours * 60, 0, False
    overdue = False
    for waited, effect, more in acts:
        if not paused:
            used += waited
        overdue = overdue or used > allowed
        minutes += waited
        change = after(clocks[-1], effect, minutes / 60, more=more)
        clocks[-1] = change.clock
        if change.further is not None:
            clocks.append(change.further)
        if effect is ClockEffect.EXTEND:
            allowed += more * 60
        paused = {ClockEffect.PAUSE: True, ClockEffect.RESUME: False}.get(effect, paused)
        now = clocks[-1]
        assert (now.paused_at is not None) == paused
        if paused:
            assert now.due_at is None
        elif used < allowed:
            assert now.due_at == NINE + timedelta(minutes=minutes + allowed - used)
    assert any(one.passed_at is not None for one in clocks) == overdue
    assert all(one.stopped_at is not None for one in clocks[:-1])
    last = current([*(_numbered(one, place) for place, one in enumerate(clocks, 1))])
    assert last is not None
    assert last.seq == len(clocks)


def _numbered(clock: AssignmentClock, seq: int) -> AssignmentClock:
    return replace(clock, seq=seq)
