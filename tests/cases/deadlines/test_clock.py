"""A clock finds its warning and its deadline once each, whatever happens in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_catalogues
from cases.catalogue.model import LimitAmount
from cases.clocks.calendar import load_working_calendar
from cases.clocks.model import Counting
from cases.deadlines.model import (
    CaseClock,
    ClockEnd,
    ClockTerms,
    ConditionChoice,
    DeadlineFact,
    current,
    ended,
    replaced,
    settled,
    terms_of,
    was_overdue,
)
from cases.errors import NoSuchCondition
from cases.events import DeadlineState

MONDAY = datetime(2026, 11, 30, 1, tzinfo=UTC)
"""Nine o'clock in the city."""
CATALOGUE = load_catalogues().default
CALENDAR = load_working_calendar()
EVENING = datetime(2026, 11, 30, 14, tzinfo=UTC)


def terms(hours: float) -> ClockTerms:
    due = timedelta(hours=hours)
    return ClockTerms(
        f"{hours}小时", "缺失", "missing", ConditionChoice.ONLY, Counting.NATURAL, "",
        MONDAY + due * 0.75, MONDAY + due, provisional=False,
    )  # fmt: skip


def a_clock(hours: float = 4) -> CaseClock:
    return CaseClock(UUID(int=1), 1, MONDAY, terms(hours), seq=1)


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def test_a_clock_warns_and_then_runs_out() -> None:
    clock, facts = settled(a_clock(), at(2))
    assert (clock.state, facts) == (DeadlineState.RUNNING, [])
    clock, facts = settled(clock, at(3.1))
    assert (clock.state, facts) == (DeadlineState.WARNED, [DeadlineFact.WARNED])
    clock, facts = settled(clock, at(4))
    assert (clock.state, facts) == (DeadlineState.WARNED, []), "done at the very moment is in time"
    clock, facts = settled(clock, at(4.1))
    assert (clock.state, facts) == (DeadlineState.OVERDUE, [DeadlineFact.PASSED])
    assert clock.next_at is None


def test_what_nobody_looked_at_counts_at_the_end() -> None:
    clock, facts = ended(a_clock(), ClockEnd.DONE, at(9))
    assert list(facts) == [DeadlineFact.WARNED, DeadlineFact.PASSED]
    assert clock.state is DeadlineState.STOPPED
    assert was_overdue([clock])
    assert settled(clock, at(99)) == (clock, ())


def test_a_fact_of_the_former_clock_stays_and_is_not_found_again() -> None:
    late, _ = settled(a_clock(2), at(3))
    former, longer, facts = replaced(late, terms(8), at(3))
    assert longer is not None
    assert (former.ended, longer.state, list(facts)) == (ClockEnd.REPLACED, DeadlineState.RUNNING, [])
    assert was_overdue([former, longer])
    _, shorter, facts = replaced(late, terms(1), at(3))
    assert shorter is not None
    assert (shorter.state, list(facts)) == (DeadlineState.OVERDUE, []), "it is late as before"
    _, first, facts = replaced(a_clock(8), terms(1), at(3))
    assert first is not None
    assert (first.state, list(facts)) == (DeadlineState.OVERDUE, [DeadlineFact.WARNED, DeadlineFact.PASSED])


def counted(start: datetime, hours: float) -> ClockTerms:
    span = timedelta(hours=hours)
    return replace(terms(hours), warn_at=start + span * 0.75, due_at=start + span)


