"""The addends of reports: a row of whole numbers for a call, and one for an agent's share in it. Pure.

Rows are added and taken away, so a recomputed call leaves no trace of its earlier values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final, Self

from cdr.reports.model import SHORT_MS, THRESHOLDS_S, AgentShare, CallPurpose, Fact, ms_of


@dataclass(frozen=True, slots=True)
class _Sums:
    def plus(self, other: Self, sign: int = 1) -> Self:
        names = (field.name for field in fields(self))
        return type(self)(**{name: getattr(self, name) + sign * getattr(other, name) for name in names})

    @property
    def is_zero(self) -> bool:
        return not any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class QueueTally(_Sums):
    """Calls of one queue in one quarter of an hour. Everything up to `disposed_wrong_number` is of inbound
    calls; `offered` is the sum of the outcomes. The longest wait is no sum and stands beside this.
    """

    calls: int = 0
    offered: int = 0
    queued: int = 0
    answered: int = 0
    abandoned_greeting: int = 0
    abandoned_queue: int = 0
    abandoned_short: int = 0
    ended_in_flow: int = 0
    unanswered: int = 0
    cut: int = 0
    within_5: int = 0
    within_10: int = 0
    within_15: int = 0
    within_20: int = 0
    within_30: int = 0
    within_60: int = 0
    within_120: int = 0
    queue_wait_ms: int = 0
    answer_wait_ms: int = 0
    abandon_wait_ms: int = 0
    to_person_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0
    length_ms: int = 0
    rings: int = 0
    missed_rings: int = 0
    transfers: int = 0
    transferred: int = 0
    callbacks_asked: int = 0
    surveys: int = 0
    survey_scores: int = 0
    survey_points: int = 0
    survey_good: int = 0
    solved_answers: int = 0
    solved: int = 0
    disposed_case: int = 0
    disposed_enquiry: int = 0
    disposed_existing_case: int = 0
    disposed_prank: int = 0
    disposed_silent: int = 0
    disposed_wrong_number: int = 0
    outbound: int = 0
    outbound_answered: int = 0
    outbound_talk_ms: int = 0
    callbacks_attempted: int = 0
    callbacks_reached: int = 0
    follow_ups: int = 0
    follow_ups_connected: int = 0
    follow_ups_talk_ms: int = 0
    internal: int = 0


@dataclass(frozen=True, slots=True)
class AgentTally(_Sums):
    """One agent's shares in the calls of one queue in one quarter of an hour."""

    calls: int = 0
    rings: int = 0
    missed_rings: int = 0
    answered: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0
    transfers: int = 0
    outbound: int = 0
    outbound_answered: int = 0
    outbound_talk_ms: int = 0
    outbound_hold_ms: int = 0
    outbound_wrap_ms: int = 0
    follow_ups: int = 0
    disposed: int = 0
    surveys: int = 0
    survey_scores: int = 0
    survey_points: int = 0
    survey_good: int = 0


NAMES: Final = tuple(field.name for field in fields(QueueTally))
AGENT_NAMES: Final = tuple(field.name for field in fields(AgentTally))


def longest_of(fact: Fact) -> int:
    """The wait of an inbound call, in ms; other calls wait for nobody."""
    return fact.wait_ms if fact.direction == "inbound" else 0


def tally_of(fact: Fact) -> QueueTally:
    if fact.direction == "inbound":
        return _inbound(fact)
    if fact.direction == "outbound":
        reached = int(fact.outcome == "answered")
        attempt = int(fact.callback == "attempt")
        return QueueTally(
            calls=1,
            outbound=1,
            outbound_answered=reached,
            outbound_talk_ms=fact.talk_ms,
            callbacks_attempted=attempt,
            callbacks_reached=attempt * reached,
            **_follow_up(fact),
        )
    return QueueTally(calls=1, internal=1)


