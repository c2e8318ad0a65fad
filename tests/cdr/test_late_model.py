"""Which sound may fill a gap: what two people said to each other, by the leg that said it, nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from cdr.backfill.model import (
    BridgeStay,
    GapSpan,
    LegTimes,
    RecordingPart,
    backoff,
    merged,
    source,
    within,
    without,
)

T0 = datetime(2026, 11, 25, 13, tzinfo=UTC)
CITIZEN, AGENT, OTHER = uuid4(), uuid4(), uuid4()


def span(since: float, until: float) -> GapSpan:
    return GapSpan(T0 + timedelta(seconds=since), T0 + timedelta(seconds=until))


def leg(leg_id: object, party: str, *places: tuple[str, float, float]) -> LegTimes:
    return LegTimes(leg_id, party, tuple(BridgeStay(bridge, span(*times)) for bridge, *times in places))  # type: ignore[arg-type]


def recorded(leg_id: object, track: str, since: float = 0) -> RecordingPart:
    return RecordingPart(uuid4(), leg_id, track, T0 + timedelta(seconds=since))  # type: ignore[arg-type]


LEGS = [leg(CITIZEN, "citizen", ("b1", 20, 60)), leg(AGENT, "agent", ("b1", 21, 60))]
BOTH = [recorded(CITIZEN, "in"), recorded(CITIZEN, "out")]


def test_the_citizens_words_are_his_own_direction_while_a_desk_was_there() -> None:
    found = source(span(0, 100), CITIZEN, LEGS, BOTH, [], [])
    assert found is not None
    assert (found.recording.track, found.spans) == ("in", (span(21, 60),))


def test_the_agents_words_are_what_the_citizen_heard_while_nobody_else_was_there() -> None:
    found = source(span(30, 100), AGENT, LEGS, BOTH, [], [])
    assert found is not None
    assert (found.recording.track, found.spans) == ("out", (span(30, 60),))
    beside = [*LEGS, leg(OTHER, "agent", ("b1", 40, 50))]
    found = source(span(0, 100), AGENT, beside, BOTH, [], [])
    assert found is not None
    assert found.spans == (span(21, 40), span(50, 60))
    assert source(span(0, 100), OTHER, beside, BOTH, [], []) is None


def test_an_agent_who_is_recorded_himself_is_heard_there() -> None:
    own = [recorded(AGENT, "in", 5), recorded(AGENT, "out", 5)]
    found = source(span(0, 100), AGENT, LEGS, own, [], [])
    assert found is not None
    assert (found.recording, found.spans) == (own[0], (span(21, 60),))
    found = source(span(0, 100), CITIZEN, LEGS, own, [], [])
    assert found is not None
    assert found.recording == own[1]


def test_pauses_and_words_that_are_known_are_left_out() -> None:
    found = source(span(0, 100), CITIZEN, LEGS, BOTH, [span(30, 35)], [span(40, 45), span(59.9, 61)])
    assert found is not None
    assert found.spans == (span(21, 30), span(35, 40), span(45, 59.9))


def test_before_anybody_answered_there_is_nothing_to_hear() -> None:
    assert source(span(0, 20), CITIZEN, LEGS, BOTH, [], []) is None
    assert source(span(0, 100), uuid4(), LEGS, BOTH, [], []) is None
    assert source(span(0, 100), CITIZEN, LEGS, [], [], []) is None


SPANS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda at: span(at[0], at[0] + at[1])), max_size=8
)


def seconds(spans: list[GapSpan]) -> set[int]:
    return {
        second
        for one in spans
        for second in range(int((one.since - T0).total_seconds()), int((one.until - T0).total_seconds()))
    }


@given(SPANS, SPANS)
def test_spans_are_sets_of_time(some: list[GapSpan], others: list[GapSpan]) -> None:
    assert seconds(merged(some)) == seconds(some)
    assert seconds(within(some, others)) == seconds(some) & seconds(others)
    assert seconds(without(some, others)) == seconds(some) - seconds(others)
    for made in (merged(some), within(some, others), without(some, others)):
        assert all(one.until <= other.since for one, other in pairwise(made))


@given(SPANS, SPANS, SPANS, st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_what_is_sent_lies_in_the_gap_and_in_the_talk_and_was_not_heard(
    places: list[GapSpan], silent: list[GapSpan], heard: list[GapSpan], bounds: tuple[int, int]
) -> None:
    gap = span(min(bounds), max(bounds))
    legs = [
        LegTimes(CITIZEN, "citizen", tuple(BridgeStay("b", one) for one in places)),
        leg(AGENT, "agent", ("b", 10, 40)),
    ]
    found = source(gap, CITIZEN, legs, BOTH, silent, heard)
    if found is None:
        return
    told = seconds(list(found.spans))
    assert told <= seconds([gap]) & seconds(places) & seconds([span(10, 40)])
    assert not told & (seconds(silent) | seconds(heard))


@given(st.integers(0, 100), st.floats(0, 10_000))
def test_no_attempt_begins_while_the_last_may_be_working(tries: int, length: float) -> None:
    assert backoff(tries, length).total_seconds() > length
    assert backoff(tries + 1, length) >= backoff(tries, length)