class Handled:
    """A case's clocks under acts, beside a watcher who looks every minute and forgets nothing."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.clock: CaseClock | None = a_clock()
        self.past: list[CaseClock] = []
        self.found: list[DeadlineFact] = []
        self.expected: list[DeadlineFact] = []
        self._seen: set[DeadlineFact] = set()

    def wait(self, minutes: int) -> None:
        for _ in range(minutes):
            self.now += timedelta(minutes=1)
            self._watch()

    def look(self, _: int) -> None:
        if self.clock is not None:
            self.clock, facts = settled(self.clock, self.now)
            self.found += facts

    def done(self, _: int) -> None:
        if self.clock is not None:
            over, facts = ended(self.clock, ClockEnd.DONE, self.now)
            self.past, self.clock = [*self.past, over], None
            self.found += facts

    def reopen(self, hours: int) -> None:
        if self.clock is None:
            self._seen = set()
            fresh = CaseClock(UUID(int=1), 1, self.now, counted(self.now, hours))
            self.clock = replace(fresh, seq=len(self.past) + 2)

    def change_rules(self, hours: int) -> None:
        if self.clock is None:
            return
        former, successor, facts = replaced(self.clock, counted(self.clock.started_at, hours), self.now)
        assert successor is not None
        self.past, self.clock = [*self.past, former], replace(successor, seq=len(self.past) + 3)
        # What is not true yet of the new deadline may become true of it.
        self._seen = {fact for fact in self._seen if self._moments()[fact] < self.now}
        self._watch()
        self.found += facts

    def _watch(self) -> None:
        for fact, moment in self._moments().items():
            if moment < self.now and fact not in self._seen:
                self._seen.add(fact)
                self.expected.append(fact)

    def _moments(self) -> dict[DeadlineFact, datetime]:
        if self.clock is None:
            return {}
        about = self.clock.terms
        return {DeadlineFact.WARNED: about.warn_at, DeadlineFact.PASSED: about.due_at}


_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just(Handled.wait), st.integers(1, 400)),
        st.tuples(st.sampled_from([Handled.look, Handled.done]), st.just(0)),
        st.tuples(st.sampled_from([Handled.reopen, Handled.change_rules]), st.integers(1, 12)),
    ),
    max_size=30,
)


@given(_ACTS)
def test_no_fact_is_lost_or_doubled(acts: list[tuple[Callable[[Handled, int], None], int]]) -> None:
    case = Handled()
    for what, amount in acts:
        what(case, amount)
    case.look(0)
    assert sorted(case.found) == sorted(case.expected)
    clocks = [*case.past, *([] if case.clock is None else [case.clock])]
    assert was_overdue(clocks) is (DeadlineFact.PASSED in case.expected)
    assert current(clocks) is not None


def test_the_strictest_limit_counts_until_somebody_chooses() -> None:
    limits = CATALOGUE.limits_of("P0101")
    assumed = terms_of(limits, MONDAY, CALENDAR, warn_after=0.75)
    assert assumed is not None
    assert (assumed.limit_text, assumed.choice) == ("2紧急工作时", ConditionChoice.ASSUMED)
    assert assumed.due_at == at(2)
    chosen = terms_of(limits, MONDAY, CALENDAR, condition="异响", warn_after=0.75)
    assert chosen is not None
    assert (chosen.limit_text, chosen.choice) == ("2工作日", ConditionChoice.CHOSEN)
    with pytest.raises(NoSuchCondition):
        terms_of(limits, MONDAY, CALENDAR, condition="天黑", warn_after=0.75)


def test_strictest_is_what_ends_first_and_not_the_smallest_number() -> None:
    """Four working hours from Friday evening end after 24 hours do."""
    friday = datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
    first, *_ = CATALOGUE.limits_of("P0101")
    several = [
        replace(first, condition_zh="日间", allowed=LimitAmount(4.0, "working_hours", "4工作时")),
        replace(first, condition_zh="全天", allowed=LimitAmount(24.0, "hours", "24小时")),
    ]
    found = terms_of(several, friday, CALENDAR, warn_after=0.75)
    assert found is not None
    assert found.limit_text == "24小时"


def test_urgent_hours_run_on_at_night_and_working_hours_do_not() -> None:
    evening = datetime(2026, 11, 30, 14, tzinfo=UTC)
    urgent = terms_of(CATALOGUE.limits_of("E0505"), evening, CALENDAR, warn_after=0.75)
    working = terms_of(CATALOGUE.limits_of("E0110"), evening, CALENDAR, warn_after=0.75)
    assert urgent is not None
    assert working is not None
    assert urgent.due_at == evening + timedelta(hours=2)
    assert working.due_at == datetime(2026, 12, 1, 4, tzinfo=UTC), "noon of the next day in the city"


def test_a_class_without_limits_has_no_clock() -> None:
    assert terms_of(CATALOGUE.limits_of("P0201"), MONDAY, CALENDAR, warn_after=0.75) is None


def test_an_urgent_case_has_urgent_hours_whatever_its_class() -> None:
    """A wall has no limit and a lamp three working days; who may be hurt by one waits for neither."""
    for code in ("P0201", "P0137"):
        (*_, own) = CATALOGUE.limits_for(code, urgent=True)
        assert (own.code, own.urgent, own.source) == (code, True, "own")
        found = terms_of(CATALOGUE.limits_for(code, urgent=True), EVENING, CALENDAR, warn_after=0.75)
        assert found is not None
        assert (found.limit_text, found.due_at) == ("1紧急工作时", EVENING + timedelta(hours=1))
    assert CATALOGUE.limits_for("P0201", urgent=False) == ()


@given(
    code=st.sampled_from(sorted({one.code for one in CATALOGUE.limits})),
    minutes=st.integers(0, 14 * 24 * 60),
)
def test_no_urgent_case_is_due_later_than_its_urgent_row_says(code: str, minutes: int) -> None:
    start = MONDAY + timedelta(minutes=minutes)
    limits = CATALOGUE.limits_for(code, urgent=True)
    found = terms_of(limits, start, CALENDAR, warn_after=0.75)
    assert found is not None
    rows = [one for one in limits if one.urgent]
    assert found.due_at <= min(start + timedelta(hours=one.allowed.amount) for one in rows)
    ordinary = terms_of(CATALOGUE.limits_of(code), start, CALENDAR, warn_after=0.75)
    assert ordinary is not None
    assert found.due_at <= ordinary.due_at
    own = [one for one in CATALOGUE.limits_of(code) if one.urgent]
    assert rows == own or not own, "a city's own urgent row goes before the common one"


def test_of_two_limits_that_end_together_the_urgent_one_counts() -> None:
    first, *_ = CATALOGUE.limits_of("P0101")
    working = replace(first, condition_zh="日间", allowed=LimitAmount(2.0, "working_hours", "2工作时"))
    found = terms_of([working, first], MONDAY, CALENDAR, warn_after=0.75)
    assert found is not None
    assert found.limit_text == "2紧急工作时"
