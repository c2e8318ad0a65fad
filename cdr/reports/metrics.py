"""Every metric of a report with name, unit and formula. `docs/metrics.md` describes each under the same name;
a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from cdr.reports.model import DISPOSITIONS, THRESHOLDS_S
from cdr.reports.tally import AgentTally, QueueTally

Unit = Literal["count", "seconds", "share", "points"]
Value = int | float | None


@dataclass(frozen=True, slots=True)
class QueueSums:
    """What a row of the report by queue is computed from; `target_s` is one of `THRESHOLDS_S`."""

    tally: QueueTally
    longest_ms: int
    target_s: int


@dataclass(frozen=True, slots=True)
class AgentSums:
    """What a row of the report by agent is computed from; `times` are the columns of
    `cdr_agent_time`.
    """

    tally: AgentTally
    times: Mapping[str, int]


S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Metric(Generic[S]):
    """`share` is 0 to 1; a figure whose denominator is zero is None, never zero."""

    name: str
    unit: Unit
    of: Callable[[S], Value]


def _ratio(above: float, below: float, digits: int = 4) -> float | None:
    return round(above / below, digits) if below else None


def _seconds(milliseconds: float) -> float:
    return round(milliseconds / 1000, 3)


def _mean(milliseconds: int, count: int) -> float | None:
    return _seconds(milliseconds / count) if count else None


def _column(name: str) -> Metric[QueueSums]:
    return Metric(name, "count", lambda sums: int(getattr(sums.tally, name)))


def _time(name: str, column: str) -> Metric[QueueSums]:
    return Metric(name, "seconds", lambda sums: _seconds(getattr(sums.tally, column)))


def _within(sums: QueueSums) -> int:
    return int(getattr(sums.tally, f"within_{sums.target_s}"))


def _abandoned(tally: QueueTally) -> int:
    return tally.abandoned_greeting + tally.abandoned_queue


def _handle(tally: QueueTally | AgentTally) -> int:
    return tally.talk_ms + tally.hold_ms + tally.wrap_ms


def _disposed(tally: QueueTally) -> int:
    return sum(getattr(tally, f"disposed_{kind}") for kind in DISPOSITIONS)


QUEUE_METRICS: Final[tuple[Metric[QueueSums], ...]] = (
    _column("offered"),
    _column("queued"),
    _column("answered"),
    Metric("abandoned", "count", lambda s: _abandoned(s.tally)),
    _column("abandoned_greeting"),
    _column("abandoned_queue"),
    _column("abandoned_short"),
    _column("ended_in_flow"),
    _column("unanswered"),
    _column("cut"),
    Metric("connect_rate", "share", lambda s: _ratio(s.tally.answered, s.tally.offered)),
    Metric(
        "connect_rate_without_short",
        "share",
        lambda s: _ratio(s.tally.answered, s.tally.offered - s.tally.abandoned_short),
    ),
    Metric("abandon_rate", "share", lambda s: _ratio(_abandoned(s.tally), s.tally.offered)),
    Metric("answered_within_target", "count", _within),
    Metric("service_level", "share", lambda s: _ratio(_within(s), s.tally.offered - s.tally.abandoned_short)),
    Metric("timely_answer_rate", "share", lambda s: _ratio(_within(s), s.tally.answered)),
    Metric("average_wait", "seconds", lambda s: _mean(s.tally.queue_wait_ms, s.tally.queued)),
    Metric("longest_wait", "seconds", lambda s: _seconds(s.longest_ms)),
    Metric("average_speed_of_answer", "seconds", lambda s: _mean(s.tally.answer_wait_ms, s.tally.answered)),
    Metric("average_time_to_person", "seconds", lambda s: _mean(s.tally.to_person_ms, s.tally.answered)),
    Metric(
        "average_wait_of_abandoned",
        "seconds",
        lambda s: _mean(s.tally.abandon_wait_ms, _abandoned(s.tally) + s.tally.abandoned_short),
    ),
    _time("talk", "talk_ms"),
    _time("hold", "hold_ms"),
    _time("wrap_up", "wrap_ms"),
    Metric("handle", "seconds", lambda s: _seconds(_handle(s.tally))),
    Metric("average_talk", "seconds", lambda s: _mean(s.tally.talk_ms, s.tally.answered)),
    Metric("average_hold", "seconds", lambda s: _mean(s.tally.hold_ms, s.tally.answered)),
    Metric("average_wrap_up", "seconds", lambda s: _mean(s.tally.wrap_ms, s.tally.answered)),
    Metric("average_handle", "seconds", lambda s: _mean(_handle(s.tally), s.tally.answered)),
    _time("length", "length_ms"),
    _column("rings"),
    _column("missed_rings"),
    _column("transfers"),
    Metric("transfer_rate", "share", lambda s: _ratio(s.tally.transferred, s.tally.answered)),
    _column("callbacks_asked"),
    _column("callbacks_attempted"),
    _column("callbacks_reached"),
    _column("surveys"),
    Metric("survey_rate", "share", lambda s: _ratio(s.tally.surveys, s.tally.answered)),
    Metric("survey_average", "points", lambda s: _ratio(s.tally.survey_points, s.tally.survey_scores, 2)),
    Metric("satisfaction_rate", "share", lambda s: _ratio(s.tally.survey_good, s.tally.survey_scores)),
    Metric("solved_rate", "share", lambda s: _ratio(s.tally.solved, s.tally.solved_answers)),
    *(_column(f"disposed_{kind}") for kind in DISPOSITIONS),
    Metric("undisposed", "count", lambda s: max(0, s.tally.answered - _disposed(s.tally))),
    _column("outbound"),
    _column("outbound_answered"),
    _time("outbound_talk", "outbound_talk_ms"),
    _column("follow_ups"),
    _column("follow_ups_connected"),
    _time("follow_ups_talk", "follow_ups_talk_ms"),
    _column("internal"),
)

_ON_CALLS: Final = ("talking_ms", "hold_ms")
_AWAY: Final = ("busy_ms", "rest_ms", "study_ms", "unreachable_ms", "other_ms")


def _spent(sums: AgentSums, *columns: str) -> int:
    return sum(sums.times.get(column, 0) for column in columns)


def _signed_in(sums: AgentSums) -> int:
    return sum(sums.times.values())


def _working(sums: AgentSums) -> int:
    return _spent(sums, *_ON_CALLS, "wrap_up_ms")


def _own(name: str) -> Metric[AgentSums]:
    return Metric(name, "count", lambda sums: int(getattr(sums.tally, name)))


def _in(name: str, *columns: str) -> Metric[AgentSums]:
    return Metric(name, "seconds", lambda sums: _seconds(_spent(sums, *columns)))


AGENT_METRICS: Final[tuple[Metric[AgentSums], ...]] = (
    _own("rings"),
    _own("missed_rings"),
    _own("answered"),
    Metric("talk", "seconds", lambda s: _seconds(s.tally.talk_ms)),
    Metric("hold", "seconds", lambda s: _seconds(s.tally.hold_ms)),
    Metric("wrap_up", "seconds", lambda s: _seconds(s.tally.wrap_ms)),
    Metric("handle", "seconds", lambda s: _seconds(_handle(s.tally))),
    Metric("average_talk", "seconds", lambda s: _mean(s.tally.talk_ms, s.tally.answered)),
    Metric("average_handle", "seconds", lambda s: _mean(_handle(s.tally), s.tally.answered)),
    _own("transfers"),
    _own("outbound"),
    _own("outbound_answered"),
    Metric("outbound_talk", "seconds", lambda s: _seconds(s.tally.outbound_talk_ms)),
    Metric("outbound_hold", "seconds", lambda s: _seconds(s.tally.outbound_hold_ms)),
    Metric("outbound_wrap_up", "seconds", lambda s: _seconds(s.tally.outbound_wrap_ms)),
    _own("follow_ups"),
    _own("disposed"),
    _own("surveys"),
    Metric("survey_average", "points", lambda s: _ratio(s.tally.survey_points, s.tally.survey_scores, 2)),
    Metric("satisfaction_rate", "share", lambda s: _ratio(s.tally.survey_good, s.tally.survey_scores)),
    Metric("signed_in", "seconds", lambda s: _seconds(_signed_in(s))),
    _in("time_ready", "ready_ms"),
    _in("time_ringing", "ringing_ms"),
    _in("time_on_calls", *_ON_CALLS),
    _in("time_wrap_up", "wrap_up_ms"),
    _in("time_away", *_AWAY),
    _in("time_busy", "busy_ms"),
    _in("time_rest", "rest_ms"),
    _in("time_study", "study_ms"),
    _in("time_unreachable", "unreachable_ms"),
    Metric(
        "occupancy",
        "share",
        lambda s: _ratio(_working(s), _working(s) + _spent(s, "ready_ms", "ringing_ms")),
    ),
    Metric("utilisation", "share", lambda s: _ratio(_working(s), _signed_in(s))),
)


@dataclass(frozen=True, slots=True)
class QualitySums:
    """The scorecards of an agent's calls: each score (0 to 100), and how many had a fatal question."""

    calls: int
    scores: tuple[float, ...]
    fatal: int


