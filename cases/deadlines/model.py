"""A case's clock: what it counts, when it has warned and run out, how it ended. Pure.

One clock is one deadline. A clock that a reopened case begins, or that a change of rules brings, is another
one, and what was true of the former stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cases.area_class import AreaClass
from cases.catalogue.model import Limit
from cases.clocks.calendar import WorkingCalendar
from cases.clocks.deadline import deadline
from cases.clocks.limits import time_limit
from cases.clocks.model import Counting, NeverDue, NoSuchSeason
from cases.errors import NoSuchCondition
from cases.events import DeadlineState


class ClockStage(StrEnum):
    """What of the city's work a clock is about."""

    HANDLING = "handling"


class ClockEnd(StrEnum):
    """Why a clock no longer runs. `replaced`: another one counts, since the rules or the class changed, or
    since the host department's clock goes on; `paused`: that clock stands still; `withdrawn`: the department
    no longer has the case; `merged`: the clock of another case counts, until that is undone.
    """

    DONE = "done"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class ConditionChoice(StrEnum):
    """How a clock came by its condition. `assumed`: there are several and nobody chose one."""

    ONLY = "only"
    CHOSEN = "chosen"
    ASSUMED = "assumed"


class DeadlineSetter(StrEnum):
    """Who decides a deadline: the city's time limit of the class, or who set one from outside: the hotline
    12345 with its work order, or a superior with his order.
    """

    LIMIT = "limit"
    ORDER = "12345"
    SUPERIOR = "superior"


@dataclass(frozen=True, slots=True)
class OutsideDeadline:
    """Until when somebody outside wants a case handled. `reference` is his number of it."""

    due_at: datetime
    set_by: DeadlineSetter
    reference: str = ""


class DeadlineFact(StrEnum):
    """What has become true of a clock: once each, and for ever."""

    WARNED = "warned"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """What a clock counts. `limit_text` is the city's own wording. Where the condition is assumed, the
    strictest limit counts. `provisional`: the time looked at a year without an official calendar.
    `area_class`: the limit is the row's own for areas of that class; None where the general one counts.

    `outside_…` is the strictest deadline from outside, None and empty without one: `due_at` is never after
    it. `limit_text` is empty where there is no other.
    """

    limit_text: str
    condition_zh: str
    condition_en: str
    choice: ConditionChoice
    counting: Counting
    season: str
    warn_at: datetime
    due_at: datetime
    provisional: bool
    area_class: AreaClass | None = None
    outside_due_at: datetime | None = None
    outside_by: str = ""
    outside_reference: str = ""

    @property
    def decided_by(self) -> DeadlineSetter:
        """Whose deadline `due_at` is."""
        return decided_by(self.due_at, self.outside_due_at, self.outside_by)


@dataclass(frozen=True, slots=True)
class CaseClock:
    """`warned_at` and `passed_at`: when that was found, None until then. `stopped_at` and `ended` come
    together. `seq` is the database's, 0 before it is kept.
    """

    case_id: UUID
    filed_order: int
    started_at: datetime
    terms: ClockTerms
    stage: ClockStage = ClockStage.HANDLING
    warned_at: datetime | None = None
    passed_at: datetime | None = None
    stopped_at: datetime | None = None
    ended: ClockEnd | None = None
    seq: int = 0

    @property
    def state(self) -> DeadlineState:
        """By what was found, not by the time: lists and filters say the same."""
        if self.stopped_at is not None:
            return DeadlineState.STOPPED
        if self.passed_at is not None:
            return DeadlineState.OVERDUE
        return DeadlineState.RUNNING if self.warned_at is None else DeadlineState.WARNED

    @property
    def next_at(self) -> datetime | None:
        """The time after which something has to be found; None when nothing more can be."""
        if self.stopped_at is not None or self.passed_at is not None:
            return None
        return self.terms.warn_at if self.warned_at is None else self.terms.due_at


def settled(clock: CaseClock, now: datetime) -> tuple[CaseClock, Sequence[DeadlineFact]]:
    """The clock with all that has become true by `now`, and what of it is new. Done at the very moment of
    the deadline is in time.
    """
    if clock.stopped_at is not None:
        return clock, ()
    facts = []
    if clock.warned_at is None and clock.terms.warn_at < now:
        clock = replace(clock, warned_at=now)
        facts.append(DeadlineFact.WARNED)
    if clock.passed_at is None and clock.terms.due_at < now:
        clock = replace(clock, passed_at=now)
        facts.append(DeadlineFact.PASSED)
    return clock, facts


def ended(clock: CaseClock, how: ClockEnd, now: datetime) -> tuple[CaseClock, Sequence[DeadlineFact]]:
    """The clock at its end. What has become true until now counts, also when nobody has looked since."""
    clock, facts = settled(clock, now)
    if clock.stopped_at is not None:
        return clock, facts
    return replace(clock, stopped_at=now, ended=how), facts


def resumed(clock: CaseClock) -> CaseClock:
    """A clock that stopped, as if it had not: what became true meanwhile is found at the next look."""
    return replace(clock, stopped_at=None, ended=None)


