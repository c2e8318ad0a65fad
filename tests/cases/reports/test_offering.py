"""Who is offered which report: the rules hold for any queue, any agents, any history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cases.reports.offers.model import (
    FreeAgent,
    OfferBook,
    OfferRules,
    WaitingReport,
    declined,
    language_of,
    look,
)

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
RULES = OfferRules(offer_s=30, again_s=60)
QUEUES = ("hotline", "english", "district")


def report(number: int, *, urgency: int = 2, age_s: float = 0, queue: str = "hotline") -> WaitingReport:
    return WaitingReport(UUID(int=number), urgency, NOW - timedelta(seconds=age_s), queue)


def agent(name: str, *queues: str, since: float = 0.0, holds: int = 0) -> FreeAgent:
    return FreeAgent(name, since, frozenset(queues or ("hotline",)), holds)


some_reports = st.lists(
    st.builds(
        report,
        st.integers(1, 12),
        urgency=st.integers(0, 2),
        age_s=st.integers(0, 600),
        queue=st.sampled_from(QUEUES),
    ),
    unique_by=lambda one: one.draft_id,
    max_size=8,
)
some_agents = st.lists(
    st.builds(
        FreeAgent,
        st.sampled_from("abcdef"),
        st.integers(0, 100),
        st.frozensets(st.sampled_from(QUEUES)),
        st.integers(0, 2),
    ),
    unique_by=lambda one: one.id,
    max_size=6,
)
looks = st.lists(st.tuples(some_reports, some_agents, st.integers(0, 45), st.booleans()), max_size=8)


@given(looks)
def test_whatever_happens_a_report_has_one_agent_and_an_agent_one_report(
    steps: list[tuple[list[WaitingReport], list[FreeAgent], int, bool]],
) -> None:
    book, now = OfferBook(), NOW
    for reports, agents, passed_s, refuses in steps:
        now += timedelta(seconds=passed_s)
        before = book
        book, over, made = look(book, reports, agents, RULES, now)
        # Nobody has two, and nothing is with two.
        asked = [one.agent_id for one in book.offers.values()]
        assert len(asked) == len(set(asked))
        assert all(key == one.draft_id for key, one in book.offers.items())
        # Only a report that waits, only an agent who is free, and serves it, and has not let it go by.
        by_id, free = {one.draft_id: one for one in reports}, {one.id: one for one in agents}
        assert set(book.offers) <= set(by_id)
        for one in book.offers.values():
            assert one.agent_id in free
            assert one.until > now
        for one in made:
            assert by_id[one.draft_id].queue in free[one.agent_id].queues
            assert one.agent_id not in book.passed.get(one.draft_id, frozenset())
        # An offer ends once, and what ended is not there any more unless it was made anew.
        ended = [one.offer for one in over]
        assert set(ended) <= set(before.offers.values())
        assert not set(ended) & set(book.offers.values())
        assert set(before.offers.values()) - set(ended) <= set(book.offers.values()), "an open offer stays"
        # Nobody who could take a report is left without one while it waits unoffered.
        for waiting in reports:
            if waiting.draft_id in book.offers or book.resting.get(waiting.draft_id, now) > now:
                continue
            let_by = book.passed.get(waiting.draft_id, frozenset())
            assert not [
                one
                for one in agents
                if one.id not in asked and waiting.queue in one.queues and one.id not in let_by
            ]
        # The same look again changes nothing.
        again, nothing, none = look(book, reports, agents, RULES, now)
        assert (again, nothing, none) == (book, [], [])
        if refuses and book.offers:
            key = min(book.offers)
            who = book.offers[key].agent_id
            book, over_now = declined(book, key)
            assert over_now.why == "declined"
            assert who in book.passed[key]
            assert key not in book.offers


@given(some_reports, some_agents)
def test_the_more_urgent_and_the_older_is_offered_first(
    reports: list[WaitingReport], agents: list[FreeAgent]
) -> None:
    book, _, _ = look(OfferBook(), reports, agents, RULES, NOW)
    for first in reports:
        for later in reports:
            if first.queue == later.queue and first.rank < later.rank and later.draft_id in book.offers:
                assert first.draft_id in book.offers, "who comes later in the same queue did not pass it"


def test_the_agent_with_least_in_hand_and_then_the_longest_idle_is_asked() -> None:
    agents = [agent("busy", holds=1, since=1), agent("late", since=9), agent("early", since=2)]
    book, _, (made,) = look(OfferBook(), [report(1)], agents, RULES, NOW)
    assert made.agent_id == "early"
    _, _, (second,) = look(book, [report(1), report(2)], agents, RULES, NOW)
    assert second.agent_id == "late"


def test_it_goes_to_the_next_after_its_time_and_round_again_after_a_pause() -> None:
    reports, agents = [report(1)], [agent("a"), agent("b", since=1)]
    book, _, (first,) = look(OfferBook(), reports, agents, RULES, NOW)
    still, over, made = look(book, reports, agents, RULES, NOW + timedelta(seconds=29))
    assert (still, over, made) == (book, [], [])
    book, (ended,), (second,) = look(book, reports, agents, RULES, NOW + timedelta(seconds=30))
    assert (ended.offer, ended.why, second.agent_id) == (first, "expired", "b")
    book, (ended,), made = look(book, reports, agents, RULES, NOW + timedelta(seconds=60))
    assert (ended.why, made) == ("expired", [])
    _, _, made = look(book, reports, agents, RULES, NOW + timedelta(seconds=119))
    assert made == [], "a pause when all have let it go by"
    _, _, (again,) = look(book, reports, agents, RULES, NOW + timedelta(seconds=120))
    assert again.agent_id == "a"


def test_a_newcomer_is_asked_before_the_round_is_over() -> None:
    book, _, _ = look(OfferBook(), [report(1)], [agent("a")], RULES, NOW)
    book, _ = declined(book, UUID(int=1))
    book, _, (made,) = look(book, [report(1)], [agent("a"), agent("c")], RULES, NOW)
    assert made.agent_id == "c"


def test_an_agent_who_is_free_no_more_keeps_nothing_and_has_let_nothing_by() -> None:
    book, _, _ = look(OfferBook(), [report(1)], [agent("a")], RULES, NOW)
    book, (ended,), made = look(book, [report(1)], [], RULES, NOW)
    assert (ended.why, made, book.passed) == ("withdrawn", [], {})
    _, _, (again,) = look(book, [report(1)], [agent("a")], RULES, NOW)
    assert again.agent_id == "a"


def test_a_report_that_was_taken_ends_its_offer() -> None:
    book, _, _ = look(OfferBook(), [report(1)], [agent("a")], RULES, NOW)
    book, (ended,), _ = look(book, [], [agent("a")], RULES, NOW)
    assert ended.why == "taken"
    assert book == OfferBook()


def test_only_who_serves_its_queue_is_asked() -> None:
    reports = [report(1, queue="english")]
    assert look(OfferBook(), reports, [agent("a")], RULES, NOW)[2] == []
    _, _, (made,) = look(OfferBook(), reports, [agent("a"), agent("e", "english")], RULES, NOW)
    assert made.agent_id == "e"
    assert replace(made, agent_id="a") != made


def test_the_language_is_read_from_the_words() -> None:
    assert language_of("A manhole cover is missing") == "en"
    assert language_of("KFC 门口井盖丢失") == "zh"
    assert language_of("") == "zh"
    assert language_of("13904510001") == "zh"
