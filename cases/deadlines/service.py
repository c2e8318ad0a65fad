"""Starts, stops and renews the clocks of cases, inside the transaction of the act that does so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.area_class import AreaClass
from cases.catalogue.model import Catalogues
from cases.clocks.calendar import WorkingCalendar
from cases.clocks.limits import time_limit
from cases.clocks.model import NeverDue, NoSuchSeason, TimeLimit
from cases.deadlines import outside_store, store
from cases.deadlines.model import (
    CaseClock,
    ClockEnd,
    ClockTerms,
    ConditionChoice,
    DeadlineFact,
    current,
    ended,
    replaced,
    resumed,
    settled,
    strictest,
    succeeding,
    terms_of,
)
from cases.errors import NoSuchCategory, NoSuchCondition
from cases.events import CaseSource, CaseState
from cases.life import store as life_store
from cases.life.model import URGENT, Case, CaseAction
from core.log import logger
from core.metrics import counter

_log = logger("cases")
_clocks = counter("cases_clocks", "Clocks of cases by what became of them", ["fate"])
_ENDS = {CaseAction.DONE: ClockEnd.DONE, CaseAction.CANCEL: ClockEnd.CANCELLED}


class CaseDeadlines:
    """`warn_after` is the share of a limit at whose end a clock warns."""

    def __init__(self, catalogues: Catalogues, calendar: WorkingCalendar, *, warn_after: float) -> None:
        self._catalogues = catalogues
        self._calendar = calendar
        self._warn_after = warn_after

    @property
    def calendar(self) -> WorkingCalendar:
        return self._calendar

    @property
    def warn_after(self) -> float:
        return self._warn_after

    def prepare(self, now: datetime) -> None:
        """Read the holidays of this year and the next: it takes a moment, for which no filing has to wait."""
        today = now.astimezone(self._calendar.zone).date()
        for year in (today.year, today.year + 1):
            self._calendar.verdict(date(year, 1, 1))

    def require_condition(self, category: str, condition: str) -> None:
        """Raises `NoSuchCondition` where the class has no such condition."""
        known = self._catalogues.by_ref(category)
        limits = self._catalogues.of(known).limits_of(known.code)
        if condition and all(one.condition_zh != condition for one in limits):
            raise NoSuchCondition(remedy="choose a condition of the class", condition=condition)

    def terms(
        self,
        category: str,
        start: datetime,
        condition: str = "",
        *,
        urgent: bool = False,
        area: AreaClass | None = None,
    ) -> ClockTerms | None:
        """What a clock of this class counts in an area of class `area`; None without a limit, also for what
        is handed over. An `urgent` case always has a limit of urgent hours.
        """
        try:
            known = self._catalogues.by_ref(category)
        except NoSuchCategory:
            return None
        if known.handover:
            return None
        limits = self._catalogues.of(known).limits_for(known.code, urgent=urgent, area=area)
        try:
            return terms_of(limits, start, self._calendar, condition=condition, warn_after=self._warn_after)
        except (NeverDue, NoSuchSeason) as error:
            # A report is filed whatever the tables say; `songhua cases deadline` shows the same error.
            _clocks.labels("never_due").inc()
            _log.warning("a class has a time limit that never ends", category=category, error=error.kind)
            return None

    def is_graded(self, category: str) -> bool:
        """Whether a condition of the class has limits of its own for classes of areas."""
        try:
            known = self._catalogues.by_ref(category)
        except NoSuchCategory:
            return False
        return any(one.areas for one in self._catalogues.of(known).limits_of(known.code))

    async def begin(self, connection: AsyncConnection, case: Case, condition: str = "") -> None:
        """Start the clock of a case that was filed, at the time of its filing. A deadline that was set for
        its report is the case's.
        """
        if case.draft_id is not None and case.source is CaseSource.OTHER_SYSTEM:
            await outside_store.take_over(connection, case.draft_id, case.case_id)
        if case.state is CaseState.FILED:
            await self._start(connection, case, case.filed_at, condition)

    async def follow(
        self, connection: AsyncConnection, case: Case, what: CaseAction, now: datetime
    ) -> Sequence[DeadlineFact]:
        """What an act means for the clock: it stops, or a reopened case starts a new one. What was found."""
        if what in {CaseAction.REOPEN, CaseAction.REOPEN_CLOSED}:
            before = current((await store.of_cases(connection, [case.case_id]))[case.case_id])
            await self.end_passed(connection, case, now)
            await self._start(connection, case, now, _chosen(before))
            return ()
        how = _ENDS.get(what)
        clock = None if how is None else await store.running(connection, case.case_id)
        if how is None or clock is None:
            return ()
        after, facts = ended(clock, how, now)
        await store.save(connection, after)
        _clocks.labels("late" if after.passed_at is not None else how.value).inc()
        return facts

    async def end_passed(self, connection: AsyncConnection, case: Case, now: datetime) -> None:
        """The work begins anew: a deadline from outside that has passed by now counts no more."""
        await outside_store.end_passed(connection, case.case_id, now)

    async def halt(
        self, connection: AsyncConnection, case: Case, now: datetime
    ) -> tuple[int | None, Sequence[DeadlineFact]]:
        """Stop the clock of a case that is merged: which one, None without any, and what was found."""
        clock = await store.running(connection, case.case_id)
        if clock is None:
            return None, ()
        after, facts = ended(clock, ClockEnd.MERGED, now)
        await store.save(connection, after)
        return clock.seq, facts

    async def resume(self, connection: AsyncConnection, case: Case, seq: int | None) -> None:
        """The clock that `halt` stopped runs on from the same start to the same deadline."""
        clocks = (await store.of_cases(connection, [case.case_id]))[case.case_id]
        for clock in clocks:
            if clock.seq == seq:
                await store.save(connection, resumed(clock))

    async def look(self, connection: AsyncConnection, case: Case, now: datetime) -> Sequence[DeadlineFact]:
        """What has become true of the running clock by now; nothing when somebody else has found it."""
        clock = await store.running(connection, case.case_id)
        if clock is None:
            return ()
        after, facts = settled(clock, now)
        if facts:
            await store.save(connection, after)
        return facts

    async def chosen_condition(self, connection: AsyncConnection, case: Case) -> str:
        """The condition that somebody chose for the case; empty where the strictest counts."""
        return _chosen(current((await store.of_cases(connection, [case.case_id]))[case.case_id]))

    async def fresh_terms(self, connection: AsyncConnection, case: Case, at: datetime) -> ClockTerms | None:
        """What a clock counts that starts then, with the condition that was chosen for the case, and due no
        later than a deadline from outside.
        """
        return await self._terms_of(connection, case, at, await self.chosen_condition(connection, case))

    async def limit_of(self, connection: AsyncConnection, case: Case, at: datetime) -> ClockTerms | None:
        """The same without the deadline from outside."""
        return self._again(case, at, await self.chosen_condition(connection, case))

    def time_limit(self, category: str, terms: ClockTerms) -> TimeLimit | None:
        """The limit whose terms these are, also an urgent case's; None when the tables no longer have it or
        its class.
        """
        try:
            known = self._catalogues.by_ref(category)
        except NoSuchCategory:
            return None
        catalogue = self._catalogues.of(known)
        for one in catalogue.limits_for(known.code, urgent=True, area=terms.area_class):
            if (one.text, one.condition_zh) == (terms.limit_text, terms.condition_zh):
                return time_limit(one.allowed, self._calendar)
        return None

    async def pause(self, connection: AsyncConnection, case: Case, now: datetime) -> Sequence[DeadlineFact]:
        """The clock of the case stands still with that of its host department."""
        clock = await store.running(connection, case.case_id)
        if clock is None:
            return ()
        after, facts = ended(clock, ClockEnd.PAUSED, now)
        await store.save(connection, after)
        return facts

    async def go_on(
        self,
        connection: AsyncConnection,
        case: Case,
        now: datetime,
        *,
        warn_at: datetime,
        due_at: datetime,
        limit_text: str,
        condition_zh: str,
        condition_en: str,
        area_class: AreaClass | None,
        outside_due_at: datetime | None,
        outside_by: str,
        outside_reference: str,
    ) -> Sequence[DeadlineFact]:
        """The clock of the case counts to the times of its host department's clock, by its limit."""
        clock = await store.running(connection, case.case_id)
        before = clock or current((await store.of_cases(connection, [case.case_id]))[case.case_id])
        if before is None:
            return ()
        to = replace(
            before.terms, warn_at=warn_at, due_at=due_at, limit_text=limit_text, condition_zh=condition_zh,
            condition_en=condition_en, area_class=area_class, outside_due_at=outside_due_at,
            outside_by=outside_by, outside_reference=outside_reference,
        )  # fmt: skip
        if clock is not None and to == clock.terms:
            return await self.look(connection, case, now)
        facts: Sequence[DeadlineFact] = ()
        if clock is not None:
            before, facts = ended(clock, ClockEnd.REPLACED, now)
            await store.save(connection, before)
        fresh, further = succeeding(before, to, now)
        await store.add(connection, fresh)
        return [*facts, *further]

    async def begin_anew(
        self, connection: AsyncConnection, case: Case, now: datetime, terms: ClockTerms | None
    ) -> Sequence[DeadlineFact]:
        """Another host department begins: its time is the case's. A case that is late by a deadline from
        outside is so still, and that is not found again.
        """
        clock = await store.running(connection, case.case_id)
        facts: Sequence[DeadlineFact] = ()
        if clock is not None:
            clock, facts = ended(clock, ClockEnd.REPLACED, now)
            await store.save(connection, clock)
        if terms is None:
            return facts
        fresh = CaseClock(case.case_id, case.filed_order, now, terms)
        before = clock or current((await store.of_cases(connection, [case.case_id]))[case.case_id])
        if before is not None and terms.due_at < now:
            fresh = replace(fresh, warned_at=before.warned_at, passed_at=before.passed_at)
        fresh, further = settled(fresh, now)
        await store.add(connection, fresh)
        _clocks.labels("started").inc()
        return [*facts, *further]

    async def renew(
        self, connection: AsyncConnection, case: Case, now: datetime, *, write: bool
    ) -> tuple[ClockTerms | None, ClockTerms | None, Sequence[DeadlineFact]]:
        """Count anew by the rules as they are: what counted, what counts instead, and what was found.

        A case that is handled and has no clock gets one, from when it was last reopened or filed. Without
        `write` nothing is changed.
        """
        clock = await store.running(connection, case.case_id)
        if clock is None:
            started_at = await life_store.reopened_at(connection, case.case_id) or case.filed_at
        else:
            started_at = clock.started_at
        terms = await self._terms_of(connection, case, started_at, _chosen(clock))
        before = None if clock is None else clock.terms
        if terms == before or not write:
            return before, terms, ()
        if clock is None:
            assert terms is not None
            fresh, facts = settled(CaseClock(case.case_id, case.filed_order, started_at, terms), now)
            await store.add(connection, fresh)
            return None, terms, facts
        former, successor, facts = replaced(clock, terms, now)
        await store.save(connection, former)
        if successor is not None:
            await store.add(connection, successor)
        return before, terms, facts

    def _again(self, case: Case, started_at: datetime, condition: str) -> ClockTerms | None:
        """A condition that the class no longer has is as good as none."""
        urgent, area = case.urgency in URGENT, case.area_class
        try:
            return self.terms(case.category, started_at, condition, urgent=urgent, area=area)
        except NoSuchCondition:
            return self.terms(case.category, started_at, urgent=urgent, area=area)

    async def _terms_of(
        self, connection: AsyncConnection, case: Case, started_at: datetime, condition: str
    ) -> ClockTerms | None:
        """The limit of the class or the deadline from outside, whichever ends first."""
        terms = self._again(case, started_at, condition)
        outside = await outside_store.strictest_of(connection, case.case_id)
        if outside is None:
            return terms
        return strictest(terms, outside, started_at, warn_after=self._warn_after)

    async def _start(self, connection: AsyncConnection, case: Case, at: datetime, condition: str) -> None:
        terms = await self._terms_of(connection, case, at, condition)
        if terms is not None:
            await store.add(connection, CaseClock(case.case_id, case.filed_order, at, terms))
            _clocks.labels("started").inc()


def _chosen(clock: CaseClock | None) -> str:
    """The condition that somebody chose."""
    if clock is None or clock.terms.choice is not ConditionChoice.CHOSEN:
        return ""
    return clock.terms.condition_zh