QUALITY_METRICS: Final[tuple[Metric[QualitySums], ...]] = (
    Metric("calls_scored", "count", lambda s: s.calls),
    Metric("scorecards", "count", lambda s: len(s.scores)),
    Metric("score_average", "points", lambda s: _ratio(sum(s.scores), len(s.scores), 2)),
    Metric("score_lowest", "points", lambda s: min(s.scores, default=None)),
    Metric("score_highest", "points", lambda s: max(s.scores, default=None)),
    Metric("fatal_scorecards", "count", lambda s: s.fatal),
    Metric("fatal_rate", "share", lambda s: _ratio(s.fatal, len(s.scores))),
)

DEFAULT_TARGET_S: Final = 15
assert DEFAULT_TARGET_S in THRESHOLDS_S


def queue_row(sums: QueueSums) -> dict[str, Value]:
    """The metrics of a queue by name."""
    return {metric.name: metric.of(sums) for metric in QUEUE_METRICS}


def quality_row(sums: QualitySums) -> dict[str, Value]:
    """Each metric of an agent's quality by its name."""
    return {metric.name: metric.of(sums) for metric in QUALITY_METRICS}


def agent_row(sums: AgentSums) -> dict[str, Value]:
    """The metrics of an agent by name."""
    return {metric.name: metric.of(sums) for metric in AGENT_METRICS}