def replaced(
    clock: CaseClock, terms: ClockTerms | None, now: datetime
) -> tuple[CaseClock, CaseClock | None, Sequence[DeadlineFact]]:
    """The former clock at its end, the one that counts instead, and what is new of both.

    The new one counts from the same start. What was found of the former one and is true of the new one too
    is not found again; None without a limit.
    """
    former, facts = ended(clock, ClockEnd.REPLACED, now)
    if terms is None:
        return former, None, facts
    successor, further = succeeding(former, terms, now)
    return former, successor, [*facts, *further]


def succeeding(
    former: CaseClock, terms: ClockTerms, now: datetime
) -> tuple[CaseClock, Sequence[DeadlineFact]]:
    """The clock that counts instead of one that has ended, from the same start, and what is new of it."""
    successor = CaseClock(former.case_id, former.filed_order, former.started_at, terms, former.stage)
    if former.warned_at is not None and terms.warn_at < now:
        successor = replace(successor, warned_at=former.warned_at)
    if former.passed_at is not None and terms.due_at < now:
        successor = replace(successor, passed_at=former.passed_at)
    return settled(successor, now)


def current(clocks: Iterable[CaseClock]) -> CaseClock | None:
    """The clock that runs or ran last; without those that another one replaced."""
    last = None
    for one in clocks:
        if one.ended is not ClockEnd.REPLACED and (last is None or one.seq > last.seq):
            last = one
    return last


def was_overdue(clocks: Iterable[CaseClock]) -> bool:
    """Whether a deadline of the case ever passed, whatever came after."""
    return any(one.passed_at is not None for one in clocks)


def terms_of(
    limits: Sequence[Limit],
    start: datetime,
    calendar: WorkingCalendar,
    *,
    condition: str = "",
    warn_after: float,
) -> ClockTerms | None:
    """What a clock counts that starts then; None without limits. Without a `condition` (its Chinese words) of
    several, the limit that ends first counts, of two an urgent one.

    Raises `NoSuchCondition`, `NeverDue`, `NoSuchSeason`.
    """
    if not limits:
        if condition:
            raise NoSuchCondition(remedy="file it without a condition", condition=condition)
        return None
    if condition:
        chosen = [one for one in limits if one.condition_zh == condition]
        if not chosen:
            raise NoSuchCondition(remedy="choose a condition of the class", condition=condition)
        return _counted(chosen[0], start, calendar, choice=ConditionChoice.CHOSEN, warn_after=warn_after)
    choice = ConditionChoice.ASSUMED if len(limits) > 1 else ConditionChoice.ONLY
    found, never = [], None
    for one in sorted(limits, key=lambda limit: not limit.urgent):
        try:
            found.append(_counted(one, start, calendar, choice=choice, warn_after=warn_after))
        except (NeverDue, NoSuchSeason) as error:
            never = error
    if not found and never is not None:
        raise never
    return min(found, key=lambda one: one.due_at)


def decided_by(due_at: datetime | None, outside_due_at: datetime | None, outside_by: str) -> DeadlineSetter:
    """Whose deadline it is; of two that end together the one from outside."""
    if outside_due_at is None or due_at != outside_due_at:
        return DeadlineSetter.LIMIT
    return DeadlineSetter(outside_by)


def warning_before(start: datetime, due_at: datetime, warn_after: float) -> datetime:
    """When a deadline from outside warns: after that share of the time until it, nights and weekends too. One
    that had passed at the start warns with it.
    """
    return min(due_at, start + max(due_at - start, timedelta()) * warn_after)


def strictest(
    terms: ClockTerms | None, outside: OutsideDeadline, start: datetime, *, warn_after: float
) -> ClockTerms:
    """The same terms, due no later than the deadline from outside. Its time is natural: it does not stop at
    night. `terms` is None for a class without a limit.
    """
    warn_at = warning_before(start, outside.due_at, warn_after)
    if terms is None:
        terms = ClockTerms(
            "", "", "", ConditionChoice.ONLY, Counting.NATURAL, "", warn_at, outside.due_at, provisional=False
        )
    elif outside.due_at <= terms.due_at:
        terms = replace(terms, warn_at=min(terms.warn_at, warn_at), due_at=outside.due_at)
    return replace(
        terms, outside_due_at=outside.due_at, outside_by=outside.set_by.value,
        outside_reference=outside.reference,
    )  # fmt: skip


def _counted(
    limit: Limit, start: datetime, calendar: WorkingCalendar, *, choice: ConditionChoice, warn_after: float
) -> ClockTerms:
    lasts = time_limit(limit.allowed, calendar)
    found = deadline(start, lasts, calendar, warn_after=warn_after)
    # Without pauses both are known.
    assert found.due is not None
    assert found.warning is not None
    return ClockTerms(
        limit.text, limit.condition_zh, limit.condition_en, choice, lasts.counting, lasts.season,
        found.warning.astimezone(UTC), found.due.astimezone(UTC), found.provisional, limit.area,
    )  # fmt: skip
