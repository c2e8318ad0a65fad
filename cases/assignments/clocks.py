"""The clock of an assignment: it stands still while the centre has the case, and may be lengthened. Pure.

Warning and deadline are stored times, counted anew with each pause and extension. What was found of a clock
stays: an extension after the deadline begins a further clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from cases.area_class import AreaClass
from cases.clocks.calendar import WorkingCalendar
from cases.clocks.deadline import deadline
from cases.clocks.model import Counting, Pause, TimeLimit
from cases.deadlines.model import ClockEnd, DeadlineFact, DeadlineSetter, decided_by, warning_before
from cases.events import DeadlineState
from cases.workflow.model import ClockEffect

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AssignmentClock:
    """`limit_h` and `extended_h` are counted hours; `limit_text` is the city's own wording, for areas of
    `area_class` where that is not None. `due_at` and
    `warn_at` are None while a pause has not ended. `seq` is the database's, 0 before it is kept.

    `outside_…` is the strictest deadline from outside, None and empty without one: it is due no later, and
    pauses and extensions do not move it. One that had passed when the clock began is shown, and does not
    count. `limit_h` is 0 for a class without a limit of its own.
    """

    assignment_id: UUID
    case_id: UUID
    started_at: datetime
    limit_text: str
    condition_zh: str
    condition_en: str
    counting: Counting
    season: str
    limit_h: float
    extended_h: float = 0.0
    pauses: Sequence[Pause] = ()
    warn_at: datetime | None = None
    due_at: datetime | None = None
    provisional: bool = False
    area_class: AreaClass | None = None
    outside_due_at: datetime | None = None
    outside_by: str = ""
    outside_reference: str = ""
    warned_at: datetime | None = None
    passed_at: datetime | None = None
    stopped_at: datetime | None = None
    ended: ClockEnd | None = None
    seq: int = 0

    @property
    def latest_at(self) -> datetime | None:
        """The deadline from outside by which it is due at the latest."""
        return None if had_passed(self.outside_due_at, self.started_at) else self.outside_due_at

    @property
    def decided_by(self) -> DeadlineSetter:
        """Whose deadline `due_at` is."""
        return decided_by(self.due_at, self.outside_due_at, self.outside_by)

    @property
    def paused_at(self) -> datetime | None:
        """Since when it stands still; None while it runs or has ended."""
        if self.stopped_at is not None:
            return None
        return next((one.begin for one in self.pauses if one.end is None), None)

    @property
    def state(self) -> DeadlineState:
        """By what was found; a paused clock that was late is late."""
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
        return self.warn_at if self.warned_at is None else self.due_at


def had_passed(outside_due_at: datetime | None, start: datetime) -> bool:
    """Whether a deadline from outside was over when a department's time began: it is not late by it."""
    return outside_due_at is not None and outside_due_at <= start


def counted(clock: AssignmentClock, calendar: WorkingCalendar, warn_after: float) -> AssignmentClock:
    """With its warning and deadline. Raises `NeverDue`, `NoSuchSeason`."""
    if clock.limit_h:
        lasts = TimeLimit((clock.limit_h + clock.extended_h) * HOUR, clock.counting, clock.season)
        found = deadline(clock.started_at, lasts, calendar, pauses=clock.pauses, warn_after=warn_after)
        paused = clock.paused_at is not None
        clock = replace(
            clock,
            warn_at=None if paused or found.warning is None else found.warning.astimezone(UTC),
            due_at=None if paused or found.due is None else found.due.astimezone(UTC),
            provisional=found.provisional,
        )
    else:
        clock = replace(clock, warn_at=None, due_at=None, provisional=False)
    return _within_outside(clock, warn_after)


def _within_outside(clock: AssignmentClock, warn_after: float) -> AssignmentClock:
    """Due no later than the deadline from outside, which goes on through a pause."""
    latest = clock.latest_at
    if latest is None or (clock.due_at is not None and clock.due_at < latest):
        return clock
    warn_at = warning_before(clock.started_at, latest, warn_after)
    return replace(
        clock, due_at=latest, warn_at=warn_at if clock.warn_at is None else min(clock.warn_at, warn_at)
    )


def ends_beyond(clock: AssignmentClock, hours: float, now: datetime, calendar: WorkingCalendar) -> bool:
    """Whether so many more counted hours would end after the deadline from outside. Raises `NeverDue`."""
    if clock.latest_at is None:
        return False
    if not clock.limit_h:
        return True
    pauses = tuple(Pause(one.begin, max(one.begin, now)) if one.end is None else one for one in clock.pauses)
    lasts = TimeLimit((clock.limit_h + clock.extended_h + hours) * HOUR, clock.counting, clock.season)
    due = deadline(clock.started_at, lasts, calendar, pauses=pauses).due
    return due is None or due > clock.latest_at