def _follow_up(fact: Fact) -> dict[str, int]:
    """Of an automatic follow-up call: whether 0 brought an agent, and how long they talked."""
    if fact.purpose != CallPurpose.FOLLOW_UP:
        return {}
    return {
        "follow_ups": 1,
        "follow_ups_connected": int(any(share.taken for share in fact.shares)),
        "follow_ups_talk_ms": sum(share.talk_ms for share in fact.shares),
    }


def outcome_of(fact: Fact) -> str:
    """The one class of an inbound call, by the name of its column."""
    short = fact.wait_ms < SHORT_MS
    match fact.outcome:
        case "answered" | "cut":
            return fact.outcome
        case "abandoned_greeting" | "abandoned_queue":
            return "abandoned_short" if short else fact.outcome
        case _:
            return "unanswered" if fact.queued_at else "ended_in_flow"


def _inbound(fact: Fact) -> QueueTally:
    outcome = outcome_of(fact)
    sums: dict[str, int] = {outcome: 1}
    if outcome == "answered":
        sums |= {f"within_{limit}": int(fact.wait_ms <= limit * 1000) for limit in THRESHOLDS_S}
        sums["answer_wait_ms"] = fact.wait_ms
        assert fact.answered_at is not None
        sums["to_person_ms"] = ms_of((fact.answered_at - fact.started_at).total_seconds())
    if outcome.startswith("abandoned"):
        sums["abandon_wait_ms"] = fact.wait_ms
    if fact.disposition:
        sums[f"disposed_{fact.disposition}"] = 1
    return QueueTally(
        calls=1,
        offered=1,
        queued=int(fact.queued_at is not None),
        queue_wait_ms=fact.wait_ms if fact.queued_at else 0,
        talk_ms=fact.talk_ms,
        hold_ms=fact.hold_ms,
        wrap_ms=fact.wrap_ms,
        length_ms=fact.length_ms,
        rings=fact.rings,
        missed_rings=fact.missed,
        transfers=fact.transfers,
        transferred=int(fact.transfers > 0),
        callbacks_asked=int(fact.callback == "asked"),
        surveys=fact.surveys,
        survey_scores=fact.survey_scores,
        survey_points=fact.survey_points,
        survey_good=fact.survey_good,
        solved_answers=fact.solved_answers,
        solved=fact.solved,
        **sums,
    )


def agent_tally_of(fact: Fact, share: AgentShare) -> AgentTally:
    """Survey and disposition go to every agent who talked. Calls between desks are only counted. Talk, hold
    and wrap-up of a call that we placed stand apart: they make no call that came in any longer. A follow-up
    that 0 brought out of the queue is work as a call that came in, and counts as such for him.
    """
    if fact.direction == "internal":
        return AgentTally(calls=1)
    follow_up = fact.purpose == CallPurpose.FOLLOW_UP
    outbound = fact.direction == "outbound" and not follow_up
    return AgentTally(
        calls=1,
        rings=share.rings,
        missed_rings=share.missed,
        answered=0 if outbound else share.taken,
        talk_ms=0 if outbound else share.talk_ms,
        hold_ms=0 if outbound else share.hold_ms,
        wrap_ms=0 if outbound else share.wrap_ms,
        transfers=share.transfers,
        outbound=int(outbound),
        outbound_answered=share.taken if outbound else 0,
        outbound_talk_ms=share.talk_ms if outbound else 0,
        outbound_hold_ms=share.hold_ms if outbound else 0,
        outbound_wrap_ms=share.wrap_ms if outbound else 0,
        follow_ups=share.taken if follow_up else 0,
        disposed=int(bool(fact.disposition and share.taken)),
        surveys=fact.surveys * share.taken,
        survey_scores=fact.survey_scores * share.taken,
        survey_points=fact.survey_points * share.taken,
        survey_good=fact.survey_good * share.taken,
    )


def total(tallies: Iterable[QueueTally]) -> QueueTally:
    """The sum of all."""
    found = QueueTally()
    for one in tallies:
        found = found.plus(one)
    return found