def settled(clock: AssignmentClock, now: datetime) -> tuple[AssignmentClock, Sequence[DeadlineFact]]:
    """The clock with all that has become true by `now`, and what of it is new. Answered at the very moment of
    the deadline is in time.
    """
    facts = []
    if clock.stopped_at is not None:
        return clock, ()
    if clock.warned_at is None and clock.warn_at is not None and clock.warn_at < now:
        clock = replace(clock, warned_at=now)
        facts.append(DeadlineFact.WARNED)
    if clock.passed_at is None and clock.due_at is not None and clock.due_at < now:
        clock = replace(clock, passed_at=now)
        facts.append(DeadlineFact.PASSED)
    return clock, facts


def ended(
    clock: AssignmentClock, how: ClockEnd, now: datetime
) -> tuple[AssignmentClock, Sequence[DeadlineFact]]:
    """The clock at its end; what has become true until now counts, also when nobody has looked since."""
    clock, facts = settled(clock, now)
    if clock.stopped_at is not None:
        return clock, facts
    return replace(clock, stopped_at=now, ended=how), facts


def halted(clock: AssignmentClock, now: datetime) -> tuple[AssignmentClock, Sequence[DeadlineFact]]:
    """The clock of a case that is merged, and what was found of it until now."""
    return ended(clock, ClockEnd.MERGED, now)


def unhalted(clock: AssignmentClock) -> AssignmentClock:
    """A clock that a merge stopped, as if it had not: what came true meanwhile is found at the next look."""
    return replace(clock, stopped_at=None, ended=None)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The clock after an effect, the further one that counts instead where there is one, and what is new."""

    clock: AssignmentClock
    further: AssignmentClock | None
    facts: Sequence[DeadlineFact]

    @property
    def counts(self) -> AssignmentClock:
        """The clock that counts now, or counted last."""
        return self.further or self.clock


def follow(
    clock: AssignmentClock,
    effect: ClockEffect,
    now: datetime,
    calendar: WorkingCalendar,
    *,
    warn_after: float,
    hours: float = 0.0,
    how: ClockEnd = ClockEnd.DONE,
) -> ClockChange:
    """What an effect makes of a running clock. `hours` lengthen it; `how` says why it stops.

    An effect that changes nothing (a pause of a paused clock) changes nothing. Raises `NeverDue`.
    """
    if effect is ClockEffect.STOP:
        stopped, facts = ended(clock, how, now)
        return ClockChange(stopped, None, facts)
    clock, facts = settled(clock, now)
    after = clock
    if clock.stopped_at is not None:
        return ClockChange(clock, None, ())
    if effect is ClockEffect.PAUSE and clock.paused_at is None:
        after = counted(replace(clock, pauses=(*clock.pauses, Pause(now))), calendar, warn_after)
    elif effect is ClockEffect.RESUME and clock.paused_at is not None:
        # The machine's time may have been set back since it began.
        pauses = tuple(
            Pause(one.begin, max(one.begin, now)) if one.end is None else one for one in clock.pauses
        )
        after = counted(replace(clock, pauses=pauses), calendar, warn_after)
    elif effect is ClockEffect.EXTEND:
        after = counted(replace(clock, extended_h=clock.extended_h + hours), calendar, warn_after)
        if clock.passed_at is not None:
            return _after_overdue(clock, after, now, facts)
    return ClockChange(after, None, facts)


def _after_overdue(
    former: AssignmentClock, longer: AssignmentClock, now: datetime, facts: Sequence[DeadlineFact]
) -> ClockChange:
    """A further clock instead of one that has passed: it may warn and pass again, unless it is late still."""
    stopped, _ = ended(former, ClockEnd.REPLACED, now)
    further, more = settled(replace(longer, passed_at=None, warned_at=None, seq=0), now)
    if DeadlineFact.PASSED in more:
        return ClockChange(
            stopped, replace(further, passed_at=former.passed_at, warned_at=former.warned_at), facts
        )
    return ClockChange(stopped, further, [*facts, *more])


def replaced(
    clock: AssignmentClock, longer: AssignmentClock | None, now: datetime
) -> tuple[AssignmentClock, AssignmentClock | None, Sequence[DeadlineFact]]:
    """The former clock at its end, the one that counts by other rules instead, and what is new of both. What
    was found of the former and is true of the new one too is not found again; None without a limit.
    """
    former, facts = ended(clock, ClockEnd.REPLACED, now)
    if longer is None:
        return former, None, facts
    warned = former.warned_at if longer.warn_at is None or longer.warn_at < now else None
    passed = former.passed_at if longer.due_at is None or longer.due_at < now else None
    fresh, further = settled(replace(longer, warned_at=warned, passed_at=passed, seq=0), now)
    return former, fresh, [*facts, *further]


def current(clocks: Iterable[AssignmentClock]) -> AssignmentClock | None:
    """The clock that runs or ran last; without those that another one replaced."""
    last = None
    for one in clocks:
        if one.ended is not ClockEnd.REPLACED and (last is None or one.seq > last.seq):
            last = one
    return last
